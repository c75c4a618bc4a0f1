"""The products of `aten::linear` on a CPU, taken over within a context. No model knows of it.

One override of torch's operator decides for every linear layer, so that a third party's model is served like the
built-in ones, and so that what lies between the layers (attention, norms, recurrent kernels) is left alone.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")
Product = Callable[[Tensor, Tensor, Tensor | None], Tensor | None]
"""(x [..., I], weight [O, I], bias [O] or None), float32 -> [..., O], or None: this one is left to torch."""

_CPU = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)
_products: list[Product] = []
_keeping = 0
_kept: dict[tuple[Tensor, Callable[[Tensor], Any]], tuple[int, Any]] = {}
"""What was made of a weight, with the version of the weight that it was made of."""


@contextlib.contextmanager
def linear_by(product: Product) -> Iterator[None]:
    """Within, linear layers on a CPU that are given float32 multiply in this way."""
    _override()
    _products.append(product)
    try:
        with weights_kept():
            yield
    finally:
        _products.pop()


@contextlib.contextmanager
def weights_kept() -> Iterator[None]:
    """Within, what is made of a weight is kept from one `linear_by` to the next. Nothing may change a weight's values
    without torch's notice (through `.data`) meanwhile."""
    global _keeping
    _keeping += 1
    try:
        yield
    finally:
        _keeping -= 1
        if not _keeping:
            _kept.clear()


def current_product() -> Product | None:
    """How linear layers multiply here; None: as torch does."""
    return _products[-1] if _products else None


def made_of(weight: Tensor, make: Callable[[Tensor], T]) -> T:
    """make(weight) without gradient; of a parameter once in a context, as long as nothing changes it."""
    if not (weight.is_leaf and weight.requires_grad):
        return make(weight.detach())
    kept = _kept.get((weight, make))
    if kept is None or kept[0] != weight._version:
        kept = _kept[weight, make] = weight._version, make(weight.detach())
    made: T = kept[1]
    return made


def _linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    if _products and x.dtype == weight.dtype == torch.float32 and weight.dim() == 2:
        y = _products[-1](x, weight, bias)
        if y is not None:
            return y
    return torch.ops.aten.linear.default.redispatch(_CPU, x, weight, bias)  # type: ignore[no-any-return]


@cache
def _override() -> torch.library.Library:
    """Let `_linear` decide for aten::linear on a CPU; holds for as long as what it returns lives."""
    library = torch.library.Library("aten", "IMPL")  # type: ignore[no-untyped-call]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Warning only once for all operators", UserWarning)
        library.impl("linear", _linear, "AutogradCPU")  # type: ignore[no-untyped-call]
    return library
