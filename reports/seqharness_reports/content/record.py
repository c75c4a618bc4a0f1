"""Every run, and what it takes to do all of it again."""

from __future__ import annotations

from collections.abc import Sequence

from seqharness.comparison import Comparison, Run

from ..document import Block, Code, CodeBlock, Column, Details, Heading, Line, Paragraph, Table
from ..quantities import UNKNOWN, count, duration, number, share
from ..view import TaskView

KEY = 16


def runs(tasks: Sequence[TaskView]) -> list[Block]:
    """A table of runs for each task, to be opened."""
    blocks: list[Block] = [Heading(2, "Runs")]
    for task in tasks:
        if task.runs:
            where = f" on {task.info.task}" if len(tasks) > 1 else ""
            blocks.append(Details(f"{len(task.runs)} runs{where}", [_table(task), *_keys(task)]))
    return blocks if len(blocks) > 1 else []


def _table(task: TaskView) -> Table:
    roles = any(run.role == "convergence" for run in task.runs)
    reasons = any(run.reason for run in task.runs)
    columns = [Column("model"), Column("seed", right=True), *([Column("role")] if roles else []), Column("status")]
    columns += [Column(metric.label, right=True) for metric in task.metrics]
    figures = (f"validation {task.primary.label}", "chosen at", "tokens", "time", "attempts")
    columns += [Column(text, right=True) for text in figures]
    if reasons:
        columns.append(Column("reason"))
    return Table(columns, [_row(task, run, roles, reasons) for run in task.runs])


def _row(task: TaskView, run: Run, roles: bool, reasons: bool) -> list[Line]:
    cells: list[Line] = [run.model, str(run.seed), *([run.role] if roles else []), run.status]
    cells += [number(run.metrics.get(metric.name), metric.decimals) for metric in task.metrics]
    cells += [
        number(run.validation, task.primary.decimals),
        share(run.chosen_at),
        count(run.training_tokens),
        duration(run.training_seconds),
        count(run.attempts),
    ]
    return [*cells, run.reason] if reasons else cells


def _keys(task: TaskView) -> list[Block]:
    if not any(run.training_key or run.evaluation_key for run in task.runs):
        return []
    columns = [Column("model"), Column("seed", right=True), Column("training key"), Column("evaluation key")]
    rows: list[list[Line]] = [
        [run.model, str(run.seed), _key(run.training_key), _key(run.evaluation_key)] for run in task.runs
    ]
    return [Paragraph("The hashes that the runs are stored under:"), Table(columns, rows)]


def _key(key: str) -> Line:
    return Code(key[:KEY]) if key else UNKNOWN


def again(comparison: Comparison, tasks: Sequence[TaskView]) -> list[Block]:
    """The command, the versions it ran with and the hashes of the data."""
    rows: list[list[Line]] = [[name, Code(value)] for name, value in comparison.environment.items()]
    rows += [[f"data of {task.info.task}", Code(task.info.data_hash)] for task in tasks if task.info.data_hash]
    rows += [["seeds", ", ".join(map(str, comparison.seeds))], ["created", comparison.created]]
    rows.append(["schema of results.json", str(comparison.schema_version)])
    return [
        Heading(2, "Do it again"),
        CodeBlock(comparison.command),
        Paragraph("What it ran with:"),
        Table([Column("what"), Column("value")], rows),
    ]
