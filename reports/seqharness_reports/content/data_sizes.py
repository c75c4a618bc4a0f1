"""How scores grow with the amount of training data, and where one model overtakes another."""

from __future__ import annotations

from seqharness.comparison import SizeScore

from ..document import Block, Bullets, Column, Line, Paragraph, Table
from ..quantities import UNKNOWN, count, estimate
from ..view import TaskView
from .names import name


def data_sizes(task: TaskView) -> list[Block]:
    """Nothing where only one amount was trained on."""
    if not task.sizes:
        return []
    sizes = sorted({one.examples for one in task.sizes})
    held = {(one.model, one.examples): one for one in task.sizes}
    rows: list[list[Line]] = []
    for model in task.models:
        if any((model.model, size) in held for size in sizes):
            rows.append([name(model), *(_cell(task, held.get((model.model, size))) for size in sizes)])
    text = (
        f"Scores by {task.primary.label} after training on so many examples: a smaller part lies within each larger "
        "one, all have the same tokenizer, the same budget of tokens and the same test split. The tables elsewhere are "
        "those of the largest."
    )
    columns = [Column("model"), *(Column(f"{count(size)} examples", right=True) for size in sizes)]
    return [Paragraph(text), Table(columns, rows), Bullets([one.words for one in task.crossings])]


def _cell(task: TaskView, one: SizeScore | None) -> str:
    if one is None:
        return UNKNOWN
    lost = f" ({one.lost} lost)" if one.lost else ""
    return estimate(one.mean, one.low, one.high, task.primary.decimals) + lost
