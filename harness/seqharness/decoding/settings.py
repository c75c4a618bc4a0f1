"""How outputs are generated: the same for every model of a comparison. Free of torch."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

DecodingPrecision = Literal["float32", "bf16", "int8"]


class Decoding(BaseModel):
    """beam 1 is greedy. A hypothesis of n tokens is ranked by its log-probability / n ** length_penalty.

    A row may grow to limit_factor * (source tokens) + limit_extra tokens, and no further. precision: of the products of
    linear layers in the search; likelihoods are taken at float32 whatever it is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    beam: int = Field(default=1, ge=1, le=100)
    length_penalty: float = Field(default=1.0, ge=0)
    limit_factor: int = Field(default=2, ge=1)
    limit_extra: int = Field(default=20, ge=0)
    precision: DecodingPrecision = "float32"

    def limit(self, source_lengths: Any) -> Any:
        """Largest number of target tokens, EOS included, for sources of these lengths (number or tensor)."""
        return self.limit_factor * source_lengths + self.limit_extra

    def describe(self) -> str:
        """One line for the report."""
        how = "greedy" if self.beam == 1 else f"beam {self.beam}, length penalty {self.length_penalty:g}"
        numbers = "" if self.precision == "float32" else f", linear layers in {self.precision}"
        return f"{how}, at most {self.limit_factor} x source tokens + {self.limit_extra}{numbers}"
