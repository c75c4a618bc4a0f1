"""`harness data`, as a user runs it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = """
from seqharness.contracts import TaskSpec
from seqharness.data.sources import RemoteFile
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import Classify


def datasets():
    file = RemoteFile(path="tiny/a.txt", url="http://localhost:9/a.txt", sha256="{sha256}", bytes=6)
    return {{"tiny": [file]}}


@hookimpl
def register_tasks(register):
    register(TaskSpec(name="t", summary="", interface=Classify, options=None, load=None, datasets=datasets))
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    path = tmp_path / "tiny_task.py"
    path.write_text(PLUGIN.format(sha256=hashlib.sha256(b"hello\n").hexdigest()), encoding="utf-8")
    return path


def harness(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HARNESS_")}
    return subprocess.run(
        [sys.executable, "-m", "seqharness", "data", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**clean, "HARNESS_CACHE": str(tmp_path / "cache"), "HARNESS_OFFLINE": "1", **environment},
        check=False,
    )


def test_a_data_set_is_listed_found_and_verified(tmp_path: Path, plugin: Path) -> None:
    (tmp_path / "mirror" / "tiny").mkdir(parents=True)
    (tmp_path / "mirror/tiny/a.txt").write_text("hello\n", encoding="utf-8")
    switched = ("--plugin", str(plugin))
    listed = json.loads(harness(tmp_path, "list", "--json", *switched).stdout)
    assert [row for row in listed if row["data set"] == "tiny"] == [
        {"data set": "tiny", "tasks": ["t"], "files": 1, "bytes": 6, "here": "no"}
    ]
    mirror = {"HARNESS_DATA": str(tmp_path / "mirror")}
    fetched = harness(tmp_path, "fetch", "tiny", *switched, **mirror)
    assert (fetched.returncode, fetched.stdout) == (0, f"tiny: {tmp_path}/mirror/tiny/a.txt\n")
    verified = harness(tmp_path, "verify", "tiny", *switched, **mirror)
    assert verified.returncode == 0 and verified.stdout.endswith(": ok\n")
    (tmp_path / "mirror/tiny/a.txt").write_text("hollo\n", encoding="utf-8")
    broken = harness(tmp_path, "verify", "tiny", *switched, **mirror)
    assert broken.returncode == 1 and "WRONG" in broken.stdout


def test_what_is_not_here_and_may_not_be_downloaded_is_one_sentence(tmp_path: Path, plugin: Path) -> None:
    found = harness(tmp_path, "fetch", "tiny", "--plugin", str(plugin))
    assert found.returncode == 2 and found.stderr.startswith("harness: tiny/a.txt is not in the cache")
    assert "not here" in harness(tmp_path, "verify", "tiny", "--plugin", str(plugin)).stdout
    unknown = harness(tmp_path, "verify", "tinny", "--plugin", str(plugin))
    assert unknown.returncode == 2 and "Did you mean 'tiny'?" in unknown.stderr


def test_a_tasks_data_are_shown_with_sizes_lengths_and_examples(tmp_path: Path) -> None:
    lines = "".join(f"the cat {number}\tle chat {number}\n" for number in range(60))
    (tmp_path / "pairs.tsv").write_text(lines, encoding="utf-8")
    told = harness(tmp_path, "show", "translate:data=pairs.tsv:vocabulary=280", "--json", "-n", "1")
    assert told.returncode == 0, told.stderr
    document = json.loads(told.stdout)
    assert sum(split["examples"] for split in document["splits"].values()) == 60
    train = document["splits"]["train"]
    assert train["shown"][0]["input"].startswith("the cat") and set(train["lengths"]) == {"source", "target"}
    text = harness(tmp_path, "show", "translate:data=pairs.tsv:vocabulary=280").stdout
    assert "shortest / median / longest" in text and "-> le chat" in text
