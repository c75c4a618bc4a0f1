"""What a figure of slices or curves holds, without drawing: which values, which models, in which order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from seqharness.comparison import Curve, SliceScore

from ..quantities import known
from ..view import TaskView, unique

MOST_VALUES = 24
_NUMBER = re.compile(r"[<>≤≥=~]?\s*[-−+]?\d")


@dataclass(frozen=True)
class Slices:
    """One metric over one axis. ordinal: values follow each other as numbers do, so that a line may join them.

    left_out: values not drawn because there are too many; the largest groups are kept.
    """

    metric: str
    values: Sequence[str]
    examples: Sequence[int]
    models: Sequence[str]
    parts: dict[tuple[str, str], SliceScore]
    ordinal: bool
    left_out: int


def slices(task: TaskView, axis: str) -> Slices:
    """The slices of an axis by the primary metric, or by the first where the primary was not sliced."""
    every = [part for part in task.slices if part.axis == axis and known(part.mean) is not None]
    metrics = unique(part.metric for part in every)
    metric = task.primary.name if task.primary.name in metrics else next(iter(metrics), task.primary.name)
    parts = sorted((part for part in every if part.metric == metric), key=lambda part: (part.order, part.value))
    examples: dict[str, int] = {}
    for part in parts:
        examples[part.value] = max(part.n, examples.get(part.value, 0))
    kept = set(sorted(examples, key=lambda value: -examples[value])[:MOST_VALUES])
    values = [value for value in examples if value in kept]
    present = {part.model for part in parts}
    return Slices(
        metric=metric,
        values=values,
        examples=[examples[value] for value in values],
        models=[model.model for model in task.models if model.model in present],
        parts={(part.model, part.value): part for part in parts},
        ordinal=len(values) > 1 and all(_NUMBER.match(value) for value in values),
        left_out=len(examples) - len(values),
    )


@dataclass(frozen=True)
class Line:
    """One run's curve. counts: whether the run ended, so that it goes into the mean."""

    model: str
    x: Sequence[float]
    y: Sequence[float]
    counts: bool


def lines(task: TaskView, quantity: str) -> list[Line]:
    """The curves of a quantity, points that are no numbers dropped."""
    ended = {(run.model, run.seed) for run in task.runs if run.status == "done" and run.role != "convergence"}
    found = [curve for curve in task.curves if curve.quantity == quantity]
    drawn = []
    for curve in found:
        points = sorted(_points(curve))
        if points:
            x, y = zip(*points, strict=True)
            drawn.append(Line(curve.model, x, y, (curve.model, curve.seed) in ended))
    return drawn


def _points(curve: Curve) -> list[tuple[float, float]]:
    pairs = zip(curve.x, curve.y, strict=False)
    return [(x, y) for x, y in pairs if known(x) is not None and known(y) is not None]


def quantities(task: TaskView) -> dict[str, str]:
    """Quantities with at least one point, name -> label."""
    return {curve.quantity: curve.label for curve in task.curves if _points(curve)}


def mean_line(found: Sequence[Line]) -> tuple[list[float], list[float]] | None:
    """The mean over runs that count, on the points of all within the range that all cover; None without two."""
    counted = [line for line in found if line.counts]
    if len(counted) < 2:
        return None
    start, end = max(line.x[0] for line in counted), min(line.x[-1] for line in counted)
    grid = sorted({x for line in counted for x in line.x if start <= x <= end})
    return grid, [sum(_at(line, x) for line in counted) / len(counted) for x in grid]


def _at(line: Line, x: float) -> float:
    """The value of a line at x, by linear interpolation; x lies within the line."""
    after = next(place for place, here in enumerate(line.x) if here >= x)
    if line.x[after] == x or after == 0:
        return line.y[after]
    left, right = line.x[after - 1], line.x[after]
    weight = (x - left) / (right - left)
    return line.y[after - 1] * (1 - weight) + line.y[after] * weight
