"""The figures of a report. What they are and say is known here; matplotlib is imported when one is drawn.

A model has the same colour, marker and line in every figure. The colours are those of Okabe and Ito (2008), which
people with colour-blindness can tell apart; markers and lines differ as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqharness.comparison import Comparison

from ..view import TaskView, slug, views
from . import describe

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


@dataclass(frozen=True)
class Figure:
    """A figure before it is drawn. stem: its file's name without the ending. alt: what it shows, in words."""

    stem: str
    alt: str
    caption: str
    draw: Callable[[], Drawing]


def figures(comparison: Comparison) -> list[Figure]:
    """All figures of a comparison."""
    return [figure for task in views(comparison) for figure in figures_of(task)]


def figures_of(task: TaskView) -> list[Figure]:
    """The figures of one task; one that would be empty is left out."""
    chosen = []
    if describe.scored(task):
        alt, caption = describe.scores(task)
        chosen.append(Figure(f"{task.slug}-scores", alt, caption, lambda: _scores(task)))
    if describe.has_curves(task):
        alt, caption = describe.curves(task)
        chosen.append(Figure(f"{task.slug}-curves", alt, caption, lambda: _curves(task)))
    for axis in task.axes:
        if describe.sliced(task, axis):
            chosen.append(_slice_figure(task, axis))
    return chosen


def _slice_figure(task: TaskView, axis: str) -> Figure:
    alt, caption = describe.slices(task, axis)
    return Figure(f"{task.slug}-by-{slug(axis)}", alt, caption, lambda: _slices(task, axis))


def _scores(task: TaskView) -> Drawing:
    from .scores import draw

    return draw(task)


def _curves(task: TaskView) -> Drawing:
    from .curves import draw

    return draw(task)


def _slices(task: TaskView, axis: str) -> Drawing:
    from .slices import draw

    return draw(task, axis)
