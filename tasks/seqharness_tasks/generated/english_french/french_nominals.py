"""French noun phrases and prepositional phrases; the clauses inside them are rendered by the subclass in `french`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

from . import french_words as words_of
from .entries import Adjective, Agreement, Name
from .numerals import french_number
from .tree import Coordination, Gap, Nominal, NounPhrase, Prepositional, Pronoun, Relative, agreement

Article = Literal["full", "negated", "after de"]


class NominalRenderer(ABC):
    """Renders nominals and notes the phenomena that it meets in `labels`."""

    def __init__(self) -> None:
        self.labels: set[str] = set()

    @abstractmethod
    def relative(self, relative: Relative) -> list[str]:
        """The words of a relative clause."""

    def nominal(self, nominal: Nominal, article: Article = "full") -> list[str]:
        """The words of a nominal; `article` says what becomes of an indefinite or partitive article."""
        match nominal:
            case NounPhrase():
                return self.noun_phrase(nominal, article)
            case Name(french=french, kind=kind):
                self.labels.add("name")
                return [words_of.definite(agreement(nominal)), french] if kind == "country" else [french]
            case Pronoun(features):
                self.note_antecedent(nominal)
                return [words_of.strong_pronoun(features)]
            case Coordination(members):
                self.labels.add("coordination")
                words = self.nominal(members[0], article)
                for member in members[1:-1]:
                    words += [",", *self.nominal(member, article)]
                return [*words, "et", *self.nominal(members[-1], article)]
            case Gap():
                return []

    def note_antecedent(self, pronoun: Pronoun) -> None:
        """Label a pronoun whose translation needs its antecedent."""
        features = pronoun.agreement
        if features.person == 3 and (pronoun.thing or features.number == "plural"):
            self.labels.add("antecedent-pronoun")

    def noun_phrase(self, phrase: NounPhrase, article: Article) -> list[str]:
        """Determiner, number, adjectives, noun and what follows it."""
        features = agreement(phrase)
        noun = phrase.noun
        if noun.ambiguous:
            self.labels.add("ambiguous-word")
        words = [noun.french_plural if features.number == "plural" else noun.french]
        ordered = sorted(phrase.adjectives, key=lambda entry: entry.rank)
        for adjective in reversed([entry for entry in ordered if entry.before]):
            words.insert(0, self.adjective(adjective, features, words[0]))
            self.labels.add("adjective-before-noun")
        adjective_first = len(words) > 1
        if phrase.count:
            self.labels.add("number")
            words.insert(0, french_number(phrase.count, features.gender == "f"))
        words = self._determiner(phrase, features, words[0], article, adjective_first) + words
        for adjective in (entry for entry in ordered if not entry.before):
            words.append(self.adjective(adjective, features))
            self.labels.add("adjective-after-noun")
        return words + self._after(phrase)

    def adjective(self, adjective: Adjective, features: Agreement, following: str = "") -> str:
        """The adjective's form; before a masculine singular vowel, bel, vieil or nouvel."""
        if adjective.ambiguous:
            self.labels.add("ambiguous-word")
        singular_masculine = features.gender == "m" and features.number == "singular"
        if adjective.before_vowel and following and singular_masculine and words_of.elides(following):
            return adjective.before_vowel
        return adjective.form(features)

    def _after(self, phrase: NounPhrase) -> list[str]:
        words: list[str] = []
        if phrase.contents:
            contents = phrase.contents
            words += ["de", contents.french if contents.mass else contents.french_plural]
        if phrase.owner:
            words += self.after("de", phrase.owner)
        if phrase.complement:
            words += self.prepositional(phrase.complement)
        if phrase.relative:
            words += self.relative(phrase.relative)
        return words

    def _determiner(
        self, phrase: NounPhrase, features: Agreement, following: str, article: Article, adjective_first: bool
    ) -> list[str]:
        first_word = following.split(" ")[0]
        match phrase.determiner:
            case "indefinite":
                return self._indefinite(phrase, features, first_word, article, adjective_first)
            case "this":
                return [words_of.demonstrative(features, first_word)]
            case "possessive":
                self.labels.add("possessive")
                return [words_of.possessive(phrase.possessor or Agreement(), features, first_word)]
            case "all":
                return ["toutes" if features.gender == "f" else "tous", "les"]
            case "every" | "several" | "some":
                return [{"every": "chaque", "several": "plusieurs", "some": "quelques"}[phrase.determiner]]
            case "a lot of":
                return ["beaucoup", "de"]
            case "what":
                return [words_of.interrogative(features)]
            case "genitive":
                self.labels.add("possessive")
        return [words_of.definite(features)]

    def _indefinite(
        self, phrase: NounPhrase, features: Agreement, following: str, article: Article, adjective_first: bool
    ) -> list[str]:
        if phrase.count:
            return []
        countable = features.number == "singular" and not phrase.noun.mass
        if article == "negated":
            self.labels.add("partitive")
            return ["de"]
        if countable:
            return [words_of.indefinite(features.gender)]
        self.labels.add("partitive")
        if article == "after de":
            return []
        if features.number == "plural":
            return ["de" if adjective_first else "des"]
        return words_of.partitive(features, following)

    def after(self, preposition: str, nominal: Nominal) -> list[str]:
        """A preposition and its nominal, contracted; à and de are repeated before each coordinated nominal."""
        if isinstance(nominal, Coordination) and preposition in ("à", "de"):
            self.labels.add("coordination")
            words = self.after(preposition, nominal.members[0])
            for member in nominal.members[1:-1]:
                words += [",", *self.after(preposition, member)]
            return [*words, "et", *self.after(preposition, nominal.members[-1])]
        words = self.nominal(nominal, "after de" if preposition.endswith("de") else "full")
        contracted, fused = words_of.contract(preposition, words)
        if fused:
            self.labels.add("contraction")
        return contracted

    def prepositional(self, phrase: Prepositional) -> list[str]:
        """A prepositional phrase; the preposition of a place depends on the place."""
        preposition, place = phrase.preposition, phrase.nominal
        if not preposition.role:
            return self.after(preposition.french, place)
        if isinstance(place, Name) and place.kind == "country":
            return self._country(preposition.role, place)
        if isinstance(place, NounPhrase) and preposition.role == "location":
            return self.after(place.noun.location[1], place)
        return self.after("de" if preposition.role == "source" else "à", place)

    def _country(self, role: str, country: Name) -> list[str]:
        if country.gender == "m":
            return self.after("de" if role == "source" else "à", country)
        self.labels.add("name")
        return ["de" if role == "source" else "en", country.french]
