"""Random noun phrases and place phrases that make sense beside their verb."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from functools import cache

from .adjectives import ADJECTIVES
from .adverbs import AT, DRESSED, FROM, NEARBY, ON, TO, UNDER
from .draw import Draw
from .entries import Adjective, Agreement, Noun, Number, Preposition
from .nouns import CITIES, COUNTRIES, NOUNS, NOUNS_BY_KIND, PEOPLE, noun
from .tree import Coordination, Determiner, Nominal, NounPhrase, Prepositional, Pronoun

PERSON = frozenset(("person", "relative"))
ORDINALS = ("first", "last", "third")
_UNIQUE = ("mother", "father", "husband", "wife", "king", "queen")
_OWNED = ("friend", "neighbour", "teacher", "doctor", "guest", "student", "lawyer", "child", "nurse")
_LODGINGS = frozenset(("house", "hotel", "castle", "village", "town", "forest", "bedroom", "island"))
_OF = Preposition("of", "de")
_CONTENTS = {
    "glass": "water wine milk beer lemonade orange_juice",
    "bottle": "water wine beer milk lemonade",
    "cup": "coffee tea milk",
    "slice": "bread ham meat cheese",
    "piece": "cheese chocolate bread meat",
    "kilo": "apple tomato cherry potato bean carrot strawberry rice meat",
}
_ME, _US, _YOU = Agreement("m", "singular", 1), Agreement("m", "plural", 1), Agreement("m", "plural", 2)
_HE, _SHE = Agreement("m"), Agreement("f")
_THEY = Agreement("m", "plural")
_SPOUSES = {"wife": _HE, "husband": _SHE}


@cache
def nouns_of(kinds: frozenset[str]) -> tuple[Noun, ...]:
    """The nouns whose kind, or whose English, is among these."""
    return tuple(entry for entry in NOUNS if entry.kind in kinds or entry.english in kinds)


@cache
def adjectives_of(kind: str, english: str, use: str, before: bool | None = None) -> tuple[Adjective, ...]:
    """The adjectives that may describe this kind, as an attribute or as a predicate.

    Before a relative only `jeune` stands: `beau père` or `petite fille` would be other relatives. A `vieille fille`
    is no girl.
    """
    other = "predicate" if use == "attribute" else "attribute"
    found = [entry for entry in ADJECTIVES if kind in entry.kinds or english in entry.kinds]
    kept = [entry for entry in found if entry.uses != other and before in (None, entry.before)]
    if kind == "relative" and before:
        kept = [entry for entry in kept if entry.english == "young"]
    if english in ("boy", "girl", "child"):
        kept = [entry for entry in kept if entry.english != "old"]
    return tuple(kept)


@cache
def _containers(kinds: frozenset[str]) -> tuple[tuple[Noun, Noun], ...]:
    """Pairs of a container or portion and contents that this verb accepts."""
    pairs = []
    for container, contents in _CONTENTS.items():
        for word in contents.split():
            held = noun(word.replace("_", " "))
            if held.kind in kinds:
                pairs.append((noun(container), held))
    return tuple(pairs)


class NominalSampler:
    """Draws nominals. `richness` scales the chance of everything optional, and with it the sentence's length."""

    def __init__(self, draw: Draw, richness: float) -> None:
        self.draw = draw
        self.richness = richness

    def rich(self, probability: float) -> bool:
        """True with this probability, scaled by the richness."""
        return self.draw.chance(probability * self.richness)

    def subject_person(self, first_second: bool = True) -> Nominal:
        """A subject that is one or several people."""
        kind = self.draw.weighted({"noun": 58.0, "name": 19.0, "pronoun": 19.0, "coordination": 4.0 * self.richness})
        if kind == "name":
            return self.draw.skewed(PEOPLE)
        if kind == "pronoun":
            if first_second and self.draw.chance(0.5):
                return Pronoun(self.draw.weighted({_ME: 4.0, _US: 2.0, _YOU: 2.0}))
            return Pronoun(self.draw.uniform((_HE, _SHE)))
        if kind == "coordination":
            first = self.draw.skewed(PEOPLE) if self.draw.chance(0.5) else self.plain(PERSON)
            return Coordination((first, self.plain(PERSON, owner=None)))
        return self.subject(PERSON)

    def subject(self, kinds: frozenset[str]) -> NounPhrase:
        """A noun phrase as subject."""
        entry = self.draw.skewed(nouns_of(kinds))
        weights: dict[Determiner, float] = {"the": 60, "this": 9, "possessive": 9, "indefinite": 6, "genitive": 5}
        if entry.kind == "relative":
            weights = {"possessive": 80, "genitive": 20}
        elif entry.mass:
            weights |= {"indefinite": 0, "generic": 8}
        else:
            weights |= {"every": 3, "all": 4, "several": 2, "some": 2, "a lot of": 2}
        if entry.kind == "person" and entry.english not in _OWNED:
            weights |= {"possessive": 0, "genitive": 0}
        return self.described(self._determined(entry, self.draw.weighted(weights), None, subject=True))

    def plain(self, kinds: frozenset[str], owner: Agreement | None = None, number: Number | None = None) -> NounPhrase:
        """A noun phrase with the, this, or a possessive, and at most one adjective."""
        entry = self.draw.skewed(nouns_of(kinds))
        relative = entry.kind == "relative"
        own = 0.0 if entry.kind == "person" and entry.english not in _OWNED else 70.0 if relative else 15.0
        weights: dict[Determiner, float] = {"the": 6.0 if relative else 60.0, "possessive": own}
        phrase = self._determined(entry, self.draw.weighted(weights), owner)
        if number and not entry.mass and entry.english not in _UNIQUE:
            phrase = replace(phrase, number=number, count=None)
        return self.described(phrase, 0.18)

    def object(self, kinds: frozenset[str], owner: Agreement | None, negated: bool, generic: bool) -> Nominal:
        """The object of a verb that accepts these kinds; `owner` is who a possessive refers to."""
        if kinds >= PERSON and self.draw.chance(0.25):
            return self.draw.skewed(PEOPLE)
        if "city" in kinds and self.draw.chance(0.45):
            return self.draw.skewed(CITIES if self.draw.chance(0.5) else COUNTRIES)
        held = _containers(kinds)
        if held and not (generic or negated) and self.draw.chance(0.12):
            container, contents = self.draw.uniform(held)
            return self._determined(container, self.draw.weighted({"indefinite": 60, "the": 20}), owner, contents)
        entry = self.draw.skewed(nouns_of(kinds))
        phrase = self._determined(entry, self._object_determiner(entry, negated, generic), owner)
        if negated or phrase.determiner == "generic":
            phrase = replace(phrase, count=None)
        return phrase if entry.kind == "game" else self.described(phrase)

    def _object_determiner(self, entry: Noun, negated: bool, generic: bool) -> Determiner:
        if entry.kind == "game":
            return "generic"
        if generic:
            usual: dict[Determiner, float] = {"generic": 55, "the": 20, "this": 12, "possessive": 6}
            return self.draw.weighted(usual)
        if entry.kind == "relative":
            return self.draw.weighted({"possessive": 75, "genitive": 15, "indefinite": 5})
        if entry.mass:
            return self.draw.weighted({"indefinite": 65, "the": 25, "this": 5, "a lot of": 0 if negated else 5})
        if entry.kind in ("instrument", "place", "spot"):
            return self.draw.weighted({"the": 85, "this": 8, "possessive": 4})
        weights: dict[Determiner, float] = {"the": 40, "indefinite": 34, "this": 7, "possessive": 14, "genitive": 4}
        if entry.kind == "person" and entry.english not in _OWNED:
            weights |= {"possessive": 0, "genitive": 0}
        if not negated:
            weights |= {"all": 3, "every": 1.5, "several": 2.5, "some": 2.5, "a lot of": 3}
        return self.draw.weighted(weights)

    def _determined(
        self,
        entry: Noun,
        determiner: Determiner,
        owner: Agreement | None,
        contents: Noun | None = None,
        subject: bool = False,
    ) -> NounPhrase:
        if entry.english in _UNIQUE and determiner in ("all", "several", "some", "a lot of"):
            determiner = "the"
        if entry.english in _SPOUSES:
            determiner, owner = "possessive", _SPOUSES[entry.english]
        number: Number = "plural" if self.draw.chance(0.3) and not entry.mass else "singular"
        if determiner in ("all", "several", "some", "a lot of"):
            number = "singular" if entry.mass else "plural"
        rare = entry.kind == "relative" and self.draw.chance(0.6)
        rare = rare or entry.kind in ("instrument", "spot") or (determiner == "indefinite" and subject)
        if determiner == "every" or rare or entry.english in _UNIQUE:
            number = "singular"
        if determiner == "generic" and not entry.mass:
            number = "plural"
        counted = number == "plural" and determiner in ("the", "indefinite", "possessive")
        count = self._count() if counted and self.draw.chance(0.3) and entry.kind != "relative" else None
        return NounPhrase(
            entry,
            determiner,
            number,
            count,
            contents=contents,
            possessor=(owner or self._someone()) if determiner == "possessive" else None,
            owner=self._owner() if determiner == "genitive" else None,
        )

    def _count(self) -> int:
        size = self.draw.weighted({12: 62.0, 100: 28.0, 1000: 10.0})
        low = {12: 2, 100: 13, 1000: 100}[size]
        count = low + self.draw.uniform(range(size - low))
        return count - count % 10 if size == 100 and count >= 20 and self.draw.chance(0.35) else count

    def _someone(self) -> Agreement:
        return self.draw.weighted({_ME: 30.0, _HE: 20.0, _SHE: 20.0, _US: 12.0, _YOU: 12.0, _THEY: 6.0})

    def _owner(self) -> Nominal:
        if self.draw.chance(0.5):
            return self.draw.skewed(PEOPLE)
        entry = self.draw.skewed(nouns_of(PERSON))
        possessor = _SPOUSES.get(entry.english, self._someone()) if entry.kind == "relative" else None
        number: Number = "plural" if self.draw.chance(0.2) and entry.english not in _UNIQUE else "singular"
        return NounPhrase(entry, "possessive" if possessor else "the", number, possessor=possessor)

    def described(self, phrase: NounPhrase, probability: float = 0.32) -> NounPhrase:
        """The noun phrase with an adjective or two, one on each side in French."""
        if not self.draw.chance(probability * (0.8 + 0.3 * self.richness)) or phrase.contents:
            return phrase
        kind, english = phrase.noun.kind, phrase.noun.english
        before = adjectives_of(kind, english, "attribute", True)
        after = adjectives_of(kind, english, "attribute", False)
        sides = self.draw.weighted({"before": 40.0, "after": 42.0, "both": 18.0})
        pools = [pool for side, pool in (("before", before), ("after", after)) if sides in (side, "both") and pool]
        chosen = [self.draw.skewed(pool) for pool in pools]
        single = phrase.determiner == "the" and phrase.number == "singular"
        kept = tuple(entry for entry in chosen if single or entry.english not in ORDINALS)
        return replace(phrase, adjectives=kept)

    def location(self) -> Prepositional:
        """Where something happens."""
        where = self.draw.weighted(
            {"place": 45.0, "spot": 22.0, "city": 14.0, "country": 9.0, "near": 14.0, "shore": 3.0}
        )
        return self._located(where)

    def stay(self) -> Prepositional:
        """Where someone lives or spends some days."""
        where = self.draw.weighted({"lodging": 40.0, "city": 30.0, "country": 20.0, "near": 10.0})
        if where == "lodging":
            return Prepositional(AT, self._place_phrase(_LODGINGS))
        return self._located(where)

    def _located(self, where: str) -> Prepositional:
        if where == "city":
            return Prepositional(AT, self.draw.skewed(CITIES))
        if where == "country":
            return Prepositional(AT, self.draw.skewed(COUNTRIES))
        if where == "near":
            return self.nearby()
        if where == "shore":
            water = Prepositional(_OF, NounPhrase(self.draw.uniform(NOUNS_BY_KIND["water"])))
            return Prepositional(AT, NounPhrase(noun("bank", "shore"), complement=water))
        return Prepositional(AT, self._place_phrase(frozenset((where,))))

    def nearby(self) -> Prepositional:
        """Near, behind, opposite something."""
        place = self._place_phrase(frozenset(("place", "plant", "water")))
        return Prepositional(self.draw.uniform(NEARBY[:1] if place.noun.kind == "water" else NEARBY), place)

    def _place_phrase(self, kinds: frozenset[str], goal: bool = False) -> NounPhrase:
        entry = self.draw.skewed(nouns_of(kinds))
        return self.described(NounPhrase(entry, "this" if self.draw.chance(0.12) and not goal else "the"), 0.25)

    def inside(self, food: bool = False) -> Prepositional:
        """Where a thing is: on the table, under the bed, in the kitchen."""
        if food:
            kept = self._place_phrase(frozenset(("table", "kitchen", "shop", "restaurant")))
            return Prepositional(ON if kept.noun.kind == "furniture" else AT, kept)
        if self.draw.chance(0.45):
            return Prepositional(AT, self._place_phrase(frozenset(("spot", "house", "garden", "shop"))))
        spot = self._place_phrase(frozenset(("furniture",)))
        under = spot.noun.english in ("table", "chair", "bed", "armchair", "desk")
        return Prepositional(self.draw.uniform((ON, UNDER) if under else (ON,)), spot)

    def goal(self) -> Prepositional:
        """Where someone goes."""
        return Prepositional(TO, self._somewhere())

    def source(self) -> Prepositional:
        """Where someone comes from."""
        return Prepositional(FROM, self._somewhere())

    def _somewhere(self) -> Nominal:
        if self.draw.chance(0.35):
            return self.draw.skewed(CITIES if self.draw.chance(0.5) else COUNTRIES)
        return self._place_phrase(frozenset(("place",)), goal=True)

    def dressed(self, person: Noun) -> Prepositional:
        """What a person wears: with the blue dress, à la robe bleue."""
        excluded = ("shoe", "glove", "uniform") + (("dress", "skirt") if person.gender == "m" else ())
        entry = self.draw.skewed([item for item in NOUNS_BY_KIND["clothing"] if item.english not in excluded])
        colour = self.draw.skewed(adjectives_of("clothing", "", "attribute", False)[:8])
        return Prepositional(DRESSED, NounPhrase(entry, "the", adjectives=(colour,)))


def fits(kinds: Container[str], phrase: Nominal) -> bool:
    """Whether a nominal is of one of these kinds; names and pronouns count as people."""
    if isinstance(phrase, NounPhrase):
        return phrase.noun.kind in kinds or phrase.noun.english in kinds
    return "person" in kinds
