"""What the process that runs are forked from imports once, so that a run starts in tens of milliseconds.

The allocator is told first to keep big blocks: returning each freed matrix to the system costs 20 to 30 % of a training
step in page faults (glibc only; elsewhere nothing is changed). Denormal numbers are zero: gradients that vanish over
hundreds of positions end there, where a step of an LSTM took 776 ms in place of 156.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys


def keep_big_blocks() -> None:
    """glibc's mallopt: no mmap for big blocks, never trim, grow the heap by 256 MiB. See mallopt(3)."""
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in (
            (-4, 0),
            (-1, 2**31 - 1),
            (-2, 256 * 2**20),
        ):  # M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD
            mallopt(parameter, value)


keep_big_blocks()

import torch  # noqa: E402
import torch._dynamo  # noqa: E402
import torch.optim  # noqa: E402

import seqharness.run  # noqa: E402, F401

torch.set_flush_denormal(True)  # of this thread, and of the processes that are forked from it
