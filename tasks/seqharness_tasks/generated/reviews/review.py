"""A review: one sentence that gives the writer's verdict, among others that do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..english_french.draw import Draw
from .opinions import NEGATIONS, Opinion, opinion
from .words import ANYWHERE, DAYS, DOMAINS, MONTHS, NUMBERS, SAID, SPEAKERS, Domain

PHENOMENA = ("contrast", "double negation", "idle negation", "intensity", "judgement", "negation", "plain", "speaker")
"""What a review may hold. negation, double negation: one, or two, reach the word that decides. idle negation: there are
negations, and none reaches a word of the verdict. judgement: somebody else's opinion is confirmed or rejected. speaker:
somebody else's opinion stands beside the writer's. plain: nothing of all this."""

LABELS = ("negative", "positive")

SHORTEST, LONGEST = 3, 60

_STRIP = str.maketrans("", "", ".,;")


@dataclass(frozen=True, slots=True)
class Review:
    """text: some sentences. label: the writer's verdict, one of LABELS. phenomena: some of PHENOMENA, sorted.
    negations: how many words of NEGATIONS are in the text, whatever they reach."""

    text: str
    label: str
    phenomena: tuple[str, ...]
    negations: int


@dataclass(frozen=True)
class Verdict:
    """text: a sentence without capital and full stop. flips: negations in it that reach a judgement."""

    text: str
    positive: bool
    phenomena: frozenset[str]
    flips: int


CONCEDED_FIRST = ("although {loser}, {winner}", "even though {loser}, {winner}", "while {loser}, {winner}")
LOSER_FIRST = ("{loser}, but {winner}", "{loser}, yet {winner}", "{loser}; however, {winner}", *CONCEDED_FIRST)
WINNER_FIRST = ("{winner}, although {loser}", "{winner}, even though {loser}", "{winner}, though {loser}")
MIXED = ("{own}, but {foreign}", "{foreign}, but {own}", "although {foreign}, {own}", "{own}, although {foreign}")
BOTH = ("{one} and {other}", "{one}; {other}", "{one}, and {other}")

RIGHT = ("and {they} {were} right", "and I agree", "and I think so too", "which is true", "and it is no lie")
WRONG = ("but {they} {were} wrong", "but I disagree", "but I do not think so", "which is not true", "but it is a lie")

VERDICTS = {"opinion": 0.4, "contrast": 0.22, "intensity": 0.1, "judgement": 0.15, "mixed": 0.13}
"""Kinds of the sentence that gives the verdict."""

FACTS = {0: 0.5, 1: 0.35, 2: 0.15}
"""How many sentences that judge nothing stand beside it."""

FOREIGN = 0.3
"""Share of the reviews with a sentence beside it that tells somebody else's opinion."""

FOREIGN_OPPOSES = 0.5
"""Share of these that come to the contrary of the verdict: half, so that they say nothing of it."""


def sample(draw: Draw, positive: bool) -> Review:
    """A review of 3 to 60 words whose verdict is given."""
    while True:
        review = _review(draw, positive)
        if SHORTEST <= len(review.text.split()) <= LONGEST:
            return review


def _review(draw: Draw, positive: bool) -> Review:
    domain = draw.uniform(DOMAINS)
    verdict = _verdict(draw, domain, positive)
    sentences = [verdict.text]
    phenomena = set(verdict.phenomena)
    if "speaker" not in phenomena and draw.chance(FOREIGN):
        phenomena.add("speaker")
        _insert(draw, sentences, _foreign(draw, domain, positive))
    for fact in _facts(draw, domain):
        _insert(draw, sentences, fact)
    text = " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences)
    negations = _negations(text)
    if negations and not verdict.flips:
        phenomena.add("idle negation")
    return Review(text, LABELS[positive], tuple(sorted(phenomena or {"plain"})), negations)


def _insert(draw: Draw, sentences: list[str], sentence: str) -> None:
    sentences.insert(draw.uniform(range(len(sentences) + 1)), sentence)


def _facts(draw: Draw, domain: Domain) -> list[str]:
    """Sentences that judge nothing, no two of one pattern."""
    patterns: list[str] = []
    for _ in range(draw.weighted(FACTS)):
        pool = domain.facts if draw.chance(0.7) else ANYWHERE
        patterns.append(draw.uniform([pattern for pattern in pool if pattern not in patterns]))
    persons = [speaker.phrase for speaker in SPEAKERS if speaker.pronoun != "they"]
    return [
        pattern.format(
            day=draw.uniform(DAYS),
            month=draw.uniform(MONTHS),
            number=draw.uniform(NUMBERS),
            person=draw.uniform(persons),
        )
        for pattern in patterns
    ]


def _foreign(draw: Draw, domain: Domain, positive: bool) -> str:
    """Somebody else's opinion beside a verdict, in a sentence of its own."""
    said = opinion(draw, domain, positive=positive != draw.chance(FOREIGN_OPPOSES), personal=False)
    return f"according to {draw.uniform(SPEAKERS).phrase}, {said.text}" if draw.chance(0.3) else _said(draw, said)


def _said(draw: Draw, said: Opinion) -> str:
    """Somebody else's opinion as a clause."""
    return f"{draw.uniform(SPEAKERS).phrase} {draw.uniform(SAID)} that {said.text}"


def _verdict(draw: Draw, domain: Domain, positive: bool) -> Verdict:
    kind = draw.weighted(VERDICTS)
    if kind == "opinion":
        return _simple(draw, domain, positive, personal=True)
    if kind == "contrast":
        return _contrast(draw, domain, positive, True, LOSER_FIRST if draw.chance(0.5) else WINNER_FIRST)
    if kind == "intensity":
        return _intensity(draw, domain, positive)
    if kind == "judgement":
        return _judgement(draw, domain, positive)
    return _mixed(draw, domain, positive)


def _simple(draw: Draw, domain: Domain, positive: bool, personal: bool) -> Verdict:
    found = opinion(draw, domain, positive=positive, personal=personal)
    return Verdict(found.text, positive, _negation(found.flips), found.flips)


def _contrast(draw: Draw, domain: Domain, positive: bool, personal: bool, patterns: Sequence[str]) -> Verdict:
    """What is conceded loses, whatever the degrees."""
    winner = opinion(draw, domain, positive=positive, personal=personal)
    loser = opinion(draw, domain, positive=not positive, personal=personal, apart=winner.aspects)
    pattern = draw.uniform(patterns)
    text = pattern.format(winner=winner.text, loser=loser.text)
    return Verdict(text, positive, _negation(winner.flips) | {"contrast"}, winner.flips + loser.flips)


def _intensity(draw: Draw, domain: Domain, positive: bool) -> Verdict:
    """Of two opinions side by side the stronger wins."""
    strong = opinion(draw, domain, positive=positive, degree="strong")
    weak = opinion(draw, domain, positive=not positive, degree="weak", apart=strong.aspects)
    one, other = (strong, weak) if draw.chance(0.5) else (weak, strong)
    return Verdict(draw.uniform(BOTH).format(one=one.text, other=other.text), positive, frozenset({"intensity"}), 0)


def _judgement(draw: Draw, domain: Domain, positive: bool) -> Verdict:
    """Somebody else's opinion, which the writer confirms or rejects."""
    right = draw.chance(0.5)
    if draw.chance(0.3):
        inner = _contrast(draw, domain, positive == right, False, CONCEDED_FIRST)
    else:
        inner = _simple(draw, domain, positive == right, personal=False)
    speaker = draw.uniform(SPEAKERS)
    end = draw.uniform(RIGHT if right else WRONG).format(they=speaker.pronoun, were=speaker.was)
    text = f"{speaker.phrase} {draw.uniform(SAID)} that {inner.text}, {end}"
    return Verdict(text, positive, inner.phenomena | {"judgement"}, inner.flips + _negations(end))


def _mixed(draw: Draw, domain: Domain, positive: bool) -> Verdict:
    """The writer's opinion and somebody else's contrary one in one sentence: the writer's counts."""
    own = opinion(draw, domain, positive=positive)
    foreign = _said(draw, opinion(draw, domain, positive=not positive, personal=False))
    text = draw.uniform(MIXED).format(own=own.text, foreign=foreign)
    return Verdict(text, positive, _negation(own.flips) | {"speaker"}, own.flips)


def _negations(text: str) -> int:
    return sum(word in NEGATIONS for word in text.lower().translate(_STRIP).split())


def _negation(flips: int) -> frozenset[str]:
    return frozenset({1: ("negation",), 2: ("double negation",)}.get(flips, ()))
