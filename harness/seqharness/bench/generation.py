"""Generation of rows of a given length, by the search that decodes everywhere else."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..decoding.search import search
from ..decoding.settings import Decoding
from ..interfaces import BOS, EOS, RESERVED, Interface, SequenceToSequence

GREEDY = Decoding(beam=1)


class Endless(nn.Module):
    """A network as the search calls it, which never ends a row. A language model has an empty memory."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network: Any = network
        self.encodes = hasattr(network, "encode")

    def encode(self, source: Tensor, lengths: Tensor | None = None) -> Any:
        return self.network.encode(source, lengths) if self.encodes else ()

    def decode(
        self, target: Tensor, memory: Any, state: Any = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Any]:
        if self.encodes:
            features, state = self.network.decode(target, memory, state, lengths)
        else:
            features, state = self.network(target, lengths, state)
        return features, state  # [B, T, H]

    def output(self, features: Tensor) -> Tensor:
        logits: Tensor = self.network.output(features)
        return logits.index_fill(-1, torch.tensor([EOS], device=logits.device), -torch.inf)


def sources(interface: Interface, rows: int, length: int, device: torch.device) -> Tensor:
    """[B, S]: random sources of `length` positions with EOS at their end; BOS alone for a language model."""
    if not isinstance(interface, SequenceToSequence):
        return torch.full((rows, 1), BOS, device=device)
    generator = torch.Generator().manual_seed(length)
    tokens = torch.randint(len(RESERVED), interface.vocabulary, (rows, length), generator=generator)
    tokens[:, -1] = EOS
    return tokens.to(device)


def generate(network: Endless, source: Tensor, length: int) -> None:
    """`length` tokens for each row, greedily."""
    limits = torch.full((len(source),), length, device=source.device)
    found = search(network, source, None, limits, GREEDY)
    assert all(len(row.tokens) == length for row in found)
