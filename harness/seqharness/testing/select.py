"""Which rules apply to what: chosen by the interface that is served and by what the network offers there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from ..errors import UserError, nearest
from .checks import baselines, building, card, causality, chance, choices, gradients, learning, numerics, rows, sizes
from .checks import state as states
from .subjects import Model, Subject

generates = attrgetter("generates")
sees_the_past_only = attrgetter("sees_the_past_only")
looks_both_ways = attrgetter("looks_both_ways")
"""Where these properties of a subject hold."""


def everywhere(subject: Subject) -> bool:
    """On every problem."""
    return True


def once_an_interface(subject: Subject) -> bool:
    """On the first kind of each interface: for what is slow and does not differ between kinds."""
    return subject.problem == subject.interface.name


@dataclass(frozen=True)
class Check:
    """A rule: its function, where it applies, and whether it takes long (a second or more)."""

    function: Callable[[Any], None]
    applies: Callable[[Subject], bool] = everywhere
    slow: bool = False

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def rule(self) -> str:
        """The rule in a sentence or two: the first paragraph of the function's docstring."""
        return " ".join((self.function.__doc__ or "").split("\n\n")[0].split())


LOADS = Check(card.check_card)
"""Nothing else is asked of a model whose file cannot be imported."""

MODEL_CHECKS = (
    LOADS,
    Check(card.check_loading_changes_no_global_setting),
    Check(card.check_every_interface_is_served),
    Check(card.check_options_round_trip),
    Check(card.check_options_are_explained),
)
"""Of the model as a whole."""

BUILDS = Check(building.check_builds_from_defaults)
"""Nothing else is asked of a network that cannot be built."""

NETWORK_CHECKS = (
    BUILDS,
    Check(choices.check_every_option_value, once_an_interface, slow=True),
    Check(building.check_builds_at_every_width_step),
    Check(building.check_embedding_and_output),
    Check(building.check_shapes_and_dtypes),
    Check(building.check_same_seed_same_weights),
    Check(building.check_state_dict_round_trip),
    Check(rows.check_padding_changes_nothing),
    Check(rows.check_padding_changes_nothing_in_training),
    Check(rows.check_lengths_may_be_left_out),
    Check(rows.check_meta_device),
    Check(rows.check_longest_rows),
    Check(rows.check_calls_leave_nothing_behind),
    Check(causality.check_inputs_are_seen),
    Check(causality.check_future_is_not_seen, sees_the_past_only),
    Check(causality.check_both_sides_are_seen, looks_both_ways),
    Check(states.check_steps_equal_the_whole, generates),
    Check(states.check_padded_chunks_equal_the_whole, generates),
    Check(states.check_rows_may_be_moved, generates),
    Check(states.check_batch_comes_first, generates),
    Check(states.check_a_step_leaves_its_state, generates),
    Check(gradients.check_gradients_are_finite),
    Check(gradients.check_gradients_reach_every_parameter),
    Check(chance.check_eval_draws_nothing),
    Check(chance.check_only_torchs_generator_is_drawn_from),
    Check(chance.check_dropout_is_the_options),
    Check(chance.check_global_settings_stay),
    Check(learning.check_eight_examples_are_learned, slow=True),
    Check(numerics.check_bfloat16),
    Check(numerics.check_compiles, once_an_interface, slow=True),
    Check(sizes.check_costs_are_counted),
    Check(sizes.check_size_is_met, once_an_interface, slow=True),
)
"""Of the network for one interface."""

BASELINE_BUILDS = Check(baselines.check_baseline_predicts)

BASELINE_CHECKS = (
    BASELINE_BUILDS,
    Check(baselines.check_baseline_every_option_value),
    Check(baselines.check_baseline_does_not_look_at_targets),
    Check(baselines.check_baseline_draws_from_the_given_generator),
    Check(baselines.check_baseline_leaves_its_data),
)
"""Of a baseline on one interface."""

EVERY = (*MODEL_CHECKS, *NETWORK_CHECKS, *BASELINE_CHECKS)


def checks_for(model: Model, quick: bool = False) -> Iterator[tuple[Model | Subject, Check]]:
    """What is to be examined, and by which rule; of a file that cannot be imported, the card alone; of a network that
    is refused or cannot be built, whether it builds.

    quick: without the rules that take long.
    """
    if not model.loads:
        yield model, LOADS
        return
    for check in MODEL_CHECKS:
        yield model, check
    first, every = (BASELINE_BUILDS, BASELINE_CHECKS) if model.is_baseline else (BUILDS, NETWORK_CHECKS)
    for subject in model.subjects():
        for check in (first,) if subject.refusal is not None else every:
            if check.applies(subject) and not (quick and check.slow):
                yield subject, check


def check_named(name: str) -> Check:
    """The rule of that name. UserError with the nearest name."""
    for check in EVERY:
        if check.name == name:
            return check
    raise UserError(f"There is no check {name!r}.{nearest(name, [check.name for check in EVERY])}")
