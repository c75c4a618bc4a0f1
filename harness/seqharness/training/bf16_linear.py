"""Linear layers with products in bfloat16, for a CPU that multiplies bfloat16 natively.

The products of `aten::linear` alone are rounded (operands and result; sums inside are float32): weights, gradients,
the optimiser and all that lies between the layers stay in float32. `torch.autocast` rounds that too, which on a CPU
gains nothing and costs much: the backward pass of attention takes five to eight times as long in bfloat16.

Rows are filled up with zeros to a multiple of GRID: oneDNN compiles a product when it first meets its shape, which
takes as long as ten to fifty products, and batches of sentences would bring thousands of shapes.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

GRID = 32
"""Rows; a product of fewer is not rounded."""

LEAST_PRODUCT = 10_000_000
"""Multiplications (rows x inputs x outputs) of a product that is rounded: below, rounding takes what it gains."""

_CPU = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)
_depth = 0
_matrices: dict[Tensor, tuple[int, Tensor]] = {}
"""Rounded weights of the context, each with the version it was made of: a search uses one hundreds of times."""


@contextlib.contextmanager
def bf16_linear() -> Iterator[None]:
    """Within, linear layers on a CPU that are given float32 multiply in bfloat16, forward and backward."""
    global _depth
    _override()
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
        if not _depth:
            _matrices.clear()


def is_rounding() -> bool:
    """Whether the caller is within `bf16_linear()`."""
    return _depth > 0


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
        y = (inputs @ matrix.t())[: len(rows)].float()
        if bias is not None:
            y.add_(bias)
        return y.view(*x.shape[:-1], weight.size(0))

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


def _linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    if _depth and x.dtype == weight.dtype == torch.float32 and _is_large(x, weight):
        y: Tensor = RoundedLinear.apply(x, weight, bias, _matrix(weight))  # type: ignore[no-untyped-call]
        return y
    return torch.ops.aten.linear.default.redispatch(_CPU, x, weight, bias)  # type: ignore[no-any-return]


def _matrix(weight: Tensor) -> Tensor:
    """The weight in bfloat16; of a parameter once in a context, as long as nothing changes it."""
    if not (weight.is_leaf and weight.requires_grad):
        return weight.detach().bfloat16()
    version, matrix = _matrices.get(weight, (None, weight))
    if version != weight._version:
        matrix = weight.detach().bfloat16()
        _matrices[weight] = weight._version, matrix
    return matrix


def _is_large(x: Tensor, weight: Tensor) -> bool:
    if weight.dim() != 2:
        return False
    rows = x.numel() // max(1, x.size(-1))
    return rows >= GRID and rows * weight.numel() >= LEAST_PRODUCT


@cache
def _override() -> torch.library.Library:
    """Let `_linear` decide for aten::linear on a CPU; holds for as long as what it returns lives."""
    library = torch.library.Library("aten", "IMPL")  # type: ignore[no-untyped-call]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Warning only once for all operators", UserWarning)
        library.impl("linear", _linear, "AutogradCPU")  # type: ignore[no-untyped-call]
    return library
