"""From what is asked for to a list of runs: names resolved, options checked, data prepared, models sized.

Everything that can be the user's mistake is found here, before anything is trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from .budget import Budget, default_dropout, parse_budget
from .comparison_spec import ComparisonSpec
from .contracts import Architecture, BaselineArchitecture, Config, MeasurementSpec, Recipe
from .data.prepare import Prepared, prepare
from .data.sources import DataSource
from .environment import choose_device
from .errors import NotApplicable, NothingToRun, UserError
from .executors.choose import executor_named
from .interfaces import Interface, SequenceToSequence
from .keys import evaluation_key, task_identity, training_identity, training_key
from .records import Precision, Pretraining, Role, RunSpec, Sizing, TrainingSettings
from .registry import Catalogue, Entry
from .resolve import (
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
from .source_hash import source_hash
from .specs import check_options
from .store import Store, ensure_writable


@dataclass(frozen=True)
class PlannedModel:
    """A model on a task: what it resolved to, or why it does not apply."""

    model: ResolvedModel
    task: str
    resolved: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    recipe: Recipe | None = None
    sizing: Sizing | None = None
    pretrained_share: float | None = None
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
    measurements: dict[str, dict[str, Entry[MeasurementSpec]]] = field(default_factory=dict)

    def missing(self) -> list[RunSpec]:
        """The runs that the store does not hold yet."""
        store = Store(Path(self.spec.store))
        return [run for run in self.runs if not store.finished(run.training_key, run.evaluation_key)]


def make_plan(spec: ComparisonSpec, catalogue: Catalogue, source: DataSource) -> Plan:
    """Resolve, check, prepare, size. UserError for what the user got wrong; NothingToRun where nothing applies."""
    budget = parse_budget(spec.budget)
    tasks = [resolve_task(text, catalogue) for text in spec.tasks]
    models = [resolve_model(text, catalogue) for text in spec.models]
    check_recipe(spec.recipe)
    check_unique(spec)
    check_applicable(models, tasks)
    for reporter in spec.reporters or ():
        catalogue.reporter(reporter)
    executor_named(spec.executor, catalogue)
    device = choose_device(spec.device)
    store = Store(Path(spec.store).resolve())
    store.create()
    ensure_writable(Path(spec.output) / spec.report_name, "the report")
    plan = Plan(spec, budget, device, tasks, {}, [], [])
    plan.measurements = {str(task.name): measurements_of(task, spec, catalogue, plan.notes) for task in tasks}
    for task in tasks:
        identity = task_identity(task, source)
        prepared = prepare(task.task, source, identity, store.folder)
        plan.prepared[str(task.name)] = prepared
        baselines = baselines_of(task, models, catalogue, plan.notes)
        for model in [*models, *baselines]:
            planned = _plan_model(model, task, prepared, plan)
            plan.models.append(planned)
            if planned.not_applicable is None:
                plan.runs += _runs(planned, identity, prepared, plan)
    if not plan.runs:
        raise NothingToRun("No model of this comparison applies to any of its tasks.")
    plan.runs.sort(key=lambda run: -run.flops)
    catalogue.modify_plan(plan)
    return plan


# ------------------------------------------------------------------------------------------------------------- sizing


def _plan_model(model: ResolvedModel, task: ResolvedTask, prepared: Prepared, plan: Plan) -> PlannedModel:
    kind, name = task.entry.card.interface, str(task.name)
    if kind not in model.entry.card.interfaces:
        return PlannedModel(model, name, not_applicable=f"it does not serve {kind.name}")
    architecture = model.architecture
    try:
        if isinstance(architecture, BaselineArchitecture):
            architecture.serves[kind](model.config, prepared.interface)  # it may refuse
            return PlannedModel(model, name, "no gradient descent", model.config.model_dump(mode="json"))
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
    share = _pretrained_share(architecture, solution.config, interface, spec.pretrain)
    solution = sizing.with_costs(solution, architecture, interface, mean_lengths(prepared))
    if abs(solution.sizing.deviation) > sizing.TOLERANCE:
        plan.notes.append(
            f"{model.name} has {solution.sizing.parameters:,} parameters, {solution.sizing.deviation:+.1%} from the "
            f"{target:,} asked for: the sizes compared are not equal."
        )
    recipe = _recipe(architecture, solution.config, interface, spec)
    described = architecture.describe(solution.config, interface) if architecture.describe else ""
    config_document = solution.config.model_dump(mode="json")
    return PlannedModel(model, task, described, config_document, recipe, solution.sizing, share)


def _pretrained_share(
    architecture: Architecture, config: Config, interface: Interface, kind: Literal["none", "mlm", "lm"]
) -> float | None:
    """Share of the parameters that a pretraining can give. NotApplicable where it cannot, or too few."""
    if kind == "none":
        return None
    from . import sizing
    from .training import pretraining

    language = pretraining.pretraining_interface(kind, interface)
    if type(language) not in architecture.serves:
        raise NotApplicable(f"it does not serve {language.name}, which --pretrain {kind} trains first")
    network, first = (sizing.build_meta(architecture, config, problem) for problem in (interface, language))
    share = pretraining.adoptable_share(network, first, interface)
    if share < pretraining.LEAST_SHARE:
        raise NotApplicable(
            f"only {share:.0%} of its parameters can start from --pretrain {kind} "
            f"(parts of equal role, name and shape; at least {pretraining.LEAST_SHARE:.0%} must)"
        )
    return share


def _recipe(architecture: Architecture, config: Config, interface: Interface, spec: ComparisonSpec) -> Recipe:
    """The model's recipe at its width with what the user sets. Labels are smoothed in sequence to sequence alone unless
    asked for: it helps BLEU and worsens likelihood (Vaswani et al. 2017, section 5.4), which other tasks are scored by.
    """
    overrides = check_options(Recipe, spec.recipe, "The recipe").model_dump(include=set(spec.recipe))
    recipe = architecture.recipe.at_width(config.width)
    if not isinstance(interface, SequenceToSequence):
        recipe = recipe.model_copy(update={"label_smoothing": 0.0})
    return recipe.model_copy(update=overrides)


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


def _runs(planned: PlannedModel, identity: Mapping[str, Any], prepared: Prepared, plan: Plan) -> list[RunSpec]:
    """A run a seed; one where chance has no part in the model; one more at half the budget to check convergence."""
    architecture = planned.model.architecture
    random = not isinstance(architecture, BaselineArchitecture) or architecture.random
    tokens = plan.budget.resolve(training_epoch_tokens(prepared))
    role = planned.model.role
    wanted = [(seed, tokens, role) for seed in range(1, plan.spec.seeds + 1 if random else 2)]
    if plan.spec.check_convergence and planned.recipe is not None:
        wanted.append((1, tokens // 2, "convergence"))
    return [_run(planned, identity, prepared, plan, *one) for one in wanted]


def _run(
    planned: PlannedModel,
    task: Mapping[str, Any],
    prepared: Prepared,
    plan: Plan,
    seed: int,
    tokens: int,
    role: Role,
) -> RunSpec:
    spec, model = plan.spec, planned.model
    settings = _settings(planned.recipe, plan, seed, tokens) if planned.recipe is not None else None
    identity = training_identity(model, planned.config, task, prepared, settings, seed, _numbers(plan))
    key = training_key(identity)
    measurements = _measurements(plan.measurements[planned.task], settings, seed, role)
    return RunSpec(
        task=planned.task,
        model=str(model.name),
        seed=seed,
        role=role,
        config=dict(planned.config),
        settings=settings,
        tokens=tokens,
        device=plan.device,
        threads=spec.threads,
        decoding=spec.decoding,
        sizing=planned.sizing,
        resolved=planned.resolved,
        origin=model.entry.origin,
        identity=identity,
        training_key=key,
        measurements=tuple(measurements),
        evaluation_key=evaluation_key(key, spec.decoding if settings is not None else None, measurements),
        prepared=str(prepared.folder),
        store=str(Path(spec.store).resolve()),
        plugins=spec.plugins.anywhere(),
    )


def _measurements(
    asked: Mapping[str, Entry[MeasurementSpec]], settings: TrainingSettings | None, seed: int, role: Role
) -> dict[str, str]:
    """The measurements of a run with their versions; none of what is no network, or only checks convergence."""
    if settings is None or role == "convergence":
        return {}
    chosen = {name: entry for name, entry in asked.items() if entry.card.every_seed or seed == 1}
    return {name: f"{entry.card.version} {source_hash(entry.module)}" for name, entry in sorted(chosen.items())}


def _settings(recipe: Recipe, plan: Plan, seed: int, tokens: int) -> TrainingSettings:
    """tokens: of the whole run, a pretraining included."""
    before = round(plan.spec.pretrain_share * tokens) if plan.spec.pretrain != "none" else 0
    return TrainingSettings(
        recipe=recipe,
        tokens=tokens - before,
        pretraining=Pretraining(kind=plan.spec.pretrain, tokens=before) if plan.spec.pretrain != "none" else None,
        batch_tokens=plan.spec.batch_tokens or plan.budget.batch_tokens,
        seed=seed,
        precision=resolve_precision(plan.spec.precision),
        validations=plan.spec.validations,
    )


def _numbers(plan: Plan) -> dict[str, Any]:
    """What changes the last bits of a run."""
    from importlib.metadata import version

    return {"device": plan.device.partition(":")[0], "threads": plan.spec.threads, "torch": version("torch")}


def resolve_precision(precision: str) -> Precision:
    """'auto' is float32, the reference, until another is shown to gain without losing quality."""
    return "bf16" if precision == "bf16" else "float32"
