"""From predictions to the table of columns that all analysis starts from."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..analysis.table import Table
from ..contracts import Example, Metric, Prediction, Task, columns_of


def score_table(
    task: Task, examples: Sequence[Example], predictions: Sequence[Prediction], metrics: Sequence[Metric]
) -> Table:
    """The columns of some metrics for each example."""
    return Table.of(columns_of(metrics), task.statistics(examples, predictions, metrics), examples)


def finite(value: float) -> float | None:
    """The number, or None where it is not one."""
    return float(value) if math.isfinite(value) else None
