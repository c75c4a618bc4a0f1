"""What the cells of a column are sorted by, read from figures as `quantities` writes them."""

from __future__ import annotations

import re

from ..quantities import MINUS, PREFIXES

UNITS = {
    **{prefix: 1000.0**power for power, prefix in enumerate(PREFIXES) if prefix},
    "KiB": 2.0**10, "MiB": 2.0**20,
    "s": 1.0, "min": 60.0, "h": 3600.0,
}  # fmt: skip
_FIGURE = rf"[+\-{MINUS}]?\d[\d,]*(?:\.\d+)?(?:e[+\-{MINUS}]?\d+)?"
_UNIT = "|".join(UNITS)
_START = re.compile(rf"(?P<bound>[<>≤≥]|beyond)?\s*(?P<first>{_FIGURE})(?:\s(?P<unit>{_UNIT})\b)?")
_DURATION = re.compile(r"(?P<long>\d+) (?P<unit>h|min) (?P<short>\d+) (?P<lesser>min|s)")
_NEARLY = 1e-9


def key(text: str) -> float | None:
    """The number that the text begins with, in units without prefix; a bound lies just beside it. None where there
    is no number: an unknown figure is neither large nor small."""
    if whole := _DURATION.fullmatch(text.strip()):
        return float(whole["long"]) * UNITS[whole["unit"]] + float(whole["short"]) * UNITS[whole["lesser"]]
    start = _START.match(text.strip())
    if start is None:
        return None
    value = float(start["first"].replace(",", "").replace(MINUS, "-")) * UNITS.get(start["unit"] or "", 1.0)
    beside = {"<": -_NEARLY, ">": _NEARLY, "beyond": _NEARLY}.get(start["bound"] or "", 0.0)
    return value + beside * max(abs(value), 1.0)
