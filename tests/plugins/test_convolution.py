"""Convolutional models against the papers' formulas in NumPy, one position and one window at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.overrides import TorchFunctionMode

from seqharness import sizing
from seqharness.contracts import ModelSpec
from seqharness.errors import NotApplicable, UserError
from seqharness.interfaces import CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag
from seqharness.modules.adapters import from_parts
from seqharness.specs import check_options, parse_names
from seqharness.testing import Model, parametrize_with_checks
from seqharness_plugins import convolution
from seqharness_plugins.convolution import convs2s, textcnn
from seqharness_plugins.convolution.convs2s import ConvS2SConfig
from seqharness_plugins.convolution.textcnn import TextCNNConfig
from seqharness_plugins.recurrent import gru
from seqharness_plugins.recurrent.parts import Decoder as RecurrentDecoder
from seqharness_plugins.recurrent.parts import Encoder as RecurrentEncoder
from seqharness_plugins.recurrent.parts import RecurrentConfig

torch.set_num_threads(1)
Array = npt.NDArray[np.float64]
CLASSIFY = Classify(vocabulary=50, max_length=20, outputs=3)
TAG = Tag(vocabulary=50, max_length=20, outputs=5)
LANGUAGE = CausalLM(vocabulary=50, max_length=20)
PAIR = SequenceToSequence(vocabulary=50, max_length=20, targets=50, shared=True)
LENGTHS = [7, 3, 1]
WIDTH, INNER = 12, 10
PRECISIONS = pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])


def cards() -> dict[str, ModelSpec]:
    found: list[ModelSpec] = []
    convolution.register_models(register=found.append)
    return {card.name: card for card in found}


CARDS = cards()


def build(module: Any, interface: Interface, dtype: torch.dtype = torch.float64, **options: Any) -> Any:
    torch.manual_seed(0)
    config = module.ARCHITECTURE.config.model_validate({"width": WIDTH, "inner": INNER, **options})
    network = module.ARCHITECTURE.serves[type(interface)](config, interface).to(dtype).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return network


def rows(seed: int = 1) -> torch.Tensor:
    """Rows of 7, 3 and 1 tokens; in their padding stand tokens too, which nothing may see."""
    return torch.randint(6, 50, (3, 7), generator=torch.Generator().manual_seed(seed))


def array(tensor: Any) -> Array:
    return np.asarray(tensor.detach().numpy(), dtype=np.float64)


def affine(x: Array, layer: Any) -> Array:
    return np.asarray(x @ array(layer.weight).T + array(layer.bias))


def softmax(x: Array) -> Array:
    return np.asarray(np.exp(x - x.max()) / np.exp(x - x.max()).sum())


# -------------------------------------------------------------------------------------------------------------- textcnn


def expected_maps(tokens: Array, encoder: Any) -> Array:
    """Every filter at every position of one row [T] -> [T, filters]: a sum over each window's tokens within the row."""
    x = array(encoder.embedding.weight)[tokens.astype(int)] * WIDTH**0.5
    found: list[list[float]] = []
    for t in range(len(x)):
        found.append([])
        for layer in encoder.convolutions:
            size = layer.kernel_size[0]
            for filters, bias in zip(array(layer.weight), array(layer.bias), strict=True):
                window = range(t - (size - 1) // 2, t + size // 2 + 1)
                total = sum(filters[:, place] @ x[at] for place, at in enumerate(window) if 0 <= at < len(x))
                found[-1].append(max(0.0, float(total + bias)))
    return np.array(found)


@PRECISIONS
@pytest.mark.parametrize("kernels", ["3-4-5", "2", "9-1-2"])
@torch.no_grad()
def test_textcnn_equals_a_loop_over_windows_also_in_rows_shorter_than_one(
    kernels: str, dtype: torch.dtype, tolerance: float
) -> None:
    tagger = build(textcnn, TAG, dtype, kernels=kernels)
    classifier = build(textcnn, CLASSIFY, dtype, kernels=kernels)
    tags, labels = (network(rows(), torch.tensor(LENGTHS)) for network in (tagger, classifier))
    for b, length in enumerate(LENGTHS):
        row = array(rows()[b, :length])
        maps = expected_maps(row, tagger.encoder)
        np.testing.assert_allclose(tags[b, :length], affine(maps, tagger.project), atol=tolerance)
        pooled = expected_maps(row, classifier.encoder).max(0)
        np.testing.assert_allclose(labels[b], affine(pooled, classifier.project), atol=tolerance)


def test_textcnn_drops_units_of_the_penultimate_layer_and_nothing_else() -> None:
    classifier = build(textcnn, CLASSIFY, dropout=0.5).train()
    given: list[torch.Tensor] = []
    classifier.project.register_forward_pre_hook(lambda layer, inputs: given.append(inputs[0]))
    for seed in range(2):
        torch.manual_seed(seed)
        classifier(rows(), torch.tensor(LENGTHS))
    whole = classifier.encoder(rows()[:1]).amax(1)[0]
    for found in given:
        kept = found[0] != 0
        torch.testing.assert_close(found[0][kept], 2 * whole[kept])  # kept units are divided by 1 - 0.5
    assert not torch.equal(given[0] == 0, given[1] == 0)


@given(st.lists(st.integers(1, 99), min_size=1, max_size=5))
def test_kernels_survive_the_command_line(sizes: list[int]) -> None:
    written = "-".join(map(str, sizes))
    name, other = parse_names(f"textcnn:kernels={written}:dropout=0.2,convs2s")
    config = check_options(TextCNNConfig, dict(name.options), "model textcnn")
    assert config.sizes == tuple(sizes)
    assert (config.kernels, other.name) == (written, "convs2s")


@given(st.text(alphabet="0123456789-,+. x", max_size=8))
def test_kernels_are_sizes_or_refused(text: str) -> None:
    parts = text.split("-")
    if all(part.isdigit() and not part.startswith("0") for part in parts):
        assert TextCNNConfig(kernels=text).sizes == tuple(map(int, parts))
    else:
        with pytest.raises(UserError, match="hyphens between, such as 3-4-5"):
            check_options(TextCNNConfig, {"kernels": text}, "model textcnn")


def test_textcnn_has_one_layer() -> None:
    with pytest.raises(UserError, match=r"layers=2: textcnn has a single layer of convolutions; convs2s stacks them"):
        check_options(TextCNNConfig, {"layers": "2"}, "model textcnn")


def test_textcnn_refuses_to_tag_without_looking_ahead() -> None:
    with pytest.raises(NotApplicable, match="both sides"):
        build(textcnn, Tag(vocabulary=50, max_length=20, outputs=5, causal=True))


# -------------------------------------------------------------------------------------------------------------- convs2s


def embed(tokens: Array, part: Any) -> Array:
    """(embedding + position) sqrt(1/2) / 10, both as of variance 1."""
    tables = array(part.embedding.weight)[tokens.astype(int)], array(part.positions.weight)[: len(tokens)]
    return np.asarray((tables[0] + tables[1]) * math.sqrt(WIDTH) * math.sqrt(0.5) / 10)


def gated(x: Array, before: int, layer: Any) -> Array:
    """GLU of a convolution: at each position, over the window that begins `before` positions earlier."""
    filters, bias = array(layer.convolution.weight), array(layer.convolution.bias)  # [2 I, I, k]
    found = []
    for t in range(len(x)):
        total = bias.copy()
        for place in range(filters.shape[2]):
            if 0 <= t - before + place < len(x):
                total += filters[:, :, place] @ x[t - before + place]
        a, b = np.split(total, 2)
        found.append(a / (1 + np.exp(-b)))
    return np.array(found)


def expected_memory(tokens: Array, encoder: Any) -> Array:
    """z + e of one row, at variance 1."""
    embedded = embed(tokens, encoder)
    x = affine(embedded, encoder.into)
    for layer in encoder.layers:
        x = (gated(x, layer.convolution.kernel_size[0] // 2, layer) + x) * math.sqrt(0.5)
    return np.asarray((affine(x, encoder.out) + embedded) * math.sqrt(0.5) * 10)


def expected_features(tokens: Array, source: Array | None, decoder: Any) -> Array:
    """The decoder of one row, position by position, with multi-step attention over m_j = (z_j + e_j) sqrt(1/2)."""
    embedded = embed(tokens, decoder)
    x = affine(embedded, decoder.into)
    for layer in decoder.layers:
        y = gated(x, layer.convolution.convolution.kernel_size[0] - 1, layer.convolution)
        if source is not None:
            m = source / 10
            for i in range(len(y)):
                d = (affine(y[i], layer.attention.query) + embedded[i]) * math.sqrt(0.5)
                weights = softmax(np.array([d @ (array(decoder.key.weight) @ m_j) for m_j in m]))
                c = math.sqrt(len(m)) * sum(weight * m_j for weight, m_j in zip(weights, m, strict=True))
                y[i] = (y[i] + affine(c, layer.attention.out)) * math.sqrt(0.5)
        x = (y + x) * math.sqrt(0.5)
    return affine(x, decoder.out) * 10


@PRECISIONS
@pytest.mark.parametrize(("layers", "kernel"), [(1, 3), (3, 5)])
@torch.no_grad()
def test_encoder_and_multi_step_attention_equal_the_formulas(
    layers: int, kernel: int, dtype: torch.dtype, tolerance: float
) -> None:
    network = build(convs2s, PAIR, dtype, layers=layers, kernel=kernel)
    memory = network.encode(rows(), torch.tensor(LENGTHS))
    target = rows(seed=2)
    found, _ = network.decode(target, memory, None, torch.tensor([5, 7, 2]))
    for b, (length, written) in enumerate(zip(LENGTHS, [5, 7, 2], strict=True)):
        source = expected_memory(array(rows()[b, :length]), network.encoder)
        np.testing.assert_allclose(memory.features[b, :length], source, atol=tolerance)
        np.testing.assert_allclose(memory.summary[b], source.mean(0), atol=tolerance)
        expected = expected_features(array(target[b, :written]), source, network.decoder)
        np.testing.assert_allclose(found[b, :written], expected, atol=tolerance)


@torch.no_grad()
def test_language_model_equals_the_formulas_token_by_token_too() -> None:
    network = build(convs2s, LANGUAGE, layers=2)
    state, steps = None, []
    for token in rows().split(1, 1):
        features, state = network(token, None, state)
        steps.append(features)
    for b in range(3):
        expected = expected_features(array(rows()[b]), None, network.decoder)
        np.testing.assert_allclose(network(rows())[0][b], expected, atol=1e-10)
        np.testing.assert_allclose(torch.cat(steps, 1)[b], expected, atol=1e-10)


@torch.no_grad()
def test_state_holds_each_rows_last_real_inputs_and_the_keys_are_computed_once() -> None:
    network = build(convs2s, PAIR, layers=2, kernel=5)
    computed: list[torch.Tensor] = []
    network.decoder.key.register_forward_hook(lambda layer, given, result: computed.append(result))
    memory = network.encode(rows(), torch.tensor(LENGTHS))
    _, state = network.decode(rows(seed=2), memory, None, torch.tensor(LENGTHS))
    for b, length in enumerate(LENGTHS):
        first = affine(embed(array(rows(seed=2)[b, :length]), network.decoder), network.decoder.into)
        expected = np.concatenate([np.zeros((4, INNER)), first])[-4:]
        np.testing.assert_allclose(state.windows[0][b], expected, atol=1e-12)
    for _ in range(3):
        _, state = network.decode(rows(seed=3)[:, :1], memory, state)
    assert len(computed) == 1
    assert state.read.tolist() == [length + 3 for length in LENGTHS]


@pytest.mark.parametrize(("layers", "kernel"), [(2, 3), (1, 5)])
@torch.no_grad()
def test_a_position_sees_as_many_others_as_described(layers: int, kernel: int) -> None:
    config = ConvS2SConfig(layers=layers, kernel=kernel)
    assert f"last {config.sees} positions" in convs2s.describe(config, LANGUAGE)
    assert f"see {config.sees} positions" in convs2s.describe(config, TAG)
    changed = rows().repeat(1, 2)
    changed[:, 6] = 6 + (changed[:, 6] - 5) % 44
    for interface, first, last in (LANGUAGE, 6, 5 + config.sees), (TAG, 6 - config.sees // 2, 6 + config.sees // 2):
        network = build(convs2s, interface, layers=layers, kernel=kernel)
        before, after = (network(given) for given in (rows().repeat(1, 2), changed))
        if interface is LANGUAGE:
            before, after = before[0], after[0]
        moved = ((before - after).abs().amax((0, 2)) > 1e-12).nonzero().flatten().tolist()
        assert moved == list(range(first, last + 1))


class Attentions(TorchFunctionMode):
    """Keeps what every call of scaled_dot_product_attention was given."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[torch.Tensor, ...]] = []

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function is torch.nn.functional.scaled_dot_product_attention:
            self.calls.append((*args, kwargs["attn_mask"]))
        return function(*args, **(kwargs or {}))


@torch.no_grad()
def test_attention_of_every_layer_can_be_seen_from_outside_and_leaves_padding_alone() -> None:
    network = build(convs2s, PAIR, layers=3)
    with Attentions() as seen:
        network.decode(rows(seed=2), network.encode(rows(), torch.tensor(LENGTHS)))
    assert len(seen.calls) == 3
    for query, keys, values, mask in seen.calls:
        assert (query.shape, keys.shape, values.shape) == ((3, 1, 7, WIDTH),) * 3
        assert mask.sum(-1).flatten().tolist() == LENGTHS


@pytest.mark.parametrize("interface", [LANGUAGE, PAIR, MaskedLM(vocabulary=50, max_length=20)], ids=lambda i: i.name)
@pytest.mark.parametrize("layers", [1, 4, 20])
@torch.no_grad()
def test_variance_is_kept_through_any_depth_so_that_training_starts_at_the_loss_of_guessing(
    interface: Any, layers: int
) -> None:
    torch.manual_seed(0)
    config = ConvS2SConfig(width=96, inner=96, layers=layers)
    network: Any = convs2s.ARCHITECTURE.serves[type(interface)](config, interface).eval()
    tokens = torch.randint(6, 50, (16, 18))
    if isinstance(interface, SequenceToSequence):
        memory = network.encode(torch.randint(6, 50, (16, 12)))
        assert 0.8 < float(memory.features.std()) < 1.25
        features = network.decode(tokens, memory)[0]
    else:
        features = network(tokens)[0] if isinstance(interface, CausalLM) else network(tokens)
    assert 0.5 < float(features.std()) < 1.5
    loss = torch.nn.functional.cross_entropy(network.output(features).flatten(0, 1), tokens.flatten())
    assert float(loss) < math.log(50) + 1.0


def test_even_kernels_are_refused() -> None:
    with pytest.raises(UserError, match="odd number of positions"):
        check_options(ConvS2SConfig, {"kernel": "4"}, "model convs2s")


def test_a_row_longer_than_the_positions_is_refused_at_once_and_step_by_step() -> None:
    network = build(convs2s, LANGUAGE)
    with pytest.raises(ValueError, match="21 tokens is longer than the 20 positions"):
        network(torch.full((1, 21), 7))
    _, state = network(torch.full((1, 20), 7))
    with pytest.raises(ValueError, match="21 tokens is longer than the 20 positions"):
        network(torch.full((1, 1), 7), None, state)


def recurrent_encoder(config: Any, embedding: Any, interface: Any) -> Any:
    return RecurrentEncoder(gru.CELL, RecurrentConfig(width=config.width, inner=8, dropout=0.0), embedding, interface)


def recurrent_decoder(config: Any, embedding: Any, interface: Any, reads_memory: bool) -> Any:
    settings = RecurrentConfig(width=config.width, inner=8, dropout=0.0)
    return RecurrentDecoder(gru.CELL, settings, embedding, interface, reads_memory)


@pytest.mark.parametrize(
    ("encoder", "decoder"), [(convs2s.Encoder, recurrent_decoder), (recurrent_encoder, convs2s.Decoder)]
)
def test_encoder_and_decoder_can_be_mixed_with_those_of_another_family(encoder: Any, decoder: Any) -> None:
    torch.manual_seed(0)
    config = ConvS2SConfig(width=WIDTH, inner=INNER, dropout=0.0)
    network: Any = from_parts(encoder, decoder)[SequenceToSequence](config, PAIR).double()
    found, _ = network.decode(rows(seed=2), network.encode(rows(), torch.tensor(LENGTHS)))
    for b, length in enumerate(LENGTHS):
        alone, _ = network.decode(rows(seed=2)[b : b + 1], network.encode(rows()[b : b + 1, :length]))
        torch.testing.assert_close(found[b], alone[0], atol=1e-10, rtol=0)
    found.square().sum().backward()
    assert all(bool(p.grad.abs().sum() > 0) for p in network.encoder.parameters())


# ----------------------------------------------------------------------------------------------------------------- both


@pytest.mark.parametrize("target", [100_000, 1_000_000, 10_000_000])
@pytest.mark.parametrize(
    ("name", "interface"),
    [("textcnn", Classify), ("textcnn", Tag), ("convs2s", Tag), ("convs2s", CausalLM), ("convs2s", SequenceToSequence)],
)
def test_size_is_met_to_one_percent(name: str, interface: Any, target: int) -> None:
    extra = {
        Classify: {"outputs": 4},
        Tag: {"outputs": 9},
        SequenceToSequence: {"targets": 256, "shared": True},
    }
    problem = interface(vocabulary=256, max_length=64, **extra.get(interface, {}))
    architecture: Any = CARDS[name].load()
    solution = sizing.solve(architecture, {}, architecture.config(), problem, target)
    assert abs(solution.sizing.parameters - target) <= 0.01 * target


@parametrize_with_checks(
    [
        Model(CARDS["textcnn"], {"kernels": "2-9"}),
        Model(CARDS["convs2s"], {"layers": 2, "kernel": 5, "tied": False}),
    ],
    quick=True,
)
def test_the_rules_of_models_hold_with_other_options_too(examined: Any, check: Any) -> None:
    check(examined)
