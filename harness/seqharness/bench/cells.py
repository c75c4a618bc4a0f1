"""The parent's side of cells: a process for each, in which several models take turns at the same length and work."""

from __future__ import annotations

import contextlib
import signal
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any

from ..costs import Cell, Spread
from ..executors.process import context, start
from .work import Ended, Job, Timing, serve

SLICE_SECONDS = 0.3
"""How long a timing lasts, or one call where that takes longer."""


class Child:
    """A cell's process, told when to work, until it has `ended`. limit: seconds that it may take for itself."""

    def __init__(self, job: Job, limit: float) -> None:
        self.job, self.left, self.limit = job, limit, limit
        self.ended: Ended | None = None
        self.idle = 0
        self.timings: list[Timing] = []
        self.connection, there = context().Pipe()
        self.process: Any = context().Process(target=serve, args=(job, there), daemon=True)  # type: ignore[attr-defined]
        start(self.process)
        there.close()

    def build(self) -> None:
        """Wait until it has warmed up."""
        answer = self._answer()
        if answer is not None:
            self.idle = answer.idle

    def time(self) -> None:
        """One more timing, unless it has ended."""
        if self.ended is None:
            with contextlib.suppress(OSError):
                self.connection.send(SLICE_SECONDS)
            answer = self._answer()
            if answer is not None:
                self.timings.append(answer)

    def _answer(self) -> Any:
        """What it sends next; None where it has ended instead. One out of time must not disturb the others' turns."""
        started = time.monotonic()
        try:
            received = self.connection.recv() if self.connection.poll(max(0.0, self.left)) else None
        except (EOFError, OSError):
            self.process.join()
            received = _death(self.process.exitcode)
        self.left -= time.monotonic() - started
        if received is None:
            self.process.kill()
            received = Ended("out of time", f"stopped after {self.limit:g} s")
        if isinstance(received, Ended):
            self.ended = received
            return None
        return received

    def stop(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.kill()
        self.process.join()

    def cell(self) -> Cell:
        """What was found."""
        job = self.job
        cell = Cell(
            model=job.model,
            length=job.length,
            work=job.work,
            status=self.ended.status if self.ended else "measured",
            reason=self.ended.reason if self.ended else "",
            rows=job.rows,
            tokens=job.tokens,
        )
        if self.ended:
            return cell
        spread = spread_of([1000 * timing.seconds / timing.calls for timing in self.timings])
        return cell.model_copy(
            update={
                "milliseconds": spread,
                "tokens_per_second": 1000 * job.tokens / spread.median,
                "cpu_share": sum(one.processor for one in self.timings) / sum(one.seconds for one in self.timings),
                "peak_memory_bytes": max(timing.peak for timing in self.timings),
                "idle_memory_bytes": self.idle,
            }
        )


def spread_of(times: Sequence[float]) -> Spread:
    """Median and quartiles."""
    if len(times) == 1:
        return Spread(median=times[0], low=times[0], high=times[0])
    low, median, high = statistics.quantiles(times, n=4, method="inclusive")
    return Spread(median=median, low=low, high=high)


def measured_cells(jobs: Sequence[Job], repeats: int, limit: float) -> list[Cell]:
    """One cell for each job. The models take turns, so that a machine that slows down meanwhile slows all of them.

    limit: seconds that a cell may take for itself, the others' turns not counted.
    """
    with _started(jobs, limit) as children:
        for _ in range(repeats):
            for child in children:
                child.time()
        return [child.cell() for child in children]


@contextlib.contextmanager
def _started(jobs: Sequence[Job], limit: float) -> Iterator[list[Child]]:
    """One after the other, so that none is timed while another is built; all are ended afterwards."""
    children: list[Child] = []
    try:
        for job in jobs:
            children.append(Child(job, limit))
            children[-1].build()
        yield children
    finally:
        for child in children:
            child.stop()


def _death(code: int | None) -> Ended:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        if name == "SIGKILL":
            return Ended("out of memory", "the system killed its process (SIGKILL), as it does when memory runs out")
        return Ended("failed", f"its process was killed by {name}")
    return Ended("failed", f"its process ended with exit code {code} and told nothing")
