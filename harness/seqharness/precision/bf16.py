"""Products of linear layers in bfloat16, for a CPU that multiplies bfloat16 natively.

Operands and result are rounded (sums inside are float32); weights, gradients, the optimiser and all that lies between
the layers stay in float32. `torch.autocast` rounds that too, which on a CPU gains nothing and costs much: the backward
pass of attention takes five to eight times as long in bfloat16.

Rows are filled up with zeros to a multiple of GRID: oneDNN compiles a product when it first meets its shape, which
takes as long as ten to fifty products, and batches of sentences would bring thousands of shapes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from .linear import current_product, made_of

GRID = 32
"""Rows; a product of fewer is not rounded."""

LEAST_PRODUCT = 10_000_000
"""Multiplications (rows x inputs x outputs) of a product that is rounded: below, rounding takes what it gains."""


def bf16_product(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor | None:
    """x [..., I], weight [O, I], bias [O] or None -> [..., O], float32; None where it is too small to gain by it.

    Without gradient none is too small: the weight is laid out once for hundreds of products.
    """
    rows = x.numel() // max(1, x.size(-1))
    if torch.is_grad_enabled() and (rows < GRID or rows * weight.numel() < LEAST_PRODUCT):
        return None
    return rounded_product(x, weight, bias)


def rounded_product(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The same of any size."""
    if not torch.is_grad_enabled():
        return _without_gradient(x, weight, bias)
    y: Tensor = RoundedLinear.apply(x, weight, bias, made_of(weight, Tensor.bfloat16))  # type: ignore[no-untyped-call]
    return y


def _without_gradient(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    rows, addend = x.reshape(-1, x.size(-1)), None if bias is None else made_of(bias, Tensor.bfloat16)
    if is_native() and hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        matrix = made_of(weight, _laid_out)
        y: Tensor = torch.ops.mkldnn._linear_pointwise(rounded(rows), matrix, addend, "none", [], "")
    else:
        y = F.linear(rounded(rows), made_of(weight, Tensor.bfloat16), addend)
    return y[: len(rows)].float().view(*x.shape[:-1], weight.size(0))


def _laid_out(weight: Tensor) -> Tensor:
    """The weight [O, I] in bfloat16, as oneDNN wants it."""
    return torch.ops.mkldnn._reorder_linear_weight(weight.bfloat16(), GRID)  # type: ignore[no-any-return]


def is_rounding() -> bool:
    """Whether linear layers of the caller multiply in bfloat16."""
    return current_product() is bf16_product


@cache
def is_native() -> bool:
    """Whether this machine's CPU has instructions for products in bfloat16 (AVX512-BF16 or AMX)."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def rounded(rows: Tensor) -> Tensor:
    """rows [N, H] -> bfloat16 [N rounded up to the grid, H]; zeros below."""
    count, width = rows.shape
    filled = -count % GRID
    found = rows.new_empty(count + filled, width, dtype=torch.bfloat16)
    found[:count].copy_(rows)
    if filled:
        found[count:].zero_()
    return found


class RoundedLinear(torch.autograd.Function):
    """(x [..., I], weight [O, I], bias [O] or None, the weight in bfloat16) -> [..., O], float32."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, matrix: Tensor) -> Tensor:
        rows = x.reshape(-1, x.size(-1))
        inputs = rounded(rows)
        ctx.save_for_backward(inputs, matrix)
        ctx.shape, ctx.biased = x.shape, bias is not None
        y = x.new_empty(*x.shape[:-1], weight.size(0))  # no view: a model may change it in place
        y.view(len(rows), -1).copy_((inputs @ matrix.t())[: len(rows)])
        if bias is not None:
            y.add_(bias)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        inputs, matrix = ctx.saved_tensors
        slope = slopes[0].reshape(-1, slopes[0].size(-1))
        small = rounded(slope)
        needs_x, needs_weight, needs_bias, _ = ctx.needs_input_grad
        return (
            (small @ matrix)[: len(slope)].float().view(ctx.shape) if needs_x else None,
            (small.t() @ inputs).float() if needs_weight else None,
            slope.sum(0) if needs_bias and ctx.biased else None,
            None,
        )
