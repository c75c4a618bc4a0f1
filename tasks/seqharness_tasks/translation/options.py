"""Options of `translate`: `translate:data=multi30k:pair=en-de:vocabulary=6000`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from seqharness.contracts import Options
from seqharness.data.pairs import PairNames

from . import multi30k

PAIRS: Mapping[str, tuple[str, ...]] = {"generated": ("en-fr", "fr-en"), "multi30k": multi30k.PAIRS}
"""The data sets known by name, and the language pairs of each. Anything else is a path."""

VOCABULARY: Mapping[str, int] = {"generated": 3_000, "multi30k": 6_000}
"""Default number of types. generated: room for nearly every word of both sides. multi30k: the best of published small
settings; own files: as for multi30k."""


class TranslateOptions(Options):
    """What is translated, and how it is cut into tokens."""

    data: str = Field("generated", min_length=1, description="generated, multi30k, hf:NAME, or the path of own files")
    pair: str = Field("en-fr", description="source and target language, joined by a hyphen")
    source: str | None = Field(None, min_length=1, description="own files: column or key of the source")
    target: str | None = Field(None, min_length=1, description="own files: column or key of the target")
    vocabulary: int | None = Field(
        None, ge=256, description="types of the byte-pair encoding; of each side where they are separate"
    )
    tokenizer: Literal["joint", "separate"] = Field("joint", description="one vocabulary for both sides, or two")
    max_length: int = Field(256, ge=1, description="longer training pairs (in tokens of either side) are left out")

    @property
    def languages(self) -> tuple[str, str]:
        """(source, target)."""
        source, _, target = self.pair.partition("-")
        return source, target

    @property
    def named(self) -> bool:
        """Whether `data` is a data set known by name, not a path."""
        return self.data in PAIRS

    @property
    def types(self) -> int:
        """The vocabulary asked for, or the default of the data."""
        return self.vocabulary or VOCABULARY.get(self.data, VOCABULARY["multi30k"])

    @property
    def names(self) -> PairNames:
        """What the two sides are called in own files."""
        return PairNames(languages=self.languages, source=self.source, target=self.target)

    @model_validator(mode="after")
    def _pair_is_there(self) -> TranslateOptions:
        source, target = self.languages
        if not source or not target or "-" in target or source == target:
            raise ValueError(f"pair={self.pair} is not a language pair: write two names and a hyphen, such as en-fr")
        if self.named and self.pair not in PAIRS[self.data]:
            raise ValueError(f"{self.data} has no language pair {self.pair!r}. There is: {', '.join(PAIRS[self.data])}")
        if self.named and (self.source or self.target):
            raise ValueError(f"source= and target= name columns of own files, and data={self.data} has none")
        if self.source is not None and self.source == self.target:
            raise ValueError(f"source= and target= both name the column {self.source!r}")
        return self
