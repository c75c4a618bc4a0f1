"""What a model shares with everything else in its process: settings, environment, generators. Seen and put back."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch


def settings() -> dict[str, Any]:
    """Every global setting that a model must leave alone, by the name it has in a message."""
    return {
        "torch's number of threads": torch.get_num_threads(),
        "torch's default dtype": torch.get_default_dtype(),
        "torch's default device": torch.get_default_device(),
        "torch's gradient mode": torch.is_grad_enabled(),
        "torch's anomaly detection": torch.is_anomaly_enabled(),
        "torch's deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "torch's matmul precision": torch.get_float32_matmul_precision(),
        "the working directory": Path.cwd(),
        "the environment": dict(os.environ),
    }


def changes(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What differs between two `settings()`, in words; '' where nothing does."""
    found = []
    for name, value in before.items():
        if value == after[name]:
            continue
        if isinstance(value, dict):
            names = sorted(key for key in value.keys() | after[name].keys() if value.get(key) != after[name].get(key))
            found.append(f"{name} ({', '.join(names)})")
        else:
            found.append(f"{name} (from {value} to {after[name]})")
    return ", ".join(found)


def restore(before: dict[str, Any]) -> None:
    """Put every setting back to what `settings()` saw."""
    if torch.get_num_threads() != before["torch's number of threads"]:
        torch.set_num_threads(before["torch's number of threads"])
    torch.set_default_dtype(before["torch's default dtype"])
    if torch.get_default_device() != before["torch's default device"]:
        torch.set_default_device(before["torch's default device"])
    torch.set_grad_enabled(before["torch's gradient mode"])
    torch.autograd.set_detect_anomaly(before["torch's anomaly detection"])
    torch.use_deterministic_algorithms(before["torch's deterministic algorithms"])
    torch.set_float32_matmul_precision(before["torch's matmul precision"])
    os.chdir(before["the working directory"])
    if dict(os.environ) != before["the environment"]:
        os.environ.clear()
        os.environ.update(before["the environment"])


def foreign_generators() -> tuple[Any, Any]:
    """The states of Python's and NumPy's global generators, comparable by `==`."""
    kind, keys, *rest = np.random.get_state()
    return random.getstate(), (kind, np.asarray(keys).tobytes(), *rest)


def seed_foreign_generators(seed: int) -> None:
    """Seed Python's and NumPy's global generators."""
    random.seed(seed)
    np.random.seed(seed)


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Whatever happens inside, every setting and every generator is afterwards as it was before: one check must not
    disturb the next, nor the program that runs it."""
    before, python, numpy = settings(), random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        restore(before)
        random.setstate(python)
        np.random.set_state(numpy)
