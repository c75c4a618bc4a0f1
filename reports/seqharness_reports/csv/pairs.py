"""Differences as rows: one for each two compared models of a task, on its primary metric."""

from __future__ import annotations

from collections.abc import Iterator

from seqharness.comparison import Comparison

from ..view import views
from .rows import Row

PAIR_COLUMNS = {
    "report": "name of the report, so that several files can be put below each other",
    "task": "the task's full name with options",
    "split": "the test split",
    "metric": "the task's primary metric, by its name in results.json",
    "unit": "of the metric and the difference: `%` (of the difference: percentage points) and the like; or empty",
    "higher_is_better": "true, false",
    "a": "a model's full name with options",
    "b": "the other's",
    "difference": "mean of a minus mean of b; empty where it is not defined",
    "low": "lower limit of its 95 % interval",
    "high": "upper limit of its 95 % interval",
    "p": "two-sided; empty where there is no ground for a verdict, as with one seed",
    "p_holm": "adjusted for all pairs and tasks of the report",
    "decided": "whether p_holm is below 0.05: true, false",
    "seeds": "of the model with fewer",
    "minimum_detectable": "the difference that would have been found with 80 % power",
    "p_examples": "one seed each: p of these two runs on other examples; it says nothing of the architectures",
    "verdict": "the same in a sentence",
}
"""Name -> what it holds. The order is that of the file."""


def pair_rows(comparison: Comparison) -> Iterator[Row]:
    """Every pair, in the order of results.json within a task."""
    for task in views(comparison):
        for pair in task.pairs:
            info = task.metric(pair.metric)
            yield {
                "report": comparison.name, "task": pair.task, "split": task.main_split, "metric": pair.metric,
                "unit": info.unit, "higher_is_better": info.higher_is_better, "a": pair.a, "b": pair.b,
                "difference": pair.difference, "low": pair.low, "high": pair.high, "p": pair.p, "p_holm": pair.p_holm,
                "decided": pair.decided, "seeds": pair.seeds, "minimum_detectable": pair.minimum_detectable,
                "p_examples": pair.p_examples, "verdict": pair.verdict,
            }  # fmt: skip
