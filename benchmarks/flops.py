"""What the machine can do, and what a network asks of it."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

SIZE = 1024


def peak(seconds: float) -> dict[str, float]:
    """FLOP/s of products of two float32 matrices of 1024 x 1024, into memory that is there already."""
    a, b, out = (torch.randn(SIZE, SIZE) for _ in range(3))
    products, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        torch.mm(a, b, out=out)
        products += 1
    return {"flops": 2 * SIZE**3 * products / (time.perf_counter() - begin)}


def counted(forward: Callable[[], object]) -> int:
    """FLOPs by torch's FlopCounter, for which fused recurrent layers and attention must be taken apart."""
    with (
        FlopCounterMode(display=False) as counter,
        sdpa_kernel(SDPBackend.MATH),
        torch.backends.mkldnn.flags(enabled=False, allow_tf32=None),
        torch.no_grad(),
    ):
        forward()
    return int(counter.get_total_flops())
