"""What a figure of slices or curves holds, without drawing: which values, which models, in which order."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from seqharness.comparison import Curve, SliceScore

from ..quantities import known
from ..view import TaskView, unique

MOST_VALUES = 24
NORM = "gradient_norm"
"""The quantity that has a figure of its own."""

_NUMBER = re.compile(r"[<>≤≥=~]?\s*[-−+]?\d")


@dataclass(frozen=True)
class Kinds:
    """One metric over the values of an axis without numbers, on the main test split.

    ordinal: values follow each other as numbers do, so that a line may join them. left_out: values not drawn because
    there are too many; the largest groups are kept.
    """

    metric: str
    values: Sequence[str]
    examples: Sequence[int]
    models: Sequence[str]
    parts: dict[tuple[str, str], SliceScore]
    ordinal: bool
    left_out: int


@dataclass(frozen=True)
class Along:
    """One metric over an axis of numbers.

    lines: (model, split) -> parts by x, or, where the splits follow each other along the axis, (model, "") -> those of
    all splits in one. boundaries: x between two splits that follow each other, with the names on its left and right.
    """

    metric: str
    models: Sequence[str]
    splits: Sequence[str]
    lines: dict[tuple[str, str], Sequence[SliceScore]]
    boundaries: Sequence[tuple[float, str, str]]

    @property
    def parts(self) -> list[SliceScore]:
        """Of all lines."""
        return [part for line in self.lines.values() for part in line]

    @property
    def x(self) -> list[float]:
        """Every place on the axis once, in order."""
        return sorted({part.x for part in self.parts if part.x is not None})


def _parts(task: TaskView, axis: str) -> tuple[str, list[SliceScore]]:
    """The slices of an axis by the primary metric, or by the first where the primary was not sliced."""
    every = [part for part in task.slices if part.axis == axis and known(part.mean) is not None]
    metrics = unique(part.metric for part in every)
    metric = task.primary.name if task.primary.name in metrics else next(iter(metrics), task.primary.name)
    return metric, [part for part in every if part.metric == metric]


def _present(task: TaskView, parts: Sequence[SliceScore]) -> list[str]:
    """Models with a part, in the order of the tables."""
    present = {part.model for part in parts}
    return [model.model for model in task.models if model.model in present]


def slices(task: TaskView, axis: str) -> Along | Kinds:
    """What there is to draw of an axis: along its numbers where every part says where it stands, else by kinds."""
    metric, parts = _parts(task, axis)
    placed = all(known(part.x) is not None for part in parts)
    return _along(task, metric, parts) if parts and placed else _kinds(task, metric, parts)


def _along(task: TaskView, metric: str, parts: Sequence[SliceScore]) -> Along:
    ordered = sorted(parts, key=lambda part: part.x or 0.0)
    ranges: dict[str, tuple[float, float]] = {}
    for part in ordered:
        x = part.x or 0.0
        ranges[part.split] = (ranges.get(part.split, (x, x))[0], x)
    splits = list(ranges)  # by where they begin
    follow = all(ranges[one][1] < ranges[other][0] for one, other in pairwise(splits))
    lines: dict[tuple[str, str], list[SliceScore]] = {}
    for part in ordered:
        lines.setdefault((part.model, "" if follow else part.split), []).append(part)
    boundaries = [((ranges[one][1] + ranges[other][0]) / 2, one, other) for one, other in pairwise(splits)]
    return Along(metric, _present(task, parts), splits, dict(lines), boundaries if follow else [])


def _kinds(task: TaskView, metric: str, every: Sequence[SliceScore]) -> Kinds:
    main = [part for part in every if part.split == task.main_split]
    parts = sorted(main, key=lambda part: (part.order, part.value))
    examples: dict[str, int] = {}
    for part in parts:
        examples[part.value] = max(part.n, examples.get(part.value, 0))
    kept = set(sorted(examples, key=lambda value: -examples[value])[:MOST_VALUES])
    values = [value for value in examples if value in kept]
    return Kinds(
        metric=metric,
        values=values,
        examples=[examples[value] for value in values],
        models=_present(task, parts),
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
    """Quantities of learning with at least one point, name -> label."""
    return {curve.quantity: curve.label for curve in task.curves if curve.quantity != NORM and _points(curve)}


def norms(task: TaskView) -> list[Line]:
    """The norm of the gradient over training, for a logarithmic scale: points above 0."""
    kept = []
    for line in lines(task, NORM):
        points = [(x, y) for x, y in zip(line.x, line.y, strict=True) if y > 0]
        if points:
            x, y = zip(*points, strict=True)
            kept.append(Line(line.model, x, y, line.counts))
    return kept


def mean_line(found: Sequence[Line]) -> tuple[list[float], list[float]] | None:
    """The mean over runs that count, on the points of all within the range that all cover; None without two."""
    counted = [line for line in found if line.counts]
    if len(counted) < 2:
        return None
    start, end = max(line.x[0] for line in counted), min(line.x[-1] for line in counted)
    grid = sorted({x for line in counted for x in line.x if start <= x <= end})
    return grid, [sum(_at(line, x) for line in counted) / len(counted) for x in grid]


def geometric_mean_line(found: Sequence[Line]) -> tuple[list[float], list[float]] | None:
    """The same for values above 0 on a logarithmic scale."""
    logarithms = [Line(line.model, line.x, [math.log(y) for y in line.y], line.counts) for line in found]
    mean = mean_line(logarithms)
    return mean and (mean[0], [math.exp(y) for y in mean[1]])


def _at(line: Line, x: float) -> float:
    """The value of a line at x, by linear interpolation; x lies within the line."""
    after = next(place for place, here in enumerate(line.x) if here >= x)
    if line.x[after] == x or after == 0:
        return line.y[after]
    left, right = line.x[after - 1], line.x[after]
    weight = (x - left) / (right - left)
    return line.y[after - 1] * (1 - weight) + line.y[after] * weight
