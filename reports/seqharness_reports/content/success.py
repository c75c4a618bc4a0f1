"""Columns of scores. A metric that says when a task is solved has more of them: how many runs solved it, the median,
and the best run only under a title that says of how many it is the best."""

from __future__ import annotations

from collections.abc import Callable

from seqharness.comparison import MetricInfo, ModelInfo, Score

from ..document import Line
from ..quantities import NO_BREAK, UNKNOWN, known, number, share
from ..view import TaskView
from .names import figure, threshold, title

MOST_SPLITS_BESIDE = 2
"""Further test splits that stand beside the main one; more have a table of their own."""

Cells = tuple[str, Callable[[ModelInfo], Line]]
"""A column's title, and its cell for a model."""


def score_columns(task: TaskView, metric: MetricInfo, note: str = "") -> list[Cells]:
    """The columns of a metric on the main test split. note: stands in the title."""

    def score(model: ModelInfo) -> Score | None:
        return task.score(model.model, metric.name)

    tail = f", {note}" if note else ""
    if metric.solved is None:
        return [(f"{title(metric)}{tail}", lambda model: figure(score(model), metric))]
    own = "" if metric is task.primary else f"{metric.label}: "
    columns: list[Cells] = [
        (f"{own}solved ({threshold(metric, metric.solved)})", lambda model: solved(task, score(model))),
        (f"{title(metric)}, mean{tail}", lambda model: figure(score(model), metric)),
    ]
    if any(one and one.seeds > 1 for one in map(score, task.models)):
        columns.insert(1, (f"{own}median", lambda model: _several(score(model), lambda one: one.median, metric)))
        columns.append((f"{own}{_best_title(task, metric)}", lambda model: _best(task, score(model), metric)))
    return columns


def split_column(task: TaskView, split: str) -> Cells:
    """The primary metric on a further test split."""

    def cell(model: ModelInfo) -> str:
        score = task.score(model.model, task.primary.name, split)
        text = figure(score, task.primary)
        return text if score is None or score.solved is None else f"{text}, solved {solved(task, score)}"

    return f"{task.primary.label} on {split}", cell


def solved(task: TaskView, score: Score | None) -> str:
    """2 of 3 [9, 99] %: runs that solved the task, of all runs, with the interval of that share."""
    if score is None or known(score.solved) is None:
        return UNKNOWN
    runs, rate = len(task.runs_of(score.model)), score.solved or 0.0
    several = round(rate * runs)
    told = f"{several} of {runs}" if runs and abs(rate * runs - several) < 1e-3 else share(rate)
    low, high = known(score.solved_low), known(score.solved_high)
    return told if low is None or high is None else f"{told} [{100 * low:.0f}, {100 * high:.0f}]{NO_BREAK}%"


def _several(score: Score | None, pick: Callable[[Score], float | None], metric: MetricInfo) -> str:
    """A figure over seeds, where there are several."""
    return UNKNOWN if score is None or score.seeds < 2 else number(pick(score), metric.decimals)


def _counts(task: TaskView, metric: MetricInfo) -> set[int]:
    """Numbers of seeds over which there is a best one."""
    scores = (task.score(model.model, metric.name) for model in task.models)
    return {score.seeds for score in scores if score is not None and score.seeds > 1}


def _best_title(task: TaskView, metric: MetricInfo) -> str:
    counts = _counts(task, metric)
    return f"best of {counts.pop()} seeds" if len(counts) == 1 else "best of n seeds"


def _best(task: TaskView, score: Score | None, metric: MetricInfo) -> str:
    text = _several(score, lambda one: one.best, metric)
    varies = len(_counts(task, metric)) > 1
    return f"{text} (n = {score.seeds})" if varies and score is not None and text != UNKNOWN else text
