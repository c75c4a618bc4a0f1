"""What starting imports: the rest of the time to start is the machine's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"torch", "sklearn", "matplotlib", "scipy", "sacrebleu", "tokenizers", "numpy"}

PROGRAM = """
import json, sys
from seqharness.cli import run
code = run(sys.argv[1:])
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]), file=sys.stderr)
"""


def modules_after(arguments: list[str], folder: Path) -> set[str]:
    """Top-level modules that a command has imported when it ends."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HARNESS_")}
    environment["XDG_CONFIG_HOME"] = str(folder)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    code, names = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(names)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["compare", "--help"],
        ["bench", "--help"],
        ["list", "models"],
        ["list", "tasks"],
        ["plugin", "list"],
    ],
    ids=" ".join,
)
def test_starting_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    loaded = modules_after(arguments, tmp_path)
    assert "typer" in loaded, "the probe saw nothing"
    assert not loaded & HEAVY


def test_the_package_and_its_errors_are_imported_without_torch() -> None:
    program = (
        "import sys, seqharness; seqharness.UserError; seqharness.hookimpl; seqharness.ModelSpec; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "seqharness" in loaded
    assert not loaded & HEAVY
