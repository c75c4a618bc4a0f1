"""The encoder: a stack of layers in which every position sees the whole row."""

from __future__ import annotations

from torch import Tensor, nn

from seqharness.interfaces import Interface
from seqharness.modules.dropout import Dropout
from seqharness.modules.memory import Memory, mean_of_rows

from .config import TransformerConfig
from .layers import Layer, final_norm
from .masks import key_mask, places
from .positions import POSITIONS
from .relative_positions import SCHEMES


class Encoder(nn.Module):
    """Tokens [B, S] -> Memory: features [B, S, H], of which each has seen the whole row, and their mean."""

    def __init__(self, config: TransformerConfig, embedding: nn.Module, interface: Interface) -> None:
        super().__init__()
        self.embedding = embedding
        self.positions = POSITIONS[config.position](config.width, interface.max_length)
        self.scheme = SCHEMES[config.position](config, interface.max_length, causal=False)
        self.dropout = Dropout(config.dropout)
        self.layers = nn.ModuleList(Layer(config, distances=self.scheme.distances) for _ in range(config.layers))
        self.norm = final_norm(config)
        if config.norm == "batch" and config.norm_position == "pre":
            self.without_gradient = {"embedding.bias": "batch norm takes the mean of all positions away again"}

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Memory:
        x = self.dropout(self.positions(self.embedding(tokens)))  # [B, S, H]
        order = self.scheme(*places(None, 0, x))
        mask = key_mask(lengths, x.size(1))
        real = None if mask is None else mask[:, 0, 0]  # [B, S]
        for layer in self.layers:
            x, _ = layer(x, mask, order=order, real=real)
        x = self.norm(x, real)
        return Memory(x, lengths, mean_of_rows(x, lengths))
