"""The README says what is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return [code for named, code in found if named == language]


def test_the_plugin_of_the_readme_can_be_compared(tmp_path: Path) -> None:
    (plugin,) = [block for block in blocks("python") if "mixer_model" in block]
    (tmp_path / "mine.py").write_text(plugin, encoding="utf-8")
    command = "compare --plugin mine.py --models average,transformer --task translate"
    assert f"harness {command}" in README
    done = subprocess.run(
        [sys.executable, "-m", "seqharness", *command.split(), "--dry-run", "--params", "500k"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "average" in done.stdout


@pytest.mark.parametrize("target", ["compare", "test"])
def test_the_make_targets_of_the_readme_exist(target: str) -> None:
    assert f"`make {target}`" in README
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    assert "harness compare" in done.stdout or "pytest" in done.stdout


def test_ci_calls_the_readmes_test_command() -> None:
    assert "make test" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_the_files_that_the_readme_links_exist() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_option_in_the_readmes_commands_is_known() -> None:
    known: set[str] = set()
    for command in ("compare", "ablate", "bench", "report"):
        done = subprocess.run(
            [sys.executable, "-m", "seqharness", command, "--help"],
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
        known |= set(re.findall(r"--[a-z-]+", done.stdout))
    wanted = {option for block in blocks("") for option in re.findall(r"(?<!\w)--[a-z-]+", block)}
    assert wanted - {"--plugin"} <= known


def test_the_readmes_table_names_every_model_and_no_other() -> None:
    from seqharness.registry import load_catalogue

    (table,) = re.findall(r"\| family \| models \|\n(.*?)\n\n", README, re.DOTALL)
    named = {name.partition(":")[0] for name in re.findall(r"`([\w-]+[^`]*)`", table)}
    models = load_catalogue().models.items()
    assert named == {name for name, entry in models if entry.module.startswith("seqharness_plugins.")}
