"""The next token at every position."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from ...contracts import Prediction
from ...data.rows import Rows
from ...decoding.settings import Decoding
from ...interfaces import BOS, EOS, PAD
from .base import Batch, Indices, Objective, Scored, Stopwatch, padded, real_positions, to_tensor


class CausalLMObjective(Objective):
    """Field: 'tokens', a row a text. Each is read after BOS, and its tokens and the EOS behind them are scored.

    A second field 'scored' of the same lengths + 1, where a task has it, holds 1 where a token (or the EOS) counts.
    """

    fields = ("tokens",)

    def tokens(self, rows: Mapping[str, Rows]) -> Indices:
        return rows["tokens"].lengths + 1

    def batch(self, rows: Mapping[str, Rows], indices: Indices, device: torch.device) -> Batch:
        inputs, _, every = padded(rows["tokens"], indices, device, PAD, before=BOS)
        targets = to_tensor(rows["tokens"].padded(indices, PAD, after=EOS)[0], device)
        counts = real_positions(every, inputs.shape[1])
        if "scored" in rows:
            counts = counts & to_tensor(rows["scored"].padded(indices, 0)[0], device).bool()
        tensors = {"inputs": inputs, "targets": targets, "counts": counts}
        return Batch(tensors, int(every.sum()))

    def scored(self, network: nn.Module, batch: Batch) -> Scored:
        # The state is not used, and padding on the right cannot reach a real position: no lengths.
        features, _ = network(batch["inputs"])  # [B, T, H]
        counts = batch["counts"]
        return Scored(features[counts], batch["targets"][counts], counts.nonzero()[:, 0])

    def predict(self, network: nn.Module, batch: Batch, decoding: Decoding, stopwatch: Stopwatch) -> list[Prediction]:
        return [Prediction(None, losses) for losses in self.row_losses(network, batch)]
