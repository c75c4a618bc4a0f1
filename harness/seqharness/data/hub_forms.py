"""How rows of a data set of the hub are written down, so that they are read as files of the user's are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..errors import UserError, nearest
from .parts import listed
from .tables import TEXT

Lines = Callable[[Any, str], Iterator[str]]

_BATCH = 1_000
_NUMBER = re.compile(r"u?int\d+|float\d+|bool")
_BREAKS = re.compile(r"[\t\r\n]+")


@dataclass(frozen=True)
class Form:
    """A kind of file. end: of its name; name: tells one form from another; lines: (data set, what to call it in a
    message) -> the lines of the file."""

    name: str
    end: str
    lines: Lines


def _objects(rows: Any, where: str) -> Iterator[str]:
    """A JSON object a row: texts, numbers and labels by the names of their columns, translations by their languages."""
    columns = {name: kind for name, kind in rows.features.items() if _is_plain(kind) or _languages(kind)}
    for row in _values(rows, columns):
        flat: dict[str, Any] = {}
        for name, value in row.items():
            flat |= (value or {}) if _languages(columns[name]) else {name: value}
        yield json.dumps(flat, ensure_ascii=False)


def _tagged(rows: Any, where: str) -> Iterator[str]:
    """A word and its tags a line, in the order of the columns that hold lists; an empty line after each row."""
    columns = {name: kind for name, kind in rows.features.items() if _is_plain(getattr(kind, "feature", None))}
    if len(columns) < 2:
        raise UserError(f"{where} has no two columns of lists, of words and of tags.{listed(list(rows.features))}")
    for number, row in enumerate(_values(rows, columns), start=1):
        lengths = {name: len(cells or ()) for name, cells in row.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{count} in {name!r}" for name, count in lengths.items())
            raise UserError(f"{where}: the lists of row {number:,} differ in length: {told}.")
        for cells in zip(*(cells or () for cells in row.values()), strict=True):
            yield "\t".join("" if cell is None else _BREAKS.sub(" ", str(cell)) for cell in cells)
        yield ""


def _text(rows: Any, where: str, column: str | None) -> Iterator[str]:
    """The text of one column, each row beginning a line."""
    texts = [name for name, kind in rows.features.items() if _is_plain(kind, texts_only=True)]
    if column is not None and column not in texts:
        raise UserError(f"{where} has no column of texts {column!r}.{nearest(column, texts)}")
    column = column or next((name for name in TEXT if name in texts), None)
    if column is None:
        raise UserError(
            f"{where} has no column of texts that is called {' or '.join(TEXT)}; name it by text=NAME.{listed(texts)}"
        )
    for row in _values(rows, {column: rows.features[column]}):
        yield (row[column] or "").removesuffix("\n")


OBJECTS = Form("objects", ".jsonl", _objects)
"""For labelled texts and pairs of texts."""

TAGGED = Form("tagged", ".tsv", _tagged)
"""For tagged sentences: columns are counted among those that hold lists."""


def text_of(column: str | None) -> Form:
    """For running text, of the column of that name; None: of the first that is called by one of TEXT."""
    return Form(f"text {column or ''}", ".txt", partial(_text, column=column))


def unlabelled(rows: Any) -> str | None:
    """The column of labels that has none in any row (-1, as test parts of benchmarks have it), if there is one."""
    for name, kind in rows.features.items():
        if hasattr(kind, "int2str") and len(rows) and set(rows.unique(name)) <= {-1, None}:
            return str(name)
    return None


def _values(rows: Any, columns: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Some columns of the rows, few rows at a time, labels by their names (None: no label)."""
    for batch in rows.select_columns(list(columns)).iter(_BATCH):
        named = [_named(batch[name], kind) for name, kind in columns.items()]
        for values in zip(*named, strict=True):
            yield dict(zip(columns, values, strict=True))


def _named(values: list[Any], kind: Any) -> list[Any]:
    if hasattr(kind, "int2str"):
        return [None if value is None or value < 0 else kind.int2str(value) for value in values]
    inner = getattr(kind, "feature", None)
    return values if inner is None else [_named(value or [], inner) for value in values]


def _is_plain(kind: Any, texts_only: bool = False) -> bool:
    """Whether a column holds texts, numbers or labels."""
    if hasattr(kind, "int2str"):
        return not texts_only
    dtype = getattr(kind, "dtype", None)
    if not isinstance(dtype, str) or not hasattr(kind, "pa_type"):
        return False
    return dtype in ("string", "large_string") or (not texts_only and _NUMBER.fullmatch(dtype) is not None)


def _languages(kind: Any) -> bool:
    """Whether a column holds a text in each of some languages."""
    if isinstance(kind, dict):
        return bool(kind) and all(_is_plain(inner, texts_only=True) for inner in kind.values())
    return isinstance(getattr(kind, "languages", None), list | tuple) and not hasattr(kind, "num_languages")
