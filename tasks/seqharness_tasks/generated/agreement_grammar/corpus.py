"""The corpus: independent draws, repeats kept."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from .agreement import farthest, verb_forms
from .prefix import PrefixScorer
from .rules import agreement_grammar

DEFAULT_SEED = 2018
DEFAULT_SIZES: Mapping[str, int] = MappingProxyType({"train": 40_000, "validation": 1_000, "test": 2_000})


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence drawn, and of the subject and verb in it that are farthest apart: how many words the verb is behind,
    the nouns of the other number between the two, the verb's place (from 0), and the verb in the other number, with
    which nothing could be a sentence of the grammar."""

    text: str
    distance: int
    attractors: int
    verb: int
    wrong: str


def corpus(sizes: Mapping[str, int] = DEFAULT_SIZES, seed: int = DEFAULT_SEED) -> dict[str, list[Sentence]]:
    """Splits of the given sizes, in the order of `sizes`, drawn one after the other from one generator.

    A sentence may occur twice, within a split and across splits: leaving repeats out would change the probabilities of
    sentences, and with them the entropy.
    """
    rng, grammar = random.Random(seed), agreement_grammar()
    splits: dict[str, list[Sentence]] = {}
    for split, size in sizes.items():
        sentences = []
        for _ in range(size):
            derivation = grammar.sample(rng)
            sentence, pair = list(derivation.words()), farthest(derivation)
            wrong = verb_forms()[sentence[pair.verb]]
            sentences.append(Sentence(" ".join(sentence), pair.distance, pair.attractors, pair.verb, wrong))
        splits[split] = sentences
    return splits


@cache
def scorer() -> PrefixScorer:
    """The scorer of the grammar; one for all callers."""
    return PrefixScorer(agreement_grammar())


def surprisals(text: str) -> list[float]:
    """The true surprisal, in nats, of each word of a sentence given the words before it, and of its end: -log p.

    Infinite from the first word on that cannot stand there. Their sum is that of the sentence.
    """
    return [-math.log(p) if p else math.inf for p in scorer().conditionals(text.split())]


def log2_probability(text: str) -> float:
    """log2 of the true probability of a sentence, rounded to 1e-9: what is stored must be the same on every machine,
    and the last bit of a logarithm is not."""
    return round(math.fsum(math.log2(p) if p else -math.inf for p in scorer().conditionals(text.split())), 9)
