"""Counting: the simplest languages that no finite automaton accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from seqharness.contracts import Axis, Example, Metric

from .kinds import NextSymbol, continuation
from .metrics import all_answers, answer_accuracy, answer_loss, solved
from .options import Beyond, Longest, PerLength, RangeOptions, Train


class CountingOptions(RangeOptions):
    """Options of `counting`."""

    train: Train = 139_000
    per_length: PerLength = 1
    longest: Longest = 40
    beyond: Beyond = 120
    letters: Annotated[
        int, Field(ge=2, le=4, description="2 for a^n b^n, 3 for a^n b^n c^n, which needs two counts")
    ] = 2


class Counting(NextSymbol):
    """As many b as there were a, and then the end: a^n b^n (Gers & Schmidhuber 2001, doi:10.1109/72.963769).

    Vocabulary: a and b. Every row of a length is the same.
    Length: 1 to 40 in training, validation and test; beyond: 50, 60, 70, 80, 90, 100, 110, 120. It is n; a row has 2 n
    symbols.
    Examples: 138,980 in training, of a length in inverse proportion to it; 1 for each length elsewhere.
    Scored: every symbol after the first b, the end among them, for these are determined; nothing else, also in
    training. A row is right where all of them are. Chance: exact match 0.0 %. To say b always
    is wrong in every row.
    Repeats: every row of validation and test is in training by nature; those beyond are not.
    """

    name = "counting"
    axes: Mapping[str, str | Axis] = {"length": Axis("n: how many of each letter")}
    metrics: Sequence[Metric] = (solved(all_answers()), answer_accuracy("of each symbol and the end"), answer_loss())
    options: CountingOptions

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple("abcd"[: self.options.letters])

    @property
    def chance(self) -> Mapping[str, float]:
        return {"exact_match": 0.0}

    def sample(self, rng: np.random.Generator, length: int) -> Example:
        row = [letter for letter in self.symbols for _ in range(length)]
        return continuation(row[: length + 1], row[length + 1 :], end=True)


PROBE, OPTIONS = Counting, CountingOptions
