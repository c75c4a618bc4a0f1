"""Eight examples for each interface that can be learned by heart only by reading what must be read.

Three bits a, b, c make eight rows, in which nothing else differs. What is to be said depends on all three (a label), on
a token and its left neighbour (a tag, the next token), on both neighbours (a masked token), or on the place of a bit in
the source. A network that is blind to one of these can do no better than guess a bit: log 2 nats.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import torch
from torch import Tensor

from ..interfaces import BOS, MASK, CausalLM, Classify, MaskedLM, SequenceToSequence, Tag
from .inputs import Inputs
from .subjects import Subject

BITS = torch.tensor(list(itertools.product((0, 1), repeat=3)))
"""[8, 3]"""

BLIND = math.log(2)
"""Loss in nats of a network that cannot see one bit it needs."""

FILLER, A, B, C, PAIRS = 6, 10, 12, 14, 16
"""Token ids: a bit of each place has two, a pair of bits has four."""

BETWEEN = (1, 3, 0, 2, 2, 0, 3, 1)
"""Positions of filler around b in each of the eight rows, so that they are of different lengths."""


class Lesson(NamedTuple):
    """inputs of eight rows; scored [8, T] bool, or None where there is one answer a row; targets of what is scored, in
    order; blind: the loss of a network that cannot see what it must."""

    inputs: Inputs
    scored: Tensor | None
    targets: Tensor
    blind: float = BLIND


def lesson(subject: Subject) -> Lesson:
    """The eight examples of the subject's interface."""
    interface = subject.interface
    if isinstance(interface, Classify):
        return _numbers() if interface.features else _labels()
    if isinstance(interface, Tag):
        return _tags()
    if isinstance(interface, MaskedLM):
        return _masked()
    if isinstance(interface, CausalLM):
        return _continued() if subject.encodes else _text()
    if isinstance(interface, SequenceToSequence):
        return _translated(subject)
    raise NotImplementedError(f"no examples for {type(interface).__name__}")


def _labels() -> Lesson:
    """a . b . c with filler between -> the number abc."""
    tokens, lengths = _spread()
    return Lesson(Inputs(tokens, lengths), None, torch.arange(8))


def _numbers() -> Lesson:
    """The same as reals: (+1 or -1, 1) at a bit and (0, 0) elsewhere -> the number abc, scaled to -1..1.

    Blind to c, the two numbers that differ in it get the value between them.
    """
    tokens, lengths = _spread()
    bit = tokens >= A
    value = torch.where(bit, (tokens % 2) * 2.0 - 1.0, 0.0)
    targets = torch.linspace(-1, 1, 8)
    blind = float((targets[1] - targets[0]) / 2) ** 2
    return Lesson(Inputs(torch.stack([value, bit.float()], -1), lengths), None, targets, blind)


def _tags() -> Lesson:
    """a b c: at b and at c, the bit to the left."""
    tokens = BITS + torch.tensor([A, B, C])
    return Lesson(Inputs(tokens, None), _at(3, 1, 2), BITS[:, :2].flatten())


def _masked() -> Lesson:
    """a _ b _ c: which two bits stand around a gap."""
    tokens = torch.full((8, 5), MASK)
    tokens[:, ::2] = BITS + torch.tensor([A, B, C])
    return Lesson(Inputs(tokens, None), _at(5, 1, 3), torch.stack([_pair(0), _pair(1)], 1).flatten())


def _text() -> Lesson:
    """a b (ab) c (bc): the pair that comes after b and after c."""
    tokens = torch.stack([torch.full((8,), BOS), BITS[:, 0] + A, BITS[:, 1] + B, _pair(0), BITS[:, 2] + C], 1)
    return Lesson(Inputs(tokens, None), _at(5, 2, 4), torch.stack([_pair(0), _pair(1)], 1).flatten())


def _continued() -> Lesson:
    """The same text with a b as its context: the encoder is given that, the decoder writes the rest."""
    begin = torch.full((8,), BOS)
    source = torch.stack([begin, BITS[:, 0] + A, BITS[:, 1] + B], 1)
    tokens = torch.stack([begin, _pair(0), BITS[:, 2] + C], 1)
    targets = torch.stack([_pair(0), _pair(1)], 1).flatten()
    return Lesson(Inputs(tokens, None, source, None), _at(3, 0, 2), targets)


def _translated(subject: Subject) -> Lesson:
    """a . b . c with filler between -> a b c."""
    source, lengths = _spread()
    written = BITS + torch.tensor([A, B, C])
    tokens = torch.cat([torch.full((8, 1), BOS), written[:, :2]], 1)
    return Lesson(Inputs(tokens, None, source, lengths), _at(3, 0, 1, 2), written.flatten())


def _spread() -> tuple[Tensor, Tensor]:
    """Rows a, filler, b, filler, c of different lengths [8, T], and their lengths [8]."""
    rows = []
    for bits, fillers in zip(BITS.tolist(), BETWEEN, strict=True):
        left, right = fillers // 2, fillers - fillers // 2
        rows.append([A + bits[0], *[FILLER] * left, B + bits[1], *[FILLER] * right, C + bits[2]])
    lengths = torch.tensor([len(row) for row in rows])
    tokens = torch.zeros(8, int(lengths.max()), dtype=torch.long)
    for b, row in enumerate(rows):
        tokens[b, : len(row)] = torch.tensor(row)
    return tokens, lengths


def _pair(first: int) -> Tensor:
    """[8]: the token of two neighbouring bits."""
    return PAIRS + 2 * BITS[:, first] + BITS[:, first + 1]


def _at(size: int, *positions: int) -> Tensor:
    """[8, size] bool, true at these positions."""
    scored = torch.zeros(8, size, dtype=torch.bool)
    scored[:, list(positions)] = True
    return scored
