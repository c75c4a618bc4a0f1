"""Which of the user's files is which part: one file to be split, or a folder with a file for each part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import UserError
from .files import exists, missing, names_in
from .pairs import PARTS


def find_parts(path: Path, ends: Sequence[str], what: str) -> dict[str, Path]:
    """The file of each part: of a file 'train' alone; of a folder 'train', and 'validation' and 'test' if there.

    ends: of the names of files that are read, each also with .gz after it. what: is read from them, for messages.
    UserError where there is no such file or folder, a file of another type, no training file, or two for one part.
    """
    if not exists(path):
        raise missing(path)
    if not path.is_dir():
        if end_of(path) not in ends:
            raise UserError(
                f"{path}: files of this type are not read as {what}. Supported: {', '.join(ends)} (all also .gz), or a "
                f"folder with train{ends[0]} or the like."
            )
        return {"train": path}
    present = names_in(path)
    found = {}
    for part, stems in PARTS.items():
        names = [f"{stem}{end}{packed}" for stem in stems for end in ends for packed in ("", ".gz")]
        files = [path / name for name in names if name in present]
        if len(files) > 1:
            raise UserError(f"{files[0]} and {files[1]} could each be the {part} part: keep one of them in the folder.")
        if files:
            found[part] = files[0]
    if "train" not in found:
        raise UserError(f"{path} holds no {' or '.join(f'train{end}' for end in ends)}.{listed(present)}")
    return found


def end_of(path: Path) -> str:
    """'.csv' of reviews.CSV.gz."""
    return (path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix).lower()


def listed(names: Sequence[str]) -> str:
    """What there is, as a sentence for the end of a message."""
    shown = ", ".join(repr(name) for name in names[:8])
    return f" There is: {shown}{', ...' if len(names) > 8 else ''}." if names else ""
