"""The way of a comparison, from Python: plan -> execute what is missing -> analyse -> report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .comparison import Comparison
from .comparison_spec import ComparisonSpec
from .data.sources import DataSource
from .errors import UserError
from .executors import OnEvent
from .executors.choose import executor_named
from .records import Failure, RunSpec
from .registry import Catalogue, load_catalogue
from .specs import check_options
from .store import Store, ensure_writable

if TYPE_CHECKING:
    from .plan import Plan


@dataclass(frozen=True)
class Outcome:
    """A comparison, the files of its report, and how many runs were made now."""

    comparison: Comparison
    files: list[Path]
    executed: int


def compare(models: Sequence[str], tasks: Sequence[str], **options: Any) -> Comparison:
    """Train, evaluate and compare; write the report; return the comparison. What the command `harness compare` does.

    models, tasks: names with options, as on the command line ('transformer:heads=4', 'translate:data=multi30k').
    options: fields of `ComparisonSpec` (seeds=3, budget='quick', parameters=1_000_000, decoding={'beam': 5}, ...).
    Raises UserError for a mistake in any of them, before anything is trained. Runs that fail or diverge do not raise:
    they are in `comparison.runs`. A script needs no `if __name__ == '__main__'` guard.
    """
    for argument, names in (("models", models), ("tasks", tasks)):
        if isinstance(names, str):
            raise UserError(f"compare(): {argument}={names!r} is one text; write a list of names: {[names]!r}.")
    given = {"models": tuple(models), "tasks": tuple(tasks), **options}
    given.setdefault("command", _call(models, tasks, options))
    return run_comparison(check_options(ComparisonSpec, given, "compare()")).comparison


def run_comparison(
    spec: ComparisonSpec, catalogue: Catalogue | None = None, on_event: OnEvent | None = None
) -> Outcome:
    """Plan, execute what the store does not hold, analyse and report."""
    from .plan import make_plan

    catalogue = catalogue or load_catalogue(spec.plugins)
    plan = make_plan(spec, catalogue, DataSource.from_environment())
    return execute_plan(plan, catalogue, on_event)


def execute_plan(plan: Plan, catalogue: Catalogue, on_event: OnEvent | None = None) -> Outcome:
    """Execute, analyse and report a plan: the trials of a tuning first, then the runs."""
    from .analysis.analyse import analyse
    from .plan import settle

    store = Store(Path(plan.spec.store).resolve())
    tried, trial_failures = 0, dict[str, Failure]()
    while trials := [run for run in plan.missing_trials() if run.training_key not in trial_failures]:
        tried += len(trials)
        trial_failures |= _execute(plan, trials, catalogue, on_event)
        settle(plan, catalogue, trial_failures)
    missing = plan.missing()
    failures = _execute(plan, missing, catalogue, on_event)
    name = plan.spec.report_name
    comparison = analyse(plan, store, failures, name)
    files = write_report(comparison, Path(plan.spec.output) / name, catalogue, plan.spec.reporters)
    return Outcome(comparison, files, tried + len(missing))


def _execute(
    plan: Plan, missing: Sequence[RunSpec], catalogue: Catalogue, on_event: OnEvent | None
) -> dict[str, Failure]:
    if not missing:
        return {}

    def tell(spec: RunSpec, event: Mapping[str, Any]) -> None:
        if on_event is not None:
            on_event(spec, event)
        for tracker in catalogue.trackers:
            tracker.event(spec.model_dump(mode="json"), event)

    return executor_named(plan.spec.executor, catalogue)(jobs_of(plan)).execute(missing, tell)


def jobs_of(plan: Plan) -> int:
    """Runs at a time: as asked for, else one a core on a CPU (by the threads of a run) and one on a GPU."""
    from .environment import available_cores

    if plan.spec.jobs is not None:
        return plan.spec.jobs
    return max(1, available_cores() // plan.spec.threads) if plan.device == "cpu" else 1


def write_report(
    comparison: Comparison, folder: Path, catalogue: Catalogue, reporters: Sequence[str] | None = None
) -> list[Path]:
    """Let the reporters (all, or those named) write into a folder; returns the files in the reporters' order.

    UserError where the folder cannot be written or a reporter is not known.
    """
    names = sorted(catalogue.reporters) if reporters is None else list(reporters)
    writers = [catalogue.reporter(name).card for name in names]
    ensure_writable(folder, "the report")
    folder.mkdir(parents=True, exist_ok=True)
    return [path for writer in writers for path in writer.load()(comparison, folder)]


def _call(models: Sequence[str], tasks: Sequence[str], options: Mapping[str, Any]) -> str:
    arguments = {"models": list(models), "tasks": list(tasks), **options}
    return f"seqharness.compare({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"
