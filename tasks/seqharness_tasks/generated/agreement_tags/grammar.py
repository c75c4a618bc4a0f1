"""Sentences whose tags depend on words some distance away.

    sentence  -> [aside ","] clause [conjunction clause] "."
    clause    -> subject predicate
    subject   -> phrase [modifiers] ["," aside ","]  |  phrase "and" phrase [modifiers] ["," aside ","]
    phrase    -> determiner adjective* noun
    modifiers -> preposition phrase [preposition phrase] [relative]  |  relative
    relative  -> "that" subject transitive  |  "that" predicate
    predicate -> intransitive  |  transitive object  |  passive ["by" object]
    object    -> phrase [modifiers]

A verb has the number of its subject: of the first noun of the subject, not of the nearest; plural where two phrases are
joined. A relative clause belongs to that noun too, never to one after a preposition. A subject is the agent of an
active verb and the patient of a passive one, and the verb comes later; an object is the patient, and the phrase after
"by" is the agent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..english_french.draw import Draw
from .words import (
    ADJECTIVES,
    ADVERBS,
    ASIDES,
    CONJUNCTIONS,
    DETERMINERS,
    INTRANSITIVE,
    MODALS,
    NOUNS,
    PREPOSITIONS,
    TRANSITIVE,
    Verb,
)

AGENT, PATIENT, OTHER, SINGULAR, PLURAL = KINDS = ("AGENT", "PATIENT", "OTHER", "SINGULAR", "PLURAL")
"""Types of spans: phrases by their role (OTHER: after a preposition), and verb groups by their number."""

TAGS = ("O", *(f"{prefix}-{kind}" for kind in KINDS for prefix in ("B", "I")))

DEEPEST = 3
"""Relative clauses inside one another."""

MODIFIED = (0.85, 0.5, 0.3, 0.1)
"""Share of the subjects with modifiers, by the number of relative clauses around them."""

OBJECT_MODIFIED = (0.3, 0.15, 0.05, 0.0)
"""And of the objects."""


@dataclass(frozen=True)
class Agreement:
    """A verb and its subject. distance: words from the subject's noun to the verb group. attractors: nouns of the other
    number between the two."""

    distance: int
    attractors: int


@dataclass
class Words:
    """A sentence under way: words with their tags, the nouns so far with their places, and the agreements."""

    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    nouns: list[tuple[int, bool]] = field(default_factory=list)
    """(place, whether it is plural)."""
    agreements: list[Agreement] = field(default_factory=list)

    def outside(self, words: Iterable[str]) -> None:
        """Words that are in no span."""
        for word in words:
            self.words.append(word)
            self.tags.append("O")

    def span(self, words: Iterable[str], kind: str) -> int:
        """Words that are a span -> the place of its first."""
        begin = len(self.words)
        for word in words:
            self.tags.append(f"{'B' if len(self.words) == begin else 'I'}-{kind}")
            self.words.append(word)
        return begin

    def retag(self, begins: Iterable[int], kind: str) -> None:
        """Another type for the spans that begin at these places."""
        for begin in begins:
            end = begin
            while end == begin or (end < len(self.tags) and self.tags[end].startswith("I-")):
                self.tags[end] = f"{self.tags[end][0]}-{kind}"
                end += 1


@dataclass(frozen=True)
class Subject:
    """noun: place of the last of its own nouns. begins: places where its phrases begin."""

    noun: int
    plural: bool
    begins: tuple[int, ...]


def sentence(draw: Draw) -> Words:
    """One sentence, of any length."""
    made = Words()
    if draw.chance(0.1):
        made.outside([*draw.uniform(ASIDES).split(), ","])
    _clause(draw, made)
    if draw.chance(0.15):
        made.outside([draw.uniform(CONJUNCTIONS)])
        _clause(draw, made)
    made.outside(["."])
    return made


def _clause(draw: Draw, made: Words) -> None:
    _predicate(draw, made, _subject(draw, made, 0), 0)


def _subject(draw: Draw, made: Words, depth: int) -> Subject:
    """A subject, tagged AGENT until its verb says otherwise."""
    begins = [_phrase(draw, made, AGENT)]
    joined = draw.chance(0.12)
    if joined:
        made.outside(["and"])
        begins.append(_phrase(draw, made, AGENT))
    noun, plural = made.nouns[-1]
    subject = Subject(noun, plural or joined, tuple(begins))
    if draw.chance(MODIFIED[depth]):
        _modifiers(draw, made, depth, subject)
    if draw.chance(0.12):
        made.outside([",", *draw.uniform(ASIDES).split(), ","])
    return subject


def _phrase(draw: Draw, made: Words, kind: str) -> int:
    """A noun with what stands before it -> the place of its first word."""
    adjectives = draw.weighted({0: 0.55, 1: 0.35, 2: 0.1})
    first = draw.uniform(ADJECTIVES)
    second = draw.uniform([adjective for adjective in ADJECTIVES if adjective != first])
    plural = draw.chance(0.5)
    noun = draw.uniform(NOUNS)
    words = [draw.uniform(DETERMINERS), *(first, second)[:adjectives], noun.plural if plural else noun.singular]
    begin = made.span(words, kind)
    made.nouns.append((len(made.words) - 1, plural))
    return begin


def _modifiers(draw: Draw, made: Words, depth: int, head: Subject) -> None:
    relative = depth < DEEPEST and draw.chance(0.55)
    for _ in range(draw.weighted({0: 0.4, 1: 0.45, 2: 0.15}) if relative else draw.weighted({1: 0.7, 2: 0.3})):
        made.outside([draw.uniform(PREPOSITIONS)])
        _phrase(draw, made, OTHER)
    if not relative:
        return
    made.outside(["that"])
    if draw.chance(0.5):
        _verb(draw, made, _subject(draw, made, depth + 1), draw.uniform(TRANSITIVE), passive=False)
    else:
        _predicate(draw, made, Subject(head.noun, head.plural, ()), depth + 1)


def _predicate(draw: Draw, made: Words, subject: Subject, depth: int) -> None:
    kind = draw.weighted({"intransitive": 0.3, "active": 0.35, "passive": 0.35})
    passive = kind == "passive"
    verbs = INTRANSITIVE if kind == "intransitive" else TRANSITIVE
    _verb(draw, made, subject, draw.uniform(verbs), passive)
    made.retag(subject.begins, PATIENT if passive else AGENT)
    if kind == "active":
        _object(draw, made, PATIENT, depth)
    elif passive and draw.chance(0.5):
        made.outside(["by"])
        _object(draw, made, AGENT, depth)


def _object(draw: Draw, made: Words, kind: str, depth: int) -> None:
    begin = _phrase(draw, made, kind)
    noun, plural = made.nouns[-1]
    if draw.chance(OBJECT_MODIFIED[depth]):
        _modifiers(draw, made, depth, Subject(noun, plural, (begin,)))


def _verb(draw: Draw, made: Words, subject: Subject, verb: Verb, passive: bool) -> None:
    """A verb group that shows no number."""
    place = len(made.words)
    between = [plural for noun, plural in made.nouns if noun > subject.noun]
    made.agreements.append(Agreement(place - subject.noun, sum(plural != subject.plural for plural in between)))
    adverb = [draw.uniform(ADVERBS)] if draw.chance(0.25) else []
    modal = draw.uniform(MODALS)
    if draw.chance(0.4):
        words = [modal, *adverb, *(("be", verb.participle) if passive else (verb.base,))]
    elif passive or draw.chance(0.5):
        words = ["had", *adverb, *(("been",) if passive else ()), verb.participle]
    else:
        words = [*adverb, verb.past]
    made.span(words, PLURAL if subject.plural else SINGULAR)
