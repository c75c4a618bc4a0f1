"""What a tuning tried, and what further trials would have been worth."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from seqharness.comparison import Tuning

from ..quantities import known, significant
from ..view import TaskView
from .style import Look, legend, legend_height, looks, mute, said, sheet


def draw(task: TaskView) -> Figure:
    """Left the validation score of every trial over its learning rate, the chosen one ringed; right the score to be
    expected of the best of n trials."""
    tunings = task.tunings
    models = [model.model for model in task.models if any(one.model == model.model for one in tunings)]
    look = looks(task.comparison)
    figure = sheet(3.2 + legend_height(models))
    left, right = figure.subplots(1, 2, sharey=True)
    for one in tunings:
        _trials(left, one, look[one.model])
        points = [(n, value) for n, value in enumerate(one.expected, 1) if known(value) is not None]
        if points:
            style = look[one.model]
            right.plot(*zip(*points, strict=True), color=style.colour, linestyle=style.dash, marker=style.marker)
    better = "↑" if task.primary.higher_is_better else "↓"
    left.set_title(f"{said(task.primary.label, 18)} on validation {better}")
    right.set_title("expected best of n trials")
    left.set_xlabel("learning rate")
    right.set_xlabel("trials")
    rates = sorted({trial.learning_rate for one in tunings for trial in one.trials})
    left.set_xscale("log")
    shown = rates[:: -(-len(rates) // 5)]
    left.set_xticks(shown, [significant(rate) for rate in shown])
    left.xaxis.set_minor_locator(NullLocator())
    right.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    for axes in (left, right):
        mute(axes, "y")
    legend(figure, models, look)
    return figure


def _trials(axes: Axes, tuning: Tuning, look: Look) -> None:
    alone = sorted(
        (trial.learning_rate, trial.validation)
        for trial in tuning.trials
        if trial.dropout is None and trial.validation is not None
    )
    others = [
        (t.learning_rate, t.validation) for t in tuning.trials if t.dropout is not None and t.validation is not None
    ]
    if alone:
        axes.plot(*zip(*alone, strict=True), color=look.colour, linestyle=look.dash, marker=look.marker, markersize=6)
    if others:
        axes.plot(
            *zip(*others, strict=True), color=look.colour, linestyle="", marker=look.marker, markersize=5, alpha=0.6
        )
    if tuning.chosen is not None:
        best = tuning.trials[tuning.chosen]
        axes.plot(
            [best.learning_rate], [best.validation or 0.0], "o", color=look.colour, markersize=13, fillstyle="none"
        )
