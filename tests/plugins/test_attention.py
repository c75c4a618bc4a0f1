"""Attention models against the papers' formulas in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from seqharness.errors import NotApplicable
from seqharness.interfaces import CausalLM, Classify, SequenceToSequence
from seqharness.modules.adapters import from_parts
from seqharness.modules.attention import AttentionWeights
from seqharness_plugins.attention import bahdanau, luong

torch.set_num_threads(1)
Array = npt.NDArray[np.float64]
INTERFACE = SequenceToSequence(vocabulary=50, max_length=20, targets=50, shared=True)
LENGTHS = [7, 3, 1]
WIDTH, INNER = 12, 10


def build(module: Any, interface: Any = INTERFACE, **options: Any) -> Any:
    torch.manual_seed(0)
    config = module.ARCHITECTURE.config.model_validate({"width": WIDTH, "inner": INNER, "cell": "gru", **options})
    network = module.ARCHITECTURE.serves[type(interface)](config, interface).double().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return network


def source() -> torch.Tensor:
    tokens = torch.randint(6, 50, (3, 7), generator=torch.Generator().manual_seed(1))
    return tokens.masked_fill(torch.arange(7) >= torch.tensor(LENGTHS).unsqueeze(1), 0)


def weight(layer: Any) -> Array:
    return np.asarray(layer.weight.detach().numpy())


def affine(x: Array, layer: Any) -> Array:
    return np.asarray(x @ weight(layer).T + layer.bias.detach().numpy())


def softmax(x: Array) -> Array:
    return np.asarray(np.exp(x - x.max()) / np.exp(x - x.max()).sum())


def gru(x: Array, hidden: Array, stack: Any) -> Array:
    sigmoid = lambda value: 1 / (1 + np.exp(-value))  # noqa: E731
    w_ih, w_hh, b_ih, b_hh = (
        getattr(stack, f"{name}_l0").detach().numpy() for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    (r, z, n), (u_r, u_z, u_n) = np.split(w_ih @ x + b_ih, 3), np.split(w_hh @ hidden + b_hh, 3)
    update = sigmoid(z + u_z)
    return np.asarray((1 - update) * np.tanh(n + sigmoid(r + u_r) * u_n) + update * hidden)


def additive(query: Array, features: Array, scores: Any) -> Array:
    return np.array(
        [
            weight(scores.energy)[0] @ np.tanh(weight(scores.query) @ query + affine(feature, scores.key))
            for feature in features
        ]
    )


def bahdanau_step(x: Array, hidden: Array, fed: Array, features: Array, decoder: Any) -> tuple[Array, Array, Array]:
    context = softmax(additive(hidden, features, decoder.scores)) @ features
    hidden = gru(np.concatenate([x, context]), hidden, decoder.recurrent)
    return np.tanh(affine(np.concatenate([hidden, context, x]), decoder.combine)), hidden, fed


def factor(decoder: Any, query: Array) -> float:
    return 1.0 if decoder.factor == 1 else 1 / np.sqrt(len(query))


def luong_step(x: Array, hidden: Array, fed: Array, features: Array, decoder: Any) -> tuple[Array, Array, Array]:
    given = fed if decoder.input_feeding else np.zeros_like(fed)
    hidden = gru(np.concatenate([x, given]), hidden, decoder.recurrent)
    query = affine(hidden, decoder.project)
    if decoder.additive is not None:
        scores = additive(query, features, decoder.additive)
    elif decoder.general is not None:
        scores = factor(decoder, query) * np.array([query @ weight(decoder.general) @ feature for feature in features])
    else:
        scores = factor(decoder, query) * features @ query
    attended = np.tanh(affine(np.concatenate([softmax(scores) @ features, query]), decoder.combine))
    return attended, hidden, attended


CASES = [
    (bahdanau, {}, bahdanau_step),
    *(
        (luong, {"score": s, "input_feeding": f}, luong_step)
        for s in ("dot", "general", "concat")
        for f in (True, False)
    ),
    (luong, {"score": "general", "scale": False}, luong_step),
]


@pytest.mark.parametrize(("module", "options", "step"), CASES)
@torch.no_grad()
def test_decoding_equals_the_formulas(module: Any, options: dict[str, Any], step: Any) -> None:
    network = build(module, **options)
    target = torch.randint(6, 50, (3, 5), generator=torch.Generator().manual_seed(2))
    memory = network.encode(source(), torch.tensor(LENGTHS))
    found, _ = network.decode(target, memory)
    x = network.encoder.embedding.weight.numpy()[target.numpy()] * WIDTH**0.5
    for b, length in enumerate(LENGTHS):
        features = memory.features[b, :length].numpy()
        hidden = np.tanh(affine(memory.summary[b].numpy(), network.decoder.begin))
        fed = np.zeros(WIDTH)
        for t in range(5):
            expected, hidden, fed = step(x[b, t], hidden, fed, features, network.decoder)
            np.testing.assert_allclose(found[b, t], expected, atol=1e-12)


@pytest.mark.parametrize("module", [bahdanau, luong])
@torch.no_grad()
def test_every_map_passes_the_one_softmax_and_sums_to_one_over_the_real_source(module: Any) -> None:
    network = build(module)
    maps: list[torch.Tensor] = []
    for part in network.decoder.modules():
        if isinstance(part, AttentionWeights):
            part.register_forward_hook(lambda layer, given, result: maps.append(result))
    network.decode(torch.full((3, 4), 9), network.encode(source(), torch.tensor(LENGTHS)))
    assert len(maps) == 4
    for found in maps:
        torch.testing.assert_close(found.sum(-1), torch.ones(3, 1, dtype=torch.float64))
        for row, length in enumerate(LENGTHS):
            assert not found[row, 0, length:].any()


@torch.no_grad()
def test_a_label_is_pooled_by_attention_over_the_real_positions() -> None:
    network = build(bahdanau, Classify(vocabulary=50, max_length=20, outputs=3))
    features = network(source(), torch.tensor(LENGTHS))
    encoder = network.encoder
    for row, length in enumerate(LENGTHS):
        tokens = source()[row : row + 1, :length]
        memory = super(type(encoder), encoder).forward(tokens)
        weights = softmax(additive(np.ones(1), memory.features[0].numpy(), encoder.pool))
        np.testing.assert_allclose(features[row], weights @ memory.features[0].numpy(), atol=1e-12)


def test_without_a_source_there_is_nothing_to_attend_to() -> None:
    from seqharness_plugins.attention.parts import Encoder

    serves = from_parts(Encoder, bahdanau.BahdanauDecoder)
    with pytest.raises(NotApplicable, match="attends to a source"):
        serves[CausalLM](bahdanau.ARCHITECTURE.config(), CausalLM(vocabulary=9, max_length=9))
