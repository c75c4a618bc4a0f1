"""Figures of measurements: the lines of all models in one frame, and maps of the same sentence beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from seqharness.comparison import Comparison, Map

from ..measured import Alignment, Curve, Frame
from .style import INK, Look, along, legend, legend_height, logarithmic, looks, mute, said, sheet, short, style_of

MOST_MARKERS = 8
TOKEN = 13
"""Columns of a token's name in a map."""

CELL = 0.17
"""Inches of a row of a map, as long as there are not too many."""

MOST_ROWS = 40

MOST_TOKENS = 32
"""Tokens named along a side of a map; of more, every second, third, ..."""

ACROSS = 2


def draw_frame(comparison: Comparison, frame: Frame) -> Figure:
    """One colour a model, one style of line a label; a band from the lowest to the highest seed."""
    labels = frame.labels if len(frame.labels) > 1 else []
    figure = sheet(3.2 + legend_height(frame.models, labels))
    axes = figure.add_subplot()
    look = looks(comparison)
    if frame.about.log_y:
        logarithmic(axes, [y for curve in frame.curves for y in (*curve.low, *curve.high) if y is not None])
    for curve in frame.curves:
        style = look[curve.model]
        _curve(axes, curve, style, style_of(labels.index(curve.label)) if labels else style.dash)
    along(axes, sorted({x for curve in frame.curves for x in curve.x}))
    axes.set_title(said(frame.about.y_label, 60))
    axes.set_xlabel(said(frame.about.x_label, 70))
    mute(axes, "y")
    legend(figure, frame.models, look, labels)
    return figure


def _curve(axes: Axes, curve: Curve, look: Look, dash: object) -> None:
    mean, low, high = ([math.nan if y is None else y for y in row] for row in (curve.mean, curve.low, curve.high))
    axes.plot(curve.x, mean, color=look.colour, marker=look.marker, linestyle=dash, linewidth=1.8, markersize=5,
              markevery=-(-len(curve.x) // MOST_MARKERS))  # fmt: skip
    if curve.seeds > 1:
        axes.fill_between(curve.x, low, high, color=look.colour, alpha=0.13, linewidth=0)


def draw_maps(comparison: Comparison, alignment: Alignment) -> Figure:
    """Maps of one sentence, two beside each other, on one scale of grey to blue."""
    maps = list(alignment.maps.items())
    across = min(ACROSS, len(maps))
    bands = [maps[start : start + across] for start in range(0, len(maps), across)]
    names = 0.085 * max(len(_name(column)) for column in alignment.columns) + 0.45
    heights = [max(1.2, CELL * min(MOST_ROWS, max(len(one.rows) for _, one in band))) + names for band in bands]
    figure = sheet(sum(heights) + 0.3)
    grid = figure.add_gridspec(len(bands), across, height_ratios=heights)
    weights = [weight for _, one in maps for row in one.values for weight in row]
    limits = (min(0.0, *weights), max(weights))
    look = looks(comparison)
    drawn: list[AxesImage] = []
    for row, band in enumerate(bands):
        for column, (model, one) in enumerate(band):
            axes = figure.add_subplot(grid[row, column])
            drawn.append(_map(axes, one, limits))
            axes.set_title(short(look, 26 if across > 1 else 60)[model], color=look[model].colour, fontsize=9.5)
    bar = figure.colorbar(drawn[0], ax=figure.axes, fraction=0.025, pad=0.01, aspect=30)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=8, length=0)
    return figure


def _map(axes: Axes, one: Map, limits: tuple[float, float]) -> AxesImage:
    drawn = axes.imshow(one.values, cmap="Blues", vmin=limits[0], vmax=limits[1] or 1.0, aspect="auto",
                        interpolation="nearest")  # fmt: skip
    longest = max(len(one.columns), len(one.rows))
    size = 8.0 if longest <= 16 else 7.0 if longest <= 24 else 6.0
    axes.set_xticks(*_ticks(one.columns), rotation=90, fontsize=size)
    axes.set_yticks(*_ticks(one.rows), fontsize=size)
    axes.tick_params(length=0, pad=2)
    axes.xaxis.set_ticks_position("top")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xticks([place - 0.5 for place in range(1, len(one.columns))], minor=True)
    axes.set_yticks([place - 0.5 for place in range(1, len(one.rows))], minor=True)
    axes.grid(visible=True, which="minor", color="#EEEEEE", linewidth=0.5)
    axes.tick_params(which="minor", length=0)
    axes.tick_params(labelcolor=INK)
    return drawn


def _ticks(names: Sequence[str]) -> tuple[list[int], list[str]]:
    """A tick at every position, at every second, ... so that names do not lie on each other."""
    step = -(-len(names) // MOST_TOKENS)
    shown = list(range(0, len(names), step))
    return shown, [_name(names[place]) for place in shown]


def _name(token: str) -> str:
    """A token at the end of a map; one of blanks alone as a sign for them."""
    return said(token, TOKEN).strip() or "␣"
