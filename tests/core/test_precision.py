"""What `--precision bf16` and `--decoding-precision` change on a CPU, and what they leave."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seqharness.plan.runs import resolve_precision
from seqharness.precision import int8
from seqharness.precision.bf16 import GRID, LEAST_PRODUCT, is_rounding
from seqharness.precision.contexts import at_precision, decoding_at
from seqharness.precision.linear import weights_kept

CPU = torch.device("cpu")
INPUTS, OUTPUTS = 600, LEAST_PRODUCT // GRID // 600 + 1


def gradients(layer: nn.Linear, x: Tensor, slope: Tensor) -> list[Tensor]:
    """y, and the gradients with respect to x, weight and bias."""
    inputs = x.clone().requires_grad_()
    y = layer(inputs)
    return [y.detach(), *torch.autograd.grad(y, (inputs, *layer.parameters()), slope)]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(GRID,), (GRID + 1,), (3, 2 * GRID - 5), (2, 2, GRID)])
def test_a_product_is_that_of_operands_rounded_to_bfloat16(shape: tuple[int, ...], bias: bool) -> None:
    torch.manual_seed(0)
    layer, x, slope = (
        nn.Linear(INPUTS, OUTPUTS, bias=bias),
        torch.randn(*shape, INPUTS),
        torch.randn(*shape, OUTPUTS),
    )
    with at_precision("bf16", CPU):
        found = gradients(layer, x, slope)
    with torch.no_grad():
        rounded = nn.Linear(INPUTS, OUTPUTS, bias=bias)
        rounded.load_state_dict(layer.state_dict())
        rounded.weight.copy_(layer.weight.bfloat16())
    exact = gradients(rounded, x.bfloat16().float(), slope.bfloat16().float())
    for one, other in zip(found[:3], exact[:3], strict=True):
        assert one.dtype == torch.float32
        torch.testing.assert_close(one, other, rtol=2**-7, atol=2**-5)  # bfloat16 has 8 bits
    if bias:
        torch.testing.assert_close(found[3], slope.flatten(0, -2).sum(0))
    assert not torch.equal(found[0], gradients(layer, x, slope)[0])


def test_the_output_of_a_layer_can_be_changed_in_place() -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(INPUTS, OUTPUTS), torch.randn(2, GRID, INPUTS, requires_grad=True)
    found = []
    for in_place in (True, False):
        with at_precision("bf16", CPU):
            y = layer(x)
            y = y.add_(1).tanh_() if in_place else (y + 1).tanh()
        found.append((y.detach(), *torch.autograd.grad(y.square().sum(), (x, *layer.parameters()))))
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)


def test_the_backward_pass_is_rounded_after_the_context_has_ended_as_well() -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(INPUTS, OUTPUTS), torch.randn(GRID, INPUTS)
    with at_precision("bf16", CPU):
        loss = layer(x).square().sum()
    loss.backward()
    plain = nn.Linear(INPUTS, OUTPUTS)
    plain.load_state_dict(layer.state_dict())
    plain(x).square().sum().backward()
    assert layer.weight.grad is not None and plain.weight.grad is not None
    assert float((layer.weight.grad - plain.weight.grad).norm()) < 0.02 * float(plain.weight.grad.norm())
    assert not torch.equal(layer.weight.grad, plain.weight.grad)


@pytest.mark.parametrize(
    ("shape", "outputs"),
    [((GRID - 1, INPUTS), 2 * OUTPUTS), ((INPUTS,), 2 * OUTPUTS), ((GRID, INPUTS), OUTPUTS - 1), ((GRID, INPUTS), 1)],
)
def test_a_product_of_few_rows_or_little_work_stays_in_float32(shape: tuple[int, ...], outputs: int) -> None:
    layer, x = nn.Linear(shape[-1], outputs), torch.randn(*shape)
    expected = layer(x)
    with at_precision("bf16", CPU):
        assert torch.equal(layer(x), expected)


def test_a_weight_that_changes_within_the_context_is_rounded_anew() -> None:
    layer, x = nn.Linear(INPUTS, OUTPUTS, bias=False), torch.ones(GRID, INPUTS)
    with torch.no_grad(), at_precision("bf16", CPU):
        first = layer(x)
        assert torch.equal(layer(x), first)
        layer.weight.mul_(2)
        assert torch.equal(layer(x), 2 * first)


def test_other_types_than_float32_stay_as_they_are() -> None:
    with at_precision("bf16", CPU):
        for dtype in (torch.float64, torch.bfloat16):
            assert nn.Linear(INPUTS, OUTPUTS, dtype=dtype)(torch.randn(GRID, INPUTS, dtype=dtype)).dtype == dtype


@pytest.mark.parametrize("kind", ["none", "causal", "boolean"])
def test_attention_is_that_of_float32_to_the_bit(kind: str) -> None:
    torch.manual_seed(0)
    parts = [torch.randn(3, 2, GRID, 4) for _ in range(3)]
    mask = torch.ones(GRID, GRID, dtype=torch.bool).tril() if kind == "boolean" else None
    expected = F.scaled_dot_product_attention(*parts, attn_mask=mask, is_causal=kind == "causal")
    with at_precision("bf16", CPU):
        found = F.scaled_dot_product_attention(*parts, attn_mask=mask, is_causal=kind == "causal")
    assert torch.equal(found, expected)


def test_outside_of_the_context_linear_layers_give_the_bits_of_the_plain_product() -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(INPUTS, OUTPUTS), torch.randn(2, GRID, INPUTS)
    slope = torch.randn(2, GRID, OUTPUTS)
    with at_precision("bf16", CPU):
        assert is_rounding()
    assert not is_rounding()
    found = gradients(layer, x, slope)
    rows = x.flatten(0, 1).requires_grad_()
    plain = torch.addmm(layer.bias, rows, layer.weight.t())
    expected = [plain.detach(), *torch.autograd.grad(plain, (rows, *layer.parameters()), slope.flatten(0, 1))]
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one.view_as(other), other)


@pytest.mark.parametrize("native", [True, False])
def test_auto_is_bf16_where_the_cpu_multiplies_it_natively_and_float32_elsewhere(
    native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqharness.plan.runs.is_native", lambda: native)
    assert resolve_precision("auto", "cpu") == ("bf16" if native else "float32")
    assert resolve_precision("auto", "cuda") == "float32"
    for asked in ("float32", "bf16"):
        assert resolve_precision(asked, "cpu") == asked


def test_float32_changes_nothing() -> None:
    with at_precision("float32", CPU):
        assert not is_rounding()


# ----------------------------------------------------------------------------------------------------------------- int8


@pytest.mark.parametrize("onednn", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1,), (17,), (3, 40), (2, 2, 5)])
def test_int8_is_the_exact_product_of_rows_and_outputs_in_whole_numbers(
    shape: tuple[int, ...], bias: bool, onednn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if onednn and not int8.onednn_is_exact():
        pytest.skip("oneDNN is not in this build of torch, or its sums saturate on this CPU")
    monkeypatch.setattr(int8, "onednn_is_exact", lambda: onednn)
    torch.manual_seed(0)
    layer, x = nn.Linear(48, 30, bias=bias), torch.randn(*shape, 48)
    with torch.no_grad(), decoding_at("int8", CPU):
        found = layer(x)
    matrix = layer.weight.detach()
    row_scale, scale = x.abs().amax(-1, keepdim=True) / 127, matrix.abs().amax(1) / 127
    whole = (x / row_scale).round().double() @ (matrix / scale[:, None]).round().double().t()
    expected = whole * row_scale * scale + (layer.bias.detach().double() if bias else 0.0)
    torch.testing.assert_close(found, expected.float(), rtol=1e-5, atol=1e-5)
    exact = layer(x).detach()
    assert float((found - exact).norm()) < 0.02 * float(exact.norm())
    assert not torch.equal(found, exact)


def test_at_int8_a_row_does_not_depend_on_the_rows_beside_it() -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(256, 300), torch.randn(70, 256) * torch.logspace(-3, 3, 70)[:, None]
    with torch.no_grad(), decoding_at("int8", CPU):
        together = layer(x)
        for row in range(len(x)):
            assert torch.equal(layer(x[row : row + 1])[0], together[row])


def test_a_row_of_zeros_is_the_bias_at_int8() -> None:
    layer = nn.Linear(20, 10)
    with torch.no_grad(), decoding_at("int8", CPU):
        assert torch.equal(layer(torch.zeros(1, 20))[0], layer.bias)


def test_no_gradient_is_lost_to_int8() -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(20, 10), torch.randn(5, 20)
    expected = gradients(layer, x, torch.ones(5, 10))
    with decoding_at("int8", CPU):
        found = gradients(layer, x, torch.ones(5, 10))
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one, other)


def test_weights_are_rounded_once_as_long_as_they_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    made = int8.quantized

    def counting(rows: Tensor) -> tuple[Tensor, Tensor]:
        seen.append(len(rows))
        return made(rows)

    monkeypatch.setattr(int8, "quantized", counting)
    layer, x = nn.Linear(20, 11), torch.randn(5, 20)
    with torch.no_grad(), weights_kept():
        for _ in range(3):
            with decoding_at("int8", CPU):
                layer(x)
        assert sorted(seen) == [5, 5, 5, 11]
        layer.weight.mul_(2)
        with decoding_at("int8", CPU):
            layer(x)
    assert sorted(seen) == [5, 5, 5, 5, 11, 11]
    with torch.no_grad(), decoding_at("int8", CPU):
        layer(x)
    assert sorted(seen) == [5, 5, 5, 5, 5, 11, 11, 11]
