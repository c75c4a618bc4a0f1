"""How figures look: one palette, type that reads on a phone, no ornament."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from matplotlib.transforms import ScaledTranslation

from seqharness.comparison import Comparison
from seqharness.visible import columns, visible

from ..quantities import significant
from ..short_names import short_names
from ..view import unique

WIDTH = 6.4
"""Inches. With 10 point type, a figure scaled to the width of a phone is still read without zooming."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
BASELINE_COLOURS = ("#6E6E6E", "#9A9A9A", "#444444")
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "<", ">")
BASELINE_MARKERS = ("x", "1", "2")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (2, 1.2)), (0, (7, 2, 2, 2)))
INK, GRID = "#333333", "#DDDDDD"
STYLES: tuple[Any, ...] = ("-", (0, (4, 1.6)), (0, (1.2, 1.4)), (0, (6, 1.5, 1.2, 1.5)), (0, (8, 3)))
"""Lines of one model that differ in what they show."""

MOST_TICKS = 13
MARKS = 3
"""Combining marks on one sign: no writing has more."""

OTHER_FONTS = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Source Han Sans", "WenQuanYi Zen Hei", "Hiragino Sans", "Yu Gothic",
    "Microsoft YaHei", "Malgun Gothic", "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil",
    "Noto Sans Thai", "Noto Sans Ethiopic",
)  # fmt: skip
"""For signs that DejaVu Sans lacks, where they are installed."""

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


def settings() -> Any:
    """`RC` with the fonts that this machine has."""
    installed = {font.name for font in fontManager.ttflist}
    return {**RC, "font.family": [RC["font.family"], *(name for name in OTHER_FONTS if name in installed)]}


@dataclass(frozen=True)
class Look:
    """How a model is drawn in every figure."""

    colour: str
    marker: str
    dash: Any
    baseline: bool = False


def looks(comparison: Comparison) -> dict[str, Look]:
    """Model -> look, by the order in which the comparison names them; baselines are grey."""
    baselines = unique(model.model for model in comparison.models if model.baseline)
    named = looks_of([name for name in unique(model.model for model in comparison.models) if name not in baselines])
    for place, name in enumerate(baselines):
        named[name] = Look(_turn(BASELINE_COLOURS, place), _turn(BASELINE_MARKERS, place), (0, (1, 1.5)), True)
    return named


def looks_of(models: Sequence[str]) -> dict[str, Look]:
    """Model -> look, by their order."""
    return {
        name: Look(_turn(COLOURS, place), _turn(MARKERS, place), _turn(DASHES, place))
        for place, name in enumerate(models)
    }


def _turn(choices: Sequence[Any], place: int) -> Any:
    return choices[place % len(choices)]


def said(text: str, length: int = 34) -> str:
    """Text of others in a figure: one line of so many columns, cut at its logical end. Mathematics is switched off in
    `RC`. A sign keeps a few marks upon it; more of them would tower over the figure."""
    kept: list[str] = []
    width = marks = 0
    for sign in visible(text):
        own = columns(sign)
        marks = 0 if own else marks + 1
        if marks > MARKS:
            continue
        if width + own > length:
            while kept and width >= length:
                width -= columns(kept.pop())
            return "".join(kept).rstrip() + "…"
        width += own
        kept.append(sign)
    return "".join(kept)


def short(models: Iterable[str], length: int = 34) -> dict[str, str]:
    """Model -> its name in a figure, different for different models."""
    return short_names(models, partial(said, length=length))


def sheet(height: float) -> Figure:
    """An empty figure of the common width."""
    return Figure(figsize=(WIDTH, height), layout="constrained")


def legend_columns(names: Sequence[str]) -> int:
    """How many names stand beside each other in a legend."""
    return max(1, min(len(names), 4, 74 // (max((columns(said(name)) for name in names), default=1) + 7)))


def legend_height(models: Sequence[str], labels: Sequence[str] = ()) -> float:
    """Inches that a legend takes."""
    across = legend_columns([*models, *labels])
    return 0.05 + 0.21 * (-(-len(models) // across) + -(-len(labels) // across))


def legend(
    figure: Figure, models: Sequence[str], look: dict[str, Look], labels: Sequence[str] = (), *, lines: bool = True
) -> None:
    """One legend above everything: the models, and below them the styles of line within a model where there are such.

    The names are set afterwards: matplotlib hides a label that begins with `_`.
    """
    if not models:
        return
    dashes: list[Any] = [look[model].dash if lines and not labels else "" for model in models]
    of_models = [
        Line2D([], [], color=look[model].colour, marker=look[model].marker, linestyle=dash, linewidth=2, markersize=6)
        for model, dash in zip(models, dashes, strict=True)
    ]
    of_labels = [Line2D([], [], color=INK, linestyle=style_of(place)) for place in range(len(labels))]
    across = legend_columns([*models, *labels])
    rows = [
        *_rows(list(zip(of_models, models, strict=True)), across),
        *_rows(list(zip(of_labels, labels, strict=True)), across),
    ]
    entries = [row[column] for column in range(across) for row in rows]  # matplotlib fills column by column
    made = figure.legend([handle for handle, _ in entries], ["name"] * len(entries), loc="outside upper left",
                         ncols=across, handlelength=2.6)  # fmt: skip
    names = short(look)
    for text, (_, name) in zip(made.get_texts(), entries, strict=True):
        text.set_text(names.get(name) or said(name))


def _rows(entries: Sequence[tuple[Line2D, str]], across: int) -> list[list[tuple[Line2D, str]]]:
    """Entries of a legend by row, the last one filled with nothing."""
    nothing = (Line2D([], [], linestyle=""), "")
    padded = [*entries, *[nothing] * (-len(entries) % across)]
    return [padded[start : start + across] for start in range(0, len(padded), across)]


def style_of(place: int) -> Any:
    """The line of a model's first, second, ... label."""
    return _turn(STYLES, place)


def moved(figure: Figure, axes: Axes, place: int, count: int) -> Any:
    """The transform of a model's intervals: a little to the side, so that those of several do not hide each other."""
    points = min(3.0, 16.0 / count) * (place - (count - 1) / 2) / 72
    return axes.transData + ScaledTranslation(points, 0, figure.dpi_scale_trans)


def grows(x: Sequence[float]) -> bool:
    """Whether steps along an axis grow by a factor (1, 2, 4, ...), so that they need a scale that does as well."""
    ratios = sorted(after / before for before, after in pairwise(x) if before > 0)
    far = len(ratios) > 2 and min(x) >= 0 and x[-1] >= 16 * next(value for value in x if value > 0)
    return far and ratios[len(ratios) // 2] >= 1.5


def along(axes: Axes, x: Sequence[float]) -> None:
    """The scale of an axis whose steps are these: where they grow, one that grows with a tick at each; else a plain
    one with whole numbers where there are enough."""
    if grows(x):
        axes.set_xscale("symlog", base=2, linthresh=min(value for value in x if value > 0))
        shown = x[:: -(-len(x) // MOST_TICKS)]
        axes.set_xticks(list(shown), [significant(value) for value in shown])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlim(x[0] / 1.15 if x[0] else -0.25 * x[1], x[-1] * 1.15)
        return
    room = 0.04 * ((x[-1] - x[0]) or 1.0)
    axes.set_xlim(x[0] - room, x[-1] + room)
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10], integer=x[-1] - x[0] >= 3))


def logarithmic(axes: Axes, values: Sequence[float], above: float = 1.3, direction: str = "y") -> None:
    """A logarithmic scale for values above 0, its ticks as plain numbers (mathematics is switched off in `RC`).

    above: room over the largest, as a factor.
    """
    low, high = min(values) / 1.3, max(values) * above
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = math.log10(high / low)
    steps = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0) if decades < 1 else (1.0, 2.0, 5.0) if decades < 3 else (1.0,)
    apart = max(1, -(-(last - first) // 8))
    ticks = [step * 10.0**power for power in range(first, last + 1, apart) for step in steps]
    axes.set(**{f"{direction}scale": "log", f"{direction}lim": (low, high)})
    axis = axes.yaxis if direction == "y" else axes.xaxis
    axis.set_major_locator(FixedLocator([tick for tick in ticks if low <= tick <= high]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: significant(value)))
    axis.set_minor_locator(NullLocator())


def mute(axes: Axes, direction: str) -> None:
    """A grid along one direction only and no tick marks across it."""
    axes.grid(visible=True, axis="x" if direction == "x" else "y")
    axes.tick_params(length=0)
