"""`harness show task`, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seqharness.registry import PluginSettings, load_catalogue

TASKS = sorted(load_catalogue(PluginSettings.of((), ())).tasks)


def show(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HARNESS_")}
    command = [sys.executable, "-m", "seqharness", "show", "task", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=clean, check=False)


def document(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    done = show(tmp_path, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("task", TASKS)
def test_every_task_says_what_it_asks_and_how_it_is_scored(task: str, tmp_path: Path) -> None:
    found = document(tmp_path, task)
    assert found["task"] == task
    assert len(found["contract"]) > 20
    assert found["metrics"] and {metric["better"] for metric in found["metrics"]} <= {"higher", "lower"}
    assert found["baselines"] and found["axes"] and found["options"]
    assert not list(tmp_path.iterdir()), "nothing is written"


def test_a_probe_shows_examples_of_several_lengths_with_different_answers(tmp_path: Path) -> None:
    found = document(tmp_path, "parity")
    assert [example["slices"]["length"] for example in found["examples"]] == [1, 20, 40]
    for example in found["examples"]:
        bits = example["input"].split()
        assert len(bits) == example["slices"]["length"]
        assert example["reference"] == ("odd" if bits.count("1") % 2 else "even")
    assert {example["reference"] for example in found["examples"]} == {"even", "odd"}


def test_options_change_the_contract_and_the_examples(tmp_path: Path) -> None:
    found = document(tmp_path, "parity:longest=5:beyond=0")
    assert "Length: 1, 2, 3, 4, 5 in training, validation and test." in found["contract"]
    assert [example["slices"]["length"] for example in found["examples"]] == [1, 3, 5]


def test_the_page_has_contract_examples_metrics_and_options(tmp_path: Path) -> None:
    told = show(tmp_path, "parity").stdout
    order = ["Chance: accuracy 50.0 %", "[length 20] 0 1", "-> ", "accuracy (primary)", "solved at", "scores by length"]
    places = [told.find(part) for part in [*order, "baselines: chance, majority", "per_length", "longest"]]
    assert -1 not in places
    assert "⏎" not in told
    text = show(tmp_path, "translate").stdout
    assert "BLEU (primary)" in text and "data sets by name: multi30k" in text and "solved at" not in text


def test_a_wrong_name_or_option_is_one_sentence(tmp_path: Path) -> None:
    for argument, message in (
        ("parrity", "Did you mean 'parity'?"),
        ("parity:longset=3", "Did you mean 'longest'?"),
        ("parity:longest=x", "longest=x: input should be a valid integer"),
    ):
        done = show(tmp_path, argument)
        assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1
        assert message in done.stderr


PLAIN = '''
from seqharness.contracts import Options, TaskSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import Classify


class Plain:
    """Says\\x1b[31m little.

    And this is for programmers.
    """

    axes, baselines, measurements = {"length": "words"}, (), ()

    def __init__(self, options):
        from seqharness.metrics.classification import accuracy
        self.metrics = (accuracy(),)


@hookimpl
def register_tasks(register):
    register(TaskSpec(name="plain", summary="s", interface=Classify, options=lambda: Options, load=lambda: Plain))
'''


def test_a_task_of_a_plugin_without_a_contract_is_told_by_its_docstring(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text(PLAIN, encoding="utf-8")
    found = document(tmp_path, "plain", "--plugin", "plain.py")
    assert found["contract"] == "Says\x1b[31m little." and found["examples"] == []
    assert "Says␛[31m little." in show(tmp_path, "plain", "--plugin", "plain.py").stdout
