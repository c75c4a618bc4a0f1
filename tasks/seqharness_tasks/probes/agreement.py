"""Agreement: the number of a verb, with other nouns before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from seqharness.contracts import Axis, Example

from .kinds import Classification
from .options import Beyond, Longest, PerLength, RangeOptions, Train

NOUNS = (
    *(("key", "keys"), ("cabinet", "cabinets"), ("box", "boxes"), ("child", "children"), ("man", "men")),
    *(("lady", "ladies"), ("dog", "dogs"), ("mouse", "mice"), ("teacher", "teachers"), ("wolf", "wolves")),
    *(("picture", "pictures"), ("foot", "feet"), ("house", "houses"), ("farmer", "farmers"), ("city", "cities")),
    ("book", "books"),
)
"""Singular and plural."""

VERBS = (
    ("sees", "see"),
    ("knows", "know"),
    ("likes", "like"),
    ("finds", "find"),
    ("carries", "carry"),
    ("has", "have"),
)
"""With a singular and with a plural subject; all of them take an object, which the relative clause has before it."""

PREPOSITIONS = ("near", "behind", "above", "beside", "without", "under")
FRONTED = 0.5
"""Share of rows with a phrase before the first clause, so that the first noun need not be a subject."""

MOST_OPEN = 2
"""Clauses that may be open when that of the subject begins."""


class AgreementOptions(RangeOptions):
    """Options of `agreement`. A length is a number of nouns."""

    train: Train = 173_000
    per_length: PerLength = 500
    longest: Longest = 4
    beyond: Beyond = 8


class Phrase(NamedTuple):
    """A noun phrase. numbers: of each noun in it, the head's first; 0 is singular, 1 is plural."""

    words: list[str]
    numbers: list[int]


class Agreement(Classification):
    """Whether the verb that comes next is singular or plural, with other nouns between it and its subject (Linzen et
    al. 2016, https://arxiv.org/abs/1611.01368). The subject is followed by prepositional phrases ("near the boxes") and
    relative clauses ("that the man sees"), whose nouns may have such phrases themselves. Up to two nouns stand before
    it whose relative clauses it begins ("the keys that the man that the dog ..."), so that the verb is that of the
    clause opened last and not yet closed (Lakretz et al. 2021, https://arxiv.org/abs/2006.11098), and before half the
    rows stands a phrase of one or two nouns and a comma. Examples come in twos that differ in the subject's number
    alone.

    Vocabulary: 16 nouns and 6 verbs in both numbers, 6 prepositions, the, that and a comma; labels: singular and
    plural. The number of every noun but the subject is drawn independently and uniformly.
    Nouns: 1, 2, 3, 4 in training, validation and test; beyond: 5, 6, 7, 8. It counts the nouns between subject and
    verb.
    Examples: 173,000 in training, of a number of nouns in inverse proportion to it; 500 for each number of nouns
    elsewhere.
    Scored: the label, each as often for each number of nouns. Chance: accuracy 50.0 %.
    Slices: attractors, the nouns between subject and verb whose number is not the subject's; distance, the words
    between them; open, the clauses that were begun before the subject's own.
    Repeats: no row of validation or of a test is in training.
    """

    name = "agreement"
    axes: Mapping[str, str | Axis] = {
        "nouns": Axis("nouns between subject and verb"),
        "attractors": Axis("nouns of the other number between subject and verb"),
        "distance": Axis("words between subject and verb", (4, 8, 12, 16, 20, 24, 28)),
        "open": Axis("clauses open before the subject's own"),
    }
    labels = ("singular", "plural")
    symbols = (
        *(form for noun in NOUNS for form in noun),
        *(form for verb in VERBS for form in verb),
        *(*PREPOSITIONS, "the", "that", ","),
    )
    disjoint = True
    options: AgreementOptions

    def unit(self, rng: np.random.Generator, length: int) -> tuple[Example, ...]:
        """A row with a singular and with a plural subject, otherwise the same; they are resampled together."""
        before: list[str] = []
        if rng.random() < FRONTED:
            fronted = noun_phrase(rng, int(rng.integers(2)), int(rng.integers(2)))
            before = [_one(rng, PREPOSITIONS), *fronted.words, ","]
        clauses = int(rng.integers(MOST_OPEN + 1))
        for _ in range(clauses):
            before += [*noun_phrase(rng, int(rng.integers(2)), int(rng.integers(2))).words, "that"]
        subject = noun_phrase(rng, length, 0)
        forms = next(forms for forms in NOUNS if forms[0] == subject.words[1])
        rows = [" ".join([*before, "the", form, *subject.words[2:]]) for form in forms]
        plurals = sum(subject.numbers[1:])
        slices = {"distance": len(subject.words) - 2, "open": clauses}
        return tuple(
            Example(row, label, {"attractors": attractors, **slices}, group=rows[0])
            for row, label, attractors in zip(rows, self.labels, (plurals, length - plurals), strict=True)
        )


def noun_phrase(rng: np.random.Generator, nouns: int, number: int) -> Phrase:
    """A phrase whose head has that number, with that many more nouns in it."""
    words, numbers = ["the", NOUNS[int(rng.integers(len(NOUNS)))][number]], [number]
    while nouns:
        inner = noun_phrase(rng, int(rng.integers(nouns)), int(rng.integers(2)))
        if rng.integers(2):
            words += [_one(rng, PREPOSITIONS), *inner.words]
        else:
            verb = VERBS[int(rng.integers(len(VERBS)))][inner.numbers[0]]
            words += ["that", *inner.words, verb]
        numbers += inner.numbers
        nouns -= len(inner.numbers)
    return Phrase(words, numbers)


def _one(rng: np.random.Generator, words: Sequence[str]) -> str:
    return words[int(rng.integers(len(words)))]


PROBE, OPTIONS = Agreement, AgreementOptions
