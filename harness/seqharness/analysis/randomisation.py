"""Approximate randomisation: whether two runs differ on examples like these (Noreen 1989; Riezler & Maxwell 2005).

It asks of two trained networks, not of two architectures: for these, seeds must vary too (`statistics.py`). So it
stands only where there is one run of each. For one right or wrong answer an example it is McNemar's exact test, up to
chance.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..contracts import Metric

    Array = npt.NDArray[np.float64]

CHUNK = 4_000_000
"""Choices held at once (32 MB)."""

ROUNDING = 1e-9
"""Differences closer than this share of the scores are equal."""


def randomisation_p(a: Array, b: Array, metric: Metric, *, trials: int = 10_000, seed: int = 0) -> float | None:
    """Two-sided p of the difference of two runs' scores on the same examples, from columns [N, C] of each.

    In each trial the outputs of the two are swapped on examples that a coin chooses; p is the share of differences at
    least as large as the one found, which is counted itself, so that p is never 0. None where a score is not defined.
    """
    scores = metric.value(np.stack([a.sum(axis=0), b.sum(axis=0)]))
    found = abs(float(scores[0] - scores[1]))
    if not math.isfinite(found):
        return None
    least = found - ROUNDING * float(np.abs(scores).max())
    rng = np.random.default_rng(seed)
    difference, rows, hits = b - a, max(1, CHUNK // len(a)), 0
    for start in range(0, trials, rows):
        swapped = rng.integers(2, size=(min(rows, trials - start), len(a)), dtype=np.uint8)
        moved = swapped.astype(np.float64) @ difference
        swings = np.abs(metric.value(a.sum(axis=0) + moved) - metric.value(b.sum(axis=0) - moved))
        hits += int((swings >= least).sum())
    return (hits + 1) / (trials + 1)
