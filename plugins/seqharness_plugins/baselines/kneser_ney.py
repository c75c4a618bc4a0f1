"""Interpolated modified Kneser-Ney smoothing (Chen & Goodman 1999, "An empirical study of smoothing techniques for
language modeling", https://doi.org/10.1006/csla.1999.0128, section 3; Kneser & Ney 1995).

    p(w | h) = (a(h w) - D(a(h w))) / a(h .) + rest(h) p(w | h')            h' is h without its first token
    rest(h)  = (D1 N1(h .) + D2 N2(h .) + D3+ N3+(h .)) / a(h .)            Ni: how many w have a(h w) = i

and below the empty context stands the uniform distribution over all that can be predicted. a(g) is how often g occurs
if its length is the order of the model, or if it begins with BOS, before which nothing can stand; of every other n-gram
it is the number of different tokens before it. The discounts of each length follow from its counts of counts ni:
Y = n1 / (n1 + 2 n2), D1 = 1 - 2 Y n2 / n1, D2 = 2 - 3 Y n3 / n2, D3+ = 3 - 4 Y n4 / n3.

A text begins with one BOS and ends with EOS, as networks read it. Events are the scored positions alone; a token that
is not scored is context all the same. No loop runs over n-grams: an n-gram's key is the number of its first n - 1
tokens times the vocabulary plus its last token, its number is its place among the sorted keys, and those that end at
every position of a text are found at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .targets import Flags, Floats, Ids, Text

ABSENT = -1
"""In place of the number of an n-gram that training did not have, or that would begin before its row."""


class Reading:
    """Where the reading of a text stands: after every n-gram of one length n, all positions at once.

    numbers [total]: of the n-gram that ends at each position. contexts [total]: of the one that ends just before it.
    """

    def __init__(self, text: Text, vocabulary: int) -> None:
        self.text, self.vocabulary, self.length = text, vocabulary, 0
        self.numbers = np.zeros(len(text.tokens), dtype=np.int64)
        self.contexts = self.numbers

    def keys(self) -> Ids:
        """[total]: of the n-grams that are one token longer; ABSENT where the context is."""
        return np.where(self.contexts < 0, ABSENT, self.contexts * self.vocabulary + self.text.tokens)

    def lengthen(self, numbers: Ids) -> None:
        """Go on to the n-grams that are one token longer. No context reaches back before its row."""
        self.length, self.numbers = self.length + 1, numbers
        self.contexts = np.roll(numbers, 1)
        self.contexts[self.text.starts[:-1]] = ABSENT


@dataclass(frozen=True)
class Grams:
    """All n-grams of one length n in the training text.

    keys [M]: ascending. counts [M]: scored occurrences (0: it is a context and no event). suffixes [M]: numbers of the
    last n - 1 tokens. initial [M]: whether it begins with BOS. contexts: how many (n - 1)-grams there are.
    """

    keys: Ids
    counts: Ids
    suffixes: Ids
    initial: Flags
    contexts: int

    @classmethod
    def read(cls, reading: Reading, contexts: int) -> Grams:
        """The n-grams that are one token longer; the reading goes on to them."""
        keys, text = reading.keys(), reading.text
        places = np.flatnonzero(keys >= 0)
        unique, first, inverse = np.unique(keys[places], return_index=True, return_inverse=True)
        suffixes = reading.numbers[places[first]]
        counts = np.bincount(inverse[text.scored[places]], minlength=len(unique))
        numbers = np.full(len(keys), ABSENT)
        numbers[places] = inverse
        ends = (
            text.starts[:-1] + reading.length
        )  # where an n-gram from the begin of its row ends, if the row is so long
        initial = np.zeros(len(unique), dtype=bool)
        initial[numbers[ends[ends < text.starts[1:]]]] = True
        reading.lengthen(numbers)
        return cls(unique, counts, suffixes, initial, contexts)

    def continuations(self, longer: Grams) -> Ids:
        """[M]: how many different tokens stand before each n-gram; of one that begins with BOS, how often it occurs."""
        before = np.bincount(longer.suffixes[longer.counts > 0], minlength=len(self.keys))
        return np.where(self.initial, self.counts, before)


def discounts(counts: Ids) -> tuple[float, float, float]:
    """D1, D2 and D3+ of n-grams of one length with these counts.

    Where n3 or n4 is 0, or a discount would not be positive (small or very regular texts), one absolute discount Y
    stands for all three (Ney, Essen & Kneser 1994). Where n1 or n2 is 0, half a count does: Y would be 0 or 1, and
    leave nothing to what was not seen, or to what was seen once.
    """
    n1, n2, n3, n4 = (int((counts == value).sum()) for value in (1, 2, 3, 4))
    if not (n1 and n2):
        return 0.5, 0.5, 0.5
    y = n1 / (n1 + 2 * n2)
    if n3 and n4:
        modified = 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3
        if min(modified) > 0:
            return modified
    return y, y, y


@dataclass(frozen=True)
class Level:
    """What the n-grams of one length say.

    keys [M]: as in `Grams`. gain [M]: (a - D(a)) / a(h .). rest [contexts]: the share that a context leaves to the
    level below; 1 where no event followed it. learned: n-grams with a count, and the discounts.
    """

    keys: Ids
    gain: Floats
    rest: Floats
    learned: int

    @classmethod
    def of(cls, grams: Grams, counts: Ids, vocabulary: int) -> Level:
        """From n-grams and their counts a [M]."""
        prefixes = grams.keys // vocabulary
        removed = np.array([0.0, *discounts(counts)])[np.minimum(counts, 3)]
        total = np.bincount(prefixes, counts, minlength=grams.contexts)
        some = np.maximum(total, 1)
        rest = np.where(total > 0, np.bincount(prefixes, removed, minlength=grams.contexts) / some, 1.0)
        return cls(grams.keys, (counts - removed) / some[prefixes], rest, int((counts > 0).sum()) + 3)

    def find(self, keys: Ids) -> Ids:
        """The number of the n-gram with each key, ABSENT where there is none."""
        if not len(self.keys):
            return np.full(len(keys), ABSENT)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[places] == keys, places, ABSENT)

    def interpolate(self, lower: Floats, contexts: Ids, numbers: Ids) -> Floats:
        """The probabilities of the level below -> those of this one, where contexts and n-grams are known."""
        probabilities = lower.copy()
        known = contexts >= 0
        probabilities[known] *= self.rest[contexts[known]]
        found = numbers >= 0
        probabilities[found] += self.gain[numbers[found]]
        return probabilities


class KneserNey:
    """A model: its levels from the shortest n-grams to the longest, and what can be predicted at all [vocabulary]."""

    def __init__(self, levels: Sequence[Level], possible: Flags) -> None:
        self.levels, self.possible = tuple(levels), possible

    @property
    def order(self) -> int:
        """Length of the longest n-grams."""
        return len(self.levels)

    @property
    def parameters(self) -> int:
        """N-grams with a count, and discounts."""
        return sum(level.learned for level in self.levels)

    def probabilities(self, text: Text) -> Floats:
        """Of each scored position, in order."""
        reading, found = Reading(text, len(self.possible)), uniform(text, self.possible)
        for level in self.levels:
            numbers = level.find(reading.keys())
            found = level.interpolate(found, reading.contexts, numbers)
            reading.lengthen(numbers)
        return found[text.scored]

    def contexts(self, text: Text) -> list[Ids]:
        """For each level: the number of the context before each scored position."""
        reading, found = Reading(text, len(self.possible)), []
        for level in self.levels:
            found.append(reading.contexts[text.scored])
            reading.lengthen(level.find(reading.keys()))
        return found

    def distributions(self, contexts: Sequence[Ids]) -> Floats:
        """[positions, vocabulary]: the probability of every token after contexts as `contexts` gives them."""
        size = len(self.possible)
        table = np.tile(self.possible / self.possible.sum(), (len(contexts[0]), 1))
        for level, before in zip(self.levels, contexts, strict=True):
            rows = np.flatnonzero(before >= 0)
            table[rows] *= level.rest[before[rows]][:, None]
            first, last = (np.searchsorted(level.keys, (before[rows] + more) * size) for more in (0, 1))
            counts = last - first  # n-grams with this context are neighbours
            places = np.arange(int(counts.sum())) + np.repeat(first - (np.cumsum(counts) - counts), counts)
            table[np.repeat(rows, counts), level.keys[places] % size] += level.gain[places]
        return table

    def most_probable(self, text: Text, cells: int = 1 << 24) -> Ids:
        """The most probable token at each scored position. cells: of the table [positions, vocabulary] held at once."""
        contexts, step = self.contexts(text), max(1, cells // len(self.possible))
        best = np.zeros(len(contexts[0]), dtype=np.int64)
        for start in range(0, len(best), step):
            part = slice(start, start + step)
            best[part] = self.distributions([level[part] for level in contexts]).argmax(1)
        return best


def growing(train: Text, held_out: Text, possible: Flags) -> Iterator[tuple[KneserNey, Floats]]:
    """Models of order 1, 2, 3, ... without end, each with what it gives to the scored positions of the text held out.

    The levels below the longest are the same for all of them, and are computed once.
    """
    size = len(possible)
    reading, other, lower = Reading(train, size), Reading(held_out, size), list[Level]()
    found = uniform(held_out, possible)
    grams = Grams.read(reading, 1)
    while True:
        top = Level.of(grams, grams.counts, size)
        numbers = top.find(other.keys())
        scored = top.interpolate(found, other.contexts, numbers)[held_out.scored]
        yield KneserNey([*lower, top], possible), scored
        longer = Grams.read(reading, len(grams.keys))
        lower.append(Level.of(grams, grams.continuations(longer), size))
        found = lower[-1].interpolate(found, other.contexts, numbers)
        other.lengthen(numbers)
        grams = longer


def uniform(text: Text, possible: Flags) -> Floats:
    """[total]: where nothing is known of a token but that it is possible."""
    return np.where(possible[text.tokens], 1 / possible.sum(), 0.0)
