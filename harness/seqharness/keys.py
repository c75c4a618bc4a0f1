"""Keys of runs: hashes of all that can change a result, and of nothing else.

The training key decides whether a run must be trained, the evaluation key whether it must be evaluated again. Jobs,
paths and report options are in neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .data.prepare import Prepared
from .data.sources import DataSource
from .decoding.settings import Decoding
from .records import RunSpec, TrainingSettings
from .resolve import ResolvedModel, ResolvedTask
from .source_hash import source_hash
from .specs import canonical, check_options

NUMERICS = 5
"""Raised whenever a change of the core changes what a run computes, so that old results are not taken for new ones."""


def task_identity(task: ResolvedTask, source: DataSource) -> dict[str, Any]:
    """What decides a task's data and scoring."""
    kind = task.entry.card.options()
    options = check_options(kind, dict(task.name.options), f"task {task.name.name}")
    return {
        "task": task.name.name,
        "options": options.model_dump(mode="json"),
        "task_origin": _origin(task.entry.origin),
        "task_source": source_hash(task.entry.module),
        "files": dict(task.task.fingerprint(source)),
    }


def training_identity(
    model: ResolvedModel,
    config: Mapping[str, Any],
    task: Mapping[str, Any],
    prepared: Prepared,
    settings: TrainingSettings | None,
    seed: int,
    numbers: Mapping[str, Any],
) -> dict[str, Any]:
    """What decides the outcome of a training. task: its identity; settings: None for a model without gradient descent;
    numbers: device, threads and whatever else changes the last bits."""
    identity = {
        "numerics": NUMERICS,
        "model": model.name.name,
        "model_origin": _origin(model.entry.origin),
        "model_source": source_hash(model.entry.module),
        "config": dict(config),
        **task,
        "data_hash": prepared.data_hash,
        "interface": prepared.interface.describe(),
        "seed": seed,
    }
    if prepared.train_examples is not None:
        identity["train_examples"] = prepared.train_examples
    if settings is not None:
        fields = settings.model_dump(mode="json")
        fields["recipe"].pop("protocol")
        if settings.patience is None:
            fields.pop("patience")
        identity |= {**fields, **numbers}
    return identity


def training_key(identity: Mapping[str, Any]) -> str:
    """sha256 of a training's identity."""
    return _hash(identity)


def speed_key(first: RunSpec, run: RunSpec) -> str:
    """Of the speeds of two trainings beside each other: both identities, but for seed and budget."""
    return _hash({"speeds": [{**one.identity, "tokens": 0, "seed": 0} for one in (first, run)]})[:24]


def evaluation_key(training: str, decoding: Decoding | None, measurements: Mapping[str, str]) -> str:
    """sha256 of a training key, how outputs are generated (None where a model generates in its own way), and the
    versions of the measurements by name."""
    how = decoding.model_dump(mode="json") if decoding else {}
    return _hash({"training": training, "decoding": how, "measurements": dict(measurements)})


def _origin(origin: str) -> str:
    """A distribution with its version, or the name of a plugin's file without its folder."""
    return Path(origin).name


def _hash(material: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(material).encode()).hexdigest()
