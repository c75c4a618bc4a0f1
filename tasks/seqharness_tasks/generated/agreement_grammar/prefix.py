"""Exact probabilities of the next word, whatever the derivation.

A prefix of a sentence is compatible with some stacks of symbols still to be rewritten, each with a probability. A word
is read by rewriting the top of every stack until a word stands there; the probability of the word is what the stacks
that begin with it have together. Since every derivation ends with probability one, this is the conditional probability
of the word given the prefix (the prefix probability of Jelinek & Lafferty 1991, https://aclanthology.org/J91-3004/, by
the top-down parser of Roark 2001, https://aclanthology.org/J01-2004/, with no stack ever dropped).

Sums, products and quotients alone: every machine computes the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence

from .pcfg import Grammar, Symbol

EMPTY = 0
"""The stack with nothing on it."""

Continuation = tuple[float, tuple[Symbol, ...]]
"""What is left of a symbol's right-hand sides once a word of it was read, with the probability of both."""


class PrefixScorer:
    """Scores sentences under a grammar; ambiguous ones are summed over. ValueError where the grammar is left-recursive:
    rewriting the top would have no end. What was computed for one sentence is kept for the next."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self._empty: dict[Symbol, float] = {}
        self._first: dict[Symbol, dict[str, list[Continuation]]] = {}
        self._stacks: list[tuple[Symbol, int]] = [("", EMPTY)]  # number -> (top, number of the stack under it)
        self._numbers: dict[tuple[Symbol, int], int] = {}
        for symbol in grammar.choices:
            self._look_ahead(symbol, ())

    def conditionals(self, words: Sequence[str]) -> list[float]:
        """p(word | the words before it) for each word, and p(end | all words) last; all zero from the first word that
        cannot stand there. Their product is the probability of the sentence."""
        found: list[float] = []
        stacks = {self._push((self.grammar.start,), EMPTY): 1.0}
        for word in words:
            read: dict[int, float] = {}
            for stack, weight in stacks.items():
                self._read(word, stack, weight, read)
            total = 0.0
            for weight in read.values():
                total += weight
            found.append(total)
            if not total:
                return [*found, *[0.0] * (len(words) + 1 - len(found))]
            stacks = {stack: weight / total for stack, weight in read.items()}
        end = 0.0
        for stack, weight in stacks.items():
            end += weight * self._ends(stack)
        return [*found, end]

    def _read(self, word: str, stack: int, weight: float, read: dict[int, float]) -> None:
        """Add to `read` the stacks that `word` leads to from one of this weight."""
        while stack != EMPTY and weight:
            top, below = self._stacks[stack]
            for probability, rest in self._beginning(top, word):
                number = self._push(rest, below)
                read[number] = read.get(number, 0.0) + weight * probability
            weight *= self._vanishes(top)
            stack = below

    def _ends(self, stack: int) -> float:
        """The probability that nothing more comes from a stack."""
        probability = 1.0
        while stack != EMPTY and probability:
            top, stack = self._stacks[stack]
            probability *= self._vanishes(top)
        return probability

    def _push(self, symbols: Sequence[Symbol], stack: int) -> int:
        """The number of the stack with `symbols` on top, the first one uppermost."""
        for symbol in reversed(symbols):
            key = (symbol, stack)
            if key not in self._numbers:
                self._numbers[key] = len(self._stacks)
                self._stacks.append(key)
            stack = self._numbers[key]
        return stack

    def _beginning(self, symbol: Symbol, word: str) -> Sequence[Continuation]:
        if symbol in self._first:
            return self._first[symbol].get(word, ())
        return ((1.0, ()),) if symbol == word else ()

    def _vanishes(self, symbol: Symbol) -> float:
        """The probability that a symbol is rewritten as no word at all."""
        return self._empty.get(symbol, 0.0)

    def _look_ahead(self, symbol: Symbol, above: tuple[Symbol, ...]) -> None:
        """Fill `_first` and `_empty` for a symbol and for all that it may begin with."""
        if symbol in self._first or symbol not in self.grammar.choices:
            return
        if symbol in above:
            raise ValueError(f"left recursion: {' -> '.join(map(str, (*above, symbol)))}")
        first: dict[str, dict[tuple[Symbol, ...], float]] = {}
        empty = 0.0
        choice = self.grammar.choices[symbol]
        for probability, side in zip(choice.probabilities, choice.sides, strict=True):
            for place, part in enumerate(side):  # the parts before it are rewritten as nothing
                self._look_ahead(part, (*above, symbol))
                beginnings = self._first[part].items() if part in self._first else [(str(part), [(1.0, ())])]
                for word, continuations in beginnings:
                    rests = first.setdefault(word, {})
                    for inner, rest in continuations:
                        key = (*rest, *side[place + 1 :])
                        rests[key] = rests.get(key, 0.0) + probability * inner
                probability *= self._vanishes(part)
                if not probability:
                    break
            empty += probability
        self._first[symbol] = {word: [(p, rest) for rest, p in rests.items()] for word, rests in first.items()}
        self._empty[symbol] = empty
