"""Settings that differ between two comparisons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from ..comparison import Comparison, ModelInfo, Part, TaskInfo

TOLD_ELSEWHERE = ("data", "decoding", "recipe", "dropout")
"""Rows of 'what was held equal' whose content stands in the settings of tasks and models, more exactly."""


class SettingChange(Part):
    """A setting that is not the same in A and B."""

    where: str = Field(description="the task, the model on a task, or empty for the whole comparison")
    what: str = Field(description="the setting's name")
    a: Any = Field(description="its value in A; null where A does not have it")
    b: Any = Field(description="its value in B; null where B does not have it")


def changed_settings(a: Comparison, b: Comparison) -> list[SettingChange]:
    """Of the whole, of each task and of each model that stand in both.

    What a store cannot tell is no difference: where one side is made of a store, both must know a setting.
    """
    stores = _is_store(a) + _is_store(b)
    found = list(_differing("", _whole(a), _whole(b), both=stores == 1))
    tasks = {task.task: task for task in b.tasks}
    for task in a.tasks:
        if task.task in tasks:
            found += _differing(task.task, _of_task(task), _of_task(tasks[task.task]), both=stores > 0)
    models = {(model.task, model.model): model for model in b.models}
    each = a.budget.tokens is None or b.budget.tokens is None
    for model in a.models:
        other = models.get((model.task, model.model))
        if other is not None:
            where = f"{model.model} on {model.task}"
            found += _differing(where, _of_model(model, each), _of_model(other, each), both=stores == 1)
    return found


def _is_store(comparison: Comparison) -> bool:
    return not comparison.budget.name


def _differing(where: str, a: Mapping[str, Any], b: Mapping[str, Any], both: bool) -> Iterator[SettingChange]:
    """both: only of what stands in both, and is not empty there."""
    for what in dict.fromkeys([*a, *b]):
        if both and not (what in a and what in b and a[what] not in ("", None) and b[what] not in ("", None)):
            continue
        if a.get(what) != b.get(what):
            yield SettingChange(where=where, what=what, a=a.get(what), b=b.get(what))


def _whole(comparison: Comparison) -> dict[str, Any]:
    budget = {f"budget: {key}": value for key, value in comparison.budget.model_dump(mode="json").items()}
    rows = [row for row in comparison.equal if row.what.partition(":")[0] not in TOLD_ELSEWHERE]
    equal = {f"{row.what}: {row.rule}": row.value if row.equal else f"{row.value} (not equal)" for row in rows}
    return {**budget, "seeds": comparison.seeds, **equal, **comparison.environment}


def _of_task(task: TaskInfo) -> dict[str, Any]:
    return {
        "primary metric": task.metrics[0].label if task.metrics else None,
        "data hash": task.data_hash,
        "source": task.source,
        "tokenizer": task.tokenizer,
        **{f"{split.name}: examples": split.examples for split in task.splits},
        "choice of weights": task.selection,
        "decoding": task.decoding,
        **{f"signature of {metric.label}": metric.signature for metric in task.metrics},
    }


def _of_model(model: ModelInfo, tokens: bool) -> dict[str, Any]:
    """tokens: with those of its training, which are not the same for all."""
    return {
        **({"tokens": model.planned_tokens} if tokens else {}),
        "not applicable": model.not_applicable,
        "resolved": model.resolved,
        "comes from": model.origin,
        "parameters": model.parameters,
        **{f"option: {key}": value for key, value in model.config.items()},
        **{f"recipe: {key}": value for key, value in model.recipe.items()},
    }
