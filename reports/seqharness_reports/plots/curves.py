"""Learning curves against the training tokens seen: each seed thin, their mean thick."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..quantities import NO_BREAK, scaled
from ..view import TaskView, unique
from . import series
from .style import Look, legend, legend_height, logarithmic, looks, mute, said, sheet

MOST_PANELS = 6
EARLY = 0.04
"""Share of the longest run whose points do not set the limits of an axis: losses fall from a height that hides all."""


def draw(task: TaskView) -> Figure:
    """One panel for each quantity, two beside each other."""
    chosen = list(series.quantities(task).items())[:MOST_PANELS]
    columns = min(2, len(chosen))
    rows = -(-len(chosen) // columns)
    models = _order(task, [quantity for quantity, _ in chosen])
    figure = sheet((2.8 if columns == 2 else 3.2) * rows + legend_height(models))
    grid = figure.add_gridspec(rows, columns)
    look = looks(task.comparison)
    for place, (quantity, label) in enumerate(chosen):
        axes = figure.add_subplot(grid[divmod(place, columns)])
        axes.set_title(said(label, 32 if columns == 2 else 60))
        _panel(axes, [line for line in series.lines(task, quantity) if line.model in look], look)
    legend(figure, models, look)
    return figure


def draw_norms(task: TaskView) -> Figure:
    """The norm of the gradient, on a logarithmic scale; means are geometric."""
    found = series.norms(task)
    present = {line.model for line in found}
    models = [model.model for model in task.models if model.model in present]
    figure = sheet(3.0 + legend_height(models))
    axes = figure.add_subplot()
    look = looks(task.comparison)
    logarithmic(axes, [y for line in found for y in line.y])
    axes.set_title("norm of the gradient before clipping")
    _panel(axes, [line for line in found if line.model in look], look, log=True)
    legend(figure, models, look)
    return figure


def _order(task: TaskView, quantities: Sequence[str]) -> list[str]:
    """Models with a curve, in the order of the tables."""
    present = {line.model for quantity in quantities for line in series.lines(task, quantity)}
    return [model.model for model in task.models if model.model in present]


def _panel(axes: Axes, found: Sequence[series.Line], look: dict[str, Look], *, log: bool = False) -> None:
    for model in unique(line.model for line in found):
        own = [line for line in found if line.model == model]
        mean = series.geometric_mean_line(own) if log else series.mean_line(own)
        style = look[model]
        for line in own:
            alone = mean is None and line.counts
            dash = style.dash if alone else "-" if line.counts else ":"
            width, alpha = (2.2, 1.0) if alone else (0.8, 0.5) if line.counts else (1.2, 0.9)
            axes.plot(line.x, line.y, color=style.colour, linestyle=dash, linewidth=width, alpha=alpha)
        if mean is not None:
            axes.plot(*mean, color=style.colour, linestyle=style.dash, linewidth=2.2)
        ends = mean or next(((line.x, line.y) for line in own if line.counts), None)
        if ends is not None:
            axes.plot(ends[0][-1:], ends[1][-1:], style.marker, color=style.colour, markersize=6)
    if not log:
        _limits(axes, found)
    axes.set_xlabel("training tokens")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    mute(axes, "y")


def _short(value: float) -> str:
    """0, 250 k, 0.5 M: without zeros that say nothing."""
    digits, _, prefix = scaled(value).partition(NO_BREAK)
    trimmed = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{trimmed} {prefix}".rstrip()


def _limits(axes: Axes, found: Sequence[series.Line]) -> None:
    ended = [line for line in found if line.counts] or found
    longest = max(line.x[-1] for line in found)
    heights = [y for line in ended for x, y in zip(line.x, line.y, strict=True) if x >= EARLY * longest]
    if heights and max(heights) > min(heights):
        room = 0.06 * (max(heights) - min(heights))
        axes.set_ylim(min(heights) - room, max(heights) + room)
