"""Who sees what: no later position where that is forbidden, and everything where it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ...errors import NotApplicable
from ...interfaces import Classify, MaskedLM
from ..assertions import VISIBLE, assert_equal, largest
from ..inputs import Inputs, replaced
from ..problems import PROBLEMS
from ..subjects import Subject

SHIFTS = (1, 5, 11)
"""Other tokens tried at a position: a maximum may hide one, hardly three in five rows."""


@torch.no_grad()
def check_future_is_not_seen(subject: Subject) -> None:
    """A network that may look at the past only gives a position the same features whatever comes after it, in eval
    mode and in training mode; and a prefix alone gives the features that it has in the whole row.

    Else it reads off the answer in training and its likelihood is worthless. What breaks it: a missing or shifted
    causal mask, a convolution padded on both sides, a normaliser of the row's length, statistics over the positions of
    a batch (batch normalisation, which leaks in training only).
    """
    network, inputs = subject.build(dropout=0.0), subject.full_inputs()
    for mode in ("eval", "training"):
        network.train(mode == "training")
        before = _seeded(subject, network, inputs)
        for t in range(1, inputs.tokens.size(1)):
            other = inputs.with_tokens(replaced(inputs.tokens, slice(t, None), subject.vocabulary))
            seen = largest(_seeded(subject, network, other)[:, :t] - before[:, :t])
            assert seen <= VISIBLE, (
                f"in {mode} mode the features before position {t} change by {seen:.2g} with the tokens from there on: "
                "the future is seen"
            )
    network.eval()
    whole = _features(subject, network, inputs)
    for t in range(1, inputs.tokens.size(1)):
        prefix = _features(subject, network, inputs.with_tokens(inputs.tokens[:, :t]))
        assert_equal(prefix, whole[:, :t], f"the first {t} positions alone and in the whole row")


@torch.no_grad()
def check_inputs_are_seen(subject: Subject) -> None:
    """What a network is given has an effect. A label depends on every position of its row; a position on its own token
    and the one before it; what is written depends on every position of the source.

    What breaks it: a summary that leaves positions out, a shift by one, a memory that is never read.
    """
    network, inputs = subject.build(), subject.full_inputs()
    start = 1 if subject.generates else 0  # the first token of a decoder is always BOS
    for t in range(start, inputs.tokens.size(1)):
        change = _effect(subject, network, inputs, t)
        if isinstance(subject.interface, Classify):
            assert change > VISIBLE, f"the token at position {t} has no effect on the label's features"
            continue
        assert change[t] > VISIBLE, f"the token at position {t} has no effect on its own features"
        if t + 1 < inputs.tokens.size(1):
            assert change[t + 1] > VISIBLE, f"the features at position {t + 1} do not depend on the token before it"
    if inputs.source is None:
        return
    for s in range(inputs.source.size(1)):
        change = _effect(subject, network, inputs, s, in_source=True)
        assert float(change.max()) > VISIBLE, f"the source's position {s} has no effect on what is written"


@torch.no_grad()
def check_both_sides_are_seen(subject: Subject) -> None:
    """A masked language model sees the neighbours of a position on both sides. So does a tagger that may look ahead,
    if the same model with the same options sees both sides as a masked language model; one that reads from the left
    only must do so everywhere.

    What breaks it: a second direction that is not turned back, a causal mask left in an encoder.
    """
    follows = _sees_next(subject)
    blind = [t for t, seen in enumerate(follows) if not seen]
    if isinstance(subject.interface, MaskedLM):
        assert not blind, (
            f"position {blind[0]} does not see the one after it; a masked token is to be found from both sides "
            "(raise NotApplicable where the options forbid that)"
        )
    elif len(blind) < len(follows):
        assert not blind, f"position {blind[0]} does not see the one after it, though others see theirs"
    else:
        assert not _reads_both_sides(subject), (
            "no position sees the one after it, though as a masked language model the same model does"
        )


def _reads_both_sides(subject: Subject) -> bool:
    """Whether the model is a masked language model too, with these options, and sees both sides as one."""
    if MaskedLM not in subject.model.card.interfaces:
        return False
    try:
        return all(_sees_next(replace(subject, problem="masked-lm", interface=PROBLEMS["masked-lm"])))
    except NotApplicable:
        return False


def _sees_next(subject: Subject) -> list[bool]:
    """For each position but the last: whether its features depend on the token after it."""
    network, inputs = subject.build(), subject.full_inputs()
    size = inputs.tokens.size(1)
    return [float(_effect(subject, network, inputs, t + 1)[t]) > VISIBLE for t in range(size - 1)]


def _effect(subject: Subject, network: Any, inputs: Inputs, position: int, in_source: bool = False) -> Tensor:
    """[T], or [] of pooled features: the largest change of the features at each position, over all rows and several
    replacements, when the token at `position` is replaced."""
    before = _features(subject, network, inputs)
    found = torch.zeros_like(before[0, ..., 0])
    for shift in SHIFTS:
        features = _features(subject, network, _with_other(subject, inputs, position, shift, in_source))
        found = torch.maximum(found, (features - before).abs().amax(-1).amax(0))
    return found


def _with_other(subject: Subject, inputs: Inputs, position: int, shift: int, in_source: bool) -> Inputs:
    place = slice(position, position + 1)
    if not in_source:
        return inputs.with_tokens(replaced(inputs.tokens, place, subject.vocabulary, shift))
    assert inputs.source is not None
    source = replaced(inputs.source, place, subject.interface.vocabulary, shift)
    return Inputs(inputs.tokens, inputs.lengths, source, inputs.source_lengths)


def _features(subject: Subject, network: Any, inputs: Inputs) -> Tensor:
    return subject.call(network, inputs).features


def _seeded(subject: Subject, network: Any, inputs: Inputs) -> Tensor:
    """With the same draws each time, where a network draws in training."""
    torch.manual_seed(0)
    return _features(subject, network, inputs)
