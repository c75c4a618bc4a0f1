"""Time and memory over the length of rows, in four small panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from seqharness.costs import Cell, Costs, Spread, Work

from ..quantities import scaled
from .style import INK, Look, legend, legend_height, logarithmic, looks_of, mute, said, sheet

HEIGHT = 2.3
"""Inches of a panel."""

MOST_LENGTHS = 8
"""Lengths that are named below a panel."""


class Panel(NamedTuple):
    """What is drawn of a kind of work: median, with quartiles where they differ."""

    title: str
    work: Work
    value: Callable[[Cell], Spread | None]


def panels(costs: Costs) -> list[Panel]:
    """Time of training and of inference; memory of training; what generation carries, or else its batched time."""
    inference = costs.conditions.inference
    batched = Panel(f"batched {inference}: µs a token", "batched", _microseconds)
    state = Panel("state of generation: KiB a row", "single", _state)
    found = [
        Panel("training: µs a token", "training", _microseconds),
        Panel(f"{inference} of one row: µs a token", "single", _microseconds),
        Panel("memory of training: MiB", "training", _memory),
        state if any(cell.state_bytes for cell in costs.cells) else batched,
    ]
    return [panel for panel in found if any(_points(costs, model.model, panel) for model in costs.models)]


def draw(costs: Costs) -> Figure:
    """Two panels beside each other, a line a model."""
    found = panels(costs)
    models = [model.model for model in costs.models if any(_points(costs, model.model, panel) for panel in found)]
    look = looks_of([model.model for model in costs.models])
    lines = -(-len(found) // 2)
    figure = sheet(HEIGHT * lines + legend_height(models))
    grid = figure.subplots(lines, 2, squeeze=False).flatten().tolist()
    for axes, panel in zip(grid, found, strict=False):
        drawn = [cell for model in models for cell in _line(axes, _points(costs, model, panel), look[model])]
        logarithmic(axes, drawn)
        _lengths(axes, costs.lengths)
        axes.set_title(said(panel.title, 48))
        mute(axes, "y")
    for axes in grid[len(found) :]:
        axes.set_visible(False)
    for axes in grid[max(0, len(found) - 2) : len(found)]:
        axes.set_xlabel("length of a row", color=INK)
    legend(figure, models, look)
    return figure


def _points(costs: Costs, model: str, panel: Panel) -> list[tuple[int, Spread]]:
    """Lengths and values above 0, which a logarithmic scale can show."""
    cells = [cell for cell in costs.measured if (cell.model, cell.work) == (model, panel.work)]
    values = [(cell.length, panel.value(cell)) for cell in cells]
    return [(length, value) for length, value in values if value is not None and value.median > 0]


def _line(axes: Axes, points: Sequence[tuple[int, Spread]], look: Look) -> list[float]:
    """Draw a line, and say which values it has."""
    x, y = [length for length, _ in points], [value.median for _, value in points]
    axes.plot(x, y, color=look.colour, linestyle=look.dash, marker=look.marker, markersize=5.5, linewidth=2)
    for length, value in points:
        axes.plot([length] * 2, [value.low, value.high], color=look.colour, linewidth=1.4)
    return y


def _lengths(axes: Axes, lengths: Sequence[int]) -> None:
    shown = lengths[:: -(-len(lengths) // MOST_LENGTHS)]
    axes.set_xscale("log")
    axes.set_xticks(list(shown), [scaled(length) for length in shown])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(lengths[0] / 1.2, lengths[-1] * 1.2)


def _microseconds(cell: Cell) -> Spread | None:
    times = cell.milliseconds_per_token
    return None if times is None else Spread(**{name: 1000 * time for name, time in times.model_dump().items()})


def _memory(cell: Cell) -> Spread | None:
    return _exactly(cell.own_memory_bytes, 2**20)


def _state(cell: Cell) -> Spread | None:
    return _exactly(cell.state_bytes, 2**10)


def _exactly(size: int | None, unit: int) -> Spread | None:
    return None if size is None else Spread(median=size / unit, low=size / unit, high=size / unit)
