"""Characters that act instead of showing, made to show.

Control characters move a cursor or clear a screen, bidirectional overrides reorder the text around them, and
zero-width characters hide in it. In a report each of them is written as a sign or as its number.
"""

from __future__ import annotations

import re
import unicodedata

_NEEDED = frozenset(chr(code) for code in (0xAD, 0x61C, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD))
_JOINERS = frozenset(chr(code) for code in (*range(0x600, 0x606), *range(0x200C, 0x2010)))
_ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})

ISOLATE, END_ISOLATE = "\u2068", "\u2069"


def visible(text: str) -> str:
    """The text on one line with no character that acts: ESC is ␛, a line's end ⏎, U+202E \\u202e."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_sign, re.sub(r"\r\n|\r", "\n", text)))


def _sign(character: str) -> str:
    code = ord(character)
    if character == "\n":
        return "⏎"
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(character) not in _ACTING or character in _NEEDED or character in _JOINERS:
        return character
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def isolated(text: str) -> str:
    """Right-to-left text between isolates, so that it does not reorder what stands beside it."""
    if text.isascii() or not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return text
    return f"{ISOLATE}{text}{END_ISOLATE}"


def shorten(text: str, length: int) -> str:
    """The text, cut at `length` characters with an ellipsis."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
