"""Guessing a row of symbols."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from seqharness.contracts import BaselineArchitecture, Options, Prediction, Split
from seqharness.interfaces import SequenceToSequence

Ids = npt.NDArray[np.int64]


class RandomSymbolsOptions(Options):
    """No options."""


class RandomSymbols:
    """As many symbols as the source has, each drawn uniformly from those of the training targets. The loss is that of
    a uniform guess among these and the end. The same split always gets the same draws."""

    parameters = 0

    def __init__(self) -> None:
        self.known: Ids = np.zeros(0, dtype=np.int64)
        self.seed = 0

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        """Note which symbols there are."""
        self.known = np.unique(np.asarray(train.rows["target"].values, dtype=np.int64))
        self.seed = int(rng.integers(2**63))

    def predict(self, split: Split) -> list[Prediction]:
        """Drawn."""
        rng = np.random.Generator(np.random.PCG64(self.seed))
        each = float(np.log(len(self.known) + 1))
        sources, targets = (split.rows[side].lengths.tolist() for side in ("source", "target"))
        return [
            Prediction(self.known[rng.integers(len(self.known), size=source)].tolist(), (each,) * (target + 1))
            for source, target in zip(sources, targets, strict=True)
        ]


ARCHITECTURE = BaselineArchitecture(
    config=RandomSymbolsOptions, serves={SequenceToSequence: lambda config, interface: RandomSymbols()}, random=True
)
