"""The words of the reviews: what is judged, how, by whom, and what happened besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Aspect(NamedTuple):
    """Something that is judged. kind: which adjectives suit it (a key of ADJECTIVES)."""

    phrase: str
    kind: str
    plural: bool = False


class Adjectives(NamedTuple):
    """Words of praise and of blame, as many of each."""

    positive: tuple[str, ...]
    negative: tuple[str, ...]


def _both(positive: str, negative: str) -> Adjectives:
    return Adjectives(tuple(positive.split()), tuple(negative.split()))


MILD = _both("good pleasant decent enjoyable", "bad unpleasant poor disappointing")
"""Fit everything, and any degree."""

EXTREME = _both("superb wonderful excellent delightful", "terrible awful dreadful horrible")
"""Fit everything, but no weak degree ("rather superb")."""

ADJECTIVES: Mapping[str, Adjectives] = {
    "food": _both("tasty fresh", "bland stale"),
    "people": _both("friendly attentive", "rude careless"),
    "place": _both("cosy clean", "shabby dirty"),
    "story": _both("gripping witty", "dull tedious"),
    "device": _both("reliable sturdy", "sluggish flimsy"),
    "music": _both("catchy lively", "monotonous shrill"),
}
"""By kind of aspect; all of them fit any degree. Few, so that a small model meets each often enough to learn how it is
meant, and what is left to learn is the structure."""

WEAK = ("fairly", "somewhat", "mildly", "moderately", "rather")
STRONG = ("extremely", "incredibly", "remarkably", "exceptionally", "thoroughly")
"""Degrees."""


class Domain(NamedTuple):
    """A kind of review. facts: sentences that judge nothing; with {day}, {month}, {number} or {person} to be filled."""

    aspects: tuple[Aspect, ...]
    facts: tuple[str, ...]


def _aspects(kind: str, singular: str, plural: str = "") -> tuple[Aspect, ...]:
    found = [Aspect(f"the {noun}", kind) for noun in singular.split(", ")]
    found += [Aspect(f"the {noun}", kind, plural=True) for noun in plural.split(", ") if noun]
    return tuple(found)


ANYWHERE = (
    "we went there on a {day}",
    "I wrote this on a {day} in {month}",
    "there were {number} of us",
    "it was my second time",
    "I had heard about it from {person}",
    "{person} came along",
    "we had not planned it",
    "{person} could not come",
    "nobody told us about it in {month}",
    "I had never been there on a {day}",
    "I did not take any pictures",
    "nothing had changed since {month}",
)

DOMAINS: tuple[Domain, ...] = (
    Domain(
        _aspects("food", "soup, bread, fish, coffee, cake, cheese", "noodles, desserts, vegetables, pancakes")
        + _aspects("people", "cook", "waiters")
        + _aspects("place", "terrace, dining room"),
        (
            "we ate there with {number} friends",
            "we had a table by the window",
            "I ordered twice that {day}",
            "the menu changes in {month}",
            "we paid in cash",
            "we did not book a table",
            "nobody took our coats",
            "we never saw the kitchen",
            "they do not open on a {day}",
            "{person} ate nothing",
        ),
    ),
    Domain(
        _aspects("story", "plot, script, ending, opening scene, dialogue, first hour", "jokes, chases")
        + _aspects("people", "director", "actors")
        + _aspects("music", "soundtrack", "songs"),
        (
            "I saw the film on a {day}",
            "it came out in {month}",
            "we sat in row {number}",
            "it lasts {number} hours with the break",
            "I watched it with {person}",
            "I had not seen the trailer",
            "there was no break",
            "nobody around us talked",
            "{person} never goes to the cinema",
            "we did not stay for the credits",
        ),
    ),
    Domain(
        _aspects("story", "novel, first chapter, plot, prologue, translation, ending", "dialogues, letters")
        + _aspects("people", "author, translator"),
        (
            "I read the book in {number} days",
            "I bought it in {month}",
            "{person} lent it to me on a {day}",
            "it has {number} parts",
            "we read it in our club",
            "I had not read the first volume",
            "there are no maps in it",
            "I never lend my books",
            "nobody in our club had heard of it",
            "{person} did not get to the end",
        ),
    ),
    Domain(
        _aspects("place", "room, lobby, garden, bathroom, view, hallway", "rooms, beds")
        + _aspects("people", "manager, porter", "cleaners")
        + _aspects("food", "breakfast", "sandwiches"),
        (
            "we stayed for {number} nights",
            "we arrived on a {day}",
            "I booked it in {month}",
            "our room was on floor {number}",
            "we shared it with {person}",
            "we did not use the garage",
            "there was no lift",
            "nobody asked for our passports",
            "{person} never left the hotel",
            "we did not stay until {day}",
        ),
    ),
    Domain(
        _aspects("device", "phone, keyboard, camera, screen, battery, charger, case, software", "buttons, speakers")
        + _aspects("people", "support team", "technicians"),
        (
            "I have used it for {number} weeks",
            "it arrived on a {day}",
            "I ordered it in {month}",
            "{person} has the same one",
            "I bought {number} of them",
            "there was no manual in the box",
            "I did not read the manual",
            "nobody answered on that {day}",
            "I have never dropped it",
            "{person} did not want one",
        ),
    ),
    Domain(
        _aspects("music", "concert, orchestra, first half, encore, choir", "melodies, solos, duets")
        + _aspects("people", "singer, conductor", "musicians")
        + _aspects("place", "hall"),
        (
            "they played on a {day}",
            "the tour goes on until {month}",
            "we stood in row {number}",
            "they played for {number} hours",
            "I went with {person}",
            "we had not been to the hall before",
            "there was no support act",
            "nobody danced",
            "{person} never goes to concerts",
            "we did not stay for the encore",
        ),
    ),
)


class Speaker(NamedTuple):
    """Somebody other than the writer."""

    phrase: str
    pronoun: str

    @property
    def was(self) -> str:
        """The verb that goes with the pronoun."""
        return "were" if self.pronoun == "they" else "was"


SPEAKERS = tuple(
    Speaker(phrase, pronoun)
    for pronoun, phrases in (
        ("he", "my brother, my father, my uncle, my husband, my grandfather, my nephew"),
        ("she", "my sister, my mother, my aunt, my wife, my grandmother, my niece"),
        ("they", "the critics, our neighbours, my friends, my colleagues, my parents, the others"),
    )
    for phrase in phrases.split(", ")
)

SAID = ("said", "claimed", "insisted", "thought", "wrote", "told us", "kept saying", "swore", "believed")
"""How others judge: each followed by "that"."""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = "January February March April May June July August September October November December"
MONTHS = tuple(_MONTHS.split())
NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine")
