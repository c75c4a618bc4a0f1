"""The precision of a forward pass, and of the backward pass that follows it: float32, or bfloat16 where it is fast.

Weights, gradients and the optimiser are float32 at either.
"""

from __future__ import annotations

import contextlib
from typing import Any

import torch

from ..records import Precision
from .bf16_linear import bf16_linear


def at_precision(precision: Precision, device: torch.device) -> contextlib.AbstractContextManager[Any]:
    """The context of the forward pass: at bf16, linear layers' products on a CPU, torch's autocast elsewhere."""
    if precision == "float32":
        return contextlib.nullcontext()
    return bf16_linear() if device.type == "cpu" else torch.autocast(device.type, torch.bfloat16)
