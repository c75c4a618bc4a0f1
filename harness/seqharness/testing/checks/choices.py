"""Every value of every option."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from typing import Any

import torch

from ...errors import NotApplicable
from ..options import SIZES, choices_of, minima_of
from ..subjects import Subject
from ..surroundings import kept
from .causality import check_both_sides_are_seen, check_future_is_not_seen
from .chance import check_eval_draws_nothing
from .gradients import check_gradients_are_finite, check_gradients_reach_every_parameter
from .rows import (
    check_longest_rows,
    check_meta_device,
    check_padding_changes_nothing,
    check_padding_changes_nothing_in_training,
)
from .state import (
    check_batch_comes_first,
    check_padded_chunks_equal_the_whole,
    check_rows_may_be_moved,
    check_steps_equal_the_whole,
)

Rule = Callable[[Subject], None]

ALWAYS: tuple[Rule, ...] = (
    check_padding_changes_nothing,
    check_padding_changes_nothing_in_training,
    check_longest_rows,
    check_eval_draws_nothing,
    check_gradients_are_finite,
)
"""Rules that hold whatever an option is set to."""

GENERATING: tuple[Rule, ...] = (
    check_steps_equal_the_whole,
    check_padded_chunks_equal_the_whole,
    check_rows_may_be_moved,
    check_batch_comes_first,
)
"""And these where a state is carried."""

CHOSEN: tuple[Rule, ...] = (check_meta_device, check_gradients_reach_every_parameter)
"""And these with every choice; a number at its minimum may shut something off (a window of one position, say)."""


def check_every_option_value(subject: Subject) -> None:
    """The network is built and keeps the rules with every choice of every option, one at a time, and with every number
    at its minimum; or the model refuses by NotApplicable with a reason.

    The rules are those on padding, the future, the state, the longest row, chance and gradients, and with choices those
    on the meta device and on gradients that reach every parameter. Width and inner size at their minimum only have to
    be built and called.
    """
    kind, small = subject.model.architecture.config, subject.config()
    values = [(name, value, _rules(subject, choice=True)) for name, value in choices_of(kind)]
    for name, value in minima_of(kind):
        if name in SIZES:
            values.append((name, small.width_step() if name == "width" else value, [_runs]))
        else:
            values.append((name, value, _rules(subject, choice=False)))
    faults: list[tuple[str, str]] = []
    for name, value, rules in values:
        if value != getattr(small, name) and name not in subject.model.options:
            faults += _faults(subject, name, value, rules)
    if faults:
        error = AssertionError("; ".join(message for message, _ in faults))
        for _, details in faults:
            error.add_note(details)
        raise error


def _rules(subject: Subject, choice: bool) -> list[Rule]:
    rules = [*ALWAYS, *(GENERATING if subject.generates else ())]
    if subject.sees_the_past_only:
        rules.append(check_future_is_not_seen)
    if choice and subject.looks_both_ways:
        rules.append(check_both_sides_are_seen)
    return [*rules, *CHOSEN] if choice else rules


def _faults(subject: Subject, name: str, value: Any, rules: Iterable[Rule]) -> list[tuple[str, str]]:
    """What is wrong with a value of an option, and its traceback: the first rule that it breaks, if there is one."""
    variant = subject.with_options(**{name: value})
    what = f"{name}={value}"
    refusal = variant.refusal
    if isinstance(refusal, NotApplicable):
        return [] if str(refusal).strip() else [(f"{what}: NotApplicable without a reason", "")]
    if refusal is not None:
        return [_fault(f"{what} cannot be built", refusal)]
    for rule in rules:
        try:
            with kept():
                rule(variant)
        except Exception as error:
            return [_fault(f"{what} ({rule.__name__})", error)]
    return []


def _fault(what: str, error: Exception) -> tuple[str, str]:
    told = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
    return f"{what}: {told}", "".join(traceback.format_exception(error))


@torch.no_grad()
def _runs(subject: Subject) -> None:
    subject.call(subject.build(), subject.inputs())
