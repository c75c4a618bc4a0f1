"""What `harness bench` is asked for, as checked data. Free of torch."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ..interfaces import INTERFACES, RESERVED, Interface
from ..registry import PluginSettings

SHORTEST = 2
"""Positions: a shorter row of a language model or a translation has no token of its own."""


class BenchSpec(BaseModel):
    """Models over lengths. rows: of a batch at every length; or batch_tokens, which decides them as in a comparison.

    cell_seconds: how long one model at one length may take for one kind of work. output: the folder written in.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, extra="forbid")

    models: tuple[str, ...]
    lengths: tuple[int, ...] = (32, 64, 128, 256, 512)
    interface: Literal["causal-lm", "sequence-to-sequence", "classify", "tag", "masked-lm"] = "causal-lm"
    parameters: int = Field(default=1_000_000, ge=1)
    match_size: Literal["params", "nonembedding", "none"] = "params"
    rows: int = Field(default=8, ge=1)
    batch_tokens: int | None = Field(default=None, ge=1)
    vocabulary: int = Field(default=1000, ge=len(RESERVED) + 2)
    repeats: int = Field(default=5, ge=1)
    cell_seconds: float = Field(default=30.0, gt=0)
    precision: Literal["auto", "float32", "bf16"] = "auto"
    device: str = "auto"
    threads: int = Field(default=1, ge=1)
    output: str = "reports/bench"
    command: str = ""
    plugins: PluginSettings = PluginSettings()

    @field_validator("lengths")
    @classmethod
    def _lengths_ascend(cls, lengths: tuple[int, ...]) -> tuple[int, ...]:
        if not lengths or min(lengths) < SHORTEST:
            raise ValueError(f"lengths are numbers of positions, each {SHORTEST} or more")
        return tuple(sorted(set(lengths)))

    @model_validator(mode="after")
    def _models_differ(self) -> BenchSpec:
        for model in self.models:
            if self.models.count(model) > 1:
                raise ValueError(f"the model {model!r} is named twice; name it once, or with different options")
        return self

    @property
    def kind(self) -> type[Interface]:
        """The interface."""
        return INTERFACES[self.interface]
