"""Figures over rows of symbols: accuracy of answers place by place, exact match, and losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from seqharness.contracts import Metric, Prediction, columns_of
from seqharness.metrics.classification import (
    ACCURACY_COLUMNS,
    LOSS_COLUMNS,
    accuracy_columns,
    cross_entropy_columns,
    ratio,
)
from seqharness.metrics.likelihood import LIKELIHOOD_COLUMNS, likelihood_columns, loss
from seqharness.metrics.text import EXACT_MATCH_COLUMNS, exact_match, exact_match_columns

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

ANSWER_COLUMNS = ("answers.right", "answers.total")

SOLVED = 99.0
"""Percent of right answers at which a run has solved a probe."""


def answer_accuracy(signature: str) -> Metric:
    """Share of answers that are right, in percent. signature: what an answer is."""
    return Metric(
        name="accuracy",
        label="accuracy",
        columns=ANSWER_COLUMNS,
        value=partial(ratio, scale=100.0),
        higher_is_better=True,
        signature=signature,
        decimals=1,
        unit="%",
        margin=1.0,
    )


def answer_accuracy_columns(outputs: Sequence[Sequence[str]], references: Sequence[Sequence[str]]) -> Array:
    """For each pair [N, 2]: places at which both have the same symbol, and places of the longer one.

    Raises ValueError where the two differ in number.
    """
    rows = [
        (sum(a == b for a, b in zip(output, reference, strict=False)), max(len(output), len(reference)))
        for output, reference in zip(outputs, references, strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def answer_loss() -> Metric:
    """Mean negative log-likelihood of an answer in nats, without label smoothing."""
    return replace(loss(), signature="teacher-forced|per:answer")


def all_answers() -> Metric:
    """Share of rows whose every answer is right, in percent."""
    return replace(exact_match(), signature="share of rows without a wrong answer")


def solved(metric: Metric, score: float = SOLVED) -> Metric:
    """The metric with the score from which on a run has solved the probe."""
    return replace(metric, solved=score)


def symbol_statistics(
    outputs: Sequence[Sequence[str] | None],
    references: Sequence[Sequence[str]],
    predictions: Sequence[Prediction],
    metrics: Sequence[Metric],
) -> Array:
    """[N, len(columns_of(metrics))] of accuracy, exact match and losses over rows of symbols.

    A row is NaN where it has no output (None), or a prediction has no losses.
    """
    said = [output or () for output in outputs]
    texts = [[" ".join(row) for row in rows] for rows in (said, references)]
    counts = (answer_accuracy_columns(said, references), exact_match_columns(*texts), accuracy_columns(*texts))
    table = np.column_stack(counts)
    table[[output is None for output in outputs]] = np.nan
    table = np.column_stack([table, likelihood_columns(predictions, texts[1]), cross_entropy_columns(predictions)])
    names = (*ANSWER_COLUMNS, *EXACT_MATCH_COLUMNS, *ACCURACY_COLUMNS, *LIKELIHOOD_COLUMNS, *LOSS_COLUMNS)
    return table[:, [names.index(name) for name in columns_of(metrics)]]
