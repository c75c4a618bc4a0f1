"""Guessing: every label, tag or token is equally likely. The figure that any model has to be ahead of.

With k possible answers the loss is log k at every position, and the accuracy is 1 / k up to the luck of the draw:
answers are drawn, so that none is favoured where they are not balanced. On text, k counts the ids that can ever be
predicted: not PAD and BOS, MASK and SEP only where the training rows have them, EOS in causal language models only.
Regression: the mean of the training targets, which of all constants has the least squared error there.
"""

from __future__ import annotations

import numpy as np

from seqharness.contracts import Baseline, BaselineArchitecture, Options, Prediction, Split
from seqharness.interfaces import CausalLM, Classify, Interface, MaskedLM, Tag

from .constant import Constant
from .targets import Ids, labels, predictable


class ChanceOptions(Options):
    """No options."""


class Chance(Constant):
    """The uniform distribution. The same split always gets the same draws."""

    def __init__(self, interface: Interface) -> None:
        super().__init__(interface)
        self.seed = 0

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        """Count what is possible."""
        possible = predictable(self.interface, train.rows)
        self.probabilities = possible / possible.sum()
        self.seed = int(rng.integers(2**63))

    def outputs(self, positions: int) -> Ids:
        """Drawn."""
        possible = np.flatnonzero(self.probabilities)
        rng = np.random.Generator(np.random.PCG64(self.seed))
        return np.asarray(possible[rng.integers(len(possible), size=positions)])


class MeanTarget:
    """Regression: the mean of the training targets."""

    parameters = 1

    def __init__(self) -> None:
        self.mean = 0.0

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        """Take the mean."""
        targets = labels(train.rows).astype(np.float64)
        self.mean = float(targets.mean()) if len(targets) else 0.0

    def predict(self, split: Split) -> list[Prediction]:
        """The mean, and its squared error."""
        errors = (labels(split.rows).astype(np.float64) - self.mean) ** 2
        return [Prediction(self.mean, (error,)) for error in errors.tolist()]


def build(options: ChanceOptions, interface: Interface) -> Baseline:
    """The guess that suits the interface."""
    return MeanTarget() if isinstance(interface, Classify) and interface.loss == "squared" else Chance(interface)


ARCHITECTURE = BaselineArchitecture(
    config=ChanceOptions, serves=dict.fromkeys((Classify, Tag, CausalLM, MaskedLM), build), random=True
)
