"""Rows of a batch have nothing to do with each other, and padding is nothing."""

from __future__ import annotations

import torch

from ...modules.memory import valid_positions
from ...modules.rows import count_bytes
from ...sizing import build_meta
from ..assertions import assert_equal, assert_rows_equal, real
from ..inputs import LENGTHS
from ..subjects import Subject

FILLER = 7
"""What stands in the padding where it must not matter: an ordinary token, or a large real number."""


@torch.no_grad()
def check_padding_changes_nothing(subject: Subject) -> None:
    """In eval mode a row in a batch, padded, gives the features that it gives alone, whatever stands in the padding.

    Else scores depend on the batch size and on which rows meet. What breaks it: attention without a mask, a mean over
    padding, the last position of the tensor for the last of the row, a reversed row that begins with its padding,
    normalisation over the batch.
    """
    network, inputs = subject.build(), subject.inputs()
    for what, given in (("in a padded batch", inputs), ("with more padding", inputs.wider(3, FILLER))):
        features = subject.call(network, given).features
        for b, length in enumerate(LENGTHS):
            alone = subject.call(network, inputs.row(b)).features[0]
            assert_equal(real(features, b, length), alone, f"row {b} of {length} positions {what} and alone")


@torch.no_grad()
def check_padding_changes_nothing_in_training(subject: Subject) -> None:
    """More padding behind every row, or other numbers in it, changes no features in training mode either.

    What breaks it: statistics over a batch (batch normalisation) that count padding. Networks that draw even without
    dropout are not held to it, since other shapes draw other numbers.
    """
    network, inputs = subject.build(dropout=0.0).train(), subject.inputs()
    results = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        results.append(subject.call(network, inputs).features)
    real_places = _places(results[0], inputs.lengths)
    if not torch.equal(results[0][real_places], results[1][real_places]):
        return
    padded = subject.call(network, inputs.wider(3, FILLER)).features
    assert_rows_equal(padded, results[0], inputs.lengths, "in training mode with more padding")


@torch.no_grad()
def check_lengths_may_be_left_out(subject: Subject) -> None:
    """`lengths=None` means that every row is full: the features are those with full lengths."""
    network, inputs = subject.build(), subject.full_inputs()
    without, told = (subject.call(network, given).features for given in (inputs, inputs.full()))
    assert_equal(without, told, "without lengths and with those of full rows")


@torch.no_grad()
def check_meta_device(subject: Subject) -> None:
    """The network can be built and called on the meta device, with full rows and no lengths, and has there the
    parameters, features and bytes of state that it really has.

    Sizes and bytes of the plan come from there, where nothing is computed. What breaks it: reading a number back from a
    tensor (`.item()`, `if tensor:`), a tensor created on the CPU in `forward`, NumPy.
    """
    architecture, config = subject.model.architecture, subject.config()
    imagined, inputs = build_meta(architecture, config, subject.interface).eval(), subject.full_inputs(rows=2)
    network, inputs = subject.build(dtype=torch.float32), inputs.to(torch.float32)
    shapes = [[(name, tuple(p.shape)) for name, p in each.named_parameters()] for each in (network, imagined)]
    assert shapes[0] == shapes[1], "the parameters on the meta device are not those of the real network"
    with torch.device("meta"):
        found = subject.call(imagined, inputs.to("meta"))
    assert found.features.is_meta, "features on the meta device are not on the meta device"
    expected = subject.call(network, inputs)
    assert found.features.shape == expected.features.shape, "features on the meta device have another shape"
    for name in ("memory", "state"):
        sizes = [count_bytes(getattr(outcome, name)) for outcome in (found, expected)]
        assert sizes[0] == sizes[1], f"the {name} has {sizes[0]} bytes on the meta device, but really {sizes[1]}"


@torch.no_grad()
def check_longest_rows(subject: Subject) -> None:
    """Rows of `max_length` positions can be read, and written token by token.

    What breaks it: a table of positions that is one too short, or that has no room for a source and its target where
    one network reads both.
    """
    network, longest = subject.build(), subject.interface.max_length
    inputs = subject.full_inputs(longest, longest, rows=2)
    whole = subject.call(network, inputs)
    if not subject.generates:
        return
    state = None
    for t in range(longest):
        outcome = subject.step(network, inputs.tokens[:, t : t + 1], whole.memory, state)
        state = outcome.state
    assert_equal(outcome.features[:, 0], whole.features[:, -1], f"the last of {longest} steps, and of the whole row")


@torch.no_grad()
def check_calls_leave_nothing_behind(subject: Subject) -> None:
    """In eval mode a call changes neither its inputs nor the network, and the next call does not depend on it.

    What breaks it: an operation in place on what was passed in, a state kept on `self`, running statistics that are
    updated in eval mode.
    """
    network, inputs = subject.build(), subject.inputs()
    copies = [None if tensor is None else tensor.clone() for tensor in vars(inputs).values()]
    weights = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    before = subject.call(network, inputs).features.clone()
    subject.call(network, subject.inputs(seed=2))
    after = subject.call(network, inputs).features
    for (name, tensor), copy in zip(vars(inputs).items(), copies, strict=True):
        assert copy is None or torch.equal(tensor, copy), f"a call changes its input `{name}` in place"
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, weights[name]), f"a call in eval mode changes {name}"
    assert_rows_equal(after, before, inputs.lengths, "the same call after another one")


def _places(features: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
    """Which of the features count: [B, T] bool, or [B] of pooled ones."""
    if features.dim() == 2 or lengths is None:
        return torch.ones(features.shape[:-1], dtype=torch.bool)
    return valid_positions(lengths, features.size(1))
