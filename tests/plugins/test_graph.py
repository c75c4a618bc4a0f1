"""The graph network against the paper's equations in NumPy, one edge at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from seqharness import sizing
from seqharness.contracts import ModelSpec
from seqharness.errors import NotApplicable
from seqharness.interfaces import Classify, Interface, Tag
from seqharness.testing import Model, parametrize_with_checks
from seqharness_plugins import graph
from seqharness_plugins.graph.gnn import ARCHITECTURE, GNNConfig, describe, neighbours

torch.set_num_threads(1)
Array = npt.NDArray[np.float64]
CLASSIFY = Classify(vocabulary=50, max_length=20, outputs=3)
TAG = Tag(vocabulary=50, max_length=20, outputs=5)
LENGTHS = [7, 3, 1]
WIDTH, INNER = 12, 10


def card() -> ModelSpec:
    found: list[ModelSpec] = []
    graph.register_models(register=found.append)
    (only,) = found
    return only


def build(interface: Interface, dtype: torch.dtype = torch.float64, **options: Any) -> Any:
    torch.manual_seed(0)
    config = GNNConfig.model_validate({"width": WIDTH, "inner": INNER, **options})
    network = ARCHITECTURE.serves[type(interface)](config, interface).to(dtype).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return network


def rows() -> torch.Tensor:
    """Rows of 7, 3 and 1 tokens; in their padding stand tokens too, which nothing may see."""
    return torch.randint(6, 50, (3, 7), generator=torch.Generator().manual_seed(1))


def array(tensor: Any) -> Array:
    return np.asarray(tensor.detach().numpy(), dtype=np.float64)


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def told(h: Array, v: int, layer: Any) -> Array:
    """a_v: a sum over the edges that lead to node v, each with the matrix of its offset, and b."""
    window = layer.window
    matrices = dict(
        zip(
            [*range(-window, 0), *range(1, window + 1)],
            np.split(array(layer.edges.weight), 2 * window, axis=1),
            strict=True,
        )
    )
    a = array(layer.edges.bias)
    for u in range(len(h)):
        if u - v in matrices:
            a = a + matrices[u - v] @ h[u]
    return a


def expected_nodes(tokens: Array, encoder: Any) -> Array:
    """[h_v, x_v] of each node of one row."""
    x = array(encoder.embedding.weight)[tokens.astype(int)] * WIDTH**0.5
    h = np.tanh(x @ array(encoder.into.weight).T + array(encoder.into.bias))
    for layer in encoder.layers:
        w_z, w_r, w_n = np.split(array(layer.told.weight), 3)
        u_z, u_r = np.split(array(layer.gates.weight), 2)
        for _ in range(layer.steps):
            new = []
            for v in range(len(h)):
                a = told(h, v, layer)
                update, reset = sigmoid(w_z @ a + u_z @ h[v]), sigmoid(w_r @ a + u_r @ h[v])
                candidate = np.tanh(w_n @ a + array(layer.candidate.weight) @ (reset * h[v]))
                new.append((1 - update) * h[v] + update * candidate)
            h = np.array(new)
    return np.concatenate([h, x], 1)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
@pytest.mark.parametrize("options", [{}, {"layers": 2, "steps": 2, "window": 1}, {"window": 9, "steps": 1}])
@torch.no_grad()
def test_messages_update_and_readouts_equal_the_equations(
    options: dict[str, int], dtype: torch.dtype, tolerance: float
) -> None:
    tagger, classifier = build(TAG, dtype, **options), build(CLASSIFY, dtype, **options)
    tags, labels = (network(rows(), torch.tensor(LENGTHS)) for network in (tagger, classifier))
    for b, length in enumerate(LENGTHS):
        row = array(rows()[b, :length])
        nodes = expected_nodes(row, tagger.encoder)
        expected = nodes @ array(tagger.project.weight).T + array(tagger.project.bias)
        np.testing.assert_allclose(tags[b, :length], expected, atol=tolerance)
        read = expected_nodes(row, classifier.encoder) @ array(classifier.readout.weight).T
        gate, value = np.split(read + array(classifier.readout.bias), 2, axis=1)
        np.testing.assert_allclose(labels[b], np.tanh((sigmoid(gate) * np.tanh(value)).mean(0)), atol=tolerance)


def test_neighbours_stand_in_the_order_of_their_offsets() -> None:
    h = torch.arange(1.0, 5.0).view(1, 4, 1)
    assert neighbours(h, 2)[0].tolist() == [[0, 0, 2, 3], [0, 1, 3, 4], [1, 2, 4, 0], [2, 3, 0, 0]]


@pytest.mark.parametrize("options", [{"steps": 1, "window": 2}, {"steps": 2, "window": 1}, {"layers": 3, "steps": 1}])
@torch.no_grad()
def test_a_message_travels_one_window_a_round(options: dict[str, int]) -> None:
    config = GNNConfig(**options)
    network, reach = build(TAG, **options), config.layers * config.steps * config.window
    given = rows().repeat(1, 2)
    changed = given.clone()
    changed[:, 7] = 6 + (changed[:, 7] - 5) % 44
    moved = ((network(given) - network(changed)).abs().amax((0, 2)) > 1e-12).nonzero().flatten().tolist()
    assert moved == list(range(7 - reach, min(7 + reach, 13) + 1))


@torch.no_grad()
def test_the_order_of_neighbours_matters_by_the_type_of_their_edges() -> None:
    network = build(CLASSIFY)
    assert float((network(rows()) - network(rows().flip(1))).abs().max()) > 1e-3
    for layer in network.encoder.layers:  # with one type of edge, a row and its mirror image are the same graph
        blocks = layer.edges.weight.view(INNER, -1, INNER)
        blocks.copy_(blocks[:, :1].expand_as(blocks))
    torch.testing.assert_close(network(rows()), network(rows().flip(1)), atol=1e-12, rtol=0)


def test_a_causal_tag_is_refused() -> None:
    with pytest.raises(NotApplicable, match="both sides"):
        build(Tag(vocabulary=50, max_length=20, outputs=5, causal=True))


@pytest.mark.parametrize("target", [100_000, 1_000_000, 10_000_000])
@pytest.mark.parametrize(
    "interface",
    [Classify(vocabulary=256, max_length=64, outputs=4), Tag(vocabulary=256, max_length=64, outputs=9)],
    ids=lambda interface: interface.name,
)
def test_size_is_met_to_one_percent(interface: Interface, target: int) -> None:
    solution = sizing.solve(ARCHITECTURE, {}, GNNConfig(), interface, target)
    assert abs(solution.sizing.parameters - target) <= 0.01 * target
    assert f"width {solution.config.width}, inner {solution.config.inner}" in describe(
        GNNConfig(width=solution.config.width, inner=solution.config.inner), interface
    )


@parametrize_with_checks([Model(card(), {"layers": 2, "steps": 2, "window": 3})], quick=True)
def test_the_rules_of_models_hold_with_other_options_too(examined: Any, check: Any) -> None:
    check(examined)
