"""Between labelled texts and ids."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from seqharness.contracts import Example
from seqharness.data.rows import Rows
from seqharness.data.tokenizers import Tokenizer, load_tokenizer
from seqharness.errors import UserError
from seqharness.interfaces import Classify


class ClassificationCodec:
    """Tokens of a text, at most `limit` of them, and the place of its label. Fields: 'tokens' and 'label'."""

    def __init__(self, tokenizer: Tokenizer, labels: Sequence[str], limit: int) -> None:
        self.tokenizer = tokenizer
        self.labels = tuple(labels)
        self.limit = limit
        self._places = {label: place for place, label in enumerate(self.labels)}

    @classmethod
    def load(cls, folder: Path) -> ClassificationCodec:
        """What `save` wrote."""
        path = folder / "labels.json"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            labels, limit = content["labels"], content["limit"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} holds no labels: {error}.") from error
        return cls(load_tokenizer(folder / "tokenizer.json"), labels, limit)

    def save(self, folder: Path) -> None:
        """tokenizer.json and labels.json in the folder."""
        self.tokenizer.save(folder / "tokenizer.json")
        content = json.dumps({"labels": self.labels, "limit": self.limit}, ensure_ascii=False)
        (folder / "labels.json").write_text(content, encoding="utf-8")

    def encode(self, examples: Sequence[Example]) -> dict[str, Rows]:
        """Rows of ids 'tokens', cut after `limit`, and one label id an example."""
        tokens = self.tokenizer.encode([str(example.input) for example in examples])
        return {
            "tokens": cut(tokens, self.limit),
            "label": Rows.of([self._places[example.target]] for example in examples),
        }

    def decode(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """Rows of one label id -> labels."""
        return [self.labels[row[0]] for row in ids]

    def interface(self, longest: Mapping[str, int]) -> Classify:
        """What a model sees."""
        return Classify(
            vocabulary=self.tokenizer.types, outputs=len(self.labels), max_length=max(longest.get("tokens", 0), 1)
        )

    def describe(self) -> str:
        """'words, 812 types'."""
        return self.tokenizer.describe()


def cut(rows: Rows, limit: int) -> Rows:
    """The rows without what stands after the first `limit` values of each."""
    lengths = np.minimum(rows.lengths, limit)
    if (lengths == rows.lengths).all():
        return rows
    position = np.arange(len(rows.values)) - np.repeat(rows.offsets[:-1], rows.lengths)
    return Rows(rows.values[position < limit], np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]))
