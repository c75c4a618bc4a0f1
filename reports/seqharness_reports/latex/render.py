r"""A table of a document as LaTeX, with booktabs alone: wide ones are continued in further tables, as are long ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..document import Code, Column, Emphasis, Line, Strong, Table
from .escaping import breakable, text, width

LINE = 79
"""Letters that fit into a line of an article in \\footnotesize."""
GAP = 2
WIDEST = 30
"""A column with wider cells is set as paragraphs of this width."""
MOST_LINES = 36


@dataclass(frozen=True)
class Titled:
    """A table with its caption, a label that is unique in a report, and notes that stand below it.

    keys: columns that say what a row is about, which stand in every part of a table that is too wide.
    """

    label: str
    caption: Line
    table: Table
    notes: Sequence[Line] = ()
    keys: int = 1


def render(titled: Titled, report: str) -> list[str]:
    """The environments `table` that it takes. report: what the labels begin with."""
    parts = [part for columns in _by_columns(titled.table, titled.keys) for part in _by_rows(columns)]
    label = f"{report}-{titled.label}"
    return [_environment(titled, part, label, place, len(parts)) for place, part in enumerate(parts)]


def _environment(titled: Titled, part: Table, label: str, place: int, parts: int) -> str:
    caption = inline(titled.caption, wraps=True) + (f" Part {place + 1} of {parts}." if parts > 1 else "")
    widths = _widths(part)
    kinds = "".join(_kind(column, size) for column, size in zip(part.columns, widths, strict=True))
    head = _row([column.title for column in part.columns], part.columns, widths)
    notes = [rf"\par\smallskip {inline(note, wraps=True)}" for note in titled.notes]
    return "\n".join([
        r"\begin{table}[!htbp]",
        r"\centering\footnotesize\setlength{\tabcolsep}{4pt}",
        rf"\caption{{{caption}}}\smallskip",
        rf"\label{{tab:{label}{f'-{place + 1}' if place else ''}}}",
        rf"\begin{{tabular}}{{{kinds}}}",
        r"\toprule",
        head,
        r"\midrule",
        *(_row(row, part.columns, widths) for row in part.rows),
        r"\bottomrule",
        r"\end{tabular}",
        *notes,
        r"\end{table}",
    ])  # fmt: skip


def _by_columns(table: Table, keys: int) -> Iterator[Table]:
    """The first columns with as many of the others as fit, until none is left."""
    widths = [min(size, WIDEST) + GAP for size in _widths(table)]
    first, start = list(range(keys)), sum(widths[:keys])
    chosen, used = first, start
    for place in range(keys, len(widths)):
        if len(chosen) > keys and used + widths[place] > LINE:
            yield _columns(table, chosen)
            chosen, used = first, start
        chosen, used = [*chosen, place], used + widths[place]
    yield _columns(table, chosen)


def _columns(table: Table, places: Sequence[int]) -> Table:
    return Table([table.columns[place] for place in places], [[row[place] for place in places] for row in table.rows])


def _by_rows(table: Table) -> Iterator[Table]:
    """As many rows as fit onto a page, until none is left."""
    chosen: list[Sequence[Line]] = []
    used = 0
    for row in table.rows:
        lines = max(math.ceil(width(_plain(cell)) / WIDEST) for cell in row)
        if chosen and used + lines > MOST_LINES:
            yield Table(table.columns, chosen)
            chosen, used = [], 0
        chosen.append(row)
        used += lines
    yield Table(table.columns, chosen)


def _widths(table: Table) -> list[float]:
    """How wide each column's widest cell is."""
    lines = [[column.title for column in table.columns], *table.rows]
    return [max(width(_plain(line)) for line in column) for column in zip(*lines, strict=True)]


def _kind(column: Column, size: float) -> str:
    return rf"p{{{WIDEST / LINE:.2f}\linewidth}}" if size > WIDEST else "r" if column.right else "l"


def _row(cells: Sequence[Line], columns: Sequence[Column], widths: Sequence[float]) -> str:
    made = [_cell(cell, column, size) for cell, column, size in zip(cells, columns, widths, strict=True)]
    first = "{}" if made[0].startswith(("[", "*")) else ""  # else an option of the command that ends the line before
    return f"{first}{' & '.join(made)} " + r"\tabularnewline"


def _cell(line: Line, column: Column, size: float) -> str:
    if size <= WIDEST:
        return inline(line, wraps=False)
    return (r"\raggedleft " if column.right else r"\raggedright ") + inline(line, wraps=True)


def inline(line: Line, *, wraps: bool) -> str:
    """A line of spans. wraps: long words in it may be broken."""
    spans = line if isinstance(line, tuple) else (line,)
    escape = breakable if wraps else text
    made = []
    for span in spans:
        plain = span if isinstance(span, str) else span.text
        blanks = [" " if plain.startswith(" ") else "", " " if plain.strip(" ") and plain.endswith(" ") else ""]
        match span:
            case Strong():
                command = r"\textbf{%s}"
            case Emphasis():
                command = r"\emph{%s}"
            case Code():
                command = r"\texttt{%s}"
            case _:
                command = "%s"
        made.append(blanks[0] + command.replace("%s", escape(plain)) + blanks[1])
    return "".join(made).strip(" ")


def _plain(line: Line) -> str:
    spans = line if isinstance(line, tuple) else (line,)
    return "".join(span if isinstance(span, str) else span.text for span in spans)
