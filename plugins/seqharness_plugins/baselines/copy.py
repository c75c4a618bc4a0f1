"""The source, said again: what a translation is worth that translates nothing (names and numerals still match)."""

from __future__ import annotations

import numpy as np

from seqharness.contracts import BaselineArchitecture, Options, Prediction, Split
from seqharness.interfaces import SequenceToSequence


class CopyOptions(Options):
    """No options."""


class Copy:
    """Learns nothing."""

    parameters = 0

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        """Nothing to do."""

    def predict(self, split: Split) -> list[Prediction]:
        """The input of each example."""
        return [Prediction(output=example.input) for example in split.examples]


ARCHITECTURE = BaselineArchitecture(config=CopyOptions, serves={SequenceToSequence: lambda config, interface: Copy()})
