"""Where a run was made: versions, processor, device. Free of torch unless asked for a device."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

from .errors import UserError, nearest

LIBRARIES = ("seqharness", "torch", "numpy", "tokenizers", "sacrebleu", "scipy")


def describe_environment() -> dict[str, str]:
    """Names and versions, for records and reports."""
    found = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    found["processor"] = _processor()
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def available_cores() -> int:
    """Cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def choose_device(text: str) -> str:
    """'auto', 'cpu', 'cuda', 'cuda:N' or 'mps' -> the device as torch names it. UserError where it is not here."""
    kind, _, index = text.partition(":")
    if kind not in ("auto", "cpu", "cuda", "mps") or (index and not (kind == "cuda" and index.isdecimal())):
        kinds = ("auto", "cpu", "cuda", "mps")
        raise UserError(f"--device {text!r} is none of auto, cpu, cuda, cuda:N, mps.{nearest(kind, kinds)}")
    if kind == "cpu":
        return "cpu"
    import torch

    cuda = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if kind == "auto":
        return "cuda:0" if cuda else "cpu"
    if kind == "cuda" and int(index or 0) >= cuda:
        raise UserError(f"--device {text}: torch sees {cuda} CUDA devices here. Use --device cpu or auto.")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise UserError("--device mps: torch sees no Apple GPU here. Use --device cpu or auto.")
    return f"cuda:{index or 0}" if kind == "cuda" else kind
