"""Scores on parts of the test splits: by length, phenomenon, distance and whatever else a task tells apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..comparison import SliceScore
from ..contracts import Axis
from .resampling import resample
from .statistics import interval_of, within
from .table import Table, stack
from .verdicts import finite

if TYPE_CHECKING:
    from ..contracts import Metric, Task
    from .results import SystemResults, TaskResults

SLICE_RESAMPLES = 400


def axis_of(axis: str | Axis) -> Axis:
    """A title alone is an axis without steps."""
    return Axis(axis) if isinstance(axis, str) else axis


def mean_on_axis(table: Table, axis: str) -> float | None:
    """Mean of the examples' numbers on an axis; None where these are no numbers."""
    numbers = [label for label in table.slices[axis] if isinstance(label, (int, float))]
    return sum(numbers) / len(numbers) if numbers and len(numbers) == len(table) else None


def slices_of(result: TaskResults, task: Task) -> Iterator[SliceScore]:
    """The primary metric on each part of each axis of each test split, with intervals over seeds and examples."""
    for system in result.systems:
        for split in system.done[0].tables if system.done else ():
            for name, axis in task.axes.items():
                yield from _on_axis(system, result.task, split, task.metrics[0], name, axis_of(axis))


def _on_axis(
    system: SystemResults, task: str, split: str, metric: Metric, name: str, axis: Axis
) -> Iterator[SliceScore]:
    tables = [run.tables[split] for run in system.done]
    if name not in tables[0].slices:
        return
    parts = [table.steps(name, axis.edges) for table in tables]
    for order, (value, part) in enumerate(parts[0].items()):
        stacked = stack([of_run[value] for of_run in parts], metric)
        found = resample(stacked, metric, resamples=SLICE_RESAMPLES, deterministic=system.deterministic)
        interval = interval_of(found)
        low, high = within(interval.low, interval.high, metric.bounds)
        yield SliceScore(
            task=task,
            model=system.model,
            axis=name,
            value=f"{value:g}" if isinstance(value, (int, float)) else value,
            order=order,
            n=len(part),
            metric=metric.name,
            mean=finite(interval.mean),
            low=finite(low),
            high=finite(high),
            split=split,
            x=mean_on_axis(part, name),
        )
