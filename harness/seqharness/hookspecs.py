"""The whole extension API.

A plugin is a module (or object) with functions marked `@hookimpl`, found through the entry-point group `seqharness`
or given by `--plugin FILE`. Every `register_*` hook hands over objects by calling `register(...)` any number of times,
once, before anything is planned; afterwards the harness works with the objects and calls no hook in a training loop.
All plugins are asked, in the order of their names. Two that register the same name are an error that names both.

The life of a comparison: register_* -> options checked -> data prepared -> modify_plan -> runs executed -> analysed ->
reporters write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from .contracts import MeasurementSpec, ModelSpec, ReporterSpec, TaskSpec, Tracker
    from .executors import ExecutorSpec
    from .plan import Plan
    from .records import RunSpec

hookspec = pluggy.HookspecMarker("seqharness")
hookimpl = pluggy.HookimplMarker("seqharness")
"""Marks a plugin's function as the implementation of the hook of the same name."""


@hookspec
def register_models(register: Callable[[ModelSpec], None]) -> None:
    """Offer models. register: takes one card. Called whenever names are listed or resolved, so import nothing heavy:
    what a card names is loaded when it is used. No return value. A name already taken is an error."""


@hookspec
def register_tasks(register: Callable[[TaskSpec | MeasurementSpec], None]) -> None:
    """Offer tasks, and measurements (which go with them). register: takes one card of either kind. Called as
    `register_models` is, under the same rules."""


@hookspec
def register_reporters(register: Callable[[ReporterSpec], None]) -> None:
    """Offer reporters. register: takes one card. All of them write, unless `--report NAME,...` picks some."""


@hookspec
def register_executors(register: Callable[[ExecutorSpec], None]) -> None:
    """Offer ways to execute the runs of a plan (this machine's processes are built in as `local`)."""


@hookspec
def register_trackers(register: Callable[[Tracker], None]) -> None:
    """Offer objects that are told of every event of every run, in the main process, after it was stored."""


@hookspec
def register_commands(register: Callable[[str, object], None]) -> None:
    """Offer commands. register: takes a name and a typer application, shown as `harness NAME`."""


@hookspec
def modify_plan(plan: Plan) -> None:
    """Look at or change the list of runs before it is executed. plan: its `runs` may be reordered or removed; what a
    run is (its key) may not. Called once in the main process; plugins see each other's changes, in name order."""


@hookspec
def describe_run(run: RunSpec) -> Mapping[str, str]:  # type: ignore[empty-body]
    """Facts to keep in a run's record beside versions and machine: a job number, a commit. run: what is executed.
    Called once for each record, in the run's own process. Where two plugins give one name, the later in name order
    wins."""
