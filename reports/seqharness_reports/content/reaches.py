"""How far along an axis a model solves a task."""

from __future__ import annotations

from collections.abc import Sequence

from seqharness.comparison import ModelInfo, Reach

from ..document import Block, Column, Line, Paragraph, Table
from ..quantities import UNKNOWN, known, significant
from ..view import TaskView, unique
from .names import amount, name

MOST_SEEDS = 5
"""Runs that are named one by one; of more, the range is."""


def reaches(task: TaskView) -> list[Block]:
    """A table of models by axes for each metric and threshold."""
    blocks: list[Block] = []
    for metric, least in dict.fromkeys((reach.metric, reach.threshold) for reach in task.reaches):
        own = [reach for reach in task.reaches if (reach.metric, reach.threshold) == (metric, least)]
        info = task.metric(metric)
        several = any(len(reach.by_seed) > 1 for reach in own)
        seeds = "; in brackets the same of each run" if several else ""
        caption = (
            f"Where the mean {info.label} first falls short of {amount(info, least)}, over all test splits, "
            f"interpolated between the steps tested{seeds}. A model that never reaches it falls short at the first."
        )
        blocks += [Paragraph(caption), _table(task, own)]
    return blocks


def _table(task: TaskView, found: Sequence[Reach]) -> Table:
    by_place = {(reach.model, reach.axis): reach for reach in found}
    axes = unique(reach.axis for reach in found)
    columns = [Column("model"), *(Column(task.axis_title(axis), right=True) for axis in axes)]
    rows: list[list[Line]] = [
        [name(model), *(_cell(by_place.get((model.model, axis))) for axis in axes)]
        for model in _present(task, by_place)
    ]
    return Table(columns, rows)


def _present(task: TaskView, by_place: dict[tuple[str, str], Reach]) -> list[ModelInfo]:
    present = {model for model, _ in by_place}
    return [model for model in task.models if model.model in present]


def _cell(reach: Reach | None) -> str:
    """47.2 (61, 47.2, > 200); beyond 200; the runs alone where they agree."""
    if reach is None:
        return UNKNOWN
    tested = significant(reach.tested)
    value = f"beyond {tested}" if reach.beyond else significant(reach.value)
    return f"{value} ({_seeds(reach.by_seed, tested)})" if len(set(reach.by_seed)) > 1 else value


def _seeds(values: Sequence[float | None], tested: str) -> str:
    if len(values) <= MOST_SEEDS:
        return ", ".join(f"> {tested}" if value is None else significant(value) for value in values)
    short = sorted(value for value in map(known, values) if value is not None)
    beyond = len(values) - len(short)
    parts = [f"{significant(short[0])} to {significant(short[-1])}"] if short else []
    return "; ".join([*parts, *([f"> {tested} in {beyond} of {len(values)} runs"] if beyond else [])])
