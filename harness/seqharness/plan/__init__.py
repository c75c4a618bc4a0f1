"""From what is asked for to a list of runs: names resolved, options checked, data prepared, models sized.

Everything that can be the user's mistake is found here, before anything is trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..budget import parse_budget
from ..comparison_spec import ComparisonSpec
from ..contracts import BaselineArchitecture
from ..data.prepare import prepare
from ..data.sources import DataSource
from ..environment import choose_device
from ..errors import NotApplicable, NothingToRun, UserError
from ..executors.choose import executor_named
from ..keys import task_identity
from ..records import Failure
from ..registry import Catalogue
from ..resolve import (
    ResolvedModel,
    ResolvedTask,
    baselines_of,
    check_applicable,
    check_recipe,
    check_unique,
    measurements_of,
    resolve_model,
    resolve_task,
)
from ..store import Store, ensure_writable
from . import sizes, trials
from .amounts import matched_tokens, train_sizes
from .plan import Plan, PlannedModel, PlannedTrial
from .runs import runs_of

__all__ = ["Plan", "PlannedModel", "PlannedTrial", "make_plan", "settle"]


def make_plan(spec: ComparisonSpec, catalogue: Catalogue, source: DataSource) -> Plan:
    """Resolve, check, prepare, size. UserError for what the user got wrong; NothingToRun where nothing applies."""
    budget = parse_budget(spec.budget)
    tasks = [resolve_task(text, catalogue) for text in spec.tasks]
    models = [resolve_model(text, catalogue) for text in spec.models]
    check_recipe(spec.recipe)
    trials.check(spec)
    check_unique(spec)
    check_applicable(models, tasks)
    for reporter in spec.reporters or ():
        catalogue.reporter(reporter)
    executor_named(spec.executor, catalogue)
    device = choose_device(spec.device)
    if spec.decoding.precision == "int8" and device != "cpu":
        raise UserError(f"--decoding-precision int8 is for a CPU, not for {device}. Use --device cpu, or bf16.")
    store = Store(Path(spec.store).resolve())
    store.create()
    ensure_writable(Path(spec.output) / spec.report_name, "the report")
    plan = Plan(spec, budget, device, tasks, {})
    plan.measurements = {str(task.name): measurements_of(task, spec, catalogue, plan.notes) for task in tasks}
    for task in tasks:
        _plan_task(task, models, plan, catalogue, source, store)
    settle(plan, catalogue)
    if not plan.runs:
        raise NothingToRun("No model of this comparison applies to any of its tasks.")
    return plan


def settle(plan: Plan, catalogue: Catalogue, failures: Mapping[str, Failure] | None = None) -> None:
    """Plan the trials that follow from those that have ended, and the runs with what is best so far.

    failures: trials that ended without a record, by training key.
    """
    plan.models = [trials.tuned(planned, plan, failures or {}) for planned in plan.models]
    plan.smaller = [trials.tuned(planned, plan, failures or {}) for planned in plan.smaller]
    plan.runs = [run for planned in plan.every if planned.not_applicable is None for run in runs_of(planned, plan)]
    plan.runs.sort(key=lambda run: -run.flops)
    catalogue.modify_plan(plan)


def _plan_task(
    task: ResolvedTask,
    models: list[ResolvedModel],
    plan: Plan,
    catalogue: Catalogue,
    source: DataSource,
    store: Store,
) -> None:
    """Add a task's models at every training size."""
    name = str(task.name)
    plan.identities[name] = task_identity(task, source)
    plan.prepared[name] = prepare(task.task, source, plan.identities[name], store.folder)
    largest, *smaller = train_sizes(plan, name)
    baselines = baselines_of(task, models, catalogue, plan.notes)
    planned: list[PlannedModel] = []
    for model in [*models, *baselines]:
        planned.append(_plan_model(model, task, planned, plan))
    planned = [replace(one, train_examples=largest) for one in planned]
    plan.models += matched_tokens([sizes.with_dropout(one, plan) for one in planned], plan)
    for examples in smaller:
        less = [sizes.with_dropout(replace(one, train_examples=examples), plan) for one in planned]
        plan.smaller += matched_tokens(less, plan)


def _plan_model(model: ResolvedModel, task: ResolvedTask, before: list[PlannedModel], plan: Plan) -> PlannedModel:
    """before: the models of this task that stand before it, the first of which may be the measure of the others."""
    kind, name = task.entry.card.interface, str(task.name)
    if kind not in model.entry.card.interfaces:
        return PlannedModel(model, name, not_applicable=f"it does not serve {kind.name}")
    architecture = model.architecture
    try:
        if isinstance(architecture, BaselineArchitecture):
            architecture.serves[kind](model.config, plan.prepared[name].interface)  # it may refuse
            return PlannedModel(model, name, "no gradient descent", model.config.model_dump(mode="json"))
        return sizes.sized(model, architecture, name, before, plan)
    except NotApplicable as reason:
        return PlannedModel(model, name, not_applicable=str(reason))
