"""Predictions of a trained network on a split: teacher-forced losses and outputs, in the order of the examples.

Losses are taken in float32 whatever the precision of training, and outputs are decoded in it unless another is asked
for: at bf16 a figure would depend on the batch, whose size decides what is rounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from ..contracts import Codec, Prediction
from ..data.batches import Indices, sorted_batches
from ..data.rows import Rows
from ..decoding.settings import Decoding
from ..precision.linear import weights_kept
from .objectives import Batch, Objective, Stopwatch

EVALUATION_TOKENS = 4_096
"""Real tokens of an evaluation batch: decides speed and memory, not results."""


@torch.no_grad()
def predict(
    network: nn.Module,
    objective: Objective,
    rows: Mapping[str, Rows],
    codec: Codec,
    decoding: Decoding,
    device: torch.device,
    indices: Sequence[int] | None = None,
    batch_tokens: int = EVALUATION_TOKENS,
    stopwatch: Stopwatch | None = None,
) -> list[Prediction]:
    """One prediction for each example (or for those at `indices`), with outputs as the task compares them."""
    stopwatch = stopwatch or Stopwatch()
    chosen = np.arange(len(objective.tokens(rows))) if indices is None else np.asarray(indices, dtype=np.int64)
    tokens, order = objective.tokens(rows)[chosen], objective.order(rows)[chosen]
    found: list[Prediction] = [Prediction()] * len(chosen)
    was_training = network.training
    network.eval()
    with weights_kept():
        for places in sorted_batches(tokens, order, batch_tokens):
            batch = objective.batch(rows, chosen[places], device)
            predictions = objective.predict(network, batch, decoding, stopwatch)
            for place, prediction in zip(places.tolist(), predictions, strict=True):
                found[place] = prediction
    network.train(was_training)
    return decoded(found, codec)


def batches_of(
    objective: Objective, rows: Mapping[str, Rows], device: torch.device, batch_tokens: int
) -> Iterator[tuple[Indices, Batch]]:
    """All rows in batches of like length, with the places of each batch's rows."""
    for places in sorted_batches(objective.tokens(rows), objective.order(rows), batch_tokens):
        yield places, objective.batch(rows, places, device)


@torch.no_grad()
def losses_of(
    network: nn.Module,
    objective: Objective,
    rows: Mapping[str, Rows],
    device: torch.device,
    largest: int,
) -> list[float]:
    """Teacher-forced losses in nats of all scored positions of the first `largest` examples."""
    chosen = np.arange(min(largest, len(objective.tokens(rows))))
    found: list[float] = []
    was_training = network.training
    network.eval()
    for places in sorted_batches(objective.tokens(rows)[chosen], objective.order(rows)[chosen], EVALUATION_TOKENS):
        for losses in objective.row_losses(network, objective.batch(rows, chosen[places], device)):
            found.extend(losses)
    network.train(was_training)
    return found


def decoded(predictions: list[Prediction], codec: Codec) -> list[Prediction]:
    """Ids to outputs; what has no ids (a likelihood alone, a real number) stays as it is."""
    places = [place for place, prediction in enumerate(predictions) if isinstance(prediction.output, list)]
    outputs = codec.decode([predictions[place].output for place in places])
    for place, output in zip(places, outputs, strict=True):
        predictions[place] = replace(predictions[place], output=output)
    return predictions
