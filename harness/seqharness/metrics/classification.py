"""Accuracy, macro-F1, Matthews correlation, calibration, loss, and squared error: one label or one number an example.

Each example adds a row, and every figure is a function of the sums. macro-F1 and Matthews correlation come from the
confusion matrix, whose cells are columns; `confusion_of` gives it back from the sums. With more than MATRIX_LIMIT
classes its margins and its diagonal stand in for it: 3 k columns instead of k x k.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from ..contracts import Metric, Prediction

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

MATRIX_LIMIT = 32
"""Classes up to which the confusion matrix is kept."""

BINS = 15
"""Bins of confidence, of equal width (Guo et al. 2017, https://arxiv.org/abs/1706.04599)."""

ACCURACY_COLUMNS = ("accuracy.hits", "accuracy.examples")
CALIBRATION_COLUMNS = tuple(
    f"calibration.{kind}{number}" for kind in ("examples", "confidence", "hits") for number in range(1, BINS + 1)
)
LOSS_COLUMNS = ("cross_entropy.nll", "cross_entropy.count")
SQUARED_COLUMNS = ("squared.error", "squared.examples")

_CONFUSION = "confusion."


# ----------------------------------------------------------------------------------------------------------- accuracy


def accuracy() -> Metric:
    """Share of examples whose output is the reference, in percent."""
    return Metric(
        name="accuracy",
        label="accuracy",
        columns=ACCURACY_COLUMNS,
        value=partial(ratio, scale=100.0),
        higher_is_better=True,
        signature="share of examples",
        decimals=1,
        unit="%",
        margin=1.0,
    )


def accuracy_columns(outputs: Sequence[str | None], references: Sequence[str]) -> Array:
    """For each example [N, 2]: 1 where the two are equal, and 1. No output (None) is a row of NaN.

    Raises ValueError where the two differ in number.
    """
    rows = [_hit(output, reference) for output, reference in zip(outputs, references, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _hit(output: str | None, reference: str) -> tuple[float, float]:
    return (math.nan, math.nan) if output is None else (float(output == reference), 1.0)


# --------------------------------------------------------------------------------------------------- confusion matrix


def macro_f1(labels: Sequence[str]) -> Metric:
    """F1 of each class in percent, averaged with equal weights over the classes that occur in references or outputs."""
    return Metric(
        name="macro_f1",
        label="macro-F1",
        columns=class_columns(labels),
        value=partial(macro_f1_value, classes=len(labels)),
        higher_is_better=True,
        signature="classes in references or outputs|weights:equal",
        decimals=1,
        unit="%",
        margin=1.0,
    )


def matthews(labels: Sequence[str]) -> Metric:
    """Matthews correlation of k classes (Gorodkin 2004, doi:10.1016/j.compbiolchem.2004.09.006): 1 is perfect, 0 is
    what guessing gives, also where one class is far more frequent than the others."""
    return Metric(
        name="matthews",
        label="MCC",
        columns=class_columns(labels),
        value=partial(matthews_value, classes=len(labels)),
        higher_is_better=True,
        signature=f"classes:{len(labels)}" if labels else "",
        decimals=3,
        margin=0.02,
        lowest=-1.0,
        highest=1.0,
    )


def class_columns(labels: Sequence[str]) -> tuple[str, ...]:
    """Names of the columns for some classes: a cell of the confusion matrix each, references down and outputs across,
    named by 'confusion.' and both labels as a JSON list; or, with many classes, k references, k outputs, k hits."""
    if len(labels) <= MATRIX_LIMIT:
        return tuple(_CONFUSION + json.dumps([true, said], ensure_ascii=False) for true in labels for said in labels)
    return tuple(f"class.{kind}{place}" for kind in ("reference", "output", "hit") for place in range(len(labels)))


def confusion_columns(outputs: Sequence[str | None], references: Sequence[str], labels: Sequence[str]) -> Array:
    """For each example [N, len(class_columns(labels))] a 1 where it stands. No output (None) is a row of NaN.

    Raises ValueError for an output or reference that is no label, or where the two differ in number.
    """
    place, classes = {label: index for index, label in enumerate(labels)}, len(labels)
    found = np.zeros((len(references), len(class_columns(labels))))
    for row, (output, reference) in enumerate(zip(outputs, references, strict=True)):
        if output is None:
            found[row] = math.nan
            continue
        for label in (output, reference):
            if label not in place:
                raise ValueError(f"{label!r} is no label; there is: {', '.join(map(repr, labels[:20]))}")
        true, said = place[reference], place[output]
        if classes <= MATRIX_LIMIT:
            found[row, true * classes + said] = 1
        else:
            found[row, [true, classes + said]] = 1
            found[row, 2 * classes + true] = true == said
    return found


def confusion_of(columns: Sequence[str], sums: Array) -> tuple[tuple[str, ...], Array] | None:
    """The labels [k] and the confusion matrix [..., k, k], references down and outputs across, from the sums
    [..., len(columns)] of some columns; None where these have no such cells."""
    places = [place for place, name in enumerate(columns) if name.startswith(_CONFUSION)]
    if not places:
        return None
    pairs = [json.loads(columns[place].removeprefix(_CONFUSION)) for place in places]
    labels = tuple(dict.fromkeys(true for true, _ in pairs))
    return labels, sums[..., places].reshape(*sums.shape[:-1], len(labels), len(labels))


def macro_f1_value(sums: Array, classes: int) -> Array:
    """Column sums [..., k x k or 3 k] -> percent [...]; NaN without examples."""
    reference, output, hit = _margins(sums, classes)
    present = (reference + output > 0).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        f1 = np.where(reference + output > 0, 2 * hit / (reference + output), 0.0)
        return cast("Array", np.where(_defined(sums), 100 * f1.sum(axis=-1) / present, np.nan))


def matthews_value(sums: Array, classes: int) -> Array:
    """Column sums [..., k x k or 3 k] -> -1 to 1 [...]; 0 where references or outputs are all of one class; NaN
    without examples."""
    reference, output, hit = _margins(sums, classes)
    total, right = reference.sum(axis=-1), hit.sum(axis=-1)
    covariance = right * total - (reference * output).sum(axis=-1)
    spread = (total**2 - (reference**2).sum(axis=-1)) * (total**2 - (output**2).sum(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(spread > 0, covariance / np.sqrt(spread), 0.0)
    return cast("Array", np.where(_defined(sums), value, np.nan))


def _margins(sums: Array, classes: int) -> tuple[Array, Array, Array]:
    """How often each class is the reference, the output, and both, each [..., k]."""
    if classes > MATRIX_LIMIT:
        reference, output, hit = (sums[..., part * classes : (part + 1) * classes] for part in range(3))
        return reference, output, hit
    matrix = sums.reshape(*sums.shape[:-1], classes, classes)
    return matrix.sum(axis=-1), matrix.sum(axis=-2), np.diagonal(matrix, axis1=-2, axis2=-1)


def _defined(sums: Array) -> npt.NDArray[np.bool_]:
    return cast("npt.NDArray[np.bool_]", sums.sum(axis=-1) > 0)


# -------------------------------------------------------------------------------------------------------- calibration


def calibration_error() -> Metric:
    """Expected calibration error in percent: the mean distance between confidence and accuracy, over 15 bins of the
    most probable label's probability."""
    return Metric(
        name="ece",
        label="ECE",
        columns=CALIBRATION_COLUMNS,
        value=calibration_value,
        higher_is_better=False,
        signature=f"top label|bins:{BINS}, equal width|Guo et al. 2017",
        decimals=1,
        unit="%",
        margin=1.0,
    )


def calibration_columns(predictions: Sequence[Prediction], references: Sequence[str]) -> Array:
    """For each example [N, 45]: in the place of its bin a 1, its confidence, and 1 where the output is right.

    Without probabilities it is a row of NaN: calibration does not apply. Raises ValueError where the two differ in
    number.
    """
    found = np.zeros((len(references), 3, BINS))
    for row, (prediction, reference) in enumerate(zip(predictions, references, strict=True)):
        if prediction.probabilities is None:
            found[row] = math.nan
            continue
        confidence = max(prediction.probabilities)
        found[row, :, bin_of(confidence)] = 1.0, confidence, float(prediction.output == reference)
    return found.reshape(len(references), len(CALIBRATION_COLUMNS))


def bin_of(confidence: float) -> int:
    """0 to 14: bin i holds what is over i / 15 and at most (i + 1) / 15."""
    upper = [(number + 1) / BINS for number in range(BINS - 1)]
    return int(np.searchsorted(upper, confidence, side="left"))


def calibration_value(sums: Array) -> Array:
    """Column sums [..., 45] -> percent [...]; NaN without examples."""
    examples, confidence, hits = np.moveaxis(sums.reshape(*sums.shape[:-1], 3, BINS), -2, 0)
    total = examples.sum(axis=-1)
    gaps = np.abs(hits - confidence).sum(axis=-1)
    return ratio(np.stack([gaps, total], axis=-1), scale=100.0)


# ------------------------------------------------------------------------------------------------------------- losses


def cross_entropy(per: Literal["example", "tag"] = "example") -> Metric:
    """Mean negative log-likelihood of the reference in nats, without label smoothing."""
    return Metric(
        name="loss",
        label="loss",
        columns=LOSS_COLUMNS,
        value=partial(ratio, scale=1.0),
        higher_is_better=False,
        signature=f"negative log-likelihood|per:{per}",
        decimals=3,
        unit="nats",
        margin=0.01,
        lowest=0.0,
    )


def cross_entropy_columns(predictions: Sequence[Prediction]) -> Array:
    """For each example [N, 2]: the sum of its losses in nats, and their number. No losses are a row of NaN."""
    rows = [
        (math.nan, math.nan) if given.losses is None else (math.fsum(given.losses), float(len(given.losses)))
        for given in predictions
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def squared_error() -> Metric:
    """Mean squared error of a regression."""
    return Metric(
        name="mse",
        label="MSE",
        columns=SQUARED_COLUMNS,
        value=partial(ratio, scale=1.0),
        higher_is_better=False,
        signature="mean over examples",
        decimals=4,
        margin=0.001,
        lowest=0.0,
    )


def squared_error_columns(outputs: Sequence[float | None], references: Sequence[float]) -> Array:
    """For each example [N, 2]: (output - reference)^2, and 1. No output (None) is a row of NaN.

    Raises ValueError where the two differ in number.
    """
    rows = [
        (math.nan, math.nan) if output is None else ((output - reference) ** 2, 1.0)
        for output, reference in zip(outputs, references, strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def ratio(sums: Array, scale: float) -> Array:
    """Column sums [..., 2] -> scale x first / second [...]; NaN where the second is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return cast("Array", np.where(sums[..., 1] > 0, scale * sums[..., 0] / sums[..., 1], np.nan))
