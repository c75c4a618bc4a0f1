"""What `--precision bf16` changes in a forward pass on a CPU, and what it leaves."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seqharness.training.precision import autocast

CPU = torch.device("cpu")


@pytest.mark.parametrize("kind", ["none", "causal", "boolean", "added"])
def test_attention_under_bf16_is_that_of_float32_forward_and_backward(kind: str) -> None:
    torch.manual_seed(0)
    inputs = [torch.randn(3, 2, 7, 4).bfloat16() for _ in range(3)]
    masks = {"boolean": torch.ones(7, 7, dtype=torch.bool).tril(), "added": torch.randn(3, 2, 7, 7).bfloat16()}
    mask = masks.get(kind)

    def attended(parts: list[Tensor], mask: Tensor | None) -> Tensor:
        mixed = F.scaled_dot_product_attention(*parts, attn_mask=mask, is_causal=kind == "causal", scale=0.3)
        mixed.float().square().sum().backward()
        return mixed

    reference = [part.float().requires_grad_() for part in inputs]
    expected = attended(reference, mask.float() if kind == "added" and mask is not None else mask)
    rounded = [part.clone().requires_grad_() for part in inputs]
    with autocast("bf16", CPU):
        found = attended(rounded, mask)
    assert found.dtype == torch.float32
    assert torch.equal(found, expected)
    for one, other in zip(rounded, reference, strict=True):
        assert one.grad is not None and other.grad is not None
        assert torch.equal(one.grad, other.grad.bfloat16())


def test_linear_layers_run_in_bfloat16_and_their_weights_stay_in_float32() -> None:
    layer = nn.Linear(8, 8)
    with autocast("bf16", CPU):
        assert layer(torch.randn(2, 8)).dtype == torch.bfloat16
    assert layer(torch.randn(2, 8)).dtype == torch.float32
    assert layer.weight.dtype == torch.float32


def test_float32_changes_nothing() -> None:
    with autocast("float32", CPU):
        assert not torch.is_autocast_enabled("cpu")
