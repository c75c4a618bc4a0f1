"""Learning: gradients are numbers, and every parameter gets one."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import Tensor, nn

from ...modules.memory import valid_positions
from ...training.objectives.base import penalty_of
from ..inputs import Inputs
from ..subjects import Subject

NOTHING = 1e-12
"""A gradient this much smaller than the largest is rounding around zero."""

DECLARATION = "without_gradient"
"""Attribute of a module: names of its parameters (patterns, as in `*.bias`), each with the reason why the mathematics
leaves them without a gradient."""


def check_gradients_are_finite(subject: Subject) -> None:
    """In training mode and float32, loss and gradients of rows of different lengths, one of them a single token, are
    finite.

    One NaN ends a run. What breaks it: a softmax over nothing but padding (the NaN is multiplied by zero, which is
    NaN), a square root or norm at zero, a division by a length that is zero.
    """
    network = subject.build(dtype=torch.float32, dropout=0.2).train()
    inputs = subject.inputs(dtype=torch.float32)
    for given in (inputs, inputs.wider(3, 7), inputs.row(4)):
        network.zero_grad(set_to_none=True)
        loss = loss_of(subject, network, given)
        assert bool(loss.isfinite()), f"the loss is {float(loss.detach())}"
        loss.backward()  # type: ignore[no-untyped-call]
        for name, parameter in network.named_parameters():
            finite = parameter.grad is None or bool(parameter.grad.isfinite().all())
            assert finite, f"the gradient of {name} is not finite, though the loss is"


def check_gradients_reach_every_parameter(subject: Subject) -> None:
    """Every parameter gets a gradient that is not zero.

    One that gets none counts in the size, for which models are matched, and learns nothing. What breaks it: a layer
    that is not used on this interface, an accidental detach, a bidirectional encoder summarised by its last position
    (its second direction has read one token there).

    Where the mathematics makes a gradient zero (a bias on attention's keys, which a softmax does not feel), the module
    says so: `without_gradient: ClassVar = {"key.bias": "the softmax does not feel it"}`. What is declared must be zero.
    """
    network = subject.build(dropout=0.0).train()
    loss_of(subject, network, subject.inputs()).backward()  # type: ignore[no-untyped-call]
    sizes = {name: _size(p) for name, p in network.named_parameters() if p.requires_grad}
    least = NOTHING * max(sizes.values(), default=0.0)
    declared = dict(_declared(network, list(sizes)))
    unreached = [name for name, size in sizes.items() if size <= least and name not in declared]
    assert not unreached, f"no gradient reaches {', '.join(unreached)}"
    reached = [name for name in declared if sizes[name] > least]
    assert not reached, f"{reached[0]} is declared to be without a gradient ({declared[reached[0]]}), but gets one"


def loss_of(subject: Subject, network: Any, inputs: Inputs, called: Any = None) -> Tensor:
    """Mean loss of arbitrary targets at every real position, and what parts of the network want added to it.

    called: what is run instead of the network itself, such as a compiled form of it."""
    called = network if called is None else called
    features = subject.call(called, inputs).features
    if features.dim() == 3 and inputs.lengths is not None:
        features = features[valid_positions(inputs.lengths, features.size(1))]
    outputs = called.output(features).flatten(0, -2)
    outputs = outputs.float() if outputs.dtype == torch.bfloat16 else outputs
    if getattr(subject.interface, "loss", "") == "squared":
        loss: Tensor = (outputs[:, 0] - torch.linspace(-1, 1, len(outputs))).square().mean()
    else:
        loss = nn.functional.cross_entropy(outputs, torch.arange(len(outputs)) % outputs.size(1))
    return loss + penalty_of(network)


def _size(parameter: nn.Parameter) -> float:
    return 0.0 if parameter.grad is None else float(parameter.grad.abs().max())


def _declared(network: nn.Module, names: list[str]) -> Iterator[tuple[str, str]]:
    """Parameters that their modules declare to be without a gradient, each with the reason."""
    for prefix, module in network.named_modules():
        for pattern, reason in getattr(module, DECLARATION, {}).items():
            whole = f"{prefix}.{pattern}" if prefix else pattern
            for name in names:
                if fnmatchcase(name, whole):
                    yield name, reason
