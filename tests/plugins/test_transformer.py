"""The Transformer against `torch.nn.Transformer` with the same weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from seqharness.interfaces import SequenceToSequence
from seqharness_plugins.transformer.attention import SelfAttention
from seqharness_plugins.transformer.positions import Learned, Sinusoidal
from seqharness_plugins.transformer.transformer import ARCHITECTURE

torch.set_num_threads(1)
INTERFACE = SequenceToSequence(vocabulary=50, max_length=20, targets=50, shared=True)
SOURCE_LENGTHS, TARGET_LENGTHS = torch.tensor([9, 4, 1, 7]), torch.tensor([3, 8, 5, 1])


def ours(norm_position: str, activation: str) -> Any:
    """A network whose every number, biases and norms too, is random."""
    config = ARCHITECTURE.config.model_validate(
        {"width": 32, "inner": 48, "layers": 3, "norm_position": norm_position, "activation": activation}
    )
    torch.manual_seed(0)
    network = ARCHITECTURE.serves[SequenceToSequence](config, INTERFACE).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return network


def theirs(network: Any, norm_position: str, activation: str) -> nn.Transformer:
    """torch's own with the weights of `network`; a final norm only where the norm comes first."""
    pre = norm_position == "pre"
    reference = nn.Transformer(
        32, 4, 3, 3, 48, dropout=0.0, activation=activation, batch_first=True, norm_first=pre
    ).eval()
    with torch.no_grad():
        for part, stack in ((network.encoder, reference.encoder), (network.decoder, reference.decoder)):
            for layer, copy in zip(part.layers, stack.layers, strict=True):
                copy_layer(layer, copy)
            if pre:
                stack.norm.load_state_dict(part.norm.state_dict())
            else:
                stack.norm = None
    return reference


def copy_layer(layer: Any, copy: Any) -> None:
    norms = [layer.self_residual.norm, layer.inner_residual.norm]
    copy.self_attn.in_proj_weight.copy_(layer.self_attention.query_key_value.weight)
    copy.self_attn.in_proj_bias.copy_(layer.self_attention.query_key_value.bias)
    copy.self_attn.out_proj.load_state_dict(layer.self_attention.out.state_dict())
    if hasattr(copy, "multihead_attn"):
        cross = layer.cross_attention
        copy.multihead_attn.in_proj_weight.copy_(torch.cat([cross.query.weight, cross.key_value.weight]))
        copy.multihead_attn.in_proj_bias.copy_(torch.cat([cross.query.bias, cross.key_value.bias]))
        copy.multihead_attn.out_proj.load_state_dict(cross.out.state_dict())
        norms.insert(1, layer.cross_residual.norm)
    copy.linear1.load_state_dict(layer.feed_forward.into.state_dict())
    copy.linear2.load_state_dict(layer.feed_forward.out.state_dict())
    for number, norm in enumerate(norms, 1):
        getattr(copy, f"norm{number}").load_state_dict(norm.state_dict())


def tokens(lengths: Tensor) -> Tensor:
    drawn = torch.randint(6, 50, (4, int(lengths.max())), generator=torch.Generator().manual_seed(1))
    return drawn.masked_fill(padding(lengths), 0)


def padding(lengths: Tensor) -> Tensor:
    return torch.arange(int(lengths.max())) >= lengths.unsqueeze(1)


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("norm_position", ["pre", "post"])
@torch.no_grad()
def test_teacher_forcing_equals_torch(norm_position: str, activation: str) -> None:
    network = ours(norm_position, activation)
    reference = theirs(network, norm_position, activation)
    source, target = tokens(SOURCE_LENGTHS), tokens(TARGET_LENGTHS)
    memory = network.encode(source, SOURCE_LENGTHS)
    features, _ = network.decode(target, memory, None, TARGET_LENGTHS)

    embedded = [
        part.positions(part.embedding(ids)) for part, ids in ((network.encoder, source), (network.decoder, target))
    ]
    expected_memory = reference.encoder(embedded[0], src_key_padding_mask=padding(SOURCE_LENGTHS))
    expected = reference(
        *embedded,
        tgt_mask=torch.ones(8, 8, dtype=torch.bool).triu(1),
        src_key_padding_mask=padding(SOURCE_LENGTHS),
        tgt_key_padding_mask=padding(TARGET_LENGTHS),
        memory_key_padding_mask=padding(SOURCE_LENGTHS),
    )
    for b in range(4):
        s, t = int(SOURCE_LENGTHS[b]), int(TARGET_LENGTHS[b])
        torch.testing.assert_close(memory.features[b, :s], expected_memory[b, :s], atol=1e-5, rtol=0)
        torch.testing.assert_close(features[b, :t], expected[b, :t], atol=1e-5, rtol=0)


@torch.no_grad()
def test_attention_is_the_formula_of_the_paper() -> None:
    torch.manual_seed(0)
    part, x = SelfAttention(width=6, heads=2).double(), torch.randn(1, 5, 6, dtype=torch.float64)
    weights = part.query_key_value.weight.chunk(3)
    heads = []
    for head in (slice(0, 3), slice(3, 6)):
        query, key, value = (x[0] @ weight[head].T for weight in weights)
        heads.append(torch.softmax(query @ key.T / 3**0.5, -1) @ value)
    torch.testing.assert_close(part(x)[0][0], torch.cat(heads, -1) @ part.out.weight.T, atol=1e-12, rtol=0)


def test_positions() -> None:
    table = Sinusoidal(width=8, max_length=10).table(10)
    for t, i in ((0, 0), (3, 2), (9, 6)):
        angle = torch.tensor(t / 10000 ** (i / 8))
        torch.testing.assert_close(table[t, i : i + 2], torch.stack([angle.sin(), angle.cos()]))
    longer = Sinusoidal(width=8, max_length=4)
    torch.testing.assert_close(longer(torch.zeros(1, 10, 8))[0], table)  # beyond what was reckoned with
    start = torch.tensor([2, 5])
    torch.testing.assert_close(longer(torch.zeros(2, 3, 8), 6, start), torch.stack([table[2:5], table[5:8]]))
    with pytest.raises(ValueError, match="12 tokens is longer than the 10"):
        Learned(8, 10)(torch.zeros(1, 12, 8))


@torch.no_grad()
def test_empty_rows_give_no_nan() -> None:
    network = ours("pre", "relu")
    memory = network.encode(torch.zeros(2, 3, dtype=torch.long), torch.tensor([0, 3]))
    features, _ = network.decode(torch.zeros(2, 4, dtype=torch.long), memory, None, torch.tensor([0, 4]))
    assert bool(features.isfinite().all()) and bool(memory.features.isfinite().all())


def test_dropout_is_where_the_paper_has_it() -> None:
    """On embeddings with positions, and on what each part adds: 2 in a layer of the encoder, 3 in the decoder."""
    config = ARCHITECTURE.config.model_validate({"dropout": 0.3, "layers": 2})
    network = ARCHITECTURE.serves[SequenceToSequence](config, INTERFACE)
    found = [part.p for part in network.modules() if isinstance(part, nn.Dropout)]
    assert found == [0.3] * (1 + 2 * 2 + 1 + 2 * 3)


def test_description() -> None:
    config = ARCHITECTURE.config()
    assert ARCHITECTURE.describe is not None
    assert ARCHITECTURE.describe(config, INTERFACE) == (
        "encoder-decoder, 2 + 2 layers, width 128, 4 heads, inner 512, sinusoidal positions, pre-norm, gelu"
    )
