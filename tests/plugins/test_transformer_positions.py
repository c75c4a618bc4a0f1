"""Positions and norms of the Transformers against the formulas of their papers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqharness.interfaces import Classify, Tag
from seqharness_plugins.transformer.attention import SelfAttention
from seqharness_plugins.transformer.config import TransformerConfig
from seqharness_plugins.transformer.encoder_only import ARCHITECTURE
from seqharness_plugins.transformer.layers import PostNorm, PreNorm
from seqharness_plugins.transformer.norms import BatchNorm, RMSNorm
from seqharness_plugins.transformer.relative_positions import SCHEMES, slopes

torch.set_num_threads(1)


def encoder(interface: Classify | Tag, **options: Any) -> Any:
    torch.manual_seed(0)
    config = TransformerConfig.model_validate({"width": 24, "inner": 10, "heads": 3, **options})
    return ARCHITECTURE.serves[type(interface)](config, interface).eval()


def rows(lengths: Tensor, seed: int) -> Tensor:
    """Random tokens [B, T], padded on the right."""
    drawn = torch.randint(6, 40, (len(lengths), int(lengths.max())), generator=torch.Generator().manual_seed(seed))
    return drawn.masked_fill(torch.arange(drawn.size(1)) >= lengths.unsqueeze(1), 0)


# ---------------------------------------------------------------------------------------------------------- positions


def attend(attention: SelfAttention, position: str, x: Tensor, causal: bool, start: int = 0) -> Tensor:
    """x [1, T, H] through self-attention, told of positions from `start` on."""
    config = TransformerConfig(width=x.size(2), heads=attention.heads, position=position, clipping_distance=2)  # type: ignore[arg-type]
    places = torch.arange(start, start + x.size(1))
    order = SCHEMES[position](config, 9, causal).double()(places, places)
    found: Tensor = attention(x, None, causal, None, order)[0]
    return found


def by_hand(
    attention: SelfAttention, x: Tensor, causal: bool, score: Callable[[int, int, int, Any, Any], float]
) -> Tensor:
    """The formula of attention in loops; score(head, i, j, query_i, key_j)."""
    heads, length, size = attention.heads, x.size(1), x.size(2) // attention.heads
    projected = attention.query_key_value(x)[0].detach().numpy()  # [T, 3 H]
    query, key, value = (part.reshape(length, heads, size) for part in np.split(projected, 3, axis=1))
    mixed = np.zeros((length, heads, size))
    for head in range(heads):
        for i in range(length):
            seen = range(i + 1 if causal else length)
            weights = np.exp([score(head, i, j, query[i, head], key[j, head]) for j in seen])
            mixed[i, head] = sum(weights[j] * value[j, head] for j in seen) / weights.sum()
    out = attention.out
    return torch.from_numpy(mixed.reshape(length, -1)) @ out.weight.detach().T + out.bias.detach()


def random_attention(heads: int, distances: int = 0) -> tuple[SelfAttention, Tensor]:
    torch.manual_seed(0)
    attention = SelfAttention(12, heads, distances=distances).double()
    for parameter in attention.parameters():
        nn.init.normal_(parameter, std=0.5)
    return attention, torch.randn(1, 7, 12, dtype=torch.float64)


@pytest.mark.parametrize("causal", [False, True])
def test_rotary_positions_are_the_formula_of_the_paper(causal: bool) -> None:
    """A pair of features is a complex number, turned by its position: a score is Re(q e^(i m t) conj(k e^(i n t)))."""
    attention, x = random_attention(heads=2)

    def score(head: int, i: int, j: int, query: Any, key: Any) -> float:
        angles = 10000.0 ** (-np.arange(3) / 3)
        turned = (query[:3] + 1j * query[3:]) * np.exp(1j * i * angles)
        other = (key[:3] + 1j * key[3:]) * np.exp(1j * j * angles)
        return float((turned * other.conj()).real.sum() / 6**0.5)

    expected = by_hand(attention, x, causal, score)
    torch.testing.assert_close(attend(attention, "rope", x, causal)[0], expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(attend(attention, "rope", x, causal, start=50)[0], expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("causal", [False, True])
def test_linear_biases_are_the_formula_of_the_paper(causal: bool) -> None:
    attention, x = random_attention(heads=4)

    def score(head: int, i: int, j: int, query: Any, key: Any) -> float:
        return float(query @ key / 3**0.5 - abs(i - j) * (1 / 4, 1 / 16, 1 / 64, 1 / 256)[head])

    expected = by_hand(attention, x, causal, score)
    torch.testing.assert_close(attend(attention, "alibi", x, causal)[0], expected, atol=1e-12, rtol=0)
    torch.testing.assert_close(attend(attention, "alibi", x, causal, start=50)[0], expected, atol=1e-12, rtol=0)


def test_slopes_are_those_of_the_paper() -> None:
    assert slopes(8) == [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]
    assert slopes(1) == [1 / 256]
    assert slopes(6) == [1 / 4, 1 / 16, 1 / 64, 1 / 256, 1 / 2, 1 / 8]  # four heads, then every second of eight
    assert slopes(16)[:2] == [2**-0.5, 2**-1.0] and len(slopes(12)) == 12


@pytest.mark.parametrize("causal", [False, True])
def test_relative_positions_are_the_formula_of_the_paper(causal: bool) -> None:
    """A key for each distance from -2 to 2, or to 0; what is farther counts as that."""
    attention, x = random_attention(heads=2, distances=3 if causal else 5)
    assert attention.distance_keys is not None
    table = attention.distance_keys.detach().numpy()  # [heads, distances, D]

    def score(head: int, i: int, j: int, query: Any, key: Any) -> float:
        return float(query @ (key + table[head, min(2, max(-2, j - i)) + 2]) / 6**0.5)

    expected = by_hand(attention, x, causal, score)
    torch.testing.assert_close(attend(attention, "relative", x, causal)[0], expected, atol=1e-12, rtol=0)
    torch.testing.assert_close(attend(attention, "relative", x, causal, start=50)[0], expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("position", ["sinusoidal", "rope", "relative"])
@torch.no_grad()
def test_order_is_seen_and_long_rows_need_no_more_parameters(position: str) -> None:
    network = encoder(Classify(vocabulary=40, max_length=12, outputs=3), position=position)
    row = rows(torch.tensor([40]), 1)  # longer than any that was reckoned with
    assert bool((network(row) - network(row.flip(1))).abs().max() > 1e-3)


@torch.no_grad()
def test_what_an_encoder_cannot_tell() -> None:
    """Without positions no order at all; by linear biases how far, but not on which side."""
    row = rows(torch.tensor([40]), 1)
    swapped = torch.cat([row[:, 20:], row[:, :20]], 1)
    for position, tells_distance in (("none", False), ("alibi", True)):
        network = encoder(Classify(vocabulary=40, max_length=12, outputs=3), position=position)
        torch.testing.assert_close(network(row), network(row.flip(1)), atol=1e-5, rtol=0)
        assert bool((network(row) - network(swapped)).abs().max() > 1e-3) is tells_distance


# -------------------------------------------------------------------------------------------------------------- norms


def test_rms_norm_is_torch_s_and_the_formula() -> None:
    torch.manual_seed(0)
    norm, reference = RMSNorm(8), nn.RMSNorm(8, eps=1e-5)
    nn.init.normal_(norm.weight)
    reference.load_state_dict(norm.state_dict())
    x = torch.randn(3, 5, 8)
    torch.testing.assert_close(norm(x), reference(x), atol=1e-6, rtol=0)
    expected = x / torch.sqrt((x**2).mean(-1, keepdim=True) + 1e-5) * norm.weight
    torch.testing.assert_close(norm(x), expected, atol=1e-6, rtol=0)


def test_batch_norm_is_torch_s_on_the_real_positions_one_after_another() -> None:
    torch.manual_seed(0)
    norm, reference = BatchNorm(8), nn.BatchNorm1d(8)
    for layer in (norm, reference):
        torch.manual_seed(1)
        nn.init.normal_(layer.weight)
        nn.init.normal_(layer.bias)
    for _ in range(3):
        x = (2 + 3 * torch.randn(4, 6, 8)).requires_grad_()
        real = torch.arange(6) < torch.tensor([6, 2, 1, 4]).unsqueeze(1)
        found, expected = norm(x, real)[real], reference(x[real])
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
        weights = torch.randn_like(found)
        gradients = [torch.autograd.grad((y * weights).sum(), x)[0] for y in (found, expected)]
        torch.testing.assert_close(*gradients, atol=1e-5, rtol=0)
    torch.testing.assert_close(norm.running_mean, reference.running_mean, atol=1e-5, rtol=0)
    torch.testing.assert_close(norm.running_variance, reference.running_var, atol=1e-5, rtol=0)
    full = torch.randn(4, 6, 8)
    torch.testing.assert_close(norm(full), reference(full.flatten(0, 1)).view_as(full), atol=1e-5, rtol=0)
    norm.eval(), reference.eval()
    torch.testing.assert_close(norm(full, real), reference(full.flatten(0, 1)).view_as(full), atol=1e-5, rtol=0)


def test_padding_has_no_part_in_what_a_batch_norm_learns() -> None:
    networks = [
        encoder(Tag(vocabulary=40, max_length=12, outputs=5), norm="batch", dropout=0.0).train() for _ in range(2)
    ]
    lengths = torch.tensor([6, 4, 2, 5, 1])
    tokens = rows(lengths, 1)
    wide = nn.functional.pad(tokens, (0, 4))
    wide[wide == 0] = 9
    found, expected = networks[0](wide, lengths)[:, :6], networks[1](tokens, lengths)
    torch.testing.assert_close(found[tokens != 0], expected[tokens != 0], atol=1e-5, rtol=0)
    for name, tensor in networks[0].state_dict().items():
        torch.testing.assert_close(tensor, networks[1].state_dict()[name], atol=1e-5, rtol=0)
    assert bool(networks[0].encoder.layers[1].self_residual.norm.running_mean.any())


def test_residual_connections_can_be_left_out() -> None:
    config, x, y = TransformerConfig(width=8, dropout=0), torch.randn(2, 3, 8), torch.randn(2, 3, 8)
    for kind, with_sum, without in (
        (PreNorm, x + y, y),
        (PostNorm, nn.functional.layer_norm(x + y, (8,)), nn.functional.layer_norm(y, (8,))),
    ):
        torch.testing.assert_close(kind(config).leave(x, y), with_sum)
        torch.testing.assert_close(kind(config, residual=False).leave(x, y), without)
