"""Random sentences: relative clauses, compounds, subordinate clauses, questions, and pronouns with antecedents."""

from __future__ import annotations

import random
from dataclasses import replace

from . import verbs
from .descriptions import ANY, COUNTED, Wish, personal
from .draw import Draw
from .entries import Agreement, Name, Number, Tense, Verb
from .nominals import ORDINALS, PERSON, adjectives_of, fits, nouns_of
from .phrases import PhraseSampler, tells_past
from .tree import (
    IT_WEATHER,
    Clause,
    Compound,
    Existential,
    Gap,
    Nominal,
    NounPhrase,
    Pronoun,
    Quality,
    Question,
    Relative,
    Sentence,
    Subordination,
    VerbPhrase,
    agreement,
)

_RICHNESS = {0.3: 33.0, 1.0: 29.0, 2.0: 25.0, 3.6: 13.0}
_HANDLED = frozenset(("object", "clothing", "text", "food", "machine", "plant"))
_THERE = frozenset(("person", "animal", "object", "plant", "furniture", "staple", "drink", "food", "clothing", "text"))
_SOMEWHERE = ("sleep", "work", "sing", "dance", "swim")
_MOODS = ("happy", "sad", "tired", "sick", "ready", "rich", "famous")
_DIRECT = tuple(verb for verb in verbs.TRANSITIVE if not verb.ambiguous and not verb.french_preposition)
_NOT_ASKED = PERSON | {"staple", "drink", "game", "city", "country", "animal"}
_ASKED = tuple(verb for verb in _DIRECT if nouns_of(verb.objects - _NOT_ASKED))


def sample_tree(rng: random.Random) -> Sentence:
    """One sentence of the grammar, drawn with `rng.random()` alone."""
    draw = Draw(rng)
    return Grammar(draw, draw.weighted(_RICHNESS)).sentence()


class Grammar(PhraseSampler):
    """Draws whole sentences."""

    def sentence(self) -> Sentence:
        """A sentence of any kind."""
        kind = self.draw.weighted(
            {"statement": 76.0, "pronoun": 11.0 + 2.0 * self.richness, "question": 8.0, "existential": 5.0}
        )
        if kind == "pronoun":
            return self.with_pronoun()
        if kind == "question":
            return self.question()
        return self.existential() if kind == "existential" else self.statement(0)

    def statement(self, depth: int) -> Sentence:
        """A clause, or clauses joined; the deeper, the plainer."""
        joined = 0.0 if depth > 2 else self.richness / (1 + depth)
        kind = self.draw.weighted({"clause": 60.0, "subordination": 22.0 * joined, "compound": 13.0 * joined})
        if kind == "subordination":
            return self.subordination(depth)
        if kind == "compound":
            left = self.clause(ANY, depth + 1)
            return Compound(left, self.draw.weighted({"and": 4.0, "but": 4.0, "so": 2.0}), self.statement(depth + 1))
        return self.clause(ANY, depth)

    def subordination(self, depth: int) -> Subordination:
        """because, when, if, although or while, with tenses that agree."""
        conjunction = self.draw.weighted({"because": 36.0, "when": 28.0, "if": 18.0, "although": 10.0, "while": 8.0})
        past: Tense = self.draw.weighted({"past": 50.0, "present": 50.0})
        tense = past if conjunction in ("when", "although", "because") else "present"
        main_tense: Tense = "future" if conjunction == "if" and self.draw.chance(0.6) else tense
        wish = Wish(tense, plain=True)
        if self.draw.chance(0.15 if conjunction in ("because", "when", "if", "while") else 0.0):
            progressive = tense == "present" and conjunction in ("because", "while")
            weather = VerbPhrase(self.draw.uniform(verbs.WEATHER), tense, progressive=progressive)
            subordinate = Clause(IT_WEATHER, (weather,))
        else:
            subordinate = self.clause(wish, depth + 1)
        main = self.clause(replace(wish, tense=main_tense), depth + 1)
        first = conjunction != "because" and self.draw.chance(0.45)
        return Subordination(main, conjunction, subordinate, first)

    def existential(self) -> Existential:
        """There is, there are."""
        kinds = _THERE
        negative = self.draw.chance(0.2)
        phrase = self.subject(kinds)
        mass = phrase.noun.mass
        number: Number = "singular" if mass or (not negative and self.draw.chance(0.4)) else "plural"
        count = self._count() if number == "plural" and not negative and self.draw.chance(0.5) else None
        phrase = NounPhrase(phrase.noun, "indefinite", number, count, phrase.adjectives)
        phrase = replace(phrase, adjectives=tuple(entry for entry in phrase.adjectives if entry.rank > 0))
        if number == "plural" and not count and not negative:
            phrase = replace(phrase, determiner=self.draw.uniform(("several", "a lot of", "some")))
        place = self.location()
        if phrase.noun.kind in ("object", "staple", "drink", "food", "clothing", "text"):
            place = self.inside(phrase.noun.kind in ("staple", "drink", "food"))
        return Existential(phrase, place, self._any_tense(), negative)

    def _any_tense(self) -> Tense:
        return self.draw.weighted({"present": 60.0, "past": 30.0, "future": 10.0})

    def question(self) -> Question:
        """A question, with or without a question word."""
        word = self.draw.weighted({"": 38.0, "what": 14.0, "who": 14.0, "which": 10.0, "where": 10.0, "why": 14.0})
        if word in ("", "why"):
            clause = self.clause(Wish(plain=True, question=True), 1)
            return Question(clause, "why" if word else "")
        subject: Nominal = Gap() if word == "who" else self.subject_person()
        if word == "who":
            phrase = self.verb_phrase(subject, Wish(plain=True, question=True), 2)
            return Question(Clause(subject, (replace(phrase, time=None),)), "who")
        wish = Wish(plain=True, question=True)
        if word == "where":
            places = [verb for verb in verbs.INTRANSITIVE[:12] if verb.english in _SOMEWHERE]
            verb = self.draw.skewed([*verbs.PLACED[1:3], *places, verbs.TRANSITIVE[2]])
            phrase = self.with_verb(verb, subject, wish, 2)
            phrase = replace(phrase, place=None, extra=None, time=None, manner=None)
            return Question(Clause(subject, (phrase,)), "where")
        phrase = self.with_verb(self.draw.skewed(_ASKED), subject, wish, 2)
        phrase = replace(phrase, extra=None, time=None, often=None, manner=None)
        return self._about_object(subject, phrase, word == "which")

    def _about_object(self, subject: Nominal, phrase: VerbPhrase, which: bool) -> Question:
        if not which:
            return Question(Clause(subject, (replace(phrase, object=Gap()),)), "what")
        kinds = phrase.verb.objects - _NOT_ASKED
        asked = self.plain(kinds)
        asked = replace(asked, determiner="what", count=None, possessor=None)
        return Question(Clause(subject, (replace(phrase, object=asked),)), "which")

    def modified(self, phrase: NounPhrase, depth: int) -> NounPhrase:
        """The noun phrase, perhaps with a relative clause or a prepositional phrase."""
        if phrase.owner or phrase.contents or phrase.determiner == "generic" or depth > 2:
            return phrase
        if phrase.noun.kind == "person" and self.rich(0.045):
            return replace(phrase, complement=self.dressed(phrase.noun))
        if phrase.noun.kind in ("furniture", "place", "plant", "spot") and self.rich(0.06):
            return replace(phrase, complement=self.nearby())
        ordinal = any(adjective.english in ORDINALS for adjective in phrase.adjectives)
        if phrase.noun.mass or ordinal or not self.rich(0.13 / (1 + 0.5 * depth)):
            return phrase
        return replace(phrase, relative=self.relative(phrase, depth + 1))

    def relative(self, phrase: NounPhrase, depth: int) -> Relative | None:
        """A relative clause about a noun, whose gap is its subject, its object, or a place."""
        person = fits(PERSON, phrase)
        gap = Gap(agreement(phrase))
        if phrase.noun.kind in ("place", "spot") and self.draw.chance(0.7):
            return self._where(depth)
        taking = [verb for verb in _DIRECT if fits(verb.objects, phrase) and verb.english != "have"]
        taking += [verb for verb in verbs.TRANSITIVE if _oblique(verb, phrase)]
        if taking and self.draw.chance(0.5):
            subject = self._subordinate_subject(depth)
            made = self.with_verb(self.draw.skewed(taking), subject, Wish(plain=True), depth)
            return Relative(Clause(subject, (replace(made, object=gap, negation=made.negation),)), person)
        described = self.verb_phrase(replace(phrase, determiner="the"), Wish(plain=True), depth)
        return Relative(Clause(gap, (described,)), person)

    def _subordinate_subject(self, depth: int) -> Nominal:
        subject = self.subject_person()
        return self.modified(subject, depth) if isinstance(subject, NounPhrase) and self.draw.chance(0.4) else subject

    def _where(self, depth: int) -> Relative:
        subject = self.subject_person()
        pool = [verb for verb in verbs.INTRANSITIVE[:12] if verb.english in _SOMEWHERE]
        verb = self.draw.uniform([verbs.PLACED[1], *pool])
        made = self.with_verb(verb, subject, ANY, depth)
        return Relative(Clause(subject, (replace(made, place=None, extra=None),)), where=True)

    def with_pronoun(self) -> Sentence:
        """A sentence whose second half has it, they or them for the only possible noun of its first half."""
        shape = self.draw.weighted({"object": 55.0, "because": 20.0, "subject": 12.0, "people": 18.0})
        if shape == "people":
            return self._tired_people()
        if shape == "subject":
            subject = self._thing()
            left = Clause(subject, (VerbPhrase(verbs.BE, "present", predicate=self.quality(subject)),))
            return self._joined(left, subject, "present")
        return self._acted(self._single_person(), because=shape == "because")

    def _acted(self, subject: Nominal, because: bool) -> Sentence:
        """Someone does something with a thing, and then the thing is `it` or `they`."""
        future = 0.0 if personal(subject) else 10.0
        tense: Tense = self.draw.weighted({"present": 40.0, "past": 50.0, "future": future})
        thing = self._thing(agreement(subject))
        verb = self.draw.skewed([verb for verb in _DIRECT if fits(verb.objects, thing) and tells_past(verb, subject)])
        first = VerbPhrase(verb, tense, object=thing)
        left = Clause(subject, (first,))
        if because:
            state: Tense = "past" if tense == "past" else "present"
            reason = VerbPhrase(verbs.BE, state, predicate=self.quality(thing))
            return Subordination(left, "because", Clause(_pronoun(thing), (reason,)))
        if self.draw.chance(0.55):
            second = self._handled(subject, thing, tense, first.verb)
            return Clause(subject, (first, second))
        return self._joined(left, thing, tense)

    def _joined(self, left: Clause, thing: NounPhrase, tense: Tense) -> Compound:
        subject = self._single_person()
        second = self._handled(subject, thing, tense, left.phrases[0].verb)
        if self.draw.chance(0.35) and not second.control and tense != "future":
            second = replace(second, negation="not")
        right: Sentence = Clause(subject, (second,))
        if self.rich(0.2):
            wish = Wish("present" if tense == "future" else tense, plain=True)
            right = Subordination(right, "because", self.clause(wish, 2))
        return Compound(left, self.draw.weighted({"but": 4.0, "and": 4.0, "so": 3.0}), right)

    def _handled(self, subject: Nominal, thing: NounPhrase, tense: Tense, done: Verb) -> VerbPhrase:
        """A verb phrase whose object is a pronoun for `thing`, to which `done` was done before."""
        table = [verb for verb in (*_DIRECT, *verbs.GIVING, *verbs.PUTTING[:2]) if fits(verb.objects, thing)]
        oblique = [verb for verb in verbs.TRANSITIVE if verb.french_after == "besoin" and fits(verb.objects, thing)]
        verb = self.draw.uniform([verb for verb in (*table, *oblique) if verb != done and tells_past(verb, subject)])
        made = self.with_verb(verb, subject, Wish(tense, plain=True, question=True), 2)
        return replace(made, object=_pronoun(thing), extra=None, time=None, progressive=False)

    def _single_person(self) -> Nominal:
        kind = self.draw.weighted({"name": 35.0, "pronoun": 30.0, "noun": 35.0})
        if kind == "noun":
            return self.plain(PERSON, self._someone(), "singular")
        while True:
            subject = self.subject_person()
            if isinstance(subject, Name | Pronoun):
                return subject

    def _thing(self, owner: Agreement | None = None) -> NounPhrase:
        chosen = self.subject(_HANDLED)
        if chosen.determiner in COUNTED or chosen.owner:
            chosen = replace(chosen, determiner="the", owner=None)
        return replace(chosen, count=None, possessor=(owner or chosen.possessor) and chosen.possessor and owner)

    def _tired_people(self) -> Subordination:
        subject = self.subject(PERSON)
        if subject.noun.kind == "relative" or subject.noun.english in ("king", "queen"):
            subject = replace(subject, noun=self.draw.skewed(nouns_of(frozenset(("child", "friend", "girl")))))
        subject = replace(subject, number="plural", determiner="the", owner=None, possessor=None, adjectives=())
        tense: Tense = self.draw.weighted({"present": 50.0, "past": 50.0})
        moods = [entry for entry in adjectives_of("person", "", "predicate") if entry.english in _MOODS]
        main = VerbPhrase(verbs.BE, tense, predicate=Quality(self.draw.uniform(moods)))
        second = self.verb_phrase(subject, Wish(tense, plain=True), 2)
        return Subordination(Clause(subject, (main,)), "because", Clause(_pronoun(subject), (second,)))


def _oblique(verb: Verb, phrase: NounPhrase) -> bool:
    """Whether a relative clause about `phrase` may use this verb with dont or à qui."""
    if not fits(verb.objects, phrase) or verb.french == "jouer":
        return False
    return verb.french_preposition == "de" or (verb.french_preposition == "à" and fits(PERSON, phrase))


def _pronoun(phrase: NounPhrase) -> Pronoun:
    return Pronoun(agreement(phrase), thing=not fits(PERSON, phrase))
