"""ListOps: nested lists of digits to be evaluated."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from typing import Annotated, Union

import numpy as np
import numpy.typing as npt
from pydantic import Field

from seqharness.contracts import Example

from .kinds import ClassificationByLabel, numbers
from .options import Beyond, Longest, RangeOptions, Train

OPERATORS = ("[MIN", "[MAX", "[MED", "[SM")
END = "]"
DIGITS = 10
NESTED = 0.25
"""Probability of a list where a digit could stand."""

TRIES = 32
"""Ways to fill a shape that are tried at a time."""

Digits = npt.NDArray[np.int64]

Shape = Union[int, list["Shape"]]  # noqa: UP007 - "Shape" in quotes takes no |
"""A digit (its place among the digits of the row), or the arguments of an operator."""


class ListOpsOptions(RangeOptions):
    """Options of `listops`."""

    train: Train = 45_000
    shortest: Annotated[int, Field(ge=4, description="smallest length trained and tested on")] = 5
    longest: Longest = 50
    beyond: Beyond = 90
    depth: Annotated[int, Field(ge=2, description="most lists inside each other, the outermost included")] = 9
    arguments: Annotated[int, Field(ge=2, description="most arguments of an operator")] = 10


class ListOps(ClassificationByLabel):
    """The value of a nested list (Nangia & Bowman 2018, https://arxiv.org/abs/1804.06028) from the grammar of the Long
    Range Arena (Tay et al. 2021, https://arxiv.org/abs/2011.04006): operators MIN, MAX, MED (median, rounded down) and
    SM (sum modulo 10) with 2 to 10 arguments, each of them a list with probability 1/4 and a digit otherwise, at most 9
    lists inside each other.

    Vocabulary: 0 to 9, [MIN, [MAX, [MED, [SM and ]; labels: 0 to 9. A row's shape is drawn from the grammar given the
    row's length, its operators and digits uniformly from those that give its label.
    Length: 5 to 50 in training, validation and test; beyond: 55, 60, 65, 70, 75, 80, 85, 90. Rows of the Arena have
    500 to 2,000 symbols: ask for them by shortest, longest and beyond.
    Examples: 44,800 in training, of a length in inverse proportion to it; 50 for each length elsewhere.
    Scored: the value, each as often at every length, which it is not in the Arena. Chance: accuracy 10.0 %.
    Repeats: allowed and counted; few are to be expected.
    """

    name = "listops"
    labels = numbers(DIGITS)
    symbols = (*numbers(DIGITS), *OPERATORS, END)
    options: ListOpsOptions

    def sample(self, rng: np.random.Generator, length: int, label: str) -> Example:
        shape, leaves, lists = self.shape(rng, length)
        while True:
            digits = rng.integers(DIGITS, size=(leaves, TRIES))
            operators = rng.integers(len(OPERATORS), size=(lists, TRIES))
            found = np.flatnonzero(values(shape, digits, iter(operators)) == int(label))
            if len(found):
                break
        chosen = int(found[0])
        fill = (OPERATORS[operator] for operator in operators[:, chosen].tolist())
        return Example(" ".join(written(shape, digits[:, chosen].tolist(), fill)), label)

    def shape(self, rng: np.random.Generator, length: int) -> tuple[Shape, int, int]:
        """A shape of that length, the number of digits and the number of lists in it."""
        grammar = Lengths.of(self.options.depth, self.options.arguments, length)
        leaves = lists = 0

        def grow(size: int, depth: int) -> Shape:
            nonlocal leaves, lists
            if size == 1:
                leaves += 1
                return leaves - 1
            lists += 1
            return [grow(part, depth + 1) for part in grammar.parts(rng, size - 2, depth + 1)]

        return grow(length, 1), leaves, lists


class Lengths:
    """Probabilities of lengths under the grammar, so that a shape of one length can be drawn without rejection.

    one[d][n]: of a node at depth d to have n symbols. several[d][k][n]: of k nodes at depth d to have n together.
    """

    def __init__(self, depth: int, arguments: int, longest: int) -> None:
        self.arguments = arguments
        self.one: dict[int, list[float]] = {depth + 1: [0.0, 1.0, *[0.0] * longest]}
        self.several: dict[int, list[list[float]]] = {}
        for level in range(depth, 0, -1):
            inner = self.several[level + 1] = self._several(self.one[level + 1], longest)
            lists = (math.fsum(inner[k][n - 2] for k in range(2, arguments + 1)) for n in range(2, longest + 1))
            share = NESTED / (arguments - 1)
            self.one[level] = [0.0, 1 - NESTED, *(share * ways for ways in lists)]

    @staticmethod
    @cache
    def of(depth: int, arguments: int, longest: int) -> Lengths:
        """The same table for every row of a length."""
        return Lengths(depth, arguments, longest)

    def _several(self, one: Sequence[float], longest: int) -> list[list[float]]:
        """By number of nodes, 0 to `arguments`. `fsum` gives the same bits everywhere."""
        found = [[1.0, *[0.0] * longest]]
        for _ in range(self.arguments):
            before = found[-1]
            found.append([math.fsum(one[m] * before[n - m] for m in range(1, n + 1)) for n in range(longest + 1)])
        return found

    def parts(self, rng: np.random.Generator, size: int, depth: int) -> list[int]:
        """Lengths of the arguments of a list at a depth, of `size` symbols together."""
        one, several = self.one[depth], self.several[depth]
        count = 2 + drawn(rng, [several[k][size] for k in range(2, self.arguments + 1)])
        parts = []
        for left in range(count - 1, -1, -1):
            parts.append(1 + drawn(rng, [one[m] * several[left][size - m] for m in range(1, size + 1)]))
            size -= parts[-1]
        return parts


def drawn(rng: np.random.Generator, weights: Sequence[float]) -> int:
    """A place, in proportion to its weight."""
    total = list(accumulate(weights))
    return min(bisect_right(total, rng.random() * total[-1]), bisect_left(total, total[-1]))


def values(shape: Shape, digits: Digits, operators: Iterator[Digits]) -> Digits:
    """The value under each try [TRIES]. digits [places, TRIES]; operators: rows [TRIES], as lists open."""
    if isinstance(shape, int):
        row: Digits = digits[shape]
        return row
    chosen = next(operators)
    arguments = np.sort([values(part, digits, operators) for part in shape], axis=0)  # [k, TRIES]
    middle = (arguments[(len(shape) - 1) // 2] + arguments[len(shape) // 2]) // 2
    every = np.stack([arguments[0], arguments[-1], middle, arguments.sum(axis=0) % DIGITS])
    found: Digits = every[chosen, np.arange(len(chosen))]
    return found


def written(shape: Shape, digits: Sequence[int], operators: Iterator[str]) -> Iterator[str]:
    """The symbols of a shape that is filled."""
    if isinstance(shape, int):
        yield str(digits[shape])
        return
    yield next(operators)
    for part in shape:
        yield from written(part, digits, operators)
    yield END


PROBE, OPTIONS = ListOps, ListOpsOptions
