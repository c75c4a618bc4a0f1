"""Learning curves over the amount of data: a model's score at every training size, and where two curves cross."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from ..comparison import Crossing, SizeScore
from .statistics import difference_of, interval_of, within
from .verdicts import finite

if TYPE_CHECKING:
    from ..contracts import Metric
    from .resampling import Resampled
    from .results import SystemResults, TaskResults


def size_scores(results: Sequence[TaskResults], metric: Metric) -> Iterator[SizeScore]:
    """The primary metric of one task at every training size, ascending in size."""
    for result in sorted(results, key=lambda result: result.train_examples):
        for system in result.systems:
            resampled = system.resampled(metric, result.main_split)
            if resampled is None:
                continue
            interval = interval_of(resampled)
            low, high = within(interval.low, interval.high, metric.bounds)
            values = [finite(value) for value in resampled.scores.tolist()]
            yield SizeScore(
                task=result.task,
                model=system.model,
                metric=metric.name,
                examples=result.train_examples,
                baseline=system.baseline,
                mean=finite(interval.mean),
                low=finite(low),
                high=finite(high),
                seeds=len(system.done),
                lost=len(system.runs) - len(system.done),
                values=[value for value in values if value is not None],
            )


def crossings(results: Sequence[TaskResults], metric: Metric) -> Iterator[Crossing]:
    """For every pair of compared models of one task: between which two sizes the lead changes, in numbers and words.

    A lead counts where the interval of the paired difference leaves out zero; what lies between the last size at which
    one leads and the first at which the other does is where they cross.
    """
    ordered = sorted(results, key=lambda result: result.train_examples)
    if len(ordered) < 2:
        return
    for a, b in combinations([system.model for system in ordered[-1].compared], 2):
        leads = [(result.train_examples, _lead(result, a, b, metric)) for result in ordered]
        sure = [(examples, lead) for examples, lead in leads if lead]
        changes = [(one, other) for one, other in pairwise(sure) if one[1] != other[1]]
        if not changes:
            yield _none(ordered, metric, a, b, sure)
        for (low, before), (high, after) in changes:
            first, then = (a if lead > 0 else b for lead in (before, after))
            yield Crossing(
                task=ordered[0].task,
                metric=metric.name,
                a=a,
                b=b,
                low=low,
                high=high,
                words=f"{a} and {b} cross between {low:,} and {high:,} training examples: up to {low:,} {first} is "
                f"ahead in {metric.label}, from {high:,} on {then}",
            )


def _none(ordered: Sequence[TaskResults], metric: Metric, a: str, b: str, sure: Sequence[tuple[int, int]]) -> Crossing:
    smallest, largest = ordered[0].train_examples, ordered[-1].train_examples
    if sure:
        leader = a if sure[0][1] > 0 else b
        at = " and ".join(f"{examples:,}" for examples, _ in sure)
        words = f"{a} and {b} do not cross from {smallest:,} to {largest:,} training examples: where the difference "
        words += f"is sure (at {at}), {leader} is ahead in {metric.label}"
    else:
        words = f"{a} and {b} are not surely apart in {metric.label} at any size from {smallest:,} to {largest:,} "
        words += "training examples"
    return Crossing(task=ordered[0].task, metric=metric.name, a=a, b=b, words=words)


def _lead(result: TaskResults, a: str, b: str, metric: Metric) -> int:
    """1 where a is surely ahead, -1 where b is, 0 where neither."""
    left, right = (_scores(result.compared, model, metric, result.main_split) for model in (a, b))
    if left is None or right is None or min(len(left.scores), len(right.scores)) < 2:
        return 0
    found = difference_of(left, right)
    sign = 1 if metric.higher_is_better else -1
    return 0 if not (found.low > 0 or found.high < 0) else sign * (1 if found.difference > 0 else -1)


def _scores(systems: Sequence[SystemResults], model: str, metric: Metric, split: str) -> Resampled | None:
    return next((system.resampled(metric, split) for system in systems if system.model == model), None)
