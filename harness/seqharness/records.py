"""What a finished run leaves behind, as data. Analysis and reports read nothing else. Free of torch."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from .comparison import RunStatus
from .contracts import Recipe
from .decoding.settings import Decoding
from .registry import PluginSettings

RECORD_SCHEMA = 1

Role = Literal["compared", "baseline", "convergence", "trial"]
Precision = Literal["float32", "bf16"]


Matched = Literal["parameters", "nonembedding_parameters", "flops_per_token"]
"""What models are made equal in."""


class StateBytes(BaseModel):
    """What decoding carries from token to token, in bytes a row: at the mean lengths of the task (`total`), and the
    line through it over the length of the context and of the source."""

    total: int
    fixed: int
    per_context_token: float
    per_source_token: float


class Sizing(BaseModel):
    """How large a model came out. target: what was asked for of `matched`, and deviation: (size - target) / target, 0
    without a target. flops_per_token: training, forward x 3, None where not counted.
    flops_measured: they depend on the data and are counted after training (`TrainingRecord.flops_per_token`)."""

    parameters: int
    nonembedding_parameters: int
    target: int | None = None
    matched: Matched = "parameters"
    deviation: float = 0.0
    flops_per_token: float | None = None
    flops_measured: bool = False
    state: StateBytes | None = None


SELECTION_EXAMPLES = 500
"""Validation examples that are decoded to choose a checkpoint; the loss is taken on the same ones."""

SELECTION_TOKENS = 20_000
"""Real tokens that these examples have at most: of long rows, fewer are looked at, or validation takes as long as
training."""


LEAST_ROWS = 6
"""Rows of a training batch, if need be with up to twice its tokens: with three rows of 120 tokens a recurrent network
spends 1.4 times as long on a token, for its products are of three rows."""


class Pretraining(BaseModel):
    """A first phase on the task's own text. kind: masked or autoregressive; tokens: real tokens seen in it."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["mlm", "lm"]
    tokens: int


class TrainingSettings(BaseModel):
    """What decides the numerics of a training, next to network and data. tokens: real tokens seen on the task itself;
    those of a pretraining come on top. least_rows: of a batch, as long as they have no more than twice `batch_tokens`.
    patience: validations without a better score after which training ends early."""

    model_config = ConfigDict(frozen=True)

    recipe: Recipe
    tokens: int
    batch_tokens: int
    least_rows: int = LEAST_ROWS
    seed: int
    precision: Precision = "float32"
    validations: int = 8
    pretraining: Pretraining | None = None
    patience: int | None = None


class Trial(BaseModel):
    """What a trial of a tuning sets; None leaves the recipe's or the budget's own."""

    model_config = ConfigDict(frozen=True)

    learning_rate: float
    dropout: float | None = None
    warmup: float | None = None


class RunSpec(BaseModel):
    """One model x one task x one seed x one recipe x one budget, with all that is needed to execute it elsewhere.

    settings: None for a model without gradient descent. train_examples: of the training split; None: all. identity:
    what can change the result, readable; its hash is `training_key`. Paths and plugin settings are in no key.
    """

    model_config = ConfigDict(frozen=True)

    task: str
    model: str
    seed: int
    role: Role = "compared"
    config: dict[str, Any]
    settings: TrainingSettings | None = None
    tokens: int
    train_examples: int | None = None
    device: str = "cpu"
    threads: int = 1
    decoding: Decoding = Decoding()
    measurements: tuple[str, ...] = ()
    sizing: Sizing | None = None
    resolved: str = ""
    origin: str = ""
    identity: dict[str, Any]
    training_key: str
    evaluation_key: str
    prepared: str
    store: str
    plugins: PluginSettings = PluginSettings()

    @property
    def flops(self) -> float:
        """Of the whole training; 0 where they are not counted."""
        return self.tokens * (self.sizing.flops_per_token or 0.0) if self.sizing else 0.0

    @property
    def label(self) -> str:
        """'lstm on translate, seed 1'."""
        size = f" with {self.train_examples:,} examples" if self.train_examples is not None else ""
        if self.role == "trial":
            rate = f"{self.settings.recipe.learning_rate:g}" if self.settings else ""
            return f"{self.model} on {self.task}{size}, trial at learning rate {rate}"
        half = ", half budget" if self.role == "convergence" else ""
        return f"{self.model} on {self.task}{size}, seed {self.seed}{half}"


class PretrainingRecord(BaseModel):
    """How a pretraining went. share: of the network's parameters that it gave; validation: loss in nats per token."""

    kind: Literal["mlm", "lm"]
    tokens: int
    seconds: float
    validation_seconds: float = 0.0
    chosen_tokens: int = 0
    validation: float | None = None
    share: float = 0.0
    history: list[dict[str, Any]] = []
    weights_sha256: str = ""


class TrainingRecord(BaseModel):
    """`record.json` of a run: what was trained, and how it went. Rates are of the training loop alone; tokens, steps,
    seconds and history are those on the task itself, without a pretraining."""

    record_schema: int = RECORD_SCHEMA
    status: RunStatus
    reason: str = ""
    spec: RunSpec
    tokens: int = 0
    steps: int = 0
    epochs: float = 0.0
    seconds: float = 0.0
    validation_seconds: float = 0.0
    chosen_tokens: int = 0
    validation: float | None = None
    history: list[dict[str, Any]] = []
    pretraining: PretrainingRecord | None = None
    weights_sha256: str = ""
    baseline_parameters: int | None = None
    baseline_choice: str = ""
    flops_per_token: float | None = None
    peak_memory_bytes: int = 0
    attempts: int = 1
    environment: dict[str, str] = {}

    @property
    def score(self) -> float | None:
        """On validation, of the checkpoint chosen; None where the training diverged."""
        return self.validation if self.status == "done" else None


class DecodingCost(BaseModel):
    """The primary metric of the first outputs of a split, as they were decoded and as float32 decodes them."""

    examples: int
    score: float
    at_float32: float


class SplitResult(BaseModel):
    """Figures of a run on one test split. seconds: to make the outputs, without losses and scores. decoding_cost: None
    where outputs were decoded in float32."""

    examples: int
    metrics: dict[str, float | None]
    seconds: float
    limit_share: float | None = None
    decoding_cost: DecodingCost | None = None


class EvaluationRecord(BaseModel):
    """`record.json` of an evaluation of a run. Tables and outputs lie beside it, a file a split."""

    record_schema: int = RECORD_SCHEMA
    key: str
    training_key: str
    decoding: Decoding
    measurements: tuple[str, ...] = ()
    splits: dict[str, SplitResult]
    peak_memory_bytes: int = 0
    environment: dict[str, str] = {}


class Failure(BaseModel):
    """A run that left no record: why. Not stored in the place of a result, so the next command tries again."""

    status: RunStatus
    reason: str
    attempts: int = 1
