"""Exact intervals of rates, and of what was never seen (Clopper & Pearson 1934)."""

from __future__ import annotations


def rate_interval(hits: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a rate (Clopper & Pearson 1934), which holds it at least as often as `level` says.

    Raises ValueError for hits that are not among the trials.
    """
    from scipy.special import betaincinv

    if not 0 <= hits <= trials or not trials:
        raise ValueError(f"{hits} of {trials} is no rate")
    tail = (1 - level) / 2
    low = float(betaincinv(hits, trials - hits + 1, tail)) if hits else 0.0
    return low, float(betaincinv(hits + 1, trials - hits, 1 - tail)) if hits < trials else 1.0


def unseen(value: float, bounds: tuple[float, float], units: int, level: float) -> tuple[float, float]:
    """How far a score (a difference) that was the same on all units may be from what it is on others."""
    share = rate_interval(0, units, level)[1]
    return value - share * (value - bounds[0]), value + share * (bounds[1] - value)
