"""Word vectors by prediction: skip-gram and CBOW, with negative sampling or hierarchical softmax.

Mikolov et al. 2013a, "Efficient estimation of word representations in vector space", https://arxiv.org/abs/1301.3781
(the two models, windows of random size); 2013b, "Distributed representations of words and phrases and their
compositionality", https://arxiv.org/abs/1310.4546 (negative sampling, equation 4; hierarchical softmax, equation 3;
subsampling of frequent words, equation 5).

Whatever the model and the loss, an example is a hidden vector h, the mean of the input vectors of some words (one in
skip-gram, all words around in CBOW), and yes-or-no decisions by sigmoid(h . v) with output vectors v: this word and not
that one, or this turn and not that one on the way through a Huffman tree. So one update serves all four.

The papers descend example by example, with a rate that falls to zero. Here the gradients of a batch of examples are
added up, in which frequent words meet often and rare ones hardly; AdaGrad (Duchi et al. 2011,
https://jmlr.org/papers/v12/duchi11a.html) gives each number of each vector a rate of its own that falls with what it
has gone through, as in GloVe (Pennington et al. 2014). On small texts this also takes fewer passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy.sparse import csr_array
from scipy.special import expit

from seqharness.contracts import BaselineArchitecture
from seqharness.interfaces import Classify

from .embeddings import Corpus, EmbeddingClassifier, EmbeddingOptions
from .huffman import Paths, huffman
from .targets import Flags, Floats, Ids

Vectors = npt.NDArray[np.float32]

BATCH = 2_048
"""Examples whose gradients are added up."""

CHUNK = 100_000
"""Words of text whose examples are made, and shuffled, at once."""

TABLE = 10_000_000
"""Places of the table that negative samples are drawn from; a word has as many as its probability asks for."""

SMALL = 1e-8
"""Squared gradient that AdaGrad begins with, so that it never divides by zero."""


class Word2VecOptions(EmbeddingOptions):
    """Options of vectors from prediction."""

    model: Literal["skip-gram", "cbow"] = Field(
        default="skip-gram", description="skip-gram says the words around from the word; it does better on small texts"
    )
    loss: Literal["negative", "hierarchical"] = Field(
        default="negative", description="negative sampling, or hierarchical softmax over a Huffman tree"
    )
    negatives: int = Field(default=5, ge=1, description="words drawn against each true one; 5 to 20 on small texts")
    subsample: float = Field(
        default=1e-3, gt=0, description="t in equation 5: words more frequent than this share are thinned out"
    )
    epochs: int = Field(default=5, ge=1, description="passes over the text; as in the authors' program")
    learning_rate: float = Field(
        default=0.1, gt=0, description="of AdaGrad; accuracies on SST-2 lie within 1.5 points from 0.05 to 0.2"
    )


class Word2Vec(EmbeddingClassifier[Word2VecOptions]):
    """Vectors from prediction under a linear model."""

    def learn(self, corpus: Corpus, rng: np.random.Generator) -> Floats:
        """The input vectors."""
        options, size = self.options, len(corpus.counts)
        decisions: Decisions = (
            NegativeSampling(corpus.counts, options.negatives)
            if options.loss == "negative"
            else HierarchicalSoftmax(huffman(corpus.counts))
        )
        start = ((rng.random((size, options.width)) - 0.5) / options.width).astype(np.float32)
        inputs = Learned(start, options.learning_rate)
        outputs = Learned(np.zeros_like(start), options.learning_rate)
        for _ in range(options.epochs):
            for words, document in chunks(corpus, rng):
                for batch in batches(self._examples(words, document, corpus.counts, rng), rng):
                    descend(inputs, outputs, batch, decisions.of(batch.targets, rng))
        return inputs.vectors.astype(np.float64)

    def _examples(self, words: Ids, document: Ids, counts: Ids, rng: np.random.Generator) -> Examples:
        kept = thinned(words, counts, self.options.subsample, rng)
        words, document = words[kept], document[kept]
        centres, contexts = windows(document, self.options.window, rng)
        if self.options.model == "skip-gram":
            return Examples(words[centres], np.arange(len(centres) + 1), words[contexts])
        order = np.argsort(centres, kind="stable")
        found, lengths = np.unique(centres, return_counts=True)
        return Examples(words[contexts[order]], np.cumsum([0, *lengths.tolist()]), words[found])


# ------------------------------------------------------------------------------------------------------------ examples


class Examples(NamedTuple):
    """inputs [total]: words whose vectors are averaged, one example after the other. offsets [B + 1]: where each one
    begins. targets [B]: the word to say."""

    inputs: Ids
    offsets: Ids
    targets: Ids


def chunks(corpus: Corpus, rng: np.random.Generator) -> Iterator[tuple[Ids, Ids]]:
    """Documents in random order, in parts of about CHUNK words: words, and the document each is in."""
    lengths = np.diff(corpus.offsets)
    order = rng.permutation(len(lengths))
    parts = np.cumsum(lengths[order]) // CHUNK
    for part in np.split(order, np.flatnonzero(np.diff(parts)) + 1):
        places = [np.arange(corpus.offsets[one], corpus.offsets[one + 1]) for one in part]
        words = corpus.words[np.concatenate([np.zeros(0, np.int64), *places])]
        if len(words):
            yield words, np.repeat(part, lengths[part])


def thinned(words: Ids, counts: Ids, threshold: float, rng: np.random.Generator) -> Flags:
    """[T] bool: a word of frequency f stays with probability sqrt(threshold / f)."""
    keep = np.sqrt(threshold * counts.sum() / counts)
    return np.asarray(rng.random(len(words)) < keep[words])


def windows(document: Ids, window: int, rng: np.random.Generator) -> tuple[Ids, Ids]:
    """Pairs of positions (centre, context): the context is at most n words away in the same document, with n drawn anew
    for each centre from 1 to `window`."""
    reach = rng.integers(1, window + 1, size=len(document))
    centres, contexts = [], []
    for distance in range(1, min(window, len(document) - 1) + 1):
        left = np.flatnonzero(document[distance:] == document[:-distance])
        right = left + distance
        for centre, context in ((left, right), (right, left)):
            within = reach[centre] >= distance
            centres.append(centre[within])
            contexts.append(context[within])
    none = np.zeros(0, dtype=np.int64)
    return np.concatenate([none, *centres]), np.concatenate([none, *contexts])


def batches(examples: Examples, rng: np.random.Generator) -> Iterator[Examples]:
    """All examples in random order, BATCH at a time."""
    order = rng.permutation(len(examples.targets))
    lengths = np.diff(examples.offsets)
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        sizes = lengths[part]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        places = np.arange(offsets[-1]) + np.repeat(examples.offsets[part] - offsets[:-1], sizes)
        yield Examples(examples.inputs[places], offsets, examples.targets[part])


# ----------------------------------------------------------------------------------------------------------- decisions


class Terms(NamedTuple):
    """Of a batch: example `owners` [n], ascending, asks output vector `rows` [n] and should hear `answers`."""

    owners: Ids
    rows: Ids
    answers: Flags


class Decisions(Protocol):
    """How a word is said."""

    def of(self, targets: Ids, rng: np.random.Generator) -> Terms:
        """Of the words `targets` [B]."""


class NegativeSampling:
    """Yes to the word, no to some that are drawn with the probability of their count to the power of 0.75; where the
    word itself is drawn, there is no decision (both as in the authors' program)."""

    def __init__(self, counts: Ids, negatives: int) -> None:
        self.negatives = negatives
        weights = counts**0.75
        places = np.ceil(TABLE * weights / max(1.0, weights.sum()))
        self.table = np.repeat(np.arange(len(counts), dtype=np.int32), places.astype(np.int64))

    def of(self, targets: Ids, rng: np.random.Generator) -> Terms:
        drawn = self.table[rng.integers(len(self.table), size=(len(targets), self.negatives))]
        rows = np.concatenate([targets[:, None], drawn], axis=1)  # [B, 1 + negatives]
        asked = rows != targets[:, None]
        asked[:, 0] = True
        owners, columns = np.nonzero(asked)
        return Terms(owners, rows[asked], columns == 0)


class HierarchicalSoftmax:
    """The turns on the way to the word; yes is turn 0."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths

    def of(self, targets: Ids, rng: np.random.Generator) -> Terms:
        lengths = self.paths.lengths[targets]
        before = np.cumsum(lengths) - lengths
        places = np.arange(int(lengths.sum())) + np.repeat(self.paths.offsets[targets] - before, lengths)
        owners = np.repeat(np.arange(len(targets)), lengths)
        return Terms(owners, self.paths.nodes[places], self.paths.turns[places] == 0)


# ------------------------------------------------------------------------------------------------------------- descent


class Learned:
    """vectors [V, H], and for AdaGrad the sum of the squared gradients of each of their numbers."""

    def __init__(self, vectors: Vectors, rate: float) -> None:
        self.vectors, self.rate = vectors, np.float32(rate)
        self.squares = np.full_like(vectors, SMALL)

    def step(self, rows: Ids, gradients: Vectors) -> None:
        """Move the vectors `rows`, each named once, against their gradients."""
        squares = self.squares[rows] + gradients**2
        self.squares[rows] = squares
        self.vectors[rows] -= self.rate * gradients / np.sqrt(squares)


def descend(inputs: Learned, outputs: Learned, batch: Examples, terms: Terms) -> None:
    """One step down the sum over the batch of the decisions' -log sigmoid(+-h . v)."""
    words, word_of = distinct(batch.inputs, len(inputs.vectors))
    rows, row_of = distinct(terms.rows, len(outputs.vectors))
    of_inputs, of_outputs = gradients(
        inputs.vectors[words], outputs.vectors[rows], batch._replace(inputs=word_of), terms._replace(rows=row_of)
    )
    inputs.step(words, of_inputs)
    outputs.step(rows, of_outputs)


def distinct(ids: Ids, size: int) -> tuple[Ids, Ids]:
    """The ids that occur, ascending, and the place of each of `ids` among them; all are below `size`."""
    there = np.zeros(size, dtype=bool)
    there[ids] = True
    found = np.flatnonzero(there)
    place = np.empty(size, dtype=np.int64)
    place[found] = np.arange(len(found))
    return found, place[ids]


def gradients(inputs: Vectors, outputs: Vectors, batch: Examples, terms: Terms) -> tuple[Vectors, Vectors]:
    """Of `decision_loss` by input and output vectors. The derivative by a score h . v is sigmoid(h . v) - answer."""
    mixing = mixture(batch, inputs)
    hidden = mixing @ inputs  # [B, H]
    answers = terms.answers.astype(inputs.dtype)
    errors = expit(scores(hidden, outputs, terms)) - answers
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(terms.owners, minlength=len(hidden)))])
    by_score = csr_array((errors, terms.rows, starts), shape=(len(hidden), len(outputs)))
    return mixing.T @ (by_score @ outputs), by_score.T @ hidden


def mixture(batch: Examples, inputs: Vectors) -> csr_array:
    """[B, V]: the share of each input vector in each hidden one."""
    lengths = np.diff(batch.offsets)
    shares = np.repeat((1 / lengths).astype(inputs.dtype), lengths)
    return csr_array((shares, batch.inputs, batch.offsets), shape=(len(lengths), len(inputs)))


def scores(hidden: Vectors, outputs: Vectors, terms: Terms) -> Vectors:
    """[n]: h . v of each decision."""
    found: Vectors = np.einsum("nh,nh->n", hidden[terms.owners], outputs[terms.rows])
    return found


def decision_loss(inputs: Vectors, outputs: Vectors, batch: Examples, terms: Terms) -> float:
    """What is minimised: the sum of -log sigmoid(h . v) where the answer is yes, and -log sigmoid(-h . v) where no."""
    found = scores(mixture(batch, inputs) @ inputs, outputs, terms)
    return float(np.logaddexp(0, np.where(terms.answers, -found, found)).sum())


ARCHITECTURE = BaselineArchitecture(config=Word2VecOptions, serves={Classify: Word2Vec}, random=True)
