"""How a checkpoint is chosen: figures on a fixed part of the validation split. The test split plays no part in it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from torch import nn

from ..data.batches import Indices
from ..decoding.settings import Decoding
from ..records import SELECTION_EXAMPLES, SELECTION_TOKENS
from ..training.evaluation import losses_of, predict
from ..training.objectives import Objective
from .scoring import score_table

if TYPE_CHECKING:
    from ..data.rows import Rows
    from .execution import Run


def selection_indices(tokens: Indices) -> list[int]:
    """Validation examples that decide: the same for every run. tokens [N]: real tokens of each."""
    generator = np.random.Generator(np.random.PCG64(0))
    chosen = generator.permutation(len(tokens))[:SELECTION_EXAMPLES]
    fitting = int(np.searchsorted(np.cumsum(tokens[chosen]), SELECTION_TOKENS, side="right"))
    return sorted(chosen[: max(1, fitting)].tolist())


class Selection:
    """Figures on validation: the primary metric first, by which a checkpoint is chosen."""

    def __init__(self, run: Run, objective: Objective) -> None:
        self.run, self.objective = run, objective
        self.rows = run.prepared.rows("validation")
        self.indices = selection_indices(objective.tokens(self.rows))
        examples = run.prepared.examples("validation")
        self.examples = [examples[index] for index in self.indices]
        self.seconds = 0.0

    def figures(self, network: nn.Module) -> dict[str, float]:
        """The primary metric, by greedy decoding, and the loss per scored token in nats."""
        started = time.perf_counter()
        run = self.run
        run.emit({"event": "validating"})
        predictions = predict(network, self.objective, self.rows, run.codec, Decoding(), run.device, self.indices)
        primary = run.task.metrics[0]
        figures = {primary.name: score_table(run.task, self.examples, predictions, (primary,)).score(primary)}
        losses = [loss for prediction in predictions for loss in prediction.losses or ()]
        figures["loss"] = sum(losses) / len(losses) if losses else math.nan
        self.seconds += time.perf_counter() - started
        return figures


class LossSelection:
    """The loss per scored token on validation, in nats: what a pretraining is chosen by."""

    def __init__(self, run: Run, objective: Objective, rows: Mapping[str, Rows]) -> None:
        self.run, self.objective, self.rows = run, objective, rows
        self.seconds = 0.0

    def figures(self, network: nn.Module) -> dict[str, float]:
        """'loss'."""
        started = time.perf_counter()
        self.run.emit({"event": "validating"})
        losses = losses_of(network, self.objective, self.rows, self.run.device, SELECTION_EXAMPLES)
        self.seconds += time.perf_counter() - started
        return {"loss": sum(losses) / len(losses) if losses else math.nan}
