"""Word vectors by counting: co-occurrence, shifted positive pointwise mutual information, truncated SVD.

Levy & Goldberg 2014, "Neural word embedding as implicit matrix factorization", https://papers.nips.cc/paper/5477: with
k negative samples, skip-gram factorises log(#(w, c) |D| / (#(w) #(c))) - log k. Here that matrix is written down, with
zero for what is negative or was never seen together (section 4.1), and factorised exactly: the vectors are the rows of
U_d S_d^0.5, which they found better than U_d S_d (section 4.2).
"""

from __future__ import annotations

import numpy as np
from pydantic import Field
from scipy.sparse import coo_array, csr_array
from scipy.sparse.linalg import svds

from seqharness.contracts import BaselineArchitecture
from seqharness.interfaces import Classify

from .embeddings import Corpus, EmbeddingClassifier, EmbeddingOptions
from .targets import Floats

DENSE = 1_000
"""Up to so many words the whole decomposition is computed; above, by Lanczos' method (ARPACK)."""


class PpmiSvdOptions(EmbeddingOptions):
    """Options of vectors from counts."""

    shift: float = Field(
        default=1.0, ge=1, description="k, from whose log on mutual information counts; 1 (none) suits small texts"
    )
    power: float = Field(default=0.5, ge=0, description="of the singular values in a vector; 0.5 as in section 4.2")


class PpmiSvd(EmbeddingClassifier[PpmiSvdOptions]):
    """Vectors from counts under a linear model."""

    def learn(self, corpus: Corpus, rng: np.random.Generator) -> Floats:
        """Nothing is left to chance."""
        counts = cooccurrences(corpus, self.options.window)
        return factors(shifted_ppmi(counts, self.options.shift), self.options.width, self.options.power)


def cooccurrences(corpus: Corpus, window: int) -> csr_array:
    """[V, V]: how often each word stands within `window` words of each other one, in the same document."""
    words, document, size = corpus.words, corpus.document, len(corpus.counts)
    counts = csr_array((size, size), dtype=np.int64)
    for distance in range(1, window + 1):
        near = document[distance:] == document[:-distance]
        left, right = words[:-distance][near], words[distance:][near]
        ones = np.ones(len(left), dtype=np.int64)
        counts = counts + coo_array((ones, (left, right)), shape=(size, size)).tocsr()
    return csr_array(counts + counts.T)


def shifted_ppmi(counts: csr_array, shift: float) -> csr_array:
    """max(0, log(#(w, c) |D| / (#(w) #(c))) - log shift), stored where it is positive."""
    cells = counts.tocoo()
    totals = np.asarray(counts.sum(1), dtype=np.float64)
    of_both = totals[cells.row] * totals[cells.col]
    information = np.log(cells.data * totals.sum() / of_both) - np.log(shift)
    kept = information > 0
    return csr_array((information[kept], (cells.row[kept], cells.col[kept])), shape=counts.shape)


def factors(matrix: csr_array, width: int, power: float) -> Floats:
    """[V, min(width, V)]: U_d S_d ** power of the truncated SVD; each column's largest number is positive."""
    size = matrix.shape[0]
    if not matrix.nnz:
        return np.zeros((size, min(width, size)))
    if size <= max(DENSE, width + 1):
        left, values, _ = np.linalg.svd(matrix.toarray())
    else:
        start = np.random.Generator(np.random.PCG64(0)).standard_normal(size)  # where Lanczos begins decides no digit
        left, values, _ = svds(matrix, k=width, v0=start)
    order = np.argsort(-values, kind="stable")[:width]
    left, values = left[:, order], values[order]
    signs = np.sign(left[np.abs(left).argmax(0), np.arange(len(order))])
    return np.asarray(left * signs * values**power)


ARCHITECTURE = BaselineArchitecture(config=PpmiSvdOptions, serves={Classify: PpmiSvd})
