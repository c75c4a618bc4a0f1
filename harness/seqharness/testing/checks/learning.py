"""The network learns eight examples by heart."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from ..lessons import Lesson, lesson
from ..subjects import Subject

RATES = (1e-2, 3e-3, 1e-3)
"""Learning rates of Adam, the next where the one before did not do: a small network that can learn at all learns at one
of them, and those below only need longer."""

STEPS = 300
WIDTH = INNER = 32

SHARE = 0.1
"""Loss to be reached, as a share of what a network gets that cannot see one of the bits it needs."""


def check_eight_examples_are_learned(subject: Subject) -> None:
    """A small network learns eight examples by heart in 300 steps of Adam, to a tenth of the loss that is left where
    one thing that must be read is not.

    Every other check may pass on a network that cannot learn. What breaks it: a gradient that is scaled away, an
    activation where there should be none, features that do not depend on order, an initialisation far off. The
    examples are made so that each needs what its interface is about (`seqharness.testing.lessons`).
    """
    given = lesson(subject)
    losses = []
    for rate in RATES:
        losses.append(_least_loss(subject, given, rate))
        if losses[-1] <= SHARE * given.blind:
            return
    told = ", ".join(f"{loss:.2g} at {rate:g}" for loss, rate in zip(losses, RATES, strict=True))
    raise AssertionError(
        f"after {STEPS} steps on eight examples the least loss is {told} (learning rates), "
        f"not {SHARE * given.blind:.2g}; a network that is blind to one bit of three has {given.blind:.2g}"
    )


def _least_loss(subject: Subject, given: Lesson, rate: float) -> float:
    """The least training loss from one initialisation; stops as soon as it is low enough, or no number."""
    network = subject.build(seed=0, dtype=torch.float32, dropout=0.0, **_sizes(subject)).train()
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    least = math.inf
    for _ in range(STEPS):
        loss = _loss(subject, network, given)
        value = float(loss.detach())
        least = min(least, value)
        if not math.isfinite(value) or value <= SHARE * given.blind:
            break
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    return least


def _loss(subject: Subject, network: Any, given: Lesson) -> Tensor:
    features = subject.call(network, given.inputs).features
    if given.scored is not None:
        features = features[given.scored]
    outputs = network.output(features)
    if getattr(subject.interface, "loss", "") == "squared":
        return nn.functional.mse_loss(outputs[:, 0], given.targets)
    return nn.functional.cross_entropy(outputs, given.targets)


def _sizes(subject: Subject) -> dict[str, int]:
    """Twice as large as in the other checks, but for what the user fixed."""
    step = subject.model.config().width_step()
    sizes = {"width": -(-WIDTH // step) * step, "inner": INNER}
    return {name: size for name, size in sizes.items() if name not in subject.model.options}
