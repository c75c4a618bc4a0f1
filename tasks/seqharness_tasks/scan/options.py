"""Options of `scan`: `scan:split=length`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from seqharness.contracts import Options


class ScanOptions(Options):
    """Which commands are trained on, and where they come from."""

    split: Literal["iid", "simple", "length", "jump", "turn-left"] = Field(
        "iid",
        description="iid: a fifth of all commands held back by a hash; simple: the fifth that the authors drew (from "
        "their files); length, jump, turn-left: by rule",
    )
    data: Literal["generated", "upstream"] | None = Field(
        None, description="from the grammar or from the authors' files; unset: upstream for simple, else generated"
    )

    @property
    def upstream(self) -> bool:
        """Whether the authors' files are read."""
        return self.data == "upstream" or self.split == "simple"

    @model_validator(mode="after")
    def _split_is_there(self) -> ScanOptions:
        if self.split == "simple" and self.data == "generated":
            raise ValueError("the commands of split=simple were drawn by its authors: take data=upstream, or split=iid")
        if self.split == "iid" and self.data == "upstream":
            raise ValueError("split=iid is of this package: take split=simple for that of the authors")
        return self
