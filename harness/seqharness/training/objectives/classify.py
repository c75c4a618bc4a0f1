"""One label, or one real number, for a row."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...contracts import Prediction
from ...data.rows import Rows
from ...decoding.settings import Decoding
from ...interfaces import PAD
from .base import Batch, Indices, Objective, Scored, Stopwatch, padded, to_tensor


class ClassifyObjective(Objective):
    """Fields: 'tokens' (ids, or reals [*, features]) and 'label' (one id or real a row)."""

    fields = ("tokens", "label")

    def tokens(self, rows: Mapping[str, Rows]) -> Indices:
        return rows["tokens"].lengths

    def batch(self, rows: Mapping[str, Rows], indices: Indices, device: torch.device) -> Batch:
        tokens, lengths, every = padded(rows["tokens"], indices, device, PAD)
        labels = to_tensor(rows["label"].padded(indices, 0)[0][:, 0], device)
        tensors = {"tokens": tokens, "tokens_lengths": lengths, "label": labels}
        return Batch(tensors, int(every.sum()))

    def scored(self, network: nn.Module, batch: Batch) -> Scored:
        features = network(batch["tokens"], batch.lengths("tokens"))
        return Scored(features, batch["label"], torch.arange(len(features), device=features.device))

    def position_losses(self, network: nn.Module, scored: Scored) -> Tensor:
        if getattr(self.interface, "loss", "cross-entropy") == "cross-entropy":
            return super().position_losses(network, scored)
        values = network.output(scored.features).float()[:, 0]  # type: ignore[operator]
        return F.mse_loss(values, scored.targets.float(), reduction="none")

    def predict(self, network: nn.Module, batch: Batch, decoding: Decoding, stopwatch: Stopwatch) -> list[Prediction]:
        with stopwatch:
            scored = self.scored(network, batch)
            values = network.output(scored.features).double()  # type: ignore[operator]
        losses = self.position_losses(network, scored).tolist()
        if getattr(self.interface, "loss", "cross-entropy") == "squared":
            return [Prediction(value, (loss,)) for value, loss in zip(values[:, 0].tolist(), losses, strict=True)]
        probabilities = values.softmax(-1)
        return [
            Prediction([int(row.argmax())], (loss,), probabilities=tuple(row.tolist()))
            for row, loss in zip(probabilities, losses, strict=True)
        ]
