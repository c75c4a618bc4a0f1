"""From what is asked for to a list of runs: names resolved, options checked, data prepared, models sized.

Everything that can be the user's mistake is found here, before anything is trained.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .budget import Budget, default_dropout, parse_budget
from .comparison_spec import ComparisonSpec
from .contracts import Architecture, BaselineArchitecture, Config, ModelSpec, Recipe, Task, TaskSpec
from .data.prepare import Prepared, prepare
from .data.sources import DataSource
from .environment import choose_device
from .errors import NotApplicable, NothingToRun, UserError
from .executors.choose import executor_named
from .records import Role, RunSpec, Sizing
from .registry import Catalogue, Entry, source_hash
from .specs import Name, canonical, check_options, parse_name
from .store import Store, ensure_writable

NUMERICS = 1
"""Raised whenever a change of the core changes what a run computes, so that old results are not taken for new ones."""


@dataclass(frozen=True)
class ResolvedModel:
    """A model of the comparison: its card, what it offers, and its options as given and as checked."""

    name: Name
    entry: Entry[ModelSpec]
    architecture: Architecture | BaselineArchitecture
    config: Any
    role: Role = "compared"

    @property
    def given(self) -> dict[str, str]:
        """Options the user wrote."""
        return dict(self.name.options)


@dataclass(frozen=True)
class ResolvedTask:
    """A task of the comparison."""

    name: Name
    entry: Entry[TaskSpec]
    task: Task


@dataclass(frozen=True)
class PlannedModel:
    """A model on a task: what it resolved to, or why it does not apply."""

    model: ResolvedModel
    task: str
    resolved: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    recipe: Recipe | None = None
    sizing: Sizing | None = None
    not_applicable: str | None = None


@dataclass
class Plan:
    """All that will be done. `runs` is in the order of execution: the longest first."""

    spec: ComparisonSpec
    budget: Budget
    device: str
    tasks: list[ResolvedTask]
    prepared: dict[str, Prepared]
    models: list[PlannedModel]
    runs: list[RunSpec]
    notes: list[str] = field(default_factory=list)

    def missing(self) -> list[RunSpec]:
        """The runs that the store does not hold yet."""
        store = Store(Path(self.spec.store))
        return [run for run in self.runs if not store.finished(run.training_key, run.evaluation_key)]


def make_plan(spec: ComparisonSpec, catalogue: Catalogue, source: DataSource) -> Plan:
    """Resolve, check, prepare, size. UserError for what the user got wrong; NothingToRun where nothing applies."""
    budget = parse_budget(spec.budget)
    tasks = [_resolve_task(text, catalogue) for text in spec.tasks]
    models = [_resolve_model(text, catalogue) for text in spec.models]
    _check_recipe(spec.recipe)
    _check_unique(spec)
    _check_applicable(models, tasks)
    for reporter in spec.reporters or ():
        catalogue.reporter(reporter)
    executor_named(spec.executor, catalogue)
    device = choose_device(spec.device)
    store = Store(Path(spec.store).resolve())
    store.create()
    ensure_writable(Path(spec.output) / spec.report_name, "the report")
    plan = Plan(spec, budget, device, tasks, {}, [], [])
    for task in tasks:
        identity = task_identity(task, source)
        prepared = prepare(task.task, source, identity, store.folder)
        plan.prepared[str(task.name)] = prepared
        baselines = _baselines(task, models, catalogue, plan.notes)
        for model in [*models, *baselines]:
            planned = _plan_model(model, task, prepared, plan)
            plan.models.append(planned)
            if planned.not_applicable is None:
                plan.runs += _runs(planned, identity, prepared, plan, store)
    if not plan.runs:
        raise NothingToRun("No model of this comparison applies to any of its tasks.")
    plan.runs.sort(key=lambda run: -run.flops)
    catalogue.modify_plan(plan)
    return plan


# ---------------------------------------------------------------------------------------------------------- resolving


def _resolve_task(text: str, catalogue: Catalogue) -> ResolvedTask:
    name = parse_name(text)
    entry = catalogue.task(name.name)
    kind, build = entry.load(entry.card.options), entry.load(entry.card.load)
    return ResolvedTask(name, entry, build(check_options(kind, dict(name.options), f"task {name.name}")))


def _resolve_model(text: str, catalogue: Catalogue, role: Role = "compared") -> ResolvedModel:
    name = parse_name(text)
    entry = catalogue.model(name.name)
    architecture = entry.load(entry.card.load)
    config = check_options(architecture.config, dict(name.options), f"model {name.name}")
    return ResolvedModel(name, entry, architecture, config, "baseline" if entry.card.baseline else role)


def _check_unique(spec: ComparisonSpec) -> None:
    for kind, names in (("model", spec.models), ("task", spec.tasks)):
        for name in names:
            if names.count(name) > 1:
                raise UserError(f"The {kind} {name!r} is named twice; name it once, or with different options.")


def _check_recipe(overrides: Mapping[str, Any]) -> None:
    check_options(Recipe, overrides, "The recipe")


def _check_applicable(models: list[ResolvedModel], tasks: list[ResolvedTask]) -> None:
    """A model that serves no task at all is a mistake; one that serves some is 'not applicable' elsewhere."""
    for model in models:
        if not any(task.entry.card.interface in model.entry.card.interfaces for task in tasks):
            serves = ", ".join(interface.name for interface in model.entry.card.interfaces)
            wanted = ", ".join(f"{task.name.name} ({task.entry.card.interface.name})" for task in tasks)
            raise UserError(
                f"The model {model.name.name!r} cannot do {wanted}: it serves {serves}. Take another model or task; "
                "`harness list models` shows which model serves what."
            )


def _baselines(
    task: ResolvedTask, models: list[ResolvedModel], catalogue: Catalogue, notes: list[str]
) -> list[ResolvedModel]:
    """The trivial models that stand in every table of a task, unless they are compared anyway."""
    found = []
    for name in task.task.baselines:
        if any(model.name.name == name for model in models):
            continue
        if name not in catalogue.models:
            notes.append(
                f"The baseline {name!r} of {task.name.name} is missing: no plugin that is switched on offers it."
            )
            continue
        found.append(_resolve_model(name, catalogue, "baseline"))
    return found


# ------------------------------------------------------------------------------------------------------------- sizing


def _plan_model(model: ResolvedModel, task: ResolvedTask, prepared: Prepared, plan: Plan) -> PlannedModel:
    kind, name = task.entry.card.interface, str(task.name)
    if kind not in model.entry.card.interfaces:
        return PlannedModel(model, name, not_applicable=f"it does not serve {kind.name}")
    architecture = model.architecture
    if isinstance(architecture, BaselineArchitecture):
        return PlannedModel(model, name, "no gradient descent", model.config.model_dump(mode="json"))
    try:
        return _size(model, architecture, name, prepared, plan)
    except NotApplicable as reason:
        return PlannedModel(model, name, not_applicable=str(reason))


def _size(model: ResolvedModel, architecture: Architecture, task: str, prepared: Prepared, plan: Plan) -> PlannedModel:
    from . import sizing

    interface, spec = prepared.interface, plan.spec
    config = _with_dropout(model, prepared, plan)
    target = (spec.parameters or plan.budget.parameters) if spec.match_size == "params" else None
    if target is None:
        solution = sizing.measured(architecture, config, interface, None)
    else:
        solution = sizing.solve(architecture, model.given, config, interface, target)
    solution = sizing.with_costs(solution, architecture, interface, mean_lengths(prepared))
    if abs(solution.sizing.deviation) > sizing.TOLERANCE:
        plan.notes.append(
            f"{model.name} has {solution.sizing.parameters:,} parameters, {solution.sizing.deviation:+.1%} from the "
            f"{target:,} asked for: the sizes compared are not equal."
        )
    overrides = check_options(Recipe, spec.recipe, "The recipe").model_dump(include=set(spec.recipe))
    recipe = architecture.recipe.at_width(solution.config.width).model_copy(update=overrides)
    described = architecture.describe(solution.config, interface) if architecture.describe else ""
    return PlannedModel(model, task, described, solution.config.model_dump(mode="json"), recipe, solution.sizing)


def _with_dropout(model: ResolvedModel, prepared: Prepared, plan: Plan) -> Config:
    """The model's config with the dropout of this budget, unless the user or the model itself has chosen one."""
    config: Config = model.config
    common = Config.model_fields["dropout"].default
    if "dropout" in model.given or type(config).model_fields["dropout"].default != common:
        return config
    epoch = training_epoch_tokens(prepared)
    return config.model_copy(update={"dropout": default_dropout(plan.budget.resolve(epoch) / epoch)})


def training_epoch_tokens(prepared: Prepared) -> int:
    """Real tokens of one pass over the training split, as the budget counts them. UserError where there are none."""
    from .training.objectives import objective_for

    tokens = int(objective_for(prepared.interface).tokens(prepared.rows("train")).sum())
    if not tokens:
        raise UserError("The training split has no tokens.")
    return tokens


def mean_lengths(prepared: Prepared) -> dict[str, float]:
    """Mean length of the training rows by field."""
    rows = prepared.rows("train")
    return {name: float(field.lengths.mean()) if len(field) else 0.0 for name, field in rows.items()}


# --------------------------------------------------------------------------------------------------------------- runs


def task_identity(task: ResolvedTask, source: DataSource) -> dict[str, Any]:
    """What decides a task's data and scoring."""
    kind = task.entry.card.options()
    options = check_options(kind, dict(task.name.options), f"task {task.name.name}")
    return {
        "task": task.name.name,
        "options": options.model_dump(mode="json"),
        "task_origin": task.entry.origin,
        "task_source": source_hash(task.entry.module),
        "files": dict(task.task.fingerprint(source)),
    }


def _runs(
    planned: PlannedModel, identity: Mapping[str, Any], prepared: Prepared, plan: Plan, store: Store
) -> list[RunSpec]:
    baseline = isinstance(planned.model.architecture, BaselineArchitecture)
    random = not baseline or planned.model.architecture.random  # type: ignore[union-attr]
    seeds = range(1, plan.spec.seeds + 1 if random else 2)
    tokens = plan.budget.resolve(training_epoch_tokens(prepared))
    runs = [_run(planned, identity, prepared, plan, store, seed, tokens, planned.model.role) for seed in seeds]
    if plan.spec.check_convergence and not baseline:
        runs.append(_run(planned, identity, prepared, plan, store, 1, tokens // 2, "convergence"))
    return runs


def _run(
    planned: PlannedModel,
    identity: Mapping[str, Any],
    prepared: Prepared,
    plan: Plan,
    store: Store,
    seed: int,
    tokens: int,
    role: Role,
) -> RunSpec:
    import torch

    spec, model, baseline = plan.spec, planned.model, planned.recipe is None
    training: dict[str, Any] = {
        "numerics": NUMERICS,
        "model": model.name.name,
        "model_origin": model.entry.origin,
        "model_source": source_hash(model.entry.module),
        "config": dict(planned.config),
        **identity,
        "data_hash": prepared.data_hash,
        "interface": prepared.interface.describe(),
        "pretraining": "none",
        "seed": seed,
    }
    if not baseline:
        training |= {
            "recipe": planned.recipe.model_dump(mode="json", exclude={"protocol"}) if planned.recipe else None,
            "tokens": tokens,
            "batch_tokens": spec.batch_tokens or plan.budget.batch_tokens,
            "validations": spec.validations,
            "precision": resolve_precision(spec.precision, plan.device),
            "device": plan.device.partition(":")[0],
            "threads": spec.threads,
            "torch": torch.__version__,
        }
    training_key = _hash(training)
    decoding = {} if baseline else spec.decoding.model_dump(mode="json")
    return RunSpec(
        task=planned.task,
        model=str(model.name),
        seed=seed,
        role=role,
        config=dict(planned.config),
        recipe=planned.recipe.model_dump(mode="json") if planned.recipe else None,
        tokens=tokens,
        batch_tokens=spec.batch_tokens or plan.budget.batch_tokens,
        validations=spec.validations,
        precision=resolve_precision(spec.precision, plan.device),
        device=plan.device,
        threads=spec.threads,
        decoding=spec.decoding,
        sizing=planned.sizing,
        resolved=planned.resolved,
        origin=model.entry.origin,
        identity=training,
        training_key=training_key,
        evaluation_key=_hash({"training": training_key, "decoding": decoding}),
        prepared=str(prepared.folder),
        store=str(store.folder),
        plugins={
            "files": [str(Path(f).resolve()) for f in spec.plugins.files],
            "off": spec.plugins.off,
            "only": spec.plugins.only,
        },
        flops=tokens * (planned.sizing.flops_per_token or 0.0) if planned.sizing else 0.0,
    )


def resolve_precision(precision: str, device: str) -> Any:
    """'auto' is float32, the reference, until a device is shown to gain without losing quality."""
    return "float32" if precision == "auto" else precision


def _hash(material: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(material).encode()).hexdigest()
