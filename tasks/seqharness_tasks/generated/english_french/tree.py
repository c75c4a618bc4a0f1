"""The abstract syntax of the grammar: one tree, which `english` and `french` put into words.

A tree holds what the sentence says and never how a language says it: agreement, word order, elision, articles
that only one language has, and the choice among two translations of a word are the renderers' work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .entries import (
    MASCULINE,
    Adjective,
    Adverb,
    Agreement,
    Control,
    Name,
    Noun,
    Number,
    Preposition,
    Profession,
    Tense,
    Verb,
)

Determiner = Literal[
    "the",
    "indefinite",
    "generic",
    "this",
    "possessive",
    "genitive",
    "all",
    "every",
    "several",
    "some",
    "a lot of",
    "what",
]
Negation = Literal["", "not", "never", "no longer"]


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A personal pronoun. A third person `thing` is `it`; gender and number are the antecedent's."""

    agreement: Agreement
    thing: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """The place of the relative pronoun or question word in its clause, with the features of its antecedent."""

    agreement: Agreement = MASCULINE


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A common noun with what stands around it.

    `indefinite` is a/an, or no article in the plural and for mass nouns; `generic` is no article in English and
    the definite article in French. `possessor` goes with "possessive", `owner` with "genitive" (the girl's dog).
    """

    noun: Noun
    determiner: Determiner = "the"
    number: Number = "singular"
    count: int | None = None
    adjectives: tuple[Adjective, ...] = ()
    contents: Noun | None = None
    possessor: Agreement | None = None
    owner: Nominal | None = None
    complement: Prepositional | None = None
    relative: Relative | None = None


@dataclass(frozen=True, slots=True)
class Coordination:
    """Nominals joined by `and`; it counts as plural, and as masculine unless all its members are feminine."""

    members: tuple[Nominal, ...]


Nominal = NounPhrase | Name | Pronoun | Coordination | Gap


@dataclass(frozen=True, slots=True)
class Prepositional:
    """A preposition with its nominal."""

    preposition: Preposition
    nominal: Nominal


@dataclass(frozen=True, slots=True)
class Relative:
    """A relative clause: its clause holds one `Gap` as subject or object, or none when `where` introduces it."""

    clause: Clause
    person: bool = False
    where: bool = False


@dataclass(frozen=True, slots=True)
class Quality:
    """A predicate adjective, with an adverb of degree, or compared with a `standard`."""

    adjective: Adjective
    degree: Adverb | None = None
    comparison: Literal["", "more", "as"] = ""
    standard: Nominal | None = None


@dataclass(frozen=True, slots=True)
class Age:
    """Being so many years old."""

    years: int


Predicate = Quality | Age | Profession | NounPhrase | Prepositional


@dataclass(frozen=True, slots=True)
class VerbPhrase:
    """A verb with its complements. `content` is a that-clause; `place` and `extra` are prepositional phrases."""

    verb: Verb
    tense: Tense = "present"
    negation: Negation = ""
    progressive: bool = False
    control: Control | None = None
    often: Adverb | None = None
    manner: Adverb | None = None
    object: Nominal | None = None
    recipient: Nominal | None = None
    predicate: Predicate | None = None
    place: Prepositional | None = None
    extra: Prepositional | None = None
    content: Sentence | None = None
    time: Adverb | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """A subject with one verb phrase, or with several joined by `and`; `opening` is an adverb before the clause."""

    subject: Nominal
    phrases: tuple[VerbPhrase, ...]
    opening: Adverb | None = None


@dataclass(frozen=True, slots=True)
class Existential:
    """There is, there are."""

    nominal: NounPhrase
    place: Prepositional
    tense: Tense = "present"
    negative: bool = False


@dataclass(frozen=True, slots=True)
class Subordination:
    """A main clause and a subordinate one, which comes first when `first` is set."""

    main: Sentence
    conjunction: str
    subordinate: Clause
    first: bool = False


@dataclass(frozen=True, slots=True)
class Compound:
    """Two clauses joined by `and`, `but` or `so`."""

    left: Sentence
    conjunction: str
    right: Sentence


@dataclass(frozen=True, slots=True)
class Question:
    """A question. In `what` the clause's object is a `Gap`, in `who` its subject; `which` fronts its object."""

    clause: Clause
    word: Literal["", "where", "why", "when", "what", "who", "which"] = ""


Sentence = Clause | Existential | Subordination | Compound | Question

IT_WEATHER = Pronoun(Agreement(), thing=True)


def agreement(nominal: Nominal) -> Agreement:
    """The features of a nominal that French words agree with."""
    match nominal:
        case NounPhrase(noun=noun, number=number):
            return Agreement(noun.gender, "plural" if noun.plural_in_french else number)
        case Name(gender=gender):
            return Agreement(gender)
        case Pronoun(agreement=features) | Gap(agreement=features):
            return features
        case Coordination(members=members):
            feminine = all(agreement(member).gender == "f" for member in members)
            return Agreement("f" if feminine else "m", "plural")
