"""What was tuned: the values chosen, the trials they were chosen from and what those cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seqharness.comparison import Tuning, TuningTrial

from ..document import Block, Column, Details, Line, Paragraph, Table
from ..plots.tried import several_sizes
from ..quantities import UNKNOWN, count, duration, known, number, share, significant
from ..view import TaskView

_Varied = tuple[str, Callable[[TuningTrial], float | None], Callable[[float | None], str]]

_VARIED: Sequence[_Varied] = (
    ("learning rate", lambda trial: trial.learning_rate, significant),
    ("dropout", lambda trial: trial.dropout, significant),
    ("warm-up", lambda trial: trial.warmup, share),
)


def tuning(task: TaskView) -> list[Block]:
    """Nothing where nothing was tuned; at several training sizes each was tuned for itself."""
    if not task.tunings:
        return []
    trials = max(len(one.trials) for one in task.tunings)
    text = (
        f"Every model was given {f'the same {trials} trials' if trials > 1 else 'one trial'}, each trained on the "
        f"whole budget with a seed that no run of the comparison has, and chosen by {task.primary.label} on "
        "validation; the test split played no part. The time is that of the training loops alone."
    )
    blocks: list[Block] = [Paragraph(text), chosen(task)]
    edges = [_edge(task, one) for one in task.tunings if one.at_edge]
    if edges:
        warning = f"The best learning rate stands at the edge of those tried for {', '.join(edges)}: a better one may "
        blocks.append(Paragraph(f"{warning}lie beyond."))
    return [*blocks, Details(f"All {sum(len(one.trials) for one in task.tunings)} trials", [_every(task)])]


def chosen(task: TaskView) -> Table:
    """A row for each tuned model and training size: the values of its best trial, and what all of its trials cost."""
    columns = [
        *_start(task),
        Column("trials", right=True),
        Column("tokens of all trials", right=True),
        Column("time", right=True),
    ]
    return Table(columns, [_row(task, one) for one in task.tunings])


def _start(task: TaskView) -> list[Column]:
    """Columns of a model and one of its trials."""
    figures = [*(["training examples"] if several_sizes(task) else []), *(title for title, *_ in _varied(task))]
    titles = [*figures, f"{task.primary.label} on validation"]
    return [Column("model"), *(Column(title, right=True) for title in titles)]


def _varied(task: TaskView) -> list[_Varied]:
    """What any trial of the task sets."""
    every = [trial for one in task.tunings for trial in one.trials]
    return [varied for varied in _VARIED if any(varied[1](trial) is not None for trial in every)]


def _row(task: TaskView, one: Tuning) -> list[Line]:
    lost = sum(known(trial.validation) is None for trial in one.trials)
    return [
        *_trial(task, one, None if one.chosen is None else one.trials[one.chosen]),
        f"{len(one.trials)} ({lost} without a score)" if lost else count(len(one.trials)),
        count(one.tokens),
        duration(one.seconds),
    ]


def _every(task: TaskView) -> Table:
    rows = [
        [*_trial(task, one, trial), "chosen" if place == one.chosen else "" if trial.status == "done" else trial.status]
        for one in task.tunings
        for place, trial in enumerate(one.trials)
    ]
    return Table([*_start(task), Column("")], rows)


def _trial(task: TaskView, one: Tuning, trial: TuningTrial | None) -> list[Line]:
    size = [] if not several_sizes(task) else ["all" if one.train_examples is None else count(one.train_examples)]
    values = [
        UNKNOWN if trial is None else "as built in" if (value := own(trial)) is None else show(value)
        for _, own, show in _varied(task)
    ]
    return [one.model, *size, *values, number(trial.validation if trial else None, task.primary.decimals)]


def _edge(task: TaskView, one: Tuning) -> str:
    rate = significant(one.trials[one.chosen].learning_rate) if one.chosen is not None else UNKNOWN
    size = f" with {count(one.train_examples)} examples" if several_sizes(task) and one.train_examples else ""
    return f"{one.model}{size} ({rate})"
