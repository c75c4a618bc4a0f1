"""Scores with intervals over seeds and examples: from the tables of a model's runs to what a report says."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..comparison import Score
from .rates import rate_interval
from .statistics import interval_of, within
from .verdicts import finite

if TYPE_CHECKING:
    from ..contracts import Metric
    from .results import ScoredRuns


def scores_of(system: ScoredRuns, metrics: Sequence[Metric], task: str, main_split: str) -> Iterator[Score]:
    """Every metric on every test split, the main one first; nothing where no run has a score."""
    for split in dict.fromkeys([main_split, *system.done[0].tables]) if system.done else ():
        for metric in metrics:
            yield score_of(system, metric, task, split)


def score_of(system: ScoredRuns, metric: Metric, task: str, split: str) -> Score:
    """One metric on one split. The system has a run with a score."""
    resampled = system.resampled(metric, split)
    assert resampled is not None
    interval = interval_of(resampled)
    low, high = within(interval.low, interval.high, metric.bounds)
    values = [finite(value) for value in resampled.scores.tolist()]
    solved = _solved(system, metric, values)
    of_runs = (None, None) if solved is None or resampled.deterministic else rate_interval(solved, len(system.runs))
    return Score(
        task=task,
        model=system.model,
        metric=metric.name,
        mean=finite(interval.mean),
        low=finite(low),
        high=finite(high),
        seeds=len(system.done),
        higher_is_better=metric.higher_is_better,
        values=[value for value in values if value is not None],
        median=_median(values),
        best=_best(values, metric.higher_is_better),
        solved=None if solved is None else solved / len(system.runs),
        solved_low=of_runs[0],
        solved_high=of_runs[1],
        seeds_used=[run.spec.seed for run in system.done],
        split=split,
        interval=interval.kind,
        standard_error=finite(interval.standard_error),
        df=finite(interval.df),
    )


def recorded_score(system: ScoredRuns, metric: Metric, task: str, split: str) -> Score | None:
    """One metric on one split as it was recorded with each run, for tables that lack its columns: without an interval.
    None where a run has no such figure."""
    found = [run.evaluation.splits[split].metrics.get(metric.name) for run in system.done if run.evaluation is not None]
    values = [value for value in found if value is not None]
    if not values or len(values) < len(found):
        return None
    return Score(
        task=task,
        model=system.model,
        metric=metric.name,
        mean=statistics.fmean(values),
        low=None,
        high=None,
        seeds=len(values),
        higher_is_better=metric.higher_is_better,
        values=values,
        seeds_used=[run.spec.seed for run in system.done],
        split=split,
    )


def _median(values: Sequence[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return statistics.median(found) if found else None


def _best(values: Sequence[float | None], higher_is_better: bool) -> float | None:
    found = [value for value in values if value is not None]
    return (max if higher_is_better else min)(found) if found else None


def _solved(system: ScoredRuns, metric: Metric, values: Sequence[float | None]) -> int | None:
    """How many of all runs, the lost ones included, have a score at `metric.solved` or better."""
    if metric.solved is None or not system.runs:
        return None
    sign = 1 if metric.higher_is_better else -1
    return sum(value is not None and sign * value >= sign * metric.solved for value in values)
