"""Published files: mirror, cache, download, and what happens when their sum is wrong."""

from __future__ import annotations

import hashlib
import http.server
import io
import logging
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from seqharness.data.sources import DataSource, RemoteFile, default_cache
from seqharness.errors import UserError

CONTENT = b"one\ntwo\n"
SUM = hashlib.sha256(CONTENT).hexdigest()
FILE = RemoteFile(path="set/raw/train.en", url="http://127.0.0.1:1/train.en", sha256=SUM, bytes=len(CONTENT))


def _archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("raw/train.en", CONTENT)
        archive.writestr("raw/other", b"0" * 100_000)
    return packed.getvalue()


ARCHIVE = _archive()


class _Server(http.server.BaseHTTPRequestHandler):
    requests = 0

    def do_GET(self) -> None:
        type(self).requests += 1
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write({"/endless": b"x" * 1_000_000, "/set.zip": ARCHIVE}.get(self.path, CONTENT))

    def log_message(self, *arguments: object) -> None:
        """Silent."""


@pytest.fixture
def server() -> Iterator[str]:
    _Server.requests = 0
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    thread.join()
    running.server_close()


def _put(folder: Path, content: bytes = CONTENT) -> Path:
    path = folder / FILE.path
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_mirror_comes_first_then_the_cache(tmp_path: Path) -> None:
    source = DataSource(tmp_path / "mirror", tmp_path / "cache", offline=True)
    (tmp_path / "mirror").mkdir()
    cached = _put(tmp_path / "cache")
    assert source.fetch(FILE) == cached
    mirrored = _put(tmp_path / "mirror")
    assert source.fetch(FILE) == mirrored


def test_a_download_is_kept_and_not_repeated(tmp_path: Path, server: str, caplog: pytest.LogCaptureFixture) -> None:
    source = DataSource(None, tmp_path / "cache")
    file = replace(FILE, url=f"{server}/train.en")
    with caplog.at_level(logging.INFO, "seqharness.data"):
        path = source.fetch(file)
    assert path == tmp_path / "cache" / FILE.path
    assert path.read_bytes() == CONTENT
    assert "downloading" in caplog.text
    assert source.fetch(file) == path
    assert _Server.requests == 1
    assert _files(tmp_path) == [path]


def test_a_file_that_is_published_in_an_archive(tmp_path: Path, server: str) -> None:
    file = replace(FILE, url=f"{server}/set.zip", member="raw/train.en", archive_bytes=len(ARCHIVE))
    path = DataSource(None, tmp_path).fetch(file)
    assert path == tmp_path / FILE.path
    assert path.read_bytes() == CONTENT
    assert _files(tmp_path) == [path]


@pytest.mark.parametrize(
    ("page", "member", "reason"),
    [
        ("set.zip", "raw/none", "has no raw/none"),
        ("set.zip", "raw/other", "has the sha256"),
        ("train.en", "raw/train.en", "not a zip file"),
        ("endless", "raw/train.en", "goes on after"),
    ],
)
def test_an_archive_that_is_not_what_it_should_be(
    tmp_path: Path, server: str, page: str, member: str, reason: str
) -> None:
    file = replace(FILE, url=f"{server}/{page}", member=member, archive_bytes=len(ARCHIVE))
    with pytest.raises(UserError, match=reason):
        DataSource(None, tmp_path).fetch(file)
    assert _files(tmp_path) == []


def test_a_mirror_without_the_file_does_not_forbid_the_download(tmp_path: Path, server: str) -> None:
    path = DataSource(tmp_path, tmp_path / "cache").fetch(replace(FILE, url=f"{server}/train.en"))
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("place", ["mirror", "cache"])
def test_a_wrong_sum_names_the_file_and_both_sums(tmp_path: Path, place: str) -> None:
    (tmp_path / "mirror").mkdir()
    path = _put(tmp_path / place / "in")
    file = replace(FILE, path=f"in/{FILE.path}", sha256="0" * 64)
    with pytest.raises(UserError) as raised:
        DataSource(tmp_path / "mirror", tmp_path / "cache").fetch(file)
    assert str(path) in str(raised.value)
    assert SUM in str(raised.value)
    assert "0" * 64 in str(raised.value)


def test_a_bad_download_leaves_no_file(tmp_path: Path, server: str) -> None:
    with pytest.raises(UserError) as raised:
        DataSource(None, tmp_path).fetch(replace(FILE, url=f"{server}/train.en", sha256="0" * 64))
    assert all(part in str(raised.value) for part in (FILE.path, SUM, "0" * 64, server))
    assert _files(tmp_path) == []


@pytest.mark.parametrize(("page", "reason"), [("missing", "404"), ("endless", "goes on after")])
def test_a_failed_download_says_why_and_what_to_do(tmp_path: Path, server: str, page: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason) as raised:
        DataSource(None, tmp_path).fetch(replace(FILE, url=f"{server}/{page}"))
    assert f"{server}/{page}" in str(raised.value)
    assert "HARNESS_DATA" in str(raised.value)
    assert _files(tmp_path) == []


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="refused"):
        DataSource(None, tmp_path).fetch(FILE)


def test_offline_never_downloads(tmp_path: Path, server: str) -> None:
    with pytest.raises(UserError, match="downloads are switched off"):
        DataSource(None, tmp_path, offline=True).fetch(replace(FILE, url=f"{server}/train.en"))
    assert _Server.requests == 0


def test_a_mirror_that_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"HARNESS_DATA names .*nowhere"):
        DataSource(tmp_path / "nowhere", tmp_path).fetch(FILE)


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(UserError, match="HARNESS_CACHE"):
        DataSource(None, tmp_path / "cache").fetch(FILE)


def test_settings_of_the_environment() -> None:
    source = DataSource.from_environment({"HARNESS_DATA": "/m", "HARNESS_CACHE": "/c", "HARNESS_OFFLINE": "1"})
    assert source == DataSource(Path("/m"), Path("/c"), offline=True)
    assert default_cache({"XDG_CACHE_HOME": "/x"}) == Path("/x/seqharness")
    assert default_cache({"XDG_CACHE_HOME": "relative"}) == Path.home() / ".cache" / "seqharness"
    assert DataSource.from_environment({}).mirror is None
