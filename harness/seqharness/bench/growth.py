"""How time grows with length."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..costs import WORKS, Cell, Growth


def exponent(lengths: Sequence[float], times: Sequence[float]) -> float:
    """Slope of log(time) over log(length) by least squares: times = c * lengths ** exponent gives it exactly.

    All are positive, and there are two different lengths at least.
    """
    x, y = [math.log(length) for length in lengths], [math.log(time) for time in times]
    centre, level = sum(x) / len(x), sum(y) / len(y)
    covariance = sum((a - centre) * (b - level) for a, b in zip(x, y, strict=True))
    return covariance / sum((a - centre) ** 2 for a in x)


def growth(cells: Sequence[Cell]) -> list[Growth]:
    """The exponent of every model and kind of work that was measured at two lengths or more."""
    found = []
    for model in dict.fromkeys(cell.model for cell in cells):
        for work in WORKS:
            times = {
                cell.length: cell.milliseconds.median / cell.rows
                for cell in cells
                if (cell.model, cell.work) == (model, work) and cell.milliseconds is not None
            }
            if len(times) > 1:
                slope = exponent(list(times), list(times.values()))
                found.append(Growth(model=model, work=work, exponent=slope, lengths=list(times)))
    return found
