"""Recurrent models against their equations in NumPy, and what crosses from encoder to decoder."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from seqharness.interfaces import CausalLM, SequenceToSequence
from seqharness_plugins.recurrent import gru, lstm, rnn

torch.set_num_threads(1)
Array = npt.NDArray[np.float64]
INTERFACE = SequenceToSequence(vocabulary=50, max_length=20, targets=50, shared=True)
LENGTHS = [7, 3, 1]


def build(model: str = "lstm", interface: Any = INTERFACE, **options: Any) -> Any:
    torch.manual_seed(0)
    architecture = {"lstm": lstm, "gru": gru, "rnn": rnn}[model].ARCHITECTURE
    config = architecture.config.model_validate({"width": 12, "inner": 10, **options})
    network = architecture.serves[type(interface)](config, interface).double().eval()
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


def lstm_step(inputs: Array, recurrent: Array, hidden: Array, cell: Array) -> tuple[Array, Array]:
    i, f, g, o = np.split(inputs + recurrent, 4)
    cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(cell), cell


def gru_step(inputs: Array, recurrent: Array, hidden: Array, cell: Array) -> tuple[Array, Array]:
    (r, z, n), (u_r, u_z, u_n) = np.split(inputs, 3), np.split(recurrent, 3)
    reset, update = sigmoid(r + u_r), sigmoid(z + u_z)
    return (1 - update) * np.tanh(n + reset * u_n) + update * hidden, cell


def tanh_step(inputs: Array, recurrent: Array, hidden: Array, cell: Array) -> tuple[Array, Array]:
    return np.tanh(inputs + recurrent), cell


def relu_step(inputs: Array, recurrent: Array, hidden: Array, cell: Array) -> tuple[Array, Array]:
    return np.maximum(inputs + recurrent, 0), cell


STEPS = {"LSTM": lstm_step, "GRU": gru_step, "RNN_TANH": tanh_step, "RNN_RELU": relu_step}


def equations(x: Array, module: Any, layer: int, hidden: Array, cell: Array) -> tuple[Array, Array, Array]:
    """x [T, inputs] -> hidden [T, I] of each step and the last hidden and cell, by the equations."""
    w_ih, w_hh, b_ih, b_hh = (
        getattr(module, f"{name}_l{layer}").detach().numpy()
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    outputs = []
    for step in x:
        hidden, cell = STEPS[module.mode](w_ih @ step + b_ih, w_hh @ hidden + b_hh, hidden, cell)
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


MODELS = [("lstm", {}), ("gru", {}), ("rnn", {"activation": "tanh"}), ("rnn", {"activation": "relu"})]


@pytest.mark.parametrize(("model", "options"), MODELS)
@pytest.mark.parametrize("context", ["every-step", "initial"])
@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize("layers", [1, 2])
@torch.no_grad()
def test_encoder_decoder_equals_the_equations(
    model: str, options: dict[str, Any], layers: int, both: bool, context: str
) -> None:
    network = build(model, layers=layers, bidirectional=both, context=context, **options)
    target = torch.randint(6, 50, (3, 5), generator=torch.Generator().manual_seed(2))
    memory = network.encode(source(), torch.tensor(LENGTHS))
    features, state = network.decode(target, memory)
    for b, length in enumerate(LENGTHS):
        summary = summary_of(network, source()[b, :length], both)
        np.testing.assert_allclose(memory.summary[b], summary, atol=1e-12)
        hidden, *rest = affine(summary, network.decoder.begin).reshape(-1, layers, 10)
        cell = rest[0] if rest else np.zeros_like(hidden)
        x = embed(target[b], network)
        if context == "every-step":
            x = np.concatenate([x, np.tile(summary, (5, 1))], -1)
        for layer in range(layers):
            x, last, last_cell = equations(x, network.decoder.recurrent, layer, np.tanh(hidden[layer]), cell[layer])
            np.testing.assert_allclose(state.hidden[b, layer], last, atol=1e-12)
            if state.cell is not None:
                np.testing.assert_allclose(state.cell[b, layer], last_cell, atol=1e-12)
        np.testing.assert_allclose(features[b], affine(x, network.decoder.project), atol=1e-12)


@pytest.mark.parametrize("model", ["lstm", "gru", "rnn"])
def test_the_gradient_is_that_of_finite_differences(model: str) -> None:
    network = build(model, layers=2)
    target = torch.randint(6, 50, (3, 5), generator=torch.Generator().manual_seed(2))

    def loss() -> torch.Tensor:
        features, _ = network.decode(target, network.encode(source(), torch.tensor(LENGTHS)))
        return features.square().sum()  # type: ignore[no-any-return]

    loss().backward()  # type: ignore[no-untyped-call]
    for name, parameter in network.named_parameters():
        if name.startswith("output"):
            continue
        index = int(parameter.grad.abs().argmax())
        found, step = [], 1e-5
        for sign in (1, -1):
            with torch.no_grad():
                parameter.view(-1)[index] += sign * step
                found.append(float(loss()))
                parameter.view(-1)[index] -= sign * step
        assert (found[0] - found[1]) / (2 * step) == pytest.approx(float(parameter.grad.view(-1)[index]), rel=1e-5)


@pytest.mark.parametrize("model", ["lstm", "gru", "rnn"])
@torch.no_grad()
def test_only_the_summary_crosses(model: str) -> None:
    network = build(model)
    memory = network.encode(source(), torch.tensor(LENGTHS))
    target = torch.full((3, 4), 9)
    features, _ = network.decode(target, memory)
    other = memory._replace(features=torch.randn_like(memory.features), lengths=None)
    assert torch.equal(network.decode(target, other)[0], features)
    changed = memory._replace(summary=memory.summary + 0.1)
    assert not torch.allclose(network.decode(target, changed)[0], features)


def test_initialisation() -> None:
    architecture = lstm.ARCHITECTURE
    network = architecture.serves[CausalLM](
        architecture.config.model_validate({"layers": 2}), CausalLM(vocabulary=50, max_length=20)
    )
    stack = network.get_submodule("decoder.recurrent").requires_grad_(False)
    for layer in (0, 1):
        forget = (getattr(stack, f"bias_ih_l{layer}") + getattr(stack, f"bias_hh_l{layer}")).chunk(4)
        assert [float(bias.mean()) for bias in forget] == [0, 1, 0, 0]
        for gate in getattr(stack, f"weight_hh_l{layer}").chunk(4):
            torch.testing.assert_close(gate @ gate.T, torch.eye(192), atol=1e-5, rtol=0)
