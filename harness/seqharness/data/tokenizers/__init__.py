"""Between texts and token ids: byte pairs, words, characters or bytes, learned on training texts alone.

All have `encode(texts) -> Rows`, `decode(rows of ids) -> texts`, `types`, `describe`, `save(path)`, and the class
methods `learn(texts, types)` and `load(path)`. Ids 0 to 5 are reserved in every one of them.
"""

from __future__ import annotations

from .byte_pairs import SMALLEST, BytePairTokenizer
from .levels import LEVELS, Level, Tokenizer, learn_tokenizer, load_tokenizer, unknown
from .raw_bytes import ByteTokenizer
from .symbols import CharacterTokenizer, Cut, WordTokenizer, most_frequent

__all__ = [
    "LEVELS",
    "SMALLEST",
    "BytePairTokenizer",
    "ByteTokenizer",
    "CharacterTokenizer",
    "Cut",
    "Level",
    "Tokenizer",
    "WordTokenizer",
    "learn_tokenizer",
    "load_tokenizer",
    "most_frequent",
    "unknown",
]
