"""What decoding in less than float32 costs a run, on the first examples of a split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from ..contracts import Prediction
from ..interfaces import SequenceToSequence
from ..records import DecodingCost
from ..training.evaluation import predict
from ..training.objectives import Objective
from .scoring import score_table

if TYPE_CHECKING:
    from .execution import Run

COMPARED_EXAMPLES = 500
"""Examples that are decoded in float32 as well, at most."""


def decoding_cost(
    run: Run, network: nn.Module, objective: Objective, split: str, predictions: list[Prediction]
) -> DecodingCost | None:
    """The primary metric of the first predictions and of those that float32 gives; None where there is nothing to
    compare: in float32, and where nothing is generated."""
    decoding = run.spec.decoding
    if decoding.precision == "float32" or not isinstance(run.prepared.interface, SequenceToSequence):
        return None
    examples = run.prepared.examples(split)[:COMPARED_EXAMPLES]
    exact = predict(
        network,
        objective,
        run.prepared.rows(split),
        run.codec,
        decoding.model_copy(update={"precision": "float32"}),
        run.device,
        range(len(examples)),
    )
    primary = run.task.metrics[0]
    score, at_float32 = (
        score_table(run.task, examples, found, (primary,)).score(primary)
        for found in (predictions[: len(examples)], exact)
    )
    return DecodingCost(examples=len(examples), score=score, at_float32=at_float32)
