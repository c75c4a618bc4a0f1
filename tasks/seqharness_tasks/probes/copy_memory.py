"""Copy memory: ten symbols to be kept over a long pause."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from seqharness.contracts import Axis, Example, Metric
from seqharness.metrics.classification import cross_entropy

from .kinds import BLANK, Tagging, numbers
from .metrics import answer_accuracy, solved
from .options import Beyond, Length, PerLength, SingleOptions, Train

ITEMS = 10
VALUES = 8
MARKER = "?"


class CopyMemoryOptions(SingleOptions):
    """Options of `copy-memory`."""

    train: Train = 22_500
    per_length: PerLength = 200
    T: Length = 100
    beyond: Beyond = 200


class CopyMemory(Tagging):
    """Ten symbols said again after T blanks (Hochreiter & Schmidhuber 1997; Arjovsky et al. 2016; the rows are those of
    Bai et al. 2018, https://arxiv.org/abs/1803.01271): ten symbols, T - 1 blanks, eleven markers. The answer is blank
    for T + 10 positions, then the ten symbols in their order. No model may look ahead.

    Vocabulary: 8 symbols, drawn independently and uniformly, a blank and a marker; tags: the symbols and a blank.
    Blanks: 100 in training, validation and test; beyond: 125, 150, 175, 200.
    Examples: 22,500 in training; 200 for each number of blanks elsewhere.
    Scored: the loss of all T + 20 positions; the accuracy of the last ten. Chance: loss 0.173 nats, accuracy 12.5 %.
    That is knowing when but not what to answer, 10 ln 8 / (T + 20), which the baseline `memoryless` does.
    Repeats: allowed and counted; of 8 ** 10 rows few come twice.
    """

    name = "copy-memory"
    axes: Mapping[str, str | Axis] = {"blanks": Axis("blanks between symbols and answers")}
    symbols = (*numbers(VALUES), BLANK, MARKER)
    tags = (BLANK, *numbers(VALUES))
    options: CopyMemoryOptions

    @property
    def metrics(self) -> Sequence[Metric]:  # type: ignore[override]
        """A tenth of the loss without a memory counts as solved."""
        return solved(cross_entropy("tag"), self.chance["loss"] / 10), answer_accuracy("of the ten symbols")

    @property
    def chance(self) -> Mapping[str, float]:
        return {"loss": ITEMS * math.log(VALUES) / (self.options.T + 2 * ITEMS), "accuracy": 100 / VALUES}

    def sample(self, rng: np.random.Generator, length: int) -> Example:
        items = list(map(str, rng.integers(VALUES, size=ITEMS).tolist()))
        row = [*items, *[BLANK] * (length - 1), *[MARKER] * (ITEMS + 1)]
        return Example(" ".join(row), " ".join([*[BLANK] * (length + ITEMS), *items]))


PROBE, OPTIONS = CopyMemory, CopyMemoryOptions
