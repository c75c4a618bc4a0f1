"""Probabilistic context-free grammars: drawing sentences, and the entropy of what is drawn.

A grammar has rules for its symbols. A right-hand side is a sequence of symbols; what no rule rewrites is a word. Every
derivation must end with probability one, or the probabilities of sentences would not sum to one.

Entropy is Grenander's (1967, "Syntax-controlled probabilities"; see Soule 1974, doi:10.1016/S0019-9958(74)90799-2):
with h the entropy of the choice of a rule at each symbol and M the mean number of each symbol in the right-hand side
chosen at each symbol, the entropy of derivations is the solution of H = h + M H. It is the entropy of sentences where
the grammar is unambiguous.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

Symbol = Hashable
Weighted = tuple[float, tuple[Symbol, ...]]


@dataclass(frozen=True, slots=True)
class Node:
    """A symbol and what it was rewritten as: nodes and words (str). rule: the number of its rule."""

    symbol: Symbol
    rule: int
    children: tuple[Node | str, ...]

    def words(self) -> Iterator[str]:
        """The sentence, from left to right."""
        for child in self.children:
            if isinstance(child, Node):
                yield from child.words()
            else:
                yield child


@dataclass(frozen=True)
class Choice:
    """The rules of a symbol. probabilities: they sum to one; cumulative: their running sums but for the last one, to
    draw by."""

    sides: tuple[tuple[Symbol, ...], ...]
    probabilities: tuple[float, ...]
    cumulative: tuple[float, ...] = field(repr=False)

    @classmethod
    def of(cls, weighted: Sequence[Weighted]) -> Choice:
        """From weights; those of equal right-hand sides are added, and what has no weight is left out.

        Additions and divisions alone, in the order given, so that every machine computes the same bits.
        """
        merged: dict[tuple[Symbol, ...], float] = {}
        for weight, side in weighted:
            if weight > 0:
                merged[side] = merged.get(side, 0.0) + weight
        total, running, cumulative = 0.0, 0.0, []
        for weight in merged.values():
            total += weight
        probabilities = tuple(weight / total for weight in merged.values())
        for probability in probabilities[:-1]:
            running += probability
            cumulative.append(running)
        return cls(tuple(merged), probabilities, tuple(cumulative))

    def draw(self, rng: random.Random) -> int:
        """The number of a rule, by one call of `rng.random()`."""
        return bisect_right(self.cumulative, rng.random())


class Grammar:
    """start: the symbol of a sentence. rules: for each symbol the weights and right-hand sides it may have.

    ValueError for a symbol without rules of positive weight, and for derivations that need not end.
    """

    def __init__(self, start: Symbol, rules: Mapping[Any, Sequence[Weighted]]) -> None:
        self.start = start
        self.choices = {symbol: Choice.of(weighted) for symbol, weighted in rules.items()}
        empty = [symbol for symbol, choice in self.choices.items() if not choice.sides]
        if empty or start not in self.choices:
            raise ValueError(f"symbols without a rule: {empty or [start]}")
        wrong = {
            word for choice in self.choices.values() for side in choice.sides for word in side if not self._known(word)
        }
        if wrong:
            raise ValueError(f"neither symbols with a rule nor words: {sorted(map(str, wrong))}")
        self._inner = {
            symbol: tuple(tuple(part in self.choices for part in side) for side in choice.sides)
            for symbol, choice in self.choices.items()
        }
        self._places = {symbol: place for place, symbol in enumerate(self.choices)}
        if (self._solve(np.ones(len(self.choices))) < 0).any():  # the mean number of rules a derivation takes
            raise ValueError("derivations end with a probability below one")

    @property
    def vocabulary(self) -> list[str]:
        """All words, sorted."""
        sides = (side for choice in self.choices.values() for side in choice.sides)
        return sorted({word for side in sides for word in side if isinstance(word, str) and word not in self.choices})

    def sample(self, rng: random.Random) -> Node:
        """A derivation, drawn from the top and the left; only `rng.random()` is called."""
        return self._expand(self.start, rng)

    def probability(self, derivation: Node) -> float:
        """The product of the probabilities of a derivation's rules."""
        product = self.choices[derivation.symbol].probabilities[derivation.rule]
        for child in derivation.children:
            if isinstance(child, Node):
                product *= self.probability(child)
        return product

    def entropy(self) -> float:
        """Bits of a derivation drawn: of a sentence, where the grammar is unambiguous."""
        choices = self.choices.values()
        own = [-math.fsum(p * math.log2(p) for p in choice.probabilities) for choice in choices]
        return float(self._solve(np.array(own))[self._places[self.start]])

    def mean_length(self) -> float:
        """Mean number of words of a sentence."""
        own = [
            math.fsum(
                probability * sum(symbol not in self.choices for symbol in side)
                for probability, side in zip(choice.probabilities, choice.sides, strict=True)
            )
            for choice in self.choices.values()
        ]
        return float(self._solve(np.array(own))[self._places[self.start]])

    def _known(self, symbol: Symbol) -> bool:
        return symbol in self.choices or isinstance(symbol, str)

    def _expand(self, symbol: Symbol, rng: random.Random) -> Node:
        choice = self.choices[symbol]
        rule = choice.draw(rng)
        parts = zip(choice.sides[rule], self._inner[symbol][rule], strict=True)
        children: list[Any] = [self._expand(part, rng) if inner else part for part, inner in parts]
        return Node(symbol, rule, tuple(children))

    def _solve(self, own: Array) -> Array:
        """x = own + M x for every symbol: what a derivation adds up to in the mean."""
        system = np.eye(len(self.choices))
        for symbol, choice in self.choices.items():
            for probability, side in zip(choice.probabilities, choice.sides, strict=True):
                for part in side:
                    if part in self._places:
                        system[self._places[symbol], self._places[part]] -= probability
        return np.asarray(np.linalg.solve(system, own))
