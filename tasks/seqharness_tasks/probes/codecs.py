"""Between rows of symbols and token ids: one id a symbol, nothing is learned."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from seqharness.contracts import Example
from seqharness.data.rows import Rows
from seqharness.interfaces import RESERVED, UNSCORED, CausalLM, Classify, SequenceToSequence, Tag


class SymbolCodec:
    """What all codecs of probes share. symbols: the vocabulary, in the order of their ids after the reserved ones."""

    def __init__(self, symbols: Sequence[str]) -> None:
        self.symbols = tuple(symbols)
        self._ids = {symbol: number for number, symbol in enumerate((*RESERVED, *self.symbols))}
        self._names = tuple(self._ids)

    @property
    def types(self) -> int:
        """Number of ids, the reserved ones included."""
        return len(self._names)

    def fields(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {"symbols": self.symbols}

    def save(self, folder: Path) -> None:
        """codec.json in the folder."""
        (folder / "codec.json").write_text(json.dumps(self.fields(), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` wrote."""
        return cls(**json.loads((folder / "codec.json").read_text(encoding="utf-8")))

    def describe(self) -> str:
        """'one id a symbol, 16 symbols'."""
        return f"one id a symbol, {len(self.symbols):,} symbols"

    def decode(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """Rows of ids -> symbols between spaces; a reserved id by its name."""
        return [" ".join(self._names[one] for one in row) for row in ids]

    def rows(self, texts: Iterable[str]) -> Rows:
        """Texts of symbols between spaces -> rows of ids. Raises KeyError for an unknown symbol."""
        return flat_rows([self._ids[symbol] for symbol in text.split()] for text in texts)


def flat_rows(rows: Iterable[Sequence[int]]) -> Rows:
    """Rows of integers, with one conversion for all of them."""
    values: list[int] = []
    offsets = [0]
    for row in rows:
        values.extend(row)
        offsets.append(len(values))
    return Rows(np.array(values, dtype=np.int32), np.array(offsets, dtype=np.int64))


class ClassifyCodec(SymbolCodec):
    """Fields: 'tokens' and 'label'. labels: in the order of their ids, which begin at 0."""

    def __init__(self, symbols: Sequence[str], labels: Sequence[str]) -> None:
        super().__init__(symbols)
        self.labels = tuple(labels)

    def fields(self) -> dict[str, Any]:
        return {**super().fields(), "labels": self.labels}

    def encode(self, examples: Sequence[Example]) -> dict[str, Rows]:
        """Rows of ids by field."""
        return {
            "tokens": self.rows(example.input for example in examples),
            "label": flat_rows([self.labels.index(example.target)] for example in examples),
        }

    def decode(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """Rows of one label's id -> labels."""
        return [self.labels[row[0]] for row in ids]

    def interface(self, longest: Mapping[str, int]) -> Classify:
        """What a model sees."""
        return Classify(vocabulary=self.types, max_length=longest["tokens"], outputs=len(self.labels))


class NumbersCodec(SymbolCodec):
    """Rows of a number and a mark, written '0.1234' and '0.5678*' -> reals [*, 2]; the label is a real number."""

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        super().__init__(symbols)

    def encode(self, examples: Sequence[Example]) -> dict[str, Rows]:
        """Rows of reals by field: 'tokens' [*, 2] and 'label'."""
        words = [example.input.split() for example in examples]
        values = [(float(word.removesuffix("*")), float(word.endswith("*"))) for row in words for word in row]
        offsets = np.cumsum([0, *(len(row) for row in words)], dtype=np.int64)
        return {
            "tokens": Rows(np.array(values, dtype=np.float32).reshape(-1, 2), offsets),
            "label": Rows.of(([example.target] for example in examples), np.float32),
        }

    def decode(self, ids: Sequence[Sequence[int]]) -> list[Any]:
        """Outputs are numbers as they are."""
        return [list(row) for row in ids]

    def interface(self, longest: Mapping[str, int]) -> Classify:
        """What a model sees: two numbers a position, and one to say."""
        return Classify(vocabulary=0, max_length=longest["tokens"], features=2, outputs=1, loss="squared")

    def describe(self) -> str:
        return "two numbers a position"


class TagCodec(SymbolCodec):
    """Fields: 'tokens' and 'tags', for models that may not look ahead. tags: in the order of their ids, from 0."""

    def __init__(self, symbols: Sequence[str], tags: Sequence[str]) -> None:
        super().__init__(symbols)
        self.tags = tuple(tags)

    def fields(self) -> dict[str, Any]:
        return {**super().fields(), "tags": self.tags}

    def encode(self, examples: Sequence[Example]) -> dict[str, Rows]:
        """Rows of ids by field; where an example says which positions are scored, all others are not."""
        return {
            "tokens": self.rows(example.input for example in examples),
            "tags": flat_rows(self._tags(example) for example in examples),
        }

    def _tags(self, example: Example) -> list[int]:
        tags = [self.tags.index(tag) for tag in example.target.split()]
        if example.scored is None:
            return tags
        return [tag if place in example.scored else UNSCORED for place, tag in enumerate(tags)]

    def decode(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """Rows of tag ids -> tags between spaces."""
        return [" ".join(self.tags[one] for one in row) for row in ids]

    def interface(self, longest: Mapping[str, int]) -> Tag:
        """What a model sees."""
        return Tag(vocabulary=self.types, max_length=longest["tokens"], outputs=len(self.tags), causal=True)


class LanguageCodec(SymbolCodec):
    """Fields: 'tokens' and 'scored', which has a flag for each token and one for the end of the row."""

    def encode(self, examples: Sequence[Example]) -> dict[str, Rows]:
        """Rows by field: ids, and 1 where the example says that a position is scored."""
        tokens = self.rows(example.input for example in examples)
        scored = [_flags(int(length) + 1, example) for length, example in zip(tokens.lengths, examples, strict=True)]
        return {"tokens": tokens, "scored": flat_rows(scored)}

    def interface(self, longest: Mapping[str, int]) -> CausalLM:
        """What a model sees; one position more for the begin of the row."""
        return CausalLM(vocabulary=self.types, max_length=longest["tokens"] + 1, answers=True)


def _flags(length: int, example: Example) -> list[int]:
    flags = [0] * length
    for place in example.scored or ():
        flags[place] = 1
    return flags


class PairCodec(SymbolCodec):
    """Fields: 'source' and 'target', of one vocabulary."""

    def encode(self, examples: Sequence[Example]) -> dict[str, Rows]:
        """Rows of ids by field."""
        return {
            "source": self.rows(example.input for example in examples),
            "target": self.rows(example.target for example in examples),
        }

    def interface(self, longest: Mapping[str, int]) -> SequenceToSequence:
        """What a model sees; one position more for the begin or end that a row gets."""
        return SequenceToSequence(
            vocabulary=self.types,
            targets=self.types,
            shared=True,
            max_length=max(longest.values(), default=0) + 1,
            limit=longest.get("target", 0) + 1,
        )


ProbeCodec = ClassifyCodec | NumbersCodec | TagCodec | LanguageCodec | PairCodec
