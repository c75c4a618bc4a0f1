"""The next token at every position."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ...contracts import Prediction
from ...data.rows import Rows
from ...decoding.settings import Decoding
from ...interfaces import BOS, EOS, PAD
from .base import Batch, Indices, Objective, Scored, Stopwatch, padded, real_positions, to_tensor


class CausalLMObjective(Objective):
    """Field: 'tokens', a row a text. Each is read after BOS, and its tokens and the EOS behind them are scored.

    A second field 'scored' of the same lengths + 1, where a task has it, holds 1 where a token (or the EOS) counts; the
    positions before the first that counts are the context of the row.

    A network with an encoder gets the context in it, and its decoder is asked for the rest. In training the row is cut
    at random instead, anywhere up to its last scored position, and what stands before the cut is not scored.
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
        tensors = {"inputs": inputs, "targets": targets, "counts": counts, "every_length": every}
        return Batch(tensors, int(every.sum()))

    def scored(self, network: nn.Module, batch: Batch) -> Scored:
        if hasattr(network, "encode"):
            return self._scored_after_context(network, batch)
        # The state is not used, and padding on the right cannot reach a real position: no lengths.
        features, _ = network(batch["inputs"])  # [B, T, H]
        counts = batch["counts"]
        return Scored(features[counts], batch["targets"][counts], counts.nonzero()[:, 0])

    def _scored_after_context(self, network: nn.Module, batch: Batch) -> Scored:
        """BOS and the tokens before the cut go to the encoder; the decoder reads BOS and the tokens from the cut on."""
        inputs, targets, counts = batch["inputs"], batch["targets"], batch["counts"]
        cut = random_cut(counts) if network.training else counts.int().argmax(1)  # [B]: first target of the decoder
        size = inputs.size(1)
        source_lengths = cut + 1
        source = inputs[:, : int(source_lengths.max())]
        source = source.masked_fill(~real_positions(source_lengths, source.size(1)), PAD)
        rest = batch["every_length"] - cut  # [B]: positions that the decoder reads
        places = cut.unsqueeze(1) + torch.arange(int(rest.max()), device=inputs.device)  # [B, R]
        inside, places = places < size, places.clamp(max=size - 1)
        target = inputs.gather(1, places).masked_fill(~inside, PAD)
        target[:, 0] = BOS
        memory = network.encode(source, source_lengths)  # type: ignore[operator]
        features, _ = network.decode(target, memory)  # type: ignore[operator]
        counted = counts.gather(1, places) & inside  # [B, R]
        return Scored(features[counted], targets.gather(1, places)[counted], counted.nonzero()[:, 0])

    def predict(self, network: nn.Module, batch: Batch, decoding: Decoding, stopwatch: Stopwatch) -> list[Prediction]:
        if not getattr(self.interface, "answers", False):
            return [Prediction(None, losses) for losses in self.row_losses(network, batch)]
        with stopwatch:
            scored = self.scored(network, batch)
            best = network.output(scored.features).argmax(-1).cpu()  # type: ignore[operator]
        losses = self.position_losses(network, scored).double().cpu()
        counts = torch.bincount(scored.rows.cpu(), minlength=len(batch["inputs"])).tolist()
        return [
            Prediction(guess.tolist(), tuple(loss.tolist()))
            for guess, loss in zip(torch.split(best, counts), torch.split(losses, counts), strict=True)
        ]


def random_cut(counts: Tensor) -> Tensor:
    """counts [B, T] bool -> [B]: a position of each row drawn from 0 to its last scored one, by torch's default
    generator."""
    last = counts.size(1) - 1 - counts.int().flip(1).argmax(1)  # [B]
    return (torch.rand(len(counts), device=counts.device) * (last + 1)).long()
