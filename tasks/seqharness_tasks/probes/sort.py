"""Sort: an output in which every symbol depends on the whole source."""

from __future__ import annotations

import numpy as np

from seqharness.contracts import Example

from .kinds import Transduction, numbers
from .options import Beyond, Longest, RangeOptions, Train, Vocabulary


class SortOptions(RangeOptions):
    """Options of `sort`."""

    train: Train = 208_000
    longest: Longest = 20
    beyond: Beyond = 60
    vocabulary: Vocabulary = 16


class Sort(Transduction):
    """The numbers of the source in ascending order: the bucket sort of Delétang et al. 2023
    (https://arxiv.org/abs/2207.02098) with more buckets; counting each number solves it.

    Vocabulary: 16 numbers, drawn independently and uniformly.
    Length: 1 to 20 in training, validation and test; beyond: 25, 30, 35, 40, 45, 50, 55, 60.
    Examples: 207,989 in training, of a length in inverse proportion to it; 50 for each length elsewhere.
    Scored: each generated symbol against the one at its place, a missing or surplus one as wrong; the loss counts the
    end as well. Chance: accuracy 6.2 %.
    Repeats: allowed and counted; there are only 16 rows of length 1.
    """

    name = "sort"
    options: SortOptions

    @property
    def symbols(self) -> tuple[str, ...]:
        return numbers(self.options.vocabulary)

    def sample(self, rng: np.random.Generator, length: int) -> Example:
        row = rng.integers(self.options.vocabulary, size=length).tolist()
        return Example(" ".join(map(str, row)), " ".join(map(str, sorted(row))))


PROBE, OPTIONS = Sort, SortOptions
