"""Confusion matrices: the shares of each label's examples, models beside each other on one scale."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqharness.comparison import Confusion

from ..confusions import MOST_BESIDE, shares
from ..view import TaskView
from .style import INK, looks, said, sheet, short

ACROSS = 2
MOST_NUMBERED = 10
"""Labels up to which every cell has its number."""


def draw(task: TaskView) -> Figure:
    """References down, outputs across."""
    chosen = task.confusions[:MOST_BESIDE]
    across = min(ACROSS, len(chosen))
    rows = -(-len(chosen) // across)
    names = 0.075 * max(len(_name(label)) for one in chosen for label in one.labels) + 0.55
    figure = sheet((max(1.3, 0.24 * max(len(one.labels) for one in chosen)) + names) * rows)
    grid = figure.add_gridspec(rows, across)
    look = looks(task.comparison)
    for place, one in enumerate(chosen):
        axes = figure.add_subplot(grid[divmod(place, across)])
        _panel(axes, one)
        axes.set_title(short(look, 26)[one.model], color=look[one.model].colour, fontsize=9.5)
    return figure


def _panel(axes: Axes, one: Confusion) -> None:
    values = shares(one)
    axes.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    places, names = range(len(one.labels)), [_name(label) for label in one.labels]
    size = 9.0 if len(names) <= MOST_NUMBERED else 6.5
    axes.set_xticks(places, names, rotation=90 if sum(map(len, names)) > 24 else 0, fontsize=size)
    axes.set_yticks(places, names, fontsize=size)
    axes.tick_params(length=0)
    axes.set_xlabel("output", fontsize=9)
    axes.set_ylabel("reference", fontsize=9)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for row, line in enumerate(values if len(names) <= MOST_NUMBERED else ()):
        for column, share in enumerate(line):
            axes.annotate(f"{100 * share:.0f}", (column, row), ha="center", va="center", fontsize=9,
                          color="white" if share > 0.55 else INK)  # fmt: skip


def _name(label: str) -> str:
    return said(label, 14).strip() or "␣"
