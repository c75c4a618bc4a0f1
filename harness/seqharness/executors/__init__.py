"""Ways to execute the runs of a plan. `local`, a process a run on this machine, is built in. Free of torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..records import Failure, RunSpec

OnEvent = Callable[[RunSpec, Mapping[str, Any]], None]
"""Told of every event of every run: 'started', 'progress', 'validating', 'evaluating', 'done', 'failed'."""


class Executor(Protocol):
    """Executes runs; one that fails never stops the others."""

    def execute(self, runs: Sequence[RunSpec], on_event: OnEvent) -> dict[str, Failure]:
        """Do every run, in this order where there is a choice, and store its records.

        Returns why, by training key, for those that left no record. KeyboardInterrupt: each run under way has written
        a checkpoint first.
        """


@dataclass(frozen=True, kw_only=True)
class ExecutorSpec:
    """The card of an executor. `load()` gives what is called with the number of jobs at a time."""

    name: str
    summary: str
    load: Callable[[], Callable[[int], Executor]]
