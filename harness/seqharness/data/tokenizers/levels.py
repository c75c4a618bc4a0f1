"""The levels of a tokenizer by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from ...errors import UserError
from ...interfaces import UNK
from ..rows import Rows
from .byte_pairs import BytePairTokenizer
from .raw_bytes import ByteTokenizer
from .symbols import CharacterTokenizer, WordTokenizer

Level = Literal["word", "bpe", "character", "byte"]


class Tokenizer(Protocol):
    """What the tokenizers of all levels do."""

    @property
    def types(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Rows: ...

    def decode(self, ids: Sequence[Sequence[int]]) -> list[str]: ...

    def describe(self) -> str: ...

    def save(self, path: Path) -> None: ...


LEVELS: Mapping[Level, Any] = {
    "word": WordTokenizer,
    "bpe": BytePairTokenizer,
    "character": CharacterTokenizer,
    "byte": ByteTokenizer,
}
"""The class of each level."""


def learn_tokenizer(level: Level, texts: Iterable[str], types: int) -> Tokenizer:
    """A tokenizer of a level with at most `types` ids (of bytes there are always 262), learned from `texts`.

    Words are what stands between white space, and one that occurs once is in the vocabulary: for anything else ask the
    class itself.
    """
    tokenizer: Tokenizer = LEVELS[level].learn(texts, types)
    return tokenizer


def load_tokenizer(path: Path) -> Tokenizer:
    """What a tokenizer of any level saved. UserError where the file is none."""
    for kind in LEVELS.values():
        try:
            tokenizer: Tokenizer = kind.load(path)
        except UserError:
            continue
        return tokenizer
    raise UserError(f"{path} holds no tokenizer.")


def unknown(rows: Rows) -> int:
    """How many tokens of encoded texts are not in the vocabulary."""
    return int(np.count_nonzero(rows.values == UNK))
