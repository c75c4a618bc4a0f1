"""Other ways to compute the same: in bfloat16, and compiled."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from ...precision.bf16 import is_native, rounded_product
from ...precision.linear import linear_by
from ..assertions import assert_equal, assert_finite
from ..inputs import Inputs, random_rows
from ..subjects import Subject
from .gradients import loss_of

AGREEMENT = 0.1
"""How far a loss in bfloat16 (8 bits of precision) may be from the one in float32, as a share."""


def check_bfloat16(subject: Subject) -> None:
    """Training and writing run in bfloat16, with finite gradients and nearly the loss of float32.

    As `--precision bf16` does it on a GPU, under autocast, and as it does on a CPU, where linear layers alone are
    rounded, here all of them. What breaks it: a float32 tensor created in `forward` that meets a bfloat16 one, a mask
    of -1e9 in half precision, long sums that lose their small terms.
    """
    inputs = subject.inputs(dtype=torch.float32)
    network = subject.build(dtype=torch.float32, dropout=0.0).train()
    expected = float(loss_of(subject, network, inputs).detach())
    for rounding, where in (
        (_autocast, "under autocast to bfloat16"),
        (lambda: linear_by(rounded_product), "with linear layers in bfloat16"),
    ):
        network.train()
        network.zero_grad(set_to_none=True)
        with rounding():
            loss = loss_of(subject, network, inputs)
        loss.backward()  # type: ignore[no-untyped-call]
        found = float(loss.detach())
        assert abs(found - expected) <= AGREEMENT * expected, f"the loss is {found:.4g} {where}, {expected:.4g} without"
        for name, parameter in network.named_parameters():
            if parameter.grad is not None:
                assert_finite(parameter.grad, f"the gradient of {name} {where}")
        if subject.generates:
            network.eval()
            more = random_rows([1] * len(inputs.tokens), subject.vocabulary, seed=3)
            with torch.no_grad(), rounding():
                outcome = subject.call(network, inputs)
                assert_finite(subject.step(network, more, outcome.memory, outcome.state).features, f"a step {where}")


@contextlib.contextmanager
def _autocast() -> Iterator[None]:
    """Autocast to bfloat16; without oneDNN on a CPU that has no instructions for it, where torch's LSTM would fail."""
    with contextlib.ExitStack() as stack:
        if not is_native():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it warns of a device that is not there
                stack.enter_context(torch.backends.mkldnn.flags(enabled=False))
        stack.enter_context(torch.autocast("cpu", torch.bfloat16))
        yield


def check_compiles(subject: Subject) -> None:
    """The network runs under torch.compile and gives the same features and gradients.

    Traced with the backend "eager", which captures the calls as graphs and runs these as they are: what cannot be
    traced shows; what a compiler makes of the graphs and of their backward pass (speed, or faults of its own) does
    not. What breaks it: a value that Python keeps between calls, a state read from `self`.
    """
    network, inputs = subject.build(dropout=0.0).train(), subject.inputs()
    expected = _learned(subject, network, network, inputs)
    with _fresh_compiler():
        found = _learned(subject, network, _compiled(network, subject.encodes), inputs)
    assert_equal(found.pop("loss"), expected.pop("loss"), "the loss, compiled and not")
    for name, gradient in expected.items():
        assert name in found, f"compiled, no gradient reaches {name}"
        assert_equal(found[name], gradient, f"the gradient of {name}, compiled and not")


@contextlib.contextmanager
def _fresh_compiler() -> Iterator[None]:
    """Nothing compiled before or kept afterwards, and none of its thousands of log lines at a failure."""
    level = logging.root.manager.disable
    logging.disable(logging.INFO)
    torch._dynamo.reset()
    try:
        yield
    finally:
        torch._dynamo.reset()
        logging.disable(level)


def _compiled(network: Any, encodes: bool) -> Any:
    """The network with the calls that the engine makes compiled."""
    if not encodes:
        return torch.compile(network, backend="eager")
    encode, decode = (torch.compile(call, backend="eager") for call in (network.encode, network.decode))
    return SimpleNamespace(encode=encode, decode=decode, output=network.output)


def _learned(subject: Subject, network: Any, called: Any, inputs: Inputs) -> dict[str, Tensor]:
    """The loss and the gradients of the parameters of `network`, by name, when `called` is."""
    network.zero_grad(set_to_none=True)
    loss = loss_of(subject, network, inputs, called)
    loss.backward()  # type: ignore[no-untyped-call]
    gradients = {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}
    return {"loss": loss.detach(), **gradients}
