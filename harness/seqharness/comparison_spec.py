"""What a user asks for, as checked data: the same from the command line and from Python."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .decoding.settings import Decoding
from .registry import PluginSettings


class ComparisonSpec(BaseModel):
    """A comparison as asked for. Names are text with options: 'transformer:heads=4'.

    recipe: fields of `Recipe` that are set for all models. parameters: size to solve for (None: the budget's).
    match_size: 'params', or 'none' to leave every model at its own defaults. threads: of one run. jobs: runs at a time
    (None: one a core).
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, extra="forbid")

    models: tuple[str, ...]
    tasks: tuple[str, ...]
    seeds: int = Field(default=3, ge=1)
    budget: str = "quick"
    parameters: int | None = Field(default=None, ge=1)
    match_size: Literal["params", "none"] = "params"
    batch_tokens: int | None = Field(default=None, ge=1)
    recipe: dict[str, Any] = {}
    decoding: Decoding = Decoding()
    validations: int = Field(default=8, ge=1)
    check_convergence: bool = False
    device: str = "auto"
    precision: Literal["auto", "float32", "bf16"] = "auto"
    threads: int = Field(default=1, ge=1)
    jobs: int | None = Field(default=None, ge=1)
    executor: str = "local"
    reporters: tuple[str, ...] | None = None
    store: str = "runs"
    output: str = "reports"
    name: str | None = None
    command: str = ""
    plugins: PluginSettings = PluginSettings()
