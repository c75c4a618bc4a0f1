"""Options of `classify`: `classify:data=sst2:tokens=bpe:vocabulary=4000`."""

from __future__ import annotations

from pydantic import Field, model_validator

from seqharness.contracts import Options
from seqharness.data.tables import ColumnNames
from seqharness.data.tokenizers import SMALLEST, Level

from ..generated.reviews import DEFAULT_SEED
from .published import PUBLISHED

NAMES = ("generated", *PUBLISHED)
"""The data sets known by name. Anything else is a path."""

VOCABULARY = 4_000
"""Default number of types: at a million parameters they take less than half of these, and a fifth of the words of a
news text are more than one token."""


class ClassifyOptions(Options):
    """What is classified, and how it is cut into tokens."""

    data: str = Field("generated", min_length=1, description=f"{', '.join(NAMES)}, hf:NAME, or the path of own files")
    seed: int = Field(DEFAULT_SEED, ge=0, description="generated data: another seed draws other reviews")
    text: str | None = Field(None, min_length=1, description="own files: column or key of the text")
    label: str | None = Field(None, min_length=1, description="own files: column or key of the label")
    tokens: Level | None = Field(
        None,
        description="what a token is; unset: a word for generated data, whose words are few and all in training, and "
        "byte pairs elsewhere, so that no word is unknown",
    )
    vocabulary: int | None = Field(
        None, ge=16, description=f"types at most; unset: {VOCABULARY:,}, or all words of generated data"
    )
    max_length: int = Field(256, ge=1, description="longer texts are cut after so many tokens, in every part")

    @property
    def level(self) -> Level:
        """What a token is."""
        return self.tokens or ("word" if self.data == "generated" else "bpe")

    @property
    def types(self) -> int | None:
        """The most types there may be; None: no limit."""
        if self.vocabulary is None and self.data == "generated" and self.level == "word":
            return None
        return self.vocabulary or VOCABULARY

    @property
    def names(self) -> ColumnNames:
        """What the columns of own files are called."""
        return ColumnNames(text=self.text, label=self.label)

    @model_validator(mode="after")
    def _options_agree(self) -> ClassifyOptions:
        if self.data != "generated" and self.seed != DEFAULT_SEED:
            raise ValueError(f"seed= is for generated data, and data={self.data} is not")
        if self.data in NAMES and (self.text or self.label):
            raise ValueError(f"text= and label= name columns of own files, and data={self.data} has none")
        if self.text is not None and self.text == self.label:
            raise ValueError(f"text= and label= both name the column {self.text!r}")
        if self.level == "bpe" and self.vocabulary is not None and self.vocabulary < SMALLEST:
            raise ValueError(
                f"vocabulary={self.vocabulary} has no room for the bytes of byte pairs: {SMALLEST} or more"
            )
        return self
