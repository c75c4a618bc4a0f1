"""Scores over the amount of training data."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from seqharness.comparison import SizeScore

from ..quantities import count, known
from ..view import TaskView
from .scores import FAR
from .style import Look, legend, legend_height, logarithmic, looks, moved, mute, said, sheet


def draw(task: TaskView) -> Figure:
    """A line a model over a logarithmic number of training examples; small circles are single seeds."""
    models = [model.model for model in task.models if any(one.model == model.model for one in task.sizes)]
    look = looks(task.comparison)
    figure = sheet(3.4 + legend_height(models))
    axes = figure.add_subplot()
    for place, model in enumerate(models):
        own = [one for one in task.sizes if one.model == model and known(one.mean) is not None]
        _line(figure, axes, own, look[model], place, len(models))
    sizes = sorted({one.examples for one in task.sizes})
    axes.set_xscale("log")
    axes.set_xticks(sizes, [count(size) for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    means = [value for one in task.sizes if (value := known(one.mean)) is not None]
    if not task.primary.higher_is_better and min(means) > 0 and max(means) >= FAR * min(means):
        logarithmic(axes, means)
    else:
        axes.set_ylim(*_limits(task.sizes))
    axes.set_xlabel("training examples")
    axes.set_title(f"{said(task.primary.label, 40)} {'↑' if task.primary.higher_is_better else '↓'}")
    mute(axes, "y")
    legend(figure, models, look)
    return figure


WIDE = 0.5
"""How far beyond all scores the axis follows an interval, as a share of their range."""


def _limits(found: Sequence[SizeScore]) -> tuple[float, float]:
    """Room for every score, and for intervals as long as they leave the scores readable."""
    means = [value for one in found if (value := known(one.mean)) is not None]
    values = [*means, *(value for one in found for value in one.values)]
    networks = [one for one in found if not one.baseline]
    ends = [value for one in networks for end in (one.low, one.high) if (value := known(end)) is not None]
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = (high - low) or 1.0
    lowest, highest = min([low, *ends]), max([high, *ends])
    return max(lowest, low - WIDE * room) - 0.05 * room, min(highest, high + WIDE * room) + 0.05 * room


def _line(figure: Figure, axes: Axes, own: list[SizeScore], look: Look, place: int, count: int) -> None:
    x, y = [one.examples for one in own], [one.mean or 0.0 for one in own]
    axes.plot(x, y, color=look.colour, linestyle=look.dash, marker=look.marker, markersize=6, linewidth=2)
    if look.baseline:
        return
    side = moved(figure, axes, place, count)
    for one in own:
        low, high = known(one.low), known(one.high)
        if low is not None and high is not None:
            axes.plot([one.examples] * 2, [low, high], color=look.colour, linewidth=1.6, transform=side)
        seeds = [one.examples] * len(one.values)
        axes.plot(seeds, one.values, "o", color=look.colour, markersize=3, alpha=0.5, fillstyle="none", transform=side)
