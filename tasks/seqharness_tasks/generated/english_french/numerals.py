"""Whole numbers from 2 to 999 in English and French words (the French spelling before 1990: `vingt et un`)."""

from __future__ import annotations

_ENGLISH = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_ENGLISH_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_FRENCH = (
    *("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"),
    *("treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"),
)
_FRENCH_TENS = (
    *("", "", "vingt", "trente", "quarante", "cinquante", "soixante", "soixante", "quatre-vingt", "quatre-vingt"),
)


def english_number(value: int) -> str:
    """`value` in English words: 121 is `one hundred and twenty-one`."""
    hundreds, rest = divmod(value, 100)
    words = [_ENGLISH[hundreds], "hundred"] if hundreds else []
    if hundreds and rest:
        words.append("and")
    if rest >= 20:
        tens, unit = divmod(rest, 10)
        words.append(_ENGLISH_TENS[tens] + (f"-{_ENGLISH[unit]}" if unit else ""))
    elif rest or not hundreds:
        words.append(_ENGLISH[rest])
    return " ".join(words)


def french_number(value: int, feminine: bool = False) -> str:
    """`value` in French words before a noun: `un` agrees in gender, `vingts` and `cents` end the number."""
    hundreds, rest = divmod(value, 100)
    words = [_FRENCH[hundreds]] if hundreds > 1 else []
    if hundreds:
        words.append("cents" if hundreds > 1 and not rest else "cent")
    if rest or not hundreds:
        words.append(_below_hundred(rest))
    text = " ".join(words)
    return text + "e" if feminine and text.endswith("un") else text


def _below_hundred(value: int) -> str:
    if value < 20:
        return _FRENCH[value]
    ten = value // 10
    unit = value - 10 * (ten - ten % 2 if ten >= 6 else ten)
    if value == 80:
        return "quatre-vingts"
    if not unit:
        return _FRENCH_TENS[ten]
    joint = " et " if unit in (1, 11) and ten < 8 else "-"
    return _FRENCH_TENS[ten] + joint + _FRENCH[unit]
