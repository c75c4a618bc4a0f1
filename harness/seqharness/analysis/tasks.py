"""A task as a report describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..comparison import MetricInfo, SplitInfo, TaskInfo
from ..records import SELECTION_EXAMPLES, SELECTION_TOKENS
from .slices import axis_of
from .verdicts import finite

if TYPE_CHECKING:
    from ..contracts import Metric
    from ..resolve import ResolvedTask


def task_info(
    task: ResolvedTask, meta: Mapping[str, Any], metrics: Sequence[Metric], selection: str, decoding: str
) -> TaskInfo:
    """meta: of its prepared data (`Prepared.meta`). decoding: in words; only sequence to sequence generates."""
    return TaskInfo(
        task=str(task.name),
        summary=task.entry.card.summary,
        interface=task.entry.card.interface.name,
        metrics=[metric_info(metric) for metric in metrics],
        source=meta["source"],
        tokenizer=meta["tokenizer"],
        data_hash=meta["data_hash"],
        splits=[SplitInfo(name=name, **sizes) for name, sizes in meta["splits"].items()],
        overlap=meta["overlap"],
        notes=meta["notes"],
        axes={name: axis_of(axis).title for name, axis in task.task.axes.items()},
        selection=selection,
        decoding=decoding if task.entry.card.interface.name == "sequence-to-sequence" else "",
    )


def metric_info(metric: Metric) -> MetricInfo:
    """What people need to read a figure of this metric."""
    return MetricInfo(
        name=metric.name,
        label=metric.label,
        higher_is_better=metric.higher_is_better,
        signature=metric.signature,
        decimals=metric.decimals,
        unit=metric.unit,
        margin=metric.margin,
        solved=metric.solved,
        lowest=finite(metric.bounds[0]),
        highest=finite(metric.bounds[1]),
    )


def selection_text(validations: int, primary: Metric) -> str:
    """How a run's checkpoint is chosen, in words."""
    return (
        f"the best of {validations} checkpoints by {primary.label} on validation (greedy, at most "
        f"{SELECTION_EXAMPLES} examples and {SELECTION_TOKENS:,} tokens, the same for every run)"
    )
