"""Numbers as people read them. What is not known is printed as an en dash, never as nan.

A figure keeps together with its unit and an interval within itself, by blanks that do not break.
"""

from __future__ import annotations

import math

UNKNOWN = "–"
MINUS = "−"
NO_BREAK = "\u00a0"
PREFIXES = ("", "k", "M", "G", "T", "P")


def known(value: float | None) -> float | None:
    """The value where it is a finite number, else None."""
    return value if value is not None and math.isfinite(value) else None


def number(value: float | None, decimals: int = 2, *, sign: bool = False) -> str:
    """1,234.50; beyond a million three digits and an exponent. sign: write the plus as well."""
    if (value := known(value)) is None:
        return UNKNOWN
    form = f"{'+' if sign else ''},.{max(decimals, 0)}f" if abs(value) < 1e6 else f"{'+' if sign else ''}.2e"
    text = format(value, form)
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-+")
    return text.replace("-", MINUS)


def significant(value: float | None, *, sign: bool = False) -> str:
    """Three digits, for what has no number of decimals of its own: 0.0123, −4.5, 47.2, 1,230."""
    if (value := known(value)) is None:
        return UNKNOWN
    rounded = float(f"{value:.3g}")
    if rounded == 0:
        return "0"
    plus = "+" if sign else ""
    form = f"{plus},.0f" if 1000 <= abs(rounded) < 1e6 else f"{plus}.3g"
    return format(rounded, form).replace("-", MINUS)


def interval(low: float | None, high: float | None, decimals: int = 2) -> str:
    """[1.20, 3.40] with a blank that does not break, or nothing where there is none."""
    if known(low) is None or known(high) is None:
        return ""
    return f"[{number(low, decimals)},{NO_BREAK}{number(high, decimals)}]"


def estimate(
    mean: float | None, low: float | None, high: float | None, decimals: int = 2, *, sign: bool = False
) -> str:
    """2.30 [1.20, 3.40], without the interval where there is none. sign: write the plus of the mean as well."""
    parts = (number(mean, decimals, sign=sign), interval(low, high, decimals))
    return " ".join(part for part in parts if part)


def scaled(value: float | None) -> str:
    """Three digits and a prefix: 512, 98.0 k, 1.05 M, 3.20 G."""
    if (value := known(value)) is None:
        return UNKNOWN
    thousands = 0
    while thousands < len(PREFIXES) - 1 and abs(float(f"{value:.3g}")) >= 1000:
        value, thousands = value / 1000, thousands + 1
    whole = not thousands and value == int(value)
    digits = str(int(value)) if whole else _three_digits(value)
    return f"{digits}{NO_BREAK}{PREFIXES[thousands]}".rstrip().replace("-", MINUS)


def _three_digits(value: float) -> str:
    size = abs(float(f"{value:.3g}"))
    return f"{value:.{0 if size >= 100 else 1 if size >= 10 else 2}f}"


def rate(value: float | None) -> str:
    """A speed to three digits: 12,300; 45.6."""
    if (value := known(value)) is None:
        return UNKNOWN
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if rounded >= 100 else f"{rounded:.3g}"


def count(value: float | None) -> str:
    """A whole number: 20,000."""
    return UNKNOWN if (value := known(value)) is None else f"{value:,.0f}".replace("-", MINUS)


def memory(value: float | None) -> str:
    """Bytes as KiB below one MiB, else as MiB."""
    if (value := known(value)) is None:
        return UNKNOWN
    amount, unit = (value / 2**20, "MiB") if value >= 2**20 else (value / 2**10, "KiB")
    return f"{amount:,.0f}{NO_BREAK}{unit}" if amount >= 9.95 else f"{amount:.1f}{NO_BREAK}{unit}"


def duration(seconds: float | None) -> str:
    """4.2 s; 58 s; 4 min 10 s; 1 h 03 min."""
    if (seconds := known(seconds)) is None:
        return UNKNOWN
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


def share(value: float | None) -> str:
    """A share in per cent: 0 %, < 0.1 %, 1.2 %, 100 %."""
    if (value := known(value)) is None:
        return UNKNOWN
    percent = 100 * value
    if percent == int(percent):
        return f"{percent:.0f}{NO_BREAK}%"
    return f"<{NO_BREAK}0.1{NO_BREAK}%" if 0 < percent < 0.1 else f"{percent:.1f}{NO_BREAK}%"


def p_value(value: float | None) -> str:
    """0.013, or < 0.001; more digits beside 0.05, so that rounding does not hide on which side it lies."""
    if (value := known(value)) is None:
        return UNKNOWN
    if 0.0495 <= value < 0.0505:
        return f"{value:.4f}"
    return f"<{NO_BREAK}0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
