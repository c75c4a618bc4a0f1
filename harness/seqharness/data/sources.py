"""Where published data sets are found: a local mirror, the cache, or the upstream address; always checked by sha256."""

from __future__ import annotations

import hashlib
import http.client
import logging
import os
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ..errors import UserError
from .files import exists, sha256_of

logger = logging.getLogger("seqharness.data")

TIMEOUT = 30.0
"""Seconds without a byte after which a download is given up."""

_CHUNK = 1 << 16
_PROGRESS_EVERY = 5.0


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """A file of a published data set. path: where it lies under a mirror or the cache; bytes: its size.

    member: its name inside the zip archive at `url`, which has archive_bytes, where it is published in one.
    """

    path: str
    url: str
    sha256: str
    bytes: int
    member: str = ""
    archive_bytes: int = 0


def default_cache(environ: Mapping[str, str] | None = None) -> Path:
    """`$HARNESS_CACHE`, else `$XDG_CACHE_HOME/seqharness`, else `~/.cache/seqharness`."""
    environ = os.environ if environ is None else environ
    if own := environ.get("HARNESS_CACHE"):
        return Path(own).expanduser()
    base = environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path("~/.cache").expanduser()) / "seqharness"


@dataclass(frozen=True)
class DataSource:
    """Finds the files of published data sets.

    mirror: a folder with the upstream's layout under the data set's name (`multi30k/data/task1/raw/train.en.gz`).
    cache: where downloads are kept. offline: never download.
    """

    mirror: Path | None = None
    cache: Path = field(default_factory=default_cache)
    offline: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> DataSource:
        """From HARNESS_DATA (mirror), HARNESS_CACHE and HARNESS_OFFLINE (1, true, yes or on)."""
        environ = os.environ if environ is None else environ
        mirror = environ.get("HARNESS_DATA")
        offline = environ.get("HARNESS_OFFLINE", "").strip().lower() in ("1", "true", "yes", "on")
        return cls(Path(mirror).expanduser() if mirror else None, default_cache(environ), offline)

    def find(self, file: RemoteFile) -> Path | None:
        """Where the file lies, mirror before cache, unchecked; None where it is in neither."""
        places = [folder / file.path for folder in (self.mirror, self.cache) if folder is not None]
        return next((place for place in places if exists(place)), None)

    def fetch(self, file: RemoteFile) -> Path:
        """The file on this machine, its sha256 checked: from the mirror, else from the cache, else downloaded.

        UserError where the mirror is no folder, a sum is wrong (naming the file and both sums; the next place is not
        tried, so that a damaged mirror is noticed), or the file cannot be had.
        """
        if self.mirror is not None:
            if not self.mirror.is_dir():
                raise UserError(f"HARNESS_DATA names {str(self.mirror)!r}, which is not a folder.")
            if exists(found := self.mirror / file.path):
                return _checked(found, file, "Replace it by the upstream's file")
        cached = self.cache / file.path
        if exists(cached):
            return _checked(cached, file, "Delete it to have it downloaded again")
        if self.offline:
            where = f"in HARNESS_DATA ({self.mirror}) or " if self.mirror is not None else ""
            raise UserError(
                f"{file.path} is not {where}in the cache ({self.cache}), and downloads are switched off. "
                f"It comes from {file.url}; set HARNESS_DATA to a folder that holds it."
            )
        _download(file, cached)
        return cached


def _checked(path: Path, file: RemoteFile, advice: str) -> Path:
    actual = sha256_of(path)
    if actual != file.sha256:
        raise UserError(_wrong_sum(str(path), file, actual) + f" {advice} ({file.url}).")
    return path


def _wrong_sum(name: str, file: RemoteFile, actual: str) -> str:
    return f"{name} has the sha256 {actual}, but it should be {file.sha256}; nothing of it is used."


def _download(file: RemoteFile, path: Path) -> None:
    """To a temporary file beside `path`, checked, then renamed: a bad or cut-off download leaves nothing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise UserError(
            f"The cache {path.parent} cannot be written ({error.strerror}): set HARNESS_CACHE to another folder."
        ) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            actual = _from_archive(file, out) if file.member else _transfer(file, file.bytes, out)
            out.flush()
            os.fsync(out.fileno())
        if actual != file.sha256:
            raise UserError(_wrong_sum(f"{file.path}, downloaded from {file.url},", file, actual))
        temporary.replace(path)
    except (OSError, http.client.HTTPException, ValueError, zipfile.BadZipFile, zlib.error) as error:
        reason = error.reason if type(error) is urllib.error.URLError else error
        raise UserError(
            f"{file.path} could not be downloaded from {file.url}: {reason or type(error).__name__}. "
            f"Set HARNESS_DATA to a folder that holds {file.path}, or try again with a network."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _from_archive(file: RemoteFile, out: IO[bytes]) -> str:
    """Copy a member of the archive at the address to `out` -> sha256."""
    with tempfile.TemporaryFile() as archive:
        _transfer(file, file.archive_bytes, archive)
        with zipfile.ZipFile(archive) as opened:
            if file.member not in opened.namelist():
                raise OSError(f"the archive has no {file.member}")
            with opened.open(file.member) as member:
                content = member.read(file.bytes + 1)  # no more, whatever it unpacks to: the sum is wrong then
    out.write(content)
    return hashlib.sha256(content).hexdigest()


def _transfer(file: RemoteFile, size: int, out: IO[bytes]) -> str:
    """Copy the address to `out` -> sha256. A download of more than twice the size it should have is cut off."""
    logger.info("downloading %s (%.1f MB)", file.url, size / 1e6)
    request = urllib.request.Request(file.url, headers={"User-Agent": "seqharness"})
    digest, received, told = hashlib.sha256(), 0, time.monotonic()
    with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
        while chunk := response.read(_CHUNK):
            received += len(chunk)
            if received > 2 * size + _CHUNK:
                raise OSError(f"it goes on after {received} bytes where {size} are expected")
            out.write(chunk)
            digest.update(chunk)
            if time.monotonic() - told > _PROGRESS_EVERY:
                told = time.monotonic()
                logger.info("%s: %.0f %%", file.path, 100 * received / max(size, 1))
    logger.info("downloaded %s", file.path)
    return digest.hexdigest()
