"""What was tuned: the values chosen, the trials they were chosen from and what those cost."""

from __future__ import annotations

from collections.abc import Sequence

from seqharness.comparison import Tuning, TuningTrial

from ..document import Block, Column, Line, Paragraph, Table
from ..quantities import UNKNOWN, count, duration, number, share, significant
from ..view import TaskView


def tuning(task: TaskView) -> list[Block]:
    """Nothing where nothing was tuned; at several training sizes each was tuned for itself."""
    if not task.tunings:
        return []
    several = len({one.train_examples for one in task.tunings}) > 1
    trials = max(len(one.trials) for one in task.tunings)
    metric = task.primary.label
    text = (
        f"Every model was given the same {trials} trials, each trained on the whole budget with a seed that no run of "
        f"the comparison has, and chosen by {metric} on validation; the test split played no part. The time is that of "
        "the training loops alone."
    )
    at = [Column("training examples", right=True)] if several else []
    columns = [
        Column("model"),
        *at,
        Column("learning rate", right=True),
        Column("dropout", right=True),
        Column("warm-up", right=True),
        Column(f"{metric} on validation", right=True),
        Column("trials", right=True),
        Column("tokens of all trials", right=True),
        Column("time", right=True),
    ]
    blocks: list[Block] = [Paragraph(text), Table(columns, [_row(task, one, several) for one in task.tunings])]
    edges = [_edge(one, several) for one in task.tunings if one.at_edge]
    return [*blocks, *([Paragraph(_warning(edges))] if edges else [])]


def _row(task: TaskView, one: Tuning, several: bool) -> list[Line]:
    best = one.trials[one.chosen] if one.chosen is not None else None
    lost = sum(trial.validation is None for trial in one.trials)
    size = [UNKNOWN if one.train_examples is None else count(one.train_examples)] if several else []
    return [
        one.model,
        *size,
        significant(best.learning_rate) if best else UNKNOWN,
        _own(best, "dropout"),
        _own(best, "warmup"),
        number(best.validation, task.primary.decimals) if best else UNKNOWN,
        f"{len(one.trials)}, {lost} without a score" if lost else str(len(one.trials)),
        count(one.tokens),
        duration(one.seconds),
    ]


def _own(best: TuningTrial | None, field: str) -> str:
    value = getattr(best, field) if best else None
    return "as built in" if value is None else share(value) if field == "warmup" else significant(value)


def _edge(one: Tuning, several: bool) -> str:
    rate = significant(one.trials[one.chosen].learning_rate) if one.chosen is not None else UNKNOWN
    size = f" with {count(one.train_examples)} examples" if several and one.train_examples else ""
    return f"{one.model}{size} ({rate})"


def _warning(edges: Sequence[str]) -> str:
    return (
        f"The best learning rate stands at the edge of those tried for {', '.join(edges)}: a better one may lie beyond."
    )
