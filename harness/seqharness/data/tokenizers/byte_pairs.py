"""Byte-pair encoding (Sennrich et al. 2016, doi:10.18653/v1/P16-1162) over UTF-8 bytes (Radford et al. 2019).

Every byte that can stand in UTF-8 is a type of its own. So every text comes back exactly, nothing maps to unknown, and
bits per byte compare across tokenizers; the price is up to 243 types, most of them unused in one language. There is no
normalisation: what the reference says is what is learned and scored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from ...errors import UserError
from ...interfaces import RESERVED
from ..rows import Rows

WORDS = r" ?[\p{L}\p{M}]+['’]?| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}]+|\s+(?!\S)|\s+"
"""Merges stay within these: a word with the space before it and the apostrophe after it (l'homme is "l'" and "homme":
3 % fewer tokens in French than GPT-2's pattern gives), a number, punctuation, white space."""

_NEVER_IN_UTF8 = frozenset([0xC0, 0xC1, *range(0xF5, 0x100)])

SMALLEST = 256
"""The smallest vocabulary one may ask for: the reserved ids, the bytes, and a few merges."""


def _alphabet() -> list[str]:
    """The characters by which the byte level writes the bytes (printable ones by themselves, the rest from U+0100)."""
    itself = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in itself]
    shown = {byte: chr(byte) for byte in itself} | {byte: chr(256 + place) for place, byte in enumerate(rest)}
    return [character for byte, character in sorted(shown.items()) if byte not in _NEVER_IN_UTF8]


class BytePairTokenizer:
    """Between texts and ids. Ids 0 to 5 are those of `RESERVED` and never come from a text, even one that spells them.

    A space is put before every text, so that its first word is the same type as elsewhere, and removed again.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.encode_special_tokens = True  # "<pad>" in a text is text
        self._tokenizer = tokenizer

    @classmethod
    def learn(cls, texts: Iterable[str], types: int) -> BytePairTokenizer:
        """Learned from `texts`; `types` ids in all if the texts have as many merges that occur twice, else fewer.

        The same texts give the same tokenizer, bit for bit.
        """
        if types < SMALLEST:
            raise UserError(f"A vocabulary of {types} has no room for the bytes: ask for {SMALLEST} or more.")
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(WORDS), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=types,
            min_frequency=2,
            special_tokens=list(RESERVED),
            initial_alphabet=_alphabet(),
            show_progress=False,
        )
        tokenizer.train_from_iterator((" " + text for text in texts), trainer)
        return cls(tokenizer)

    @classmethod
    def load(cls, path: Path) -> BytePairTokenizer:
        """What `save` wrote. UserError where the file is no tokenizer of ours."""
        try:
            text = path.read_text(encoding="utf-8")
            names = json.loads(text)["added_tokens"]
            if tuple(token["content"] for token in names) != RESERVED:
                raise ValueError("other reserved ids")
            return cls(Tokenizer.from_str(text))
        except Exception as error:  # the library raises bare Exception
            raise UserError(f"{path} holds no tokenizer: {error}.") from error

    def save(self, path: Path) -> None:
        """One JSON file in the format of the `tokenizers` library."""
        path.write_text(self._tokenizer.to_str(), encoding="utf-8")

    @property
    def types(self) -> int:
        """Number of ids, the reserved ones included."""
        return int(self._tokenizer.get_vocab_size())

    @cached_property
    def sizes(self) -> npt.NDArray[np.int64]:
        """[types]: how many bytes of text each id stands for; 0 for the reserved ones."""
        sizes = np.zeros(self.types, dtype=np.int64)
        for token, index in self._tokenizer.get_vocab().items():
            sizes[index] = len(token) if index >= len(RESERVED) else 0  # a byte is written as one character
        return sizes

    def describe(self) -> str:
        """'byte-level BPE, 3,000 types'."""
        return f"byte-level BPE, {self.types:,} types"

    def encode(self, texts: Sequence[str]) -> Rows:
        """One row of ids for each text, without reserved ids."""
        batch = self._tokenizer.encode_batch_fast([" " + text for text in texts], add_special_tokens=False)
        return Rows.of(encoding.ids for encoding in batch)

    def decode(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """The texts. Reserved ids are left out; bytes that form no character become U+FFFD."""
        texts = self._tokenizer.decode_batch([list(row) for row in ids], skip_special_tokens=True)
        return [text.removeprefix(" ") for text in texts]
