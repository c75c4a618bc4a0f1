"""Mean ranks over tasks with Nemenyi's critical difference (the diagram of Demšar 2006, figure 1)."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqharness.comparison import Comparison, RankedModel, Ranking
from seqharness.visible import columns

from .style import INK, WIDTH, Look, looks, sheet, short

NAME = 24
"""Columns of a model's name."""

ROW, BAR = 0.25, 0.11
"""Inches between two names, and between two bars of groups."""

SCALE = 0.72
"""Inches from the top to the scale."""


def draw(comparison: Comparison, ranking: Ranking) -> Figure:
    """The scale with the best rank at the left, a bar under models that are not told apart, names on both sides."""
    look = looks(comparison)
    shortened = short(look, NAME)
    names = [shortened[one.model] for one in ranking.models]
    half = (len(names) + 1) // 2
    first = SCALE + BAR * (len(ranking.groups) + 1) + 0.12
    height = first + ROW * half
    figure = sheet(height)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)  # inches from the top
    axes.set_axis_off()
    scale = _Scale(len(names), 0.35 + _inches(names[:half]), WIDTH - 0.35 - _inches(names[half:]))
    _scale(axes, scale)
    _critical(axes, scale, ranking)
    for place, group in enumerate(ranking.groups):
        ranks = [one.mean_rank for one in ranking.models if one.model in group]
        height = SCALE + BAR * (place + 1)
        axes.plot([scale.at(min(ranks)) - 0.04, scale.at(max(ranks)) + 0.04], [height] * 2, color=INK, linewidth=3,
                  solid_capstyle="butt", zorder=3)  # fmt: skip
    _side(axes, scale, ranking.models[:half], look, first, left=True)
    _side(axes, scale, ranking.models[half:][::-1], look, first, left=False)
    return figure


class _Scale:
    """Ranks 1 to `models` between two places in inches."""

    def __init__(self, models: int, left: float, right: float) -> None:
        self.models, self.left, self.right = models, left, right

    def at(self, rank: float) -> float:
        """Inches from the left."""
        return self.left + (rank - 1) / (self.models - 1) * (self.right - self.left)


def _inches(names: Sequence[str]) -> float:
    """Width of the longest name with its rank."""
    return 0.085 * max((columns(name) for name in names), default=0) + 0.4


def _scale(axes: Axes, scale: _Scale) -> None:
    axes.plot([scale.left, scale.right], [SCALE] * 2, color=INK, linewidth=1)
    step = -(-scale.models // 12)
    for rank in range(1, scale.models + 1, step):
        axes.plot([scale.at(rank)] * 2, [SCALE - 0.07, SCALE], color=INK, linewidth=1)
        axes.text(scale.at(rank), SCALE - 0.1, str(rank), ha="center", va="bottom", fontsize=9, color=INK)
    axes.text(scale.left - 0.15, SCALE, "mean rank\n1: best", ha="right", va="center", fontsize=8.5, color=INK)


def _critical(axes: Axes, scale: _Scale, ranking: Ranking) -> None:
    """A bar as long as the critical difference, from the best rank on."""
    difference = ranking.critical_difference or 0.0
    start, end = scale.at(1), min(scale.at(1 + difference), WIDTH - 0.1)
    axes.plot([start, end], [0.3] * 2, color=INK, linewidth=1.4)
    for x in (start, end):
        axes.plot([x] * 2, [0.25, 0.35], color=INK, linewidth=1.4)
    axes.text(start, 0.2, f"critical difference {difference:.2f}", ha="left", va="bottom", fontsize=9, color=INK)


def _side(
    axes: Axes, scale: _Scale, models: Sequence[RankedModel], look: dict[str, Look], first: float, *, left: bool
) -> None:
    """Models from the end of the scale inwards, the outermost on top, so that no two lines cross."""
    edge, names = scale.left - 0.1 if left else scale.right + 0.1, short(look, NAME)
    for place, one in enumerate(models):
        style, x, y = look[one.model], scale.at(one.mean_rank), first + ROW * place
        axes.plot([x, x, edge], [SCALE, y, y], color=style.colour, linewidth=1.3, zorder=2)
        axes.plot([x], [SCALE], style.marker, color=style.colour, markersize=6, zorder=4)
        name, rank = names[one.model], f"{one.mean_rank:.2f}"
        text = f"{name}  {rank}" if left else f"{rank}  {name}"
        axes.text(edge - 0.06 if left else edge + 0.06, y, text, ha="right" if left else "left", va="center",
                  fontsize=9, color=style.colour)  # fmt: skip
