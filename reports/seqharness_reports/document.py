"""A report without a format: blocks of lines of plain text.

Every string in a document is plain text, whoever wrote it; a renderer escapes all of it in one place. A piece of text
cannot carry markup, so a name or an output that looks like markup comes out as what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Code:
    """Text to be set as a program's: a command, a hash, a file name."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Text to be set bold."""

    text: str


@dataclass(frozen=True)
class Emphasis:
    """Text to be set in italics."""

    text: str


Span = str | Code | Strong | Emphasis
Line = Span | tuple[Span, ...]


@dataclass(frozen=True)
class Heading:
    """level: 1 for the title of the report."""

    level: int
    line: Line


@dataclass(frozen=True)
class Paragraph:
    line: Line


@dataclass(frozen=True)
class Bullets:
    lines: Sequence[Line]


@dataclass(frozen=True)
class Column:
    """right: whether the cells are figures, which are set flush right."""

    title: Line
    right: bool = False


@dataclass(frozen=True)
class Table:
    """rows: each with as many cells as there are columns. ordered: whether they make sense in this order only."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Line]]
    ordered: bool = False


@dataclass(frozen=True)
class CodeBlock:
    """Lines to be copied as they stand."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A figure in `figures/` as `stem`.png and .svg. alt: what it shows, in words, for those who do not see it."""

    stem: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Details:
    """Blocks that a reader opens when wanted."""

    summary: str
    blocks: Sequence[Block] = field(default_factory=tuple)


Block = Heading | Paragraph | Bullets | Table | CodeBlock | Picture | Details
