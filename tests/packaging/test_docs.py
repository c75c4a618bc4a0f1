"""What the documentation shows works as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from seqharness.registry import PluginSettings, load_catalogue
from seqharness.testing import check_model

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"```python\n# (\w+\.py)\n(.*?)```", re.DOTALL)


def files_in(page: str) -> dict[str, str]:
    """The Python files that a page shows, by name."""
    return {name: f"# {name}\n{code}" for name, code in BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))}


FILES = files_in("plugins.md")
PLUGINS = [name for name in FILES if not name.startswith("test_")]


def test_a_plugin_of_each_depth_is_shown() -> None:
    assert PLUGINS == ["averages.py", "averaging_encoder.py", "strongest_word.py"]


@pytest.mark.parametrize("name", PLUGINS)
def test_a_model_that_is_shown_keeps_the_rules(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    offered = load_catalogue(PluginSettings.of((), (str(tmp_path / name),))).models
    (entry,) = [entry for entry in offered.values() if entry.origin == str(tmp_path / name)]
    results = list(check_model(entry.card, quick=True))
    assert len(results) > 10
    assert [result for result in results if result.status == "failed"] == []


def test_the_tests_that_are_shown_pass(tmp_path: Path) -> None:
    for name, code in FILES.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_averages.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout
    assert " passed" in found.stdout


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_files_that_a_page_names_exist(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    root = DOCS.parent
    named = re.findall(r"`((?:harness|plugins|tasks|reports|tests|examples|benchmarks)/[\w./-]+)`", text)
    assert not [path for path in named if not (root / path).exists()]
