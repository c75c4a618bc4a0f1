"""Between texts and token ids, for rows that are whole texts and for pieces of longer ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqharness.contracts import Example
from seqharness.data.rows import Rows
from seqharness.data.tokenizers import Tokenizer
from seqharness.interfaces import CausalLM, MaskedLM

from . import tokens


class TextCodec:
    """Field: 'tokens'; and 'scored' where some rows are pieces of texts (see `examples`)."""

    def __init__(self, tokenizer: Tokenizer, cut: bool) -> None:
        self.tokenizer, self.cut = tokenizer, cut

    @classmethod
    def load(cls, folder: Path) -> TextCodec:
        """What `save` wrote."""
        about = json.loads((folder / "codec.json").read_text(encoding="utf-8"))
        return cls(tokens.load(folder / "tokenizer.json"), bool(about["cut"]))

    def save(self, folder: Path) -> None:
        """tokenizer.json and codec.json in the folder."""
        self.tokenizer.save(folder / "tokenizer.json")
        (folder / "codec.json").write_text(json.dumps({"cut": self.cut}), encoding="utf-8")

    def encode(self, examples: Sequence[Example]) -> dict[str, Rows]:
        """Rows of ids 'tokens', without BOS and EOS, and (with one more, for the EOS) 'scored': 1 where one counts."""
        texts = iter(tokens.encode(self.tokenizer, [e.input for e in examples if isinstance(e.input, str)]))
        rows: list[Any] = [next(texts) if isinstance(example.input, str) else example.input for example in examples]
        fields = {"tokens": Rows.of(rows)}
        if self.cut:
            flags = (_flags(len(row), example.scored) for row, example in zip(rows, examples, strict=True))
            fields["scored"] = Rows.of(flags, np.int8)
        return fields

    def decode(self, ids: Sequence[Sequence[int]]) -> list[Any]:
        """Rows of ids -> texts."""
        return self.tokenizer.decode(ids)

    def pieces(self, field: str, ids: Sequence[int]) -> list[str]:
        """The text of each id alone."""
        return self.tokenizer.decode([[index] for index in ids])

    def interface(self, longest: Mapping[str, int]) -> CausalLM:
        """What a model sees. max_length: the longest row and the BOS before it."""
        return CausalLM(vocabulary=self.tokenizer.types, max_length=longest.get("tokens", 0) + 1)

    def describe(self) -> str:
        """'words, 518 types'."""
        return self.tokenizer.describe()


class MaskedCodec(TextCodec):
    """Field: 'tokens'. There is no end of a text to predict, and every row stands for itself."""

    def encode(self, examples: Sequence[Example]) -> dict[str, Rows]:
        """Rows of ids 'tokens'."""
        return {"tokens": super().encode(examples)["tokens"]}

    def decode(self, ids: Sequence[Sequence[int]]) -> list[Any]:
        """Rows of guessed ids -> the ids, to be compared, and the text of each, to be shown."""
        rows = [[int(index) for index in row] for row in ids]
        return [{"ids": row, "tokens": self.pieces("tokens", row)} for row in rows]

    def interface(self, longest: Mapping[str, int]) -> MaskedLM:  # type: ignore[override]
        """What a model sees."""
        return MaskedLM(vocabulary=self.tokenizer.types, max_length=longest.get("tokens", 0))


def _flags(length: int, scored: tuple[int, ...] | None) -> Sequence[int]:
    flags = np.ones(length + 1, dtype=np.int8) if scored is None else np.zeros(length + 1, dtype=np.int8)
    if scored is not None:
        flags[list(scored)] = 1
    return flags.tolist()
