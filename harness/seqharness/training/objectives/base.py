"""What every objective does: make batches, find the scored positions, predict."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...contracts import Prediction
from ...data.rows import Rows
from ...decoding.settings import Decoding
from ...interfaces import Interface
from .output_loss import has_output_loss, output_loss, slice_rows

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """Tensors by name on the device, and the number of real tokens in them."""

    tensors: Mapping[str, Tensor | None]
    tokens: int

    def __getitem__(self, name: str) -> Tensor:
        tensor = self.tensors[name]
        if tensor is None:
            raise KeyError(name)
        return tensor

    def lengths(self, name: str) -> Tensor | None:
        """Lengths [B] of a field's rows, or None where all are full."""
        return self.tensors[f"{name}_lengths"]


class Scored(NamedTuple):
    """The M positions that count. features [M, H], targets [M], rows [M]: the row in the batch, in ascending order."""

    features: Tensor
    targets: Tensor
    rows: Tensor


class Stopwatch:
    """Seconds spent inside `with stopwatch:` blocks: what it takes to generate, without the losses beside it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._started = 0.0

    def __enter__(self) -> Stopwatch:
        self._started = time.perf_counter()
        return self

    def __exit__(self, *reason: object) -> None:
        self.seconds += time.perf_counter() - self._started


class Objective(ABC):
    """Training and evaluation of a network on one interface. Holds no state but the interface."""

    fields: ClassVar[tuple[str, ...]]

    def __init__(self, interface: Interface) -> None:
        self.interface = interface

    @abstractmethod
    def tokens(self, rows: Mapping[str, Rows]) -> Indices:
        """[N]: real tokens of each example as the budget counts them."""

    def order(self, rows: Mapping[str, Rows]) -> Indices:
        """[N]: what examples are sorted by so that batches need little padding."""
        return self.tokens(rows)

    @abstractmethod
    def batch(self, rows: Mapping[str, Rows], indices: Indices, device: torch.device) -> Batch:
        """The examples at `indices` as padded tensors."""

    @abstractmethod
    def scored(self, network: nn.Module, batch: Batch) -> Scored:
        """Teacher-forced features of the positions that count, and what stands there."""

    @abstractmethod
    def predict(self, network: nn.Module, batch: Batch, decoding: Decoding, stopwatch: Stopwatch) -> list[Prediction]:
        """One prediction a row; `output` holds ids, which the codec turns into what the task compares.

        stopwatch: runs while outputs are made.
        """

    def position_losses(self, network: nn.Module, scored: Scored) -> Tensor:
        """[M]: negative log-likelihood in nats (or squared error) of each scored position, without smoothing."""
        size = slice_rows(self.interface.outputs_per_position)
        losses = [
            F.cross_entropy(network.output(features).float(), targets, reduction="none")  # type: ignore[operator]
            for features, targets in zip(
                torch.split(scored.features, size), torch.split(scored.targets, size), strict=True
            )
        ]
        return torch.cat(losses)

    def row_losses(self, network: nn.Module, batch: Batch) -> list[tuple[float, ...]]:
        """Losses of each row's scored positions, in order: the one definition of likelihood for all models."""
        scored = self.scored(network, batch)
        losses = self.position_losses(network, scored).double().cpu()
        counts = torch.bincount(scored.rows.cpu(), minlength=rows_in(batch)).tolist()
        return [tuple(part.tolist()) for part in losses.split(counts)]  # type: ignore[no-untyped-call]


def rows_in(batch: Batch) -> int:
    """Number of rows B."""
    return len(next(tensor for tensor in batch.tensors.values() if tensor is not None))


def mean_loss(objective: Objective, network: nn.Module, batch: Batch, label_smoothing: float) -> Tensor:
    """Mean over the scored positions of the training loss, plus the `penalty()` of every part that has one.

    Label smoothing as in Szegedy et al. 2016 (https://arxiv.org/abs/1512.00567), section 7.
    """
    scored = objective.scored(network, batch)
    output = network.output
    crossed = getattr(objective.interface, "loss", "cross-entropy") == "cross-entropy"
    if crossed and has_output_loss(output, scored.features):
        loss = output_loss(output, scored.features, scored.targets, label_smoothing)
    elif crossed and label_smoothing:
        logits = output(scored.features).float()  # type: ignore[operator]
        loss = F.cross_entropy(logits, scored.targets, label_smoothing=label_smoothing)
    else:
        loss = objective.position_losses(network, scored).mean()
    return loss + penalty_of(network)


def penalty_of(network: nn.Module) -> Tensor | float:
    """Sum of `penalty()` over all modules of a network that have it: what they want added to the loss."""
    penalties = [penalty() for part in network.modules() if (penalty := getattr(part, "penalty", None)) is not None]
    return torch.stack(penalties).sum() if penalties else 0.0


def to_tensor(array: npt.NDArray[Any], device: torch.device) -> Tensor:
    """A copy on the device; integers become int64 indices."""
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    return (tensor if tensor.is_floating_point() else tensor.long()).to(device)


def padded(
    rows: Rows, indices: Indices, device: torch.device, pad: int, before: int | None = None, after: int | None = None
) -> tuple[Tensor, Tensor | None, Tensor]:
    """Tokens [B, T], lengths [B] or None where all rows are full, and lengths [B] in any case."""
    values, lengths = rows.padded(indices, pad, before, after)
    every = to_tensor(lengths, device)
    full = bool((lengths == values.shape[1]).all())
    return to_tensor(values, device), None if full else every, every


def real_positions(lengths: Tensor, size: int) -> Tensor:
    """[B, T] bool: True where a row has a real token."""
    return torch.arange(size, device=lengths.device)[None, :] < lengths[:, None]
