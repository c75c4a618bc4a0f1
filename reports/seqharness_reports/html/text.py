"""Text as HTML that shows that text."""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup, escape

from seqharness.visible import isolated, visible

from ..document import Code, Emphasis, Line, Span, Strong

_WITHIN = re.compile(r"(?<=\w[:=])(?=\w)")

MOST_MARKS = 4
"""Combining marks on one sign that are left as they are: no writing has more."""


def shown(plain: str) -> Markup:
    """Text as it is to be read: characters that act made visible, right-to-left text apart from what is beside it."""
    text = visible(plain)
    escaped = Markup("<wbr>").join(map(_piece, pieces(text)))
    return escaped if isolated(text) == text else Markup("<bdi>{}</bdi>").format(escaped)


def pieces(text: str) -> list[str]:
    """The text cut where a line may end besides at blanks: within `transformer:position=rope`."""
    return _WITHIN.split(text)


def _piece(text: str) -> Markup:
    return escape(text) if text.isascii() else Markup("").join(map(_sign, _signs(text)))


def _signs(text: str) -> list[str]:
    """Characters, each with the marks upon it."""
    signs: list[str] = []
    for character in text:
        if signs and unicodedata.category(character) in {"Mn", "Me"}:
            signs[-1] += character
        else:
            signs.append(character)
    return signs


def _sign(sign: str) -> Markup:
    """A tower of marks is put in a box, so that it does not stand over the lines above."""
    return escape(sign) if len(sign) <= 1 + MOST_MARKS else Markup('<span class="marks">{}</span>').format(sign)


def shown_lines(plain: str) -> Markup:
    """Lines to be copied as they stand."""
    return Markup("\n").join(map(shown, re.split(r"\r\n|\r|\n", plain)))


def inline(line: Line) -> Markup:
    """A line of spans."""
    return Markup("").join(map(_span, _spans(line)))


def words(line: Line) -> str:
    """The text of a line alone, not escaped."""
    return "".join(span if isinstance(span, str) else span.text for span in _spans(line))


def _spans(line: Line) -> tuple[Span, ...]:
    return line if isinstance(line, tuple) else (line,)


def _span(span: Span) -> Markup:
    match span:
        case Code(text):
            return Markup("<code>{}</code>").format(shown(text))
        case Strong(text):
            return Markup("<strong>{}</strong>").format(shown(text))
        case Emphasis(text):
            return Markup("<em>{}</em>").format(shown(text))
        case _:
            return shown(span)
