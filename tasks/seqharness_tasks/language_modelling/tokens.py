"""Texts as tokens, and which characters each token stands for.

A text is cut into lines, and each line is encoded with its end: so a line's first word is the type that it is
elsewhere, and nothing is learned across lines. The end of a line is a token of its own at the level of words, and what
the level makes of "\\n" at the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from seqharness.data.rows import Rows
from seqharness.data.tokenizers import LEVELS, BytePairTokenizer, Level, Tokenizer
from seqharness.data.tokenizers.symbols import SymbolTokenizer
from seqharness.errors import UserError

Ids = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]

_WORD = re.compile(r"\n|\S+")


class TextWords(SymbolTokenizer):
    """Words between white space, and the end of a line as a type of its own, as language models count words (Mikolov et
    al. 2010). Texts come back with one space between words."""

    level: ClassVar[str] = "word, line end"
    plural: ClassVar[str] = "words"

    def cut(self, text: str) -> Sequence[str]:
        return _WORD.findall(text)

    def join(self, symbols: Iterable[str]) -> str:
        return re.sub(r" ?\n ?", "\n", " ".join(symbols))


KINDS: dict[Level, Any] = {**LEVELS, "word": TextWords}
"""The tokenizer of each level."""


def learn(level: Level, texts: Iterable[str], types: int | None, least: int) -> Tokenizer:
    """A tokenizer of a level, learned from the lines of texts. types: ids in all, None for no limit; least: how often a
    word must occur."""
    lines = chain.from_iterable(map(lines_of, texts))
    if level == "word":
        return TextWords.learn(lines, types, least)
    tokenizer: Tokenizer = KINDS[level].learn(lines, types)
    return tokenizer


def load(path: Path) -> Tokenizer:
    """What the tokenizer of any level saved. UserError where the file is none."""
    for kind in KINDS.values():
        try:
            tokenizer: Tokenizer = kind.load(path)
        except UserError:
            continue
        return tokenizer
    raise UserError(f"{path} holds no tokenizer.")


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends; "\\n" alone ends a line."""
    lines = text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


class Tokens(NamedTuple):
    """A text as tokens. ids [T]. ends [T]: how many characters of the text stand before the end of each token; those
    between two ends belong to the later one, a character cut in two to the token that has its first byte."""

    ids: Ids
    ends: Places


def encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Ids]:
    """The ids of each text."""
    return [rows.values for rows in _by_text(tokenizer, texts)[1]]


def align(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Tokens]:
    """Each text as tokens with the characters they stand for."""
    found = []
    for lines, rows in zip(*_by_text(tokenizer, texts), strict=True):
        ends, before = [np.zeros(0, np.int64)], 0
        for line, ids in zip(lines, rows, strict=True):
            ends.append(before + _ends(tokenizer, line, ids))
            before += len(line)
        found.append(Tokens(rows.values, np.concatenate(ends)))
    return found


def _by_text(tokenizer: Tokenizer, texts: Sequence[str]) -> tuple[list[list[str]], list[Rows]]:
    """The lines of each text, and their ids: one Rows a text, a row a line."""
    lines = [lines_of(text) for text in texts]
    rows = tokenizer.encode(list(chain.from_iterable(lines)))
    bounds = np.cumsum([0, *map(len, lines)]).tolist()
    return lines, [
        Rows(
            rows.values[rows.offsets[first] : rows.offsets[last]],
            rows.offsets[first : last + 1] - rows.offsets[first],
        )
        for first, last in pairwise(bounds)
    ]


def _ends(tokenizer: Tokenizer, line: str, ids: Ids) -> Places:
    """Where each token of a line ends, in characters; the last at the end of the line."""
    if isinstance(tokenizer, TextWords):
        ends = np.array([match.end() for match in _WORD.finditer(line)], dtype=np.int64)
        ends[-1:] = len(line)
        return ends
    if isinstance(tokenizer, SymbolTokenizer):
        return np.arange(1, len(line) + 1)
    first = np.frombuffer(line.encode("utf-8"), dtype=np.uint8) & 0xC0 != 0x80  # a character's first byte
    if isinstance(tokenizer, BytePairTokenizer):
        after = np.cumsum(tokenizer.sizes[ids]) - 1  # the space that is put before every text
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(first)])[after]
    return np.cumsum(first)
