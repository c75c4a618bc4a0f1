"""Options of `tag`: `tag:data=train.conll:words=2:tags=4`."""

from __future__ import annotations

from pydantic import Field, model_validator

from seqharness.contracts import Options
from seqharness.data.columns import Columns

DEFAULT = Columns()


class TagOptions(Options):
    """What is tagged. A token is a word."""

    data: str = Field("generated", min_length=1, description="generated, hf:NAME, or the path of own files")
    words: int = Field(DEFAULT.words, description="own files: column of the words, from 1; from the end where negative")
    tags: int = Field(DEFAULT.tags, description="own files: column of the tags, in the same way")
    vocabulary: int | None = Field(
        None, ge=16, description="types at most; unset: 20,000, or all words of generated data"
    )
    max_length: int = Field(
        256, ge=1, description="longer sentences are cut into pieces of so many words, in every part"
    )

    @property
    def types(self) -> int | None:
        """The most types there may be; None: no limit."""
        return self.vocabulary or (None if self.data == "generated" else 20_000)

    @property
    def columns(self) -> Columns:
        """Columns of words and tags in own files."""
        return Columns(self.words, self.tags)

    @model_validator(mode="after")
    def _columns_are_two(self) -> TagOptions:
        if 0 in self.columns:
            raise ValueError("columns are counted from 1, or from -1 at the end")
        if self.words == self.tags:
            raise ValueError(f"words= and tags= both name the column {self.words}")
        if self.data == "generated" and self.columns != DEFAULT:
            raise ValueError("words= and tags= name columns of own files, and data=generated has none")
        return self
