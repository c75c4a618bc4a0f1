"""The precision of a training's forward pass (and of the backward pass that follows it), and that of decoding.

Weights, gradients and the optimiser are float32 at any.
"""

from __future__ import annotations

import contextlib
from typing import Any

import torch

from ..decoding.settings import DecodingPrecision
from ..records import Precision
from .bf16 import bf16_product
from .float32 import transposed_product
from .int8 import int8_product
from .linear import linear_by


def at_precision(precision: Precision, device: torch.device) -> contextlib.AbstractContextManager[Any]:
    """The context of a training's forward pass. bf16: linear layers' products on a CPU, torch's autocast elsewhere."""
    if precision == "float32":
        return contextlib.nullcontext()
    return linear_by(bf16_product) if device.type == "cpu" else torch.autocast(device.type, torch.bfloat16)


def decoding_at(precision: DecodingPrecision, device: torch.device) -> contextlib.AbstractContextManager[Any]:
    """The context of a search, which knows no gradient. int8 is for a CPU."""
    if device.type != "cpu":
        return at_precision("bf16" if precision == "bf16" else "float32", device)
    return linear_by({"float32": transposed_product, "bf16": bf16_product, "int8": int8_product}[precision])
