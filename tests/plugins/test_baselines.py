"""What every baseline promises, on small generated sets; chance and majority in full."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqharness.contracts import Baseline, BaselineArchitecture, Example, Prediction, Split
from seqharness.data.rows import Rows
from seqharness.decoding.settings import Decoding
from seqharness.errors import NotApplicable
from seqharness.interfaces import (
    BOS,
    EOS,
    MASK,
    PAD,
    SEP,
    UNK,
    UNSCORED,
    CausalLM,
    Classify,
    Interface,
    MaskedLM,
    SequenceToSequence,
    Tag,
)
from seqharness.modules.masking import masked_positions
from seqharness.training.objectives import Stopwatch, objective_for
from seqharness_plugins.baselines import CARDS
from seqharness_plugins.baselines.targets import Text, predictable, scored_targets

torch.set_num_threads(1)

VOCABULARY, LABELS, TAGS = 20, 3, 4
WORDS = [f"word{number}" for number in range(VOCABULARY)]
INTERFACES: dict[str, Interface] = {
    "classify": Classify(vocabulary=VOCABULARY, max_length=12, outputs=LABELS),
    "regression": Classify(vocabulary=VOCABULARY, max_length=12, outputs=1, loss="squared"),
    "tag": Tag(vocabulary=VOCABULARY, max_length=12, outputs=TAGS),
    "causal-lm": CausalLM(vocabulary=VOCABULARY, max_length=12),
    "causal-lm-answers": CausalLM(vocabulary=VOCABULARY, max_length=12, answers=True),
    "masked-lm": MaskedLM(vocabulary=VOCABULARY, max_length=12),
}
ARCHITECTURES: dict[str, Any] = {card.name: card.load() for card in CARDS}
BASELINES = {name: one for name, one in ARCHITECTURES.items() if isinstance(one, BaselineArchitecture)}
SMALL: Mapping[str, Mapping[str, Any]] = {"word2vec": {"width": 8, "epochs": 2}, "ppmi-svd": {"width": 8}}
CASES = [
    (name, kind)
    for name, architecture in BASELINES.items()
    for kind, interface in INTERFACES.items()
    if type(interface) in architecture.serves
    and (name, kind) not in {("majority", "regression"), ("ngram", "regression")}
]
every = pytest.mark.parametrize(("name", "kind"), CASES, ids=lambda value: str(value))


def generated(kind: str, size: int, seed: int) -> Split:
    """Rows of 1 to 9 tokens; labels, tags and values that depend on them."""
    rng = np.random.default_rng(seed)
    rows = [rng.integers(6, VOCABULARY, size=rng.integers(1, 10)).tolist() for _ in range(size)]
    fields = {"tokens": Rows.of(rows)}
    if kind == "classify":
        fields["label"] = Rows.of([[row[0] % LABELS] for row in rows])
    if kind == "regression":
        fields["label"] = Rows.of([[sum(row) / 50] for row in rows], np.float32)
    if kind == "tag":
        fields["tags"] = Rows.of([[UNSCORED if token == 6 else token % TAGS for token in row] for row in rows])
    if kind.startswith("causal"):
        fields["scored"] = Rows.of([rng.integers(0, 3, size=len(row) + 1).clip(max=1) for row in rows])
    return Split([Example(" ".join(WORDS[token] for token in row), None) for row in rows], fields)


def fitted(name: str, kind: str, seed: int = 1) -> Baseline:
    architecture = BASELINES[name]
    baseline = architecture.serves[type(INTERFACES[kind])](architecture.config(**SMALL.get(name, {})), INTERFACES[kind])
    baseline.fit(generated(kind, 60, 1), generated(kind, 20, 2), np.random.default_rng(seed))
    return baseline


class Says(nn.Module):
    """A network that gives the same logits everywhere."""

    def __init__(self, interface: Interface, logits: Sequence[float]) -> None:
        super().__init__()
        self.interface = interface
        self.output = nn.Linear(1, len(logits))
        self.output.weight.data.zero_()
        self.output.bias.data = torch.tensor(logits, dtype=torch.float64)
        self.double()

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Any:
        shape = (len(tokens), 1) if isinstance(self.interface, Classify) else (*tokens.shape, 1)
        features = torch.zeros(shape, dtype=torch.float64)
        return (features, None) if isinstance(self.interface, CausalLM) else features


def of_network(interface: Interface, logits: Sequence[float], split: Split) -> list[Prediction]:
    """What the engine says of such a network."""
    objective = objective_for(interface)
    batch = objective.batch(split.rows, np.arange(len(split)), torch.device("cpu"))
    network = Says(interface, logits).eval()
    with torch.no_grad():
        return objective.predict(network, batch, Decoding(), Stopwatch())


# ------------------------------------------------------------------------------------------------------- every baseline


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_cards_tell_what_is_served_and_every_option_has_its_reason(card: Any) -> None:
    architecture = ARCHITECTURES[card.name]
    assert set(card.interfaces) == set(architecture.serves)
    assert card.baseline is isinstance(architecture, BaselineArchitecture)
    for name, field in architecture.config.model_fields.items():
        assert field.description, f"{card.name}: {name}"


def test_all_nine_are_there() -> None:
    assert set(ARCHITECTURES) == {
        "chance", "majority", "ngram", "bow", "fasttext", "word2vec", "ppmi-svd", "copy", "ibm1",
    }  # fmt: skip


@every
def test_one_prediction_an_example_comparable_with_a_networks(name: str, kind: str) -> None:
    baseline, test, interface = fitted(name, kind), generated(kind, 25, 3), INTERFACES[kind]
    assert isinstance(baseline, Baseline) and isinstance(baseline.parameters, int) and baseline.parameters >= 0
    predictions = baseline.predict(test)
    like = of_network(interface, [0.0] * interface.outputs_per_position, test)
    assert len(predictions) == len(like) == 25
    for prediction, network in zip(predictions, like, strict=True):
        assert prediction.losses is not None and network.losses is not None
        assert len(prediction.losses) == len(network.losses)
        assert all(math.isfinite(loss) and loss >= 0 for loss in prediction.losses)
        assert type(prediction.output) is type(network.output)
        if isinstance(network.output, list):
            assert len(prediction.output) == len(network.output)
            assert all(type(one) is int and 0 <= one < interface.outputs_per_position for one in prediction.output)
        assert (prediction.probabilities is None) == (network.probabilities is None)


@every
def test_losses_are_minus_log_of_what_was_given_to_the_target(name: str, kind: str) -> None:
    baseline, test = fitted(name, kind), generated(kind, 25, 3)
    for number, prediction in enumerate(baseline.predict(test)):
        assert prediction.losses is not None
        if kind == "classify":
            assert prediction.probabilities is not None and len(prediction.probabilities) == LABELS
            assert sum(prediction.probabilities) == pytest.approx(1, abs=1e-9)
            label = int(test.rows["label"][number][0])
            assert prediction.losses == pytest.approx((-math.log(prediction.probabilities[label]),), abs=1e-9)
            if name != "chance":
                assert prediction.output == [int(np.argmax(prediction.probabilities))]
        if kind == "regression":
            error = float(test.rows["label"][number][0]) - prediction.output
            assert prediction.losses == pytest.approx((error**2,))


@every
def test_chance_comes_from_the_generator_alone_and_only_where_it_is_said(name: str, kind: str) -> None:
    test = generated(kind, 25, 3)
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    states = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # type: ignore[index]
    one = fitted(name, kind)
    first = one.predict(test)
    assert states == (
        random.getstate(),
        np.random.get_state()[1].tolist(),  # type: ignore[index]
        torch.get_rng_state().tolist(),
    )
    assert first == one.predict(test) == fitted(name, kind).predict(test)
    if not BASELINES[name].random:
        assert first == fitted(name, kind, seed=2).predict(test)


@pytest.mark.parametrize(("name", "kind"), [("chance", "tag"), ("word2vec", "classify")])
def test_another_seed_gives_another_result_where_the_card_says_so(name: str, kind: str) -> None:
    test = generated(kind, 25, 3)
    assert BASELINES[name].random and fitted(name, kind).predict(test) != fitted(name, kind, seed=2).predict(test)


@pytest.mark.parametrize("name", ["ngram", "bow", "word2vec", "ppmi-svd", "fasttext"])
def test_inputs_without_tokens_are_refused_with_a_reason(name: str) -> None:
    architecture = ARCHITECTURES[name]
    reals = Classify(vocabulary=0, max_length=9, outputs=2, features=3)
    with pytest.raises(NotApplicable, match="real numbers"):
        architecture.serves[Classify](architecture.config(), reals)


# ------------------------------------------------------------------------------------------------------- what is scored


def test_the_text_of_a_language_model_is_bos_tokens_eos() -> None:
    rows = {"tokens": Rows.of([[7, 8], [], [9]]), "scored": Rows.of([[0, 1, 1], [1], [1, 0]])}
    text = Text.of(rows)
    assert text.tokens.tolist() == [BOS, 7, 8, EOS, BOS, EOS, BOS, 9, EOS]
    assert text.scored.astype(int).tolist() == [0, 0, 1, 1, 0, 1, 0, 1, 0]
    assert text.starts.tolist() == [0, 4, 6, 9]
    some = Text.of(rows, [2, 0])
    assert some.tokens.tolist() == [BOS, 9, EOS, BOS, 7, 8, EOS]
    assert some.scored.astype(int).tolist() == [0, 1, 0, 0, 0, 1, 1]
    assert Text.of(rows, []).tokens.tolist() == []


def test_masked_positions_are_a_share_of_a_row_and_at_least_one() -> None:
    rng = np.random.default_rng(0)
    rows = [rng.integers(6, 500, size=size) for size in (1, 2, 3, *[200] * 200)]
    masks = [masked_positions(row) for row in rows]
    assert all(mask.dtype == bool and len(mask) == len(row) for mask, row in zip(masks, rows, strict=True))
    assert [int(mask.sum()) >= 1 for mask in masks] == [True] * len(masks)
    assert np.mean([mask.mean() for mask in masks[3:]]) == pytest.approx(0.15, abs=0.01)
    assert masked_positions(rows[5].astype(np.int32)).tolist() == masks[5].tolist()
    assert masked_positions(np.zeros(0, np.int32)).tolist() == []


def test_what_can_be_predicted() -> None:
    plain, special = {"tokens": Rows.of([[7, 8]])}, {"tokens": Rows.of([[7, SEP, MASK]])}
    causal, masked = INTERFACES["causal-lm"], INTERFACES["masked-lm"]

    def never(interface: Interface, rows: Mapping[str, Rows]) -> set[int]:
        return set(np.flatnonzero(~predictable(interface, rows)).tolist())

    assert never(causal, plain) == {PAD, BOS, MASK, SEP} and never(causal, special) == {PAD, BOS}
    assert never(masked, plain) == {PAD, BOS, EOS, MASK, SEP} and never(masked, special) == {PAD, BOS, EOS}
    assert never(INTERFACES["tag"], plain) == set()


def test_an_interface_without_scored_positions_is_not_guessed_at() -> None:
    with pytest.raises(TypeError, match="sequence-to-sequence"):
        scored_targets(SequenceToSequence(vocabulary=9, max_length=9, targets=9, shared=True), {})


# -------------------------------------------------------------------------------------------------- chance and majority


@pytest.mark.parametrize("name", ["chance", "majority"])
@pytest.mark.parametrize("kind", [kind for kind in INTERFACES if kind != "regression"])
def test_the_losses_are_those_of_a_network_that_says_the_same_everywhere(name: str, kind: str) -> None:
    baseline: Any = fitted(name, kind)
    test = generated(kind, 25, 3)
    with np.errstate(divide="ignore"):
        logits = np.log(baseline.probabilities).clip(-1e6).tolist()
    expected = of_network(INTERFACES[kind], logits, test)
    for prediction, network in zip(baseline.predict(test), expected, strict=True):
        assert prediction.losses == pytest.approx(network.losses, abs=1e-6)
        if name == "majority":
            assert prediction.output == network.output
        if kind == "classify":
            assert prediction.probabilities == pytest.approx(network.probabilities, abs=1e-9)


@pytest.mark.parametrize(("kind", "choices"), [("classify", LABELS), ("tag", TAGS), ("causal-lm", VOCABULARY - 4)])
def test_chance_has_a_loss_of_log_k(kind: str, choices: int) -> None:
    losses = [loss for one in fitted("chance", kind).predict(generated(kind, 25, 3)) for loss in one.losses or ()]
    assert losses and losses == pytest.approx([math.log(choices)] * len(losses))


def test_chance_is_right_one_time_in_k_also_where_labels_are_not_balanced() -> None:
    rows = {"tokens": Rows.of([[7]] * 6000), "label": Rows.of([[0]] * 6000)}
    chance = fitted("chance", "classify")
    said = [one.output[0] for one in chance.predict(Split([Example("", None)] * 6000, rows))]
    assert np.bincount(said, minlength=LABELS) / 6000 == pytest.approx([1 / 3] * 3, abs=0.025)


def test_chance_never_says_what_cannot_be() -> None:
    said = {
        token for one in fitted("chance", "masked-lm").predict(generated("masked-lm", 200, 3)) for token in one.output
    }
    assert said == {UNK, *range(6, VOCABULARY)}


def test_of_real_numbers_chance_says_the_mean_and_majority_nothing() -> None:
    train = generated("regression", 60, 1)
    mean = float(np.mean(train.rows["label"].values.astype(np.float64)))
    baseline = fitted("chance", "regression")
    assert baseline.parameters == 1
    assert [one.output for one in baseline.predict(generated("regression", 9, 3))] == pytest.approx([mean] * 9)
    with pytest.raises(NotApplicable, match="chance says their mean"):
        ARCHITECTURES["majority"].serves[Classify](ARCHITECTURES["majority"].config(), INTERFACES["regression"])


def majority(kind: str, rows: Mapping[str, Rows]) -> Any:
    architecture = BASELINES["majority"]
    baseline = architecture.serves[type(INTERFACES[kind])](architecture.config(), INTERFACES[kind])
    train = Split([Example("", None)] * len(rows["tokens"]), rows)
    baseline.fit(train, train, np.random.default_rng(0))
    return baseline


def test_majority_has_the_frequencies_counted_once_more() -> None:
    found = majority("classify", {"tokens": Rows.of([[7]] * 5), "label": Rows.of([[2], [0], [2], [2], [0]])})
    assert found.probabilities.tolist() == pytest.approx([3 / 8, 1 / 8, 4 / 8]) and found.outputs(2).tolist() == [2, 2]
    found = majority("tag", {"tokens": Rows.of([[7, 8, 9]]), "tags": Rows.of([[3, UNSCORED, 3]])})
    assert found.probabilities.tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 6, 3 / 6])
    rows = {"tokens": Rows.of([[7, 8], [7]]), "scored": Rows.of([[1, 0, 1], [1, 1]])}
    found = majority("causal-lm", rows)  # 7 twice and the end twice, of 16 possible tokens
    assert found.probabilities[[7, EOS, 8, UNK, PAD]].tolist() == pytest.approx([3 / 20, 3 / 20, 1 / 20, 1 / 20, 0])
    found = majority("masked-lm", rows)  # all tokens, and no end, of 15
    assert found.probabilities[[7, 8, EOS]].tolist() == pytest.approx([3 / 18, 2 / 18, 0])
