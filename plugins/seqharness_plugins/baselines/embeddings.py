"""Word vectors learned from the task's own training text, averaged over each row, under a linear model: what
`word2vec` and `ppmi-svd` have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array

from seqharness.contracts import Options, Prediction, Split
from seqharness.interfaces import Classify

from .heads import head_for
from .targets import Floats, Ids, labels
from .words import documents, require_words


class EmbeddingOptions(Options):
    """Options of every kind of word vector."""

    width: int = Field(default=100, ge=1, description="numbers in a vector; small texts gain nothing from more")
    window: int = Field(default=5, ge=1, description="words to each side that are context; as in both papers")
    min_count: int = Field(
        default=2, ge=1, description="rarer words have no vector: what is seen once has one context to learn from"
    )


class Corpus(NamedTuple):
    """Documents as numbers of words, those without a vector left out.

    words [total]: one document after the other. offsets [N + 1]: where documents begin. counts [V]: of each word in
    the training text.
    """

    words: Ids
    offsets: Ids
    counts: Ids

    @property
    def document(self) -> Ids:
        """[total]: which document each word is in."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


class Vocabulary:
    """Words by falling frequency; of equally frequent ones the alphabetically first."""

    def __init__(self, texts: Sequence[Sequence[str]], min_count: int) -> None:
        counted = Counter(word for text in texts for word in text)
        kept = sorted((-count, word) for word, count in counted.items() if count >= min_count)
        self.number = {word: number for number, (_, word) in enumerate(kept)}
        self.counts = np.array([-count for count, _ in kept], dtype=np.int64)

    def corpus(self, texts: Sequence[Sequence[str]]) -> Corpus:
        """The texts as numbers."""
        rows = [[self.number[word] for word in text if word in self.number] for text in texts]
        offsets = np.cumsum([0, *(len(row) for row in rows)])
        return Corpus(np.array([word for row in rows for word in row], dtype=np.int64), offsets, self.counts)


def means(corpus: Corpus, vectors: Floats) -> Floats:
    """vectors [V, H] -> [N, H]: the mean over the words of each document; zero where none has a vector."""
    shape = len(corpus.offsets) - 1, len(vectors)
    ones = csr_array((np.ones(len(corpus.words)), corpus.words, corpus.offsets), shape=shape)
    lengths = np.maximum(np.diff(corpus.offsets), 1)
    return np.asarray((ones @ vectors) / lengths[:, None])


Chosen = TypeVar("Chosen", bound=EmbeddingOptions)


class EmbeddingClassifier(ABC, Generic[Chosen]):
    """Serves Classify. A subclass says how vectors are learned."""

    def __init__(self, options: Chosen, interface: Classify) -> None:
        require_words(interface)
        self.options = options
        self.head = head_for(interface)
        self.vocabulary = Vocabulary([], 1)
        self.vectors: Floats = np.zeros((0, options.width))
        self.centre: Floats = np.zeros(options.width)
        self.spread: Floats = np.ones(options.width)

    @abstractmethod
    def learn(self, corpus: Corpus, rng: np.random.Generator) -> Floats:
        """Vectors [V, at most `width`] from the training text."""

    @property
    def parameters(self) -> int:
        """Vectors, the mean and spread of each feature, and those of the linear model."""
        return self.vectors.size + self.centre.size + self.spread.size + self.head.parameters

    @property
    def chosen(self) -> str:
        """Of the linear model."""
        return self.head.chosen

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        """Vectors from the training text alone; features are scaled to mean 0 and variance 1, so that one grid of
        penalties suits all vectors."""
        given = documents(train)
        self.vocabulary = Vocabulary(given, self.options.min_count)
        corpus = self.vocabulary.corpus(given)
        self.vectors = self.learn(corpus, rng)
        raw = means(corpus, self.vectors)
        self.centre, self.spread = raw.mean(0), raw.std(0)
        self.spread[self.spread == 0] = 1.0
        features = (raw - self.centre) / self.spread
        self.head.fit(features, labels(train.rows), self._features(validation), labels(validation.rows))

    def predict(self, split: Split) -> list[Prediction]:
        """The linear model's."""
        return self.head.predict(self._features(split), labels(split.rows))

    def _features(self, split: Split) -> Floats:
        return (means(self.vocabulary.corpus(documents(split)), self.vectors) - self.centre) / self.spread
