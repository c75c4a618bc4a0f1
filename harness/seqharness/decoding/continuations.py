"""The best continuations of hypotheses by one token.

A vocabulary has thousands of entries, and `topk` over all of them for each hypothesis takes longer than the layers of a
small decoder. Here logits are read twice: for the maxima of blocks, and for the normaliser. The best continuations of a
sentence lie in as many of its blocks, those with the largest maxima, and nothing else is looked at.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..interfaces import EOS, RESERVED

FORBIDDEN = torch.tensor([token for token in range(len(RESERVED)) if token != EOS])
"""Reserved ids that are never generated."""

BLOCK = 64
"""Entries that are looked at as one at first."""

SLICE = 16
"""Hypotheses whose exponentials are summed at a time, so that they stay in the cache."""


def continuations(logits: Tensor, scores: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """logits [A * K, V], which are overwritten, and scores [A, K] -> scores, parents and tokens of the best [A, 2K]
    continuations, the best first: K of them at least go on. Of a single hypothesis one is enough, and its score is the
    logit: a normaliser would change no choice."""
    alive, width = scores.shape
    forbidden = FORBIDDEN.to(logits.device)
    kept = logits.index_select(1, forbidden)  # never chosen, but part of the normaliser
    logits.index_fill_(1, forbidden, -torch.inf)
    maxima = block_maxima(logits)
    if width == 1:
        offsets, count = torch.zeros_like(scores), 1
    else:
        offsets = scores - log_normaliser(logits, maxima, kept).view(alive, width)
        count = min(2 * width, width * logits.size(1))
    best, places = largest(logits.view(alive, width, -1), maxima.view(alive, width, -1), offsets, count)
    return best, places // logits.size(1), places % logits.size(1)


def block_maxima(values: Tensor) -> Tensor:
    """values [N, V] -> [N, V / BLOCK, rounded up]"""
    whole = values.size(1) // BLOCK * BLOCK
    parts = []
    if whole:
        parts.append(values[:, :whole].view(len(values), -1, BLOCK).amax(2))
    if whole < values.size(1):
        parts.append(values[:, whole:].amax(1, keepdim=True))
    return torch.cat(parts, 1) if len(parts) > 1 else parts[0]


def log_normaliser(logits: Tensor, maxima: Tensor, kept: Tensor) -> Tensor:
    """log of the sum of the exponentials of logits [N, V] and kept [N, *] -> [N, 1]. maxima [N, *]: of the logits."""
    shift = torch.maximum(maxima.amax(1, keepdim=True), kept.amax(1, keepdim=True))
    sums = kept.sub_(shift).exp_().sum(1, keepdim=True)
    scratch = torch.empty_like(logits[:SLICE])
    for start in range(0, len(logits), SLICE):
        rows = slice(start, start + SLICE)
        part = scratch[: len(shift[rows])]
        sums[rows] += torch.sub(logits[rows], shift[rows], out=part).exp_().sum(1, keepdim=True)
    return sums.log_().add_(shift)


def largest(values: Tensor, maxima: Tensor, offsets: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest of values [A, K, V] + offsets [A, K], the largest first -> [A, count] each: they, and their
    places in the K * V of a row. maxima [A, K, *]: `block_maxima` of the values."""
    size, blocks = values.size(2), maxima.size(2)
    found = (maxima + offsets[:, :, None]).flatten(1)
    found = found.topk(min(count, found.size(1)), dim=1).indices  # [A, count]: blocks
    parents = found // blocks
    inside = (found % blocks * BLOCK)[:, :, None] + torch.arange(BLOCK, device=found.device)  # [A, count, BLOCK]
    places = (parents[:, :, None] * size + inside.clamp(max=size - 1)).flatten(1)
    candidates = values.flatten(1).gather(1, places).view_as(inside) + offsets.gather(1, parents)[:, :, None]
    top, chosen = candidates.masked_fill_(inside >= size, -torch.inf).flatten(1).topk(count, dim=1)
    return top, places.gather(1, chosen)
