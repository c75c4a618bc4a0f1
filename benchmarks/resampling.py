"""How long the intervals and tests of ten systems take, against a plain loop over resamples.

    python benchmarks/resampling.py [--systems 10] [--sentences 2000] [--seeds 5] [--resamples 1000]

Both score every run in BLEU on the same resamples of the same sentences. The loop draws the sentences of a resample and
sums their columns; the analysis multiplies matrices. Its time holds all it does for a report: scores on resamples, an
interval for each system, and the paired test of every two systems.
"""

from __future__ import annotations

import argparse
import itertools
import time
from typing import TYPE_CHECKING

import numpy as np

from seqharness.analysis.resampling import resample
from seqharness.analysis.statistics import difference_of, holm, interval_of
from seqharness.metrics.text import bleu

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

WANTED = 10.0
"""Seconds for what stands in the first lines."""


def runs(system: int, seeds: int, sentences: int) -> Array:
    """BLEU's columns [S, N, 10] of a system that gets most words right."""
    rng = np.random.default_rng(system)
    lengths = np.broadcast_to(rng.integers(5, 40, sentences), (seeds, sentences))
    total = np.stack([lengths - order for order in range(4)], axis=-1)
    correct = rng.binomial(total, np.array([0.8, 0.6, 0.45, 0.3]) - 0.01 * system)
    return np.concatenate([lengths[..., None], lengths[..., None], correct, total], axis=-1).astype(np.float64)


def analysed(systems: list[Array], resamples: int) -> tuple[float, list[Array]]:
    """Seconds of the whole analysis, and the scores [R, S] of each system."""
    begin = time.perf_counter()
    found = [resample(values, bleu(), resamples=resamples) for values in systems]
    for system in found:
        interval_of(system)
    tests = [difference_of(a, b) for a, b in itertools.combinations(found, 2)]
    holm([test.p for test in tests if test.p is not None])
    return time.perf_counter() - begin, [system.resampled for system in found]


def looped(systems: list[Array], resamples: int) -> tuple[float, list[Array]]:
    """The same scores, one resample after the other."""
    metric, (_, sentences, _) = bleu(), systems[0].shape
    begin = time.perf_counter()
    found = []
    for values in systems:
        rng = np.random.default_rng(0)
        scores = [
            metric.value(values[:, rng.integers(sentences, size=sentences)].sum(axis=1)) for _ in range(resamples)
        ]
        found.append(np.stack(scores))
    return time.perf_counter() - begin, found


def main() -> None:
    """Print both times and their ratio. Exit code 1 where the analysis takes more than it may."""
    parser = argparse.ArgumentParser(description="Time of the analysis of ten systems.")
    for name, value in (("systems", 10), ("sentences", 2000), ("seeds", 5), ("resamples", 1000)):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    print(f"{asked.systems} systems x {asked.sentences} sentences x {asked.seeds} seeds x {asked.resamples} resamples")
    systems = [runs(system, asked.seeds, asked.sentences) for system in range(asked.systems)]
    seconds, ours = analysed(systems, asked.resamples)
    plain, theirs = looped(systems, asked.resamples)
    apart = max(abs(a.std() / b.std() - 1) for a, b in zip(ours, theirs, strict=True))
    print(f"analysis: {seconds:.2f} s (at most {WANTED:g} s wanted)")
    print(f"plain loop: {plain:.2f} s, {plain / seconds:.1f} times as long, for the scores on resamples alone")
    print(f"standard deviations of the scores on resamples differ by {100 * apart:.1f} % at most")
    raise SystemExit(seconds > WANTED)


if __name__ == "__main__":
    main()
