"""What every network promises, held on every interface that it serves, in float64."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from seqharness.contracts import ModelSpec
from seqharness.errors import NotApplicable
from seqharness.interfaces import PAD, CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag
from seqharness.modules.adapters import as_prefix
from seqharness.modules.rows import count_bytes, repeat_rows, take_rows, tensors
from seqharness_plugins import attention, recurrent, transformer
from seqharness_plugins.recurrent.lstm import CELL
from seqharness_plugins.recurrent.parts import Decoder
from seqharness_plugins.transformer.transformer import Decoder as TransformerDecoder

torch.set_num_threads(1)
LSTMDecoder = partial(Decoder, CELL)
EXAMPLE = Path(__file__).parents[2] / "examples" / "harness-plugin-example" / "harness_plugin_example.py"


def plugin(path: Path) -> Any:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def cards() -> dict[str, ModelSpec]:
    found: list[ModelSpec] = []
    for module in (recurrent, attention, transformer, plugin(EXAMPLE), plugin(Path(__file__).with_name("mixers.py"))):
        module.register_models(register=found.append)
    return {card.name: card for card in found}


CARDS = cards()
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "transformer": [
        {"position": "none", "tied": False},
        {"norm_position": "post", "activation": "gelu", "position": "learned"},
    ],
    "gru": [{"layers": 2}],
    "bahdanau": [{"layers": 2, "cell": "lstm"}, {"cell": "rnn"}],
    "luong": [{"score": "dot", "layers": 2}, {"score": "concat", "input_feeding": False, "cell": "lstm"}],
    "rnn": [{"activation": "relu", "layers": 2}],
    "lstm": [{"layers": 2, "context": "initial"}, {"bidirectional": False, "layers": 2}],
}
SIZE = {"width": 16, "inner": 12, "dropout": 0.2}
INTERFACES: list[Interface] = [
    Classify(vocabulary=40, max_length=12, outputs=3),
    Tag(vocabulary=40, max_length=12, outputs=5),
    Tag(vocabulary=40, max_length=12, outputs=5, causal=True),
    MaskedLM(vocabulary=40, max_length=12),
    CausalLM(vocabulary=40, max_length=12),
    SequenceToSequence(vocabulary=40, max_length=12, targets=40, shared=True),
    SequenceToSequence(vocabulary=40, max_length=12, targets=30, shared=False),
]


@dataclass(frozen=True)
class Case:
    """A network to be built: of a card, its options and an interface; or the decoder alone as a prefix model."""

    name: str
    options: tuple[tuple[str, Any], ...]
    interface: Interface
    decoder: Any = None

    def build(self, seed: int = 0, dtype: torch.dtype = torch.float64) -> Any:
        torch.manual_seed(seed)
        architecture: Any = CARDS[self.name].load()
        config = architecture.config(**(SIZE | dict(self.options)))
        build = as_prefix(self.decoder) if self.decoder else architecture.serves[type(self.interface)]
        return build(config, self.interface).to(dtype).eval()

    def __str__(self) -> str:
        options = ":".join(f"{key}={value}" for key, value in self.options)
        kind = self.interface.name + ("-causal" if getattr(self.interface, "causal", False) else "")
        kind += "-prefix" if self.decoder else ("" if getattr(self.interface, "shared", True) else "-separate")
        return f"{self.name}:{options}:{kind}"


CASES = [
    Case(name, tuple(options.items()), interface)
    for name, card in CARDS.items()
    for options in [{}, *VARIANTS.get(name, [])]
    for interface in INTERFACES
    if type(interface) in card.interfaces and not (name == "mean" and getattr(interface, "causal", False))
    if "bidirectional" not in options or isinstance(interface, SequenceToSequence)
]
CASES += [Case("transformer", (), INTERFACES[5], TransformerDecoder), Case("lstm", (), INTERFACES[5], LSTMDecoder)]
PAIRS = [case for case in CASES if isinstance(case.interface, SequenceToSequence)]
LANGUAGES = [case for case in CASES if isinstance(case.interface, CausalLM)]
READERS = [case for case in CASES if case not in PAIRS and case not in LANGUAGES]
every = pytest.mark.parametrize("case", CASES, ids=str)
generating = pytest.mark.parametrize("case", LANGUAGES + PAIRS, ids=str)

SOURCE_LENGTHS, LENGTHS = torch.tensor([7, 3, 5, 1, 4]), torch.tensor([6, 4, 2, 5, 1])


def rows(lengths: Tensor, vocabulary: int, seed: int) -> Tensor:
    """Random tokens [B, T], padded on the right."""
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(6, vocabulary, (len(lengths), int(lengths.max())), generator=generator)
    return tokens.masked_fill(torch.arange(tokens.size(1)) >= lengths.unsqueeze(1), PAD)


@dataclass
class Batch:
    """Inputs for any interface; only sequence to sequence uses the source."""

    tokens: Tensor
    lengths: Any
    source: Tensor
    source_lengths: Any

    def row(self, b: int) -> Batch:
        """One row without its padding and without lengths."""
        tokens, source = self.tokens[b : b + 1, : self.lengths[b]], self.source[b : b + 1, : self.source_lengths[b]]
        return Batch(tokens, None, source, None)


def batch(case: Case) -> Batch:
    tokens = rows(LENGTHS, case.interface.outputs_per_position if case in PAIRS else 40, seed=1)
    return Batch(tokens, LENGTHS, rows(SOURCE_LENGTHS, 40, seed=2), SOURCE_LENGTHS)


def features(case: Case, network: Any, given: Batch) -> tuple[Tensor, Any, Any]:
    """Features, memory and state."""
    if case in READERS:
        return network(given.tokens, given.lengths), None, None
    if case in LANGUAGES:
        result, state = network(given.tokens, given.lengths)
        return result, None, state
    memory = network.encode(given.source, given.source_lengths)
    result, state = network.decode(given.tokens, memory, None, given.lengths)
    return result, memory, state


def step(case: Case, network: Any, tokens: Tensor, memory: Any, state: Any) -> Any:
    """Features and state after more tokens."""
    return network(tokens, None, state) if case in LANGUAGES else network.decode(tokens, memory, state)


def real(result: Tensor, b: int) -> Tensor:
    return result[b, : LENGTHS[b]] if result.dim() == 3 else result[b]  # without padding, or a pooled row


@pytest.mark.parametrize("name", CARDS)
def test_card_tells_what_is_served(name: str) -> None:
    card = CARDS[name]
    architecture: Any = card.load()
    assert set(card.interfaces) == set(architecture.serves)
    assert architecture.config.model_validate(architecture.config().model_dump()) == architecture.config()
    for interface in (each for each in INTERFACES if type(each) in card.interfaces):
        assert f"width {architecture.config().width}" in architecture.describe(architecture.config(), interface)


@every
@torch.no_grad()
def test_padding_changes_nothing_and_a_batch_equals_its_rows(case: Case) -> None:
    network, given = case.build(), batch(case)
    result, _, _ = features(case, network, given)
    wide = Batch(
        nn.functional.pad(given.tokens, (0, 3)), given.lengths, nn.functional.pad(given.source, (0, 2)), SOURCE_LENGTHS
    )
    wide.tokens[wide.tokens == PAD] = 7  # whatever stands in the padding
    wide.source[wide.source == PAD] = 8
    padded, _, _ = features(case, network, wide)
    for b in range(len(LENGTHS)):
        alone, _, _ = features(case, network, given.row(b))
        torch.testing.assert_close(real(result, b), alone[0], atol=1e-10, rtol=0)
        torch.testing.assert_close(real(padded, b), alone[0], atol=1e-10, rtol=0)


@generating
@torch.no_grad()
def test_cached_equals_uncached_after_rows_were_reordered_repeated_and_dropped(case: Case) -> None:
    network, given = case.build(), batch(case)
    more = rows(torch.full((5,), 4), 30, seed=3)  # four more tokens for every row
    _, memory, state = features(case, network, given)  # rows of different lengths
    origin, chosen = torch.arange(5), [None, torch.tensor([3, 0, 0, 4, 2]), torch.tensor([4, 1])]
    for t, indices in enumerate([*chosen, None]):
        if indices is not None:
            memory, state, origin = take_rows(memory, indices), take_rows(state, indices), origin[indices]
        result, state = step(case, network, more[origin, t : t + 1], memory, state)
        for b, first in enumerate(origin.tolist()):
            alone = given.row(first)
            alone.tokens = torch.cat([alone.tokens, more[first : first + 1, : t + 1]], 1)
            whole, _, _ = features(case, network, alone)
            torch.testing.assert_close(result[b, 0], whole[0, -1], atol=1e-10, rtol=0)


@generating
@torch.no_grad()
def test_steps_and_chunks_equal_the_whole(case: Case) -> None:
    network, given = case.build(), batch(case)
    given = Batch(rows(torch.full((5,), 6), 30, seed=4), None, given.source, SOURCE_LENGTHS)
    whole, memory, _ = features(case, network, given)
    for sizes in ([1] * 6, [2, 3, 1]):
        state, parts = None, []
        for chunk in given.tokens.split(sizes, 1):
            result, state = step(case, network, chunk, memory, state)
            parts.append(result)
        torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-10, rtol=0)


@generating
@torch.no_grad()
def test_states_and_memories_have_the_batch_first(case: Case) -> None:
    network, given = case.build(), batch(case)
    _, memory, state = features(case, network, given)
    found = [*tensors(memory), *tensors(state)]
    assert found and all(leaf.size(0) == 5 for leaf in found)
    assert count_bytes(repeat_rows(state, 3)) == 3 * count_bytes(state) > 0


@every
@torch.no_grad()
def test_who_sees_the_future(case: Case) -> None:
    network = case.build()
    given = Batch(rows(torch.full((5,), 6), 30, seed=5), None, rows(torch.full((5,), 7), 30, seed=6), None)
    before, _, _ = features(case, network, given)
    given.tokens = given.tokens.clone()
    given.tokens[:, -1] = 6 + (given.tokens[:, -1] - 5) % 24
    after, _, _ = features(case, network, given)
    causal = case not in READERS or getattr(case.interface, "causal", False)
    first = (before[:, :-1] - after[:, :-1]).abs().amax((1, 2)) if before.dim() == 3 else (before - after).abs().amax(1)
    assert bool((first == 0).all()) if causal else bool((first > 1e-9).all())
    assert before.dim() == 2 or bool(((before[:, -1] - after[:, -1]).abs().amax(1) > 1e-9).all())


@every
def test_full_rows_on_the_meta_device(case: Case) -> None:
    with torch.device("meta"):
        network = case.build(dtype=torch.float32)
        given = Batch(torch.ones(2, 6).long(), None, torch.ones(2, 7).long(), None)
        result, memory, state = features(case, network, given)
        logits = network.output(result)
    assert result.is_meta and result.shape[-1] == 16 and logits.shape[-1] == case.interface.outputs_per_position
    real_network = case.build(dtype=torch.float32)
    given = Batch(torch.full((2, 6), 7), None, torch.full((2, 7), 8), None)
    result, real_memory, real_state = features(case, real_network, given)
    assert (count_bytes(memory), count_bytes(state)) == (count_bytes(real_memory), count_bytes(real_state))
    assert [p.shape for p in network.parameters()] == [p.shape for p in real_network.parameters()]


@every
def test_gradients_are_finite_and_reach_every_parameter(case: Case) -> None:
    network, given = case.build().train(), batch(case)
    result, _, _ = features(case, network, given)
    if result.dim() == 3:
        result = result[given.tokens != PAD]
    targets = torch.arange(len(result)) % case.interface.outputs_per_position
    nn.functional.cross_entropy(network.output(result), targets).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.isfinite().all()) and bool(parameter.grad.abs().sum() > 0), name
        if "embedding" in name and parameter.size(0) == case.interface.vocabulary:
            assert not bool(parameter.grad[PAD].any())


@every
@torch.no_grad()
def test_weights_come_from_the_seed_and_survive_a_round_trip(case: Case) -> None:
    one, same, other, given = case.build(seed=1), case.build(seed=1), case.build(seed=2), batch(case)
    weights = one.state_dict()
    assert all(torch.equal(value, same.state_dict()[name]) for name, value in weights.items())
    assert any(not torch.equal(value, other.state_dict()[name]) for name, value in weights.items())
    other.load_state_dict(weights)
    assert torch.equal(features(case, one, given)[0], features(case, other, given)[0])


@every
@torch.no_grad()
def test_nothing_but_the_default_generator_is_touched(case: Case) -> None:
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    network, given = case.build(), batch(case)
    drawn = torch.get_rng_state()
    features(case, network, given)
    assert torch.equal(drawn, torch.get_rng_state())  # no chance in eval mode
    network.train()
    results = []
    for _ in range(2):
        torch.manual_seed(3)
        results.append(features(case, network, given)[0])
    assert torch.equal(*results) and not torch.equal(results[0], features(case, network, given)[0])
    assert (torch.get_num_threads(), torch.get_default_dtype()) == (threads, dtype)


def test_what_cannot_be_served_is_refused_with_a_reason() -> None:
    lstm, mean = (cast(Any, CARDS[name].load()) for name in ("lstm", "mean"))
    with pytest.raises(NotApplicable, match="both sides"):
        lstm.serves[CausalLM](lstm.config(**{"bidirectional": True}), INTERFACES[4])
    with pytest.raises(NotApplicable, match="look ahead"):
        mean.serves[Tag](mean.config(), INTERFACES[2])
    with pytest.raises(NotApplicable, match="one vocabulary"):
        as_prefix(LSTMDecoder)(lstm.config(), INTERFACES[6])
