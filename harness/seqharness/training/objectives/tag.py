"""One label for every position."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from ...contracts import Prediction
from ...data.rows import Rows
from ...decoding.settings import Decoding
from ...interfaces import PAD, UNSCORED
from .base import Batch, Indices, Objective, Scored, Stopwatch, padded, real_positions, to_tensor


class TagObjective(Objective):
    """Fields: 'tokens' and, of the same lengths, 'tags' (UNSCORED where a position does not count)."""

    fields = ("tokens", "tags")

    def tokens(self, rows: Mapping[str, Rows]) -> Indices:
        return rows["tokens"].lengths

    def batch(self, rows: Mapping[str, Rows], indices: Indices, device: torch.device) -> Batch:
        tokens, lengths, every = padded(rows["tokens"], indices, device, PAD)
        tags = to_tensor(rows["tags"].padded(indices, UNSCORED)[0], device)
        tensors = {"tokens": tokens, "tokens_lengths": lengths, "tags": tags, "every_length": every}
        return Batch(tensors, int(every.sum()))

    def scored(self, network: nn.Module, batch: Batch) -> Scored:
        features = network(batch["tokens"], batch.lengths("tokens"))  # [B, T, H]
        real = real_positions(batch["every_length"], features.shape[1]) & (batch["tags"] != UNSCORED)
        return Scored(features[real], batch["tags"][real], real.nonzero()[:, 0])

    def predict(self, network: nn.Module, batch: Batch, decoding: Decoding, stopwatch: Stopwatch) -> list[Prediction]:
        with stopwatch:
            features = network(batch["tokens"], batch.lengths("tokens"))
            best = network.output(features).argmax(-1)  # type: ignore[operator]
        losses = self.row_losses(network, batch)
        lengths = batch["every_length"].tolist()
        return [
            Prediction(row[:length].tolist(), loss) for row, length, loss in zip(best, lengths, losses, strict=True)
        ]
