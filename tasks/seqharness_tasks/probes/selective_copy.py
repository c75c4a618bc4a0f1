"""Selective copy: what to keep is told by the content, not by the place."""

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


class SelectiveCopyOptions(SingleOptions):
    """Options of `selective-copy`."""

    train: Train = 22_500
    per_length: PerLength = 200
    T: Length = 100
    beyond: Beyond = 200


class SelectiveCopy(Tagging):
    """Ten symbols that stand at random places among T blanks, said in their order (Jing et al. 2019,
    https://arxiv.org/abs/1706.02761; Gu & Dao 2023, https://arxiv.org/abs/2312.00752): T + 10 positions, then ten
    markers, at each of which the next symbol is the answer. No model may look ahead.

    Vocabulary: 8 symbols, drawn independently and uniformly, a blank and a marker; tags: the symbols and a blank.
    Blanks: 100 in training, validation and test; beyond: 125, 150, 175, 200.
    Examples: 22,500 in training; 200 for each number of blanks elsewhere.
    Scored: the tags at the ten markers. Chance: accuracy 12.5 %, loss 2.079 nats.
    Repeats: allowed and counted; none is to be expected.
    """

    name = "selective-copy"
    axes: Mapping[str, str | Axis] = {"blanks": Axis("blanks among the symbols")}
    metrics: Sequence[Metric] = (solved(answer_accuracy("of the ten symbols")), cross_entropy("tag"))
    symbols = (*numbers(VALUES), BLANK, MARKER)
    tags = (BLANK, *numbers(VALUES))
    options: SelectiveCopyOptions

    @property
    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 100 / VALUES, "loss": math.log(VALUES)}

    def sample(self, rng: np.random.Generator, length: int) -> Example:
        items = list(map(str, rng.integers(VALUES, size=ITEMS).tolist()))
        size = length + ITEMS
        row = [BLANK] * size
        for place, item in zip(sorted(rng.permutation(size)[:ITEMS].tolist()), items, strict=True):
            row[place] = item
        tags = [*[BLANK] * size, *items]
        return Example(" ".join([*row, *[MARKER] * ITEMS]), " ".join(tags), scored=tuple(range(size, size + ITEMS)))


PROBE, OPTIONS = SelectiveCopy, SelectiveCopyOptions
