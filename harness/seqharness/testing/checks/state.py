"""Writing token by token: the state carried between calls, and what the engine does with its rows."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...modules.rows import take_rows, tensors
from ..assertions import assert_equal
from ..inputs import LENGTHS, Inputs, random_rows
from ..subjects import Subject

MOVES = (None, (3, 0, 0, 4, 2), (4, 1), None)
"""Rows kept before each step: all, then reordered with one dropped and one twice, then two of those, then these."""

PLAIN = (bool, int, float, str, type(None))


@torch.no_grad()
def check_steps_equal_the_whole(subject: Subject) -> None:
    """A row read in steps of one token, or in chunks of any size, gives the features that it gives as a whole.

    Training reads whole rows, writing reads single tokens: where they differ, what is trained is not what is used. What
    breaks it: positions that begin anew in each call, a convolution that forgets what came before the chunk.
    """
    network, inputs = subject.build(), subject.full_inputs()
    whole = subject.call(network, inputs)
    for sizes in ([1] * 6, [2, 3, 1]):
        state: Any = None
        features = []
        for chunk in torch.split(inputs.tokens, sizes, 1):
            outcome = subject.step(network, chunk, whole.memory, state)
            state = outcome.state
            features.append(outcome.features)
        assert_equal(
            torch.cat(features, 1), whole.features, f"in chunks of {', '.join(map(str, sizes))} and as a whole"
        )


@torch.no_grad()
def check_padded_chunks_equal_the_whole(subject: Subject) -> None:
    """The state after a padded chunk is the one after each row's last real position, so that chunks of rows of
    different lengths, one after the other, give what the whole rows give.

    What breaks it: a recurrence that runs on over the padding, keys of padding that stay in a cache, positions counted
    from the padded size.
    """
    network, inputs = subject.build(), subject.inputs()
    second = torch.tensor([1, 3, 2, 1, 2])
    more = random_rows(second.tolist(), subject.vocabulary, seed=3)
    last = random_rows([1] * len(LENGTHS), subject.vocabulary, seed=4)
    first = subject.call(network, inputs)
    middle = subject.step(network, more, first.memory, first.state, second)
    final = subject.step(network, last, first.memory, middle.state)
    for b, length in enumerate(LENGTHS):
        alone = inputs.row(b)
        row = torch.cat([alone.tokens, more[b : b + 1, : second[b]], last[b : b + 1]], 1)
        whole = subject.call(network, alone.with_tokens(row)).features[0]
        after = length + int(second[b])
        what = f"row {b} of {length} positions: {second[b]} more after its state"
        assert_equal(middle.features[b, : second[b]], whole[length:after], what)
        assert_equal(final.features[b, 0], whole[after], f"{what}, and one more")


@torch.no_grad()
def check_rows_may_be_moved(subject: Subject) -> None:
    """After rows of memory and state were reordered, repeated and dropped, as beam search does, each row goes on as it
    would alone; rows of different lengths are among them.

    What breaks it: something that belongs to a row kept where the engine does not find it (on `self`, in an object that
    is no tuple, list or dict), or not at the first dimension.
    """
    network, inputs = subject.build(), subject.inputs()
    more = random_rows([len(MOVES)] * len(LENGTHS), subject.vocabulary, seed=3)
    _, memory, state = subject.call(network, inputs)
    origin = torch.arange(len(LENGTHS))
    for t, move in enumerate(MOVES):
        if move is not None:
            rows = torch.tensor(move)
            memory, state, origin = take_rows(memory, rows), take_rows(state, rows), origin[rows]
        features, _, state = subject.step(network, more[origin, t : t + 1], memory, state)
        for b, first in enumerate(origin.tolist()):
            whole = _alone(subject, network, inputs.row(first), more[first : first + 1, : t + 1])
            assert_equal(features[b, 0], whole, f"step {t + 1} of what was row {first}, after rows were moved")


@torch.no_grad()
def check_batch_comes_first(subject: Subject) -> None:
    """Every tensor of memory and state has the batch as its first dimension, and they are tensors, plain values, or
    dicts, lists, tuples and NamedTuples of these.

    The engine, and never a model, moves their rows, and it knows no other form. What breaks it: the [layers, B, H] of
    torch's recurrent modules, handed on as it is; a dataclass as a state.
    """
    network, inputs = subject.build(), subject.inputs()
    outcome = subject.call(network, inputs)
    for name in ("memory", "state"):
        value = getattr(outcome, name)
        _assert_pytree(value, name)
        for tensor in tensors(value):
            assert tensor.dim() > 0, f"the {name} holds a tensor without dimensions"
            shape = tuple(tensor.shape)
            assert shape[0] == len(LENGTHS), f"the {name} of {len(LENGTHS)} rows holds a tensor of shape {shape}"


@torch.no_grad()
def check_a_step_leaves_its_state(subject: Subject) -> None:
    """A step leaves memory and state that it was given as they were, so that one state can be continued twice.

    Beam search and what is measured over contexts do so. What breaks it: writing into a cache in place.
    """
    network, inputs = subject.build(), subject.inputs()
    _, memory, state = subject.call(network, inputs)
    tokens = random_rows([1] * len(LENGTHS), subject.vocabulary, seed=3)
    copies = [tensor.clone() for tensor in tensors((memory, state))]
    first = subject.step(network, tokens, memory, state).features
    for tensor, copy in zip(tensors((memory, state)), copies, strict=True):
        assert torch.equal(tensor, copy), f"a step changes a tensor {tuple(tensor.shape)} of its state in place"
    assert_equal(subject.step(network, tokens, memory, state).features, first, "the same step after the same state")


def _alone(subject: Subject, network: Any, row: Inputs, more: Tensor) -> Tensor:
    """Features [H] of the last of the tokens [1, N] behind a row."""
    longer = row.with_tokens(torch.cat([row.tokens, more], 1))
    return subject.call(network, longer).features[0, -1]


def _assert_pytree(value: Any, name: str) -> None:
    if isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            _assert_pytree(part, name)
        return
    assert isinstance(value, (Tensor, *PLAIN)), (
        f"the {name} holds a {type(value).__name__}, of which the engine cannot move the rows: "
        "only tensors and plain values in dicts, lists, tuples and NamedTuples"
    )
