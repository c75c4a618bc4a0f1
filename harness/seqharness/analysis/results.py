"""The stored results of a comparison, gathered by task and model: what every part of the analysis starts from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ..comparison import Finding
from ..records import EvaluationRecord, Failure, RunSpec, TrainingRecord
from .resampling import Resampled, resample
from .table import Table, stack

if TYPE_CHECKING:
    from ..contracts import Metric
    from ..plan import Plan, PlannedModel
    from ..store import Store


@dataclass
class RunResult:
    """A run and what the store holds of it. failure: why it left no record."""

    spec: RunSpec
    training: TrainingRecord | None
    evaluation: EvaluationRecord | None
    tables: Mapping[str, Table] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    failure: Failure | None = None


class ScoredRuns(ABC):
    """The runs of a model on a task that scores are averaged over. deterministic: another seed would give the same."""

    runs: list[RunResult]
    deterministic: bool

    @property
    @abstractmethod
    def model(self) -> str:
        """Its name with options."""

    @cached_property
    def done(self) -> list[RunResult]:
        """Runs with scores, by seed. Diverged and failed ones are counted elsewhere, never averaged in."""
        return sorted((run for run in self.runs if run.evaluation is not None), key=lambda run: run.spec.seed)

    def resampled(self, metric: Metric, split: str = "test") -> Resampled | None:
        """Scores of the runs on resampled test examples; None without a run. Computed once."""
        key = (metric.name, split)
        if key not in self._resampled:
            tables = [run.tables[split] for run in self.done]
            values = stack(tables, metric) if tables else None
            self._resampled[key] = (
                None if values is None else resample(values, metric, deterministic=self.deterministic)
            )
        return self._resampled[key]

    @cached_property
    def _resampled(self) -> dict[tuple[str, str], Resampled | None]:
        return {}


@dataclass
class SystemResults(ScoredRuns):
    """A planned model on a task with all its runs."""

    planned: PlannedModel
    runs: list[RunResult]
    convergence: list[RunResult]
    deterministic: bool = False

    @property
    def model(self) -> str:
        """Its name with options."""
        return str(self.planned.model.name)

    @property
    def baseline(self) -> bool:
        """Whether it is shown for reference, and not tested."""
        return self.planned.model.role == "baseline"


@dataclass
class TaskResults:
    """A task at a training size with all its models, in the order they were asked for, baselines last."""

    task: str
    systems: list[SystemResults]
    main_split: str
    train_examples: int = 0

    @property
    def compared(self) -> list[SystemResults]:
        """The models that verdicts are given on."""
        return [system for system in self.systems if not system.baseline and system.done]


def gather(plan: Plan, store: Store, failures: Mapping[str, Failure]) -> tuple[list[TaskResults], list[TaskResults]]:
    """Read the records of all runs of a plan: the main results, one a task, and those at smaller training sizes."""
    found = [_read(run, store, failures) for run in plan.runs]
    results: dict[tuple[str, int], TaskResults] = {}
    for planned in plan.every:
        tests, examples = plan.prepared[planned.task].test_splits, plan.data(planned).examples_in("train")
        split = "test" if "test" in tests else tests[0]
        result = results.setdefault((planned.task, examples), TaskResults(planned.task, [], split, examples))
        result.systems.append(_system(planned, found))
    main = {planned.task: plan.data(planned).examples_in("train") for planned in plan.models}
    return (
        [result for (task, examples), result in results.items() if examples == main[task]],
        [result for (task, examples), result in results.items() if examples != main[task]],
    )


def _system(planned: PlannedModel, found: Sequence[RunResult]) -> SystemResults:
    wanted = (planned.task, planned.name, planned.train_examples)
    mine = [run for run in found if (run.spec.task, run.spec.model, run.spec.train_examples) == wanted]
    return SystemResults(
        planned,
        [run for run in mine if run.spec.role != "convergence"],
        [run for run in mine if run.spec.role == "convergence"],
        deterministic=planned.recipe is None and not getattr(planned.model.architecture, "random", False),
    )


def _read(spec: RunSpec, store: Store, failures: Mapping[str, Failure]) -> RunResult:
    training = store.training(spec.training_key)
    evaluation = store.evaluation(spec.training_key, spec.evaluation_key) if training else None
    tables = {
        split: store.table(spec.training_key, spec.evaluation_key, split)
        for split in (evaluation.splits if evaluation else ())
    }
    findings = store.findings(spec.training_key, spec.evaluation_key) if evaluation else []
    failure = None if training and (evaluation or training.status == "diverged") else failures.get(spec.training_key)
    return RunResult(spec, training, evaluation, tables, findings, failure)
