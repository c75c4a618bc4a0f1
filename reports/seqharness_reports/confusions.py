"""Confusion matrices as figures and tables share them."""

from __future__ import annotations

import math

from seqharness.comparison import Confusion

MOST_BESIDE = 4
"""Models whose matrices are drawn."""


def shares(one: Confusion) -> list[list[float]]:
    """Of the examples of each reference, the share that was given each output; 0 where there are none."""
    return [[count / sum(row) if sum(row) else 0.0 for count in row] for row in one.counts]


def most_confused(one: Confusion) -> tuple[str, str, float] | None:
    """(reference, output, share of the reference's examples) of the largest cell off the diagonal, None where all are
    right."""
    cells = [
        (share, reference, output)
        for reference, row in zip(one.labels, shares(one), strict=True)
        for output, share in zip(one.labels, row, strict=True)
        if output != reference and share > 0
    ]
    if not cells:
        return None
    share, reference, output = max(cells, key=lambda cell: cell[0])
    return reference, output, share


def is_whole(one: Confusion) -> bool:
    """Whether there is a finite count for every pair of labels."""
    labels = len(one.labels)
    square = len(one.counts) == labels and all(len(row) == labels for row in one.counts)
    return labels > 1 and square and all(math.isfinite(count) for row in one.counts for count in row)
