"""QANet against its formulas in NumPy, and its convolution against torch's own."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seqharness.contracts import ModelSpec
from seqharness.errors import UserError
from seqharness.interfaces import PAD, CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag
from seqharness.modules.memory import valid_positions
from seqharness.sizing import solve
from seqharness.specs import check_options
from seqharness.testing import Model, parametrize_with_checks
from seqharness_plugins import transformer
from seqharness_plugins.transformer.qanet import (
    ARCHITECTURE,
    CausalConvolution,
    Convolution,
    QANetConfig,
    SeparableConvolution,
)

torch.set_num_threads(1)
Array = npt.NDArray[np.float64]
WIDTH, HEADS, KERNEL = 12, 3, 5
PAIR = SequenceToSequence(vocabulary=40, max_length=12, targets=40, shared=True)
SOURCE_LENGTHS, LENGTHS = torch.tensor([7, 3, 5, 1]), torch.tensor([4, 6, 1, 5])


def card() -> ModelSpec:
    found: list[ModelSpec] = []
    transformer.register_models(register=found.append)
    return next(each for each in found if each.name == "qanet")


def config(**options: Any) -> Any:
    given = {"width": WIDTH, "inner": 10, "heads": HEADS, "kernel": KERNEL, "dropout": 0.0} | options
    return QANetConfig.model_validate(given)


def build(interface: Interface = PAIR, **options: Any) -> Any:
    """A network in float64 whose every number, biases and norms too, is random."""
    torch.manual_seed(0)
    network = ARCHITECTURE.serves[type(interface)](config(**options), interface).double().eval()
    shake(network)
    return network


@torch.no_grad()
def shake(module: nn.Module) -> None:
    for parameter in module.parameters():
        if parameter.dim() == 1:
            parameter.add_(0.3 * torch.randn_like(parameter))


def tokens(lengths: Tensor, seed: int) -> Tensor:
    drawn = torch.randint(6, 40, (len(lengths), int(lengths.max())), generator=torch.Generator().manual_seed(seed))
    return drawn.masked_fill(~valid_positions(lengths, drawn.size(1)), PAD)


# ---------------------------------------------------------------------------------------------------------- convolution


def torch_convolution(part: SeparableConvolution) -> Callable[[Tensor], Tensor]:
    """torch's layers with the weights of `part`: [B, H, T + K - 1] -> [B, H, T]."""
    width, kernel = part.depthwise.shape
    depthwise = nn.Conv1d(width, width, kernel, groups=width, bias=False).double()
    pointwise = nn.Conv1d(width, width, 1).double()
    with torch.no_grad():
        depthwise.weight.copy_(part.depthwise.unsqueeze(1))
        pointwise.weight.copy_(part.pointwise.weight.unsqueeze(2))
        assert pointwise.bias is not None
        pointwise.bias.copy_(part.pointwise.bias)
    return lambda x: F.relu(pointwise(depthwise(x)))


@pytest.mark.parametrize("kernel", [1, 3, 7])
def test_separable_convolution_is_that_of_torch(kernel: int) -> None:
    torch.manual_seed(0)
    part = SeparableConvolution(6, kernel).double()
    shake(part)
    x = torch.randn(3, 9 + kernel - 1, 6, dtype=torch.float64, requires_grad=True)
    y, expected = part(x), torch_convolution(part)(x.transpose(1, 2)).transpose(1, 2)
    torch.testing.assert_close(y, expected, atol=1e-12, rtol=0)
    upstream = torch.randn_like(y)
    given, wanted = (torch.autograd.grad(each, x, upstream)[0] for each in (y, expected))
    torch.testing.assert_close(given, wanted, atol=1e-12, rtol=0)


@torch.no_grad()
def test_what_a_convolution_sees_past_the_ends_of_a_row_is_zero() -> None:
    torch.manual_seed(0)
    both, causal = (kind(config()).double() for kind in (Convolution, CausalConvolution))
    causal.load_state_dict(both.state_dict())
    shake(both)
    shake(causal)
    x, before = torch.randn(4, 7, WIDTH, dtype=torch.float64), torch.zeros(4, KERNEL - 1, WIDTH, dtype=torch.float64)
    y = both(x, ~valid_positions(SOURCE_LENGTHS, 7).unsqueeze(2))
    z, end = causal(x, before, SOURCE_LENGTHS)
    for b, length in enumerate(SOURCE_LENGTHS.tolist()):
        row = x[b : b + 1, :length]
        for part, found, left in ((both, y, KERNEL // 2), (causal, z, KERNEL - 1)):
            normed = part.residual.norm(row)
            padded = F.pad(normed.transpose(1, 2), (left, KERNEL - 1 - left))
            expected = row + torch_convolution(part.convolution)(padded).transpose(1, 2)
            torch.testing.assert_close(found[b, :length], expected[0], atol=1e-12, rtol=0)
        kept = F.pad(causal.residual.norm(row), (0, 0, KERNEL - 1, 0))[0, -(KERNEL - 1) :]
        torch.testing.assert_close(end[b], kept, atol=1e-12, rtol=0)


@torch.no_grad()
def test_variance_is_kept_by_the_initialisation() -> None:
    torch.manual_seed(0)
    part, x = SeparableConvolution(256, 5), torch.randn(8, 104, 256)
    mixed = part.pointwise(F.conv1d(x.transpose(1, 2), part.depthwise[:, None], groups=256).transpose(1, 2))
    assert float(mixed.var()) == pytest.approx(2, rel=0.1)
    assert float(part(x).square().mean()) == pytest.approx(1, rel=0.1)


# ------------------------------------------------------------------------------------------------ the formulas in NumPy


def numbers(parameter: Tensor) -> Array:
    return parameter.detach().numpy()


def affine(layer: nn.Linear, x: Array) -> Array:
    return np.asarray(x @ numbers(layer.weight).T + numbers(layer.bias))


def normed(layer: nn.LayerNorm, x: Array) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    return np.asarray(scaled * numbers(layer.weight) + numbers(layer.bias))


def attend(query: Array, key: Array, value: Array, causal: bool) -> Array:
    """[T, H], [S, H], [S, H] -> [T, H], head by head and position by position."""
    size, mixed = WIDTH // HEADS, np.zeros_like(query)
    for head in range(HEADS):
        part = slice(head * size, (head + 1) * size)
        for t in range(len(query)):
            seen = t + 1 if causal else len(key)
            scores = np.exp(key[:seen, part] @ query[t, part] / math.sqrt(size))
            mixed[t, part] = scores / scores.sum() @ value[:seen, part]
    return mixed


def convolve(part: SeparableConvolution, x: Array, left: int) -> Array:
    """[T, H] -> [T, H]; a position sees `left` before itself and the rest of the kernel after it."""
    weight = numbers(part.depthwise)  # [H, K]
    mixed = np.zeros_like(x)
    for t in range(len(x)):
        for k in range(KERNEL):
            if 0 <= t + k - left < len(x):
                mixed[t] += weight[:, k] * x[t + k - left]
    return np.maximum(affine(part.pointwise, mixed), 0)


def sinusoids(count: int) -> Array:
    table = np.zeros((count, WIDTH))
    for t in range(count):
        for i in range(WIDTH):
            angle = t / 10000 ** ((i - i % 2) / WIDTH)
            table[t, i] = math.sin(angle) if i % 2 == 0 else math.cos(angle)
    return table


def block_by_hand(block: Any, x: Array, memory: Array | None) -> Array:
    """One block for one row [T, H]. The causal one is that which may have a memory."""
    causal = hasattr(block, "cross_attention")
    x = x + sinusoids(len(x))
    for part in block.convolutions:
        left = KERNEL - 1 if causal else KERNEL // 2
        x = x + convolve(part.convolution, normed(part.residual.norm, x), left)
    y = affine(block.self_attention.query_key_value, normed(block.self_residual.norm, x))
    x = x + affine(block.self_attention.out, attend(*np.split(y, 3, -1), causal))
    if memory is not None:
        query = affine(block.cross_attention.query, normed(block.cross_residual.norm, x))
        key, value = np.split(affine(block.cross_attention.key_value, memory), 2, -1)
        x = x + affine(block.cross_attention.out, attend(query, key, value, False))
    hidden = np.maximum(affine(block.feed_forward.into, normed(block.inner_residual.norm, x)), 0)
    return x + affine(block.feed_forward.out, hidden)


def by_hand(part: Any, row: Tensor, memory: Array | None = None) -> Array:
    """Tokens [T] -> features [T, H]."""
    x = numbers(part.embedding(row))
    for block in part.blocks:
        x = block_by_hand(block, x, memory)
    return normed(part.norm, x)


@torch.no_grad()
def test_encoder_and_decoder_are_the_formulas_of_the_paper() -> None:
    network = build(convolutions=3, layers=2)
    source, target = tokens(SOURCE_LENGTHS, 1), tokens(LENGTHS, 2)
    memory = network.encode(source, SOURCE_LENGTHS)
    features, _ = network.decode(target, memory, None, LENGTHS)
    for b, (s, t) in enumerate(zip(SOURCE_LENGTHS, LENGTHS, strict=True)):
        expected_memory = by_hand(network.encoder, source[b, :s])
        expected = by_hand(network.decoder, target[b, :t], expected_memory)
        np.testing.assert_allclose(numbers(memory.features[b, :s]), expected_memory, atol=1e-6)
        np.testing.assert_allclose(numbers(memory.summary[b]), expected_memory.mean(0), atol=1e-6)
        np.testing.assert_allclose(numbers(features[b, :t]), expected, atol=1e-6)


# ---------------------------------------------------------------------------------------------------- state and options


@torch.no_grad()
def test_the_state_of_a_convolution_does_not_grow() -> None:
    network = build(CausalLM(vocabulary=40, max_length=12), convolutions=3, layers=2)
    state = None
    for token in tokens(torch.tensor([6, 6]), 1).split(2, 1):
        _, state = network(token, None, state)
    assert state is not None
    for block in state.blocks:
        assert [tuple(each.shape) for each in block.inputs] == [(2, KERNEL - 1, WIDTH)] * 3
        assert block.past.keys.shape == (2, HEADS, 6, WIDTH // HEADS)


def test_an_even_kernel_is_refused_in_one_sentence() -> None:
    assert check_options(QANetConfig, {"kernel": "7"}, "model qanet").kernel == 7
    with pytest.raises(UserError, match="model qanet: kernel=4: an even kernel sees more on one side"):
        check_options(QANetConfig, {"kernel": "4"}, "model qanet")


@pytest.mark.parametrize("target", [100_000, 1_000_000, 10_000_000])
@pytest.mark.parametrize("kind", [SequenceToSequence, CausalLM, Classify, MaskedLM])
def test_the_size_asked_for_is_met_within_one_per_cent(kind: Any, target: int) -> None:
    more = {SequenceToSequence: {"targets": 256, "shared": True}, Classify: {"outputs": 4}}.get(kind, {})
    interface = kind(vocabulary=256, max_length=128, **more)
    solution = solve(ARCHITECTURE, {}, ARCHITECTURE.config(), interface, target)
    assert abs(solution.sizing.deviation) <= 0.01
    assert 0.7 < solution.config.inner / solution.config.width < 1.4  # near the proportions of the paper


def test_description() -> None:
    describe = ARCHITECTURE.describe
    assert describe is not None
    assert describe(QANetConfig(), PAIR) == (
        "encoder-decoder, 2 + 2 blocks of 2 separable convolutions (kernel 5), self-attention (4 heads) and "
        "feed-forward (inner 128), width 128, sinusoidal positions, pre-norm"
    )
    assert describe(QANetConfig(), Tag(vocabulary=9, max_length=9, outputs=5)).startswith("encoder, 2 blocks")
    causal = Tag(vocabulary=9, max_length=9, outputs=5, causal=True)
    assert describe(QANetConfig(), causal).startswith("decoder, 2 blocks")


@parametrize_with_checks([Model(card(), {"kernel": 7, "convolutions": 3, "layers": 1})], quick=True)
def test_conformance(examined: Any, check: Any) -> None:
    check(examined)
