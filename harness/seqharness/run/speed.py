"""How fast networks train on this machine, side by side: the same loop as a run's, a slice of time each in turn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import torch

from ..contracts import Architecture
from ..errors import HarnessError
from ..records import RunSpec
from ..specs import check_options, parse_name
from ..store import Store
from ..training.loop import Training
from ..training.objectives import objective_for
from .execution import Run

ROUNDS = 7
SLICE_SECONDS = 0.5
ENDLESS = 1 << 60
"""Tokens: the clock ends a slice, never the budget."""


class _Enough(Exception):
    """The slice of time is over."""


def measure_speeds(texts: Sequence[str]) -> list[list[float]]:
    """Tokens per second of the training loop alone, [run][round]. texts: each a RunSpec as JSON.

    The networks take turns, so that a machine that slows down meanwhile slows all of them; a first turn warms up.
    """
    trainings = [_training(RunSpec.model_validate_json(text)) for text in texts]
    rates: list[list[float]] = [[] for _ in trainings]
    for turn in range(ROUNDS + 1):
        for training, found in zip(trainings, rates, strict=True):
            rate = _slice(training)
            if turn:
                found.append(rate)
    return rates


def _slice(training: Training) -> float:
    tokens = training.state.tokens
    _, seconds = train_for(training, SLICE_SECONDS)
    return (training.state.tokens - tokens) / seconds


def train_for(training: Training, seconds: float) -> tuple[int, float]:
    """Train on for about so long, a step at least: the steps made, and the seconds that training counts for them."""
    steps, spent = training.state.step, training.state.seconds
    end = time.perf_counter() + seconds

    def tick(training: Training) -> None:
        if time.perf_counter() > end:
            raise _Enough

    try:
        training.run(tick)
    except _Enough:
        training.state.position += 1
    return training.state.step - steps, training.state.seconds - spent


def _training(spec: RunSpec) -> Training:
    run = Run(spec, Store(Path(spec.store)), lambda event: None, lambda: False, 1e9)
    architecture = run.catalogue.model(parse_name(spec.model).name).card.load()
    if not isinstance(architecture, Architecture) or spec.settings is None:
        raise HarnessError(f"{spec.label}: a model without gradient descent has no training speed")
    config = check_options(architecture.config, spec.config, f"model {spec.model}")
    torch.manual_seed(spec.seed)
    interface = run.prepared.interface
    network = architecture.serves[type(interface)](config, interface).to(run.device)
    settings = spec.settings.model_copy(update={"tokens": ENDLESS})
    return Training(network, objective_for(interface), run.prepared.rows("train"), settings, run.device, lambda _: {})
