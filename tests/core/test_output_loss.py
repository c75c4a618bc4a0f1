"""The loss of an output layer in slices against torch's own cross-entropy."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from seqharness.modules.shared import Output
from seqharness.precision.contexts import at_precision
from seqharness.training.objectives import output_loss as module
from seqharness.training.objectives.output_loss import has_output_loss, output_loss

VOCABULARY, WIDTH, POSITIONS = 900, 24, 150


def problem() -> tuple[Output, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    output = Output(WIDTH, VOCABULARY)
    with torch.no_grad():
        output.weight.normal_(generator=generator)
        output.bias.normal_(generator=generator)
    features = torch.randn(POSITIONS, WIDTH, generator=generator, requires_grad=True)
    return output, features, torch.randint(VOCABULARY, (POSITIONS,), generator=generator)


def gradients(loss: Tensor, output: Output, features: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(loss, [features, output.weight, output.bias]))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("rows", [150, 64, 7, 1])
def test_value_and_gradients_are_those_of_cross_entropy_at_every_size_of_a_slice(
    smoothing: float, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEAST_ROWS", 1)
    monkeypatch.setattr(module, "SLICE", rows * VOCABULARY)
    output, features, targets = problem()
    assert has_output_loss(output, features)
    double = output.double()
    expected = F.cross_entropy(double(features.double()), targets, label_smoothing=smoothing)
    wanted = gradients(expected, double, features)
    output, features, targets = problem()
    found = output_loss(output, features, targets, smoothing)
    torch.testing.assert_close(found.double(), expected, rtol=1e-6, atol=0)
    for one, other in zip(gradients(found, output, features), wanted, strict=True):
        torch.testing.assert_close(one.double(), other.double(), rtol=1e-4, atol=1e-8)


def test_a_scaled_loss_has_scaled_gradients() -> None:
    output, features, targets = problem()
    once = gradients(output_loss(output, features, targets, 0.1), output, features)
    thrice = gradients(3 * output_loss(output, features, targets, 0.1), output, features)
    for one, other in zip(once, thrice, strict=True):
        torch.testing.assert_close(3 * one, other)


def test_huge_logits_neither_overflow_nor_lose_the_loss() -> None:
    output, features, targets = problem()
    with torch.no_grad():
        output.weight.mul_(1e4)
    found = output_loss(output, features, targets, 0.0)
    torch.testing.assert_close(found, F.cross_entropy(output(features), targets), rtol=1e-5, atol=0)
    assert all(bool(one.isfinite().all()) for one in gradients(found, output, features))


def test_under_bf16_it_stays_as_near_to_float32_as_the_plain_layer_under_autocast_does() -> None:
    output, features, targets = problem()
    exact = gradients(F.cross_entropy(output(features), targets), output, features)
    with torch.autocast("cpu", torch.bfloat16):
        plain = F.cross_entropy(output(features).float(), targets)
    with at_precision("bf16", torch.device("cpu")):
        found = output_loss(output, features, targets, 0.0)
    assert abs(float(found.detach()) - float(plain.detach())) < 0.01
    for one, other, true in zip(
        gradients(found, output, features), gradients(plain, output, features), exact, strict=True
    ):
        assert float((one - true).norm()) <= 1.5 * float((other - true).norm()) + 1e-6


def test_only_the_layer_of_the_interface_in_float32_is_taken_apart() -> None:
    output, features, _ = problem()
    assert has_output_loss(output, features)
    assert not has_output_loss(torch.nn.Linear(WIDTH, VOCABULARY), features)
    assert not has_output_loss(output.double(), features)
    small = Output(WIDTH, 2)
    assert not has_output_loss(small, features)
    with torch.no_grad():
        assert not has_output_loss(problem()[0], features)
