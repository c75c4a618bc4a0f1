"""A plan: all that will be done, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..budget import Budget
from ..comparison_spec import ComparisonSpec
from ..contracts import MeasurementSpec, Recipe
from ..data.prepare import Prepared
from ..records import RunSpec, Sizing, Trial
from ..registry import Entry
from ..resolve import ResolvedModel, ResolvedTask
from ..store import Store


@dataclass(frozen=True)
class PlannedModel:
    """A model on a task: what it resolved to, or why it does not apply.

    tokens: of its training. train_examples: of the training split (None: all of it). trials: of its tuning, in order;
    chosen: the place of the best of them once all have ended, whose values are then in config and recipe.
    """

    model: ResolvedModel
    task: str
    resolved: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    recipe: Recipe | None = None
    sizing: Sizing | None = None
    tokens: int = 0
    train_examples: int | None = None
    pretrained_share: float | None = None
    not_applicable: str | None = None
    trials: tuple[PlannedTrial, ...] = ()
    chosen: int | None = None

    @property
    def name(self) -> str:
        """The model's name with options."""
        return str(self.model.name)


@dataclass(frozen=True)
class PlannedTrial:
    """One try of a tuning: what it sets, and the run that tries it."""

    values: Trial
    run: RunSpec


@dataclass
class Plan:
    """All that will be done. `runs` is in the order of execution: the longest first.

    models: of the main comparison, at the largest training size; smaller: the same at smaller ones.
    """

    spec: ComparisonSpec
    budget: Budget
    device: str
    tasks: list[ResolvedTask]
    prepared: dict[str, Prepared]
    models: list[PlannedModel] = field(default_factory=list)
    smaller: list[PlannedModel] = field(default_factory=list)
    runs: list[RunSpec] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    measurements: dict[str, dict[str, Entry[MeasurementSpec]]] = field(default_factory=dict)
    identities: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def every(self) -> list[PlannedModel]:
        """Models at every training size."""
        return [*self.models, *self.smaller]

    @property
    def trials(self) -> list[RunSpec]:
        """The runs of all tunings, the longest first."""
        return sorted((trial.run for planned in self.every for trial in planned.trials), key=lambda run: -run.flops)

    def missing_trials(self) -> list[RunSpec]:
        """The trials that the store does not hold yet."""
        store = Store(Path(self.spec.store))
        return [run for run in self.trials if store.training(run.training_key) is None]

    def missing(self) -> list[RunSpec]:
        """The runs that the store does not hold yet."""
        store = Store(Path(self.spec.store))
        return [run for run in self.runs if not store.finished(run.training_key, run.evaluation_key)]

    def task(self, name: str) -> ResolvedTask:
        """The task of a full name."""
        return next(task for task in self.tasks if str(task.name) == name)

    def data(self, planned: PlannedModel) -> Prepared:
        """What a planned model is trained and tested on."""
        return self.prepared[planned.task].limited(planned.train_examples)
