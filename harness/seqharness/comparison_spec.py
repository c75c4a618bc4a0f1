"""What a user asks for, as checked data: the same from the command line and from Python."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from .decoding.settings import Decoding
from .registry import PluginSettings
from .specs import canonical, parse_name


class ComparisonSpec(BaseModel):
    """A comparison as asked for. Names are text with options: 'transformer:heads=4'.

    recipe: fields of `Recipe` that are set for all models. parameters: size to solve for (None: the budget's).
    match_size: 'params', 'nonembedding' (parameters outside the embeddings), 'flops' (a token's, of the first model),
    or 'none' to leave every model at its own defaults. match_training: 'tokens', 'flops' or 'time' (of the first
    model), or 'none': until the score on validation does not rise any more. patience: validations without a better
    score after which a training ends early. tune: trials of every model. tuner: how those beyond a grid of learning
    rates are chosen, drawn once for all or by what a model's earlier trials show. train_sizes: training examples, of a
    curve over the amount of data. reference: the model that all others are compared with (None: every pair). threads:
    of one run. jobs: runs at a time (None: one a core). measure: names of measurements made beside those of the tasks.
    pretrain: train first on the task's own text, for `pretrain_share` of the budget.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, extra="forbid")

    models: tuple[str, ...]
    tasks: tuple[str, ...]
    seeds: int = Field(default=3, ge=1)
    budget: str = "quick"
    parameters: int | None = Field(default=None, ge=1)
    match_size: Literal["params", "nonembedding", "flops", "none"] = "params"
    match_training: Literal["tokens", "flops", "time", "none"] = "tokens"
    patience: int | None = Field(default=None, ge=1)
    tune: int = Field(default=0, ge=0, le=200)
    tuner: Literal["grid", "optuna"] = "grid"
    train_sizes: tuple[int, ...] = ()
    reference: str | None = None
    batch_tokens: int | None = Field(default=None, ge=1)
    recipe: dict[str, Any] = {}
    decoding: Decoding = Decoding()
    measure: tuple[str, ...] = ()
    validations: int = Field(default=8, ge=1)
    pretrain: Literal["none", "mlm", "lm"] = "none"
    pretrain_share: float = Field(default=0.5, gt=0, lt=1)
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

    @field_validator("name")
    @classmethod
    def _name_is_a_folders(cls, name: str | None) -> str | None:
        if name is not None and (not re.fullmatch(r"[^/\\\0]{1,200}", name) or name.strip(". ") == ""):
            raise ValueError("a report's name is that of one folder: up to 200 characters and no / or \\ in it")
        return name

    @field_validator("train_sizes")
    @classmethod
    def _sizes_are_different(cls, sizes: tuple[int, ...]) -> tuple[int, ...]:
        if any(size < 1 for size in sizes) or len(set(sizes)) < len(sizes):
            raise ValueError("sizes are numbers of training examples, each 1 or more and named once")
        return sizes

    @property
    def report_name(self) -> str:
        """The report's folder: the name given, or models, tasks, budget and what else was asked for, in letters that
        every system takes; so that two comparisons that differ do not write over each other."""
        if self.name is not None:
            return self.name
        models, tasks = ("-".join(map(_slug, names))[:60].rstrip("-") for names in (self.models, self.tasks))
        return "-".join([f"{models}-on-{tasks}", _slug(self.budget), *self._differences()])

    def _differences(self) -> list[str]:
        """What differs from the defaults and changes the result: the usual ones in words, the rest as a hash."""
        told = [f"seeds{self.seeds}"] if self.seeds != 3 else []
        told += [f"params{self.parameters}"] if self.parameters is not None else []
        told += [f"beam{self.decoding.beam}"] if self.decoding.beam != 1 else []
        shown = {"decoding": {"beam"}}
        plain = {"models", "tasks", "budget", "seeds", "parameters", "name", "command", "store", "output", "plugins"}
        plain |= {"jobs", "executor", "reporters"}
        rest = self.model_dump(mode="json", exclude={**dict.fromkeys(plain, True), **shown}, exclude_defaults=True)
        rest = {key: value for key, value in rest.items() if value not in ({}, None)}
        return [*told, hashlib.sha256(canonical(rest).encode()).hexdigest()[:6]] if rest else told


def _slug(text: str) -> str:
    name = parse_name(text) if not re.fullmatch(r"[\w.]+", text) else None
    parts = [text] if name is None else [name.name, *(Path(value).name for _, value in name.options)]
    return "-".join(
        part for part in (re.sub(r"[^A-Za-z0-9.]+", "-", part).strip("-.") for part in parts) if part
    ).lower()
