"""Checkpoints of a training under way: written whole or not at all, checked when read."""

from __future__ import annotations

import json
from pathlib import Path

from torch import Tensor

from ..atomic import write_atomically
from .loop import Training, TrainingState
from .weights import read_tensors, save_tensors


def save_checkpoint(training: Training, folder: Path) -> None:
    """Write a checkpoint under `folder` and remove the one before."""
    name = f"checkpoint-{training.state.step:09d}"
    tensors = folder / f"{name}.safetensors"
    sha256 = save_tensors(training.tensors(), tensors)
    state = {"sha256": sha256, "state": training.state.model_dump(mode="json")}
    write_atomically(folder / f"{name}.json", json.dumps(state).encode())
    for old in folder.glob("checkpoint-*"):
        if not old.name.startswith(name):
            old.unlink()


def load_checkpoint(folder: Path) -> tuple[dict[str, Tensor], TrainingState] | None:
    """The newest whole checkpoint under `folder`, or None. The JSON is written last, so it says that it is whole."""
    for path in sorted(folder.glob("checkpoint-*.json"), reverse=True):
        stored = json.loads(path.read_bytes())
        tensors = read_tensors(path.with_suffix(".safetensors"), stored["sha256"])
        return tensors, TrainingState.model_validate(stored["state"])
    return None
