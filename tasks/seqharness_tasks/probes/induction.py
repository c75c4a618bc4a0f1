"""Induction: what came after this symbol before?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import model_validator

from seqharness.contracts import Axis, Example, Metric

from .kinds import NextSymbol, continuation, numbers
from .metrics import all_answers, answer_accuracy, answer_loss, solved
from .options import Beyond, Longest, RangeOptions, Shortest, Train, Vocabulary


class InductionOptions(RangeOptions):
    """Options of `induction`."""

    train: Train = 197_000
    shortest: Shortest = 4
    longest: Longest = 16
    beyond: Beyond = 32
    vocabulary: Vocabulary = 32

    @model_validator(mode="after")
    def _enough_symbols(self) -> InductionOptions:
        most = max(self.longest, self.beyond)
        if self.vocabulary < most:
            raise ValueError(f"rows of {most} different symbols need vocabulary={most} or more")
        return self


class Induction(NextSymbol):
    """Different symbols in random order, then a stretch of them again: after its first symbol, each next one is the one
    that followed before, as an induction head finds it (Olsson et al. 2022, https://arxiv.org/abs/2209.11895). The
    stretch is half the symbols, rounded up, and begins anywhere, so that a fixed distance back does not help.

    Vocabulary: 32 symbols, no symbol twice before the stretch.
    Length: 4 to 16 in training, validation and test; beyond: 18, 20, 22, 24, 26, 28, 30, 32. It counts the symbols
    before the stretch.
    Examples: 196,994 in training, of a length in inverse proportion to it; 50 for each length elsewhere.
    Scored: the stretch but for its first symbol, and nothing else, also in training. Chance: accuracy 3.1 %, loss 3.466
    nats.
    Repeats: allowed and counted; few are to be expected.
    """

    name = "induction"
    axes: Mapping[str, str | Axis] = {"length": Axis("different symbols before the stretch")}
    metrics: Sequence[Metric] = (solved(answer_accuracy("of each symbol")), all_answers(), answer_loss())
    options: InductionOptions

    @property
    def symbols(self) -> tuple[str, ...]:
        return numbers(self.options.vocabulary)

    @property
    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 100 / self.options.vocabulary, "loss": math.log(self.options.vocabulary)}

    def sample(self, rng: np.random.Generator, length: int) -> Example:
        row = list(map(str, rng.permutation(self.options.vocabulary)[:length].tolist()))
        size = (length + 1) // 2
        start = int(rng.integers(length - size + 1))
        first, *rest = row[start : start + size]
        return continuation([*row, first], rest)


PROBE, OPTIONS = Induction, InductionOptions
