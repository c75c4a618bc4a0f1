"""One distribution at every position, whatever the input: what `chance` and `majority` have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from seqharness.contracts import Prediction, Split
from seqharness.interfaces import CausalLM, Classify, Interface, Tag

from .targets import Floats, Ids, scored_targets

if TYPE_CHECKING:
    from seqharness.data.rows import Rows


class Constant(ABC):
    """probabilities [outputs]: of each label, tag or token."""

    parameters = 0

    def __init__(self, interface: Interface) -> None:
        self.interface = interface
        self.probabilities: Floats = np.zeros(interface.outputs_per_position)

    @abstractmethod
    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        """Set `probabilities`."""

    @abstractmethod
    def outputs(self, positions: int) -> Ids:
        """[positions]: what it says at each of them."""

    def predict(self, split: Split) -> list[Prediction]:
        """The same at every position."""
        targets = scored_targets(self.interface, split.rows)
        with np.errstate(divide="ignore"):  # a target that cannot be is infinitely surprising
            losses = targets.split(-np.log(self.probabilities[targets.ids]))
        said = self._said(split.rows, targets.counts)
        probabilities = tuple(self.probabilities.tolist()) if isinstance(self.interface, Classify) else None
        return [
            Prediction(output, loss, probabilities=probabilities) for output, loss in zip(said, losses, strict=True)
        ]

    def _said(self, rows: Mapping[str, Rows], scored: Ids) -> list[list[int]] | list[None]:
        """Ids of each row: one a position for tags, one a scored position otherwise; none where none is wanted."""
        if isinstance(self.interface, CausalLM) and not self.interface.answers:
            return [None] * len(scored)
        counts = rows["tokens"].lengths if isinstance(self.interface, Tag) else scored
        flat, ends = self.outputs(int(counts.sum())).tolist(), np.cumsum(counts).tolist()
        return [flat[end - count : end] for end, count in zip(ends, counts.tolist(), strict=True)]
