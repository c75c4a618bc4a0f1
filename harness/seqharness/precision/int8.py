"""Products of linear layers in whole numbers of 8 bits, for decoding on a CPU; without gradient.

Dynamic and symmetric: a weight is scaled by output, and the inputs by row, each so that its largest magnitude becomes
127; sums are exact, in 32 bits. A row's result does not depend on what else is in the batch. Rows are filled up with
zeros to a multiple of GRID, as in bfloat16: new shapes cost time, and for a single row oneDNN has but a slow reference.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from .bf16 import GRID
from .linear import made_of

LARGEST = 127


class Columns(NamedTuple):
    """A weight [O, I] in 8 bits, as what multiplies wants it. scale, zero: [O]."""

    matrix: Tensor
    scale: Tensor
    zero: Tensor


def int8_product(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor | None:
    """x [..., I], weight [O, I], bias [O] or None -> [..., O], float32; None where a gradient is wanted."""
    if torch.is_grad_enabled() and (x.requires_grad or weight.requires_grad):
        return None
    rows = x.reshape(-1, x.size(-1))
    whole, sizes = quantized(rows)
    y = _product(whole, made_of(weight, _columns))[: len(rows)]
    y = torch.addcmul(bias, y, sizes) if bias is not None else y * sizes
    return y.view(*x.shape[:-1], weight.size(0))


def quantized(rows: Tensor) -> tuple[Tensor, Tensor]:
    """rows [N, I] -> int8 [N rounded up to the grid, I], zeros below, and scales [N, 1]: rows = int8 x scale but for
    rounding."""
    sizes = rows.abs().amax(1, keepdim=True).div_(LARGEST).clamp_min_(torch.finfo(rows.dtype).tiny)
    filled = -len(rows) % GRID
    whole = rows.new_empty(len(rows) + filled, rows.size(1), dtype=torch.int8)
    whole[: len(rows)].copy_((rows / sizes).round_())
    if filled:
        whole[len(rows) :].zero_()
    return whole, sizes


def _columns(weight: Tensor) -> Columns:
    whole, sizes = quantized(weight)
    whole = whole[: len(weight)]
    matrix = torch.ops.onednn.qlinear_prepack(whole, None) if onednn_is_exact() else whole.t()
    return Columns(matrix, sizes.view(-1), torch.zeros(len(whole), dtype=torch.int32))


@cache
def onednn_is_exact() -> bool:
    """Whether oneDNN multiplies, with a weight laid out for it; else torch does, to the exact sums and more slowly.

    On a CPU without VNNI instructions oneDNN adds pairs of products in 16 bits, which saturate: its sums are wrong by
    up to a half where numbers are large. So the largest ones are tried, once.
    """
    if not hasattr(torch.ops.onednn, "qlinear_pointwise"):
        return False
    rows = torch.full((GRID, GRID), LARGEST, dtype=torch.int8)
    rows[1::2] *= -1
    columns = Columns(torch.ops.onednn.qlinear_prepack(rows.clone(), None), torch.ones(GRID), torch.zeros(GRID).int())
    return torch.equal(_by_onednn(rows, columns), rows.float() @ rows.float().t())


def _product(rows: Tensor, columns: Columns) -> Tensor:
    """rows int8 [N, I] -> float32 [N, O], scaled by output."""
    if not onednn_is_exact():
        return torch._int_mm(rows, columns.matrix).mul(columns.scale)
    return _by_onednn(rows, columns)


def _by_onednn(rows: Tensor, columns: Columns) -> Tensor:
    y: Tensor = torch.ops.onednn.qlinear_pointwise(
        rows, 1.0, 0, columns.matrix, columns.scale, columns.zero, None, 1.0, 0, torch.float32, "none", [], ""
    )
    return y
