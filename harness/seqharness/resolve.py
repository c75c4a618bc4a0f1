"""Names and options of a comparison, resolved: what is wrong with them is found here, before any data is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .comparison_spec import ComparisonSpec
from .contracts import Architecture, BaselineArchitecture, MeasurementSpec, ModelSpec, Recipe, Task, TaskSpec
from .errors import UserError
from .records import Role
from .registry import Catalogue, Entry
from .specs import Name, check_options, parse_name


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


def resolve_task(text: str, catalogue: Catalogue) -> ResolvedTask:
    """The task of a name with options. UserError where name or options are wrong."""
    name = parse_name(text)
    entry = catalogue.task(name.name)
    kind, build = entry.load(entry.card.options), entry.load(entry.card.load)
    return ResolvedTask(name, entry, build(check_options(kind, dict(name.options), f"task {name.name}")))


def resolve_model(text: str, catalogue: Catalogue, role: Role = "compared") -> ResolvedModel:
    """The model of a name with options; imports its file. UserError where name, options or file are wrong."""
    name = parse_name(text)
    entry = catalogue.model(name.name)
    architecture = entry.load(entry.card.load)
    config = check_options(architecture.config, dict(name.options), f"model {name.name}")
    return ResolvedModel(name, entry, architecture, config, "baseline" if entry.card.baseline else role)


def check_unique(spec: ComparisonSpec) -> None:
    """UserError where a model or task is named twice."""
    for kind, names in (("model", spec.models), ("task", spec.tasks)):
        for name in names:
            if names.count(name) > 1:
                raise UserError(f"The {kind} {name!r} is named twice; name it once, or with different options.")


def check_recipe(overrides: Mapping[str, Any]) -> None:
    """UserError where a field of the recipe is not known or out of range."""
    check_options(Recipe, overrides, "The recipe")


def check_applicable(models: list[ResolvedModel], tasks: list[ResolvedTask]) -> None:
    """A comparison of which no model serves any task is a mistake; one that does not is 'not applicable' there."""
    wanted = {task.entry.card.interface for task in tasks}
    if any(wanted & set(model.entry.card.interfaces) for model in models):
        return
    asked = ", ".join(f"{task.name.name} ({task.entry.card.interface.name})" for task in tasks)
    serves = "; ".join(
        f"{model.name.name} serves {', '.join(interface.name for interface in model.entry.card.interfaces)}"
        for model in models
    )
    raise UserError(
        f"None of these models can do {asked}: {serves}. Take another model or task; `harness list models` shows which "
        "model serves what."
    )


def measurements_of(
    task: ResolvedTask, spec: ComparisonSpec, catalogue: Catalogue, notes: list[str]
) -> dict[str, Entry[MeasurementSpec]]:
    """The measurements of a task: its own, and those asked for, which UserError names if there is no such one."""
    own = [name for name in task.task.measurements if name not in spec.measure]
    found = {name: catalogue.measurement(name) for name in spec.measure}
    for name in own:
        if name in catalogue.measurements:
            found[name] = catalogue.measurement(name)
        else:
            notes.append(f"The measurement {name!r} of {task.name.name} is missing: no plugin switched on offers it.")
    return found


def baselines_of(
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
        found.append(resolve_model(name, catalogue, "baseline"))
    return found
