"""Which examples stand in which batch: buckets of like length, by vectorised code, the same for every model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]

POOL = 1000
"""Batches that are sorted by length together. Of translations at 384 tokens a batch, 8 % are padding with 100 and 1.5 %
with 1000; who stands together stays random, because thousands of sentences have one length."""


def epoch_batches(
    tokens: Indices, order: Indices, batch_tokens: int, seed: int, epoch: int, least_rows: int = 1
) -> list[Indices]:
    """The batches of one pass over N examples, in the order they are trained on.

    tokens [N]: real tokens of each example. order [N]: what examples are sorted by inside a pool (length first).
    A batch holds at most `batch_tokens` real tokens; up to `least_rows` examples may have twice as many, and a single
    one more than that. Depends on nothing but its arguments.
    """
    generator = np.random.Generator(np.random.PCG64([seed, epoch, 0x5EED]))
    shuffled = generator.permutation(len(tokens))
    pool = np.cumsum(tokens[shuffled]) // (POOL * batch_tokens)
    ranked = shuffled[np.lexsort((order[shuffled], pool))]
    batches = _cut(ranked, tokens, batch_tokens, least_rows)
    return [batches[position] for position in generator.permutation(len(batches))]


def sorted_batches(tokens: Indices, order: Indices, batch_tokens: int) -> list[Indices]:
    """All examples in batches of like length, the longest first: for evaluation."""
    return _cut(np.argsort(-order, kind="stable"), tokens, batch_tokens)


def _cut(ranked: Indices, tokens: Indices, batch_tokens: int, least_rows: int = 1) -> list[Indices]:
    """Split an order of examples where the sum of tokens would pass the budget of a batch (greedy, by bisection); one
    of fewer than `least_rows` goes on to as many, or to twice the budget."""
    total = np.cumsum(tokens[ranked])
    cuts, start, used = [], 0, 0
    while start < len(ranked):
        end = max(start + 1, int(np.searchsorted(total, used + batch_tokens, side="right")))
        if end - start < least_rows:
            doubled = int(np.searchsorted(total, used + 2 * batch_tokens, side="right"))
            end = min(max(end, doubled), start + least_rows, len(ranked))
        cuts.append(ranked[start:end])
        start, used = end, int(total[end - 1])
    return cuts
