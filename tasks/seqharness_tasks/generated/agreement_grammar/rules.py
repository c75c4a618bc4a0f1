"""The rules: English-like sentences whose parts agree over a distance.

    sentence     clause | if S then S | either S or S | when S , S
    clause       NP VP
    NP           determiner adjectives noun modifier | name
    modifier     nothing | preposition NP | who VP | who NP verb | ( S )
    VP           adverb? (verb | verb NP | verb himself | verb that S | verb " S " | is adjective | both VP and VP)

A verb agrees with its subject in number, and subjects, verbs and objects go together by class (only things rust), both
over whatever modifies the subject, however deep; a relative pronoun agrees with its noun in class, a reflexive one with
the subject in number and gender; if and then, either and or, both and and, brackets and quotation marks close what they
opened, from the inside out.

One derivation a sentence: every part has a fixed number of parts to come, a noun takes one modifier at most, which
belongs to the last noun read, and the first word tells the alternatives apart, but for number and class of a noun
phrase, which its noun tells.

Depth: what is inside a modifier or a subordinate sentence is one level deeper, and the deeper, the plainer; at
`DEEPEST` nothing more is put inside. So no sentence is endless, and none has to be cut off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from . import words
from .pcfg import Grammar, Weighted
from .words import CLASSES, NUMBERS, Class, Number

VERSION = 1
"""Raised whenever the sentences or their probabilities change."""

DEEPEST = 4


class Symbol(NamedTuple):
    """A symbol of the grammar. number and cls: of a noun phrase, or of the subject of a verb; depth: levels above."""

    kind: str
    number: Number | None = None
    cls: Class | None = None
    depth: int | None = None
    group: str | None = None


class Group(NamedTuple):
    """A group of transitive verbs. subjects, objects: classes with weights."""

    subjects: Mapping[Class, float]
    objects: Mapping[Class, float]


_PEOPLE: Mapping[Class, float] = {"man": 1.0, "woman": 1.0}
_ANYTHING: Mapping[Class, float] = {"man": 1.0, "woman": 1.0, "animal": 1.0, "thing": 1.4}

GROUPS: Mapping[str, Group] = {
    "perceive": Group({"man": 1.0, "woman": 1.0, "animal": 1.5}, _ANYTHING),
    "handle": Group(_PEOPLE, {"thing": 1.0}),
    "meet": Group(_PEOPLE, _PEOPLE),
    "affect": Group({"thing": 1.5, "animal": 0.5}, {"man": 1.0, "woman": 1.0, "animal": 0.7}),
    "contain": Group({"thing": 1.5}, {"thing": 1.0}),
}

SUBJECTS: Mapping[Class, float] = {"man": 1.0, "woman": 1.0, "animal": 0.8, "thing": 1.0}

MODIFIED = (0.65, 0.45, 0.25, 0.1)
"""The probability that a noun has a modifier, by depth; none at DEEPEST."""

MODIFIERS: Mapping[str, float] = {"preposition": 5.0, "subject": 3.0, "object": 3.0, "brackets": 0.7}

NAMED = 0.2
"""The probability of a name, where the class has names and the number is singular."""

SENTENCES: Sequence[Mapping[str, float]] = (
    {"clause": 20.0, "if": 1.5, "either": 1.0, "when": 1.5},
    {"clause": 20.0, "if": 0.7, "either": 0.7, "when": 0.7},
    {"clause": 20.0, "if": 0.4, "either": 0.4, "when": 0.4},
    {"clause": 20.0, "if": 0.2, "either": 0.2, "when": 0.2},
    {"clause": 1.0},
)
"""The weights of the kinds of sentence, by depth."""

PHRASES: Sequence[Mapping[str, float]] = (
    {"intransitive": 6.0, "transitive": 8.0, "reflexive": 1.5, "is": 2.0, "that": 1.5, "quote": 1.0, "both": 0.7},
    {"intransitive": 6.0, "transitive": 6.0, "reflexive": 1.0, "is": 2.0, "that": 0.8, "quote": 0.6, "both": 0.4},
    {"intransitive": 6.0, "transitive": 4.0, "reflexive": 0.7, "is": 2.0, "that": 0.4, "quote": 0.3, "both": 0.2},
    {"intransitive": 6.0, "transitive": 2.0, "reflexive": 0.7, "is": 2.0, "that": 0.2, "quote": 0.2, "both": 0.1},
    {"intransitive": 6.0, "transitive": 1.5, "reflexive": 0.5, "is": 2.0},
)
"""The weights of the kinds of verb phrase, by depth, where the subject allows them."""


@cache
def agreement_grammar(depth: int = 0, forms: int | None = None) -> Grammar:
    """The grammar of sentences with a full stop.

    depth: that of the sentence, up to DEEPEST: the deeper, the fewer sentences there are. forms: how many words of each
    list there are, None for all.
    """
    rules: dict[Symbol, list[Weighted]] = {Symbol("text"): [(1.0, (Symbol("S", depth=depth), "."))]}
    rules |= {symbol: entries[:forms] for symbol, entries in _words().items()}
    rules |= _parts()
    for level in range(depth, DEEPEST + 1):
        rules[Symbol("S", depth=level)] = _sentence(level)
        for number in NUMBERS:
            for cls in CLASSES:
                rules[Symbol("NP", number, cls, level)] = _noun_phrase(number, cls, level)
                rules[Symbol("modifier", number, cls, level)] = _modifier(number, cls, level)
                rules[Symbol("VP", number, cls, level)] = _verb_phrase(number, cls, level)
    return Grammar(Symbol("text"), _reachable(rules))


def _sentence(depth: int) -> list[Weighted]:
    weights, inner = SENTENCES[depth], Symbol("S", depth=depth + 1)
    clauses: list[Weighted] = [
        (weights["clause"] * weight, (subject, subject._replace(kind="VP")))
        for subject, weight in _phrases(SUBJECTS, depth)
    ]
    joined: list[Weighted] = [
        (weights.get("if", 0.0), ("if", inner, "then", inner)),
        (weights.get("either", 0.0), ("either", inner, "or", inner)),
        (weights.get("when", 0.0), ("when", inner, ",", inner)),
    ]
    return clauses + joined


def _noun_phrase(number: Number, cls: Class, depth: int) -> list[Weighted]:
    named = NAMED if number == "singular" and words.NAMES[cls] else 0.0
    return [
        (
            1.0 - named,
            (
                Symbol("determiner", number),
                Symbol("adjectives"),
                Symbol("noun", number, cls),
                Symbol("modifier", number, cls, depth),
            ),
        ),
        (named, (Symbol("name", number, cls),)),
    ]


def _modifier(number: Number, cls: Class, depth: int) -> list[Weighted]:
    if depth == DEEPEST:
        return [(1.0, ())]
    share, inner = MODIFIED[depth] / sum(MODIFIERS.values()), depth + 1
    found: list[Weighted] = [(1.0 - MODIFIED[depth], ())]
    found += [
        (share * MODIFIERS["preposition"] * weight, (Symbol("preposition"), phrase))
        for phrase, weight in _phrases(_ANYTHING, inner)
    ]
    pronoun = words.RELATIVE[cls]
    found.append((share * MODIFIERS["subject"], (pronoun, Symbol("VP", number, cls, inner))))
    found += [
        (share * MODIFIERS["object"] * weight, (pronoun, subject, Symbol("verb", subject.number, group=group)))
        for group, subject, weight in _agents(cls, inner)
    ]
    found.append((share * MODIFIERS["brackets"], ("(", Symbol("S", depth=inner), ")")))
    return found


def _phrases(classes: Mapping[Class, float], depth: int) -> list[tuple[Symbol, float]]:
    """Noun phrases of some classes, in both numbers, with weights that sum to one."""
    total = sum(classes.values()) * len(NUMBERS)
    return [(Symbol("NP", number, cls, depth), weight / total) for number in NUMBERS for cls, weight in classes.items()]


def _agents(cls: Class, depth: int) -> list[tuple[str, Symbol, float]]:
    """(group of verbs, subject) of the clauses whose object is a noun of `cls`, with weights that sum to one."""
    fitting = [
        (name, subject, weight * group.objects[cls])
        for name, group in GROUPS.items()
        if cls in group.objects
        for subject, weight in _phrases(group.subjects, depth)
    ]
    total = sum(weight for _, _, weight in fitting)
    return [(name, subject, weight / total) for name, subject, weight in fitting]


def _verb_phrase(number: Number, cls: Class, depth: int) -> list[Weighted]:
    weights, inner, adverb = PHRASES[depth], min(depth + 1, DEEPEST), Symbol("adverb?")
    groups = {name: group for name, group in GROUPS.items() if cls in group.subjects}
    total = sum(group.subjects[cls] for group in groups.values())
    found: list[Weighted] = [
        (weights["intransitive"], (adverb, Symbol("verb", number, cls))),
        (weights["is"], (words.COPULA[number], adverb, Symbol("predicate", cls=cls))),
    ]
    for name, group in groups.items():
        share, verb = weights["transitive"] * group.subjects[cls] / total, Symbol("verb", number, group=name)
        found += [(share * weight, (adverb, verb, phrase)) for phrase, weight in _phrases(group.objects, inner)]
    if (number, cls) in words.PRONOUNS:
        verb = Symbol("verb", number, group="reflexive")
        found.append((weights["reflexive"], (adverb, verb, words.PRONOUNS[number, cls])))
    if cls in _PEOPLE:
        sentence = Symbol("S", depth=inner)
        clausal, speaking = (Symbol("verb", number, group=group) for group in ("clausal", "speaking"))
        found.append((weights.get("that", 0.0), (adverb, clausal, "that", sentence)))
        found.append((weights.get("quote", 0.0), (adverb, speaking, '"', sentence, '"')))
    same = Symbol("VP", number, cls, inner)
    found.append((weights.get("both", 0.0), ("both", same, "and", same)))
    return found


def _words() -> dict[Symbol, list[Weighted]]:
    """The symbols that are rewritten as single words."""
    found: dict[Symbol, list[Weighted]] = {
        Symbol("adjective"): _falling(words.ADJECTIVES.split()),
        Symbol("adverb"): _falling(words.ADVERBS.split()),
        Symbol("preposition"): _falling(words.PREPOSITIONS.split()),
    }
    other = {"reflexive": words.REFLEXIVE, "clausal": words.CLAUSAL, "speaking": words.SPEAKING}
    groups = {**words.TRANSITIVE, **other}
    for number in NUMBERS:
        found[Symbol("determiner", number)] = _falling(words.DETERMINERS[number].split())
        for group, pairs in groups.items():
            found[Symbol("verb", number, group=group)] = _falling(words.forms(pairs, number))
        for cls in CLASSES:
            found[Symbol("noun", number, cls)] = _falling(words.forms(words.NOUNS[cls], number))
            found[Symbol("verb", number, cls)] = _falling(words.forms(words.INTRANSITIVE[cls], number))
            if number == "singular" and words.NAMES[cls]:
                found[Symbol("name", number, cls)] = _falling(words.NAMES[cls].split())
            found[Symbol("predicate", cls=cls)] = _falling(words.PREDICATES[cls].split())
    return found


def _parts() -> dict[Symbol, list[Weighted]]:
    """The optional words before a noun and before a verb."""
    one = Symbol("adjective")
    return {
        Symbol("adjectives"): [(0.7, ()), (0.22, (one,)), (0.08, (one, one))],
        Symbol("adverb?"): [(0.8, ()), (0.2, (Symbol("adverb"),))],
    }


def _falling(entries: Sequence[str]) -> list[Weighted]:
    """Words with weights that fall as 1 / (rank + 3), more gently than by Zipf's law: the last are not too rare."""
    return [(1.0 / (rank + 3), (word,)) for rank, word in enumerate(entries, start=1)]


def _reachable(rules: Mapping[Symbol, Sequence[Weighted]]) -> dict[Symbol, Sequence[Weighted]]:
    """The rules of the symbols that a sentence can have."""
    found: dict[Symbol, Sequence[Weighted]] = {}
    waiting = [Symbol("text")]
    while waiting:
        symbol = waiting.pop()
        if symbol not in found:
            found[symbol] = rules[symbol]
            parts = [part for weight, side in rules[symbol] for part in side if weight]
            waiting += [part for part in parts if isinstance(part, Symbol)]
    return found
