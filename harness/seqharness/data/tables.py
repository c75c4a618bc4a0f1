"""Labelled texts from the user's own files: comma- or tab-separated, or JSON lines; one file or a folder with parts.

Which columns. Asked-for names (`text=`, `label=`) must be there. Else the names of TEXT and LABEL are looked for. A
table whose first row holds both has a header, and its other columns do not matter; without a header it has exactly two
columns, the text first. `.csv` has the quoting of RFC 4180, so that a text may hold commas and line ends; `.tsv` has no
quoting. White space at both ends of a text and of a label is removed; a row without a text is left out and counted; a
text without a label is refused.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import UserError, nearest
from .files import read_lines, sha256_of
from .json_lines import json_object, member, text_member
from .parts import end_of, find_parts, listed

TEXT = ("text", "sentence", "review", "document", "content", "input")
LABEL = ("label", "class", "sentiment", "category", "topic", "target")
"""Names of columns that are looked for where none is asked for, in this order."""

ENDS = (".csv", ".tsv", ".jsonl")

WHAT = "labelled texts"


class LabelledText(NamedTuple):
    """A row of a table. line: where it begins in its file."""

    text: str
    label: str
    line: int


@dataclass(frozen=True, kw_only=True)
class ColumnNames:
    """The columns asked for, if any."""

    text: str | None = None
    label: str | None = None

    def find(self, present: Sequence[str]) -> tuple[str, str] | None:
        """The columns of text and label among those present, or None."""
        text = _first((self.text,) if self.text else TEXT, present)
        label = _first((self.label,) if self.label else LABEL, present)
        return None if text is None or label is None else (text, label)

    def not_found(self, present: Sequence[str]) -> str:
        """Why `find` gave None, as the end of a sentence."""
        for option, asked, known in (("text", self.text, TEXT), ("label", self.label, LABEL)):
            if asked and asked not in present:
                return f"no {asked!r}.{nearest(asked, present)}"
            if not asked and _first(known, present) is None:
                return f"no column that is called {' or '.join(known)}; name it by {option}=NAME.{listed(present)}"
        raise AssertionError("both columns are there")


@dataclass(frozen=True)
class Table:
    """The rows of a file in its order. blank: rows left out for want of a text. sha256: of the file."""

    path: Path
    rows: list[LabelledText]
    blank: int = 0
    sha256: str = ""

    def where(self, row: LabelledText) -> str:
        """'reviews.csv:12', for a message."""
        return f"{self.path}:{row.line}"


def read_tables(path: Path, names: ColumnNames) -> dict[str, Table]:
    """The rows of a file ('train' alone) or of a folder (by part: 'train', and 'validation' and 'test' if there).

    UserError, naming file and line, for all that `read_lines` refuses, an unknown type of file, a missing column, a
    wrong number of columns, a quote that is never closed, a line that is not a JSON object, a text without a label.
    """
    return {part: read_table(file, names) for part, file in find_parts(path, ENDS, WHAT).items()}


def fingerprint(path: Path) -> dict[str, str]:
    """sha256 of every file that `read_tables` would read, by its path."""
    return {str(file): sha256_of(file) for file in find_parts(path, ENDS, WHAT).values()}


def read_table(path: Path, names: ColumnNames) -> Table:
    """The labelled texts of one file. UserError as in `read_tables`."""
    if end_of(path) == ".jsonl":
        return collect(path, _of_objects(path, names))
    return collect(path, _of_table(path, names))


def collect(path: Path, found: Iterable[LabelledText]) -> Table:
    """The table of some rows. UserError for a text without a label, and where no row has a text."""
    rows, blank = [], 0
    for row in found:
        text, label = row.text.strip(), row.label.strip()
        if not text:
            blank += 1
        elif not label:
            raise UserError(f"{path}:{row.line}: a text without a label.")
        else:
            rows.append(LabelledText(text, label, row.line))
    if not rows:
        raise UserError(f"{path}: no row has a text.")
    return Table(path, rows, blank, sha256_of(path))


# ----------------------------------------------------------------------------------------------- rows of cells, objects


def read_cells(path: Path, delimiter: str, quoted: bool) -> Iterator[tuple[int, list[str]]]:
    """(line on which it begins, cells) of each row of a table; an empty line has no cells.

    quoted: a cell in double quotes may hold the delimiter, line ends, and a quote as two. UserError, naming file and
    line, for all that `read_lines` refuses, a stray quote, and a quote that is never closed.
    """
    if not quoted:
        for number, line in enumerate(read_lines(path), start=1):
            yield number, line.split(delimiter) if line else []
        return
    rows = csv.reader((line + "\n" for line in read_lines(path)), delimiter=delimiter, strict=True)
    begin = 1
    try:
        for cells in rows:
            yield begin, cells
            begin = rows.line_num + 1
    except csv.Error as error:
        raise UserError(f"{path}:{begin}: {_csv_reason(error)}.") from None


def _csv_reason(error: csv.Error) -> str:
    reason = str(error)
    if "field larger" in reason:
        return f"a cell of more than {csv.field_size_limit():,} characters; is a quote never closed?"
    if "unexpected end" in reason:
        return "a quote that is never closed"
    if "new-line character" in reason:
        return "a carriage return within a line; save the file with LF or CRLF line ends"
    if "expected after" in reason:
        return 'text after a closing quote; a quote within a quoted cell is written ""'
    return f"not to be read as a table: {reason}"


def _of_table(path: Path, names: ColumnNames) -> Iterator[LabelledText]:
    quoted = end_of(path) == ".csv"
    width, places = 0, (0, 1)
    labels: Counter[str] = Counter()
    first: LabelledText | None = None  # of a table without a header
    for line, cells in read_cells(path, "," if quoted else "\t", quoted):
        if not any(cell.strip() for cell in cells):
            yield LabelledText("", "", line)
            continue
        if not width:
            width, columns = len(cells), _header(cells, names, f"{path}:{line}")
            places = columns or places
            if columns:
                continue
            first = LabelledText(cells[0], cells[1], line)
        if len(cells) != width:
            raise UserError(f"{path}:{line}: {_columns(len(cells))} where {width} are expected{_hint(quoted)}")
        labels[cells[places[1]]] += 1
        yield LabelledText(cells[places[0]], cells[places[1]], line)
    if first is not None:
        _refuse_unknown_header(first, labels, path)


def _refuse_unknown_header(first: LabelledText, labels: Counter[str], path: Path) -> None:
    """UserError where the first row must be a header of other names: its label alone occurs nowhere else."""
    if labels.total() >= 20 and [label for label, count in labels.items() if count == 1] == [first.label]:
        raise UserError(
            f"{path}:{first.line}: the label {first.label!r} occurs in no other row; if this is the header, name its "
            "columns by text=NAME:label=NAME."
        )


def _hint(quoted: bool) -> str:
    return ', separated by commas; a text with a comma stands in quotes ("...").' if quoted else ", separated by tabs."


def _header(cells: Sequence[str], names: ColumnNames, where: str) -> tuple[int, int] | None:
    """Places of text and label if these cells are a header, None if they are a text and its label."""
    header = [cell.strip() for cell in cells]
    if columns := names.find(header):
        return header.index(columns[0]), header.index(columns[1])
    if names.text or names.label or len(header) != 2:
        raise UserError(f"{where}: the header has {names.not_found(header)}")
    return None


def _of_objects(path: Path, names: ColumnNames) -> Iterator[LabelledText]:
    keys: tuple[str, str] | None = None
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            yield LabelledText("", "", number)
            continue
        where = f"{path}:{number}"
        value = json_object(line, where, '{"text": "...", "label": "..."}')
        keys = keys or names.find(list(value))
        if keys is None:
            raise UserError(f"{where}: the object has {names.not_found(list(value))}")
        yield LabelledText(text_member(value, keys[0], where), _label(value, keys[1], where), number)


def _label(value: Mapping[str, Any], key: str, where: str) -> str:
    """A label is a text, a whole number, or true or false, which are labels of these names."""
    label = member(value, key, where)
    if isinstance(label, bool | int):
        return json.dumps(label)
    if not isinstance(label, str):
        raise UserError(f"{where}: the label {json.dumps(label)[:40]} is neither a text nor a whole number.")
    return label


def _columns(count: int) -> str:
    return f"{count} column" + ("" if count == 1 else "s")


def _first(wanted: Iterable[str | None], present: Sequence[str]) -> str | None:
    return next((name for name in wanted if name in present), None)
