"""Every registered model keeps the rules on every interface that it serves, and so do those of the examples."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from seqharness.contracts import Architecture, ModelSpec
from seqharness.errors import NotApplicable
from seqharness.interfaces import CausalLM, MaskedLM, SequenceToSequence, Tag
from seqharness.modules.adapters import as_prefix
from seqharness.registry import PluginSettings, load_catalogue
from seqharness.testing import Model, parametrize_with_checks
from seqharness.testing.problems import PROBLEMS
from seqharness_plugins.recurrent.lstm import CELL
from seqharness_plugins.recurrent.parts import Decoder, RecurrentConfig

torch.set_num_threads(1)
CATALOGUE = load_catalogue(PluginSettings.of(variable=""))
CARDS = {name: entry.card for name, entry in CATALOGUE.models.items()}
FILES = (
    Path(__file__).parents[2] / "examples" / "harness-plugin-example" / "harness_plugin_example.py",
    Path(__file__).with_name("mixers.py"),
)


def cards_in(path: Path) -> list[ModelSpec]:
    """What a plugin file registers."""
    offered = load_catalogue(PluginSettings(files=(str(path),), only=())).models
    return [entry.card for entry in offered.values()]


def prefix() -> Architecture:
    return Architecture(
        config=RecurrentConfig, serves={SequenceToSequence: as_prefix(partial(Decoder, CELL))}, describe=None
    )


PREFIX = ModelSpec(
    name="lstm-prefix", summary="one LSTM over source and target", interfaces=(SequenceToSequence,), load=prefix
)
OTHERS = [PREFIX, *(card for file in FILES for card in cards_in(file))]

VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("transformer", {"position": "none", "tied": False}),
    ("transformer", {"norm_position": "post", "activation": "gelu", "position": "learned"}),
    ("gru", {"layers": 2}),
    ("bahdanau", {"layers": 2, "cell": "lstm"}),
    ("luong", {"score": "dot", "layers": 2}),
    ("luong", {"score": "concat", "input_feeding": False, "cell": "lstm"}),
    ("rnn", {"activation": "relu", "layers": 2}),
    ("lstm", {"layers": 2, "context": "initial"}),
]
"""Options that may get in each other's way, together; each of them alone is tried for every model."""


def test_every_plugin_was_loaded() -> None:
    assert not [plugin for plugin in CATALOGUE.plugins if plugin.status != "loaded"]
    assert {"lstm", "transformer", "bahdanau"} <= CARDS.keys()


ONE_CORPUS = "it knows one generated corpus, and says so of any other"
EXPECTED_FAILURES = {
    "mean-masked-lm": {
        "check_eight_examples_are_learned": "the mean of a row does not know which token stands where",
    },
    "true-grammar-causal-lm": {
        "check_baseline_predicts": ONE_CORPUS,
        "check_baseline_does_not_look_at_targets": ONE_CORPUS,
        "check_baseline_draws_from_the_given_generator": ONE_CORPUS,
        "check_baseline_leaves_its_data": ONE_CORPUS,
    },
}


def expected(examined: Any) -> dict[str, str]:
    return EXPECTED_FAILURES.get(str(examined), {})


@parametrize_with_checks(CARDS.values(), expected_failures=expected)
def test_conformance(examined: Any, check: Any) -> None:
    check(examined)


@parametrize_with_checks(OTHERS, expected_failures=expected)
def test_conformance_of_plugin_files_and_adapters(examined: Any, check: Any) -> None:
    check(examined)


@parametrize_with_checks([Model(CARDS[name], options) for name, options in VARIANTS], quick=True)
def test_conformance_of_options_together(examined: Any, check: Any) -> None:
    check(examined)


@pytest.mark.parametrize("name", [name for name, card in CARDS.items() if not card.baseline])
def test_a_network_is_described_with_its_width(name: str) -> None:
    model = Model(CARDS[name])
    for subject in model.subjects():
        if subject.refusal is None:
            assert model.architecture.describe is not None, "the report could not say what the name resolved to"
            assert f"width {model.config().width}" in model.architecture.describe(model.config(), subject.interface)


def build(card: ModelSpec, problem: str, **options: Any) -> Any:
    architecture: Any = card.load()
    return architecture.serves[type(PROBLEMS[problem])](architecture.config(**options), PROBLEMS[problem])


def test_what_cannot_be_served_is_refused_with_a_reason() -> None:
    mean = next(card for card in OTHERS if card.name == "mean")
    assert {CausalLM, SequenceToSequence}.isdisjoint(mean.interfaces) and {Tag, MaskedLM} <= set(mean.interfaces)
    with pytest.raises(NotApplicable, match="both sides"):
        build(CARDS["lstm"], "causal-lm", bidirectional=True)
    with pytest.raises(NotApplicable, match="look ahead"):
        build(mean, "tag-causal")
    with pytest.raises(NotApplicable, match="one vocabulary"):
        build(PREFIX, "sequence-to-sequence-separate")
