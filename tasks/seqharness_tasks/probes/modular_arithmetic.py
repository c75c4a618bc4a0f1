"""Modular arithmetic without brackets: a regular language whose state is a running sum and a running product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from seqharness.contracts import Example

from .kinds import Classification, numbers
from .options import Beyond, Longest, RangeOptions, Train

MODULUS = 5
OPERATORS = ("+", "-", "*")

BLOCK = 16
"""Expressions drawn at once; five values are met after eleven, on average."""


class ModularArithmeticOptions(RangeOptions):
    """Options of `modular-arithmetic`."""

    stride: ClassVar[int] = 2

    train: Train = 338_000
    longest: Longest = 39
    beyond: Beyond = 199


class ModularArithmetic(Classification):
    """The value of an expression modulo 5 (Delétang et al. 2023, https://arxiv.org/abs/2207.02098): digits with
    operators between them, products before sums and differences.

    Vocabulary: 0 to 4, +, - and *; labels: 0 to 4. An expression is drawn uniformly from those of its length and value.
    Length: 1 to 39 in steps of 2 in training, validation and test; beyond: 59, 79, 99, 119, 139, 159, 179, 199.
    Examples: 337,960 in training, of a length in inverse proportion to it; 50 for each length elsewhere.
    Scored: the value, each as often at every length. Chance: accuracy 20.0 %.
    Repeats: allowed and counted; there are only five expressions of length 1.
    """

    name = "modular-arithmetic"
    labels = numbers(MODULUS)
    symbols = (*numbers(MODULUS), *OPERATORS)
    options: ModularArithmeticOptions

    def unit(self, rng: np.random.Generator, length: int) -> tuple[Example, ...]:
        """The first expression of each value, of those drawn uniformly one after another."""
        found: dict[str, Example] = {}
        while len(found) < MODULUS:
            digits = rng.integers(MODULUS, size=(BLOCK, (length + 1) // 2)).tolist()
            operators = rng.integers(len(OPERATORS), size=(BLOCK, length // 2)).tolist()
            for row, signs in zip(digits, operators, strict=True):
                label = str(value(row, signs))
                if label not in found:
                    rest = (f"{OPERATORS[sign]} {digit}" for sign, digit in zip(signs, row[1:], strict=True))
                    found[label] = Example(" ".join([str(row[0]), *rest]), label)
        return tuple(found[label] for label in self.labels)


def value(digits: Sequence[int], operators: Sequence[int]) -> int:
    """The expression's value modulo 5; operators by their place in OPERATORS."""
    total, term = 0, digits[0]
    for operator, digit in zip(operators, digits[1:], strict=True):
        if operator == 2:
            term = term * digit % MODULUS
        else:
            total, term = total + term, -digit if operator else digit
    return (total + term) % MODULUS


PROBE, OPTIONS = ModularArithmetic, ModularArithmeticOptions
