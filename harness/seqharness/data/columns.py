"""Tagged sentences from the user's own files, as the CoNLL shared tasks write them: a word and its tags a line.

Columns stand between tabs, or between white space where a line has no tab; an empty line ends a sentence. A line that
begins with "-DOCSTART-" is left out. In `.conllu` files comments ("# ...") and lines that are no word of their own
("3-4", "5.1") are left out as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..errors import UserError
from .files import read_lines, sha256_of
from .parts import end_of, find_parts

ENDS = (".conll", ".conllu", ".iob", ".bio", ".tsv", ".txt")

WHAT = "tagged sentences"

_BOUNDARY = "-DOCSTART-"
_NO_WORD = re.compile(r"#.*|\d+[-.]\d+\t.*")


class Columns(NamedTuple):
    """Which columns hold words and tags, counted from 1; -1 is the last."""

    words: int = 1
    tags: int = -1


class TaggedWords(NamedTuple):
    """A sentence. lines: where each word stands in its file."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True)
class TaggedFile:
    """The sentences of a file in its order. sha256: of the file."""

    path: Path
    sentences: list[TaggedWords]
    sha256: str


def read_tagged(path: Path, columns: Columns) -> dict[str, TaggedFile]:
    """The sentences of a file ('train' alone) or of a folder (by part: 'train', and 'validation' and 'test' if there).

    UserError, naming file and line, for all that `read_lines` refuses, an unknown type of file, a line without one of
    the columns, and a file without a word.
    """
    return {part: _read(file, columns) for part, file in find_parts(path, ENDS, WHAT).items()}


def fingerprint(path: Path) -> dict[str, str]:
    """sha256 of every file that `read_tagged` would read, by its path."""
    return {str(file): sha256_of(file) for file in find_parts(path, ENDS, WHAT).values()}


def _read(path: Path, columns: Columns) -> TaggedFile:
    sentences = list(_sentences(path, columns))
    if not sentences:
        raise UserError(f"{path}: no line has a word.")
    return TaggedFile(path, sentences, sha256_of(path))


def _sentences(path: Path, columns: Columns) -> Iterator[TaggedWords]:
    universal = end_of(path) == ".conllu"
    rows: list[tuple[str, str, int]] = []
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            if rows:
                yield _sentence(rows)
            rows = []
        elif not line.startswith(_BOUNDARY) and not (universal and _NO_WORD.fullmatch(line)):
            cells = line.split("\t") if "\t" in line else line.split()
            rows.append((*_pick(cells, columns, f"{path}:{number}"), number))
    if rows:
        yield _sentence(rows)


def _sentence(rows: list[tuple[str, str, int]]) -> TaggedWords:
    words, tags, lines = zip(*rows, strict=True)
    return TaggedWords(words, tags, lines)


def _pick(cells: list[str], columns: Columns, where: str) -> tuple[str, str]:
    """Word and tag. UserError where a column is not there or empty, or where both are one."""
    places = [column - 1 if column > 0 else len(cells) + column for column in columns]
    for option, column, place in zip(Columns._fields, columns, places, strict=True):
        if not 0 <= place < len(cells):
            raise UserError(f"{where}: {_count(cells)}, and {option}={column} asks for another.")
        if not cells[place].strip():
            raise UserError(f"{where}: nothing in the column {option}={column}.")
    if places[0] == places[1]:
        raise UserError(f"{where}: {_count(cells)} where a word and its tag are expected, a word a line.")
    return cells[places[0]].strip(), cells[places[1]].strip()


def _count(cells: list[str]) -> str:
    return f"{len(cells)} column" + ("" if len(cells) == 1 else "s")
