"""How far along a numeric axis a model solves a task: where its score falls short of what counts as solved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..comparison import Reach
from .slices import axis_of, mean_on_axis
from .verdicts import finite

if TYPE_CHECKING:
    from ..contracts import Metric, Task
    from .results import RunResult, TaskResults

Point = tuple[float, float]


def reaches_of(result: TaskResults, task: Task) -> Iterator[Reach]:
    """For tasks whose primary metric says when it is solved: one for each model and numeric axis, over all test splits
    together (lengths trained on and beyond)."""
    metric = task.metrics[0]
    if metric.solved is None:
        return
    for system in result.systems:
        for name, described in task.axes.items():
            runs = [_points(run, metric, name, axis_of(described).edges) for run in system.done]
            if not runs or len(runs[0]) < 2:
                continue
            mean = [(x, sum(run[place][1] for run in runs) / len(runs)) for place, (x, _) in enumerate(runs[0])]
            value = falls_short(mean, metric.solved, metric.higher_is_better)
            yield Reach(
                task=result.task,
                model=system.model,
                axis=name,
                metric=metric.name,
                threshold=metric.solved,
                value=value,
                beyond=value is None,
                tested=mean[-1][0],
                by_seed=[falls_short(run, metric.solved, metric.higher_is_better) for run in runs],
            )


def falls_short(points: Sequence[Point], threshold: float, higher_is_better: bool) -> float | None:
    """The x at which a line through points sorted by x first falls short of a threshold; None where it never does.

    Interpolated between the last point that holds and the first that does not; the first point where none holds.
    """
    sign = 1 if higher_is_better else -1
    before: Point | None = None
    for x, y in points:
        if sign * y < sign * threshold:
            if before is None:
                return x
            return before[0] + (x - before[0]) * (before[1] - threshold) / (before[1] - y)
        before = (x, y)
    return None


def _points(run: RunResult, metric: Metric, axis: str, edges: Sequence[float]) -> list[Point]:
    """(x, score) of the parts of all test splits, by x; nothing where the axis has no numbers. Parts of two splits
    with one x are taken as they come: the splits of a probe do not overlap in it."""
    found = []
    for table in run.tables.values():
        if axis not in table.slices:
            continue
        for part in table.steps(axis, edges).values():
            x, score = mean_on_axis(part, axis), finite(part.score(metric))
            if x is not None and score is not None:
                found.append((x, score))
    return sorted(found)
