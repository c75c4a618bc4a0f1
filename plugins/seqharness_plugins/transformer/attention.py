"""Multi-head attention (Vaswani et al. 2017, section 3.2).

    Attention(Q, K, V) = softmax(Q K^T / sqrt(D)) V
    MultiHead          = Concat(head_1, ..., head_h) W_out,   head_i = Attention(X W_query_i, Y W_key_i, Y W_value_i)

In self-attention Y is X; in cross-attention Y is the memory. The projections of all heads are one matrix, and those of
the same input are one product. B rows, T positions, S positions of the source, H width = heads x D.

All scores pass through `scaled_dot_product_attention`, with what a scheme of positions adds to them in its mask: who
intercepts that function sees every map.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seqharness.errors import UserError

from .relative_positions import Order, rotate


class KeysValues(NamedTuple):
    """What attention looks up, by head: keys and values [B, heads, T, D]."""

    keys: Tensor
    values: Tensor


class SelfAttention(nn.Module):
    """Every position of a row looks at the positions of the same row.

    scaled: divide the scores by sqrt(D). distances: rows of the table of keys for distances, 0 where there is none
    (see `relative_positions.ClippedDistances`).
    """

    def __init__(self, width: int, heads: int, scaled: bool = True, distances: int = 0) -> None:
        super().__init__()
        self.heads, self.scale = heads, score_scale(width, heads, scaled)
        self.query_key_value = linear(width, 3 * width, blocks=3)
        self.out = linear(width, width)
        self.distance_keys = distance_keys(heads, distances, width // heads) if distances else None

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        causal: bool = False,
        past: KeysValues | None = None,
        order: Order | None = None,
    ) -> tuple[Tensor, KeysValues]:
        """x [B, T, H] -> [B, T, H], and the keys and values of all positions so far.

        mask, broadcast to [B, heads, T, T so far]: true where a position may be looked at. causal: no position looks
        ahead (of x alone: without a past). past: keys and values of the positions before x. order: what the scheme of
        positions tells of x and of all positions so far.
        """
        order = order if order is not None else Order()
        query, keys, values = (split_heads(part, self.heads) for part in self.query_key_value(x).chunk(3, -1))
        if order.rotation is not None:
            query, keys = rotate(query, order.rotation), rotate(keys, order.rotation)
        if past is not None:
            keys = torch.cat([past.keys, keys], 2)  # [B, heads, T so far, D]
            values = torch.cat([past.values, values], 2)
        bias = order.bias if order.distances is None else self.distance_scores(query, order.distances)
        if bias is not None:
            mask, causal = masked_bias(bias.to(query.dtype), mask, causal), False
        mixed = F.scaled_dot_product_attention(query, keys, values, attn_mask=mask, is_causal=causal, scale=self.scale)
        y: Tensor = self.out(merge_heads(mixed))
        return y, KeysValues(keys, values)

    def distance_scores(self, query: Tensor, distances: Tensor) -> Tensor:
        """query [B, heads, T, D] . key of each distance [1 or B, 1, T, S] -> [B, heads, T, S], scaled as scores are."""
        assert self.distance_keys is not None
        scores = query @ self.distance_keys.transpose(1, 2) * self.scale  # [B, heads, T, rows of the table]
        return scores.gather(-1, distances.expand(*scores.shape[:2], -1, -1))


class CrossAttention(nn.Module):
    """Every position of the target looks at the positions of the source, whatever their order."""

    def __init__(self, width: int, heads: int, scaled: bool = True) -> None:
        super().__init__()
        self.heads, self.scale = heads, score_scale(width, heads, scaled)
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
        mixed = F.scaled_dot_product_attention(query, source.keys, source.values, attn_mask=mask, scale=self.scale)
        y: Tensor = self.out(merge_heads(mixed))
        return y


def masked_bias(bias: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
    """bias, broadcast to [B, heads, T, S], with minus infinity where a position may not be looked at."""
    if causal:
        allowed = torch.ones(bias.shape[-2:], dtype=torch.bool, device=bias.device).tril()
        mask = allowed if mask is None else mask & allowed
    return bias if mask is None else torch.where(mask, bias, -torch.inf)


def score_scale(width: int, heads: int, scaled: bool) -> float:
    """What scores are multiplied by. UserError where the heads cannot share the width."""
    if width % heads:
        raise UserError(f"{heads} heads cannot share a width of {width}: take a width that is a multiple of {heads}.")
    return (width // heads) ** -0.5 if scaled else 1.0


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


def distance_keys(heads: int, rows: int, size: int) -> nn.Parameter:
    """A table [heads, rows, size], Xavier uniform by head."""
    table = nn.Parameter(torch.empty(heads, rows, size))
    for head in table.data:
        nn.init.xavier_uniform_(head)
    return table
