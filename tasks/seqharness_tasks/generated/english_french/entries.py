"""Types of the lexicon's entries, and of the features that agreement copies from word to word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Gender = Literal["m", "f"]
Number = Literal["singular", "plural"]
Tense = Literal["present", "past", "future"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Gender, number and person: what a French determiner, adjective, verb or participle agrees with."""

    gender: Gender = "m"
    number: Number = "singular"
    person: int = 3

    @property
    def index(self) -> int:
        """Place in a table of six forms: je, tu, il, nous, vous, ils."""
        return self.person - 1 + (3 if self.number == "plural" else 0)


MASCULINE = Agreement()


@dataclass(frozen=True, slots=True)
class Noun:
    """A common noun. `kind` is the selectional class that verbs and adjectives ask for."""

    english: str
    english_plural: str
    french: str
    french_plural: str
    gender: Gender
    kind: str
    mass: bool = False
    location: tuple[str, str] = ("in", "dans")
    plural_in_french: bool = False
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """A proper name: a person (copied), a city, or a country (whose French takes an article)."""

    english: str
    french: str
    gender: Gender
    kind: Literal["person", "city", "country"] = "person"


@dataclass(frozen=True, slots=True)
class Adjective:
    """An adjective with its four French forms and, where it has one, the form before a masculine vowel."""

    english: str
    comparative: str
    french: tuple[str, str, str, str]
    kinds: frozenset[str]
    before: bool = False
    before_vowel: str = ""
    rank: int = 5
    uses: Literal["both", "attribute", "predicate"] = "both"
    ambiguous: bool = False
    comparable: bool = True

    def form(self, agreement: Agreement) -> str:
        """The French form for a gender and a number."""
        return self.french[(agreement.gender == "f") + 2 * (agreement.number == "plural")]


@dataclass(frozen=True, slots=True)
class Profession:
    """A noun that follows `be` or `become`; French drops the article and follows the subject's gender."""

    english: str
    english_plural: str
    masculine: str
    feminine: str


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of both languages and what it asks of its subject and object.

    `english_after` and `french_after` are fixed words after the verb (get *up*, avoir *besoin*);
    `place` says which place complement it needs. A `stative` verb's past is the imparfait and it has no
    progressive; a `generic` verb takes the French definite article where English has none (likes coffee);
    an `inverted` verb swaps its subject and object (miss, manquer à).
    """

    english: str
    third: str
    past: str
    ing: str
    french: str
    subjects: frozenset[str]
    objects: frozenset[str] = frozenset()
    english_after: str = ""
    english_preposition: str = ""
    french_after: str = ""
    french_preposition: str = ""
    etre: bool = False
    reflexive: bool = False
    stative: bool = False
    generic: bool = False
    recipient: Literal["", "shift", "to"] = ""
    place: Literal["", "goal", "location", "source"] = ""
    ambiguous: bool = False
    inverted: bool = False
    idiom: bool = False
    manner: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """A verb that takes an infinitive. A `modal` has no -s and no do-support; `link` joins the French infinitive."""

    english: str
    third: str
    past: str
    french: str
    link: str = ""
    modal: bool = False
    stative: bool = True
    conditional: bool = False
    tenses: tuple[Tense, ...] = ("present", "past")
    english_link: str = "to"
    french_after: str = ""
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Adverb:
    """An adverb or a fixed adverbial phrase; `tenses` are those it fits."""

    english: str
    french: str
    tenses: tuple[Tense, ...] = ("present", "past", "future")


@dataclass(frozen=True, slots=True)
class Preposition:
    """A preposition. `role` marks those whose translation is chosen by the place that follows."""

    english: str
    french: str
    role: Literal["", "location", "goal", "source"] = ""
