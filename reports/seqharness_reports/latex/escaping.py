r"""Plain text as LaTeX that sets that text, whatever the engine and its fonts.

The result is ASCII. A letter with an accent becomes an accent command, a sign that tables of this project use its
command; any other character is set as its number, by a macro that a document with the fonts for it can redefine:
`\newcommand{\harnesscharacter}[1]{\symbol{"#1}}`. Characters that act instead of showing always are numbers.
"""

from __future__ import annotations

import re
import unicodedata

MACRO = r"\harnesscharacter"
DEFINITION = rf"\providecommand{{{MACRO}}}[1]{{\texttt{{U+#1}}}}"

_CODE = r"\texttt{U+"

_ASCII = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\symbol{34}", "`": r"\textasciigrave{}", "'": r"\textquotesingle{}",
}  # fmt: skip
_SIGNS = {
    "\u00a0": "~", "–": r"\textendash{}", "—": r"\textemdash{}", "…": r"\ldots{}", "§": r"\S{}",
    "‘": r"\textquoteleft{}", "’": r"\textquoteright{}", "“": r"\textquotedblleft{}", "”": r"\textquotedblright{}",
    "−": "$-$", "±": r"$\pm$", "×": r"$\times$", "·": r"$\cdot$", "≤": r"$\leq$", "≥": r"$\geq$", "≈": r"$\approx$",
    "↑": r"$\uparrow$", "↓": r"$\downarrow$", "→": r"$\rightarrow$", "←": r"$\leftarrow$",
    "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ø": r"\o{}", "Ø": r"\O{}",
    "å": r"\aa{}", "Å": r"\AA{}", "ł": r"\l{}", "Ł": r"\L{}", "ı": r"\i{}",
    **{digit: rf"\textsuperscript{{{value}}}" for value, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}  # fmt: skip
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030b": "H", "\u030c": "v", "\u0327": "c",
}  # fmt: skip
_LIGATURES = re.compile(r"(?<=-)(?=-)|(?<=,)(?=,)")
"""Between hyphens, which would become a dash, and between commas, which T1 takes for a quotation mark."""
_BREAK = r"\allowbreak{}"
_LONGEST = 12
"""Letters of a word after which it may go on in the next line; after a sign of `_BREAK_AFTER` it may anywhere."""
_BREAK_AFTER = ":=/,;+"
_NARROW = frozenset(" \u00a0.,:;[]()|!'ijlt")


def text(plain: str) -> str:
    """Text within a line, without blanks around it."""
    return _LIGATURES.sub("{}", "".join(map(_character, plain.strip(" "))))


def breakable(plain: str) -> str:
    """The same, but long words may be broken."""
    pieces: list[str] = []
    run, before = 0.0, " "
    for one in plain.strip(" "):
        if one == " ":
            run = 0
        elif run >= _LONGEST or (run and before in _BREAK_AFTER):
            pieces.append(_BREAK)
            run = 0
        pieces.append(_character(one))
        run += _width(one) if one != " " else 0
        before = one
    return _LIGATURES.sub("{}", "".join(pieces))


def width(plain: str) -> float:
    """How wide the text is as it is set, where a letter is 1."""
    return sum(map(_width, plain))


def _width(one: str) -> float:
    if one in _NARROW:
        return 0.6
    return 6 if _character(one).startswith((MACRO, _CODE)) else 1


def comment(plain: str) -> str:
    """Text in a line after a percent sign: no character in it ends the line."""
    return "".join(one if " " <= one <= "~" else f"<U+{ord(one):04X}>" for one in plain)


def _character(one: str) -> str:
    if " " <= one <= "~":
        return _ASCII.get(one, one)
    if one in _SIGNS:
        return _SIGNS[one]
    category = unicodedata.category(one)
    if category[0] in "CZ":
        return f"{_CODE}{ord(one):04X}}}"
    decomposed = unicodedata.normalize("NFD", one)
    if len(decomposed) == 2 and decomposed[0].isascii() and decomposed[1] in _ACCENTS:
        return rf"\{_ACCENTS[decomposed[1]]}{{{decomposed[0]}}}"
    return rf"{MACRO}{{{ord(one):04X}}}"
