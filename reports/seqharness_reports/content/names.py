"""How metrics, scores and models are written in every table."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from seqharness.comparison import MetricInfo, ModelInfo, Score
from seqharness.visible import shorten

from ..document import Emphasis, Line
from ..quantities import UNKNOWN, estimate, significant
from ..short_names import short_names
from ..view import unique

LONGEST_HEADER = 32
"""Signs of a column's title."""


def title(metric: MetricInfo) -> str:
    """BLEU ↑: the arrow says which way is better."""
    unit = f" ({metric.unit})" if metric.unit else ""
    return f"{metric.label}{unit} {'↑' if metric.higher_is_better else '↓'}"


def figure(score: Score | None, metric: MetricInfo) -> str:
    """73.1 [71.0, 75.2], or a dash."""
    return UNKNOWN if score is None else estimate(score.mean, score.low, score.high, metric.decimals)


def name(model: ModelInfo) -> Line:
    """A model in a table, baselines marked."""
    return (model.model, " ", Emphasis("(baseline)")) if model.baseline else model.model


def headers(models: Iterable[str]) -> list[str]:
    """Names of models as titles of columns: short, and different."""
    names = unique(models)
    found = short_names(names, partial(shorten, length=LONGEST_HEADER))
    return [found[name] for name in names]


def threshold(metric: MetricInfo, value: float) -> str:
    """≥ 99 %: from where on a score counts as good enough."""
    return f"{'≥' if metric.higher_is_better else '≤'} {amount(metric, value)}"


def amount(metric: MetricInfo, value: float) -> str:
    """99 %: a round figure of a metric with its unit."""
    return f"{significant(value)}{f' {metric.unit}' if metric.unit else ''}"
