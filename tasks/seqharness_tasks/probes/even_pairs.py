"""Even pairs: a regular language that a look at both ends decides."""

from __future__ import annotations

import numpy as np

from seqharness.contracts import Example

from .kinds import ClassificationByLabel
from .options import Beyond, Longest, RangeOptions, Shortest, Train


class EvenPairsOptions(RangeOptions):
    """Options of `even-pairs`."""

    train: Train = 229_000
    shortest: Shortest = 2
    longest: Longest = 40
    beyond: Beyond = 200


class EvenPairs(ClassificationByLabel):
    """Whether ab and ba together occur an even number of times in a row (Delétang et al. 2023,
    https://arxiv.org/abs/2207.02098); they do where the first and the last symbol are the same.

    Vocabulary: a and b; labels: even and odd. A row is drawn uniformly from those of its length and label.
    Length: 2 to 40 in training, validation and test; beyond: 60, 80, 100, 120, 140, 160, 180, 200.
    Examples: 228,970 in training, of a length in inverse proportion to it; 50 for each length elsewhere.
    Scored: the label, which is even for half the rows of each length. Chance: accuracy 50.0 %.
    Repeats: allowed and counted; there are only four rows of length 2. A single symbol is always even and left out.
    """

    name = "even-pairs"
    labels = ("even", "odd")
    symbols = ("a", "b")
    options: EvenPairsOptions

    def sample(self, rng: np.random.Generator, length: int, label: str) -> Example:
        row = rng.integers(2, size=length)
        row[-1] = row[0] ^ (label == "odd")
        return Example(" ".join(self.symbols[one] for one in row.tolist()), label)


PROBE, OPTIONS = EvenPairs, EvenPairsOptions
