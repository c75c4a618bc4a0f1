"""Measuring side by side: each contestant in a process of its own, taking turns, so that a machine that slows down
meanwhile slows all of them.

The process that orchestrates starts `python SCRIPT --worker ARGUMENTS...` for each contestant and asks it, turn after
turn, to measure for some seconds; a contestant that is not asked waits and costs nothing.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Figures = dict[str, Any]
"""What a contestant says of a turn: plain numbers by name."""

IDLE = 0.95
"""Share of a core that a contestant gets on an idle machine, at least."""


class Contestant:
    """A process that measures when it is asked to. `facts`: what it said of itself once it was ready."""

    def __init__(self, script: str, *arguments: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
        self.process = subprocess.Popen(
            [sys.executable, script, "--worker", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=kept,
        )
        self.facts = self._hear()

    def measure(self, seconds: float) -> Figures:
        """One turn."""
        assert self.process.stdin is not None
        print(seconds, file=self.process.stdin, flush=True)
        return self._hear()

    def end(self) -> None:
        """Let the process finish."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def _hear(self) -> Figures:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("A process of the benchmark ended before its turn; its message stands above.")
        heard: Figures = json.loads(line)
        return heard


def serve(prepare: Callable[[], tuple[Figures, Callable[[float], Figures]]]) -> None:
    """The other side: get ready, say so, and measure whenever asked. What is printed meanwhile goes to stderr."""
    answers, sys.stdout = sys.stdout, sys.stderr
    facts, measure = prepare()
    print(json.dumps(facts), file=answers, flush=True)
    for line in sys.stdin:
        begin, used = time.perf_counter(), time.process_time()
        figures = measure(float(line))
        cores = (time.process_time() - used) / (time.perf_counter() - begin)
        print(json.dumps({**figures, "cores": cores}), file=answers, flush=True)


def take_turns(contestants: Mapping[str, Contestant], repeats: int, seconds: float) -> dict[str, list[Figures]]:
    """The figures of each contestant, turn by turn, after one that warms up and does not count."""
    found: dict[str, list[Figures]] = {name: [] for name in contestants}
    for turn in range(repeats + 1):
        for name, contestant in contestants.items():
            figures = contestant.measure(seconds)
            if turn:
                found[name].append(figures)
    least = min(statistics.median(turn["cores"] for turn in turns) for turns in found.values())
    if least < IDLE:
        print(
            f"Not to be quoted: the machine does something else too ({least:.2f} of a core was left).", file=sys.stderr
        )
    return found


def ratios(ours: Sequence[float], baseline: Sequence[float]) -> list[float]:
    """Turn by turn."""
    return [mine / theirs for mine, theirs in zip(ours, baseline, strict=True)]


def spread(values: Sequence[float], digits: int = 2) -> str:
    """'1.42 [1.38, 1.47]': the median, the least and the largest."""
    middle, low, high = (f"{value:,.{digits}f}" for value in (statistics.median(values), min(values), max(values)))
    return f"{middle} [{low}, {high}]"
