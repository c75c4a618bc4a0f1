"""How scores grow with the amount of training data, and where one model overtakes another."""

from __future__ import annotations

from ..document import Block, Bullets, Column, Line, Paragraph, Table
from ..quantities import UNKNOWN, count, estimate, scaled
from ..view import TaskView
from .names import name, title


def data_sizes(task: TaskView) -> list[Block]:
    """Nothing where only one amount was trained on."""
    if not task.sizes:
        return []
    text = (
        f"Scores by the number of training examples, {title(task.primary)}: mean over seeds with its 95 % interval. A "
        f"smaller part lies within each larger one; all have the same tokenizer and test split, and {_budget(task)}. "
        "The tables elsewhere are those of the largest."
    )
    blocks: list[Block] = [Paragraph(text), by_size(task)]
    return [*blocks, Bullets([one.words for one in task.crossings])] if task.crossings else blocks


def _budget(task: TaskView) -> str:
    """One of epochs grows with the data."""
    runs = [run for run in (*task.runs, *task.comparison.size_runs) if run.task == task.info.task]
    tokens = [run.budget_tokens for run in runs if run.role == "compared" and run.budget_tokens is not None]
    if len(set(tokens)) < 2:
        return "the same budget of tokens"
    return f"budgets from {scaled(min(tokens))} to {scaled(max(tokens))} tokens"


def by_size(task: TaskView) -> Table:
    """Models by training sizes, ascending."""
    run = {run.train_examples for run in task.comparison.size_runs if run.task == task.info.task}
    sizes = sorted({one.examples for one in task.sizes} | {size for size in run if size is not None})
    columns = [Column("model"), *(Column(f"{count(size)} examples", right=True) for size in sizes)]
    rows: list[list[Line]] = [[name(model), *(_cell(task, model.model, size) for size in sizes)]
                              for model in task.models]  # fmt: skip
    return Table(columns, rows)


def _cell(task: TaskView, model: str, size: int) -> str:
    score = next((one for one in task.sizes if (one.model, one.examples) == (model, size)), None)
    if score is not None:
        text = estimate(score.mean, score.low, score.high, task.primary.decimals)
        return f"{text} ({score.lost} lost)" if score.lost else text
    asked = (task.info.task, model, size)
    lost = sum((run.task, run.model, run.train_examples) == asked for run in task.comparison.size_runs)
    return f"{UNKNOWN} ({lost} lost)" if lost else UNKNOWN
