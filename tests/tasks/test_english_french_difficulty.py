"""The generated corpus is neither trivial nor starved: lookup fails, words recur, long sentences exist."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import numpy as np
import sacrebleu

from seqharness_tasks.generated.english_french import PHENOMENA, SentencePair, corpus

ITERATIONS = 5


@cache
def splits() -> dict[str, list[SentencePair]]:
    return corpus()


def tokens(text: str) -> list[str]:
    return re.findall(r"\w+'|[\w-]+|[.,?]", text.lower())


def types(split: str, side: str) -> Counter[str]:
    return Counter(word for pair in splits()[split] for word in tokens(getattr(pair, side)))


def best_words(pairs: list[SentencePair]) -> dict[str, str]:
    """The likeliest French word of each English word under IBM Model 1 (Brown et al., 1993), without a null word."""
    english: dict[str, int] = {}
    french: dict[str, int] = {}
    cells: list[tuple[int, int, int]] = []  # target position, English word, French word
    position = 0
    for pair in pairs:
        source = [english.setdefault(word, len(english)) for word in tokens(pair.source)]
        for word in tokens(pair.target):
            target = french.setdefault(word, len(french))
            cells.extend((position, entry, target) for entry in source)
            position += 1
    table = np.array(cells, dtype=np.int64)
    keys, cell_key = np.unique(table[:, 1] * len(french) + table[:, 2], return_inverse=True)
    sources = keys // len(french)
    probability = np.ones(len(keys))
    for _ in range(ITERATIONS):
        share = probability[cell_key]
        share /= np.bincount(table[:, 0], weights=share)[table[:, 0]]
        counts = np.bincount(cell_key, weights=share)
        probability = counts / np.bincount(sources, weights=counts)[sources]
    order = np.argsort(probability)
    words = list(french)
    best = dict(zip(sources[order].tolist(), (keys % len(french))[order].tolist(), strict=True))
    return {word: words[best[index]] for word, index in english.items()}


def test_word_by_word_lookup_fails() -> None:
    lookup = best_words(splits()["train"])
    guesses = [" ".join(lookup.get(word, word) for word in tokens(pair.source)) for pair in splits()["test"]]
    references = [" ".join(tokens(pair.target)) for pair in splits()["test"]]
    score = sacrebleu.corpus_bleu(guesses, [references], tokenize="13a").score
    print(f"IBM Model 1 lookup: {score:.1f} BLEU")
    assert 5 < score < 30


def test_lengths_have_a_tail() -> None:
    lengths = [len(pair.source.split()) for pair in splits()["train"]]
    assert 9.5 <= sum(lengths) / len(lengths) <= 12.5
    assert sum(length > 20 for length in lengths) >= 0.08 * len(lengths)
    assert sum(length > 30 for length in lengths) >= 0.01 * len(lengths)


def test_words_recur() -> None:
    for side, share in (("source", 0.75), ("target", 0.55)):
        counts = types("train", side)
        assert len(counts) >= 600
        assert sum(count >= 20 for count in counts.values()) >= share * len(counts)
        unseen = sum(count for word, count in types("test", side).items() if word not in counts)
        assert unseen <= 10


def test_every_phenomenon_has_its_share_of_the_test_split() -> None:
    labels = Counter(label for pair in splits()["test"] for label in pair.phenomena)
    assert {label for label in PHENOMENA if labels[label] >= 0.02 * len(splits()["test"])} == set(PHENOMENA)
