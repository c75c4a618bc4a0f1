"""Rows of states and memories, for the engine. Models never pick, repeat or drop rows themselves.

A state is a pytree: dicts, lists, tuples and NamedTuples of tensors with the batch first. None (for "nothing here")
and plain Python values, which belong to all rows, pass through unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from torch import Tensor

State = TypeVar("State")


def take_rows(state: State, indices: Tensor) -> State:
    """The rows `indices` [N] of every tensor: to reorder, drop or repeat. Tensors [B, ...] -> [N, ...]."""
    return map_tensors(lambda leaf: leaf.index_select(0, indices), state)


def repeat_rows(state: State, times: int) -> State:
    """Every row `times` times in a row, for beams. Tensors [B, ...] -> [B * times, ...]."""
    return map_tensors(lambda leaf: leaf.repeat_interleave(times, 0), state)


def count_bytes(state: Any) -> int:
    """Bytes of all tensors, those of every row together. Works on the meta device."""
    return sum(leaf.numel() * leaf.element_size() for leaf in tensors(state))


def tensors(state: Any) -> Iterator[Tensor]:
    """Every tensor of a pytree, in order."""
    if isinstance(state, Tensor):
        yield state
    elif isinstance(state, dict):
        for value in state.values():
            yield from tensors(value)
    elif isinstance(state, list | tuple):
        for value in state:
            yield from tensors(value)


def map_tensors(function: Callable[[Tensor], Tensor], state: State) -> State:
    """A pytree of the same form with `function` applied to every tensor."""
    mapped: Any = state
    if isinstance(state, Tensor):
        mapped = function(state)
    elif isinstance(state, dict):
        mapped = {key: map_tensors(function, value) for key, value in state.items()}
    elif isinstance(state, list):
        mapped = [map_tensors(function, value) for value in state]
    elif isinstance(state, tuple):
        values = [map_tensors(function, value) for value in state]
        mapped = type(state)(*values) if hasattr(state, "_fields") else tuple(values)
    return mapped  # type: ignore[no-any-return]
