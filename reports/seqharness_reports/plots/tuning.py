"""What a tuning tried, and what further trials would have been worth."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from seqharness.comparison import Tuning

from ..quantities import known, significant
from ..view import TaskView, unique
from .scores import FAR
from .style import Look, legend, legend_height, logarithmic, looks, mute, said, sheet
from .tried import drawn

MOST_RATES = 5
"""Ticks that have room below half a figure."""


def draw(task: TaskView) -> Figure:
    """Left the validation score of every trial over its learning rate, the chosen one ringed; right the score to be
    expected of the best of n trials."""
    tunings = drawn(task)
    tuned = {one.model for one in tunings}
    models = unique(model.model for model in task.models if model.model in tuned)
    look = looks(task.comparison)
    figure = sheet(3.2 + legend_height(models))
    left, right = figure.subplots(1, 2, sharey=True)
    for one in tunings:
        _trials(left, one, look[one.model])
        _expected(right, one, look[one.model])
    better = "↑" if task.primary.higher_is_better else "↓"
    left.set_title(f"{said(task.primary.label, 18)} on validation {better}")
    right.set_title("expected best of n trials")
    left.set_xlabel("learning rate")
    right.set_xlabel("trials")
    _rates(left, [trial.learning_rate for one in tunings for trial in one.trials])
    right.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    values = [value for one in tunings for trial in one.trials if (value := known(trial.validation)) is not None]
    if not task.primary.higher_is_better and min(values) > 0 and max(values) >= FAR * min(values):
        logarithmic(left, values)
    for axes in (left, right):
        mute(axes, "y")
    legend(figure, models, look)
    return figure


def _trials(axes: Axes, tuning: Tuning, look: Look) -> None:
    """Those that vary the learning rate alone are joined; of the others only what they came to is drawn."""
    alone: list[tuple[float, float]] = []
    others: list[tuple[float, float]] = []
    for trial in tuning.trials:
        if (value := known(trial.validation)) is not None:
            (alone if trial.dropout is None and trial.warmup is None else others).append((trial.learning_rate, value))
    if alone:
        axes.plot(*zip(*sorted(alone), strict=True), color=look.colour, linestyle=look.dash, marker=look.marker,
                  markersize=6)  # fmt: skip
    if others:
        axes.plot(*zip(*others, strict=True), color=look.colour, linestyle="", marker=look.marker, markersize=6,
                  fillstyle="none")  # fmt: skip
    if tuning.chosen is not None and (value := known(tuning.trials[tuning.chosen].validation)) is not None:
        rate = tuning.trials[tuning.chosen].learning_rate
        axes.plot([rate], [value], "o", color=look.colour, markersize=13, fillstyle="none")


def _expected(axes: Axes, tuning: Tuning, look: Look) -> None:
    points = [(n, value) for n, one in enumerate(tuning.expected, 1) if (value := known(one)) is not None]
    if points:
        axes.plot(*zip(*points, strict=True), color=look.colour, linestyle=look.dash, marker=look.marker, markersize=5)


def _rates(axes: Axes, rates: Sequence[float]) -> None:
    """A logarithmic scale with ticks at 1 and 3 of each decade, or at the rates themselves where these are few."""
    low, high = min(rates), max(rates)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [step * 10.0**power for power in decades for step in (1, 3)]
    shown = [tick for tick in ticks if low / 1.01 <= tick <= high * 1.01]
    own = sorted(set(rates))
    if len(own) <= 3 or len(shown) < 2:
        shown = own[:: -(-len(own) // 3)]
    shown = shown[:: -(-len(shown) // MOST_RATES)]
    axes.set_xscale("log")
    axes.set_xlim(low / 1.3, high * 1.3)
    axes.set_xticks(shown, [significant(tick) for tick in shown])
    axes.xaxis.set_minor_locator(NullLocator())
