"""A target sequence for a source sequence."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from ...contracts import Prediction
from ...data.rows import Rows
from ...decoding.search import search
from ...decoding.settings import Decoding
from ...interfaces import BOS, EOS, PAD
from ...precision.contexts import decoding_at
from .base import Batch, Indices, Objective, Scored, Stopwatch, padded, real_positions, to_tensor


class SequenceToSequenceObjective(Objective):
    """Fields: 'source' and 'target'. The source is read with EOS behind it; the target is read after BOS, and its
    tokens and the EOS behind them are scored. Both EOS count as tokens."""

    fields = ("source", "target")

    def tokens(self, rows: Mapping[str, Rows]) -> Indices:
        return rows["source"].lengths + rows["target"].lengths + 2

    def order(self, rows: Mapping[str, Rows]) -> Indices:
        """By target length, then by source length: both sides then need little padding."""
        source, target = rows["source"].lengths, rows["target"].lengths
        return target * (int(source.max(initial=0)) + 1) + source

    def batch(self, rows: Mapping[str, Rows], indices: Indices, device: torch.device) -> Batch:
        source, source_lengths, every_source = padded(rows["source"], indices, device, PAD, after=EOS)
        inputs, _, every = padded(rows["target"], indices, device, PAD, before=BOS)
        targets = to_tensor(rows["target"].padded(indices, PAD, after=EOS)[0], device)
        tensors = {
            "source": source,
            "source_lengths": source_lengths,
            "every_source": every_source,
            "inputs": inputs,
            "targets": targets,
            "real": real_positions(every, inputs.shape[1]),
        }
        return Batch(tensors, int(every_source.sum() + every.sum()))

    def scored(self, network: nn.Module, batch: Batch) -> Scored:
        memory = network.encode(batch["source"], batch.lengths("source"))  # type: ignore[operator]
        # The state is not used, and padding on the right cannot reach a real position: no lengths of the target.
        features, _ = network.decode(batch["inputs"], memory)  # type: ignore[operator]
        real = batch["real"]
        return Scored(features[real], batch["targets"][real], real.nonzero()[:, 0])

    def predict(self, network: nn.Module, batch: Batch, decoding: Decoding, stopwatch: Stopwatch) -> list[Prediction]:
        losses = self.row_losses(network, batch)
        limits = torch.clamp(decoding.limit(batch["every_source"]), max=self.interface.max_length)
        if (known := getattr(self.interface, "limit", None)) is not None:
            limits = torch.full_like(limits, known)
        with stopwatch, decoding_at(decoding.precision, batch["source"].device):
            found = search(network, batch["source"], batch.lengths("source"), limits, decoding)
        return [
            Prediction(list(row.tokens), loss, row.finished, len(row.tokens) + row.finished)
            for row, loss in zip(found, losses, strict=True)
        ]
