"""Between tagged words and ids."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from seqharness.contracts import Example
from seqharness.data.rows import Rows
from seqharness.data.tokenizers import WordTokenizer
from seqharness.errors import UserError
from seqharness.interfaces import Tag


class TaggingCodec:
    """A word is a token, and every one has a tag. Fields: 'tokens' and 'tags'."""

    def __init__(self, words: WordTokenizer, tags: Sequence[str]) -> None:
        self.words = words
        self.tags = tuple(tags)
        self._places = {tag: place for place, tag in enumerate(self.tags)}

    @classmethod
    def load(cls, folder: Path) -> TaggingCodec:
        """What `save` wrote."""
        path = folder / "tags.json"
        try:
            tags = json.loads(path.read_text(encoding="utf-8"))["tags"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} holds no tags: {error}.") from error
        return cls(WordTokenizer.load(folder / "words.json"), tags)

    def save(self, folder: Path) -> None:
        """words.json and tags.json in the folder."""
        self.words.save(folder / "words.json")
        (folder / "tags.json").write_text(json.dumps({"tags": self.tags}, ensure_ascii=False), encoding="utf-8")

    def encode(self, examples: Sequence[Example]) -> dict[str, Rows]:
        """Rows of ids 'tokens' and 'tags', of the same lengths."""
        return {
            "tokens": self.words.encode_symbols([example.input for example in examples]),
            "tags": Rows.of([self._places[tag] for tag in example.target] for example in examples),
        }

    def decode(self, ids: Sequence[Sequence[int]]) -> list[list[str]]:
        """Rows of tag ids -> tags."""
        return [[self.tags[index] for index in row] for row in ids]

    def interface(self, longest: Mapping[str, int]) -> Tag:
        """What a model sees."""
        return Tag(vocabulary=self.words.types, outputs=len(self.tags), max_length=max(longest.get("tokens", 0), 1))

    def describe(self) -> str:
        """'words, 812 types'."""
        return self.words.describe()
