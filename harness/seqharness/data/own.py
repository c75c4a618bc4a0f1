"""What `data=` names where it is no data set that a task knows: a path of the user's, or a data set of the hub."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from .files import exists, missing
from .hub import PREFIX, hub_files
from .hub_forms import Form
from .sources import DataSource


@dataclass(frozen=True)
class Own:
    """Data of the user's. data: as named; path: the file or folder on this machine; notes: for the report."""

    data: str
    path: Path
    notes: tuple[str, ...] = ()

    def named(self, files: Mapping[str, str]) -> dict[str, str]:
        """sha256 by file. Copies of a data set of the hub are called by its name, so that where the cache lies and when
        the copy was made stands in no key: equal rows have equal names and sums."""
        if not self.data.startswith(PREFIX):
            return dict(files)
        return {f"{self.data}/{Path(file).name}": digest for file, digest in files.items()}


def find_own(data: str, known: Collection[str], form: Form, source: DataSource) -> Own:
    """The user's data. known: data sets known by name, for messages; form: how rows of the hub are written down.

    UserError for a path that does not exist, and all that `hub_files` refuses.
    """
    if data.startswith(PREFIX):
        return Own(data, *hub_files(data, form, source))
    path = Path(data).expanduser()
    if exists(path):
        if not (path.is_file() or path.is_dir()):
            raise UserError(f"{str(path)!r} is neither a file nor a folder.")
        return Own(data, path)
    if close := difflib.get_close_matches(data, known, n=1):
        raise UserError(f"There is no data set and no file {data!r}. Did you mean {close[0]!r}?")
    raise UserError(
        f"{missing(path)} Data sets known by name: {', '.join(known)}. One of the Hugging Face hub: hf:NAME."
    )
