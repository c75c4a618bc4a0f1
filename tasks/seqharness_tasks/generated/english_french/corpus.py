"""Sentence pairs and the corpus made of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from . import english, french
from .grammar import sample_tree

SHORTEST, LONGEST = 3, 40
DEFAULT_SEED = 2017
DEFAULT_SIZES: Mapping[str, int] = MappingProxyType({"train": 20_000, "validation": 1_000, "test": 1_000})


@dataclass(frozen=True, slots=True)
class SentencePair:
    """An English sentence, its French translation, and the sorted labels of the phenomena in it."""

    source: str
    target: str
    phenomena: tuple[str, ...]


def sample(rng: random.Random) -> SentencePair:
    """One pair, of 3 to 40 words on each side; only `rng.random()` is called."""
    while True:
        tree = sample_tree(rng)
        source = english.render(tree)
        target, labels = french.render(tree)
        if all(SHORTEST <= len(text.split()) <= LONGEST for text in (source, target)):
            return SentencePair(source, target, labels)


def corpus(sizes: Mapping[str, int] = DEFAULT_SIZES, seed: int = DEFAULT_SEED) -> dict[str, list[SentencePair]]:
    """Splits of the given sizes, in the order of `sizes`; no English sentence occurs twice in all of them.

    Raises:
        ValueError: a size is negative.
    """
    if any(size < 0 for size in sizes.values()):
        raise ValueError(f"sizes must not be negative: {dict(sizes)}")
    rng = random.Random(seed)
    seen: set[str] = set()
    splits: dict[str, list[SentencePair]] = {}
    for split, size in sizes.items():
        pairs: list[SentencePair] = []
        while len(pairs) < size:
            pair = sample(rng)
            if pair.source not in seen:
                seen.add(pair.source)
                pairs.append(pair)
        splits[split] = pairs
    return splits
