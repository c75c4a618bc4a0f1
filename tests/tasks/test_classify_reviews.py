"""The generated reviews: a reader of rules gets every one right, a bag of words few, and all machines the same bits."""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from functools import cache

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from seqharness_tasks.generated.english_french.draw import Draw
from seqharness_tasks.generated.reviews import DEFAULT_SIZES, LABELS, NEGATIONS, PHENOMENA, Review, corpus, sample
from seqharness_tasks.generated.reviews.opinions import ASIDES, DENYING_ASIDES, FORMS, FRAMES
from seqharness_tasks.generated.reviews.words import ADJECTIVES, DOMAINS, EXTREME, MILD, SAID, SPEAKERS, STRONG, WEAK

CORPUS_SHA256 = "73554b1339ae6cf47a92687963de1434b017fbc8dfe278c7c4befd10ce320625"

BAG_OF_WORDS = 0.7
"""More than TF-IDF of words and pairs of words with logistic regression reaches on the test part (0.65). Chance is 0.5,
and the rules give 1."""


@cache
def reviews() -> dict[str, list[Review]]:
    return corpus()


def everything() -> list[Review]:
    return [review for part in reviews().values() for review in part]


# ------------------------------------------------------------------------------------------- a reader of the text alone


PRAISE = {word for group in (MILD, EXTREME, *ADJECTIVES.values()) for word in group.positive}
BLAME = {word for group in (MILD, EXTREME, *ADJECTIVES.values()) for word in group.negative}

WHO = "|".join(speaker.phrase for speaker in SPEAKERS)
SAYS = re.compile(rf"(?:{WHO}) (?:{'|'.join(SAID)}) that (?P<clause>.*)|according to (?:{WHO}), (?P<other>.*)")
ENDINGS = re.compile(
    r"(?P<inner>.*), (?:(?P<right>and (?:(?:he|she) was|they were) right|and I agree|and I think so too|which is true|"
    r"and it is no lie)|but (?:(?:he|she) was|they were) wrong|but I disagree|but I do not think so|which is not true|"
    r"but it is a lie)"
)
ASIDE = re.compile(rf", (?:{'|'.join((*ASIDES, *DENYING_ASIDES))}),")
IDLE = re.compile(r"\b(?:no doubt|not only|nothing but|nothing short of)\b")
TURNING = re.compile(r"\b(?:not|cannot|nobody|nothing|never|neither|deny|anything but|far from)\b")
CONCEDED = re.compile(r"(?:although|even though|while) (?P<loser>[^,]*), (?P<winner>.*)")
LOSER = re.compile(r"(?P<loser>.*)(?:, but|, yet|; however,) (?P<winner>.*)")
WINNER = re.compile(r"(?P<winner>.*), (?:although|even though|though) (?P<loser>.*)")


def polarity(clause: str) -> int:
    """1 or -1: that of its adjectives, turned round by every negation that reaches them."""
    words = re.findall(r"\w+", clause)
    found = {1 if word in PRAISE else -1 for word in words if word in PRAISE | BLAME}
    assert len(found) == 1, clause
    return found.pop() * (-1) ** len(TURNING.findall(IDLE.sub("", clause)))


def own_verdict(sentence: str) -> int | None:
    """What a sentence says for its writer: 1, -1, or None where it is somebody else's opinion."""
    if match := ENDINGS.fullmatch(sentence):
        said = SAYS.fullmatch(match["inner"])
        assert said, sentence
        inner = own_verdict(said["clause"])
        assert inner is not None
        return inner if match["right"] else -inner
    for pattern in (CONCEDED, WINNER, LOSER):
        if match := pattern.fullmatch(sentence):
            winner, loser = own_verdict(match["winner"]), own_verdict(match["loser"])
            return loser if winner is None else winner
    if SAYS.fullmatch(sentence):
        return None
    joined = re.sub(r"\bboth (.*?) and (.*?) were\b", r"\1 were", sentence)
    halves = [half for half in re.split(r"; |, and | and ", joined) if set(half.split()) & (PRAISE | BLAME)]
    if len(halves) == 1:
        return polarity(sentence)
    (strong,) = (half for half in halves if set(half.split()) & set(STRONG))
    (_,) = (half for half in halves if set(half.split()) & set(WEAK))
    return polarity(strong)


def read(text: str) -> str:
    """The label of a review, from its text."""
    verdicts = []
    for sentence in text.removesuffix(".").split(". "):
        plain = ASIDE.sub("", sentence[0].lower() + sentence[1:] if not sentence.startswith("I ") else sentence)
        if set(re.findall(r"\w+", plain)) & (PRAISE | BLAME):
            verdicts.append(own_verdict(plain))
    (verdict,) = (found for found in verdicts if found is not None)
    return LABELS[verdict > 0]


def test_a_reader_of_the_rules_gets_every_review_right() -> None:
    wrong = [(review.label, review.text) for review in everything() if read(review.text) != review.label]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I did not find the soup bland.", "positive"),
        ("The soup, not for the first time, was bland. Nobody took our coats.", "negative"),
        ("Nobody would call the soup anything but tasty.", "positive"),
        ("Although the soup was superb, the bread was stale.", "negative"),
        ("The soup was superb, although the bread was stale.", "positive"),
        ("The soup was somewhat tasty and the bread was extremely stale.", "negative"),
        ("My sister said that the soup was bland, but I disagree.", "positive"),
        ("My sister said that although the soup was tasty, the bread was stale, which is true.", "negative"),
        ("The soup was bland. According to my aunt, the bread was superb.", "negative"),
        ("Although my aunt thought that the bread was superb, I would not call the soup tasty.", "negative"),
    ],
)
def test_the_reader_itself(text: str, label: str) -> None:
    assert read(text) == label


# -------------------------------------------------------------------------------------------------- what words tell


def test_words_and_pairs_of_words_do_not_tell() -> None:
    train, test = reviews()["train"], reviews()["test"]
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=500))
    model.fit([review.text for review in train], [review.label for review in train])
    share = model.score([review.text for review in test], [review.label for review in test])
    print(f"TF-IDF, 1-2-grams, logistic regression: {share:.3f}")
    assert 0.5 < share < BAG_OF_WORDS


def test_no_word_leans_far_to_a_label() -> None:
    """But words of praise and blame, of which two in three say what they mean."""
    counts = {label: Counter[str]() for label in LABELS}
    for review in reviews()["train"]:
        counts[review.label].update(set(re.findall(r"\w+", review.text.lower())))
    for word, total in (counts["negative"] + counts["positive"]).items():
        if total >= 200:
            lean = abs(counts["positive"][word] / total - 0.5)
            assert lean < (0.25 if word in PRAISE | BLAME else 0.12), word


# ------------------------------------------------------------------------------------------------------ the corpus


def test_labels_are_balanced_and_no_text_is_repeated() -> None:
    assert {part: len(found) for part, found in reviews().items()} == dict(DEFAULT_SIZES)
    for part in reviews().values():
        assert Counter(review.label for review in part) == dict.fromkeys(LABELS, len(part) // 2)
    texts = [review.text for review in everything()]
    assert len(texts) == len(set(texts))


def test_lengths_and_vocabulary() -> None:
    lengths = [len(review.text.split()) for review in everything()]
    assert min(lengths) >= 3
    assert max(lengths) <= 60
    assert 19 < sum(lengths) / len(lengths) < 23
    assert sum(length > 30 for length in lengths) > 0.1 * len(lengths)
    train = Counter(word for review in reviews()["train"] for word in review.text.lower().split())
    assert 500 < len(train) < 900
    unseen = {word for review in reviews()["test"] for word in review.text.lower().split()} - train.keys()
    assert not unseen


def test_phenomena_are_known_sorted_and_frequent_enough_to_be_told_apart() -> None:
    counts = Counter(label for review in reviews()["test"] for label in review.phenomena)
    assert set(counts) == set(PHENOMENA)
    assert min(counts.values()) >= 80
    for review in everything():
        assert list(review.phenomena) == sorted(set(review.phenomena))


def test_phenomena_match_surface_signs() -> None:
    for review in everything():
        words = re.findall(r"\w+", review.text.lower())
        assert review.negations == sum(word in NEGATIONS for word in words)
        if "idle negation" in review.phenomena:
            assert review.negations
            assert not {"negation", "double negation"} & set(review.phenomena)
        if review.phenomena == ("plain",):
            assert not review.negations
            assert not re.search(rf"(?:{WHO}) (?:{'|'.join(SAID)}) |, (?:but|yet)|although|while", review.text.lower())
        if "intensity" in review.phenomena:
            assert set(words) & set(STRONG)
            assert set(words) & set(WEAK)


def test_the_corpus_is_the_same_every_time_and_on_every_machine() -> None:
    small = {"train": 100, "test": 20}
    assert corpus(small, seed=5) == corpus(small, seed=5)
    assert corpus(small, seed=5) != corpus(small, seed=6)
    digest = hashlib.sha256()
    for part, found in reviews().items():
        for review in found:
            line = "\t".join((part, review.text, review.label, ",".join(review.phenomena), str(review.negations)))
            digest.update(line.encode() + b"\n")
    assert digest.hexdigest() == CORPUS_SHA256


def test_only_random_is_drawn() -> None:
    class Counting(random.Random):
        def getrandbits(self, k: int, /) -> int:
            raise AssertionError("only random() has a sequence that every version of Python keeps")

    assert sample(Draw(Counting(3)), positive=True) == sample(Draw(random.Random(3)), positive=True)


def test_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        corpus({"train": -1})


# ------------------------------------------------------------------------------------------------------- the words


def test_praise_and_blame_are_as_many_and_apart() -> None:
    for group in (MILD, EXTREME, *ADJECTIVES.values()):
        assert len(group.positive) == len(group.negative)
    assert not PRAISE & BLAME
    kinds = {aspect.kind for domain in DOMAINS for aspect in domain.aspects}
    assert kinds == set(ADJECTIVES)
    for domain in DOMAINS:
        counts = Counter(aspect.kind for aspect in domain.aspects)
        assert sum(count > 1 for count in counts.values()) >= 1
        assert not any(set(re.findall(r"\w+", fact)) & (PRAISE | BLAME) for fact in domain.facts)


def test_every_way_to_say_it_is_in_use() -> None:
    texts = " ".join(review.text for review in everything())
    lowered = texts.lower()
    for frame in FRAMES:
        assert frame.text.lower() in lowered
    for form in FORMS:
        longest = max(re.split(r"\{\w\}|\{was\}|\{aside\}", form.pattern), key=len).strip(" ,").lower()
        assert longest in lowered
