"""Comparisons of tensors, with messages for the author of a model."""

from __future__ import annotations

import torch
from torch import Tensor

TOLERANCE = 1e-10
"""Largest difference between what must be equal, in float64; relative where numbers are above 1."""

VISIBLE = 1e-9
"""A larger difference than this is an effect and no rounding."""

_SINGLE = (1e-9, 1e-5)
"""Differences that computing in float32 leaves."""


def assert_equal(found: Tensor, expected: Tensor, what: str) -> None:
    """AssertionError, beginning with `what`, where the two are not equal to TOLERANCE."""
    assert found.shape == expected.shape, f"{what}: shape {tuple(found.shape)} against {tuple(expected.shape)}"
    assert bool(found.isfinite().all()), f"{what}: there are numbers that are not finite"
    scale = max(1.0, float(expected.abs().max())) if expected.numel() else 1.0
    difference = largest(found - expected)
    if difference <= TOLERANCE * scale:
        return
    hint = ""
    if _SINGLE[0] < difference / scale < _SINGLE[1]:
        hint = "; so small a difference points to a cast to float32 inside the model"
    raise AssertionError(f"{what}: features differ by up to {difference:.2g}{hint}")


def assert_rows_equal(found: Tensor, expected: Tensor, lengths: Tensor | None, what: str) -> None:
    """The same for the real positions of each row: features [B, T, H] or [B, H], lengths [B] or None."""
    for b in range(len(expected)):
        size = expected.size(1) if lengths is None else int(lengths[b])
        assert_equal(real(found, b, size), real(expected, b, size), f"{what}, row {b}")


def largest(difference: Tensor) -> float:
    """The largest absolute value, 0 of nothing; NaN where there is one."""
    return float(difference.detach().abs().max()) if difference.numel() else 0.0


def assert_finite(found: Tensor, what: str) -> None:
    """AssertionError where a number is NaN or infinite."""
    assert bool(torch.isfinite(found).all()), f"{what} has numbers that are not finite"


def real(features: Tensor, b: int, length: int) -> Tensor:
    """Row b without its padding: [length, H], or [H] of a pooled row."""
    return features[b, :length] if features.dim() == 3 else features[b]
