"""Properties that every sampled pair has, and the corpus as a whole."""

from __future__ import annotations

import hashlib
import random
import re
from functools import cache
from itertools import chain

import pytest

from seqharness_tasks.generated.english_french import DEFAULT_SIZES, PHENOMENA, SentencePair, corpus, sample
from seqharness_tasks.generated.english_french.adjectives import ADJECTIVES
from seqharness_tasks.generated.english_french.nouns import NOUNS

CORPUS_SHA256 = "8a6a0a934e80b9abbeac2ca6243fa47f9b7117a56ed841b488e672d7cf0ffbcc"
SAMPLES = 50_000

VOWEL = r"(?=[aeiouâàéèêëîïôœ]|h(?:omme|ôpita|ôtel|orloge|onnête|istoire|eure|abit|abill))"
CLITIC = r"(?:lui |leur )?\w+(?:er|ir|re)\b"  # an object pronoun and its infinitive: de le voir, à le lui donner
SINGULAR = "un|le|[Cc]e|[Mm]on|[Ss]on|[Nn]otre|[Vv]otre"
NOT_FRENCH = {
    "elision": rf"\b(?:je|me|te|se|ne|que|le|la|de|si (?=ils?\b)) {VOWEL}(?!onze\b)",
    "false elision": r"'(?![aeiouyâàéèêëîïôœAEIOUÉÎh])|'(?:héros|hibou|hérisson|haricot|homard|hache|harpe|huit)",
    "contraction": rf"\b(?:à les?|de les) (?!{CLITIC})",
    "du": rf"\bde le (?!{CLITIC})",
    "beau, nouveau, vieux": rf"\b(?:[Cc]e|(?:{SINGULAR}) (?:beau|nouveau|vieux)) {VOWEL}",
    "possessive": rf"\b(?:ma|ta|sa) {VOWEL}",
    "doubled article": r"\b(?:le|la|les|un|une|des|du) (?:le|la|les|un|une|des|du)\b",
    "negated article": r"(?:ne |n')(?:boit|mange|achète|vend|a) pas (?:du |de la |de l'|des )",
    "space": r"  | [,.?]|^ | $",
}
NOT_ENGLISH = {
    "article": r"\b(?:a [aeio]|an [^aeiouhEI])|\ba (?:hour|honest)|\ban u(?:ni|se)",
    "space": r"  | [,.?]|^ | $",
    "repeated word": r"\b(the|a|an|of|to|is|not) \1\b",
}


@cache
def samples() -> tuple[SentencePair, ...]:
    rng = random.Random(12345)
    return tuple(sample(rng) for _ in range(SAMPLES))


@cache
def default_corpus() -> dict[str, list[SentencePair]]:
    return corpus()


def test_lengths_are_within_bounds() -> None:
    for pair in samples():
        assert 3 <= len(pair.source.split()) <= 40
        assert 3 <= len(pair.target.split()) <= 40


def test_sentences_start_and_end_as_sentences() -> None:
    for text in chain.from_iterable((pair.source, pair.target) for pair in samples()):
        assert text[0].isupper()
        assert text[-1] in ".?"
        assert not re.search(r"[.?].", text)


def test_questions_ask_in_both_languages() -> None:
    for pair in samples():
        assert pair.source.endswith("?") == pair.target.endswith("?") == ("question" in pair.phenomena)


@pytest.mark.parametrize("rule", NOT_FRENCH)
def test_no_french_sentence_breaks(rule: str) -> None:
    pattern = re.compile(NOT_FRENCH[rule])
    broken = [pair.target for pair in samples() if pattern.search(pair.target)]
    assert broken == []


@pytest.mark.parametrize("rule", NOT_ENGLISH)
def test_no_english_sentence_breaks(rule: str) -> None:
    pattern = re.compile(NOT_ENGLISH[rule])
    broken = [pair.source for pair in samples() if pattern.search(pair.source)]
    assert broken == []


def test_the_patterns_find_what_they_are_for() -> None:
    wrong = {
        "elision": "Il voit que elle dort.",
        "false elision": "L'héros dort.",
        "contraction": "Il va à le marché.",
        "du": "Il parle de le film.",
        "beau, nouveau, vieux": "Il voit un beau oiseau.",
        "possessive": "Il aime sa école.",
        "doubled article": "Il voit le un chat.",
        "negated article": "Il ne boit pas de l'eau.",
        "space": "Il dort .",
    }
    assert all(re.search(NOT_FRENCH[rule], text) for rule, text in wrong.items())
    assert wrong.keys() == NOT_FRENCH.keys()


def test_labels_are_known_sorted_and_all_in_use() -> None:
    found: set[str] = set()
    for pair in samples():
        assert list(pair.phenomena) == sorted(set(pair.phenomena))
        found.update(pair.phenomena)
    assert found == set(PHENOMENA)


def test_translation_is_a_function_of_the_english() -> None:
    translations: dict[str, tuple[str, tuple[str, ...]]] = {}
    for pair in samples():
        assert translations.setdefault(pair.source, (pair.target, pair.phenomena)) == (pair.target, pair.phenomena)
    assert len(translations) > 0.9 * SAMPLES


def test_labels_match_surface_signs() -> None:
    for pair in samples():
        negated = re.search(r"\b(?:pas|jamais|plus)\b", pair.target) and re.search(r"\bn(?:e |')", pair.target.lower())
        assert ("negation" in pair.phenomena) == bool(negated), pair
        if "contraction" in pair.phenomena:
            assert re.search(r"\b(?:au|aux|du|des)\b", pair.target), pair


def test_no_english_sentence_is_repeated_within_or_across_splits() -> None:
    sources = [pair.source for pairs in default_corpus().values() for pair in pairs]
    assert len(sources) == len(set(sources)) == sum(DEFAULT_SIZES.values())
    assert {split: len(pairs) for split, pairs in default_corpus().items()} == dict(DEFAULT_SIZES)


def test_corpus_is_the_same_every_time() -> None:
    small = {"train": 200, "validation": 20, "test": 20}
    assert corpus(small, seed=5) == corpus(small, seed=5)
    assert corpus(small, seed=5) != corpus(small, seed=6)


def test_corpus_is_the_same_on_every_machine() -> None:
    digest = hashlib.sha256()
    for split, pairs in default_corpus().items():
        for pair in pairs:
            line = "\t".join((split, pair.source, pair.target, " ".join(pair.phenomena)))
            digest.update(line.encode() + b"\n")
    assert digest.hexdigest() == CORPUS_SHA256


def test_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        corpus({"train": -1})


def test_only_random_is_drawn() -> None:
    class Counting(random.Random):
        def getrandbits(self, k: int, /) -> int:
            raise AssertionError("only random() has a sequence that every version of Python keeps")

    assert sample(Counting(3)) == sample(random.Random(3))


def test_lexicon_has_no_duplicates() -> None:
    nouns = [(entry.english, entry.kind) for entry in NOUNS]
    assert len(nouns) == len(set(nouns))
    assert all(entry.english != entry.english_plural or entry.mass for entry in NOUNS)
    adjectives = [(entry.english, kind, entry.uses) for entry in ADJECTIVES for kind in sorted(entry.kinds)]
    assert len(adjectives) == len(set(adjectives))
