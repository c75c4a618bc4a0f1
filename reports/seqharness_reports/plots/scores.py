"""Scores with intervals: one panel for each metric, the primary one first."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqharness.comparison import MetricInfo, ModelInfo

from ..quantities import known, number
from ..view import TaskView
from .style import INK, Look, logarithmic, looks, mute, said, sheet, short

MOST_METRICS = 5
FAR = 10.0
"""Largest over smallest mean of a loss from which on a logarithmic scale shows both: chance is far from all else."""


def draw(task: TaskView) -> Figure:
    """Dots for means, bars for intervals, small circles for seeds."""
    metrics = [metric for metric in task.metrics if _any(task, metric)][:MOST_METRICS]
    wide = len(metrics) % 2  # an odd one out: the primary metric takes the whole width
    rows = (len(metrics) + wide) // 2
    figure = sheet((0.36 * len(task.models) + 0.62) * rows)
    grid = figure.add_gridspec(rows, 2)
    look = looks(task.comparison)
    for place, metric in enumerate(metrics):
        line, column = divmod(place + wide, 2)
        across = wide and not place
        axes = figure.add_subplot(grid[0, :] if across else grid[line, column])
        _panel(axes, task, metric, look, bool(across))
        if column and not across:
            axes.set_yticklabels([])
    return figure


def _any(task: TaskView, metric: MetricInfo) -> bool:
    return any(_mean(task, metric, model.model) is not None for model in task.models)


def _panel(axes: Axes, task: TaskView, metric: MetricInfo, look: dict[str, Look], across: bool) -> None:
    models: Sequence[ModelInfo] = task.models
    for place, model in enumerate(models):
        _row(axes, task, metric, model.model, -place, look[model.model])
    names = short(look, 26)
    axes.set_yticks([-place for place in range(len(models))], [names[model.model] for model in models])
    axes.set_ylim(-len(models) + 0.45, 0.62)
    axes.set_title(f"{said(metric.label, 50 if across else 20)} {'↑' if metric.higher_is_better else '↓'}")
    means = [value for model in models if (value := _mean(task, metric, model.model)) is not None]
    if not metric.higher_is_better and min(means) > 0 and max(means) >= FAR * min(means):
        logarithmic(axes, means, direction="x")
    else:
        axes.margins(x=0.08)
        axes.locator_params(axis="x", nbins=6)
    axes.spines["left"].set_visible(False)
    mute(axes, "x")


def _mean(task: TaskView, metric: MetricInfo, model: str) -> float | None:
    score = task.score(model, metric.name)
    return known(score.mean) if score else None


def _row(axes: Axes, task: TaskView, metric: MetricInfo, model: str, height: float, look: Look) -> None:
    score = task.score(model, metric.name)
    mean = known(score.mean) if score else None
    if score is None or mean is None:
        axes.annotate("no score", (0.01, height), xycoords=("axes fraction", "data"), va="center", color="#888888",
                      fontsize=9)  # fmt: skip
        return
    low, high = known(score.low), known(score.high)
    if low is not None and high is not None:
        axes.plot([low, high], [height, height], color=look.colour, linewidth=2.2, solid_capstyle="butt")
    values = [value for value in score.values if known(value) is not None]
    if len(values) > 1:
        axes.plot(values, [height - 0.24] * len(values), "o", markersize=3.2, markerfacecolor="none",
                  markeredgecolor=look.colour, markeredgewidth=0.8)  # fmt: skip
    axes.plot([mean], [height], look.marker, color=look.colour, markersize=7, markeredgewidth=2 if look.marker in "x12"
              else 0.5)  # fmt: skip
    axes.annotate(number(mean, metric.decimals), (mean, height), xytext=(0, 4.5), textcoords="offset points",
                  ha="center", va="bottom", fontsize=8.5, color=INK)  # fmt: skip
