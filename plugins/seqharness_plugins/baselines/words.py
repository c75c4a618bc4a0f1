"""The words of an example, for baselines that count or embed words."""

from __future__ import annotations

import re

from seqharness.contracts import Split
from seqharness.errors import NotApplicable
from seqharness.interfaces import Classify

WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
"""A word with what an apostrophe ties to it (don't, l'eau), or a sign."""


def documents(split: Split) -> list[list[str]]:
    """Lower-cased words and signs of each raw text; where the input is not text, its token ids, written as numbers."""
    if all(isinstance(example.input, str) for example in split.examples):
        return [WORD.findall(example.input.lower()) for example in split.examples]
    return [[str(token) for token in row.tolist()] for row in split.rows["tokens"]]


def require_words(interface: Classify) -> None:
    """NotApplicable where the inputs are real numbers."""
    if interface.features:
        raise NotApplicable("it reads words, and the inputs here are real numbers")
