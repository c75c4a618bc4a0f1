"""Options of `lm` and `mlm`: `lm:data=wikitext-2:level=bpe:vocabulary=8000:window=128:stride=64`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from seqharness.contracts import Options
from seqharness.data.hub import PREFIX
from seqharness.data.tokenizers import SMALLEST, Level
from seqharness.interfaces import RESERVED

Unit = Literal["text", "paragraph", "line"]

LEVEL: Mapping[str, Level] = {"generated": "word", "wikitext-2": "word", "tinyshakespeare": "character"}
"""The data sets known by name, and the level at which each is usually modelled. Anything else is a path."""

OWN_LEVEL: Level = "bpe"
"""Level of own files: nothing is unknown, and rows are shorter than those of bytes."""

VOCABULARY: Mapping[Level, int | None] = {"word": None, "bpe": 4_000, "character": None, "byte": None}
"""Default number of types. bpe: leaves half the parameters of a small model to its layers. None: all there are."""

OWN_WORDS = 20_000
"""Default number of words of own files, of those that occur twice or more in training."""

WINDOW = 128

UNCUT = 1 << 30
"""A window that no row is longer than."""


class TextOptions(Options):
    """What both tasks have."""

    data: str = Field(
        "generated", min_length=1, description="generated, wikitext-2, tinyshakespeare, hf:NAME, or own files"
    )
    text: str | None = Field(None, min_length=1, description="hf:NAME: column of the text")
    level: Level | None = Field(
        None, description="what a token is; by default words (characters of tinyshakespeare, byte pairs of own files)"
    )
    vocabulary: int | None = Field(None, ge=len(RESERVED) + 1, description="types in all; by default as many as help")
    unit: Unit | None = Field(
        None,
        description="own files: what is modelled as one row of tokens from its beginning to its end: the whole text "
        "(the default), each paragraph, or each line",
    )
    window: int | None = Field(
        None,
        ge=4,
        le=65_536,
        description="tokens of the longest row, in training and in testing: a longer text is cut into rows of so many; "
        f"by default {WINDOW}, about as far as small models look back, with several rows in a batch",
    )

    @property
    def named(self) -> bool:
        """Whether `data` is a data set known by name, not a path."""
        return self.data in LEVEL

    @property
    def tokens(self) -> Level:
        """The level asked for, or the default of the data."""
        return self.level or LEVEL.get(self.data, OWN_LEVEL)

    @property
    def types(self) -> int | None:
        """The vocabulary asked for, or the default; None where all words or characters have a place."""
        if self.vocabulary is None and self.tokens == "word" and not self.named:
            return OWN_WORDS
        return self.vocabulary or VOCABULARY[self.tokens]

    @property
    def least(self) -> int:
        """How often a word must occur in training to be in the vocabulary. In own files twice: the words that occur
        once teach a model what an unknown word is like."""
        return 2 if self.tokens == "word" and not self.named else 1

    @property
    def rows(self) -> Unit:
        """What is modelled as one row: sentences of generated data stand in lines."""
        return "line" if self.data == "generated" else self.unit or "text"

    @property
    def longest(self) -> int:
        """Tokens of the longest row. Generated sentences are never cut: the grammar gives their probability whole."""
        return UNCUT if self.data == "generated" else self.window or WINDOW

    @model_validator(mode="after")
    def _fits(self) -> TextOptions:
        if self.named and self.unit is not None:
            raise ValueError(f"unit= is for own files: {self.data} is modelled by the {self.rows}")
        if self.text is not None and not self.data.startswith(PREFIX):
            raise ValueError(f"text= names a column of data=hf:NAME, and data={self.data} has none")
        if self.data == "generated" and self.window is not None:
            raise ValueError("window= is for texts: each generated sentence is a row, however long")
        if self.tokens == "byte" and self.vocabulary is not None:
            raise ValueError("vocabulary= has no meaning for bytes: there are 256")
        if self.tokens == "bpe" and self.vocabulary is not None and self.vocabulary < SMALLEST:
            raise ValueError(f"vocabulary={self.vocabulary} has no room for the bytes: ask for {SMALLEST} or more")
        return self


class CausalOptions(TextOptions):
    """Options of `lm`."""

    stride: int | None = Field(
        None,
        ge=1,
        description="tokens scored in each row of a test text, the last ones: the others are their context. The "
        "smaller, the more context and the longer a test takes; by default half a window",
    )

    @property
    def step(self) -> int:
        """The stride asked for, or half a window."""
        return self.stride or self.longest // 2

    @model_validator(mode="after")
    def _step_fits(self) -> CausalOptions:
        if self.data == "generated" and self.stride is not None:
            raise ValueError("stride= is for texts: each generated sentence is a row, all of which is scored")
        if self.step > self.longest:
            raise ValueError(f"stride={self.step} is over window={self.longest}: some tokens would never be scored")
        return self


class MaskedOptions(TextOptions):
    """Options of `mlm`."""
