"""Scores on parts of the test split: lines over values that are numbers, rows of dots over kinds."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from seqharness.comparison import SliceScore

from ..quantities import count, known
from ..view import TaskView
from . import series
from .style import GRID, Look, legend, legend_height, looks, mute, said, sheet

MOST_LABELS = 10
ROW = 0.15
"""Inches between two models on one kind."""


def draw(task: TaskView, axis: str) -> Figure:
    """The figure of one axis."""
    held = series.slices(task, axis)
    return _over_numbers(task, axis, held) if held.ordinal else _over_kinds(task, axis, held)


def _label(task: TaskView, held: series.Slices) -> str:
    metric = task.metric(held.metric)
    return f"{said(metric.label, 40)} {'↑' if metric.higher_is_better else '↓'}"


def _over_numbers(task: TaskView, axis: str, held: series.Slices) -> Figure:
    figure = sheet(3.4 + legend_height(held.models))
    axes = figure.add_subplot()
    look = looks(task.comparison)
    for place, model in enumerate(held.models):
        shift = min(0.12, 0.6 / len(held.models)) * (place - (len(held.models) - 1) / 2)
        here = [(column, held.parts[model, value]) for column, value in enumerate(held.values)
                if (model, value) in held.parts]  # fmt: skip
        x = [column + shift for column, _ in here]
        y = [part.mean or 0.0 for _, part in here]
        axes.plot(x, y, color=look[model].colour, marker=look[model].marker, linestyle=look[model].dash, linewidth=1.8,
                  markersize=5.5)  # fmt: skip
        for column, (_, part) in zip(x, here, strict=True):
            axes.plot([column] * 2, _interval(part), color=look[model].colour, linewidth=1.3, alpha=0.8)
    step = -(-len(held.values) // MOST_LABELS)
    shown = range(0, len(held.values), step)
    axes.set_xticks(list(shown), [f"{said(held.values[i], 12)}\nn={count(held.examples[i])}" for i in shown])
    axes.set_title(_label(task, held))
    axes.set_xlabel(said(task.axes[axis], 60))
    mute(axes, "y")
    legend(figure, held.models, look)
    return figure


def _over_kinds(task: TaskView, axis: str, held: series.Slices) -> Figure:
    spread = max(0.32, ROW * len(held.models) + 0.12)
    figure = sheet(spread * len(held.values) + 0.8 + legend_height(held.models))
    axes = figure.add_subplot()
    look = looks(task.comparison)
    for place, model in enumerate(held.models):
        shift = (place - (len(held.models) - 1) / 2) * ROW / spread
        _dots(figure, held, model, shift, look[model])
    labels = [
        f"{said(value, 30)}  n={count(examples)}" for value, examples in zip(held.values, held.examples, strict=True)
    ]
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    for edge in range(1, len(labels)):
        axes.axhline(edge - 0.5, color=GRID, linewidth=0.6)
    axes.set_xlabel(_label(task, held))
    axes.set_title(said(f"by {task.axes[axis]}", 36))
    axes.spines["left"].set_visible(False)
    mute(axes, "x")
    legend(figure, held.models, look, lines=False)
    return figure


def _dots(figure: Figure, held: series.Slices, model: str, shift: float, look: Look) -> None:
    axes = figure.axes[0]
    rows: Sequence[str] = held.values
    for height, value in enumerate(rows):
        part = held.parts.get((model, value))
        if part is None or part.mean is None:
            continue
        axes.plot(_interval(part), [height + shift] * 2, color=look.colour, linewidth=1.6, alpha=0.85)
        axes.plot([part.mean], [height + shift], look.marker, color=look.colour, markersize=5.5)


def _interval(part: SliceScore) -> tuple[float, float]:
    """Low and high; a point where there is no interval."""
    low, high, mean = known(part.low), known(part.high), part.mean or 0.0
    return (low, high) if low is not None and high is not None else (mean, mean)
