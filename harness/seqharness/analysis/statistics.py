"""Intervals and tests over seeds and test examples: variance components with a t interval.

All systems of a comparison are scored on the same examples. A score of one system, averaged over n seeds, varies
because other seeds give other runs, and because other examples give other scores:

    V = s2 / n + V_x

s2 is the variance of the score over seeds. The examples are the same for all seeds, so that s2 holds no effect that
they have in common, but does hold what an example means to one run only (the interaction of seed and example). V_x is
the part that all runs share: the covariance of the bootstrap scores of two runs of different seeds, averaged over
such pairs. For a difference of two systems

    V = s2_A / n_A + s2_B / n_B + V_x,    V_x = AA + BB - 2 AB

where AA, BB and AB are such averages within A, within B and between them. The effective degrees of freedom are those
of Satterthwaite (1946) with one change below, and p comes from t: a bootstrap p has a floor of 2 / R, under which
Holm over many pairs could never call anything.

The change. Where few seeds give, by chance, a small s2, Satterthwaite's formula believes V to be mostly V_x, which is
well known, and the interval becomes far too short: with 2 seeds of which only one system's matter, up to 12 % false
calls. So degrees of freedom (not V) are counted with each variance at its upper limit of 60 % confidence. This keeps
that worst case at 8 % (7 % in `benchmarks/calibration.py`); it costs power with 2 seeds, little with 3, and nothing
from 5 on.

Decisions. A seed means something else in each architecture, so seeds of different systems are taken as independent
(2 (n - 1) degrees of freedom instead of n - 1), and numbers of seeds may differ; the examples are always paired. V_x is
unbiased, hence sometimes negative; it is then taken as 0, which is on the safe side. Perplexity stays on its plain
scale, the one that is printed: `benchmarks/calibration.py` finds no reason for logarithms. A system with a
single run of several possible ones (one seed) has an interval over examples only, and no test.

Where nothing varies. A model that is right on every one of N examples in every run shows no variance, from which does
not follow that it is always right. At an end of its metric's range such a score (or the difference of two of them) has
the interval of Clopper & Pearson (1934) for something not seen in N examples: it may still happen in a share of up to
1 - (alpha / 2)^(1 / N) of them, by as much as the range allows. And a difference that is the same on every example has
the p of the sign test, 2 / 2^N, so that three examples decide nothing. Where runs differ on single examples, but by
accident have the very same score, so that s2 and V_x are 0, V is what they differ by: s2 holds at least that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from .rates import unseen
from .resampling import Resampled, resample

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..contracts import Metric

    Array = npt.NDArray[np.float64]

Kind = Literal["seeds and examples", "examples only"]

POWER = 0.8
CAUTION = 0.6
"""Confidence of the upper limits of variances from which degrees of freedom are counted."""
ROUNDING = 1e-12
"""Differences and standard errors below this share of the scores are rounding, and are 0."""


@dataclass(frozen=True)
class Interval:
    """A score, averaged over seeds, with its interval. NaN where it is not defined. kind: what the interval covers."""

    mean: float
    low: float
    high: float
    standard_error: float
    df: float
    kind: Kind


@dataclass(frozen=True)
class Difference:
    """A difference of two scores, A - B, with its interval. NaN where it is not defined.

    p: two-sided; None where there is no ground for a verdict (one seed of several possible ones, or not defined).
    minimum_detectable: the difference that this comparison would have found with 80 % power at 5 %, two-sided; where
    nothing varies, the largest within the interval; None where p is. kind: what the interval covers.
    """

    difference: float
    low: float
    high: float
    p: float | None
    standard_error: float
    df: float
    minimum_detectable: float | None
    kind: Kind


def score_interval(
    values: Array,
    metric: Metric,
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    deterministic: bool = False,
) -> Interval:
    """Mean score over seeds of column values [S, N, C], with its interval. See `interval_of`."""
    return interval_of(resample(values, metric, resamples=resamples, seed=seed, deterministic=deterministic), level)


def paired_difference(
    a: Array,
    b: Array,
    metric: Metric,
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    deterministic: tuple[bool, bool] = (False, False),
) -> Difference:
    """Mean score of A minus that of B, on the same examples [S, N, C]; S may differ. See `difference_of`."""
    systems = [
        resample(values, metric, resamples=resamples, seed=seed, deterministic=fixed)
        for values, fixed in zip((a, b), deterministic, strict=True)
    ]
    return difference_of(systems[0], systems[1], level)


def interval_of(system: Resampled, level: float = 0.95) -> Interval:
    """The t interval of a system's mean score at this level."""
    error, df, kind = _standard_error((system,))
    low, high = _limits(system.mean, error, df, level)
    if error == 0 and _at_an_end(system):
        low, high = unseen(system.mean, system.bounds, system.units, level)
    return Interval(system.mean, low, high, error, df, kind)


def difference_of(a: Resampled, b: Resampled, level: float = 0.95) -> Difference:
    """The difference of two systems' mean scores, A - B, with its t interval and test.

    Raises ValueError where the two were not resampled alike.
    """
    if a.draw != b.draw:
        raise ValueError(f"not the same resamples (examples, resamples, seed): {a.draw} and {b.draw}")
    difference = a.mean - b.mean
    if abs(difference) <= ROUNDING * max(abs(a.mean), abs(b.mean)):
        difference = 0.0
    error, df, kind = _standard_error((a, b))
    low, high = _limits(difference, error, df, level)
    detectable = minimum_detectable(error, df)
    if error == 0 and _at_an_end(a) and _at_an_end(b):
        low, high = unseen(difference, difference_bounds(a.bounds), a.units, level)
        detectable = max(high - difference, difference - low)
    tested = _verdict_possible(a) and _verdict_possible(b) and math.isfinite(low)
    return Difference(
        difference,
        low,
        high,
        _two_sided(difference, error, df, a.units) if tested else None,
        error,
        df,
        detectable if tested else None,
        kind,
    )


def minimum_detectable(standard_error: float, df: float, power: float = POWER, level: float = 0.95) -> float:
    """The difference that a t test finds with this power (Bloom 1995): (t at 1 - alpha/2 + t at power) x error."""
    from scipy.special import stdtrit

    return float((stdtrit(df, 0.5 + level / 2) + stdtrit(df, power)) * standard_error)


def within(low: float, high: float, bounds: tuple[float, float]) -> tuple[float, float]:
    """The part of an interval that lies within bounds, such as those of a metric. NaN stays NaN."""
    return float(np.clip(low, *bounds)), float(np.clip(high, *bounds))


def difference_bounds(bounds: tuple[float, float]) -> tuple[float, float]:
    """How far apart two scores within bounds can be."""
    width = bounds[1] - bounds[0]
    return -width, width


def holm(p_values: Sequence[float]) -> list[float]:
    """p values adjusted for how many there are (Holm 1979), in the order given.

    Raises ValueError for one that is not between 0 and 1.
    """
    if any(not 0 <= p <= 1 for p in p_values):
        raise ValueError(f"not all between 0 and 1: {list(p_values)}")
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def _at_an_end(system: Resampled) -> bool:
    """Whether a score stands at an end of a range that has two."""
    return all(map(math.isfinite, system.bounds)) and any(
        math.isclose(system.mean, end, rel_tol=1e-9, abs_tol=1e-9) for end in system.bounds
    )


def _verdict_possible(system: Resampled) -> bool:
    return system.deterministic or len(system.scores) > 1


def _standard_error(systems: tuple[Resampled, ...]) -> tuple[float, float, Kind]:
    """Standard error and degrees of freedom of a system's mean score, or of the difference of two."""
    seeds = [
        (float(system.scores.var(ddof=1)) / len(system.scores), len(system.scores) - 1.0)
        for system in systems
        if not system.deterministic and len(system.scores) > 1
    ]
    both = bool(seeds) and all(map(_verdict_possible, systems))
    kind: Kind = "seeds and examples" if both else "examples only"
    examples = _example_variance(systems, shared=both)
    units, resamples, _ = systems[0].draw
    # V_x is known from so many examples, and from so many resamples of them.
    examples_df = 1 / (1 / (units - 1) + 1 / (resamples - 1)) if units > 1 else math.nan
    components = [*(seeds if both else []), (examples, examples_df)]
    total = sum(variance for variance, _ in components)
    scale = max(float(np.abs(system.scores).max()) for system in systems)
    if not math.isfinite(total):
        return math.nan, math.nan, kind
    if math.sqrt(total) <= ROUNDING * scale and both:  # equal scores, by accident where the runs differ on examples
        components = [(_single_runs(systems), examples_df)]
        total = components[0][0]
    if math.sqrt(total) <= ROUNDING * scale:
        return 0.0, sum(df for _, df in components), kind
    return math.sqrt(total), _satterthwaite(components), kind


def _satterthwaite(components: Sequence[tuple[float, float]]) -> float:
    """Effective degrees of freedom of a sum of variances (variance, df), which is above 0.

    Each variance is first raised to what it stays below with confidence CAUTION; see the module's text.
    """
    from scipy.special import chdtri

    raised = [(variance * df / float(chdtri(df, CAUTION)), df) for variance, df in components]
    return sum(variance for variance, _ in raised) ** 2 / sum(variance**2 / df for variance, df in raised)


def _example_variance(systems: tuple[Resampled, ...], *, shared: bool) -> float:
    """Variance over resamples of the mean score (of the difference of two), or the part of it that all runs share.

    NaN for a single example, or where fewer than half of the resamples have a score.
    """
    difference = _differences(systems)
    defined = np.isfinite(difference)
    units, resamples, _ = systems[0].draw
    if units < 2 or defined.sum() < max(2, resamples / 2):
        return math.nan
    variance = float(difference[defined].var(ddof=1))
    if shared:
        # Var of a mean of n runs = off-diagonal + (diagonal - off-diagonal) / n: take the last part away.
        variance -= sum(_interaction(system, defined) for system in systems)
    return max(0.0, variance * units / (units - 1))  # the bootstrap divides by N where an estimate needs N - 1


def _differences(systems: tuple[Resampled, ...]) -> Array:
    """The mean score, or the difference of two, on each resample [R]."""
    scores = [system.resampled.mean(axis=1) for system in systems]
    return np.asarray(scores[0] - scores[1] if len(systems) == 2 else scores[0])


def _single_runs(systems: tuple[Resampled, ...]) -> float:
    """What an example means to single runs, as a part of the variance of mean scores: they vary at least by that."""
    defined, units = np.isfinite(_differences(systems)), systems[0].units
    return max(0.0, sum(_interaction(system, defined) for system in systems) * units / (units - 1))


def _interaction(system: Resampled, defined: npt.NDArray[np.bool_]) -> float:
    """What single runs add to the variance over resamples of their mean score: (diagonal - off-diagonal) / n."""
    n = len(system.scores)
    if n < 2:
        return 0.0
    resampled = system.resampled[defined]
    diagonal = float(resampled.var(axis=0, ddof=1).mean())
    mean = float(resampled.mean(axis=1).var(ddof=1))
    return (diagonal - mean) / (n - 1)


def _limits(centre: float, error: float, df: float, level: float) -> tuple[float, float]:
    from scipy.special import stdtrit

    if not error > 0:
        return centre + error, centre - error  # no variance, or NaN
    half = float(stdtrit(df, 0.5 + level / 2)) * error
    return centre - half, centre + half


def _two_sided(difference: float, error: float, df: float, units: int) -> float:
    from scipy.special import stdtr

    if error > 0:
        return 2 * float(stdtr(df, -abs(difference) / error))
    return 1.0 if difference == 0 else min(1.0, 2 * 0.5**units)
