"""Copy: how much of a row goes through what lies between an encoder and a decoder."""

from __future__ import annotations

import numpy as np

from seqharness.contracts import Example

from .kinds import Transduction, numbers
from .options import Beyond, Longest, RangeOptions, Train, Vocabulary


class CopyOptions(RangeOptions):
    """Options of `copy`."""

    train: Train = 208_000
    longest: Longest = 20
    beyond: Beyond = 60
    vocabulary: Vocabulary = 16


class Copy(Transduction):
    """The source, said again: without attention all of it has to go through one vector (Cho et al. 2014,
    https://arxiv.org/abs/1409.1259).

    Vocabulary: 16 symbols, drawn independently and uniformly.
    Length: 1 to 20 in training, validation and test; beyond: 25, 30, 35, 40, 45, 50, 55, 60.
    Examples: 207,989 in training, of a length in inverse proportion to it; 50 for each length elsewhere.
    Scored: each generated symbol against the one at its place, a missing or surplus one as wrong; the loss counts the
    end as well. Chance: accuracy 6.2 %.
    Repeats: allowed and counted; there are only 16 rows of length 1.
    """

    name = "copy"
    options: CopyOptions

    @property
    def symbols(self) -> tuple[str, ...]:
        return numbers(self.options.vocabulary)

    def sample(self, rng: np.random.Generator, length: int) -> Example:
        row = " ".join(map(str, rng.integers(self.options.vocabulary, size=length).tolist()))
        return Example(row, row)


PROBE, OPTIONS = Copy, CopyOptions
