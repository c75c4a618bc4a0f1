"""Models ranked over tasks: Friedman's test, and Nemenyi's for pairs (Demšar 2006, section 3.2.2).

Each task is one observation: models are ranked on it by the mean primary score, and mean ranks are compared. That says
whether a model is usually better, on tasks like these, and nothing of how much. Friedman's chi-square is somewhat
conservative with few tasks, so that it errs on the safe side.

A model whose every run failed on a task is the last one there, or else failing would help it. A model that cannot do a
task was not run on it; since each task must rank the same models, either such tasks or such models are left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..comparison import RankedModel, Ranking
from .verdicts import finite, listed, p_text

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..contracts import Metric
    from .results import TaskResults

    Array = npt.NDArray[np.float64]
    Scores = Mapping[str, Mapping[str, float]]

LEAST_TASKS = 5
"""Of fewer, no test can be trusted, and hardly any could find a difference."""

LEAST_MODELS = 3
"""Two are compared by the verdict of each task."""

LEVEL = 0.05


def ranking_of(results: Sequence[tuple[TaskResults, Metric]]) -> Ranking | None:
    """The compared models over all tasks; None where fewer than two models were run on two tasks or more."""
    scores = {result.task: _scores(result, metric) for result, metric in results}
    models, tasks = _complete(scores)
    if len(models) < 2 or len(tasks) < 2:
        return None
    table = np.array([[scores[task][model] for model in models] for task in tasks])
    means = ranks_of(table).mean(axis=0)
    order = sorted(range(len(models)), key=lambda place: (means[place], place))
    ranked = [RankedModel(model=models[place], mean_rank=float(means[place])) for place in order]
    left = _left_out(scores, models, tasks)
    if not _enough(models, tasks):
        return Ranking(tasks=tasks, models=ranked, words=_words(ranked, len(tasks), _too_few(models, tasks), left))
    statistic, p = friedman(table)
    difference = critical_difference(len(models), len(tasks))
    groups = _groups(ranked, difference if p < LEVEL else math.inf)
    return Ranking(
        tasks=tasks,
        models=ranked,
        statistic=statistic,
        p=p,
        critical_difference=difference,
        groups=groups,
        words=_words(ranked, len(tasks), _found(p, difference, groups), left),
    )


def ranks_of(scores: Array) -> Array:
    """Scores [tasks, models], higher is better -> ranks, 1 for the best; ties share the mean of their ranks."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(-scores, axis=1), dtype=np.float64)


def friedman(scores: Array) -> tuple[float, float]:
    """Friedman's chi-square, corrected for ties, and its p, of scores [tasks, models]; 0 and 1 where all are tied."""
    from scipy.stats import friedmanchisquare

    ranks = ranks_of(scores)
    if (ranks == ranks[:, :1]).all():
        return 0.0, 1.0
    found = friedmanchisquare(*ranks.T)
    return float(found.statistic), float(found.pvalue)


def critical_difference(models: int, tasks: int) -> float:
    """From which on two mean ranks differ at 5 %, over all pairs (Nemenyi 1963): q sqrt(k (k + 1) / (6 N))."""
    from scipy.stats import studentized_range

    q = float(studentized_range.ppf(1 - LEVEL, models, math.inf)) / math.sqrt(2)
    return q * math.sqrt(models * (models + 1) / (6 * tasks))


def _scores(result: TaskResults, metric: Metric) -> dict[str, float]:
    """Mean primary score by compared model that was run, its sign such that higher is better; minus infinity for one
    without a score."""
    sign = 1.0 if metric.higher_is_better else -1.0
    found = {}
    for system in result.systems:
        if not system.baseline and system.runs:
            resampled = system.resampled(metric, result.main_split)
            mean = None if resampled is None else finite(resampled.mean)
            found[system.model] = -math.inf if mean is None else sign * mean
    return found


def _complete(scores: Scores) -> tuple[list[str], list[str]]:
    """Models and tasks such that every model was run on every task: all models, or, where that leaves too few tasks
    and the other does not, all tasks."""
    models = list(dict.fromkeys(model for found in scores.values() for model in found))
    shared = [task for task, found in scores.items() if len(found) == len(models)]
    everywhere = [model for model in models if all(model in found for found in scores.values())]
    if not _enough(models, shared) and (_enough(everywhere, list(scores)) or len(shared) < 2):
        return everywhere, list(scores)
    return models, shared


def _enough(models: Sequence[str], tasks: Sequence[str]) -> bool:
    return len(tasks) >= LEAST_TASKS and len(models) >= LEAST_MODELS


def _groups(ranked: Sequence[RankedModel], difference: float) -> list[list[str]]:
    """Models whose mean ranks lie less than `difference` apart, each group as large as can be."""
    groups: list[list[str]] = []
    reached = 0
    for start, first in enumerate(ranked):
        end = start
        while end < len(ranked) and ranked[end].mean_rank - first.mean_rank < difference:
            end += 1
        if end - start > 1 and end > reached:
            groups.append([one.model for one in ranked[start:end]])
            reached = end
    return groups


# --------------------------------------------------------------------------------------------------------------- words


def _words(ranked: Sequence[RankedModel], tasks: int, found: str, left: str) -> str:
    ranks = ", ".join(f"{one.model} {one.mean_rank:.2f}" for one in ranked)
    return " ".join(filter(None, (f"Mean rank over {tasks} tasks, 1 being the best: {ranks}.", found, left)))


def _found(p: float, difference: float, groups: Sequence[Sequence[str]]) -> str:
    if p >= LEVEL:
        return f"Not decisive: all of them may do equally well ({p_text(p)}, Friedman's test)."
    start = (
        f"They do not all do equally well ({p_text(p)}, Friedman's test). Mean ranks at least {difference:.2f} apart "
        "are told apart (Nemenyi's test, 5 % over all pairs)"
    )
    return start + (f"; these are not: {'; '.join(map(listed, groups))}." if groups else ", and all are.")


def _too_few(models: Sequence[str], tasks: Sequence[str]) -> str:
    fewer = f"{len(tasks)} tasks" if len(tasks) < LEAST_TASKS else f"{len(models)} models"
    return (
        f"{fewer[0].upper()}{fewer[1:]} are too few for a test of ranks, which takes {LEAST_TASKS} tasks and "
        f"{LEAST_MODELS} models: nothing is decided across tasks."
    )


def _left_out(scores: Scores, models: Sequence[str], tasks: Sequence[str]) -> str:
    others = [task for task in scores if task not in tasks]
    absent = list(dict.fromkeys(model for found in scores.values() for model in found if model not in models))
    if others:
        return f"Left out: {listed(others)}, where not every model was run."
    return f"Left out: {listed(absent)}, not run on every task." if absent else ""
