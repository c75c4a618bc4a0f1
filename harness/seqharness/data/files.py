"""Reading the user's own text files, line by line, strictly: every refusal names the file and the line.

UTF-8 with or without a byte order mark; lines end in LF or CRLF (and in nothing else, so that line-aligned files stay
aligned); `.gz` is unpacked on the way. No more than one line of at most MAX_LINE bytes is held here at a time.
"""

from __future__ import annotations

import codecs
import difflib
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path

from ..errors import UserError

MAX_LINE = 1 << 20
"""Bytes of the longest line that is read."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def sha256_of(path: Path) -> str:
    """sha256 of a file as hexadecimal digits. UserError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error


def exists(path: Path) -> bool:
    """Whether there is such a file or folder. UserError where that cannot be told (a folder not to be entered)."""
    try:
        return path.exists()
    except OSError as error:
        raise UserError(f"{str(path)!r} cannot be read: {error.strerror}.") from error


def names_in(folder: Path) -> list[str]:
    """Names of the entries of a folder, sorted. UserError where it cannot be read."""
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise UserError(f"{str(folder)!r} cannot be read: {error.strerror}.") from error


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a text file without their ends.

    UserError, naming file and line: no such file (with the nearest name), not readable, bad UTF-8, a NUL byte, a line
    over MAX_LINE, a damaged .gz; and for a file without any line.
    """
    if not exists(path):
        raise missing(path)
    number = 0
    try:
        with _open(path) as file:
            while raw := file.readline(MAX_LINE + 2):
                number += 1
                yield _text(raw, path, number)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{path} cannot be read after line {number}: {reason}.") from error
    if number == 0:
        raise UserError(f"{path} is empty.")


def _open(path: Path) -> BufferedIOBase:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _text(raw: bytes, path: Path, number: int) -> str:
    if number == 1:
        if raw.startswith(_UTF16):
            raise UserError(f"{path}:1: the file is UTF-16; save it as UTF-8.")
        raw = raw.removeprefix(codecs.BOM_UTF8)
    raw = raw.removesuffix(b"\n").removesuffix(b"\r")
    if len(raw) > MAX_LINE:
        raise UserError(f"{path}:{number}: the line is longer than {MAX_LINE:,} bytes.")
    if b"\0" in raw:
        raise UserError(f"{path}:{number}: a NUL byte; this is no text file, or it is UTF-16: save it as UTF-8.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path}:{number}: not UTF-8: byte 0x{raw[error.start]:02x} at byte {error.start + 1} of the line; "
            "save the file as UTF-8."
        ) from None


def missing(path: Path) -> UserError:
    """The error for a path that does not exist: names the nearest existing name, or the folder that is not there."""
    folder = path.parent
    if not folder.is_dir():
        return UserError(f"There is no {str(path)!r}: the folder {str(folder)!r} does not exist.")
    close = difflib.get_close_matches(path.name, names_in(folder), n=1)
    return UserError(f"There is no {str(path)!r}." + (f" Did you mean {str(folder / close[0])!r}?" if close else ""))
