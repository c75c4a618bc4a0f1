"""Bag of words: TF-IDF of word n-grams under a linear model, the classifier that networks from scratch have to beat.

Jones 1972, https://doi.org/10.1108/eb026526 (the weights); Wang & Manning 2012, https://aclanthology.org/P12-2018/
(bigrams under a linear model are a strong baseline). A feature is (1 + log n(g)) (1 + log((1 + N) / (1 + N(g)))) for an
n-gram g that the row has n(g) times and N(g) of the N training rows have; rows are scaled to length 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from seqharness.contracts import Baseline, BaselineArchitecture, Options, Prediction, Split
from seqharness.interfaces import Classify

from .heads import head_for
from .targets import labels
from .words import documents, require_words


class BowOptions(Options):
    """Options of the bag of words."""

    ngrams: int = Field(
        default=2, ge=1, le=10, description="longest n-grams; bigrams see a negation, longer ones are rarely seen twice"
    )


class Bow:
    """N-grams are those of the training split; others are left out."""

    def __init__(self, options: BowOptions, interface: Classify) -> None:
        self.options = options
        self.head = head_for(interface)
        self.vectorizer: Any = None

    @property
    def parameters(self) -> int:
        """A weight of each n-gram in a row, and those of the linear model."""
        return self.head.parameters + (0 if self.vectorizer is None else len(self.vectorizer.idf_))

    @property
    def chosen(self) -> str:
        """Of the linear model."""
        return self.head.chosen

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        """Count, weigh, regress."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        given = documents(train)
        if any(given):
            self.vectorizer = TfidfVectorizer(analyzer=self._ngrams, sublinear_tf=True).fit(given)
        features = self._features(given), labels(train.rows), self._features(documents(validation))
        self.head.fit(*features, labels(validation.rows))

    def predict(self, split: Split) -> list[Prediction]:
        """The linear model's."""
        return self.head.predict(self._features(documents(split)), labels(split.rows))

    def _features(self, given: list[list[str]]) -> Any:
        return np.zeros((len(given), 0)) if self.vectorizer is None else self.vectorizer.transform(given)

    def _ngrams(self, words: list[str]) -> list[str]:
        """All n-grams of 1 to `ngrams` words; a space, which no word has, joins them."""
        lengths = range(1, self.options.ngrams + 1)
        return [" ".join(words[at : at + n]) for n in lengths for at in range(len(words) - n + 1)]


def build(options: BowOptions, interface: Classify) -> Baseline:
    """NotApplicable where there are no words."""
    require_words(interface)
    return Bow(options, interface)


ARCHITECTURE = BaselineArchitecture(config=BowOptions, serves={Classify: build})
