"""A document as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seqharness.visible import columns

from ..document import (
    Block,
    Bullets,
    Code,
    CodeBlock,
    Details,
    Emphasis,
    Heading,
    Line,
    Paragraph,
    Picture,
    Span,
    Strong,
    Table,
)
from .escaping import cell, code, code_block, opening, summary, text

WIDEST, LONG = 80, 48
"""A column wider than `WIDEST` is padded to `LONG` only, so that one long text does not blow up every row."""


def render(blocks: Iterable[Block]) -> str:
    """The whole file, with its last line ended."""
    return "\n\n".join(map(_block, blocks)) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(level, line):
            return f"{'#' * level} {inline(line)}"
        case Paragraph(line):
            return opening(inline(line))
        case Bullets(lines):
            return "\n".join(f"- {opening(inline(line))}" for line in lines)
        case Table():
            return table(block)
        case CodeBlock(plain):
            return code_block(plain)
        case Picture(stem, alt, caption):
            path = f"figures/{stem}"
            return f"![{inline(alt)}]({path}.png)\n\n{opening(inline(Emphasis(caption)))} ([SVG]({path}.svg))"
        case Details(title, blocks):
            inner = "\n\n".join(map(_block, blocks))
            return f"<details>\n<summary>{summary(title)}</summary>\n\n{inner}\n\n</details>"


def inline(line: Line) -> str:
    """A line of spans, without blanks around it."""
    return "".join(map(_span, line if isinstance(line, tuple) else (line,))).strip()


def _span(span: Span) -> str:
    match span:
        case Code(plain):
            return code(plain)
        case Strong(plain):
            return _marked("**", plain)
        case Emphasis(plain):
            return _marked("*", plain)
        case _:
            return text(span)


def _marked(mark: str, plain: str) -> str:
    escaped = text(plain).strip()
    return f"{mark}{escaped}{mark}" if escaped else ""


def table(block: Table) -> str:
    """A table whose cells are padded, so that it reads without rendering."""
    lines = [[column.title for column in block.columns], *block.rows]
    rows = [[cell(inline(line)) for line in row] for row in lines]
    natural = [max(3, *map(columns, column)) for column in zip(*rows, strict=True)]
    widths = [width if width <= WIDEST else LONG for width in natural]
    flush = [column.right for column in block.columns]
    rule = ["-" * (width - 1) + (":" if right else "-") for width, right in zip(widths, flush, strict=True)]
    head, *body = [_row(row, widths, flush) for row in rows]
    return "\n".join([head, _row(rule, widths, flush), *body])


def _row(cells: Sequence[str], widths: Sequence[int], flush: Sequence[bool]) -> str:
    padded = [_pad(one, width, right) for one, width, right in zip(cells, widths, flush, strict=True)]
    return f"| {' | '.join(padded)} |"


def _pad(plain: str, width: int, right: bool) -> str:
    blanks = " " * max(0, width - columns(plain))
    return blanks + plain if right else plain + blanks
