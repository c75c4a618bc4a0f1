"""Plain text as Markdown that renders as that text: CommonMark, tables and strike-through of GitHub, `$` mathematics.

What needs no escape gets none, so that the file reads well in a terminal as well: an underscore within a word, an
interval such as [1.2, 3.4], a "<" before a blank.
"""

from __future__ import annotations

import re

from seqharness.visible import isolated, visible

_FIGURE = r"[+\-−]?[0-9][0-9,.]*(?:e[+\-−]?[0-9]+)?"
_SPECIAL = re.compile(
    rf"""(?P<interval>\[{_FIGURE},[\ \u00a0]{_FIGURE}\](?=[\ .,;]|$))
    | (?<=[^\W_])_(?=[^\W_])(?P<within>)
    | [\\`*_~|$@{{}}\[\]\#]
    | <(?![\ \u00a0])
    | &(?=[A-Za-z\#])
    | :(?=//)
    | (?<=[wW]{{3}})\.""",
    re.VERBOSE,
)
_LEADING = re.compile(r"[>+\-=]|[0-9]{1,9}(?P<ordered>[.)])(?=\s|$)")
_PLAIN_CODE = re.compile(r"[!-_a-~](?:[ -_a-~]*[!-_a-~])?")


def text(plain: str) -> str:
    """Escape text for a place within a line. `opening` says what to do at the start of one."""
    return _SPECIAL.sub(_escape, isolated(visible(plain)))


def _escape(match: re.Match[str]) -> str:
    if match["interval"] is not None or match["within"] is not None:
        return match[0]
    return "\\" + match[0]


def opening(markdown: str) -> str:
    """Escape what would make a list, a quotation or a heading of a line, and drop the blanks around it."""
    markdown = markdown.strip()
    match = _LEADING.match(markdown)
    if match is None:
        return markdown
    place = match.start("ordered") if match["ordered"] else 0
    return f"{markdown[:place]}\\{markdown[place:]}"


def code(plain: str) -> str:
    """A code span, where the text is such that no renderer can take it for anything else; otherwise escaped text."""
    if _PLAIN_CODE.fullmatch(plain) and "\\" not in plain:
        return f"`{plain}`"
    return text(plain)


def cell(markdown: str) -> str:
    """Markdown for a cell: text has its bars escaped already, a code span has not."""
    return re.sub(r"(?<!\\)\|", r"\\|", markdown)


def code_block(plain: str) -> str:
    """A fenced block with a fence longer than any in the text."""
    lines = [visible(line) for line in re.split(r"\r\n|\r|\n", plain)]
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence, *lines, fence])


def summary(plain: str) -> str:
    """Text within an HTML tag: entities mean the same to a renderer with HTML and to one without."""
    return re.sub(r"[^\w ,.()]|_", lambda match: f"&#{ord(match[0])};", isolated(visible(plain)))
