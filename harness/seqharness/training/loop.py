"""The training loop: one network, one budget, one seed; interrupted and resumed to the same bits.

Everything that decides the next step is in `TrainingState` and the tensors beside it: the order of batches follows from
(seed, epoch), the rest from torch's generator, whose state is part of a checkpoint. The clock decides only when a
checkpoint is written and when progress is told, never what is computed.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from ..data.batches import epoch_batches
from ..data.rows import Rows
from ..errors import HarnessError
from ..precision.contexts import at_precision
from ..records import TrainingSettings
from .objectives import Batch, Objective, mean_loss
from .optimization import make_optimizer, rate_factor
from .weights import load_tensors, own_tensors

LOG_POINTS = 50
"""Points of the training curve."""


class Diverged(HarnessError):
    """The loss is no longer finite."""


class Interrupted(HarnessError):
    """Asked to stop; a checkpoint was written."""


class Point(BaseModel):
    """A row of the history. tokens: seen so far; train_loss: mean in nats since the row before, with smoothing."""

    tokens: int
    train_loss: float | None = None
    gradient_norm: float | None = None
    validation: dict[str, float | None] | None = None


class TrainingState(BaseModel):
    """Where a training is. best: the validation score chosen so far, and after how many tokens.
    stale: validations since then."""

    epoch: int = 0
    position: int = 0
    step: int = 0
    tokens: int = 0
    validations: int = 0
    log_points: int = 0
    seconds: float = 0.0
    losses: list[float] = []
    norms: list[float] = []
    history: list[Point] = []
    best: float | None = None
    best_tokens: int = 0
    stale: int = 0


class Training:
    """A training under way. validate: network -> figures by name, of which the first decides."""

    def __init__(
        self,
        network: nn.Module,
        objective: Objective,
        rows: Mapping[str, Rows],
        settings: TrainingSettings,
        device: torch.device,
        validate: Callable[[nn.Module], Mapping[str, float]],
        higher_is_better: bool = True,
    ) -> None:
        self.network, self.objective, self.rows = network, objective, rows
        self.settings, self.device, self.validate = settings, device, validate
        self.sign = 1 if higher_is_better else -1
        self.state = TrainingState()
        self.best_weights: dict[str, Tensor] = {}
        self.optimizer = make_optimizer(network, settings.recipe)

    # ------------------------------------------------------------------------------------------------------- running

    def run(self, tick: Callable[[Training], None]) -> None:
        """Train to the end of the budget and leave the chosen weights in the network.

        tick: called after every step; may write a checkpoint (`tensors`, `state`), tell progress, raise Interrupted.
        """
        self.network.train()
        started = time.perf_counter()
        for batch in self._batches() if self.state.tokens < self.settings.tokens and not self._tired() else ():
            self._learn(batch)
            self.state.seconds += time.perf_counter() - started
            self._log()
            if self.state.tokens * self.settings.validations >= (self.state.validations + 1) * self.settings.tokens:
                self._choose()
            tick(self)
            if self.state.tokens >= self.settings.tokens or self._tired():
                break
            started = time.perf_counter()  # batches count as training; validation and checkpoints do not
        load_tensors(self.network, self.best_weights)
        self.network.eval()

    def _tired(self) -> bool:
        """Whether to stop early: the score has not risen for as many validations as the settings wait."""
        return self.settings.patience is not None and self.state.stale >= self.settings.patience

    def _batches(self) -> Iterator[Batch]:
        """Batches from where the state stands, epoch after epoch."""
        settings, tokens, order = self.settings, self.objective.tokens(self.rows), self.objective.order(self.rows)
        while True:
            plan = epoch_batches(
                tokens, order, settings.batch_tokens, settings.seed, self.state.epoch, settings.least_rows
            )
            while self.state.position < len(plan):
                yield self.objective.batch(self.rows, plan[self.state.position], self.device)
                self.state.position += 1
            self.state.epoch, self.state.position = self.state.epoch + 1, 0

    def _learn(self, batch: Batch) -> None:
        """One step of the optimiser."""
        recipe = self.settings.recipe
        factor = rate_factor(recipe, self.state.tokens / self.settings.tokens)
        for group in self.optimizer.param_groups:
            group["lr"] = recipe.learning_rate * factor
        with at_precision(self.settings.precision, self.device):
            loss = mean_loss(self.objective, self.network, batch, recipe.label_smoothing)
        loss.backward()  # type: ignore[no-untyped-call]
        value, size = float(loss.detach()), clip_gradients(self.network, recipe.clip)
        if not (math.isfinite(value) and math.isfinite(size)):
            raise Diverged(
                f"loss {value}, gradient norm {size} at step {self.state.step} ({self.state.tokens:,} tokens)"
            )
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.state.step += 1
        self.state.tokens += batch.tokens
        self.state.losses.append(value)
        self.state.norms.append(size)

    def _log(self) -> None:
        state = self.state
        if state.tokens * LOG_POINTS < (state.log_points + 1) * self.settings.tokens:
            return
        state.log_points = state.tokens * LOG_POINTS // self.settings.tokens
        loss, norm = (sum(values) / len(values) for values in (state.losses, state.norms))
        state.history.append(Point(tokens=state.tokens, train_loss=loss, gradient_norm=norm))
        state.losses, state.norms = [], []

    def _choose(self) -> None:
        """Validate, and keep the weights if they are the best so far; the first of equals stays."""
        state = self.state
        state.validations = state.tokens * self.settings.validations // self.settings.tokens
        self.network.eval()
        with preserved_rng(self.device):
            figures = dict(self.validate(self.network))
        self.network.train()
        finite = {name: value if math.isfinite(value) else None for name, value in figures.items()}
        state.history.append(Point(tokens=state.tokens, validation=finite))
        score = next(iter(figures.values()))
        state.stale += 1
        better = state.best is None or self.sign * score > self.sign * state.best
        if not self.best_weights or (math.isfinite(score) and better):
            state.best, state.best_tokens = (score if math.isfinite(score) else None), state.tokens
            state.stale = 0
            self.best_weights = {name: tensor.clone() for name, tensor in own_tensors(self.network).items()}

    # --------------------------------------------------------------------------------------------------- checkpoints

    def tensors(self) -> dict[str, Tensor]:
        """All tensors of a checkpoint by name."""
        found = {f"network.{name}": tensor for name, tensor in own_tensors(self.network).items()}
        found |= {f"best.{name}": tensor for name, tensor in self.best_weights.items()}
        for index, values in self.optimizer.state_dict()["state"].items():
            found |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in values.items()}
        found["generator.cpu"] = torch.get_rng_state()
        if self.device.type == "cuda":
            found["generator.device"] = torch.cuda.get_rng_state(self.device)
        return found

    def restore(self, tensors: Mapping[str, Tensor], state: TrainingState) -> None:
        """Go on from a checkpoint."""
        parts: dict[str, dict[str, Tensor]] = {"network": {}, "best": {}, "optimizer": {}, "generator": {}}
        for name, tensor in tensors.items():
            part, _, rest = name.partition(".")
            parts[part][rest] = tensor
        load_tensors(self.network, parts["network"])
        self.best_weights = {name: tensor.to(self.device) for name, tensor in parts["best"].items()}
        stored: dict[int, dict[str, Any]] = {}
        for name, tensor in parts["optimizer"].items():
            index, _, field = name.partition(".")
            stored.setdefault(int(index), {})[field] = tensor
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": stored})
        torch.set_rng_state(parts["generator"]["cpu"])
        if "device" in parts["generator"]:
            torch.cuda.set_rng_state(parts["generator"]["device"], self.device)
        self.state = state.model_copy(deep=True)
        self.state.position += 1  # the batch at `position` was learned before the checkpoint was written


def clip_gradients(network: nn.Module, largest: float) -> float:
    """Scale all gradients so that their global norm is at most `largest` (Pascanu et al. 2013); 0 leaves them. Returns
    the norm before."""
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    norm = float(torch.nn.utils.get_total_norm(gradients, foreach=True))
    if 0 < largest < norm:
        torch._foreach_mul_(gradients, largest / norm)
    return norm


@contextlib.contextmanager
def preserved_rng(device: torch.device) -> Iterator[None]:
    """What happens inside leaves torch's generators as they were."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield
