"""Quality against cost, a small panel for each cost, with the Pareto front and every model named at its point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise, zip_longest

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from matplotlib.transforms import Bbox

from ..quantities import NO_BREAK
from ..view import TaskView
from .fronts import Panel, Point, panels
from .style import Look, looks, mute, said, sheet, short

HEIGHT = 2.5
NAME = 22
"""Columns of a model's name."""

FRONT = "#B0B0B0"
NEAR, FAR = 8, 44
"""Points between a marker and its name, which moves away until it is free."""

DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def draw(task: TaskView) -> Figure:
    """Two panels beside each other; an odd one out has the first line for itself."""
    found = panels(task)
    wide = len(found) % 2
    rows = (len(found) + wide) // 2
    figure = sheet(HEIGHT * rows)
    grid = figure.add_gridspec(rows, 2)
    look = looks(task.comparison)
    drawn = []
    for place, panel in enumerate(found):
        line, column = divmod(place + wide, 2)
        across = wide and not place
        axes = figure.add_subplot(grid[0, :] if across else grid[line, column])
        _panel(axes, panel, look)
        axes.xaxis.set_major_locator(FixedLocator(_ticks(panel, 7 if across else 4)))
        if not column or across:
            better = "↑" if task.primary.higher_is_better else "↓"
            axes.set_ylabel(f"{said(task.primary.label, 24)} {better}")
        drawn.append((axes, panel))
    figure.draw_without_rendering()  # places are known from here on
    for axes, panel in drawn:
        _names(axes, panel, look, figure.dpi / 72)
    return figure


def _panel(axes: Axes, panel: Panel, look: dict[str, Look]) -> None:
    _scale(axes, panel)
    corners = _corners(panel)
    axes.plot([x for x, _ in corners], [y for _, y in corners], color=FRONT, linewidth=1.6, zorder=1)
    for point in panel.points:
        style = look[point.model]
        if point.low is not None and point.high is not None:
            axes.plot([point.x] * 2, [point.low, point.high], color=style.colour, linewidth=1.4, alpha=0.6, zorder=2)
        face = style.colour if point.model in panel.front else "none"
        axes.plot([point.x], [point.mean], style.marker, color=style.colour, markerfacecolor=face, markersize=7,
                  markeredgewidth=1.4, zorder=3)  # fmt: skip
    axes.set_title(panel.cost.title)
    axes.margins(y=0.12)
    axes.grid(visible=True)
    mute(axes, "y")


def _corners(panel: Panel) -> list[tuple[float, float]]:
    """The Pareto front as steps: the best score that each cost buys."""
    front = [point for model in panel.front for point in panel.points if point.model == model]
    steps = [(after.x, before.mean) for before, after in pairwise(front)]
    points = [(point.x, point.mean) for point in front]
    return [corner for pair in zip_longest(points, steps) for corner in pair if corner is not None]


def _scale(axes: Axes, panel: Panel) -> None:
    """Room for names on both sides."""
    low, high = _ends(panel)
    axes.set_xlim(low, high)
    if panel.wide:
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _plain(panel.cost.show(value))))


def _ends(panel: Panel) -> tuple[float, float]:
    low, high = (limit(point.x for point in panel.points) for limit in (min, max))
    if panel.wide:
        room = (high / low) ** 0.12
        return low / room, high * room
    return low - 0.14 * (high - low), high + 0.14 * (high - low)


def _ticks(panel: Panel, most: int) -> list[float]:
    """Few, since amounts are long: on a logarithmic scale powers of ten, with twos and fives where there is room."""
    low, high = _ends(panel)
    if not panel.wide:
        ticks = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        return [tick for tick in ticks if low <= tick <= high]
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for steps in ((1, 2, 5), (1, 3), (1,)):
        inside = [step * 10.0**power for power in range(first, last + 1) for step in steps]
        inside = [tick for tick in inside if low <= tick <= high]
        if len(inside) <= most:
            break
    return inside[:: -(-len(inside) // most)]


def _plain(amount: str) -> str:
    """Without zeros that say nothing: 1 M, not 1.00 M; 2 min, not 2 min 00 s."""
    digits, blank, unit = amount.replace(NO_BREAK, " ").partition(" ")
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}{blank}{unit}".removesuffix(" 00 s")


# --------------------------------------------------------------------------------------------------------------- names


Box = tuple[float, float, float, float]
"""Left, low, right and high end, in dots."""


def _names(axes: Axes, panel: Panel, look: dict[str, Look], dots: float) -> None:
    """Each name beside its point, where it hides the least of points, intervals, the front and other names. dots: of a
    point."""
    corners = [axes.transData.transform(corner).tolist() for corner in _corners(panel)]
    taken = [_around(axes, point) for point in panel.points]
    taken += [_from_to(before, after) for before, after in pairwise(corners)]
    frame, names = _box(axes.get_window_extent()), short(look, NAME)
    for point in sorted(panel.points, key=lambda one: one.x):
        name = axes.annotate("name", (point.x, point.mean), xytext=(0, 0), textcoords="offset points", fontsize=8.5,
                             color=look[point.model].colour, annotation_clip=False)  # fmt: skip
        name.set_text(names[point.model])
        name.set_in_layout(False)
        near = {direction: _box(_placed(name, NEAR, direction)) for direction in DIRECTIONS}
        boxes = {
            (distance, direction): _moved(box, (distance - NEAR) * dots, direction)
            for distance in range(NEAR, FAR + 1, 6)
            for direction, box in near.items()
        }
        distance, direction = min(boxes, key=lambda place: (_hidden(boxes[place], taken, frame), *place))
        _placed(name, distance, direction)
        taken.append(boxes[distance, direction])
        if distance > NEAR:
            axes.annotate("", (point.x, point.mean), name.get_position(), textcoords="offset points",
                          arrowprops={"arrowstyle": "-", "color": FRONT, "linewidth": 0.6})  # fmt: skip


def _placed(name: Annotation, distance: int, direction: tuple[int, int]) -> Bbox:
    """Put a name at a distance in a direction, and say where it then is."""
    across, up = direction
    name.set_position((across * distance, up * distance))
    name.set_horizontalalignment("left" if across > 0 else "right" if across else "center")
    name.set_verticalalignment("bottom" if up > 0 else "top" if up else "center")
    return name.get_window_extent()


def _box(extent: Bbox) -> Box:
    left, low, right, high = extent.extents
    return float(left), float(low), float(right), float(high)


def _moved(box: Box, dots: float, direction: tuple[int, int]) -> Box:
    """The box so much farther in a direction: measuring a text anew takes long."""
    left, low, right, high = box
    across, up = dots * direction[0], dots * direction[1]
    return left + across, low + up, right + across, high + up


def _hidden(box: Box, taken: Sequence[Box], frame: Box) -> float:
    """Square dots by which a name lies on others or beyond the panel, to which it costs more."""
    shared = sum(_overlap(box, other) for other in taken)
    return round(shared + 3 * (_overlap(box, box) - _overlap(box, frame)), 3)


def _overlap(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0.0


def _from_to(before: Sequence[float], after: Sequence[float]) -> Box:
    """A step of the front, across or upright."""
    (left, right), (low, high) = (sorted(ends) for ends in zip(before, after, strict=True))
    return left - 1, low - 1, right + 1, high + 1


def _around(axes: Axes, point: Point) -> Box:
    """A marker and its interval."""
    ends = [point.mean if limit is None else limit for limit in (point.low, point.high)]
    (x, low), (_, high) = (axes.transData.transform((point.x, end)).tolist() for end in ends)
    return x - 8, low, x + 8, high
