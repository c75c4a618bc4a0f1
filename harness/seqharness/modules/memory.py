"""What passes from an encoder to a decoder, and the arithmetic of rows that are padded on the right.

`lengths` is an int64 tensor [B] of the real positions of each row, at least 1 each, or None where every row is full.
None is carried along as None (in a memory or a state too), so that full rows cost no mask and nothing is read back
from the device to find out.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Memory(NamedTuple):
    """A source as its encoder leaves it: a pytree with the batch first. Any decoder can be put on any encoder by it.

    features [B, S, H]: one vector for each source position; those past a row's length mean nothing.
    lengths [B]: real positions of each row, or None where every row is full.
    summary [B, H]: the whole source in one vector, defined by the encoder; all that a decoder without attention reads.
    """

    features: Tensor
    lengths: Tensor | None
    summary: Tensor


def valid_positions(lengths: Tensor, size: int) -> Tensor:
    """lengths [B] -> [B, size], true at the real positions of each row."""
    return torch.arange(size, device=lengths.device) < lengths.unsqueeze(1)


def mean_of_rows(x: Tensor, lengths: Tensor | None) -> Tensor:
    """x [B, T, H] -> [B, H]: the mean over the real positions of each row."""
    if lengths is None:
        return x.mean(1)
    valid = valid_positions(lengths, x.size(1)).unsqueeze(2)  # [B, T, 1]
    return x.masked_fill(~valid, 0).sum(1) / lengths.clamp(min=1).unsqueeze(1)


def last_of_rows(x: Tensor, lengths: Tensor | None) -> Tensor:
    """x [B, T, H] -> [B, H]: the last real position of each row."""
    if lengths is None:
        return x[:, -1]
    return x[torch.arange(x.size(0), device=x.device), lengths.clamp(min=1) - 1]


def reverse_rows(x: Tensor, lengths: Tensor | None) -> Tensor:
    """x [B, T, ...] with the real part of each row in reverse order; padding stays where it is. Its own inverse."""
    if lengths is None:
        return x.flip(1)
    positions = torch.arange(x.size(1), device=x.device)  # [T]
    mirrored = lengths.unsqueeze(1) - 1 - positions  # [B, T]
    return _gather(x, torch.where(mirrored >= 0, mirrored, positions))


def append_rows(x: Tensor, lengths: Tensor | None, new: Tensor) -> Tensor:
    """x [B, T, ...] and new [B, N, ...] -> [B, T + N, ...]: new positions follow each row's last real one."""
    if lengths is None:
        return torch.cat([x, new], 1)
    padded = torch.cat([x, torch.zeros_like(new)], 1)  # [B, T + N, ...]
    index = _expand(positions_after(lengths, new.size(1)), new)
    return padded.scatter(1, index, new)


def part_of_rows(x: Tensor, lengths: Tensor | None, size: int) -> Tensor:
    """x [B, T + size, ...] -> [B, size, ...]: the positions that `append_rows` put there."""
    return x[:, -size:] if lengths is None else _gather(x, positions_after(lengths, size))


def positions_after(lengths: Tensor, size: int) -> Tensor:
    """lengths [B] -> [B, size]: the positions that follow each row's last real one."""
    return lengths.unsqueeze(1) + torch.arange(size, device=lengths.device)


def _gather(x: Tensor, index: Tensor) -> Tensor:
    """x [B, T, ...], index [B, N] -> [B, N, ...]."""
    return x.gather(1, _expand(index, x))


def _expand(index: Tensor, x: Tensor) -> Tensor:
    """index [B, N] -> [B, N, ...] with the trailing sizes of x."""
    return index.reshape(*index.shape, *[1] * (x.dim() - 2)).expand(*index.shape, *x.shape[2:])
