"""The project's training engine on one of the families, as a run has it: its batches, model, objective and optimiser.

A run has its allocator too: import `seqharness.executors.preload` before this.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import torch
from families import Family
from flops import counted

from seqharness.data.rows import Rows
from seqharness.records import Precision, TrainingSettings
from seqharness.registry import load_catalogue
from seqharness.resolve import resolve_model
from seqharness.run.ticker import Ticker
from seqharness.training.loop import Training
from seqharness.training.objectives import objective_for

ENDLESS = 1 << 60
"""Tokens: the clock ends a turn, never the budget."""


class TurnOver(Exception):
    """The seconds of a turn are over."""


class EngineLoop:
    """A training under way that is interrupted and taken up again turn by turn."""

    def __init__(
        self,
        family: Family,
        rows: dict[str, Rows],
        precision: Precision,
        smoothing: float = 0.0,
        batch_tokens: int | None = None,
    ) -> None:
        torch.manual_seed(0)
        model = resolve_model(family.spec, load_catalogue())
        network = model.architecture.serves[type(family.interface)](model.config, family.interface)
        objective = objective_for(family.interface)
        recipe = model.architecture.recipe.at_width(model.config.width)
        settings = TrainingSettings(
            recipe=recipe.model_copy(update={"label_smoothing": smoothing}),
            tokens=ENDLESS,
            batch_tokens=batch_tokens or round(float(objective.tokens(rows).mean()) * family.rows),
            seed=1,
            precision=precision,
        )
        self.training = Training(network, objective, rows, settings, torch.device("cpu"), lambda network: {})
        self.ticker = Ticker(lambda event: None, lambda: False, Path(), checkpoint_seconds=1e9)

    @property
    def parameters(self) -> int:
        """Of the network; shared ones count once."""
        return sum(parameter.numel() for parameter in self.training.network.parameters())

    def measure(self, seconds: float, begun: Callable[[], None] = lambda: None) -> dict[str, float]:
        """Train for some seconds by the clock on the wall, all bookkeeping included. The first step of a turn does not
        count: it plans the epoch anew, which a run does once. begun: called when it is over."""
        state = self.training.state
        begin: tuple[float, int, int] | None = None
        now = time.perf_counter()

        def tick(training: Training) -> None:
            nonlocal begin, now
            self.ticker.tick(training)
            now = time.perf_counter()
            if begin is None:
                begin = now, state.tokens, state.step
                begun()
            elif now - begin[0] > seconds:
                raise TurnOver

        try:
            self.training.run(tick)
        except TurnOver:
            state.position += 1
        assert begin is not None
        return {"tokens": state.tokens - begin[1], "steps": state.step - begin[2], "seconds": now - begin[0]}

    def flops_per_token(self) -> float:
        """Training FLOPs (forward x 3) of a real token in the row nearest to the mean length, without padding."""
        objective, rows, network = self.training.objective, self.training.rows, self.training.network
        tokens = objective.tokens(rows)
        middle = abs(tokens - tokens.mean()).argmin().reshape(1)
        batch = objective.batch(rows, middle, self.training.device)
        forward = counted(lambda: network.get_submodule("output")(objective.scored(network, batch).features))
        return 3 * forward / batch.tokens
