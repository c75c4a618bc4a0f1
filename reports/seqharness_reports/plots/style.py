"""How figures look: one palette, type that reads on a phone, no ornament."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from seqharness.comparison import Comparison
from seqharness.visible import shorten, visible

from ..view import unique

WIDTH = 6.4
"""Inches. With 10 point type, a figure scaled to the width of a phone is still read without zooming."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
BASELINE_COLOURS = ("#6E6E6E", "#9A9A9A", "#444444")
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "<", ">")
BASELINE_MARKERS = ("x", "1", "2")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (2, 1.2)), (0, (7, 2, 2, 2)))
INK, GRID = "#333333", "#DDDDDD"

RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.edgecolor": "#888888",
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "text.parse_math": False,
    "text.usetex": False,
    "svg.hashsalt": "seqharness",
    "svg.fonttype": "path",
    "savefig.dpi": 150,
    "figure.dpi": 150,
    "path.simplify": True,
}


@dataclass(frozen=True)
class Look:
    """How a model is drawn in every figure."""

    colour: str
    marker: str
    dash: Any


def looks(comparison: Comparison) -> dict[str, Look]:
    """Model -> look, by the order in which the comparison names them; baselines are grey."""
    baselines = unique(model.model for model in comparison.models if model.baseline)
    others = [name for name in unique(model.model for model in comparison.models) if name not in baselines]
    named = {
        name: Look(_turn(COLOURS, place), _turn(MARKERS, place), _turn(DASHES, place))
        for place, name in enumerate(others)
    }
    for place, name in enumerate(baselines):
        named[name] = Look(_turn(BASELINE_COLOURS, place), _turn(BASELINE_MARKERS, place), (0, (1, 1.5)))
    return named


def _turn(choices: Sequence[Any], place: int) -> Any:
    return choices[place % len(choices)]


def said(text: str, length: int = 34) -> str:
    """Text of others in a figure: one short line. Mathematics is switched off in `RC`."""
    return shorten(visible(text), length)


def sheet(height: float) -> Figure:
    """An empty figure of the common width."""
    return Figure(figsize=(WIDTH, height), layout="constrained")


def legend_columns(models: Sequence[str]) -> int:
    """How many names stand beside each other in a legend."""
    return max(1, min(len(models), 4, 74 // (max((len(said(model)) for model in models), default=1) + 7)))


def legend_height(models: Sequence[str]) -> float:
    """Inches that a legend takes."""
    return 0.05 + 0.21 * -(-len(models) // legend_columns(models))


def legend(figure: Figure, models: Sequence[str], look: dict[str, Look], *, lines: bool = True) -> None:
    """One legend above everything. The names are set afterwards: matplotlib hides a label that begins with `_`."""
    names = [said(model) for model in models]
    if not names:
        return
    handles = [
        Line2D([], [], color=look[model].colour, marker=look[model].marker, linestyle=look[model].dash if lines else "",
               linewidth=2, markersize=6)
        for model in models
    ]  # fmt: skip
    across = legend_columns(models)
    made = figure.legend(handles, ["model"] * len(names), loc="outside upper left", ncols=across, handlelength=2.6)
    for text, name in zip(made.get_texts(), names, strict=True):
        text.set_text(name)


def mute(axes: Axes, direction: str) -> None:
    """A grid along one direction only and no tick marks across it."""
    axes.grid(visible=True, axis="x" if direction == "x" else "y")
    axes.tick_params(length=0)
