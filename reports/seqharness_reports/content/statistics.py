"""How intervals, tests and rankings of a report came about, as far as it has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seqharness.comparison import Comparison, MetricInfo, Score

from ..document import Block, Bullets, Heading, Line
from ..quantities import known, significant
from ..view import TaskView


def statistics(comparison: Comparison, tasks: Sequence[TaskView]) -> list[Block]:
    """The section; nothing without scores."""
    if not comparison.scores:
        return []
    return [Heading(2, "Statistics"), Bullets([*_intervals(comparison, tasks), *_tests(comparison)])]


def _intervals(comparison: Comparison, tasks: Sequence[TaskView]) -> Iterator[Line]:
    yield (
        "Intervals (95 %) are over seeds and test examples: the variance of a score over seeds, and the part that all "
        "runs share because they met the same examples (estimated on resamples of these), with Student's t. Those of a "
        "single run, and of a baseline without chance, are over examples only. Where a task has documents or segments, "
        "these are resampled whole."
    )
    if any(_unvaried(score) for score in comparison.scores):
        yield (
            "A score at an end of its range, such as 100 %, in every run and on every example has the interval of "
            "Clopper & Pearson (1934) for what was not seen in so many examples."
        )
    ends = [f"{metric.label} {_range(metric)}" for metric in _metrics(tasks) if _range(metric)]
    if ends:
        yield f"No interval leaves the range of its metric; it is cut there: {', '.join(ends)}."


def _unvaried(score: Score) -> bool:
    """Whether an interval comes from the number of examples alone."""
    low, high = known(score.low), known(score.high)
    return score.standard_error == 0 and low is not None and high is not None and low < high


def _metrics(tasks: Sequence[TaskView]) -> list[MetricInfo]:
    """Those of all tasks, each label once."""
    return list({metric.label: metric for task in tasks for metric in task.metrics}.values())


def _range(metric: MetricInfo) -> str:
    """0 to 100 %; from 1."""
    unit = f" {metric.unit}" if metric.unit else ""
    if metric.lowest is not None and metric.highest is not None:
        return f"{significant(metric.lowest)} to {significant(metric.highest)}{unit}"
    if metric.lowest is not None:
        return f"from {significant(metric.lowest)}{unit}"
    return f"up to {significant(metric.highest)}{unit}" if metric.highest is not None else ""


def _tests(comparison: Comparison) -> Iterator[Line]:
    pairs = comparison.pairs
    tested = sum(pair.p_holm is not None for pair in pairs)
    if tested:
        family = f"{tested} tests, adjusted together (Holm 1979)" if tested > 1 else "one test"
        which = "each two compared models" if comparison.reference is None else "each change with the base"
        yield (
            f"A difference is decided where p is below 0.05: a t test on the same test examples for both, of "
            f"{which} on the primary metric of each task; here {family}. Baselines are shown, not tested. The "
            "smallest detectable difference is the one that would have been found in 80 % of such comparisons."
        )
    if any(pair.p_examples is not None for pair in pairs):
        yield (
            "With one run of each model there is no verdict on architectures, since another seed may turn it round. "
            "Whether these very runs differ on other examples is tested by approximate randomisation (Noreen 1989), "
            "not adjusted for the number of pairs."
        )
    if comparison.ranking is not None and comparison.ranking.p is not None:
        yield (
            "Over tasks, models are ranked by the mean of each task's primary metric (Demšar 2006): Friedman's test of "
            "whether they differ at all, then Nemenyi's for pairs. A task counts once, whatever its size; a model "
            "whose runs all failed is the last on that task."
        )
    if any(run.status != "done" for run in comparison.runs):
        yield "Runs that failed or diverged are counted beside the scores and are in no mean."
