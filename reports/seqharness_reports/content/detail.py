"""Detail of one task: slices, further test splits, gaps along an axis, convergence, and examples side by side."""

from __future__ import annotations

from collections.abc import Sequence

from seqharness.comparison import ExampleRow, SliceScore
from seqharness.visible import shorten

from ..confusions import MOST_BESIDE
from ..document import Block, Column, Details, Emphasis, Line, Paragraph, Table
from ..quantities import UNKNOWN, count, estimate, number
from ..view import TaskView, unique
from .differences import trends
from .names import LONGEST_HEADER, figure, headers, name, title
from .success import MOST_SPLITS_BESIDE

LONGEST_TEXT = 600
MOST_EXAMPLES, OPEN_EXAMPLES = 10, 3
MOST_LABELS = 10
MOST_ROWS = 16
"""Steps of an axis in a table."""


def detail(task: TaskView) -> list[Block]:
    """Further splits, gaps along an axis and convergence open, tables of slices and confusions to be opened."""
    return [*_further_splits(task), *trends(task), *_convergence(task), *_slices(task), *_confusions(task)]


def _further_splits(task: TaskView) -> list[Block]:
    if len(task.further_splits) <= MOST_SPLITS_BESIDE:
        return []
    columns = [Column("split"), *(Column(name, right=True) for name in headers(model.model for model in task.models))]
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
    shown = {model.model for model in task.models}
    for axis, label in task.axes.items():
        parts = [part for part in task.slices if part.axis == axis and part.model in shown]
        inner: list[Block] = []
        for metric in unique(part.metric for part in parts):
            chosen = [part for part in parts if part.metric == metric]
            inner += _slice_table(task, chosen, f"{title(task.metric(metric))} by {label}", label)
        blocks.append(Details(f"Scores by {label} in numbers", inner))
    return blocks


def _slice_table(task: TaskView, parts: Sequence[SliceScore], caption: str, label: str) -> list[Block]:
    """A row for each part of each split, by split; of too many steps along numbers, some evenly apart."""
    models = [model for model in task.models if any(part.model == model.model for part in parts)]
    splits = sorted(unique(part.split for part in parts), key=lambda split: split != task.main_split)
    by_place = {(part.split, part.value, part.model): part for part in parts}
    ordered = sorted(parts, key=lambda part: (splits.index(part.split), part.order, part.value))
    places = list(dict.fromkeys((part.split, part.value) for part in ordered))
    shown = places
    if all(part.x is not None for part in parts):
        shown = [one for split in splits for one in _thinned([one for one in places if one[0] == split], len(splits))]
    if len(shown) < len(places):
        caption += f"; {len(shown)} of {len(places)} steps, all of which are in results.json"
    several = [Column("split")] if len(splits) > 1 else []
    columns = [*several, Column(label), Column("examples", right=True)]
    columns += [Column(name, right=True) for name in headers(model.model for model in models)]
    rows: list[list[Line]] = []
    for split, value in shown:
        here = [by_place.get((split, value, model.model)) for model in models]
        examples = max(part.n for part in here if part is not None)
        rows.append([*([split] if several else []), value, count(examples), *(_slice_cell(task, one) for one in here)])
    return [Paragraph(f"{caption}:"), Table(columns, rows)]


def _thinned(places: Sequence[tuple[str, str]], splits: int) -> list[tuple[str, str]]:
    """First and last, and steps evenly apart between them."""
    most = max(4, MOST_ROWS // splits)
    if len(places) <= max(most, MOST_ROWS - most * (splits - 1)):
        return list(places)
    last = len(places) - 1
    return [places[round(place * last / (most - 1))] for place in range(most)]


def _slice_cell(task: TaskView, part: SliceScore | None) -> str:
    if part is None:
        return UNKNOWN
    return estimate(part.mean, part.low, part.high, task.metric(part.metric).decimals)


def _confusions(task: TaskView) -> list[Block]:
    """Counts of the models whose confusion is drawn, where there are few labels."""
    blocks: list[Block] = []
    for one in task.confusions[:MOST_BESIDE]:
        if len(one.labels) <= MOST_LABELS:
            columns = [Column("reference"), *(Column(f"as {shorten(label, LONGEST_HEADER)}", right=True) for label in
                                              one.labels)]  # fmt: skip
            rows: list[list[Line]] = [
                [label, *(number(count, 1) for count in counts)]
                for label, counts in zip(one.labels, one.counts, strict=True)
            ]
            blocks += [Paragraph(f"{one.model}, test examples, mean over seeds:"), Table(columns, rows)]
    return [Details("What is taken for what in numbers", blocks)] if blocks else []


def examples(task: TaskView) -> list[Block]:
    """Each example as a small table, so that outputs stand below the reference; a few of them open."""
    rows = task.examples[:MOST_EXAMPLES]
    if not rows:
        return []
    caption = "Outputs of each model's first run beside the reference; ✓ marks those that equal it."
    shown = [_example(task, row) for row in rows]
    more = [Details(f"{len(shown) - OPEN_EXAMPLES} more examples", shown[OPEN_EXAMPLES:])]
    return [Paragraph(caption), *shown[:OPEN_EXAMPLES], *(more if shown[OPEN_EXAMPLES:] else [])]


def _example(task: TaskView, row: ExampleRow) -> Table:
    rows: list[list[Line]] = [["input", _said(row.input)]]
    if row.reference:
        rows.append(["reference", _said(row.reference)])
    ordered = unique([*(model.model for model in task.models if model.model in row.outputs), *row.outputs])
    for model in ordered:
        output = row.outputs[model]
        right = bool(row.reference) and output.strip() == row.reference.strip()
        rows.append([f"{model} ✓" if right else model, _said(output)])
    return Table([Column(f"example {row.index}"), Column("text")], rows, ordered=True)


def _said(text: str) -> Line:
    return shorten(text, LONGEST_TEXT) if text.strip() else Emphasis("empty")
