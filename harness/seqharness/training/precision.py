"""The precision of a forward pass: float32, or bfloat16 where it is fast.

Under autocast the products of linear layers run in bfloat16, with float32 weights, gradients and optimiser. On a CPU
`scaled_dot_product_attention` stays in float32: its backward pass in bfloat16 takes five to eight times as long, which
is more than all else gains.
"""

from __future__ import annotations

import contextlib
import warnings
from functools import cache
from typing import Any

import torch
from torch import Tensor

from ..records import Precision


def autocast(precision: Precision, device: torch.device) -> contextlib.AbstractContextManager[Any]:
    """The context of the forward pass at a precision."""
    if precision == "float32":
        return contextlib.nullcontext()
    if device.type == "cpu":
        _keep_attention_in_float32()
    return torch.autocast(device.type, torch.bfloat16)


@cache
def _keep_attention_in_float32() -> torch.library.Library:
    """Register what autocast on a CPU does with attention; holds for as long as what it returns lives."""
    library = torch.library.Library("aten", "IMPL")  # type: ignore[no-untyped-call]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Warning only once for all operators", UserWarning)
        library.impl("scaled_dot_product_attention", _attention_in_float32, "AutocastCPU")  # type: ignore[no-untyped-call]
    return library


def _attention_in_float32(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    if attn_mask is not None and attn_mask.dtype is not torch.bool:
        attn_mask = attn_mask.float()
    query, key, value = query.float(), key.float(), value.float()
    with torch.autocast("cpu", enabled=False):
        mixed: Tensor = torch.ops.aten.scaled_dot_product_attention(
            query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
        )
    return mixed
