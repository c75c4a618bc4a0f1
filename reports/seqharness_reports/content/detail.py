"""Detail of one task: slices, further test splits, convergence, and examples side by side."""

from __future__ import annotations

from seqharness.comparison import ExampleRow, SliceScore
from seqharness.visible import shorten

from ..document import Block, Column, Details, Emphasis, Line, Paragraph, Table
from ..quantities import UNKNOWN, count, estimate, number
from ..view import TaskView, unique
from .scores import figure, name, title

LONGEST_HEADER = 32
LONGEST_TEXT = 4000
MOST_EXAMPLES = 10


def detail(task: TaskView) -> list[Block]:
    """Further splits and convergence open, tables of slices to be opened."""
    return [*_further_splits(task), *_convergence(task), *_slices(task)]


def _further_splits(task: TaskView) -> list[Block]:
    if not task.further_splits:
        return []
    columns = [Column("split"), *(Column(shorten(model.model, LONGEST_HEADER), right=True) for model in task.models)]
    rows: list[list[Line]] = [
        [split, *(figure(task.score(model.model, task.primary.name, split), task.primary) for model in task.models)]
        for split in task.further_splits
    ]
    return [Paragraph(f"{title(task.primary)} on further test splits:"), Table(columns, rows)]


def _convergence(task: TaskView) -> list[Block]:
    checked = [model for model in task.models if model.converged is not None]
    if not checked:
        return []
    columns = [Column("model"), Column(f"gain in {task.primary.label}", right=True), Column("converged")]
    rows: list[list[Line]] = [
        [name(model), number(model.half_budget_gain, task.primary.decimals, sign=True), "yes" if model.converged
         else "no: it still improves"]
        for model in checked
    ]  # fmt: skip
    caption = (
        "Convergence: the full budget against a run at half of it with a schedule of its own, same seed. A gain of "
        f"more than {task.primary.margin:g} {task.primary.label} counts as not converged."
    )
    return [Paragraph(caption), Table(columns, rows)]


def _slices(task: TaskView) -> list[Block]:
    blocks: list[Block] = []
    for axis, label in task.axes.items():
        parts = [part for part in task.slices if part.axis == axis]
        metrics = unique(part.metric for part in parts)
        inner: list[Block] = []
        for metric in metrics:
            chosen = [part for part in parts if part.metric == metric]
            inner += [Paragraph(f"{title(task.metric(metric))} by {label}:"), _slice_table(task, chosen, label)]
        blocks.append(Details(f"Scores by {label} in figures", inner))
    return blocks


def _slice_table(task: TaskView, parts: list[SliceScore], label: str) -> Table:
    models = [model for model in task.models if any(part.model == model.model for part in parts)]
    by_place = {(part.value, part.model): part for part in parts}
    columns = [Column(label), Column("examples", right=True)]
    columns += [Column(shorten(model.model, LONGEST_HEADER), right=True) for model in models]
    rows: list[list[Line]] = []
    for value in unique(part.value for part in sorted(parts, key=lambda part: (part.order, part.value))):
        here = [by_place.get((value, model.model)) for model in models]
        examples = max(part.n for part in here if part is not None)
        rows.append([value, count(examples), *(_slice_cell(task, part) for part in here)])
    return Table(columns, rows)


def _slice_cell(task: TaskView, part: SliceScore | None) -> str:
    if part is None:
        return UNKNOWN
    return estimate(part.mean, part.low, part.high, task.metric(part.metric).decimals)


def examples(task: TaskView) -> list[Block]:
    """Each example as a small table, so that outputs stand below the reference."""
    rows = task.examples[:MOST_EXAMPLES]
    if not rows:
        return []
    caption = "Outputs of each model's first run beside the reference; ✓ marks those that equal it."
    return [Paragraph(caption), *(_example(task, row) for row in rows)]


def _example(task: TaskView, row: ExampleRow) -> Table:
    rows: list[list[Line]] = [["input", _said(row.input)]]
    if row.reference:
        rows.append(["reference", _said(row.reference)])
    ordered = unique([*(model.model for model in task.models if model.model in row.outputs), *row.outputs])
    for model in ordered:
        output = row.outputs[model]
        right = bool(row.reference) and output.strip() == row.reference.strip()
        rows.append([f"{model} ✓" if right else model, _said(output)])
    return Table([Column(f"example {row.index}"), Column("text")], rows)


def _said(text: str) -> Line:
    return shorten(text, LONGEST_TEXT) if text.strip() else Emphasis("empty")
