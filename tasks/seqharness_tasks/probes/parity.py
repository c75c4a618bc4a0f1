"""Parity: the smallest regular language that no fixed number of attention layers counts exactly (Hahn 2020)."""

from __future__ import annotations

import numpy as np

from seqharness.contracts import Example

from .kinds import ClassificationByLabel
from .options import Beyond, Longest, RangeOptions, Train


class ParityOptions(RangeOptions):
    """Options of `parity`."""

    train: Train = 292_000
    longest: Longest = 40
    beyond: Beyond = 200


class Parity(ClassificationByLabel):
    """Whether a row of bits has an even number of 1s (Delétang et al. 2023, https://arxiv.org/abs/2207.02098).

    Vocabulary: 0 and 1; labels: even and odd. A row is drawn uniformly from those of its length and label.
    Length: 1 to 40 in training, validation and test; beyond: 60, 80, 100, 120, 140, 160, 180, 200.
    Examples: 291,950 in training, of a length in inverse proportion to it; 50 for each length elsewhere.
    Scored: the label, which is even for half the rows of each length. Chance: accuracy 50.0 %.
    Repeats: allowed and counted; there are only two rows of length 1.
    """

    name = "parity"
    labels = ("even", "odd")
    symbols = ("0", "1")
    options: ParityOptions

    def sample(self, rng: np.random.Generator, length: int, label: str) -> Example:
        bits = rng.integers(2, size=length)
        bits[-1] ^= (bits.sum() + self.labels.index(label)) % 2
        return Example(" ".join(map(str, bits.tolist())), label)


PROBE, OPTIONS = Parity, ParityOptions
