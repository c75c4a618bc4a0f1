"""The words of the sentences. Nothing but the ending of a noun shows number."""

from __future__ import annotations

from typing import NamedTuple


class Noun(NamedTuple):
    """singular, plural."""

    singular: str
    plural: str


class Verb(NamedTuple):
    """base: after "could". past: alone. participle: after "had", and after "had been" or "could be"."""

    base: str
    past: str
    participle: str


_IRREGULAR = {"man": "men", "woman": "women", "child": "children", "baby": "babies", "lady": "ladies", "fox": "foxes"}

_NOUNS = """
man woman child baby lady fox guard farmer teacher doctor painter singer pilot cook horse dog bird rabbit robot doll
king queen sailor driver student actor
"""
NOUNS = tuple(Noun(noun, _IRREGULAR.get(noun, noun + "s")) for noun in _NOUNS.split())

_ADJECTIVES = "old young tall small quiet famous tired happy clever strange brave friendly"
ADJECTIVES = tuple(_ADJECTIVES.split())

DETERMINERS = ("the", "our", "my", "their", "your")

PREPOSITIONS = ("near", "behind", "beside", "with", "above", "opposite", "without")

TRANSITIVE = tuple(
    Verb(base, past, participle)
    for base, past, participle in (
        ("see", "saw", "seen"),
        ("know", "knew", "known"),
        ("choose", "chose", "chosen"),
        ("find", "found", "found"),
        ("watch", "watched", "watched"),
        ("help", "helped", "helped"),
        ("follow", "followed", "followed"),
        ("call", "called", "called"),
        ("visit", "visited", "visited"),
        ("admire", "admired", "admired"),
        ("remember", "remembered", "remembered"),
        ("surprise", "surprised", "surprised"),
    )
)

INTRANSITIVE = tuple(
    Verb(base, past, participle)
    for base, past, participle in (
        ("sleep", "slept", "slept"),
        ("sing", "sang", "sung"),
        ("fall", "fell", "fallen"),
        ("leave", "left", "left"),
        ("dance", "danced", "danced"),
        ("laugh", "laughed", "laughed"),
        ("wait", "waited", "waited"),
        ("vanish", "vanished", "vanished"),
    )
)

MODALS = ("could", "would", "might", "should", "will")

ADVERBS = ("often", "never", "suddenly", "quietly", "soon", "also", "really", "hardly")
"""Stand inside a verb group."""

ASIDES = ("last year", "of course", "as always", "to be honest", "for once", "this morning", "in the end")
"""Stand between commas, or begin a sentence."""

CONJUNCTIONS = ("while", "because", "before", "although")
