"""How often the statistics call a difference that is not there, cover one that is, and find it.

    python benchmarks/calibration.py [--simulations 5000] [--quick] [--jobs 2] [--metrics BLEU --seeds 5,10]

Each simulated comparison draws seeds and examples anew for two systems A and B. What a run scores on an example is

    ability + difficulty of the example (shared by A and B) + what the example means to the system
            + what the seed does to the run + what the example means to this run only

A setting is a metric (accuracy: hits; macro-F1: four classes, of which some are rare; perplexity: nll of documents;
BLEU: n-gram counts of chains of right and wrong words), a number of seeds, and what seeds do: little, much, unequally
(A little, B much), or A and B are one model under other seeds ("itself"). False calls: the share of comparisons with
p < 0.05 (that is, a 95 % interval without 0) where the expected scores of A and B are equal; where only B's seeds
matter much, equal up to a constant that is taken off. Coverage: the share of intervals that hold the true difference
when one is planted; the truth is the mean over all simulations. Power: the share of those intervals without 0. In
brackets: 95 % intervals of the rates (Wilson).
"""

from __future__ import annotations

import argparse
import itertools
import math
import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from seqharness.analysis.statistics import paired_difference
from seqharness.contracts import Metric
from seqharness.metrics import classification, likelihood, text

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

METRICS = {"accuracy": 200, "macro-F1": 200, "perplexity": 50, "BLEU": 200}
"""Examples of a test set: for perplexity, documents."""
SEEDS = (2, 3, 5, 10)
SCENES = {
    "small": (0.03, 0.03, 0.3),
    "large": (0.25, 0.25, 0.3),
    "unequal": (0.03, 0.25, 0.3),
    "itself": (0.1, 0.1, 0.0),
}
"""Standard deviations: what a seed does to a run of A, of B, and what an example means to a system."""
SHARED, RUN = 0.5, 0.3
"""Standard deviations: difficulty of an example, and what it means to one run only."""
PLANTED = 0.15
"""What is planted to see coverage and power."""
CLASSES = {"common": 0.4, "usual": 0.3, "unusual": 0.2, "rare": 0.1}
"""Shares of the classes that macro-F1 is an average over."""
RESAMPLES = 200
LEVEL = 0.95
MEAN, MOST = 0.06, 0.08
"""Of false calls: the mean of all settings is at most the one, none is significantly above the other."""


@dataclass(frozen=True)
class Setting:
    """One row of the table. planted: how much abler A is, in the units of the standard deviations above."""

    metric: str
    seeds: int
    scene: str
    planted: float = 0.0

    @property
    def name(self) -> str:
        """'BLEU, 3 seeds, unequal'."""
        return f"{self.metric}, {self.seeds} seeds, {self.scene}"


@dataclass(frozen=True)
class Outcome:
    """What the simulations of a setting gave: differences, and the ends of their intervals."""

    setting: Setting
    difference: Array
    low: Array
    high: Array

    @property
    def truth(self) -> float:
        """The expected difference: 0 by symmetry, or else the mean of all simulations."""
        symmetric = self.setting.planted == 0 and SCENES[self.setting.scene][0] == SCENES[self.setting.scene][1]
        return 0.0 if symmetric else float(self.difference.mean())

    def excluded(self, value: float) -> int:
        """How many intervals do not hold a value."""
        return int(((self.low > value) | (self.high < value)).sum())


# ---------------------------------------------------------------------------------------------------------- the model


def simulate(setting: Setting, rng: np.random.Generator) -> tuple[Array, Array]:
    """The column values [S, N, C] of A and B in one comparison."""
    examples = METRICS[setting.metric]
    spread_a, spread_b, system = SCENES[setting.scene]
    shared = rng.normal(0, SHARED, examples)
    lengths = rng.integers(4, 25, examples)
    classes = rng.choice(len(CLASSES), examples, p=list(CLASSES.values()))
    sides = []
    for planted, spread in ((setting.planted, spread_a), (0.0, spread_b)):
        run = rng.normal(0, spread, (setting.seeds, 1)) + rng.normal(0, RUN, (setting.seeds, examples))
        ability = planted + shared + rng.normal(0, system, examples) + run
        noise = math.sqrt(1 - SHARED**2 - system**2 - RUN**2 - spread**2)
        if setting.metric == "accuracy":
            sides.append(hits(ability, noise, rng))
        elif setting.metric == "macro-F1":
            sides.append(confusions(hits(ability, noise, rng)[..., 0] > 0, classes, rng))
        elif setting.metric == "perplexity":
            sides.append(documents(ability, spread, lengths))
        else:
            sides.append(translations(ability, noise, lengths, rng))
    return sides[0], sides[1]


def hits(ability: Array, noise: float, rng: np.random.Generator) -> Array:
    """Right answers [S, N, 2]. Noise fills the variance up to 1, so that only a planted ability moves the mean."""
    right = 0.5 + ability + rng.normal(0, noise, ability.shape) > 0
    return np.stack([right, np.ones_like(right)], axis=-1).astype(np.float64)


def confusions(right: Flags, classes: Integers, rng: np.random.Generator) -> Array:
    """Cells of the confusion matrix [S, N, 16]; instead of the right class [N], any of the others is as likely."""
    others = (classes + rng.integers(1, len(CLASSES), right.shape)) % len(CLASSES)
    cells = classes * len(CLASSES) + np.where(right, classes, others)
    return np.asarray(cells[..., None] == np.arange(len(CLASSES) ** 2), dtype=np.float64)


def documents(ability: Array, spread: float, lengths: Integers) -> Array:
    """nll and tokens [S, N, 2]. Corrected so that the spread of seeds does not move the mean of the exponential."""
    tokens = np.broadcast_to(lengths.astype(np.float64), ability.shape)
    return np.stack([tokens * (3.0 - 0.5 * ability - 0.125 * spread**2), tokens], axis=-1)


def translations(ability: Array, noise: float, lengths: Integers, rng: np.random.Generator) -> Array:
    """BLEU's columns [S, N, 10]: every word is right or wrong, and an n-gram is right where its words are."""
    output = np.maximum(1, lengths + rng.integers(-2, 3, ability.shape))
    draws = rng.standard_normal((*ability.shape, int(lengths.max()) + 2), dtype=np.float32)
    right = noise * draws > -(0.7 + ability[..., None]).astype(np.float32)
    right &= np.arange(right.shape[-1]) < output[..., None]
    columns, gram = [output, np.broadcast_to(lengths, output.shape)], right
    for order in range(1, text.BLEU_ORDER + 1):
        columns.append(gram.sum(axis=-1))
        gram = gram[..., :-1] & right[..., order:]
    columns += [np.maximum(0, output - order) for order in range(text.BLEU_ORDER)]
    return np.stack(columns, axis=-1).astype(np.float64)


def metric_of(name: str) -> Metric:
    """The harness's own metric of a setting."""
    if name == "macro-F1":
        return classification.macro_f1(list(CLASSES))
    return {"accuracy": text.exact_match, "perplexity": likelihood.perplexity, "BLEU": text.bleu}[name]()


# ------------------------------------------------------------------------------------------------------- the counting


def calibrate(setting: Setting, simulations: int, seed: int = 0) -> Outcome:
    """Simulate and analyse this many comparisons. The same seed gives the same outcome, whatever else is run."""
    name = f"{setting.metric} {setting.seeds} {setting.scene} {setting.planted}"
    rng = np.random.default_rng([seed, *name.encode()])
    metric = metric_of(setting.metric)
    rows = np.empty((simulations, 3))
    for row in rows:
        a, b = simulate(setting, rng)
        found = paired_difference(a, b, metric, level=LEVEL, resamples=RESAMPLES)
        row[:] = found.difference, found.low, found.high
    return Outcome(setting, *rows.T)


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Interval of a rate (Wilson 1927), 95 %."""
    z2 = 1.96**2 / trials
    centre = (hits / trials + z2 / 2) / (1 + z2)
    half = math.sqrt(hits / trials * (1 - hits / trials) * z2 + z2**2 / 4) / (1 + z2)
    return max(0.0, centre - half), min(1.0, centre + half)


def rate(hits: int, trials: int) -> str:
    """'5.1 % [4.5, 5.8]'"""
    low, high = wilson(hits, trials)
    return f"{100 * hits / trials:5.1f} % [{100 * low:4.1f}, {100 * high:4.1f}]"


def percent(share: float) -> str:
    """'5.12 %'"""
    return f"{100 * share:.2f} %"


def line(null: Outcome, planted: Outcome) -> str:
    """One row of the table."""
    trials, setting = len(null.difference), null.setting
    covered = trials - planted.excluded(planted.truth)
    return (
        f"{setting.metric:<10} {setting.seeds:>5} {setting.scene:<8} {rate(null.excluded(null.truth), trials)}   "
        f"{rate(covered, trials)}   {planted.truth:8.3f}  {rate(planted.excluded(0.0), trials)}"
    )


def main() -> None:
    """Print the table and what it comes to. Exit code 1 where the method does not hold."""
    parser = argparse.ArgumentParser(description="Calibration of intervals and tests on simulated comparisons.")
    parser.add_argument("--simulations", type=int, default=5000, help="comparisons for each rate")
    parser.add_argument("--quick", action="store_true", help="300 comparisons for each rate")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--metrics", type=lambda text: text.split(","), default=list(METRICS), help="a comma list")
    parser.add_argument(
        "--seeds", type=lambda text: list(map(int, text.split(","))), default=list(SEEDS), help="a comma list"
    )
    asked = parser.parse_args()
    simulations = 300 if asked.quick else asked.simulations
    settings = [Setting(*row) for row in itertools.product(asked.metrics, asked.seeds, SCENES)]
    print(f"{simulations} simulated comparisons for each rate, {RESAMPLES} resamples of the examples")
    print(f"{'metric':<10} {'seeds':>5} {'seeds do':<8} {'false calls':<20}   {'coverage':<21}  planted  power")
    begin, pairs = time.perf_counter(), []
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # of the workers: for products as small as these, more are slower
    with ProcessPoolExecutor(asked.jobs, multiprocessing.get_context("spawn")) as pool:
        twice = [replace(row, planted=planted) for row in settings for planted in (0.0, PLANTED)]
        outcomes = pool.map(calibrate, twice, itertools.repeat(simulations))
        for pair in zip(outcomes, outcomes, strict=True):
            print(line(*pair), flush=True)
            pairs.append(pair)
    holds = summary(pairs, simulations)
    print(f"{time.perf_counter() - begin:.0f} s")
    raise SystemExit(not holds)


def summary(pairs: Sequence[tuple[Outcome, Outcome]], simulations: int) -> bool:
    """Print the mean and the extremes of the rates; whether false calls are as rare as they must be."""
    from scipy.stats import binomtest

    calls = {null.setting: null.excluded(null.truth) for null, _ in pairs}
    mean = sum(calls.values()) / simulations / len(calls)
    worst = max(calls, key=calls.__getitem__)
    p = binomtest(calls[worst], simulations, MOST, alternative="greater").pvalue
    above = sum(wilson(number, simulations)[0] > MOST for number in calls.values())
    print(f"false calls: {percent(mean)} in the mean of {len(calls)} settings (at most {100 * MEAN:g} % wanted)")
    most = rate(calls[worst], simulations).strip()
    print(f"most false calls: {worst.name}, {most}; above {100 * MOST:g} %: p = {p:.2g}")
    print(f"significantly above {100 * MOST:g} %: {above} of {len(calls)} settings (none wanted)")
    covered = {other.setting: simulations - other.excluded(other.truth) for _, other in pairs}
    least = min(covered, key=covered.__getitem__)
    mean_covered = sum(covered.values()) / simulations / len(covered)
    print(f"coverage of a planted difference: {percent(mean_covered)} in the mean ({100 * LEVEL:g} % wanted)")
    print(f"least coverage: {least.name}, {rate(covered[least], simulations).strip()}")
    return mean <= MEAN and not above


if __name__ == "__main__":
    main()
