"""Who may look at whom, and where in its row a position stands, when rows are padded on the right and decoded in steps.

After a step a row of two real positions beside one of five goes on behind three positions of padding. `filled` [B, T]
remembers which are real; it is None as long as no row had any padding.
"""

from __future__ import annotations

import torch
from torch import Tensor

from seqharness.modules.memory import valid_positions


def key_mask(lengths: Tensor | None, size: int) -> Tensor | None:
    """[B, 1, 1, size], true where a position is real (at least one, or a softmax would be empty); None: all are."""
    return None if lengths is None else valid_positions(lengths.clamp(min=1), size)[:, None, None]


def fill(filled: Tensor | None, lengths: Tensor | None, before: int, x: Tensor) -> Tensor | None:
    """`filled` [B, before] with the new positions of x [B, T, H] added, of which `lengths` are real."""
    if filled is None and lengths is None:
        return None
    rows, new = x.size(0), x.size(1)
    if filled is None:
        filled = torch.ones(rows, before, dtype=torch.bool, device=x.device)
    if lengths is None:
        return torch.cat([filled, torch.ones(rows, new, dtype=torch.bool, device=x.device)], 1)
    return torch.cat([filled, valid_positions(lengths, new)], 1)


def past_mask(filled: Tensor | None, before: int, x: Tensor) -> Tensor | None:
    """Broadcast to [B, 1, T, before + T]: real positions of the past, and of x those up to each position itself."""
    new = x.size(1)
    mask = None
    if new > 1:
        mask = torch.ones(new, before + new, dtype=torch.bool, device=x.device).tril(before)
    if filled is not None:
        real = filled[:, None, None]  # [B, 1, 1, before + T]
        mask = real if mask is None else real & mask
    return mask


def places(filled: Tensor | None, before: int, x: Tensor) -> tuple[Tensor, Tensor]:
    """The positions in their rows of x [B, T, H] and of all so far: [T] and [before + T], or [B, ...] where padding
    lies between. That of a position of padding means nothing."""
    size = before + x.size(1)
    if filled is None or not before:
        keys = torch.arange(size, device=x.device)
        return keys[before:], keys
    keys = filled.cumsum(1) - 1  # [B, before + T]
    start = filled[:, :before].sum(1, keepdim=True)
    return start + torch.arange(x.size(1), device=x.device), keys
