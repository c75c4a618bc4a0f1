"""What a store holds, as groups of runs that differ in nothing but their seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from ..decoding.settings import Decoding
from ..errors import UserError
from ..records import EvaluationRecord, RunSpec, TrainingRecord
from ..specs import canonical
from ..store import Store
from .results import RunResult, ScoredRuns
from .stored_settings import settings_of

Evaluated = list[tuple[TrainingRecord, list[EvaluationRecord]]]


@dataclass
class StoredRuns(ScoredRuns):
    """Runs under the same settings. settings: all of them, by name, those that users set first."""

    runs: list[RunResult]
    deterministic: bool
    settings: Mapping[str, Any]
    baseline: bool

    @property
    def spec(self) -> RunSpec:
        """Of the run with the lowest seed."""
        return self.runs[0].spec

    @property
    def model(self) -> str:
        """Its name with options."""
        return self.spec.model

    @property
    def evaluation_keys(self) -> set[str]:
        """Of the runs with a score."""
        return {run.spec.evaluation_key for run in self.done}


@dataclass(frozen=True)
class StoredContent:
    """The groups of a store. left_out: what stands in no group, and why."""

    folder: Path
    groups: list[StoredRuns]
    left_out: list[str]


def holds_records(folder: Path) -> bool:
    """Whether a folder is a store in which a run has ended."""
    return next(folder.glob("runs/[!.]*/record.json"), None) is not None


def is_empty_store(folder: Path) -> bool:
    """Whether a folder has the parts of a store and nothing else, but no record."""
    parts = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return bool(parts) and parts <= {"data", "runs", "work", "speeds"} and not holds_records(folder)


def read_store(folder: Path) -> StoredContent:
    """All finished runs of a store. UserError where it has none, is in use, or is of another version."""
    store = Store(folder)
    if store.in_use():
        raise UserError(f"The store {folder} is in use: wait for the runs that are under way in it, or stop them.")
    records = list(store.trainings())
    if not records:
        raise UserError(f"The store {folder} holds no finished run.")
    alike: dict[str, Evaluated] = {}
    for record in sorted(records, key=lambda one: (one.spec.task, one.spec.model, one.spec.seed)):
        if record.spec.role != "trial":
            identity = {key: value for key, value in record.spec.identity.items() if key != "seed"}
            evaluations = list(store.evaluations(record.spec.training_key))
            alike.setdefault(canonical(identity), []).append((record, evaluations))
    groups = [
        group
        for found in alike.values()
        if any(record.spec.role != "convergence" for record, _ in found)
        for group in _groups(found, store)
    ]
    groups.sort(key=lambda group: (group.spec.task, group.baseline, group.model, group.spec.tokens))
    return StoredContent(folder, groups, _left_out(records, list(alike.values()), store.unfinished()))


def _groups(found: Evaluated, store: Store) -> Iterator[StoredRuns]:
    """One for each way in which outputs were generated; a model without gradient descent has one of its own."""
    network = found[0][0].spec.settings is not None
    ways = {canonical(one.decoding.model_dump()): one.decoding for _, evaluations in found for one in evaluations}
    for decoding in list(ways.values()) or [found[0][0].spec.decoding]:
        runs = [
            run
            for record, evaluations in found
            if (run := _run(record, [one for one in evaluations if not network or one.decoding == decoding], store))
        ]
        if runs:
            yield _group(runs, decoding if network else None)
        if not network:
            return


def _run(record: TrainingRecord, evaluations: Sequence[EvaluationRecord], store: Store) -> RunResult | None:
    """A run with its evaluation, of several the one with most measurements; a diverged run has none. None where it
    was not evaluated in this way."""
    if record.status != "done":
        return RunResult(record.spec, record, None)
    if not evaluations:
        return None
    chosen = max(evaluations, key=lambda one: (len(one.measurements), one.key))
    try:
        tables = {split: store.table(record.spec.training_key, chosen.key, split) for split in chosen.splits}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        folder = store.evaluation_folder(record.spec.training_key, chosen.key)
        raise UserError(
            f"The scores in {folder} are not whole: delete that folder, and `harness compare` makes them again."
        ) from None
    return RunResult(record.spec.model_copy(update={"evaluation_key": chosen.key}), record, chosen, tables)


def _group(runs: list[RunResult], decoding: Decoding | None) -> StoredRuns:
    spec = runs[0].spec
    return StoredRuns(
        runs,
        deterministic=spec.settings is None and len(runs) == 1,
        settings=settings_of(spec, decoding),
        baseline=all(run.spec.role == "baseline" for run in runs),
    )


def _left_out(records: Sequence[TrainingRecord], alike: Sequence[Evaluated], unfinished: int) -> list[str]:
    trials = sum(record.spec.role == "trial" for record in records)
    half = [found for found in alike if all(record.spec.role == "convergence" for record, _ in found)]
    waiting = [
        record for found in alike if found not in half for record, evaluations in found
        if record.status == "done" and not evaluations
    ]  # fmt: skip
    counts = {
        "tried in tuning, on validation only": trials,
        "with half the budget, that only check convergence": sum(map(len, half)),
        "trained and not evaluated": len(waiting),
        "that failed or were interrupted": unfinished,
    }
    return [f"{count} {why}" for why, count in counts.items() if count]
