"""Data sets of the Hugging Face hub by name, `data=hf:NAME`, through the library `datasets`, which is an extra.

hf:NAME, hf:NAME:CONFIGURATION or hf:NAME@REVISION:CONFIGURATION; or hf:PATH, a folder with files that the library reads
or one that it saved. The rows are written to files in the cache, and read from there as the user's own files are.
"""

from __future__ import annotations

import hashlib
import http.client
import logging
import os
import re
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..specs import canonical
from .files import exists
from .hub_forms import OBJECTS, Form, unlabelled
from .pairs import PARTS
from .parts import listed
from .sources import DataSource

PREFIX = "hf:"

FORMAT = 1
"""Raised when the files are written in another way."""

PATIENCE = 5.0
"""Seconds to wait for the hub's first answer. Left to itself the library asks for 23 seconds where there is no network,
also for what it holds."""

_LONGEST_REASON = 300

logger = logging.getLogger("seqharness.data")


def hub_files(data: str, form: Form, source: DataSource) -> tuple[Path, tuple[str, ...]]:
    """A folder with train.*, and validation.* and test.* where the data set has them, and notes on what was left out.

    A copy that was made of the same rows before is taken again. UserError, in one sentence: the library is not
    installed, no such data set, configuration or split, no network, a column that is not there, no room.
    """
    name = data.removeprefix(PREFIX)
    if not name:
        raise UserError("data=hf: names no data set: write data=hf:NAME.")
    parts, notes = _parts(data, _load(name, data, source), form)
    content = {part: rows._fingerprint for part, rows in parts.items()}  # the library's own name of the rows
    key = hashlib.sha256(canonical([FORMAT, form.name, content]).encode()).hexdigest()[:16]
    folder = source.cache / "hub" / re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[-80:] / key
    if not folder.is_dir():
        try:
            _write(parts, form, data, folder)
        except OSError as error:
            raise UserError(
                f"{data} cannot be written to {folder.parent} ({error.strerror or error}): "
                "set HARNESS_CACHE to another folder."
            ) from error
    return folder, notes


def _write(parts: Mapping[str, Any], form: Form, data: str, folder: Path) -> None:
    """All files or none."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for part, rows in parts.items():
            with (temporary / f"{part}{form.end}").open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(f"{line}\n" for line in form.lines(rows, f"{data}, part {part},"))
        try:
            temporary.rename(folder)
        except OSError:
            if not folder.is_dir():  # or another process was first
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _parts(data: str, splits: Mapping[str, Any], form: Form) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The splits by part, without those that lack the labels asked for -> and notes on splits that are not used."""
    parts, notes = {}, []
    for part, names in PARTS.items():
        if found := next((name for name in names if name in splits), None):
            parts[part] = splits[found]
    if "train" not in parts:
        raise UserError(f"{data} has no split that is called train.{listed(list(splits))}")
    for part in [part for part in parts if part != "train"]:
        if form is OBJECTS and (column := unlabelled(parts[part])):
            del parts[part]
            notes.append(f"{part}: the split of {data} is not used: its column {column!r} holds no label")
    known = {name for names in PARTS.values() for name in names}
    if others := [name for name in splits if name not in known]:
        notes.append(f"splits of {data} that are not used: {', '.join(others)}")
    return parts, tuple(notes)


def _load(name: str, data: str, source: DataSource) -> Mapping[str, Any]:
    """The splits by name."""
    repository, configuration, revision = _address(name)
    path = Path(repository).expanduser()
    local = exists(path)
    switched_off = source.offline or _switched_off()
    library = _library(data, offline=switched_off or not (local or _reachable()))
    try:
        if any((path / file).is_file() for file in ("dataset_dict.json", "state.json")):
            return _splits(library.load_from_disk(str(path)))
        logger.info("loading %s", data)
        return _splits(library.load_dataset(str(path) if local else repository, configuration, revision=revision))
    except ConnectionError as error:
        why = "downloads are switched off" if switched_off else "the hub cannot be reached"
        raise UserError(f"{data} is not in the cache of the library datasets, and {why}.") from error
    except library.exceptions.DatasetNotFoundError as error:
        raise UserError(
            f"There is no {data}: the hub has no data set {repository!r} that everyone may read, and there is no such "
            "file or folder."
        ) from error
    except Exception as error:  # whatever the library has to say about the data set
        reason = " ".join(str(error).split())[:_LONGEST_REASON].rstrip(".")
        hint = " A configuration is named by hf:NAME:CONFIGURATION." if "config" in reason.lower() else ""
        raise UserError(f"{data} cannot be loaded: {reason or type(error).__name__}.{hint}") from error


def _address(name: str) -> tuple[str, str | None, str | None]:
    """Repository or path, configuration, revision."""
    if exists(Path(name).expanduser()):  # a path may hold a colon
        return name, None, None
    repository, _, configuration = name.partition(":")
    repository, _, revision = repository.partition("@")
    return repository, configuration or None, revision or None


def _splits(loaded: Any) -> Mapping[str, Any]:
    """A data set that was saved without splits is for training."""
    return loaded if isinstance(loaded, Mapping) else {"train": loaded}


def _library(data: str, offline: bool) -> Any:
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"  # read when the library is imported
    try:
        import datasets
    except ModuleNotFoundError as error:
        raise UserError(f"data={data} needs the library datasets: pip install 'seqharness[datasets]'.") from error
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    return datasets


def _switched_off() -> bool:
    """Whether the library's own switch says so."""
    names = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")
    return any(os.environ.get(name, "").upper() in ("1", "TRUE", "YES", "ON") for name in names)


def _reachable() -> bool:
    """Whether the hub answers at all."""
    address = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    try:
        urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=PATIENCE).close()
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError, http.client.HTTPException):
        return False
    return True
