"""Progress on stderr: a bar for every run on a terminal, a line for every run elsewhere, nothing when quiet."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ..records import RunSpec
from ..visible import visible
from .console import time_text

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Display(Protocol):
    """Shown what happens."""

    def preparing(self) -> None: ...

    def plan(self, missing: Sequence[RunSpec], total: int, jobs: int) -> None: ...

    def event(self, run: RunSpec, event: Mapping[str, Any]) -> None: ...


@contextlib.contextmanager
def progress_display(quiet: bool) -> Iterator[Display]:
    """The display that fits stderr."""
    if quiet:
        yield Silence()
    elif sys.stderr.isatty():
        with _bars() as progress:
            bars = Bars(progress)
            try:
                yield bars
            finally:
                bars.prepared()
    else:
        yield Lines()


class Silence:
    """Shows nothing."""

    def preparing(self) -> None:
        """Nothing."""

    def plan(self, missing: Sequence[RunSpec], total: int, jobs: int) -> None:
        """Nothing."""

    def event(self, run: RunSpec, event: Mapping[str, Any]) -> None:
        """Nothing."""


class Lines:
    """A line when a run starts, resumes and ends; none before all that the user may have got wrong is checked."""

    def __init__(self) -> None:
        self.started: dict[str, float] = {}
        self.done = self.count = 0

    def preparing(self) -> None:
        """Nothing: an error would not be the only line."""

    def say(self, text: str) -> None:
        """A line."""
        print(f"harness: {visible(text)}", file=sys.stderr, flush=True)

    def plan(self, missing: Sequence[RunSpec], total: int, jobs: int) -> None:
        """What will be done."""
        self.count = len(missing)
        self.say(f"{total} runs, {total - self.count} stored already, {self.count} to do, {jobs} at a time")

    def event(self, run: RunSpec, event: Mapping[str, Any]) -> None:
        """A line for what changes."""
        kind = event["event"]
        if kind == "started":
            self.started[run.training_key] = time.monotonic()
            self.say(f"{run.label}: started")
        elif kind == "resumed":
            self.say(f"{run.label}: goes on from its checkpoint at {event['tokens']:,} tokens")
        elif kind in ("done", "failed", "stopped"):
            self.done += 1
            took = time_text(time.monotonic() - self.started.get(run.training_key, time.monotonic()))
            reason = f" ({event['reason']})" if event.get("reason") else ""
            self.say(f"[{self.done}/{self.count}] {run.label}: {kind} after {took}{reason}")


class Bars:
    """A bar for every run under way and one for all."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.tasks: dict[str, TaskID] = {}
        self.all: TaskID | None = None
        self.preparation: TaskID | None = None

    def preparing(self) -> None:
        """A bar without an end."""
        self.preparation = self.progress.add_task("preparing data and sizing models", total=None, detail="")

    def prepared(self) -> None:
        """Take that bar away."""
        if self.preparation is not None:
            self.progress.remove_task(self.preparation)
            self.preparation = None

    def say(self, text: str) -> None:
        """A line above the bars."""
        self.progress.console.print(visible(text))

    def plan(self, missing: Sequence[RunSpec], total: int, jobs: int) -> None:
        """The bar of all runs."""
        self.prepared()
        self.say(f"{total} runs, {total - len(missing)} stored already, {len(missing)} to do, {jobs} at a time")
        if missing:
            self.all = self.progress.add_task("all runs", total=sum(run.tokens for run in missing), detail="")

    def event(self, run: RunSpec, event: Mapping[str, Any]) -> None:
        """Move the run's bar."""
        kind, key = event["event"], run.training_key
        if kind == "started":
            self.tasks[key] = self.progress.add_task(visible(run.label), total=run.tokens, detail="starting")
            return
        task = self.tasks[key]
        if kind in ("progress", "resumed"):
            detail = f"loss {event['loss']:.3f}, {event['rate']:,.0f} tokens/s" if event.get("loss") else "resumed"
            self.progress.update(task, completed=min(event["tokens"], run.tokens), detail=detail)
        elif kind in ("validating", "evaluating"):
            self.progress.update(task, detail=kind)
        elif kind in ("done", "failed", "stopped"):
            self.progress.update(task, completed=run.tokens, detail=kind, visible=kind != "done")
            self.say(f"{run.label}: {kind}{' (' + str(event['reason']) + ')' if event.get('reason') else ''}")
        if self.all is not None:
            done = sum(one.completed for one in self.progress.tasks if one.id in self.tasks.values())
            self.progress.update(self.all, completed=done)


def _bars() -> Progress:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from .console import console

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
        console=console(stderr=True),
    )
