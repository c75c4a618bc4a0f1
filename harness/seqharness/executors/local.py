"""A process a run on this machine, as many at a time as there are jobs.

Processes are forked from a server that has imported torch already (spawned where there is no fork). A run that is
killed, hangs or runs out of memory is recorded as such, and the others go on.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from ..errors import HarnessError
from ..records import Failure, RunSpec
from ..store import Store
from . import ExecutorSpec, OnEvent
from .process import context, start

HANG_SECONDS = 3600.0
"""A run that tells nothing for so long is taken for hung and killed."""

STOP_SECONDS = 60.0
"""How long runs may take to write their checkpoints when the command is interrupted."""


@dataclass
class _Worker:
    """A run under way."""

    spec: RunSpec
    process: BaseProcess
    connection: Connection
    heard: float = field(default_factory=time.monotonic)
    outcome: Mapping[str, Any] | None = None


class LocalExecutor:
    """Runs on this machine, `jobs` at a time."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.context = context()

    def execute(self, runs: Sequence[RunSpec], on_event: OnEvent) -> dict[str, Failure]:
        waiting, workers = list(runs), list[_Worker]()
        failures: dict[str, Failure] = {}
        try:
            while waiting or workers:
                while waiting and len(workers) < self.jobs:
                    workers.append(self._start(waiting.pop(0), on_event))
                self._listen(workers, on_event)
                for worker in [worker for worker in workers if not worker.process.is_alive()]:
                    workers.remove(worker)
                    self._finish(worker, failures, on_event)
        except BaseException:
            self._stop(workers)
            raise
        return failures

    def _start(self, spec: RunSpec, on_event: OnEvent) -> _Worker:
        here, there = self.context.Pipe(duplex=False)
        process = self.context.Process(target=work, args=(spec.model_dump_json(), there), daemon=True)  # type: ignore[attr-defined]
        start(process)
        there.close()
        on_event(spec, {"event": "started", "pid": process.pid})
        return _Worker(spec, process, here)

    def _listen(self, workers: list[_Worker], on_event: OnEvent) -> None:
        """Wait a moment for events, and hand them on."""
        by_connection = {worker.connection: worker for worker in workers}
        sentinels = [worker.process.sentinel for worker in workers]
        ready = wait([*by_connection, *sentinels], timeout=1.0)
        for connection, worker in by_connection.items():
            if connection in ready:
                self._drain(worker, on_event)
            if time.monotonic() - worker.heard > HANG_SECONDS:
                worker.outcome = {"event": "failed", "reason": f"told nothing for {HANG_SECONDS:.0f} s and was killed"}
                worker.process.kill()

    def _drain(self, worker: _Worker, on_event: OnEvent) -> None:
        with contextlib.suppress(EOFError, OSError):
            while worker.connection.poll():
                event = worker.connection.recv()
                worker.heard = time.monotonic()
                if event["event"] in ("done", "failed", "stopped"):
                    worker.outcome = event
                else:
                    on_event(worker.spec, event)

    def _finish(self, worker: _Worker, failures: dict[str, Failure], on_event: OnEvent) -> None:
        """Take the outcome of a process that ended; one that told none was killed."""
        self._drain(worker, on_event)
        worker.process.join()
        worker.connection.close()
        outcome = worker.outcome or {"event": "failed", "reason": _death(worker.process.exitcode)}
        if outcome["event"] != "done":
            store = Store(Path(worker.spec.store))
            before = store.failure(worker.spec.training_key)
            failure = Failure(
                status="interrupted" if outcome["event"] == "stopped" else "failed",
                reason=str(outcome.get("reason", "")),
                attempts=(before.attempts if before else 0) + 1,
            )
            store.write_failure(worker.spec.training_key, failure)
            failures[worker.spec.training_key] = failure
        on_event(worker.spec, outcome)

    def _stop(self, workers: list[_Worker]) -> None:
        """Ask the runs to write a checkpoint and end; kill those that take too long."""
        for worker in workers:
            if worker.process.is_alive():
                worker.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for worker in workers:
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()


def work(text: str, connection: Connection) -> None:
    """The body of a run's process. SIGTERM asks for a checkpoint; SIGINT is the main process's affair."""
    from ..run import run_one
    from ..training.loop import Interrupted

    stopping: list[int] = []
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: stopping.append(number))
    spec = RunSpec.model_validate_json(text)

    def emit(event: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError):  # the main process is gone: the run goes on to its checkpoint or its end
            connection.send(dict(event))

    try:
        run_one(spec, emit, stop=lambda: bool(stopping) or _orphaned())
    except Interrupted:
        emit({"event": "stopped", "reason": "interrupted; its checkpoint is kept"})
    except HarnessError as error:
        emit({"event": "failed", "reason": str(error)})
    except MemoryError:
        emit({"event": "failed", "reason": "out of memory"})
    except Exception as error:
        emit({"event": "failed", "reason": _described(spec, error)})
    else:
        emit({"event": "done"})


def _described(spec: RunSpec, error: Exception) -> str:
    """One line of the error; the whole of it beside the checkpoint."""
    folder = Store(Path(spec.store)).work_folder(spec.training_key)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "error.txt"
    path.write_text(traceback.format_exc(), encoding="utf-8")
    kind = type(error).__name__
    text = (
        "out of memory" if kind == "OutOfMemoryError" else f"{kind}: {str(error).splitlines()[0] if str(error) else ''}"
    )
    return f"{text} (see {path})"


def _orphaned() -> bool:
    parent = multiprocessing.parent_process()
    return parent is not None and not parent.is_alive()


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-code).name
            hint = " (the system may have run out of memory)" if name == "SIGKILL" else ""
            return f"its process was killed by {name}{hint}"
    return f"its process ended with exit code {code} and told nothing"


LOCAL = ExecutorSpec(
    name="local", summary="a process a run on this machine, one run per core", load=lambda: LocalExecutor
)
