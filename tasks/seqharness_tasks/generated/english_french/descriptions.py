"""Random predicates of `be`, `become` and `seem`: qualities, comparisons, ages, professions and places."""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import verbs
from .adverbs import DEGREE
from .entries import Adjective, Name, Tense
from .nominals import PERSON, NominalSampler, adjectives_of, fits
from .nouns import PEOPLE, PROFESSIONS
from .tree import Age, Negation, Nominal, NounPhrase, Pronoun, Quality, VerbPhrase, agreement

COUNTED = ("every", "all", "several", "some", "a lot of", "indefinite")
_PLACED = ("object", "clothing", "text", "staple")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a clause must be: its tense, and whether it stays plain, may have `I`, and is part of a question."""

    tense: Tense | None = None
    plain: bool = False
    first_second: bool = True
    question: bool = False


def personal(subject: Nominal) -> bool:
    """Whether the subject is I, you or we, whose gender the sentence does not tell."""
    return isinstance(subject, Pronoun) and subject.agreement.person < 3


ANY = Wish()


class DescriptionSampler(NominalSampler):
    """Draws predicates that fit their subject."""

    def copula(self, subject: Nominal, wish: Wish) -> VerbPhrase:
        """be, become or seem, with a predicate."""
        weights: dict[Tense, float] = {"present": 55.0, "past": 35.0, "future": 8.0}
        tense: Tense = self.draw.weighted(weights) if wish.tense is None else wish.tense
        phrase = VerbPhrase(verbs.BE, tense, self.negation(subject, wish, stative=True))
        kind = self._predicate_kind(subject)
        if kind == "age":
            return replace(phrase, predicate=self._age(subject), negation="")
        if kind == "profession":
            verb = verbs.BECOME if tense != "present" and self.draw.chance(0.6) else verbs.BE
            return replace(phrase, verb=verb, predicate=self.draw.skewed(PROFESSIONS))
        if kind == "place":
            inside = isinstance(subject, NounPhrase) and subject.noun.kind in _PLACED
            food = isinstance(subject, NounPhrase) and subject.noun.kind == "staple"
            return replace(phrase, predicate=self.inside(food) if inside else self.location())
        if kind == "comparison":
            quality = self._comparison(subject)
            return replace(phrase, predicate=quality or self.quality(subject))
        seems = tense != "future" and self.draw.chance(0.12)
        return replace(phrase, verb=verbs.SEEM if seems else verbs.BE, predicate=self.quality(subject))

    def _age(self, subject: Nominal) -> Age:
        young = isinstance(subject, NounPhrase) and subject.noun.english in ("child", "boy", "girl", "princess")
        low, high = (3, 18) if young else (18, 100)
        return Age(low + self.draw.skewed(range(high - low)))

    def _predicate_kind(self, subject: Nominal) -> str:
        people = fits(PERSON, subject)
        entry = subject.noun if isinstance(subject, NounPhrase) else None
        if personal(subject):
            return self.draw.weighted({"age": 40.0, "place": 60.0})
        single = agreement(subject).number == "singular"
        profession = single and (entry is None or entry.kind == "relative")
        movable = people or (entry is not None and entry.kind in ("animal", "object", "clothing", "text", "staple"))
        describable = bool(_predicates(subject))
        return self.draw.weighted(
            {
                "quality": 46.0 if describable else 1.0,
                "comparison": 16.0 if describable else 0.0,
                "age": 10.0 if people and single else 0.0,
                "profession": 16.0 if profession else 0.0,
                "place": 16.0 if movable else 0.0,
            }
        )

    def quality(self, subject: Nominal) -> Quality:
        """An adjective that may describe the subject."""
        chosen = self.draw.skewed(_predicates(subject))
        degree = self.draw.skewed(DEGREE) if chosen.comparable and self.draw.chance(0.35) else None
        return Quality(chosen, degree)

    def _comparison(self, subject: Nominal) -> Quality | None:
        pool = [entry for entry in _predicates(subject) if entry.comparable]
        if not pool:
            return None
        standard = self._standard(subject, subject.noun.kind if isinstance(subject, NounPhrase) else "person")
        if standard is None:
            return None
        return Quality(self.draw.skewed(pool), None, "more" if self.draw.chance(0.65) else "as", standard)

    def _standard(self, subject: Nominal, kind: str) -> Nominal | None:
        if not isinstance(subject, NounPhrase):
            named = self.draw.skewed(PEOPLE)
            return named if named != subject and isinstance(subject, Name) else self.plain(PERSON, agreement(subject))
        other = self.plain(frozenset((kind,)), agreement(subject) if fits(PERSON, subject) else None, subject.number)
        return None if other.noun.english == subject.noun.english else other

    def negation(self, subject: Nominal, wish: Wish, stative: bool) -> Negation:
        """A negation, or none; not where `not` and a quantifier would be ambiguous."""
        counted = isinstance(subject, NounPhrase) and subject.determiner in COUNTED
        if wish.question or counted or not self.draw.chance(0.16):
            return ""
        if wish.plain and wish.tense == "past":
            return "not"
        return self.draw.weighted({"not": 66.0, "never": 18.0, "no longer": 16.0 if stative else 0.0})


def _predicates(subject: Nominal) -> list[Adjective]:
    """The adjectives that may follow `be` for this subject, less those that it already has."""
    if not isinstance(subject, NounPhrase):
        return list(adjectives_of("person", "", "predicate"))
    pool = adjectives_of(subject.noun.kind, subject.noun.english, "predicate")
    return [entry for entry in pool if entry not in subject.adjectives]
