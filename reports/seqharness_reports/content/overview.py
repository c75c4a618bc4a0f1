"""Several tasks in one comparison: who does how well where, before the detail of each."""

from __future__ import annotations

from collections.abc import Sequence

from seqharness.comparison import Comparison

from ..document import Block, Column, Heading, Line, Paragraph, Strong, Table
from ..plots import over_tasks
from ..quantities import number
from ..view import TaskView, tally, unique
from .measurements import picture
from .names import figure, name, title

DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def overview(comparison: Comparison, tasks: Sequence[TaskView]) -> list[Block]:
    """Models by tasks, primary metric only; the longer side goes down."""
    notes = _Footnotes()
    models = unique(model.model for baseline in (False, True) for model in comparison.models
                    if model.baseline is baseline)  # fmt: skip
    named = {model: _name(comparison, model) for model in models}
    cells = {(task.info.task, model): _cell(task, model, notes) for task in tasks for model in models}
    heads = {task.info.task: f"{task.info.task}: {title(task.primary)}" for task in tasks}
    if len(tasks) > len(models):
        columns = [Column("task"), *(Column(line, right=True) for line in named.values())]
        rows: list[list[Line]] = [[heads[name], *(cells[name, model] for model in models)] for name in heads]
    else:
        columns = [Column("model"), *(Column(head, right=True) for head in heads.values())]
        rows = [[named[model], *(cells[name, model] for name in heads)] for model in models]
    note = f" {comparison.budget.note}".rstrip()
    caption = (
        f"Primary metric of each task on its test split{note}: mean over seeds with its 95 % interval. Bold: the best "
        "mean of the compared models, whether or not the difference is decided."
    )
    blocks: list[Block] = [Heading(2, "All tasks"), Paragraph(caption), Table(columns, rows)]
    return [*blocks, *notes.blocks(), *_ranking(comparison)]


def _ranking(comparison: Comparison) -> list[Block]:
    """Who is usually better, in words, and drawn where a test was made."""
    if comparison.ranking is None:
        return []
    return [Paragraph(comparison.ranking.words), *map(picture, over_tasks(comparison))]


def _name(comparison: Comparison, model: str) -> Line:
    return name(next(one for one in comparison.models if one.model == model))


def _cell(task: TaskView, model: str, notes: _Footnotes) -> Line:
    reason = next((info.not_applicable for info in task.inapplicable if info.model == model), None)
    if reason is not None:
        return f"not applicable {notes.mark(reason)}"
    text = figure(task.score(model, task.primary.name), task.primary)
    runs = task.runs_of(model)
    failed = "" if all(run.status == "done" for run in runs) else f" {tally(runs)}"
    return (Strong(text), failed) if _is_best(task, model) else text + failed


def _is_best(task: TaskView, model: str) -> bool:
    """Whether the mean of a compared model is printed as that of the best one is."""
    if not task.best or any(one.model == model and one.baseline for one in task.models):
        return False
    means = [task.score(name, task.primary.name) for name in (task.best[0], model)]
    best, own = (number(score.mean if score else None, task.primary.decimals) for score in means)
    return own == best


class _Footnotes:
    """Reasons by number, each once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, reason: str) -> str:
        number = self._numbers.setdefault(reason, len(self._numbers) + 1)
        return str(number).translate(DIGITS)

    def blocks(self) -> list[Block]:
        return [Paragraph(f"{self.mark(reason)} not applicable: {reason}") for reason in self._numbers]
