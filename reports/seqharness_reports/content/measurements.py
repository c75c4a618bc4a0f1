"""What was looked at besides the score: figures, numbers, maps and texts of each measurement."""

from __future__ import annotations

import re
from collections.abc import Sequence

from seqharness.comparison import Number
from seqharness.visible import shorten

from ..document import Block, Bullets, CodeBlock, Column, Details, Line, Paragraph, Picture, Strong, Table
from ..measured import Measured, measured
from ..plots import Figure, measured_figures
from ..quantities import UNKNOWN, number
from ..view import TaskView
from .names import name

MOST_ACROSS = 4
"""Models that stand beside each other as columns."""

MOST_TEXTS = 5
LONGEST_TEXT, LINE = 1000, 100


def measurements(task: TaskView) -> list[Block]:
    """A part for each measurement."""
    return [block for found in measured(task) for block in _measurement(task, found)]


def _measurement(task: TaskView, found: Measured) -> list[Block]:
    title: Line = (Strong(found.name), f": {found.summary}" if found.summary else "")
    blocks: list[Block] = [Paragraph(title)]
    drawn = measured_figures(task, found)
    lines, maps = drawn[: len(found.frames)], drawn[len(found.frames) :]
    blocks += map(picture, lines)
    if found.numbers:
        blocks.append(_numbers(task, found))
    blocks += map(picture, maps[:1])
    if maps[1:]:
        blocks.append(Details(f"Maps of {len(maps) - 1} more sentences", [picture(figure) for figure in maps[1:]]))
    blocks += _texts(found)
    notes = [*_descriptions(found)]
    notes += [f"not applicable to {_listed(models)}: {reason}" for reason, models in found.absent.items()]
    return [*blocks, Bullets(notes)] if notes else blocks


def picture(figure: Figure) -> Picture:
    """A figure in its place."""
    return Picture(figure.stem, figure.alt, figure.caption)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# ----------------------------------------------------------------------------------------------------------- numbers


def _numbers(task: TaskView, found: Measured) -> Table:
    """Numbers by models; the models go down where they are many."""
    models = [model for model in task.models if model.model in found.by_model]
    cells = {(key, model.model): cell(found.values(key, model.model), one) for key, one in found.numbers.items()
             for model in models}  # fmt: skip
    if len(models) <= MOST_ACROSS:
        columns = [
            Column("mean (lowest to highest seed)"),
            *(Column(name(model), right=True) for model in models),
        ]
        rows: list[list[Line]] = [
            [_label(one), *(cells[key, model.model] for model in models)] for key, one in found.numbers.items()
        ]
    else:
        columns = [Column("model"), *(Column(_label(one), right=True) for one in found.numbers.values())]
        rows = [[name(model), *(cells[key, model.model] for key in found.numbers)] for model in models]
    return Table(columns, rows)


def _label(one: Number) -> str:
    return f"{one.label} ({one.unit})" if one.unit else one.label


def cell(values: Sequence[float | None], one: Number) -> str:
    """0.412 (0.390 to 0.430); runs without a value are counted beside the mean."""
    present = [value for value in values if value is not None]
    if not present:
        return UNKNOWN
    text, low, high = (number(x, one.decimals) for x in (sum(present) / len(present), min(present), max(present)))
    if low != high:
        text += f" ({low} to {high})"
    missing = len(values) - len(present)
    return f"{text}, none in {missing} of {len(values)} runs" if missing else text


def _descriptions(found: Measured) -> list[Line]:
    """What the numbers say; what several of them say stands once, without names where all of them do."""
    labels: dict[str, list[str]] = {}
    for key, one in found.numbers.items():
        for said in found.descriptions(key):
            labels.setdefault(said, []).append(one.label)
    return [said if len(names) == len(found.numbers) else f"{_listed(names)}: {said}" for said, names in labels.items()]


# ------------------------------------------------------------------------------------------------------------- texts


def _texts(found: Measured) -> list[Block]:
    """The first text of each model, and the others to be opened."""
    if not found.texts:
        return []
    blocks: list[Block] = [Paragraph(f"Of the run with the lowest seed; lines are broken at {LINE} characters:")]
    for model, texts in found.texts.items():
        blocks += [Paragraph(f"{model}:"), _text(texts[0])]
    more = [(model, texts[1:MOST_TEXTS]) for model, texts in found.texts.items() if texts[1:]]
    if more:
        inner: list[Block] = []
        for model, texts in more:
            inner += [Paragraph(f"{model}:"), *map(_text, texts)]
        blocks.append(Details(f"{sum(len(texts) for _, texts in more)} more texts", inner))
    return blocks


def _text(plain: str) -> CodeBlock:
    lines = re.split(r"\r\n|\r|\n", shorten(plain, LONGEST_TEXT))
    return CodeBlock("\n".join(broken for line in lines for broken in _broken(line)))


def _broken(line: str) -> list[str]:
    """A line in pieces of at most `LINE` characters, cut behind a blank where there is one; nothing is lost."""
    pieces = []
    while len(line) > LINE:
        cut = line.rfind(" ", 1, LINE) + 1 or LINE
        pieces.append(line[:cut])
        line = line[cut:]
    return [*pieces, line]
