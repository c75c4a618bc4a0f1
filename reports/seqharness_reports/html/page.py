"""A document as one page of HTML, which a browser lets load nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from seqharness.visible import visible

from ..document import Block
from .outline import Anchored, Section, outline
from .text import inline, shown, shown_lines, words

HERE = Path(__file__).parent
FORBIDDEN = ("default-src 'none'", "img-src data:", "base-uri 'none'", "form-action 'none'")

MOST_IN_CONTENTS = 40
"""Headings up to which the contents name those of the third level as well."""


def render(blocks: Sequence[Block], drawings: Mapping[str, Markup], made: str) -> str:
    """The whole file. drawings: the figures by stem, as elements. made: by what and when the report was made."""
    style, script = (HERE.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    policy = [*FORBIDDEN, f"style-src {_hash(style)}", f"script-src {_hash(script)}"]
    page = outline(blocks)
    return _template().render(
        page=page, contents=_contents(page.sections), drawings=drawings, made=made, policy="; ".join(policy),
        style=Markup(style), script=Markup(script),
    )  # fmt: skip


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(inline=inline, shown=shown, shown_lines=shown_lines, words=words, visible=visible)
    environment.filters["kind"] = lambda node: type(node).__name__
    return environment.get_template("page.html.j2")


def _hash(source: str) -> str:
    digest = hashlib.sha256(source.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _contents(sections: Sequence[Section]) -> list[tuple[Anchored, Sequence[Anchored]]]:
    """Headings of the second level, each with those below it where these are not too many."""
    total = sum(1 + len(section.headings) for section in sections)
    return [(section.heading, section.headings if total <= MOST_IN_CONTENTS else ()) for section in sections]
