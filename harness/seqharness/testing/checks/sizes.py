"""A network can be given the size that a comparison asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...errors import UserError
from ...interfaces import Interface, SequenceToSequence
from ...sizing import TOLERANCE, measured, solve, with_costs
from ..subjects import Subject

VOCABULARY = 256
TARGETS = (100_000, 1_000_000, 10_000_000)
"""Parameters asked for."""


def check_size_is_met(subject: Subject) -> None:
    """Width and inner size can be solved for so that the network has 100 thousand to 10 million parameters, to within
    1 %, at a vocabulary of 256.

    Models are compared at equal size. What breaks it: an inner size that nothing depends on, widths in coarse steps
    without an inner size to make up for them, a fixed part that is already larger than the target.
    """
    architecture, given, config = subject.model.architecture, subject.model.options, subject.model.config()
    if "width" in given and "inner" in given:
        return  # there is nothing left to solve for
    for target in TARGETS:
        try:
            solution = solve(architecture, given, config, _usual(subject.interface), target)
        except UserError as error:
            raise AssertionError(f"{target:,} parameters cannot be had: {error}") from error
        found = solution.sizing.parameters
        deviation = (found - target) / target
        assert abs(deviation) <= TOLERANCE, (
            f"asked for {target:,} parameters, the nearest network has {found:,} ({deviation:+.1%}), with width "
            f"{solution.config.width} and inner size {solution.config.inner}"
        )
        step = solution.config.width_step()
        assert solution.config.width % step == 0, f"width {solution.config.width} is no multiple of {step}"


def check_costs_are_counted(subject: Subject) -> None:
    """The plan can count the FLOPs of a single row of mean length, and the bytes of state that it leaves.

    Counted on the meta device. What breaks it: squeezing away the batch where it is one row, and whatever breaks
    `check_meta_device`.
    """
    architecture, interface = subject.model.architecture, subject.interface
    lengths = {"tokens": 6.0, "source": 7.0, "target": 6.0}
    with_costs(measured(architecture, subject.config(), interface, None), architecture, interface, lengths)


def _usual(interface: Interface) -> Interface:
    """The same problem with a vocabulary of 256 and rows of usual length."""
    sizes: dict[str, Any] = {"max_length": 128}
    if not interface.features:
        sizes["vocabulary"] = VOCABULARY
    if isinstance(interface, SequenceToSequence):
        sizes["targets"] = VOCABULARY
    return replace(interface, **sizes)
