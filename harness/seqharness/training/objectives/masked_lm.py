"""Tokens hidden behind a mask (Devlin et al. 2019, https://arxiv.org/abs/1810.04805)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ...contracts import Prediction
from ...data.rows import Rows
from ...decoding.settings import Decoding
from ...interfaces import MASK, PAD, RESERVED
from ...modules.masking import SHARE, masked_positions
from .base import Batch, Indices, Objective, Scored, Stopwatch, padded, real_positions

KEPT, RANDOM = 0.1, 0.1
"""Of the tokens to predict in training, the share left as they are and the share replaced by a random token."""


class MaskedLMObjective(Objective):
    """Field: 'tokens', a row a text. Training draws the masked positions anew from torch's default generator;
    evaluation masks the same positions of an example whatever the batch: they are drawn from its own tokens."""

    fields = ("tokens",)

    def tokens(self, rows: Mapping[str, Rows]) -> Indices:
        return rows["tokens"].lengths

    def batch(self, rows: Mapping[str, Rows], indices: Indices, device: torch.device) -> Batch:
        tokens, lengths, every = padded(rows["tokens"], indices, device, PAD)
        tensors = {"tokens": tokens, "tokens_lengths": lengths, "every_length": every}
        return Batch(tensors, int(every.sum()))

    def scored(self, network: nn.Module, batch: Batch) -> Scored:
        tokens, lengths = batch["tokens"], batch["every_length"]
        chosen = self._chosen(network, tokens, lengths)
        masked = self._hidden(network, tokens, chosen)
        features = network(masked, batch.lengths("tokens"))  # [B, T, H]
        return Scored(features[chosen], tokens[chosen], chosen.nonzero()[:, 0])

    def _chosen(self, network: nn.Module, tokens: Tensor, lengths: Tensor) -> Tensor:
        """[B, T] bool: a share of each row's real tokens, at least one a row."""
        if not network.training:
            chosen = torch.zeros(tokens.shape, dtype=torch.bool)
            for position, (row, length) in enumerate(zip(tokens.cpu().numpy(), lengths.tolist(), strict=True)):
                chosen[position, :length] = torch.from_numpy(masked_positions(row[:length]))
            return chosen.to(tokens.device)
        real = real_positions(lengths, tokens.shape[1])
        draws = torch.rand(tokens.shape, device=tokens.device).masked_fill(~real, 2.0)
        least = draws.min(dim=1, keepdim=True).values
        return real & ((draws < SHARE) | (draws == least))

    def _hidden(self, network: nn.Module, tokens: Tensor, chosen: Tensor) -> Tensor:
        if not network.training:
            return tokens.masked_fill(chosen, MASK)
        kind = torch.rand(tokens.shape, device=tokens.device)
        random = torch.randint(len(RESERVED), self.interface.vocabulary, tokens.shape, device=tokens.device)
        masked = torch.where(kind < 1 - KEPT - RANDOM, torch.full_like(tokens, MASK), tokens)
        masked = torch.where(kind >= 1 - RANDOM, random, masked)
        return torch.where(chosen, masked, tokens)

    def predict(self, network: nn.Module, batch: Batch, decoding: Decoding, stopwatch: Stopwatch) -> list[Prediction]:
        with stopwatch:
            scored = self.scored(network, batch)
            logits = network.output(scored.features).double()  # type: ignore[operator]
        losses = -logits.log_softmax(-1).gather(1, scored.targets[:, None])[:, 0].cpu()
        best = logits.argmax(-1).cpu()
        counts = torch.bincount(scored.rows.cpu(), minlength=len(batch["tokens"])).tolist()
        return [
            Prediction(guess.tolist(), tuple(loss.tolist()))
            for guess, loss in zip(best.split(counts), losses.split(counts), strict=True)
        ]
