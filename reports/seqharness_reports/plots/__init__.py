"""The figures of a report. What they are and say is known here; matplotlib is imported when one is drawn.

A model has the same colour, marker and line in every figure. The colours are those of Okabe and Ito (2008), which
people with colour-blindness can tell apart; markers and lines differ as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqharness.comparison import Comparison, Ranking
from seqharness.costs import Costs

from ..measured import Alignment, Frame, Measured, measured
from ..quantities import known
from ..view import TaskView, slug, views
from . import describe, describe_costs
from .fronts import panels
from .tried import drawn

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
    of_tasks = [
        figure
        for task in views(comparison)
        for figure in (*figures_of(task), *(one for found in measured(task) for one in measured_figures(task, found)))
    ]
    return [*over_tasks(comparison), *of_tasks]


def figure_of_costs(costs: Costs) -> Figure:
    """Time and memory over length."""

    def draw() -> Drawing:
        from .costs import draw

        return draw(costs)

    return Figure("bench", *describe_costs.lines(costs), draw)


def over_tasks(comparison: Comparison) -> list[Figure]:
    """The figures of all tasks together: the ranking, where there are enough of them."""
    ranking = comparison.ranking
    if ranking is None or ranking.critical_difference is None:
        return []
    return [Figure("ranking", *describe.ranking(ranking), lambda: _ranking(comparison, ranking))]


def figures_of(task: TaskView) -> list[Figure]:
    """The figures of one task; one that would be empty is left out."""
    chosen = []
    if describe.scored(task):
        chosen.append(Figure(f"{task.slug}-scores", *describe.scores(task), lambda: _scores(task)))
    if panels(task):
        chosen.append(Figure(f"{task.slug}-pareto", *describe.pareto(task), lambda: _pareto(task)))
    if any(known(one.mean) is not None for one in task.sizes):
        chosen.append(Figure(f"{task.slug}-data-sizes", *describe.data_sizes(task), lambda: _data_sizes(task)))
    if drawn(task):
        chosen.append(Figure(f"{task.slug}-tuning", *describe.tuning(task), lambda: _tuning(task)))
    chosen += [_slice_figure(task, axis) for axis in task.axes if describe.sliced(task, axis)]
    if task.confusions:
        chosen.append(Figure(f"{task.slug}-confusion", *describe.confusions(task), lambda: _confusion(task)))
    if describe.has_curves(task):
        chosen.append(Figure(f"{task.slug}-curves", *describe.curves(task), lambda: _curves(task)))
    if describe.has_norms(task):
        chosen.append(Figure(f"{task.slug}-gradient-norm", *describe.norms(task), lambda: _norms(task)))
    return chosen


def measured_figures(task: TaskView, found: Measured) -> list[Figure]:
    """The figures of one measurement: lines, then maps; counted, since their names come from elsewhere."""
    stem = f"{task.slug}-measured-{slug(found.name)}"
    lines = [_frame_figure(task, found, frame) for frame in found.frames]
    maps = [_map_figure(task, found, alignment) for alignment in found.alignments]
    return [Figure(f"{stem}-{place}", *figure) for place, figure in enumerate([*lines, *maps], start=1)]


_Drawn = tuple[str, str, Callable[[], "Drawing"]]


def _frame_figure(task: TaskView, found: Measured, frame: Frame) -> _Drawn:
    def draw() -> Drawing:
        from .findings import draw_frame

        return draw_frame(task.comparison, frame)

    return (*describe.frame(found, frame), draw)


def _map_figure(task: TaskView, found: Measured, alignment: Alignment) -> _Drawn:
    def draw() -> Drawing:
        from .findings import draw_maps

        return draw_maps(task.comparison, alignment)

    return (*describe.maps(found, alignment), draw)


def _slice_figure(task: TaskView, axis: str) -> Figure:
    return Figure(f"{task.slug}-by-{slug(axis)}", *describe.slices(task, axis), lambda: _slices(task, axis))


def _scores(task: TaskView) -> Drawing:
    from .scores import draw

    return draw(task)


def _pareto(task: TaskView) -> Drawing:
    from .pareto import draw

    return draw(task)


def _ranking(comparison: Comparison, ranking: Ranking) -> Drawing:
    from .ranking import draw

    return draw(comparison, ranking)


def _curves(task: TaskView) -> Drawing:
    from .curves import draw

    return draw(task)


def _confusion(task: TaskView) -> Drawing:
    from .confusion import draw

    return draw(task)


def _norms(task: TaskView) -> Drawing:
    from .curves import draw_norms

    return draw_norms(task)


def _data_sizes(task: TaskView) -> Drawing:
    from .data_sizes import draw

    return draw(task)


def _tuning(task: TaskView) -> Drawing:
    from .tuning import draw

    return draw(task)


def _slices(task: TaskView, axis: str) -> Drawing:
    from .slices import draw

    return draw(task, axis)
