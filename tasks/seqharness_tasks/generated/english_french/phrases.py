"""Random clauses: a subject, then a verb that fits it, then what the verb asks for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import cache

from . import verbs
from .adverbs import DURING, FOR, FREQUENCY, MANNER, TIME, WITH
from .descriptions import ANY, DescriptionSampler, Wish, personal
from .entries import Adverb, Agreement, Control, Name, Tense, Verb
from .nominals import PERSON, fits, nouns_of
from .nouns import PEOPLE, noun
from .tree import Clause, Coordination, Nominal, NounPhrase, Prepositional, Pronoun, VerbPhrase, agreement

_SKILLS = frozenset(("swim", "sing", "dance", "play", "drive", "prepare", "repair", "read", "write", "paint", "cut"))
_ACTIVE = _SKILLS | {
    *("eat", "drink", "watch", "wash", "clean", "build", "sleep", "work", "laugh", "cry", "run", "walk", "rest"),
    *("look", "wait", "listen", "carry", "wear", "follow", "help", "learn", "hide"),
}
_FOR_WE_AND_YOU = 8  # verbs of each table, so that the forms of `nous` and `vous` are not seen too rarely to learn
_WITHOUT_ONE = ("avoir", "acheter", "voir", "trouver", "manger", "recevoir", "écrire", "lire", "porter", "vendre")
_INVOLUNTARY = frozenset(
    ("fall", "die", "grow", "lose", "hear", "find", "forget", "receive", "wake", "understand", "obey")
)
_PEOPLE_ONLY = PERSON | {"animal"}


_TABLES = {
    "transitive": verbs.TRANSITIVE,
    "giving": verbs.GIVING,
    "putting": verbs.PUTTING,
    "intransitive": verbs.INTRANSITIVE,
    "having": verbs.HAVING,
    "placed": verbs.PLACED,
    "staying": (verbs.STAY_FOR,),
    "missing": (verbs.MISS,),
    "saying": verbs.SAYING,
}


@cache
def _fitting(table: str, kind: str, english: str) -> tuple[Verb, ...]:
    """The verbs of a table whose subject may be of this kind, or this noun."""
    return tuple(entry for entry in _TABLES[table] if kind in entry.subjects or english in entry.subjects)


def tells_past(verb: Verb, subject: Nominal) -> bool:
    """Whether English tells the verb's past from its present for this subject: he read, but not they read."""
    features = agreement(subject)
    return verb.past != verb.english or (features.person == 3 and features.number == "singular")


def _definite(phrase: NounPhrase) -> NounPhrase:
    """`the` for `a`: does not lose the key."""
    single = phrase.number == "singular" and not phrase.noun.mass
    return replace(phrase, determiner="the") if single and phrase.determiner == "indefinite" else phrase


def heavy(nominal: Nominal | None) -> bool:
    """Whether a nominal ends in a clause or is a coordination, so that nothing should follow it."""
    return isinstance(nominal, Coordination) or (isinstance(nominal, NounPhrase) and nominal.relative is not None)


class PhraseSampler(DescriptionSampler, ABC):
    """Draws verb phrases and single clauses."""

    @abstractmethod
    def modified(self, phrase: NounPhrase, depth: int) -> NounPhrase:
        """The noun phrase, perhaps with a relative clause or a prepositional phrase."""

    def clause(self, wish: Wish = ANY, depth: int = 0) -> Clause:
        """A clause with a subject of any kind."""
        kind = self.draw.weighted({"people": 84.0, "animal": 6.0, "things": 10.0})
        if kind == "people":
            subject = self.subject_person(wish.first_second)
        else:
            things = "object machine furniture clothing text vehicle place staple plant"
            subject = self.subject(frozenset((kind,) if kind == "animal" else things.split()))
        if isinstance(subject, NounPhrase):
            subject = self.modified(subject, depth)
        return self.about(subject, wish, depth)

    def about(self, subject: Nominal, wish: Wish = ANY, depth: int = 0) -> Clause:
        """A clause about this subject."""
        phrase = self.verb_phrase(subject, wish, depth)
        if fits(PERSON, subject) and self._extendable(phrase, wish) and self.rich(0.05):
            second = self.verb_phrase(subject, replace(wish, tense=phrase.tense, plain=True), depth + 1)
            return Clause(subject, (replace(phrase, time=None), replace(second, time=None, progressive=False)))
        if phrase.time and self.draw.chance(0.5) and not wish.plain:
            return Clause(subject, (replace(phrase, time=None),), phrase.time)
        return Clause(subject, (phrase,))

    def _extendable(self, phrase: VerbPhrase, wish: Wish) -> bool:
        simple = not (phrase.negation or phrase.content or phrase.control or phrase.verb.inverted)
        return simple and not wish.question and not phrase.progressive

    def verb_phrase(self, subject: Nominal, wish: Wish, depth: int) -> VerbPhrase:
        """A verb phrase that this subject may have."""
        entry = subject.noun if isinstance(subject, NounPhrase) else None
        kind, english = (entry.kind, entry.english) if entry else ("person", "")
        people = kind in PERSON
        pattern = self.draw.weighted(
            {
                "transitive": 44.0 if kind in _PEOPLE_ONLY else 0.0,
                "giving": 9.0 if people else 0.0,
                "putting": 3.5 if people else 0.0,
                "intransitive": 10.0 if kind not in ("furniture", "clothing", "text", "place", "staple") else 0.0,
                "having": 3.0 if kind in _PEOPLE_ONLY else 0.0,
                "placed": 10.0 if people else 0.0,
                "staying": 1.5 if people else 0.0,
                "missing": 2.0 if people and not wish.plain and isinstance(subject, Name | Pronoun) else 0.0,
                "saying": (3.0 + 3.0 * self.richness) if people and depth < 3 and not wish.plain else 0.0,
                "copula": 14.0,
            }
        )
        if pattern == "copula":
            return self.copula(subject, wish)
        fitting = _fitting(pattern, kind, english)
        if wish.tense == "past":
            fitting = tuple(entry for entry in fitting if tells_past(entry, subject))
            if personal(subject):
                fitting = tuple(entry for entry in fitting if not entry.etre)
        if personal(subject) and agreement(subject).number == "plural":
            fitting = fitting[:_FOR_WE_AND_YOU]
        if not fitting:
            return self.copula(subject, wish)
        return self.with_verb(self.draw.skewed(fitting), subject, wish, depth)

    def with_verb(self, verb: Verb, subject: Nominal, wish: Wish, depth: int) -> VerbPhrase:
        """A verb phrase with this verb."""
        control = self._control(verb, subject, wish)
        tense = self._tense(verb, subject, control, wish)
        negation = self.negation(subject, wish, verb.stative)
        if verb in verbs.SAYING:
            tense = "present"
        phrase = VerbPhrase(verb, tense, negation, control=control)
        if not (negation or control or verb.reflexive) and tense != "future" and verb not in verbs.SAYING:
            phrase = self._temporal(phrase, wish)
        elif not (negation or control) and tense == "future" and self.draw.chance(0.25):
            phrase = replace(phrase, time=self._time(tense))
        phrase = self._completed(phrase, subject, depth)
        if verb in verbs.SAYING:
            return replace(phrase, negation="", content=self.content(depth + 1))
        return self._extended(phrase, subject)

    def content(self, depth: int) -> Clause:
        """The clause after `that`."""
        return self.clause(Wish(plain=True), depth)

    def _temporal(self, phrase: VerbPhrase, wish: Wish) -> VerbPhrase:
        stative = phrase.verb.stative
        if not stative and self.draw.chance(0.18):
            return replace(phrase, time=self._time(phrase.tense))
        if phrase.tense == "present" and phrase.verb.english in _ACTIVE and self.draw.chance(0.3):
            return replace(phrase, progressive=True)
        if not stative and self.draw.chance(0.1) and (phrase.tense == "present" or not wish.plain):
            return replace(phrase, often=self.draw.skewed(FREQUENCY))
        return phrase

    def _time(self, tense: Tense) -> Adverb:
        return self.draw.skewed([entry for entry in TIME if tense in entry.tenses])

    def _control(self, verb: Verb, subject: Nominal, wish: Wish) -> Control | None:
        free = not verb.stative and verb.english not in _INVOLUNTARY
        if not free or not fits(PERSON, subject) or not self.draw.chance(0.15):
            return None
        allowed = [
            entry
            for entry in verbs.CONTROL
            if (wish.tense is None or wish.tense in entry.tenses)
            and (entry.french != "savoir" or verb.english in _SKILLS)
            and not (entry.conditional and wish.plain)
        ]
        return self.draw.skewed(allowed) if allowed else None

    def _tense(self, verb: Verb, subject: Nominal, control: Control | None, wish: Wish) -> Tense:
        allowed = control.tenses if control else ("present", "past", "future")
        weights: dict[Tense, float] = {"present": 46.0, "past": 38.0, "future": 16.0}
        if verb.stative and not control:
            weights["future"] = 5.0
        if verb.etre and not control and personal(subject):
            weights["past"] = 0.0
        if personal(subject):
            weights["future"] = 0.0
        if not (control or tells_past(verb, subject)):
            weights["past"] = 0.0
        if wish.tense:
            return wish.tense if weights[wish.tense] else "present"
        return self.draw.weighted({tense: weight for tense, weight in weights.items() if tense in allowed})

    def _completed(self, phrase: VerbPhrase, subject: Nominal, depth: int) -> VerbPhrase:
        """The verb phrase with the complements that its verb needs."""
        verb = phrase.verb
        owner = None if isinstance(subject, NounPhrase) and not fits(PERSON, subject) else agreement(subject)
        if verb is verbs.STAY_FOR:
            count = 2 + self.draw.skewed(range(11))
            period = NounPhrase(self.draw.uniform(nouns_of(frozenset(("period",)))), "indefinite", "plural", count)
            return replace(phrase, object=period, negation="", place=self.stay())
        if verb.objects:
            phrase = replace(phrase, object=self._object(phrase, subject, owner, depth))
        if verb.recipient:
            recipient = self._recipient(subject, owner)
            phrase = replace(phrase, recipient=recipient)
        if verb.place == "location":
            place = self.inside() if verb in verbs.PUTTING else self.stay() if verb.stative else self.location()
            phrase = replace(phrase, place=place)
        elif verb.place:
            phrase = replace(phrase, place=self.goal() if verb.place == "goal" else self.source())
        if verb.manner and self.draw.chance(0.1) and not phrase.negation and not heavy(phrase.object):
            phrase = replace(phrase, manner=self.draw.skewed(MANNER))
        return phrase

    def _object(self, phrase: VerbPhrase, subject: Nominal, owner: Agreement | None, depth: int) -> Nominal:
        verb = phrase.verb
        person = agreement(subject).person
        if "person" in verb.objects and verb.french_preposition != "de" and self.draw.chance(0.3):
            past = phrase.tense == "past" and not verb.stative and not phrase.control
            speakers = person == 3 and (not past or verb.french_preposition == "à")
            return self.object_pronoun(speakers)
        if verb.inverted:
            return self._recipient_noun(subject)
        chosen = self.object(verb.objects, owner, bool(phrase.negation), verb.generic)
        if chosen == subject:
            chosen = self.plain(PERSON, owner)
        if phrase.negation and isinstance(chosen, NounPhrase) and (phrase.control or verb.french not in _WITHOUT_ONE):
            chosen = _definite(chosen)
        if isinstance(chosen, NounPhrase) and not (verb.recipient or verb.place or verb.inverted):
            if not phrase.negation or chosen.determiner != "indefinite":
                chosen = self.modified(chosen, depth)
            if chosen.noun.kind not in ("game", "instrument") and self.rich(0.035) and not phrase.negation:
                other = self.object(frozenset((chosen.noun.kind,)), owner, False, verb.generic)
                if isinstance(other, NounPhrase) and other.noun != chosen.noun and fits(verb.objects, other):
                    return Coordination((replace(chosen, relative=None, complement=None), other))
        return chosen

    def object_pronoun(self, speakers: bool) -> Pronoun:
        """him or her, or, among `speakers`, also me, you or us."""
        him, her = Agreement("m"), Agreement("f")
        weights = {him: 30.0, her: 30.0}
        if speakers:
            weights |= {
                Agreement("m", "singular", 1): 22.0,
                Agreement("m", "plural", 1): 10.0,
                Agreement("m", "plural", 2): 10.0,
            }
        return Pronoun(self.draw.weighted(weights))

    def _recipient(self, subject: Nominal, owner: Agreement | None) -> Nominal:
        if self.draw.chance(0.4):
            return self.object_pronoun(agreement(subject).person == 3)
        return self.draw.skewed(PEOPLE) if self.draw.chance(0.3) else self.plain(PERSON, owner)

    def _extended(self, phrase: VerbPhrase, subject: Nominal) -> VerbPhrase:
        """The verb phrase with an optional companion, beneficiary or place."""
        verb = phrase.verb
        if phrase.place or phrase.recipient or heavy(phrase.object) or not fits(PERSON, subject):
            return phrase
        if verb.english in _ACTIVE and self.rich(0.13):
            return replace(phrase, extra=self.location())
        if verb.french in ("acheter", "préparer", "choisir", "chanter", "construire") and self.rich(0.2):
            return replace(phrase, extra=Prepositional(FOR, self._recipient_noun(subject)))
        if verb.french in ("manger", "jouer", "danser", "partir", "travailler", "sortir") and self.rich(0.12):
            return replace(phrase, extra=Prepositional(WITH, self._recipient_noun(subject)))
        lasting = verb.french in ("dormir", "travailler", "marcher", "attendre") and phrase.tense != "present"
        if lasting and self.draw.chance(0.25) and not phrase.negation and not phrase.control:
            period = NounPhrase(noun("hour"), "indefinite", "plural", 2 + self.draw.skewed(range(9)))
            return replace(phrase, extra=Prepositional(DURING, period))
        return phrase

    def _recipient_noun(self, subject: Nominal) -> Nominal:
        return self.draw.skewed(PEOPLE) if self.draw.chance(0.4) else self.plain(PERSON, agreement(subject))
