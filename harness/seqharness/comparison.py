"""A comparison: everything a report says, as pure data.

`results.json` is one `Comparison`. Reporters read nothing else. The schema is versioned: programs of other people
read it. Figures that are not defined are None, never NaN, so that the file is JSON for every reader.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1

RunStatus = Literal["done", "failed", "diverged", "interrupted"]


class Part(BaseModel):
    """Base of every part: unknown fields of a later minor version are ignored by readers."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class MetricInfo(Part):
    """A metric of a task. The first of a task is its primary one."""

    name: str
    label: str
    higher_is_better: bool
    signature: str = ""
    decimals: int = 2
    unit: str = ""
    solved: float | None = Field(default=None, description="a run with this score or a better one has solved the task")
    margin: float = Field(default=0.0, description="a rise by more than this from half to full budget is not converged")


class SplitInfo(Part):
    """Sizes of one split. tokens: real tokens of all fields."""

    name: str
    examples: int
    tokens: int


class TaskInfo(Part):
    """A task as it was compared. `task` is its full name with options, as everywhere in this file."""

    task: str
    summary: str
    interface: str
    metrics: list[MetricInfo]
    source: str
    tokenizer: str
    data_hash: str
    splits: list[SplitInfo]
    overlap: int = Field(default=0, description="test inputs that also stand in the training split")
    notes: list[str] = []
    axes: dict[str, str] = Field(default={}, description="slice axes, name -> title")
    selection: str = Field(default="", description="how a run's checkpoint was chosen on validation")
    decoding: str = Field(default="", description="how outputs were generated, the same for every model")


class ModelInfo(Part):
    """A model on a task. Rates and peaks are medians over its runs."""

    task: str
    model: str
    resolved: str = ""
    origin: str = ""
    paper: str = ""
    baseline: bool = False
    not_applicable: str | None = None
    config: dict[str, Any] = {}
    recipe: dict[str, Any] = {}
    parameters: int | None = None
    nonembedding_parameters: int | None = None
    target_parameters: int | None = None
    flops_per_token: float | None = Field(default=None, description="training, forward x 3; None: not counted")
    state_bytes: int | None = None
    training_tokens: float | None = None
    training_tokens_per_second: float | None = None
    decoding_sentences_per_second: float | None = None
    training_seconds: float | None = None
    peak_memory_bytes: int | None = None
    limit_share: float | None = Field(
        default=None, description="outputs that met the length limit, share over all seeds"
    )
    converged: bool | None = Field(default=None, description="None: not checked")
    half_budget_gain: float | None = Field(
        default=None, description="primary metric: full minus half budget, same seed"
    )


class Score(Part):
    """A figure of a model with its interval. values: one per seed, in the order of `seeds_used`."""

    task: str
    model: str
    metric: str
    mean: float | None
    low: float | None
    high: float | None
    seeds: int
    higher_is_better: bool
    values: list[float] = []
    median: float | None = None
    best: float | None = Field(default=None, description="of the seeds; never to be quoted without saying so")
    solved: float | None = Field(default=None, description="share of all runs that solved the task; None: not a probe")
    seeds_used: list[int] = []
    split: str = "test"
    interval: str = Field(default="", description="what the interval covers: 'seeds and examples' or 'examples only'")


class Pair(Part):
    """A paired comparison on a task's primary metric: difference = a - b."""

    task: str
    metric: str
    a: str
    b: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    verdict: str
    p_holm: float | None = None
    minimum_detectable: float | None = None
    seeds: int = 0
    decided: bool = False


class Run(Part):
    """One run. metrics: on the test split. reason: why it is not done."""

    task: str
    model: str
    seed: int
    status: RunStatus
    parameters: int | None
    metrics: dict[str, float | None]
    reason: str = ""
    role: Literal["compared", "baseline", "convergence"] = "compared"
    training_key: str = ""
    evaluation_key: str = ""
    training_tokens: int | None = None
    training_seconds: float | None = None
    chosen_at: float | None = Field(
        default=None, description="share of the budget at which the chosen checkpoint was taken"
    )
    validation: float | None = Field(default=None, description="primary metric on validation at the choice")
    attempts: int = 1


class Curve(Part):
    """A quantity over training. x: tokens seen."""

    task: str
    model: str
    seed: int
    quantity: str
    label: str
    x: list[float]
    y: list[float]


class SliceScore(Part):
    """A figure on a part of a test split. `order` sorts the values of an axis; n: examples in it. x: their mean on the
    axis where it has numbers."""

    task: str
    model: str
    axis: str
    value: str
    order: float
    n: int
    metric: str
    mean: float | None
    low: float | None
    high: float | None
    split: str = "test"
    x: float | None = None


class Trend(Part):
    """How the gap between two models, a - b, changes along a numeric axis: a weighted least-squares line through the
    gaps of its steps. slope: in the metric's unit for one unit of the axis."""

    task: str
    axis: str
    metric: str
    a: str
    b: str
    slope: float | None
    low: float | None
    high: float | None
    p: float | None
    words: str = Field(description="the same in a sentence")


class Reach(Part):
    """Where along a numeric axis a model's score falls short of `threshold`, interpolated between the steps tested.

    value: None where it never does (then it is beyond `tested`) or has no score. by_seed: the same for each run; None
    for a run that never falls short.
    """

    task: str
    model: str
    axis: str
    metric: str
    threshold: float
    value: float | None
    beyond: bool
    tested: float
    by_seed: list[float | None] = []


class Confusion(Part):
    """Which labels were taken for which on the main test split: counts, references down and outputs across, mean over
    the runs."""

    task: str
    model: str
    labels: list[str]
    counts: list[list[float]]


class Number(Part):
    """A figure with its name. description: what it says, in a sentence."""

    name: str
    label: str
    value: float | None
    unit: str = ""
    decimals: int = 3
    description: str = ""


class Line(Part):
    """Points joined by a line; None leaves a gap."""

    label: str
    x: list[float]
    y: list[float | None]


class Figure(Part):
    """Lines to be drawn in one frame, a model's own; the models of a comparison are drawn into one."""

    name: str
    title: str
    x_label: str
    y_label: str
    log_y: bool = False
    lines: list[Line]


class Map(Part):
    """A matrix [rows, columns] of weights, with a name for each row and column."""

    title: str
    rows: list[str]
    columns: list[str]
    values: list[list[float]]


class Findings(Part):
    """What one measurement of one run found."""

    numbers: list[Number] = []
    figures: list[Figure] = []
    maps: list[Map] = []
    texts: list[str] = []


class Finding(Part):
    """A measurement of a run. not_applicable: why it found nothing."""

    task: str
    model: str
    seed: int
    measurement: str
    summary: str = ""
    not_applicable: str | None = None
    findings: Findings = Findings()


class ExampleRow(Part):
    """An example side by side. outputs: model -> text, of the run with the lowest seed."""

    task: str
    index: int
    input: str
    reference: str
    outputs: dict[str, str]


class EqualRow(Part):
    """One line of 'what was held equal'. equal: False where it was not, which the report marks."""

    what: str
    rule: str
    value: str
    equal: bool = True


class Budget(Part):
    """How much training and what size every model got."""

    name: str
    tokens: int | None
    parameters: int | None
    note: str = Field(default="", description="words that must stand beside every verdict, such as 'at this budget'")


class Comparison(Part):
    """The whole. `command` does it again."""

    schema_version: int = SCHEMA_VERSION
    name: str
    created: str
    command: str
    headline: str
    verdicts: list[str]
    warnings: list[str] = []
    budget: Budget
    seeds: list[int]
    tasks: list[TaskInfo]
    models: list[ModelInfo]
    scores: list[Score]
    pairs: list[Pair]
    runs: list[Run]
    curves: list[Curve] = []
    slices: list[SliceScore] = []
    trends: list[Trend] = []
    reaches: list[Reach] = []
    findings: list[Finding] = []
    confusions: list[Confusion] = []
    examples: list[ExampleRow] = []
    equal: list[EqualRow] = []
    environment: dict[str, str] = {}
