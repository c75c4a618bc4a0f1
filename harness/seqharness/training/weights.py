"""Weights on disk: safetensors with a sha256, shared tensors stored once. No pickle is read or written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..errors import HarnessError


def own_tensors(network: nn.Module) -> dict[str, Tensor]:
    """Parameters and persistent buffers by name, each tensor once (a tied matrix has one name)."""
    seen: set[int] = set()
    tensors: dict[str, Tensor] = {}
    for name, tensor in network.state_dict(keep_vars=True).items():
        if id(tensor) not in seen:
            seen.add(id(tensor))
            tensors[name] = tensor.detach()
    return tensors


def load_tensors(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Copy tensors named as by `own_tensors` into the network. HarnessError where names do not match."""
    mine = own_tensors(network)
    if set(mine) != set(tensors):
        odd = sorted(set(mine) ^ set(tensors))
        raise HarnessError(f"the stored weights do not fit this network: {', '.join(odd[:5])}")
    with torch.no_grad():
        for name, tensor in mine.items():
            tensor.copy_(tensors[name])


def save_tensors(tensors: Mapping[str, Tensor], path: Path) -> str:
    """Write and return the file's sha256."""
    save_file({name: tensor.contiguous().cpu() for name, tensor in tensors.items()}, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_tensors(path: Path, sha256: str) -> dict[str, Tensor]:
    """Read what `save_tensors` wrote. HarnessError where a bit has flipped: safetensors alone would not notice."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise HarnessError(f"{path} is damaged: its sha256 is {found}, it was written as {sha256}")
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
