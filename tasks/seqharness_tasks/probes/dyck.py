"""Dyck: brackets to be closed in the right order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from statistics import fmean
from typing import Annotated

import numpy as np
from pydantic import Field

from seqharness.contracts import Axis, Example, Metric

from .kinds import NextSymbol, continuation
from .metrics import all_answers, answer_accuracy, answer_loss, solved
from .options import Beyond, Longest, RangeOptions, Train

OPENING, CLOSING = "([{<", ")]}>"
CLOSE_ALL = "|"


class DyckOptions(RangeOptions):
    """Options of `dyck`."""

    train: Train = 191_000
    longest: Longest = 40
    beyond: Beyond = 120
    kinds: Annotated[int, Field(ge=1, le=4, description="kinds of brackets")] = 3
    depth: Annotated[int, Field(ge=2, description="most brackets open at once")] = 8


class Dyck(NextSymbol):
    """The shortest completion of a row of brackets: what is still open, closed from the inside out (the Dyck-k
    languages of bounded depth, Hewitt et al. 2020, https://arxiv.org/abs/2010.07515).

    Vocabulary: three kinds of brackets, and |, after which all that is open is closed. Before it, brackets open and
    close, at most 8 are open at once and at least one in the end. How many that are is drawn uniformly, then the row
    uniformly from those with that end, then the kinds.
    Length: 1 to 40 in training, validation and test; beyond: 50, 60, 70, 80, 90, 100, 110, 120. It counts the brackets
    before |.
    Examples: 190,984 in training, of a length in inverse proportion to it; 50 for each length elsewhere.
    Scored: every symbol after |, the end among them, for these are determined; nothing else, also in training. A row is
    right where all of them are. Chance: exact match 1.3 %, accuracy 25.0 %. That is a guess among the closing brackets
    and the end.
    Slices: depth, the brackets open at |; distance, from the first of these to its closing one.
    Repeats: allowed and counted; there are only three rows of length 1.
    """

    name = "dyck"
    axes: Mapping[str, str | Axis] = {
        "length": Axis("brackets before the completion"),
        "depth": Axis("brackets to be closed"),
        "distance": Axis("from the first of these to its closing bracket", (5, 10, 20, 30, 40, 60, 80, 100)),
    }
    metrics: Sequence[Metric] = (
        solved(all_answers()),
        answer_accuracy("of each bracket and the end"),
        answer_loss(),
    )
    options: DyckOptions

    @property
    def symbols(self) -> tuple[str, ...]:
        return (*OPENING[: self.options.kinds], *CLOSING[: self.options.kinds], CLOSE_ALL)

    @property
    def chance(self) -> Mapping[str, float]:
        guess = 1 / (self.options.kinds + 1)
        by_length = [[guess ** (depth + 1) for depth in self._depths(length)] for length in self.options.lengths]
        return {"exact_match": 100 * fmean(map(fmean, by_length)), "accuracy": 100 * guess}

    def sample(self, rng: np.random.Generator, length: int) -> Example:
        depths = self._depths(length)
        depth = depths[int(rng.integers(len(depths)))]
        ways = paths(length, depth, self.options.depth)
        row: list[str] = []
        open_now: list[tuple[int, int]] = []  # place and kind
        draws = zip(rng.random(length).tolist(), rng.integers(self.options.kinds, size=length).tolist(), strict=True)
        for place, (draw, kind) in enumerate(draws):
            left, height = length - place, len(open_now)
            if height < self.options.depth and draw < ways[left - 1][height + 1] / ways[left][height]:
                open_now.append((place, kind))
                row.append(OPENING[kind])
            else:
                row.append(CLOSING[open_now.pop()[1]])
        rest = [CLOSING[kind] for _, kind in reversed(open_now)]
        distance = length + depth - open_now[0][0]
        return continuation([*row, CLOSE_ALL], rest, end=True, depth=depth, distance=distance)

    def _depths(self, length: int) -> range:
        """How many brackets may be open after so many: as odd or even as their number."""
        return range(2 - length % 2, min(length, self.options.depth) + 1, 2)


@cache
def paths(length: int, end: int, highest: int) -> tuple[tuple[int, ...], ...]:
    """[left][height] -> in how many ways `left` steps up or down lead from a height to `end` within 0 to `highest`."""
    rows = [tuple(int(height == end) for height in range(highest + 1))]
    for _ in range(length):
        after = (0, *rows[-1], 0)
        rows.append(tuple(after[height] + after[height + 2] for height in range(highest + 1)))
    return tuple(rows)


PROBE, OPTIONS = Dyck, DyckOptions
