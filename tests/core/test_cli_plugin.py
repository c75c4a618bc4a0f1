"""`harness plugin check` as a user meets it: the table, the document, the exit code, and hostile text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOUND = Path(__file__).with_name("sound_models.py")

FILE = """
import importlib.util
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import Classify, Tag
from seqharness.errors import NotApplicable

specification = importlib.util.spec_from_file_location("sound_models", {sound!r})
sound = importlib.util.module_from_spec(specification)
specification.loader.exec_module(sound)

class Broken(sound.Classifier):
    def forward(self, tokens, lengths=None):
        print("noise")
        if tokens.size(1) == 12:
            raise ValueError("too \\x1b[31mlong")
        return super().forward(tokens, lengths)

def tagger(config, interface):
    if interface.causal:
        raise NotApplicable("it \\x1b[2Jlooks ahead")
    return sound.Tagger(config, interface)

@hookimpl
def register_models(register):
    register(sound.card({{Tag: tagger}}, name="good"))
    register(sound.card({{Classify: Broken}}, name="bad"))
"""


def harness(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`harness plugin check ARGUMENTS` in a folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HARNESS_", "XDG_"))}
    command = [sys.executable, "-m", "seqharness", "plugin", "check", *arguments]
    environment = {**kept, "XDG_CONFIG_HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a plugin file of two models, of which one is broken."""
    made = tmp_path_factory.mktemp("plugin")
    (made / "two.py").write_text(FILE.format(sound=str(SOUND)), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def table(folder: Path) -> subprocess.CompletedProcess[str]:
    return harness(folder, "two.py", "--quick", "-v")


@pytest.fixture(scope="module")
def document(folder: Path) -> Any:
    done = harness(folder, "two.py", "--quick", "--json")
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)


def rows(table: str) -> list[list[str]]:
    """Cells of the table's rows, split where two spaces stand."""
    lines = [line.strip() for line in table.splitlines() if line.strip().startswith("check_")]
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines]


def test_every_model_of_a_file_is_checked_and_a_failure_ends_with_1(table: subprocess.CompletedProcess[str]) -> None:
    assert table.returncode == 1, table.stderr
    assert "good: " in table.stdout and "none failed; not applicable on tag-causal." in table.stdout
    assert "bad: " in table.stdout and " 2 failed." in table.stdout
    assert "bad on classify, classify-reals" in table.stdout.splitlines()
    found = rows(table.stdout)
    passed = [row[0] for row in found if row[-1] == "passed"]
    assert "check_padding_changes_nothing" in passed and "check_card" in passed


def test_a_failure_tells_its_error_and_its_place(table: subprocess.CompletedProcess[str]) -> None:
    line = FILE[: FILE.index("raise ValueError")].count("\n") + 1
    cells = next(row for row in rows(table.stdout) if row[0] == "check_longest_rows" and "failed" in row)
    assert cells[1:3] == ["all", "failed"]
    assert cells[3] == f"ValueError: too ␛[31mlong (two.py:{line})"


def test_more_words_bring_the_rule_and_the_traceback(table: subprocess.CompletedProcess[str], folder: Path) -> None:
    assert "rule: Rows of `max_length` positions can be read" in table.stdout
    assert "Traceback (most recent call last):" in table.stdout
    short = harness(folder, "two.py", "--quick").stdout
    assert "Traceback" not in short and "rule: " not in short


def test_text_of_a_plugin_does_not_act_on_the_terminal(table: subprocess.CompletedProcess[str]) -> None:
    assert "\x1b" not in table.stdout
    assert "it ␛[2Jlooks ahead" in table.stdout


def test_the_document_is_alone_on_stdout_and_whole(document: Any) -> None:
    assert document["schema_version"] == 1
    assert document["models"] == ["good", "bad"]
    statuses = [one["status"] for one in document["results"]]
    for name in ("passed", "failed", "not applicable"):
        assert document[name.replace(" ", "_")] == statuses.count(name) > 0
    refused = [one for one in document["results"] if one["status"] == "not applicable"]
    assert [(one["problem"], one["why"]) for one in refused] == [("tag-causal", "it \x1b[2Jlooks ahead")]
    assert all("Traceback" in one["details"] for one in document["results"] if one["status"] == "failed")
    assert {one["problem"] for one in document["results"] if one["check"] == "check_card"} == {None}


def test_a_file_that_changes_settings_when_it_is_imported_is_caught(folder: Path) -> None:
    (folder / "sets.py").write_text(f"import os\nos.environ['PROBE'] = '1'\n{FILE.format(sound=str(SOUND))}", "utf-8")
    done = harness(folder, "sets.py", "--quick")
    assert done.returncode == 1
    cells = next(row for row in rows(done.stdout) if row[0] == "check_loading_changes_no_global_setting")
    assert cells[2:] == ["failed", "importing the model's file changes the environment (PROBE)"]


def test_a_registered_model_is_checked_with_its_options(folder: Path) -> None:
    done = harness(folder, "good:layers=2", "--plugin", "two.py", "--quick", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["models"] == ["good:layers=2"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.py"], "There is no file 'nothing.py'"),
        (["empty.py"], "empty.py registers no model: there is nothing to check."),
        (["goud", "--plugin", "two.py"], "Unknown model 'goud'. Did you mean 'good'?"),
        (["good:depth=2", "--plugin", "two.py"], "model good has no option 'depth'."),
        (["good:layers=0", "--plugin", "two.py"], "model good: layers=0: input should be greater than or equal to 1"),
        ([], "Missing argument 'NAME|FILE'."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_users_mistake_is_one_sentence(folder: Path, arguments: list[str], message: str) -> None:
    (folder / "empty.py").write_text("", encoding="utf-8")
    done = harness(folder, *arguments)
    assert done.returncode == 2 and not done.stdout, done.stdout
    assert done.stderr.startswith(f"harness: {message}"), done.stderr


def test_help_imports_no_torch(folder: Path) -> None:
    program = (
        "import sys; from seqharness.cli import run; run(['plugin', 'check', '--help']); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "False"
    assert "--quick" in done.stdout
