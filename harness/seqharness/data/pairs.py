"""Pairs of texts from the user's own files: tab-separated, JSON lines, or two line-aligned files; one file or a folder.

A pair with nothing but white space on a side is left out and counted; white space at both ends of a text is removed.

Columns and keys. Asked-for names (`source=`, `target=`) must be there. Else the names of the two languages are looked
for (`en`, `fr`), then `source` and `target`. A TSV file whose first line holds the names of both sides has a header,
and its other columns do not matter; without a header it has exactly two columns, the source first. There is no quoting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from ..errors import UserError, nearest
from .files import exists, missing, names_in, read_lines, sha256_of
from .json_lines import json_object, text_member

SUPPORTED = ".tsv, .jsonl (both also .gz), or a folder with train.tsv, train.jsonl or train.SOURCE and train.TARGET"

PARTS: Mapping[str, tuple[str, ...]] = {
    "train": ("train",),
    "validation": ("valid", "validation", "val", "dev"),
    "test": ("test",),
}
"""The parts of a folder and the file names, without their ends, under which each is looked for."""


class TextPair(NamedTuple):
    """A text and its counterpart."""

    source: str
    target: str


@dataclass(frozen=True, kw_only=True)
class PairNames:
    """What the two sides are called. languages: (source, target); source, target: the column asked for, if any."""

    languages: tuple[str, str]
    source: str | None = None
    target: str | None = None

    def find(self, present: Sequence[str]) -> tuple[str, str] | None:
        """The columns of the two sides among those present, or None."""
        source = _first([self.source] if self.source else [self.languages[0], "source"], present)
        target = _first([self.target] if self.target else [self.languages[1], "target"], present)
        return None if source is None or target is None else (source, target)

    def not_found(self, present: Sequence[str]) -> str:
        """Why `find` gave None, as the end of a sentence."""
        for asked in (self.source, self.target):
            if asked and asked not in present:
                return f"no {asked!r}.{nearest(asked, present)}"
        wanted = " and ".join(repr(name) for name in self.languages)
        return f"neither {wanted} nor 'source' and 'target'; name them by source=NAME:target=NAME.{_listed(present)}"


@dataclass(frozen=True)
class PairSet:
    """Pairs in the order of their file. blank: pairs left out for an empty side. files: sha256 by path."""

    pairs: list[TextPair]
    blank: int = 0
    files: Mapping[str, str] = field(default_factory=dict)


def read_pairs(path: Path, names: PairNames) -> dict[str, PairSet]:
    """The pairs of a file ('train' alone) or of a folder (by part: 'train', and 'validation' and 'test' if there).

    UserError, naming file and line, for all that `read_lines` refuses, an unknown type of file, a wrong number of
    columns, a line that is not a JSON object of texts, and line-aligned files of unequal length.
    """
    sets = {}
    for part, files in find_files(path, names).items():
        if len(files) == 2:
            sets[part] = read_aligned(*files)
        else:
            read = _tsv if _kind(files[0]) == ".tsv" else _jsonl
            sets[part] = _collect(read(files[0], names), files)
    return sets


def read_aligned(source: Path, target: Path) -> PairSet:
    """The pairs of two line-aligned files. UserError where they differ in length: both counts and the first line
    without a partner."""
    return _collect(_aligned(source, target), (source, target))


def find_files(path: Path, names: PairNames) -> dict[str, tuple[Path, ...]]:
    """The files of each part: one (TSV or JSON lines), or two (line-aligned). Errors as in `read_pairs`."""
    if not exists(path):
        raise missing(path)
    if not path.is_dir():
        if _kind(path) is None:
            raise UserError(f"{path}: files of this type are not read as pairs. Supported: {SUPPORTED}.")
        return {"train": (path,)}
    names_in_folder = names_in(path)
    found = {part: _find_part(path, part, names.languages) for part in PARTS}
    if not found["train"]:
        source, target = names.languages
        raise UserError(
            f"{path} holds no training pairs: train.tsv, train.jsonl, or train.{source} and train.{target}."
            f"{_listed(names_in_folder)}"
        )
    return {part: files for part, files in found.items() if files}


def fingerprint(path: Path, names: PairNames) -> dict[str, str]:
    """sha256 of every file that `read_pairs` would read, by its path."""
    return {str(file): sha256_of(file) for files in find_files(path, names).values() for file in files}


def _find_part(folder: Path, part: str, languages: tuple[str, str]) -> tuple[Path, ...]:
    found: list[tuple[Path, ...]] = []
    for stem in PARTS[part]:
        found += [(file,) for end in (".tsv", ".jsonl") for file in _with_gz(folder / f"{stem}{end}")]
        sides = [_with_gz(folder / f"{stem}.{language}") for language in languages]
        if any(sides):
            if not all(sides):
                there, lost = (0, 1) if sides[0] else (1, 0)
                raise UserError(f"{sides[there][0]} has no counterpart {folder / f'{stem}.{languages[lost]}'}.")
            found.append((sides[0][0], sides[1][0]))
    if len(found) > 1:
        both = " and ".join(str(files[0]) for files in found[:2])
        raise UserError(f"{both} could each be the {part} part: keep one of them in the folder.")
    return found[0] if found else ()


def _with_gz(path: Path) -> list[Path]:
    return [file for file in (path, path.with_name(path.name + ".gz")) if exists(file)][:1]


def _kind(path: Path) -> str | None:
    end = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    return end.lower() if end.lower() in (".tsv", ".jsonl") else None


def _collect(raw: Iterable[tuple[str, str]], files: tuple[Path, ...]) -> PairSet:
    pairs, blank = [], 0
    for source, target in raw:
        pair = TextPair(source.strip(), target.strip())
        if pair.source and pair.target:
            pairs.append(pair)
        else:
            blank += 1
    if not pairs:
        raise UserError(f"{' and '.join(map(str, files))}: no pair has text on both sides.")
    return PairSet(pairs, blank, {str(file): sha256_of(file) for file in files})


def _aligned(source: Path, target: Path) -> Iterator[tuple[str, str]]:
    lines = 0
    for lines, (left, right) in enumerate(zip_longest(read_lines(source), read_lines(target)), start=1):
        if left is None or right is None:
            counts = [sum(1 for _ in read_lines(path)) for path in (source, target)]
            longer, shorter = (target, source) if left is None else (source, target)
            raise UserError(
                f"{source} has {counts[0]:,} lines and {target} has {counts[1]:,}: "
                f"line {lines:,} of {longer} is the first without a partner in {shorter}."
            )
        yield left, right


def _tsv(path: Path, names: PairNames) -> Iterator[tuple[str, str]]:
    width, places = 0, (0, 1)
    for number, line in enumerate(read_lines(path), start=1):
        cells = line.split("\t")
        if not line.strip():
            yield "", ""
        elif not width:
            width, columns = len(cells), _header(cells, names, f"{path}:{number}")
            if columns is None:
                yield cells[0], cells[1]
            else:
                places = columns
        elif len(cells) != width:
            raise UserError(f"{path}:{number}: {_columns(len(cells))} where {width} are expected, separated by tabs.")
        else:
            yield cells[places[0]], cells[places[1]]


def _header(cells: Sequence[str], names: PairNames, where: str) -> tuple[int, int] | None:
    """Places of the two sides if these cells are a header, None if they are two texts."""
    header = [cell.strip() for cell in cells]
    if columns := names.find(header):
        return header.index(columns[0]), header.index(columns[1])
    if names.source or names.target:
        raise UserError(f"{where}: the header has {names.not_found(header)}")
    if len(header) != 2:
        raise UserError(
            f"{where}: {_columns(len(header))} where 2 are expected (source, tab, target); "
            "with more, begin with a header line and name the two by source=NAME:target=NAME."
        )
    return None


def _columns(count: int) -> str:
    return f"{count} column" + ("" if count == 1 else "s")


def _jsonl(path: Path, names: PairNames) -> Iterator[tuple[str, str]]:
    keys: tuple[str, str] | None = None
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            yield "", ""
            continue
        value = json_object(line, f"{path}:{number}", '{"source": "...", "target": "..."}')
        keys = keys or names.find(list(value))
        if keys is None:
            raise UserError(f"{path}:{number}: the object has {names.not_found(list(value))}")
        yield text_member(value, keys[0], f"{path}:{number}"), text_member(value, keys[1], f"{path}:{number}")


def _first(wanted: Sequence[str], present: Sequence[str]) -> str | None:
    return next((name for name in wanted if name in present), None)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:8])
    return f" There is: {shown}{', ...' if len(names) > 8 else ''}." if names else ""
