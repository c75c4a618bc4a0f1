"""The adding problem: two numbers to be kept over a long row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqharness.contracts import Axis, Example, Metric, Prediction
from seqharness.metrics.classification import squared_error, squared_error_columns

from .codecs import NumbersCodec
from .kinds import SingleProbe
from .metrics import solved
from .options import Beyond, Length, PerLength, SingleOptions, Train

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

GRID = 10_000
"""Numbers are whole multiples of 1 / GRID."""


class AddingOptions(SingleOptions):
    """Options of `adding`."""

    train: Train = 27_000
    per_length: PerLength = 200
    T: Length = 100
    beyond: Beyond = 200


class Adding(SingleProbe):
    """The sum of the two marked numbers of a row (Hochreiter & Schmidhuber 1997, as in Arjovsky et al. 2016,
    https://arxiv.org/abs/1511.06464): a regression.

    Vocabulary: at each position a real number, uniform on 0, 0.0001, ... 0.9999, and a mark, which is 1 at one position
    of the first half, at one of the second half, and 0 elsewhere.
    Length: 100 in training, validation and test; beyond: 125, 150, 175, 200.
    Examples: 27,000 in training; 200 for each length elsewhere.
    Scored: the number said for the whole row. Chance: MSE 0.1667. That is saying 1 to every row: twice the variance of
    one number, 1/12.
    Repeats: allowed and counted; none is to be expected.
    """

    name = "adding"
    axes: Mapping[str, str | Axis] = {"length": Axis("numbers in the row")}
    baselines: Sequence[str] = ("chance",)
    metrics: Sequence[Metric] = (solved(squared_error(), 0.01),)
    options: AddingOptions

    @property
    def chance(self) -> Mapping[str, float]:
        return {"mse": (1 - GRID**-2) / 6}

    def sample(self, rng: np.random.Generator, length: int) -> Example:
        row = rng.integers(GRID, size=length).tolist()
        marked = (int(rng.integers(length // 2)), int(rng.integers(length // 2, length)))
        words = [f"{number / GRID:.4f}" for number in row]
        for place in marked:
            words[place] += "*"
        return Example(" ".join(words), sum(row[place] for place in marked) / GRID)

    def new_codec(self) -> NumbersCodec:
        return NumbersCodec()

    def statistics(
        self, examples: Sequence[Example], predictions: Sequence[Prediction], metrics: Sequence[Metric]
    ) -> Array:
        """[len(examples), 2], or no columns without a metric; NaN where a prediction has no output."""
        outputs = [None if prediction.output is None else float(prediction.output) for prediction in predictions]
        return squared_error_columns(outputs, [float(example.target) for example in examples])

    def show(self, example: Example, prediction: Prediction | None = None) -> dict[str, str]:
        """The numbers, the marked ones with a star; the sum; and what was said."""
        shown = {"input": str(example.input), "reference": f"{example.target:.4f}"}
        if prediction is not None:
            shown["output"] = "" if prediction.output is None else f"{prediction.output:.4f}"
        return shown


PROBE, OPTIONS = Adding, AddingOptions
