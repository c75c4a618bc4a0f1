"""The French words of a tree, with the labels of the phenomena in it."""

from __future__ import annotations

from dataclasses import replace

from . import french_words as words_of
from .adverbs import COORDINATORS, SUBORDINATORS
from .entries import Agreement
from .french_nominals import NominalRenderer
from .french_verbs import conjugate
from .numerals import french_number
from .tree import (
    IT_WEATHER,
    Age,
    Clause,
    Compound,
    Existential,
    Gap,
    Nominal,
    NounPhrase,
    Predicate,
    Prepositional,
    Pronoun,
    Quality,
    Question,
    Relative,
    Sentence,
    Subordination,
    VerbPhrase,
    agreement,
)


def render(sentence: Sentence) -> tuple[str, tuple[str, ...]]:
    """The French sentence, with capital and final mark, and the sorted labels of its phenomena."""
    renderer = _Renderer()
    text = words_of.join(renderer.sentence(sentence))
    mark = "?" if isinstance(sentence, Question) else "."
    return text[0].upper() + text[1:] + mark, tuple(sorted(renderer.labels))


class _Renderer(NominalRenderer):
    def sentence(self, sentence: Sentence) -> list[str]:
        match sentence:
            case Clause():
                return self._clause(sentence)
            case Existential():
                return self._existential(sentence)
            case Compound(left, conjunction, right):
                self.labels.add("coordination")
                return [*self.sentence(left), ",", COORDINATORS[conjunction], *self.sentence(right)]
            case Subordination():
                return self._subordination(sentence)
            case Question():
                return self._question(sentence)

    def _subordination(self, sentence: Subordination) -> list[str]:
        self.labels.add("subordinate-clause")
        conjunction, subjunctive = SUBORDINATORS[sentence.conjunction]
        subordinate = [conjunction, *self._clause(sentence.subordinate, subjunctive)]
        main = self.sentence(sentence.main)
        return [*subordinate, ",", *main] if sentence.first else [*main, *subordinate]

    def _existential(self, sentence: Existential) -> list[str]:
        self.labels.add("idiom")
        have = conjugate("avoir")
        form = {"present": have.present, "past": have.imperfect, "future": have.future}[sentence.tense][2]
        if sentence.negative:
            self.labels.add("negation")
            words = ["il", "ne", "y", form, "pas", *self.nominal(sentence.nominal, "negated")]
        else:
            words = ["il", "y", form, *self.nominal(sentence.nominal)]
        return words + self.prepositional(sentence.place)

    def _question(self, question: Question) -> list[str]:
        self.labels.add("question")
        clause = question.clause
        if question.word == "who":
            return ["qui", *self._phrases(clause, Agreement(), False)]
        front = {"where": ["où"], "why": ["pourquoi"], "when": ["quand"], "what": ["que"]}.get(question.word, [])
        phrase = clause.phrases[0]
        if question.word == "which" and phrase.object is not None:
            front = self.nominal(phrase.object)
            clause = replace(clause, phrases=(replace(phrase, object=Gap(agreement(phrase.object))),))
        return [*front, "est-ce", "que", *self._clause(clause)]

    def relative(self, relative: Relative) -> list[str]:
        self.labels.add("relative-clause")
        clause = relative.clause
        if relative.where:
            return ["où", *self._clause(clause)]
        if isinstance(clause.subject, Gap):
            return ["qui", *self._clause(clause)]
        pronoun = {"": "que", "de": "dont", "à": "à qui"}[clause.phrases[0].verb.french_preposition]
        if isinstance(clause.phrases[0].recipient, Gap):
            pronoun = "à qui"
        return [pronoun, *self._clause(clause)]

    def _clause(self, clause: Clause, subjunctive: bool = False) -> list[str]:
        opening = [clause.opening.french, ","] if clause.opening else []
        phrase = clause.phrases[0]
        if phrase.verb.inverted and phrase.object is not None:
            clause = Clause(phrase.object, (replace(phrase, object=clause.subject),))
        subject = self._subject(clause.subject)
        return opening + subject + self._phrases(clause, agreement(clause.subject), subjunctive)

    def _subject(self, subject: Nominal) -> list[str]:
        if not isinstance(subject, Pronoun):
            return self.nominal(subject)
        if subject is not IT_WEATHER:
            self.note_antecedent(subject)
        return [words_of.subject_pronoun(subject.agreement)]

    def _phrases(self, clause: Clause, subject: Agreement, subjunctive: bool) -> list[str]:
        words: list[str] = []
        for number, phrase in enumerate(clause.phrases):
            if number:
                self.labels.add("coordination")
                words.append("et")
            words += self._verb_phrase(phrase, subject, subjunctive)
        return words

    def _verb_phrase(self, phrase: VerbPhrase, subject: Agreement, subjunctive: bool) -> list[str]:
        self._label(phrase)
        clitics = self._clitics(phrase, subject)
        finite, participle = self._finite(phrase, subject, subjunctive)
        control = phrase.control
        words = ([] if control else clitics) + [finite]
        if phrase.negation:
            self.labels.add("negation")
            words = ["ne", *words, words_of.NEGATIONS[phrase.negation]]
        words += ([phrase.often.french] if phrase.often else []) + participle
        if control:
            self.labels.add("infinitive")
            words += [part for part in (control.french_after, control.link) if part]
            words += [*clitics, _infinitive(phrase)]
        words += [part for part in (phrase.verb.french_after, phrase.manner and phrase.manner.french) if part]
        return words + self._complements(phrase, subject)

    def _label(self, phrase: VerbPhrase) -> None:
        if phrase.verb.idiom or isinstance(phrase.predicate, Age):
            self.labels.add("idiom")
        if phrase.verb.ambiguous or (phrase.control and phrase.control.ambiguous):
            self.labels.add("ambiguous-word")

    def _finite(self, phrase: VerbPhrase, subject: Agreement, subjunctive: bool) -> tuple[str, list[str]]:
        """The finite verb, and the past participle when the tense is compound."""
        control = phrase.control
        infinitive = control.french if control else _infinitive(phrase)
        forms = conjugate(infinitive)
        stative = control.stative if control else phrase.verb.stative
        if phrase.tense == "past" and (subjunctive or not stative):
            self.labels.add("compound-past")
            etre = phrase.verb.etre and not control
            auxiliary = conjugate("être" if etre else "avoir")
            finite = (auxiliary.subjunctive if subjunctive else auxiliary.present)[subject.index]
            agreeing = Agreement() if control else subject if etre else _preceding_object(phrase)
            if agreeing.gender == "f" or agreeing.number == "plural":
                self.labels.add("participle-agreement")
            return finite, [words_of.participle(forms.participle, agreeing)]
        if control and control.conditional:
            return forms.conditional[subject.index], []
        if phrase.tense == "past":
            return forms.imperfect[subject.index], []
        if phrase.tense == "future":
            return forms.future[subject.index], []
        return (forms.subjunctive if subjunctive else forms.present)[subject.index], []

    def _clitics(self, phrase: VerbPhrase, subject: Agreement) -> list[str]:
        """Pronouns before the verb: me, te, se, nous, vous, then le, la, les, then lui, leur, then en."""
        ranked: list[tuple[int, str]] = []
        if phrase.verb.reflexive:
            ranked.append((0, words_of.reflexive_pronoun(subject)))
        target, preposition = phrase.object, phrase.verb.french_preposition
        if isinstance(target, Pronoun):
            self.note_antecedent(target)
            if preposition == "de":
                ranked.append((3, "en"))
            elif preposition == "à":
                ranked.append(_ranked_indirect(target))
            else:
                ranked.append((1 if target.agreement.person == 3 else 0, words_of.direct_pronoun(target.agreement)))
        if isinstance(phrase.recipient, Pronoun):
            ranked.append(_ranked_indirect(phrase.recipient))
        if len(ranked) > phrase.verb.reflexive:
            self.labels.add("object-pronoun")
        return [word for _, word in sorted(ranked)]

    def _complements(self, phrase: VerbPhrase, subject: Agreement) -> list[str]:
        words: list[str] = []
        target, preposition = phrase.object, phrase.verb.french_preposition
        if target is not None and not isinstance(target, Pronoun | Gap):
            if preposition:
                words += self.after(preposition, target)
            else:
                words += self.nominal(target, "negated" if phrase.negation else "full")
        if phrase.recipient is not None and not isinstance(phrase.recipient, Pronoun | Gap):
            words += self.after("à", phrase.recipient)
        if phrase.predicate is not None:
            words += self._predicate(phrase.predicate, subject)
        for prepositional in (phrase.place, phrase.extra):
            if prepositional:
                words += self.prepositional(prepositional)
        if phrase.content:
            self.labels.add("subordinate-clause")
            words += ["que", *self.sentence(phrase.content)]
        return words + ([phrase.time.french] if phrase.time else [])

    def _predicate(self, predicate: Predicate, subject: Agreement) -> list[str]:
        match predicate:
            case Quality(adjective, degree, comparison, standard):
                form = self.adjective(adjective, subject)
                if comparison and standard:
                    return ["plus" if comparison == "more" else "aussi", form, "que", *self.nominal(standard)]
                return ([degree.french] if degree else []) + [form]
            case Age(years):
                self.labels.add("number")
                return [french_number(years), "ans"]
            case NounPhrase():
                return self.nominal(predicate)
            case Prepositional():
                return self.prepositional(predicate)
            case _:
                return [predicate.feminine if subject.gender == "f" else predicate.masculine]


def _infinitive(phrase: VerbPhrase) -> str:
    """The infinitive without its reflexive pronoun; an age is had, not been."""
    if isinstance(phrase.predicate, Age):
        return "avoir"
    return phrase.verb.french.removeprefix("se ").removeprefix("s'")


def _preceding_object(phrase: VerbPhrase) -> Agreement:
    """What a participle with avoir agrees with: a direct object before the verb, or nothing (masculine singular)."""
    if isinstance(phrase.object, Pronoun | Gap) and not phrase.verb.french_preposition:
        return agreement(phrase.object)
    return Agreement()


def _ranked_indirect(pronoun: Pronoun) -> tuple[int, str]:
    features = pronoun.agreement
    return (2 if features.person == 3 else 0), words_of.indirect_pronoun(features)
