"""Multi-head attention (Vaswani et al. 2017, section 3.2).

    Attention(Q, K, V) = softmax(Q K^T / sqrt(D)) V
    MultiHead          = Concat(head_1, ..., head_h) W_out,   head_i = Attention(X W_query_i, Y W_key_i, Y W_value_i)

In self-attention Y is X; in cross-attention Y is the memory. The projections of all heads are one matrix, and those of
the same input are one product. B rows, T positions, S positions of the source, H width = heads x D.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class KeysValues(NamedTuple):
    """What attention looks up, by head: keys and values [B, heads, T, D]."""

    keys: Tensor
    values: Tensor


class SelfAttention(nn.Module):
    """Every position of a row looks at the positions of the same row."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query_key_value = linear(width, 3 * width, blocks=3)
        self.out = linear(width, width)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, causal: bool = False, past: KeysValues | None = None
    ) -> tuple[Tensor, KeysValues]:
        """x [B, T, H] -> [B, T, H], and the keys and values of all positions so far.

        mask, broadcast to [B, heads, T, T so far]: true where a position may be looked at. causal: no position looks
        ahead. past: keys and values of the positions before x.
        """
        query, keys, values = (split_heads(part, self.heads) for part in self.query_key_value(x).chunk(3, -1))
        if past is not None:
            keys = torch.cat([past.keys, keys], 2)  # [B, heads, T so far, D]
            values = torch.cat([past.values, values], 2)
        mixed = F.scaled_dot_product_attention(query, keys, values, attn_mask=mask, is_causal=causal)
        y: Tensor = self.out(merge_heads(mixed))
        return y, KeysValues(keys, values)


class CrossAttention(nn.Module):
    """Every position of the target looks at the positions of the source."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = linear(width, width)
        self.key_value = linear(width, 2 * width, blocks=2)
        self.out = linear(width, width)

    def keys_values(self, features: Tensor) -> KeysValues:
        """features of the memory [B, S, H] -> keys and values, which are the same for all of the target."""
        keys, values = (split_heads(part, self.heads) for part in self.key_value(features).chunk(2, -1))
        return KeysValues(keys, values)

    def forward(self, x: Tensor, source: KeysValues, mask: Tensor | None = None) -> Tensor:
        """x [B, T, H] -> [B, T, H]. mask, broadcast to [B, heads, T, S]: true where the source is real."""
        query = split_heads(self.query(x), self.heads)
        mixed = F.scaled_dot_product_attention(query, source.keys, source.values, attn_mask=mask)
        y: Tensor = self.out(merge_heads(mixed))
        return y


def split_heads(x: Tensor, heads: int) -> Tensor:
    """[B, T, H] -> [B, heads, T, D]"""
    return x.reshape(x.size(0), x.size(1), heads, -1).transpose(1, 2)


def merge_heads(x: Tensor) -> Tensor:
    """[B, heads, T, D] -> [B, T, H]"""
    return x.transpose(1, 2).flatten(2)


def linear(inputs: int, outputs: int, blocks: int = 1) -> nn.Linear:
    """A linear layer, Xavier uniform (Glorot & Bengio 2010) with zero bias, as in the reference code of the paper.

    blocks: how many matrices stand one on another in it; each is initialised by its own size.
    """
    layer = nn.Linear(inputs, outputs)
    for block in layer.weight.chunk(blocks):
        nn.init.xavier_uniform_(block)
    nn.init.zeros_(layer.bias)
    return layer
