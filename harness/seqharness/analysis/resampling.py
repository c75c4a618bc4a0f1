"""Scores of one system on resampled test examples. The resamples are shared by all systems of a comparison."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..contracts import Metric

    Array = npt.NDArray[np.float64]

CHUNK = 2_000_000
"""Counts held at once (16 MB): of 1,000 resamples of 2,000 examples."""


@dataclass(frozen=True, eq=False)
class Resampled:
    """The scores of one system, as all intervals and tests need them.

    scores: [S], one a seed, over all examples. resampled: [R, S], the same over each of R resamples of the examples,
    every seed on the same resample. units: examples (or documents, segments) that were resampled. draw: what the
    resamples depend on; systems can be paired where it is the same. deterministic: another seed gives the same run.
    bounds: of the metric.
    """

    scores: Array
    resampled: Array
    units: int
    draw: tuple[int, int, int]
    deterministic: bool = False
    bounds: tuple[float, float] = (-math.inf, math.inf)

    @property
    def mean(self) -> float:
        """Mean over seeds."""
        return float(self.scores.mean())


def resample(
    values: Array, metric: Metric, *, resamples: int = 1000, seed: int = 0, deterministic: bool = False
) -> Resampled:
    """Score a system on all its examples and on resamples of them (Efron 1979; Koehn 2004 for translation).

    values: column sums by seed and example [S, N, C]. A resample is how often each example is drawn in N draws with
    replacement, so that a product of matrices gives the sums of all seeds and columns: counts [R, N] x values [N, SC].
    The same N, R and seed draw the same resamples whatever the system. Raises ValueError for another shape, or for
    too few examples, seeds or resamples.
    """
    if values.ndim != 3 or values.shape[2] != len(metric.columns):
        raise ValueError(f"values must be [seeds, examples, {len(metric.columns)}] for {metric.name}: {values.shape}")
    seeds, units, columns = values.shape
    if not (seeds and units and resamples >= 2):
        raise ValueError(f"{seeds} seeds, {units} examples and {resamples} resamples are too few")
    flat = np.ascontiguousarray(values.transpose(1, 0, 2), dtype=np.float64).reshape(units, seeds * columns)
    with np.errstate(invalid="ignore"):
        sums = np.concatenate([counts @ flat for counts in _counts(units, resamples, seed)])
        scores = metric.value(values.sum(axis=1))
    resampled = metric.value(sums.reshape(resamples, seeds, columns))
    return Resampled(scores, resampled, units, (units, resamples, seed), deterministic, metric.bounds)


def _counts(units: int, resamples: int, seed: int) -> Iterator[Array]:
    """How often each example is in each resample [r, N], in chunks that bound the memory."""
    rows = max(1, CHUNK // units)
    for start in range(0, resamples, rows):
        yield _chunk(units, min(rows, resamples - start), seed, start)


@lru_cache(maxsize=4)
def _chunk(units: int, rows: int, seed: int, start: int) -> Array:
    """Counts [rows, N] of the resamples from `start` on; a few are kept, for every system of a comparison asks."""
    draws = np.random.default_rng((seed, start)).integers(units, size=(rows, units))
    draws += np.arange(rows)[:, None] * units
    counts = np.bincount(draws.ravel(), minlength=rows * units).reshape(rows, units).astype(np.float64)
    counts.flags.writeable = False
    return counts
