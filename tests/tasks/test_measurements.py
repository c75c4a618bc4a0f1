"""Measurements against models whose answer is known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seqharness.data.rows import Rows
from seqharness.decoding.settings import Decoding
from seqharness.errors import NotApplicable
from seqharness.interfaces import BOS, CausalLM, Classify, Interface, SequenceToSequence, Tag
from seqharness.modules.shared import Output, TokenEmbedding
from seqharness.registry import load_catalogue
from seqharness.training.objectives import Stopwatch, objective_for
from seqharness_tasks.measurements import attention, carried_state, context, gradients, samples

torch.set_num_threads(1)
LANGUAGE = CausalLM(vocabulary=16, max_length=40)
TRANSLATE = SequenceToSequence(vocabulary=20, max_length=40, targets=20, shared=True)


class Trained:
    """A network and rows, as the engine hands them over."""

    splits: Sequence[str] = ("test",)
    device = torch.device("cpu")

    def __init__(self, network: nn.Module, interface: Interface, rows: Mapping[str, Rows]) -> None:
        self.network, self.interface, self._rows = network.eval(), interface, rows
        self.objective = objective_for(interface)

    def initial(self) -> nn.Module:
        return self.network

    def examples(self, split: str) -> Any:
        return []

    def rows(self, split: str) -> Mapping[str, Rows]:
        return self._rows

    def batch(self, rows: Mapping[str, Rows], indices: Sequence[int]) -> Any:
        return self.objective.batch(rows, np.asarray(indices), self.device)

    def scored(self, network: nn.Module, batch: Any) -> Any:
        return self.objective.scored(network, batch)

    def position_losses(self, network: nn.Module, scored: Any) -> Tensor:
        return self.objective.position_losses(network, scored)

    @torch.no_grad()
    def losses(self, rows: Mapping[str, Rows]) -> list[tuple[float, ...]]:
        return self.objective.row_losses(self.network, self.batch(rows, range(len(rows["tokens"]))))

    @torch.no_grad()
    def generate(self, rows: Mapping[str, Rows], indices: Sequence[int]) -> list[list[int]]:
        found = self.objective.predict(self.network, self.batch(rows, indices), Decoding(), Stopwatch())
        return [list(prediction.output) for prediction in found]

    def text(self, ids: Sequence[Sequence[int]]) -> list[Any]:
        return [" ".join(map(str, row)) for row in ids]

    def pieces(self, field: str, ids: Sequence[int]) -> list[str]:
        return [f"{field[0]}{number}" for number in ids]


def built(name: str, interface: Interface, **options: Any) -> nn.Module:
    architecture: Any = load_catalogue().model(name).card.load()
    torch.manual_seed(0)
    config = architecture.config(width=16, inner=24, **options)
    network: nn.Module = architecture.serves[type(interface)](config, interface)
    return network


def random_rows(count: int, size: int, types: int = 16, seed: int = 0) -> Rows:
    generator = np.random.default_rng(seed)
    return Rows.of(generator.integers(6, types, (count, size)).tolist())


class Leaky(nn.Module):
    """h_t = a h_{t-1} + x_t: the gradient falls by the factor a with every step."""

    def __init__(self, keep: float, outputs: int = 16) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.keep, self.embedding, self.output = keep, TokenEmbedding(16, 8), Output(8, outputs)

    def forward(self, tokens: Tensor, lengths: Any = None, state: Any = None) -> tuple[Tensor, Any]:
        hidden = torch.zeros(len(tokens), 8) if state is None else state
        steps = []
        for x in self.embedding(tokens).unbind(1):
            hidden = self.keep * hidden + x
            steps.append(hidden)
        return torch.stack(steps, 1), hidden


@pytest.mark.parametrize("keep", [0.5, 0.9, 1.1])
def test_the_slope_of_the_gradient_is_that_of_a_linear_recurrence(keep: float) -> None:
    trained = Trained(Leaky(keep), LANGUAGE, {"tokens": random_rows(10, 12)})
    found = gradients.measure(trained, np.random.default_rng(0))
    assert [number.value for number in found.numbers] == [pytest.approx(math.log(keep), rel=1e-4)] * 2
    line = found.figures[0].lines[1]
    assert line.x == [float(d) for d in range(1, 13)]
    assert line.y[3] == pytest.approx(keep**3, rel=1e-4)


def test_the_distance_runs_through_decoder_and_a_source_read_in_one_direction() -> None:
    rows = {"source": random_rows(10, 6, 20), "target": random_rows(10, 5, 20, seed=1)}

    def reached(**options: Any) -> int:
        trained = Trained(built("lstm", TRANSLATE, **options), TRANSLATE, rows)
        return len(gradients.measure(trained, np.random.default_rng(0)).figures[0].lines[0].x)

    assert reached() == 5  # BOS and the five before the last
    assert reached(bidirectional=False) == 5 + 7  # and the source with its EOS


def test_there_is_no_distance_in_a_model_that_reads_from_both_sides() -> None:
    label, tag = Classify(vocabulary=16, max_length=20, outputs=2), Tag(vocabulary=16, max_length=20, outputs=2)
    rows = {"tokens": random_rows(10, 9), "label": Rows.of([[0]] * 10), "tags": Rows.of([[1] * 9] * 10)}
    for name, interface in (("lstm", label), ("transformer", label), ("transformer", tag)):
        with pytest.raises(NotApplicable, match="both sides"):
            gradients.measure(Trained(built(name, interface), interface, rows), np.random.default_rng(0))
    one_way = Trained(built("gru", label, bidirectional=False), label, rows)
    assert len(gradients.measure(one_way, np.random.default_rng(0)).figures[0].lines[0].x) == 8


class Echo(nn.Module):
    """Expects the token of three positions ago again, and nothing else matters to it."""

    def forward(self, tokens: Tensor, lengths: Any = None, state: Any = None) -> tuple[Tensor, Any]:
        past = F.pad(tokens, (2, 0))[:, : tokens.size(1)]
        return 6 * F.one_hot(past, 16).float(), None

    def output(self, features: Tensor) -> Tensor:
        return features


class Bag(Echo):
    """Looks at which tokens occurred, not at their order."""

    def forward(self, tokens: Tensor, lengths: Any = None, state: Any = None) -> tuple[Tensor, Any]:
        return 3 * F.one_hot(tokens, 16).float().cumsum(1).clamp(max=1), None


def repeating(count: int, period: int, size: int) -> Rows:
    generator = np.random.default_rng(0)
    return Rows.of([np.resize(generator.permutation(np.arange(6, 16))[:period], size).tolist() for _ in range(count)])


def test_the_reach_into_the_context_is_that_of_the_model() -> None:
    trained = Trained(Echo(), LANGUAGE, {"tokens": repeating(40, 3, 24)})
    found = {number.name: number.value for number in context.measure(trained, np.random.default_rng(0)).numbers}
    assert found == {"reach": 4.0, "order": 4.0}  # it needs three tokens; of the grid 0, 1, 2, 4, 8


def test_a_bag_of_words_looks_far_back_and_needs_no_order() -> None:
    generator = np.random.default_rng(0)
    own = [generator.choice(np.arange(6, 16), 3, replace=False) for _ in range(200)]  # of each text, three types
    rows = Rows.of([generator.choice(types, 24).tolist() for types in own])
    found = context.measure(Trained(Bag(), LANGUAGE, {"tokens": rows}), np.random.default_rng(0))
    numbers = {number.name: number.value for number in found.numbers}
    assert numbers["order"] == 0
    assert numbers["reach"] is None or numbers["reach"] >= 16  # every type of the other text is one too many
    replaced_by_others = context.replaced([np.arange(10) + 10 * k for k in range(4)], keep=2)
    assert replaced_by_others[0].tolist() == [20, 21, 22, 23, 4, 5, 6, 7, 8, 9]


def test_rows_without_a_context_are_not_applicable() -> None:
    with pytest.raises(NotApplicable, match="shorter than 12"):
        context.measure(Trained(Echo(), LANGUAGE, {"tokens": repeating(40, 3, 8)}), np.random.default_rng(0))


@pytest.mark.parametrize("name", ["transformer", "bahdanau", "luong", "decoder-only", "convs2s"])
def test_maps_are_the_attention_over_the_source(name: str) -> None:
    network = built(name, TRANSLATE)
    rows = {"source": random_rows(30, 7, 20), "target": random_rows(30, 5, 20)}
    if name == "decoder-only":
        with pytest.raises(NotApplicable, match="no maps"):
            attention.measure(Trained(network, TRANSLATE, rows), np.random.default_rng(0))
        return
    found = attention.measure(Trained(network, TRANSLATE, rows), np.random.default_rng(0))
    assert len(found.maps) == attention.MAPS
    for one in found.maps:
        values = np.array(one.values)
        assert values.shape == (len(one.rows), len(one.columns)) and len(one.columns) == 8
        assert values.sum(1) == pytest.approx(1.0, abs=1e-5)
        assert one.columns[-1] == "<eos>" and one.rows[-1] == "<eos>"
    assert found.numbers[0].value is not None and 1 / 8 <= found.numbers[0].value <= 1


def test_a_model_without_attention_has_no_maps() -> None:
    rows = {"source": random_rows(30, 7, 20), "target": random_rows(30, 5, 20)}
    with pytest.raises(NotApplicable, match="no maps"):
        attention.measure(Trained(built("lstm", TRANSLATE), TRANSLATE, rows), np.random.default_rng(0))


@pytest.mark.parametrize("kind", ["none", "causal", "bool", "float"])
def test_intercepted_weights_are_those_of_torch(kind: str) -> None:
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 4, generator=generator) for _ in range(3))
    masks = {"bool": torch.rand(2, 1, 5, 5, generator=generator) > 0.2, "float": torch.randn(5, 5, generator=generator)}
    mask = masks.get(kind)
    if kind == "bool":
        mask = masks["bool"] | torch.eye(5, dtype=torch.bool)
    with attention.captured(nn.Identity()) as found:
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=kind == "causal")
    torch.testing.assert_close(found[0] @ value, mixed)


def test_a_carried_state_reads_the_text_as_one() -> None:
    network = built("gru", LANGUAGE).eval()
    stream = random_rows(1, 50)[0].tolist()
    parts = carried_state.stream_losses(network, stream, 7, torch.device("cpu"))
    whole, _ = network(torch.tensor([[BOS, *stream[:-1]]]))
    logits = network.get_submodule("output")(whole[0])
    torch.testing.assert_close(parts, F.cross_entropy(logits, torch.tensor(stream), reduction="none"))
    rows = {
        "tokens": Rows.of([stream[:20], stream[10:30]]),
        "scored": Rows.of([[1] * 20 + [0], [0] * 10 + [1] * 10 + [0]]),
    }
    found = carried_state.measure(Trained(network, LANGUAGE, rows), np.random.default_rng(0))
    expected = carried_state.stream_losses(network, stream[:30], 40, torch.device("cpu")).mean()
    assert found.numbers[0].value == pytest.approx(math.exp(float(expected)), rel=1e-5)


def test_a_state_that_grows_is_not_carried() -> None:
    rows = {"tokens": random_rows(2, 9), "scored": Rows.of([[1] * 9 + [0]] * 2)}
    with pytest.raises(NotApplicable, match="separate texts"):
        alone = {"tokens": rows["tokens"]}
        carried_state.measure(Trained(built("gru", LANGUAGE), LANGUAGE, alone), np.random.default_rng(0))
    with pytest.raises(NotApplicable, match="grows"):
        carried_state.measure(Trained(built("transformer", LANGUAGE), LANGUAGE, rows), np.random.default_rng(0))


@pytest.mark.parametrize("name", ["lstm", "transformer", "encoder-decoder"])
def test_samples_are_drawn_from_the_model_and_depend_on_the_generator_alone(name: str) -> None:
    trained = Trained(built(name, LANGUAGE), LANGUAGE, {"tokens": random_rows(2, 9)})
    found = [samples.measure(trained, np.random.default_rng(seed)).texts for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2] and len(found[0]) == samples.TEXTS


def test_a_sample_follows_the_probabilities() -> None:
    class Certain(Echo):
        def forward(self, tokens: Tensor, lengths: Any = None, state: Any = None) -> tuple[Tensor, Any]:
            steps = 1 if state is None else state + 1
            return 100 * F.one_hot(torch.tensor([[6 + steps if steps < 4 else 2]]), 16).float(), steps

    texts = samples.measure(Trained(Certain(), LANGUAGE, {}), np.random.default_rng(0)).texts
    assert texts == ["7 8 9"] * samples.TEXTS
