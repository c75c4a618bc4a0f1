"""Start-up of `harness --help` and `harness list models`, alone and with 50 plugins of strangers, and of a run.

    python benchmarks/start_up.py [--repeats 10] [--plugins 50]

The plugins are generated: distributions with an entry point and a model each, in a folder on PYTHONPATH. The commands
and a bare `python -c pass` take turns. A run's process is forked from a server that has imported torch already; its
start is timed by a call that does nothing there, the server's own start apart.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from turns import ratios, spread

from seqharness.executors.process import in_process

WANTED, WANTED_RUN = 0.3, 0.1
"""Seconds of a command with all plugins, and of the start of a run."""

PLUGIN = '''"""A generated plugin."""

from seqharness import ModelSpec, hookimpl
from seqharness.interfaces import CausalLM


def load():
    raise NotImplementedError


@hookimpl
def register_models(register):
    register(ModelSpec(name="generated-{number}", summary="Does nothing.", interfaces=(CausalLM,), load=load))
'''

HARNESS = [sys.executable, "-m", "seqharness"]
COMMANDS: Mapping[str, Sequence[str]] = {"--help": [*HARNESS, "--help"], "list models": [*HARNESS, "list", "models"]}
BARE = "python -c pass"


def main() -> None:
    """Print the table. Exit code 1 where something takes longer than wanted."""
    parser = argparse.ArgumentParser(description="Start-up of the command and of a run's process.")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--plugins", type=int, default=50)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), asked.plugins)
        found = commands(Path(folder), asked)
    print(f"{'':<32} {'seconds':>24} {'times bare python':>24}")
    for name, seconds in found.items():
        print(f"{name:<32} {spread(seconds, 3):>24} {spread(ratios(seconds, found[BARE]), 1):>24}")
    server, starts = runs(asked.repeats)
    print(f"{'the server of runs, once':<32} {server:>9.3f}")
    print(f"{'the process of a run':<32} {spread(starts, 3):>24} {spread(ratios(starts, found[BARE]), 1):>24}")
    slow = [name for name, seconds in found.items() if statistics.median(seconds) > WANTED]
    slow += ["the process of a run"] if statistics.median(starts) > WANTED_RUN else []
    print(f"longer than wanted: {', '.join(slow)}" if slow else "all within what is wanted")
    raise SystemExit(bool(slow))


def generate(folder: Path, plugins: int) -> None:
    """Write plugins that `importlib.metadata` finds."""
    for number in range(plugins):
        (folder / f"generated_{number}.py").write_text(PLUGIN.format(number=number), encoding="utf-8")
        info = folder / f"generated_{number}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: generated-{number}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[seqharness]\ngenerated_{number} = generated_{number}\n")


def commands(folder: Path, asked: argparse.Namespace) -> dict[str, list[float]]:
    """Seconds of each command, turn by turn, after one that fills the caches."""
    path = os.pathsep.join(entry for entry in (str(folder), os.environ.get("PYTHONPATH", "")) if entry)
    crowded = {**os.environ, "PYTHONPATH": path}
    table: dict[str, tuple[Sequence[str], Mapping[str, str]]] = {BARE: ([sys.executable, "-c", "pass"], os.environ)}
    for name, command in COMMANDS.items():
        table[f"harness {name}"] = command, os.environ
        table[f"harness {name}, {asked.plugins} plugins"] = command, crowded
    listed = subprocess.run(COMMANDS["list models"], env=crowded, capture_output=True, text=True, check=True).stdout
    assert asked.plugins == 0 or f"generated-{asked.plugins - 1}" in listed
    found: dict[str, list[float]] = {name: [] for name in table}
    for turn in range(asked.repeats + 1):
        for name, (command, environment) in table.items():
            begin = time.perf_counter()
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
            if turn:
                found[name].append(time.perf_counter() - begin)
    return found


def runs(repeats: int) -> tuple[float, list[float]]:
    """Seconds of the first process, which starts the server, and of each after it."""
    seconds = []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        in_process("os", "getpid")
        seconds.append(time.perf_counter() - begin)
    return seconds[0], seconds[1:]


if __name__ == "__main__":
    main()
