"""Tagged sentences and the corpus made of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..english_french.draw import Draw
from .grammar import sentence

SHORTEST, LONGEST = 3, 60
DEFAULT_SEED = 2019
DEFAULT_SIZES: Mapping[str, int] = MappingProxyType({"train": 12_000, "validation": 1_000, "test": 2_000})


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """words and tags, as many of each. distance: words from a subject's noun to its verb, the longest in the sentence.
    attractors: nouns of the other number between a subject's noun and its verb, the most in the sentence."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    distance: int
    attractors: int


def sample(rng: random.Random) -> TaggedSentence:
    """One sentence of 3 to 60 words; only `rng.random()` is called."""
    draw = Draw(rng)
    while True:
        made = sentence(draw)
        if SHORTEST <= len(made.words) <= LONGEST:
            return TaggedSentence(
                tuple(made.words),
                tuple(made.tags),
                max(found.distance for found in made.agreements),
                max(found.attractors for found in made.agreements),
            )


def corpus(sizes: Mapping[str, int] = DEFAULT_SIZES, seed: int = DEFAULT_SEED) -> dict[str, list[TaggedSentence]]:
    """Splits of the given sizes, in the order of `sizes`; no sentence occurs twice in all of them.

    Raises:
        ValueError: a size is negative.
    """
    if any(size < 0 for size in sizes.values()):
        raise ValueError(f"sizes must not be negative: {dict(sizes)}")
    rng = random.Random(seed)
    seen: set[tuple[str, ...]] = set()
    splits: dict[str, list[TaggedSentence]] = {}
    for split, size in sizes.items():
        sentences: list[TaggedSentence] = []
        while len(sentences) < size:
            made = sample(rng)
            if made.words not in seen:
                seen.add(made.words)
                sentences.append(made)
        splits[split] = sentences
    return splits
