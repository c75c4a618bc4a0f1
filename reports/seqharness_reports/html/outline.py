"""A document as a page shows it: sections, headings that can be linked to, tables with a name and keys to sort by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise

from seqharness.visible import visible

from ..document import Block, Bullets, CodeBlock, Column, Details, Heading, Line, Paragraph, Picture, Strong, Table
from .sorting import key
from .text import pieces, words

LONG_CELL, LONG_WORD = 30, 20
"""Characters up to which a cell stays on one line, and a word of a column's title whole."""


@dataclass(frozen=True)
class Anchored:
    """A heading that can be linked to."""

    level: int
    line: Line
    anchor: str


@dataclass(frozen=True)
class Labelled:
    """A list under a label of its own. name: `warnings`, for the style sheet."""

    label: str
    name: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Head:
    """The title of a column. long: it may be broken anywhere. best: which end of it a reader wants to see first."""

    line: Line
    right: bool
    long: bool
    best: str


@dataclass(frozen=True)
class Cell:
    """long: it may be broken anywhere. key: what its column is sorted by, where that is a number."""

    line: Line
    right: bool
    long: bool
    key: float | None


@dataclass(frozen=True)
class Grid:
    """A table. name: a few words for those who go from table to table. caption: the paragraph above it."""

    name: str
    caption: Line | None
    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    sortable: bool


@dataclass(frozen=True)
class Opened:
    """What a reader opens when wanted."""

    summary: str
    nodes: Sequence[Node]


Node = Anchored | Labelled | Grid | Opened | Paragraph | Bullets | CodeBlock | Picture


@dataclass(frozen=True)
class Section:
    """A heading of the second level and what is below it."""

    heading: Anchored
    nodes: Sequence[Node]

    @property
    def headings(self) -> Sequence[Anchored]:
        """Those of the third level."""
        return [node for node in self.nodes if isinstance(node, Anchored)]


@dataclass(frozen=True)
class Outline:
    """verdict: the first block below the title. lead: what else stands above the first section."""

    title: Line
    verdict: Sequence[Node]
    lead: Sequence[Node]
    sections: Sequence[Section]


def outline(blocks: Sequence[Block]) -> Outline:
    """Take a document apart that begins with its title and goes on with the verdict."""
    starts = [place for place, block in enumerate(blocks) if isinstance(block, Heading) and block.level == 2]
    bounds = [*starts, len(blocks)]
    title, verdict, *lead = blocks[: bounds[0]]
    assert isinstance(title, Heading)
    names = _Names()
    return Outline(
        title=title.line,
        verdict=list(_nodes([verdict], "", names)),
        lead=list(_nodes(lead, words(title.line), names)),
        sections=[_section(blocks[start:end], names) for start, end in pairwise(bounds)],
    )


class _Names:
    """Names that are unique on the page."""

    def __init__(self) -> None:
        self._anchors = Counter(("page", "theme", "contents", "report"))  # the page's own
        self._tables = count(1)

    def anchor(self, text: str) -> str:
        name = _name(text)
        self._anchors[name] += 1
        return name if self._anchors[name] == 1 else f"{name}--{self._anchors[name]}"

    def table(self, where: str) -> str:
        return f"Table {next(self._tables)}: {visible(where)}"


def _name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"


def _section(blocks: Sequence[Block], names: _Names) -> Section:
    heading, *nodes = _nodes(blocks, "", names)
    assert isinstance(heading, Anchored)
    return Section(heading, nodes)


def _nodes(blocks: Sequence[Block], where: str, names: _Names) -> Iterator[Node]:
    """Blocks, a paragraph put together with the table or list that it announces. where: the heading above them."""
    rest = list(blocks)
    while rest:
        match rest:
            case [Heading(level, line), *rest]:
                where = words(line)
                yield Anchored(level, line, names.anchor(where))
            case [Paragraph(line), Table() as table, *rest]:
                yield _grid(table, names.table(where), line)
            case [Paragraph(Strong(label)), Bullets(lines), *rest]:
                yield Labelled(label, _name(label), lines)
            case [Table() as table, *rest]:
                yield _grid(table, names.table(where), None)
            case [Details(summary, inner), *rest]:
                yield Opened(summary, list(_nodes(inner, summary, names)))
            case [block, *rest]:
                assert isinstance(block, Paragraph | Bullets | CodeBlock | Picture)
                yield block


# ------------------------------------------------------------------------------------------------------------ tables


def _grid(table: Table, name: str, caption: Line | None) -> Grid:
    rows = [[_cell(line, column) for line, column in zip(row, table.columns, strict=True)] for row in table.rows]
    heads = [_head(column) for column in table.columns]
    return Grid(name, caption, heads, rows, sortable=len(rows) > 1 and not table.ordered)


def _head(column: Column) -> Head:
    text = words(column.title)
    best = "descending" if column.right and "↓" not in text else "ascending"
    return Head(column.title, column.right, _has_long_word(text), best)


def _has_long_word(text: str) -> bool:
    return any(len(piece) > LONG_WORD for word in text.split() for piece in pieces(word))


def _cell(line: Line, column: Column) -> Cell:
    text = words(line)
    return Cell(line, column.right, len(text) > LONG_CELL, key(text) if column.right else None)
