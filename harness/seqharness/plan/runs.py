"""The runs of a planned model, each with the keys under which the store holds it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from ..contracts import BaselineArchitecture, MeasurementSpec, Recipe
from ..keys import evaluation_key, training_identity, training_key
from ..precision.bf16 import is_native
from ..records import Precision, Pretraining, Role, RunSpec, TrainingSettings
from ..registry import Entry
from ..source_hash import source_hash
from .plan import Plan, PlannedModel

NONE_PATIENCE = 3
"""Validations without a better score after which training ends under --match-training none."""


def runs_of(planned: PlannedModel, plan: Plan) -> list[RunSpec]:
    """A run a seed; one where chance has no part in the model; one more at half the budget to check convergence."""
    architecture = planned.model.architecture
    random = not isinstance(architecture, BaselineArchitecture) or architecture.random
    role = planned.model.role
    wanted: list[tuple[int, int, Role]]
    wanted = [(seed, planned.tokens, role) for seed in range(1, plan.spec.seeds + 1 if random else 2)]
    if plan.spec.check_convergence and planned.recipe is not None:
        wanted.append((1, planned.tokens // 2, "convergence"))
    return [run(planned, plan, *one) for one in wanted]


def run(planned: PlannedModel, plan: Plan, seed: int, tokens: int, role: Role) -> RunSpec:
    """One run of a planned model."""
    spec, model, prepared = plan.spec, planned.model, plan.data(planned)
    settings = _settings(planned.recipe, plan, seed, tokens) if planned.recipe is not None else None
    identity = training_identity(
        model, planned.config, plan.identities[planned.task], prepared, settings, seed, _numbers(plan)
    )
    key = training_key(identity)
    measurements = _measurements(plan.measurements[planned.task], settings, seed, role)
    return RunSpec(
        task=planned.task,
        model=planned.name,
        seed=seed,
        role=role,
        config=dict(planned.config),
        settings=settings,
        tokens=tokens,
        train_examples=planned.train_examples,
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
    """The measurements of a run with their versions; none of what is no network, or is only looked at on validation."""
    if settings is None or role in ("convergence", "trial"):
        return {}
    chosen = {name: entry for name, entry in asked.items() if entry.card.every_seed or seed == 1}
    return {name: f"{entry.card.version} {source_hash(entry.module)}" for name, entry in sorted(chosen.items())}


def _settings(recipe: Recipe, plan: Plan, seed: int, tokens: int) -> TrainingSettings:
    """tokens: of the whole run, a pretraining included."""
    spec = plan.spec
    before = round(spec.pretrain_share * tokens) if spec.pretrain != "none" else 0
    return TrainingSettings(
        recipe=recipe,
        tokens=tokens - before,
        pretraining=Pretraining(kind=spec.pretrain, tokens=before) if spec.pretrain != "none" else None,
        batch_tokens=spec.batch_tokens or plan.budget.batch_tokens,
        seed=seed,
        precision=resolve_precision(spec.precision, plan.device),
        validations=spec.validations,
        patience=patience(plan),
    )


def patience(plan: Plan) -> int | None:
    """Validations without a better score after which every training of the comparison ends; None: none ends early."""
    if plan.spec.patience is None and plan.spec.match_training == "none":
        return NONE_PATIENCE
    return plan.spec.patience


def _numbers(plan: Plan) -> dict[str, Any]:
    """What changes the last bits of a run."""
    return {"device": plan.device.partition(":")[0], "threads": plan.spec.threads, "torch": version("torch")}


def resolve_precision(precision: Literal["auto", "float32", "bf16"], device: str) -> Precision:
    """'auto' is bf16 on a CPU that multiplies bfloat16 natively and float32, the reference, elsewhere."""
    if precision == "auto":
        return "bf16" if device == "cpu" and is_native() else "float32"
    return precision
