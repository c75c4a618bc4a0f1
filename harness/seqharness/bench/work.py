"""The child's side of a cell: one network at one length and kind of work, timed whenever it is asked to."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from ..contracts import Config, Recipe
from ..costs import Status, Work
from ..errors import HarnessError, NotApplicable
from ..interfaces import CausalLM, Interface, SequenceToSequence
from ..precision.contexts import at_precision, decoding_at
from ..precision.linear import weights_kept
from ..records import Precision, TrainingSettings
from ..registry import PluginSettings, load_catalogue
from ..run.execution import peak_memory
from ..run.speed import ENDLESS, train_for
from ..specs import parse_name
from ..training.loop import Training
from ..training.objectives import objective_for
from .generation import Endless, generate, sources
from .problems import counted, random_rows

BATCHES = 8
"""Different batches that training goes through."""

WARM_UP = 2
"""Calls before any is timed: the first ones allocate."""


@dataclass(frozen=True)
class Job:
    """What a child is to measure. rows: of a batch."""

    model: str
    interface: Interface
    config: Config
    recipe: Recipe
    length: int
    rows: int
    work: Work
    precision: Precision
    device: str
    threads: int
    plugins: PluginSettings

    @property
    def tokens(self) -> int:
        """Real tokens of a call: trained on, generated or read."""
        per_row = counted(type(self.interface), self.length) if self.work == "training" else self.length
        return self.rows * per_row


class Ready(NamedTuple):
    """The network is built and has warmed up. idle: bytes that the process held before."""

    idle: int


class Timing(NamedTuple):
    """Some calls; processor: seconds of all threads; peak: bytes that the process has held at most so far."""

    calls: int
    seconds: float
    processor: float
    peak: int


class Ended(NamedTuple):
    """No more will come, and why."""

    status: Status
    reason: str


Slice = Callable[[float], tuple[int, float]]
"""(seconds) -> calls made in about that time, at least one, and the seconds that they took."""


def serve(job: Job, connection: Connection) -> None:
    """Build, warm up and say so; then time a slice of so many seconds whenever one is asked for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        device = torch.device(job.device)
        torch.set_num_threads(job.threads)
        idle = 0 if device.type == "cuda" else peak_memory(device)
        run = prepared(job, device)
        for _ in range(WARM_UP):
            run(0.0)
        connection.send(Ready(idle))
        while True:
            seconds, before = connection.recv(), time.process_time()
            timed = run(seconds)
            connection.send(Timing(*timed, time.process_time() - before, peak_memory(device)))
    except EOFError:
        return
    except Exception as error:
        connection.send(reason_of(error))


def reason_of(error: Exception) -> Ended:
    """What an exception in a cell means."""
    told = " ".join(str(error).split())[:300]
    short = ("can't allocate memory", "not enough memory", "bad allocation")
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or any(word in told for word in short):
        return Ended("out of memory", "it needs more than there is")
    if isinstance(error, NotApplicable):
        return Ended("not applicable", told)
    return Ended("failed", told if isinstance(error, HarnessError) else f"{type(error).__name__}: {told}")


def prepared(job: Job, device: torch.device) -> Slice:
    """The network and its inputs, behind the function that times it."""
    architecture: Any = load_catalogue(job.plugins).model(parse_name(job.model).name).card.load()
    torch.manual_seed(0)
    network = architecture.serves[type(job.interface)](job.config, job.interface).to(device)
    if job.work == "training":
        training = _training(job, network, device)
        return lambda seconds: train_for(training, seconds)
    network.eval()
    return _repeated(_inference(job, network, device), device)


def _training(job: Job, network: nn.Module, device: torch.device) -> Training:
    settings = TrainingSettings(
        recipe=job.recipe, tokens=ENDLESS, batch_tokens=job.tokens, least_rows=1, seed=0, precision=job.precision
    )
    rows = random_rows(job.interface, job.length, BATCHES * job.rows)
    return Training(network, objective_for(job.interface), rows, settings, device, lambda _: {})


def _inference(job: Job, network: Any, device: torch.device) -> Callable[[], None]:
    """One call: a whole row generated, or the outputs for a given one; for all rows of the batch."""
    if isinstance(job.interface, CausalLM | SequenceToSequence):
        endless, source = Endless(network), sources(job.interface, job.rows, job.length, device)

        def call() -> None:
            with decoding_at(job.precision, device):
                generate(endless, source, job.length)

        return call
    objective = objective_for(job.interface)
    rows = random_rows(job.interface, job.length, job.rows)
    places = np.arange(job.rows)

    @torch.no_grad()
    def evaluate() -> None:
        with at_precision(job.precision, device):
            network.output(objective.scored(network, objective.batch(rows, places, device)).features)

    return evaluate


def _repeated(call: Callable[[], None], device: torch.device) -> Slice:
    def repeat(seconds: float) -> tuple[int, float]:
        calls, started = 0, time.perf_counter()
        with weights_kept():  # as over the batches of an evaluation
            while not calls or time.perf_counter() - started < seconds:
                call()
                if device.type != "cpu":
                    getattr(torch, device.type).synchronize()
                calls += 1
        return calls, time.perf_counter() - started

    return repeat
