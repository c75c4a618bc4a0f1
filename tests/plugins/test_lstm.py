"""The LSTM against its equations in NumPy, and what crosses from encoder to decoder."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from seqharness.interfaces import CausalLM, SequenceToSequence
from seqharness_plugins.recurrent.lstm import ARCHITECTURE

torch.set_num_threads(1)
Array = npt.NDArray[np.float64]
INTERFACE = SequenceToSequence(vocabulary=50, max_length=20, targets=50, shared=True)
LENGTHS = [7, 3, 1]


def build(interface: Any = INTERFACE, **options: Any) -> Any:
    torch.manual_seed(0)
    config = ARCHITECTURE.config.model_validate({"width": 12, "inner": 10, **options})
    network = ARCHITECTURE.serves[type(interface)](config, interface).double().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return network


def source() -> torch.Tensor:
    tokens = torch.randint(6, 50, (3, 7), generator=torch.Generator().manual_seed(1))
    return tokens.masked_fill(torch.arange(7) >= torch.tensor(LENGTHS).unsqueeze(1), 0)


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def equations(x: Array, module: Any, layer: int, hidden: Array, cell: Array) -> tuple[Array, Array, Array]:
    """x [T, inputs] -> hidden [T, I] of each step and the last hidden and cell, by the equations."""
    w_ih, w_hh, b_ih, b_hh = (
        getattr(module, f"{name}_l{layer}").detach().numpy()
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    outputs = []
    for step in x:
        i, f, g, o = np.split(w_ih @ step + b_ih + w_hh @ hidden + b_hh, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        hidden = sigmoid(o) * np.tanh(cell)
        outputs.append(hidden)
    return np.stack(outputs), hidden, cell


def affine(x: Array, layer: Any) -> Array:
    return np.asarray(x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy())


def embed(tokens: torch.Tensor, network: Any) -> Array:
    """Rows of the matrix times the root of the width."""
    return np.asarray(network.encoder.embedding.weight.detach().numpy()[tokens.numpy()] * 12**0.5)


def summary_of(network: Any, tokens: torch.Tensor, both: bool) -> Array:
    """The summary of one row without padding, by the equations."""
    x, zeros = embed(tokens, network), np.zeros(10)
    for layer in network.encoder.layers:
        outputs, last, _ = equations(x, layer.rightward, 0, zeros, zeros)
        if both:
            reverse, final, _ = equations(x[::-1], layer.leftward, 0, zeros, zeros)
            outputs, last = np.concatenate([outputs, reverse[::-1]], -1), np.concatenate([last, final])
        x = outputs
    return affine(last, network.encoder.project)


@pytest.mark.parametrize("context", ["every-step", "initial"])
@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize("layers", [1, 2])
@torch.no_grad()
def test_encoder_decoder_equals_the_equations(layers: int, both: bool, context: str) -> None:
    network = build(layers=layers, bidirectional=both, context=context)
    target = torch.randint(6, 50, (3, 5), generator=torch.Generator().manual_seed(2))
    memory = network.encode(source(), torch.tensor(LENGTHS))
    features, state = network.decode(target, memory)
    for b, length in enumerate(LENGTHS):
        summary = summary_of(network, source()[b, :length], both)
        np.testing.assert_allclose(memory.summary[b], summary, atol=1e-12)
        hidden, cell = affine(summary, network.decoder.begin).reshape(2, layers, 10)
        x = embed(target[b], network)
        if context == "every-step":
            x = np.concatenate([x, np.tile(summary, (5, 1))], -1)
        for layer in range(layers):
            x, last, last_cell = equations(x, network.decoder.lstm, layer, np.tanh(hidden[layer]), cell[layer])
            np.testing.assert_allclose(state.hidden[b, layer], last, atol=1e-12)
            np.testing.assert_allclose(state.cell[b, layer], last_cell, atol=1e-12)
        np.testing.assert_allclose(features[b], affine(x, network.decoder.project), atol=1e-12)


@torch.no_grad()
def test_only_the_summary_crosses() -> None:
    network = build()
    memory = network.encode(source(), torch.tensor(LENGTHS))
    target = torch.full((3, 4), 9)
    features, _ = network.decode(target, memory)
    other = memory._replace(features=torch.randn_like(memory.features), lengths=None)
    assert torch.equal(network.decode(target, other)[0], features)
    changed = memory._replace(summary=memory.summary + 0.1)
    assert not torch.allclose(network.decode(target, changed)[0], features)


def test_initialisation() -> None:
    network = ARCHITECTURE.serves[CausalLM](
        ARCHITECTURE.config.model_validate({"layers": 2}), CausalLM(vocabulary=50, max_length=20)
    )
    lstm = network.get_submodule("decoder.lstm").requires_grad_(False)
    for layer in (0, 1):
        forget = (getattr(lstm, f"bias_ih_l{layer}") + getattr(lstm, f"bias_hh_l{layer}")).chunk(4)
        assert [float(bias.mean()) for bias in forget] == [0, 1, 0, 0]
        for gate in getattr(lstm, f"weight_hh_l{layer}").chunk(4):
            torch.testing.assert_close(gate @ gate.T, torch.eye(192), atol=1e-5, rtol=0)
