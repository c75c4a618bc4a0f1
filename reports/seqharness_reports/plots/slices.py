"""Scores on parts of the test splits: lines over numbers, rows of dots over kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator

from seqharness.comparison import MetricInfo, SliceScore

from ..quantities import count, known
from ..view import TaskView
from . import series
from .style import (
    GRID,
    INK,
    Look,
    along,
    legend,
    legend_height,
    logarithmic,
    looks,
    moved,
    mute,
    said,
    sheet,
    style_of,
)

MOST_LABELS = 10
MOST_BARS, FEW_MARKERS = 12, 7
"""Points of a line up to which each has a marker and a bar for its interval; a band shows those of more, and none is
drawn for a baseline."""

ROW = 0.15
"""Inches between two models on one kind."""

WIDE_RANGE = 30.0
"""Largest score over smallest from which on a loss is drawn on a logarithmic scale."""


def draw(task: TaskView, axis: str) -> Figure:
    """The figure of one axis."""
    held = series.slices(task, axis)
    if isinstance(held, series.Along):
        return _along(task, axis, held)
    return _over_ranks(task, axis, held) if held.ordinal else _over_kinds(task, axis, held)


def _label(task: TaskView, metric: str) -> str:
    info = task.metric(metric)
    return f"{said(info.label, 40)} {'↑' if info.higher_is_better else '↓'}"


# ---------------------------------------------------------------------------------------------------- along an axis


def _along(task: TaskView, axis: str, held: series.Along) -> Figure:
    apart = held.splits if len(held.splits) > 1 and not held.boundaries else ()
    figure = sheet(3.4 + legend_height(held.models, apart))
    axes = figure.add_subplot()
    metric, look = task.metric(held.metric), looks(task.comparison)
    for place, model in enumerate(held.models):
        for split in ["", *held.splits]:
            line = held.lines.get((model, split))
            if line:
                dash = style_of(held.splits.index(split)) if apart else look[model].dash
                points = [(part.x or 0.0, part) for part in line]
                side = moved(figure, axes, place, len(held.models))
                _line(axes, points, look[model], dash, side)
    along(axes, held.x)
    _limits(axes, metric, held.parts, named=bool(held.boundaries))
    _regions(axes, held)
    axes.set_title(_label(task, held.metric))
    axes.set_xlabel(said(task.axes[axis], 60))
    mute(axes, "y")
    legend(figure, held.models, look, apart)
    return figure


def _line(axes: Axes, points: Sequence[tuple[float, SliceScore]], look: Look, dash: Any, side: Any) -> None:
    """Means joined, each with its interval; `side` is the transform that moves the model to its side."""
    x, y = [at for at, _ in points], [part.mean or 0.0 for _, part in points]
    intervals = [_interval(part) for _, part in points]
    style = {"color": look.colour, "marker": look.marker, "linestyle": dash, "linewidth": 1.8, "markersize": 5.5}
    if len(points) <= MOST_BARS:
        axes.plot(x, y, transform=side, **style)
        for at, interval in zip(x, intervals, strict=True):
            axes.plot([at] * 2, interval, color=look.colour, linewidth=1.3, alpha=0.8, transform=side)
        return
    axes.plot(x, y, markevery=-(-len(points) // FEW_MARKERS), **{**style, "linewidth": 1.4})
    if not look.baseline:
        low, high = zip(*intervals, strict=True)
        axes.fill_between(x, low, high, color=look.colour, alpha=0.1, linewidth=0)


def _limits(axes: Axes, metric: MetricInfo, parts: Sequence[SliceScore], *, named: bool = False) -> None:
    """From the means: an interval over a few seeds that agree in nothing may be far wider than the scale. named:
    whether there are names of splits at the top."""
    means = [part.mean for part in parts if part.mean is not None]
    intervals = [_interval(part) for part in parts]
    if not metric.higher_is_better and min(means) > 0 and max(means) > WIDE_RANGE * min(means):
        logarithmic(axes, means, above=3.0 if named else 1.3)
    else:
        span = (max(means) - min(means)) or abs(max(means)) or 1.0
        low = max(min(interval[0] for interval in intervals), min(means) - 0.5 * span)
        high = min(max(interval[1] for interval in intervals), max(means) + 0.5 * span)
        room = 0.05 * ((high - low) or 1.0)
        low, high = low - room, high + room * (3 if named else 1)
        ticks = MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        axes.yaxis.set_major_locator(FixedLocator([tick for tick in ticks if _possible(metric, tick)]))
        axes.set_ylim(low, high)
    low, high = axes.get_ylim()
    if metric.solved is not None and low <= metric.solved <= high:
        axes.axhline(metric.solved, color=INK, linewidth=0.9, linestyle=(0, (1, 2)))


def _possible(metric: MetricInfo, score: float) -> bool:
    """Whether there can be such a score."""
    return (metric.lowest is None or score >= metric.lowest) and (metric.highest is None or score <= metric.highest)


def _regions(axes: Axes, held: series.Along) -> None:
    """Lines between splits that follow each other along the axis, with their names on both sides of each."""
    for x, before, after in held.boundaries[:2]:
        axes.axvline(x, color="#888888", linewidth=1)
        for name, side, shift in ((f"{said(before, 20)} ◂", "right", -4), (f"▸ {said(after, 20)}", "left", 4)):
            axes.annotate(name, (x, 1), xycoords=("data", "axes fraction"), xytext=(shift, -1), fontsize=8.5,
                          textcoords="offset points", ha=side, va="top", color="#666666")  # fmt: skip


# -------------------------------------------------------------------------------------------------- ranks and kinds


def _over_ranks(task: TaskView, axis: str, held: series.Kinds) -> Figure:
    figure = sheet(3.4 + legend_height(held.models))
    axes = figure.add_subplot()
    metric, look = task.metric(held.metric), looks(task.comparison)
    for place, model in enumerate(held.models):
        here = [(float(column), held.parts[model, value]) for column, value in enumerate(held.values)
                if (model, value) in held.parts]  # fmt: skip
        _line(axes, here, look[model], look[model].dash, moved(figure, axes, place, len(held.models)))
    step = -(-len(held.values) // MOST_LABELS)
    shown = range(0, len(held.values), step)
    axes.set_xlim(-0.3, len(held.values) - 0.7)
    _limits(axes, metric, list(held.parts.values()))
    axes.set_xticks(list(shown), [f"{said(held.values[i], 12)}\nn={count(held.examples[i])}" for i in shown])
    axes.set_title(_label(task, held.metric))
    axes.set_xlabel(said(task.axes[axis], 60))
    mute(axes, "y")
    legend(figure, held.models, look)
    return figure


def _over_kinds(task: TaskView, axis: str, held: series.Kinds) -> Figure:
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
    axes.set_xlabel(_label(task, held.metric))
    axes.set_title(said(f"by {task.axes[axis]}", 36))
    axes.spines["left"].set_visible(False)
    mute(axes, "x")
    legend(figure, held.models, look, lines=False)
    return figure


def _dots(figure: Figure, held: series.Kinds, model: str, shift: float, look: Look) -> None:
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
