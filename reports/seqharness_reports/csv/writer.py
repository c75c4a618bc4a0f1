"""results.csv and pairs.csv: RFC 4180 in UTF-8, with text that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from seqharness.atomic import write_atomically
from seqharness.comparison import Comparison
from seqharness.visible import visible

from ..quantities import known
from .pairs import PAIR_COLUMNS, pair_rows
from .rows import COLUMNS, Cell, Row, rows

_FORMULA = re.compile(r"(^|;)(?=\s*[=+\-@\t\r＝＋－＠])")
"""Where a spreadsheet may begin to read a formula. The semicolon separates cells in many a country."""


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write `results.csv` and `pairs.csv` into `folder`."""
    return [
        write_atomically(folder / "results.csv", _table(COLUMNS, rows(comparison))),
        write_atomically(folder / "pairs.csv", _table(PAIR_COLUMNS, pair_rows(comparison))),
    ]


def _table(columns: Iterable[str], found: Iterable[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in found:
        writer.writerow([field(row.get(column)) for column in columns])
    return text.getvalue().encode()


def field(cell: Cell) -> str:
    """A cell as it stands in the file, before quoting: numbers whole, text neutralised, nothing for what is not known.

    An apostrophe is put before text that begins like a formula (OWASP, "CSV Injection").
    """
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return visible(_FORMULA.sub(r"\1'", cell))
    return "" if cell is None or known(cell) is None else repr(cell)
