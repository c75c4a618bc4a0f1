"""The most frequent answer, whatever the input: what is reached by knowing how often things are, and no more.

Its probabilities are the frequencies of labels, tags or tokens at the scored positions of the training split, each
counted once more than it was seen (Laplace's rule of succession), so that nothing that can occur is impossible. On text
this is the unigram model; what can occur is said in `chance`.
"""

from __future__ import annotations

import numpy as np

from seqharness.contracts import Baseline, BaselineArchitecture, Options, Split
from seqharness.errors import NotApplicable
from seqharness.interfaces import CausalLM, Classify, Interface, MaskedLM, Tag

from .constant import Constant
from .targets import Ids, predictable, scored_targets


class MajorityOptions(Options):
    """No options."""


class Majority(Constant):
    """Frequencies. Of equally frequent answers the one with the smallest id is said."""

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        """Count. Text is counted at every position that can be scored, masked in evaluation or not."""
        possible = predictable(self.interface, train.rows)
        counts = np.where(possible, 1.0 + np.bincount(self._seen(train), minlength=len(possible)), 0.0)
        self.probabilities = counts / counts.sum()
        self.parameters = int(possible.sum())

    def _seen(self, train: Split) -> Ids:
        if isinstance(self.interface, MaskedLM):  # training masks other positions in every pass
            return np.asarray(train.rows["tokens"].values, dtype=np.int64)
        return scored_targets(self.interface, train.rows).ids

    def outputs(self, positions: int) -> Ids:
        """The most frequent, each time."""
        return np.full(positions, int(self.probabilities.argmax()))


def build(options: MajorityOptions, interface: Interface) -> Baseline:
    """NotApplicable for a regression."""
    if isinstance(interface, Classify) and interface.loss == "squared":
        raise NotApplicable("real numbers have no most frequent one; chance says their mean")
    return Majority(interface)


ARCHITECTURE = BaselineArchitecture(
    config=MajorityOptions, serves=dict.fromkeys((Classify, Tag, CausalLM, MaskedLM), build)
)
