"""A `Comparison` of what a store holds, as far as a store can tell, for `harness diff`.

A store does not know what was asked for: the budget's name, what was to be equal, which runs belong together. It is
told from a report's comparison by its budget, which has no name.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..comparison import Budget, Comparison, ModelInfo, Score, TaskInfo
from ..contracts import Metric
from ..errors import UserError
from ..registry import Catalogue
from ..resolve import ResolvedTask, resolve_task
from .models import size_fields
from .runs import run_of
from .scores import recorded_score, scores_of
from .stored import StoredContent, StoredRuns
from .tasks import selection_text, task_info

NO_META: Mapping[str, Any] = {"source": "", "tokenizer": "", "data_hash": "", "splits": {}, "overlap": 0, "notes": []}
"""Of data that the store does not hold any more."""


@dataclass
class StoredComparison:
    """Builds the comparison. names: of the groups, in their order; shared: those names, by task, that the other side
    has as well, of which alone scores are computed. left_out: what could not be told, and why."""

    content: StoredContent
    names: Sequence[str]
    shared: set[tuple[str, str]]
    catalogue: Catalogue
    left_out: list[str] = field(default_factory=list)

    def build(self) -> Comparison:
        """UserError where no task of the store is known."""
        named = list(zip(self.content.groups, self.names, strict=True))
        tasks = self._tasks(dict.fromkeys(group.spec.task for group, _ in named))
        named = [(group, name) for group, name in named if group.spec.task in tasks]
        told = [(group, name) for group, name in named if (group.spec.task, name) in self.shared]
        groups = [group for group, _ in told]
        networks = [group.spec for group in groups if group.spec.settings is not None]
        infos, scores = dict[str, TaskInfo](), list[Score]()
        for group, name in told:
            task = tasks[group.spec.task]
            meta = self._known_data(task, group)
            infos.setdefault(group.spec.task, _task(task, groups, meta))
            scores += [score.model_copy(update={"model": name}) for score in self._scores(task.task.metrics, group)]
        return Comparison(
            name=self.content.folder.name,
            created="",
            command="",
            headline="",
            verdicts=[],
            budget=Budget(
                name="",
                tokens=_one(spec.tokens for spec in networks if spec.role != "baseline"),
                parameters=_one(_target(spec) for spec in networks if spec.role != "baseline"),
            ),
            seeds=sorted({run.spec.seed for group in groups if not group.baseline for run in group.runs}),
            tasks=list(infos.values()),
            models=[_model(group, name) for group, name in named],
            scores=scores,
            pairs=[],
            runs=[run_of(run).model_copy(update={"model": name}) for group, name in told for run in group.runs],
            environment=_environment(groups),
        )

    def _tasks(self, names: Iterable[str]) -> dict[str, ResolvedTask]:
        found: dict[str, ResolvedTask] = {}
        for name in names:
            try:
                found[name] = resolve_task(name, self.catalogue)
            except UserError as error:
                self.left_out.append(f"task {name} ({str(error).rstrip('.')})")
        if not found:
            raise UserError(f"No task of the store {self.content.folder} can be read: {'; '.join(self.left_out)}.")
        return found

    def _known_data(self, task: ResolvedTask, group: StoredRuns) -> Mapping[str, Any]:
        """What the store says of a group's data. The task then knows what it learned of them, as its labels, which its
        metrics may depend on."""
        folder = self.content.folder / "data" / Path(group.spec.prepared).name
        if not (folder / "meta.json").is_file():
            return NO_META
        with contextlib.suppress(UserError):
            task.entry.load(lambda: task.task.load_codec(folder / "codec"))
        meta: Mapping[str, Any] = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        return meta

    def _scores(self, metrics: Sequence[Metric], group: StoredRuns) -> Iterator[Score]:
        """Of the tables; as recorded with the runs where these lack a metric's columns."""
        if not group.done:
            return
        task, main = group.spec.task, _main_split(group)
        columns = set.intersection(*(set(table.columns) for run in group.done for table in run.tables.values()))
        known = [metric for metric in metrics if metric.columns and columns.issuperset(metric.columns)]
        yield from scores_of(group, known, task, main)
        for metric in metrics:
            if metric not in known:
                note = f"the interval of {metric.label} on {task}, which takes its prepared data"
                self.left_out += [note] if note not in self.left_out else []
                for split in group.done[0].tables:
                    score = recorded_score(group, metric, task, split)
                    yield from [score] if score else []


def _task(task: ResolvedTask, groups: Sequence[StoredRuns], meta: Mapping[str, Any]) -> TaskInfo:
    mine = [group for group in groups if group.spec.task == str(task.name)]
    decodings = dict.fromkeys(run.evaluation.decoding.describe() for group in mine for run in group.done
                              if run.evaluation and run.spec.settings)  # fmt: skip
    validations = _one(group.spec.settings.validations for group in mine if group.spec.settings)
    return task_info(
        task,
        {**meta, "data_hash": ", ".join(sorted({str(group.spec.identity.get("data_hash", "")) for group in mine}))},
        task.task.metrics,
        selection_text(validations, task.task.metrics[0]) if validations is not None else "",
        "; ".join(decodings),
    )


def _main_split(group: StoredRuns) -> str:
    """As `gather` has it."""
    splits = list(group.done[0].tables) if group.done else []
    return "test" if "test" in splits or not splits else splits[0]


def _model(group: StoredRuns, name: str) -> ModelInfo:
    spec, trainings = group.spec, [run.training for run in group.runs if run.training is not None]
    learned = [one.baseline_parameters for one in trainings if one.baseline_parameters is not None]
    return ModelInfo(
        task=spec.task,
        model=name,
        resolved=spec.resolved,
        origin=spec.origin,
        baseline=group.baseline,
        config=spec.config,
        recipe=_recipe(group),
        parameters=spec.sizing.parameters if spec.sizing else (learned[0] if learned else None),
        planned_tokens=spec.tokens if spec.sizing else None,
        **size_fields(spec.sizing),
    )


def _recipe(group: StoredRuns) -> dict[str, Any]:
    """With the settings of the training that a report tells elsewhere, for the whole comparison."""
    settings = group.spec.settings
    if settings is None:
        return {}
    fields = settings.model_dump(mode="json", exclude={"recipe", "seed", "tokens"})
    return {**settings.recipe.model_dump(mode="json"), "training examples": group.spec.train_examples, **fields}


def _environment(groups: Sequence[StoredRuns]) -> dict[str, str]:
    """Versions and machines; several values of one are all told."""
    found: dict[str, set[str]] = {}
    for run in (run for group in groups for run in group.runs):
        identity = run.spec.identity
        facts = {
            **(run.training.environment if run.training else {}),
            "device": run.spec.device,
            "threads of a run": str(run.spec.threads),
            "numerics": str(identity.get("numerics", "")),
            f"source of {identity.get('model')}": str(identity.get("model_source", ""))[:12],
            f"source of task {identity.get('task')}": str(identity.get("task_source", ""))[:12],
        }
        for name, value in facts.items():
            found.setdefault(name, set()).add(value)
    return {name: ", ".join(sorted(values)) for name, values in found.items()}


def _target(spec: Any) -> int | None:
    return spec.sizing.target if spec.sizing and spec.sizing.matched == "parameters" else None


def _one(values: Iterable[Any]) -> Any:
    """The value that all have; None where they differ or there is none."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
