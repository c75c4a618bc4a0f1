"""Models are made of the same size, and what they cost is counted."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from seqharness import sizing
from seqharness.errors import UserError
from seqharness.interfaces import CausalLM, Classify, SequenceToSequence
from seqharness.registry import load_catalogue

TRANSLATION = SequenceToSequence(vocabulary=256, max_length=128, targets=256, shared=True)
LANGUAGE = CausalLM(vocabulary=256, max_length=128)


def architecture(name: str) -> Any:
    return load_catalogue().model(name).card.load()


def solved(name: str, target: int, interface: Any = TRANSLATION, **given: Any) -> sizing.Solution:
    found = architecture(name)
    return sizing.solve(found, given, found.config(**given), interface, target)


@pytest.mark.parametrize("target", [100_000, 300_000, 1_000_000, 4_000_000, 10_000_000])
@pytest.mark.parametrize("name", ["lstm", "transformer"])
@pytest.mark.parametrize("interface", [TRANSLATION, LANGUAGE], ids=lambda interface: interface.name)
def test_the_size_asked_for_is_met_within_one_per_cent(name: str, target: int, interface: Any) -> None:
    solution = solved(name, target, interface)
    assert abs(solution.sizing.deviation) <= 0.01
    network = architecture(name).serves[type(interface)](solution.config, interface)
    assert sum(parameter.numel() for parameter in network.parameters()) == solution.sizing.parameters
    assert solution.config.width % solution.config.width_step() == 0


def test_the_shape_stays_near_the_architectures_natural_one() -> None:
    config = solved("transformer", 1_000_000).config
    assert 0.7 < config.inner / (config.inner_ratio * config.width) < 1.4


@pytest.mark.parametrize("given", [{"width": 96}, {"inner": 300}])
def test_what_the_user_fixed_is_left_as_it_is(given: dict[str, int]) -> None:
    solution = solved("transformer", 1_000_000, **given)
    for name, value in given.items():
        assert getattr(solution.config, name) == value
    assert abs(solution.sizing.deviation) < 0.03


def test_a_size_that_the_vocabulary_leaves_no_room_for_names_the_smallest() -> None:
    interface = SequenceToSequence(vocabulary=50_000, max_length=64, targets=50_000, shared=True)
    with pytest.raises(UserError, match=r"smallest network has \d+ parameters"):
        solved("transformer", 100_000, interface)


def test_a_tied_matrix_is_counted_once_and_left_out_of_the_nonembedding_size() -> None:
    solution = solved("transformer", 500_000)
    network = sizing.build_meta(architecture("transformer"), solution.config, TRANSLATION)
    embedding = TRANSLATION.vocabulary * solution.config.width + TRANSLATION.targets  # the output's bias
    assert sizing.count_parameters(network) - sizing.count_nonembedding(network) == embedding


def test_flops_of_a_transformer_are_those_counted_by_hand() -> None:
    found = architecture("transformer")
    interface = Classify(vocabulary=50, max_length=32, outputs=3)
    config = found.config(width=16, inner=32, layers=2, heads=2)
    solution = sizing.with_costs(sizing.measured(found, config, interface, None), found, interface, {"tokens": 10.0})
    length, width, inner = 10, 16, 32
    layer = 2 * length * (4 * width * width + 2 * width * inner) + 2 * 2 * length * length * width
    output = 2 * width * 3
    assert solution.sizing.flops_per_token == pytest.approx(3 * (2 * layer + output) / length)


@pytest.mark.parametrize("name", ["lstm", "transformer"])
def test_flops_and_state_are_counted_for_every_model(name: str) -> None:
    solution = sizing.with_costs(
        solved(name, 300_000), architecture(name), TRANSLATION, {"source": 12.0, "target": 14.0}
    )
    assert solution.sizing.flops_per_token is not None
    assert solution.sizing.flops_per_token > 100_000
    assert solution.sizing.state is not None
    assert solution.sizing.state.total > 0


def test_sizing_draws_nothing_from_the_generator() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    solved("lstm", 200_000)
    assert torch.equal(torch.get_rng_state(), before)


LENGTHS = {"source": 12.0, "target": 14.0}


@pytest.mark.parametrize("matched", ["nonembedding_parameters", "flops_per_token"])
def test_models_are_made_equal_in_what_is_asked_for(matched: sizing.Matched) -> None:
    target = {"nonembedding_parameters": 200_000.0, "flops_per_token": 1_500_000.0}[matched]
    found = architecture("transformer")
    solution = sizing.solve(found, {}, found.config(), TRANSLATION, target, matched, LENGTHS)
    sized = sizing.with_costs(solution, found, TRANSLATION, LENGTHS).sizing
    size = {"nonembedding_parameters": sized.nonembedding_parameters, "flops_per_token": sized.flops_per_token}[matched]
    assert size == pytest.approx(target, rel=0.01)
    assert sized.deviation == pytest.approx((size - target) / target)


def test_state_of_an_lstm_does_not_grow_and_that_of_a_transformer_grows_by_a_key_and_a_value_a_layer() -> None:
    lstm = sizing.with_costs(solved("lstm", 300_000), architecture("lstm"), TRANSLATION, LENGTHS).sizing.state
    assert lstm is not None
    assert (lstm.per_context_token, lstm.fixed > 0) == (0.0, True)
    found = architecture("transformer")
    config = found.config(width=16, inner=32, layers=2, heads=2)
    measured = sizing.measured(found, config, TRANSLATION, None)
    state = sizing.with_costs(measured, found, TRANSLATION, LENGTHS).sizing.state
    assert state is not None
    assert state.per_context_token == 2 * 2 * 16 * 4  # layers, key and value, width, bytes of a float32
    assert state.total == pytest.approx(state.fixed + 13 * state.per_source_token + 15 * state.per_context_token, abs=1)


def test_costs_are_counted_at_the_longest_row_that_positions_have_room_for() -> None:
    found = architecture("transformer")
    interface = CausalLM(vocabulary=50, max_length=10)
    config = found.config(width=16, inner=32, layers=1, heads=2, position="learned")
    solution = sizing.with_costs(sizing.measured(found, config, interface, None), found, interface, {"tokens": 10.0})
    assert solution.sizing.state is not None
    assert solution.sizing.state.per_context_token == 2 * 16 * 4
