"""What can be said of a row without a memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from seqharness.contracts import BaselineArchitecture, Options, Prediction, Split
from seqharness.interfaces import UNSCORED, Tag

Ids = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]


class MemorylessOptions(Options):
    """No options."""


class Memoryless:
    """Tags from the last two tokens: those seen after them in training, each with the same probability; any tag where
    the two were never seen together. On copy memory this knows when to answer and not what, which costs
    10 ln 8 / (T + 20) nats a position (Arjovsky et al. 2016, https://arxiv.org/abs/1511.06464, section 5.1)."""

    def __init__(self, interface: Tag) -> None:
        self.interface = interface
        self.seen = np.zeros((interface.vocabulary**2, interface.outputs), dtype=bool)

    @property
    def parameters(self) -> int:
        """Windows with a tag that they were seen with."""
        return int(self.seen.sum())

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        """Note which tags occur where two tokens end."""
        tags = np.asarray(train.rows["tags"].values, dtype=np.int64)
        counts = tags != UNSCORED
        self.seen[self._windows(train)[counts], tags[counts]] = True

    def predict(self, split: Split) -> list[Prediction]:
        """For each row the first of the tags that may be, and the losses of the scored positions."""
        rows = split.rows["tags"]
        tags = np.asarray(rows.values, dtype=np.int64)
        allowed = self.seen[self._windows(split)]
        allowed[~allowed.any(axis=1)] = True
        with np.errstate(divide="ignore"):
            losses = -np.log(allowed / allowed.sum(axis=1, keepdims=True))  # [positions, outputs]
        best = allowed.argmax(axis=1)
        found = []
        for start, end in zip(rows.offsets[:-1].tolist(), rows.offsets[1:].tolist(), strict=True):
            places = start + np.flatnonzero(tags[start:end] != UNSCORED)
            found.append(Prediction(best[start:end].tolist(), tuple(losses[places, tags[places]].tolist())))
        return found

    def _windows(self, split: Split) -> Ids:
        """For each position of all rows, the number of (token before, token); before the first stands PAD, 0."""
        rows = split.rows["tokens"]
        tokens = np.asarray(rows.values, dtype=np.int64)
        before = np.concatenate([[0], tokens[:-1]])
        before[rows.offsets[:-1][rows.lengths > 0]] = 0
        return before * self.interface.vocabulary + tokens


ARCHITECTURE = BaselineArchitecture(
    config=MemorylessOptions, serves={Tag: lambda config, interface: Memoryless(interface)}
)
