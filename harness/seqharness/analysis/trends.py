"""Whether the gap between two models grows along a numeric axis, such as the length of a sentence.

The slope of a least-squares line through a model's scores on the steps of the axis, weighted by their examples, is
itself a function of sums over examples. So it is treated as one more metric, and its difference between two models
(which is the slope of their gap, since steps and weights are the same for both) has the interval and the test that
every difference has.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ..comparison import Trend
from ..contracts import Axis, Metric
from .resampling import Resampled, resample
from .slices import axis_of
from .statistics import difference_of
from .table import Table
from .verdicts import finite, measure, p_text

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..contracts import Task
    from .results import SystemResults, TaskResults

    Array = npt.NDArray[np.float64]

LEAST_EXAMPLES = 20
"""Of a step: a score of fewer is too rough for a point of a line."""

LEAST_STEPS = 3

STEPS_WITHOUT_EDGES = 8
"""Where an axis has no steps of its own, its examples are cut into so many of like number."""


def trends_of(result: TaskResults, task: Task) -> Iterator[Trend]:
    """The slope of the gap of every pair of compared models along every numeric axis of the main test split."""
    metric = task.metrics[0]
    for name, described in task.axes.items():
        axis = axis_of(described)
        line = _line(result, metric, name, axis)
        if line is None:
            continue
        slopes = {system.model: line.of(system, result.main_split) for system in result.compared}
        for a, b in combinations(result.compared, 2):
            yield _trend(result.task, name, axis, metric, (a.model, slopes[a.model]), (b.model, slopes[b.model]))


@dataclass(frozen=True)
class Line:
    """Which step each example is in (-1: in none) and where it stands on the axis."""

    metric: Metric
    step: npt.NDArray[np.int64]
    x: Array
    steps: int

    def of(self, system: SystemResults, split: str) -> Resampled:
        """The slope of a system's scores, on all examples and on resamples."""
        values = np.stack([self._columns(run.tables[split]) for run in system.done])
        return resample(values, self.slope_metric(), deterministic=system.deterministic)

    def slope_metric(self) -> Metric:
        """The slope as a function of column sums: for every step the metric's own columns, examples and sum of x."""
        width = len(self.metric.columns) + 2
        names = tuple(f"step{step}.{column}" for step in range(self.steps) for column in range(width))
        return replace(
            self.metric,
            name=f"{self.metric.name} slope",
            columns=names,
            value=self._slope,
            lowest=-math.inf,
            highest=math.inf,
        )

    def _columns(self, table: Table) -> Array:
        own = np.column_stack([table.select(self.metric), np.ones(len(table)), self.x])  # [N, c + 2]
        spread = np.zeros((len(table), self.steps, own.shape[1]))
        inside = self.step >= 0
        spread[np.flatnonzero(inside), self.step[inside]] = own[inside]
        return spread.reshape(len(table), -1)

    def _slope(self, sums: Array) -> Array:
        parts = sums.reshape(*sums.shape[:-1], self.steps, -1)
        count, total = parts[..., -2], parts[..., -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            return weighted_slope(total / count, self.metric.value(parts[..., :-2]), count)


def weighted_slope(x: Array, y: Array, weight: Array) -> Array:
    """Slope of the weighted least-squares line through points [..., K] -> [...]; points that are not finite are left
    out, and fewer than two give NaN."""
    known = np.isfinite(x) & np.isfinite(y) & (weight > 0)
    x, y, weight = np.where(known, x, 0.0), np.where(known, y, 0.0), np.where(known, weight, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = weight.sum(-1, keepdims=True)
        dx, dy = x - (weight * x).sum(-1, keepdims=True) / total, y - (weight * y).sum(-1, keepdims=True) / total
        variance = (weight * dx * dx).sum(-1)
        return np.where(variance > 0, (weight * dx * dy).sum(-1) / variance, np.nan)


def _line(result: TaskResults, metric: Metric, name: str, axis: Axis) -> Line | None:
    """The steps of an axis; None where it has no numbers, units of several examples, or too few steps."""
    tables = [run.tables[result.main_split] for system in result.compared for run in system.done[:1]]
    if len(tables) < 2 or name not in tables[0].slices or tables[0].groups is not None:
        return None
    labels = tables[0].slices[name]
    if not all(isinstance(label, (int, float)) for label in labels):
        return None
    x = np.array(labels, dtype=np.float64)
    step = np.searchsorted(np.array(_edges(x, axis)), x, side="left")
    used = [number for number in np.unique(step) if (step == number).sum() >= LEAST_EXAMPLES]
    if len(used) < LEAST_STEPS:
        return None
    renumbered = np.full(len(x), -1, dtype=np.int64)
    for place, number in enumerate(used):
        renumbered[step == number] = place
    return Line(metric, renumbered, x, len(used))


def _edges(x: Array, axis: Axis) -> Sequence[float]:
    if axis.edges:
        return axis.edges
    values = np.unique(x)
    if len(values) <= STEPS_WITHOUT_EDGES:
        return values[:-1].tolist()  # type: ignore[no-any-return]
    return np.unique(np.quantile(x, np.arange(1, STEPS_WITHOUT_EDGES) / STEPS_WITHOUT_EDGES)).tolist()  # type: ignore[no-any-return]


def _trend(
    task: str, name: str, axis: Axis, metric: Metric, a: tuple[str, Resampled], b: tuple[str, Resampled]
) -> Trend:
    found = difference_of(a[1], b[1])
    slope, low, high = (finite(value) for value in (found.difference, found.low, found.high))
    return Trend(
        task=task,
        axis=name,
        metric=metric.name,
        a=a[0],
        b=b[0],
        slope=slope,
        low=low,
        high=high,
        p=found.p,
        words=_words(a[0], b[0], axis, metric, slope, low, high, found.p),
    )


def _words(
    a: str,
    b: str,
    axis: Axis,
    metric: Metric,
    slope: float | None,
    low: float | None,
    high: float | None,
    p: float | None,
) -> str:
    """'along words of the source, a gains 1.2 BLEU [0.9, 1.5] on b per unit (p < 0.001)'."""
    if slope is None or low is None or high is None:
        return f"along {axis.title}, the gap in {metric.label} between {a} and {b} has no defined slope"
    tail = f"({p_text(p)})" if p is not None else "(one seed: no test)"
    if low <= 0 <= high:
        numbers = f"{slope:+.3g} {measure(metric)} [{low:.3g}, {high:.3g}]"
        return f"along {axis.title}, the gap between {a} and {b} has no sure slope: {numbers} per unit {tail}"
    winner, other = (a, b) if (slope > 0) == metric.higher_is_better else (b, a)
    numbers = f"{abs(slope):.3g} {measure(metric)} [{min(abs(low), abs(high)):.3g}, {max(abs(low), abs(high)):.3g}]"
    return f"along {axis.title}, {winner} gains {numbers} on {other} per unit {tail}"
