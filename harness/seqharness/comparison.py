"""A comparison: everything a report says, as pure data.

`results.json` is one `Comparison`. Reporters read nothing else. The schema is versioned: programs of other people
read it. Figures that are not defined are None, never NaN, so that the file is JSON for every reader.

`SCHEMA_VERSION` rises when a program that reads the file could break or go wrong: a field is removed, renamed or made
required, or its type, unit or meaning changes. It stays when a field with a default is added or a description is
bettered: readers ignore what they do not know. Files of all earlier versions can be read; one of a later version is
refused. `harness schema` prints the schema; every field has a description, and docs/results.md is made of them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1

RunStatus = Literal["done", "failed", "diverged", "interrupted"]

TaskName = Annotated[str, Field(description="the task's full name with options")]
ModelName = Annotated[str, Field(description="the model's full name with options")]
MetricName = Annotated[str, Field(description="a metric of the task")]
SplitName = Annotated[str, Field(description="the test split")]
AxisName = Annotated[str, Field(description="an axis of the task")]
Seed = Annotated[int, Field(description="of the run")]
Mean = Annotated[float | None, Field(description="over seeds; None where it is not defined")]
Low = Annotated[float | None, Field(description="lower limit of the 95 % interval")]
High = Annotated[float | None, Field(description="upper limit of the 95 % interval")]


class Part(BaseModel):
    """Base of every part: fields that a reader does not know are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class MetricInfo(Part):
    """A metric of a task. The first of a task is its primary one."""

    name: str = Field(description="how the metric is named everywhere in this file")
    label: str = Field(description="what people call it: BLEU")
    higher_is_better: bool = Field(description="whether a larger figure is a better one")
    signature: str = Field(
        default="",
        description="how exactly it was computed, with the version of the library; empty where nothing varies",
    )
    decimals: int = Field(default=2, description="digits after the point that are shown")
    unit: str = Field(default="", description="'%' and the like; empty where there is none")
    solved: float | None = Field(default=None, description="a run with this score or a better one has solved the task")
    margin: float = Field(default=0.0, description="a rise by more than this from half to full budget is not converged")
    lowest: float | None = Field(default=None, description="no score is below; intervals are cut there; None: no bound")
    highest: float | None = Field(
        default=None, description="no score is above; intervals are cut there; None: no bound"
    )


class SplitInfo(Part):
    """Sizes of one split. tokens: real tokens of all fields."""

    name: str = Field(description="train, validation, test, or a further test split of the task")
    examples: int = Field(description="how many there are")
    tokens: int = Field(description="real tokens of all fields, no padding")


class TaskInfo(Part):
    """A task as it was compared. `task` is its full name with options, as everywhere in this file."""

    task: TaskName
    summary: str = Field(description="what the task is, in a sentence")
    interface: str = Field(
        description="the shape of the problem: classify, tag, causal-lm, masked-lm, sequence-to-sequence"
    )
    metrics: list[MetricInfo] = Field(description="the primary one first")
    source: str = Field(description="where the examples come from")
    tokenizer: str = Field(description="how text becomes tokens, the same for every model")
    data_hash: str = Field(
        description="sha256 of the examples, their splits and the tokenizer; the same hash is the same data"
    )
    splits: list[SplitInfo] = Field(description="their sizes")
    overlap: int = Field(default=0, description="test inputs that also stand in the training split")
    notes: list[str] = Field(default=[], description="what a reader must know about the data")
    axes: dict[str, str] = Field(default={}, description="slice axes, name -> title")
    selection: str = Field(default="", description="how a run's checkpoint was chosen on validation")
    decoding: str = Field(default="", description="how outputs were generated, the same for every model")


class ModelInfo(Part):
    """A model on a task. Rates and times are medians over its runs."""

    task: TaskName
    model: ModelName
    resolved: str = Field(
        default="", description="what was built: the shape that was chosen for the task and its layers"
    )
    origin: str = Field(default="", description="the distribution and version, or the file, that the model comes from")
    paper: str = Field(default="", description="the paper that it implements")
    chosen: str = Field(default="", description="what a baseline chose on validation while it was fitted")
    baseline: bool = Field(default=False, description="shown for reference, in no test")
    not_applicable: str | None = Field(default=None, description="why the model cannot do this task; None where it can")
    config: dict[str, Any] = Field(default={}, description="options of the model, as they were resolved and sized")
    recipe: dict[str, Any] = Field(
        default={}, description="settings of its training; `protocol` says how they were found"
    )
    parameters: int | None = Field(default=None, description="all that are trained")
    nonembedding_parameters: int | None = Field(default=None, description="without embeddings and the output layer")
    target_parameters: int | None = Field(default=None, description="the size that was asked for")
    flops_per_token: float | None = Field(default=None, description="training, forward x 3; None: not counted")
    matched: str | None = Field(default=None, description="what --match-size made equal; None: a baseline")
    size_deviation: float | None = Field(default=None, description="of it, (size - target) / target")
    state_bytes: int | None = Field(
        default=None, description="what generation carries from step to step, for a row of the task's mean lengths"
    )
    state_bytes_fixed: int | None = Field(default=None, description="of them, what does not grow with length")
    state_bytes_per_token: float | None = Field(default=None, description="growth with a token of context")
    state_bytes_per_source_token: float | None = Field(default=None, description="growth with a token of the source")
    planned_tokens: int | None = Field(default=None, description="the budget of a training, in tokens")
    training_tokens: float | None = Field(
        default=None, description="tokens seen in training, source plus target, no padding"
    )
    training_tokens_per_second: float | None = Field(default=None, description="speed of training")
    decoding_sentences_per_second: float | None = Field(
        default=None, description="speed of evaluation on the test split"
    )
    training_seconds: float | None = Field(default=None, description="validation left out")
    peak_memory_bytes: int | None = Field(default=None, description="the largest of all runs")
    limit_share: float | None = Field(
        default=None, description="outputs that met the length limit, share over all seeds"
    )
    decoding_cost: float | None = Field(
        default=None,
        description="primary metric as decoded minus as decoded in float32, on the first examples of the test split, "
        "mean over seeds; None: it was float32",
    )
    decoding_cost_examples: int | None = Field(default=None, description="how many examples that is")
    converged: bool | None = Field(default=None, description="None: not checked")
    half_budget_gain: float | None = Field(
        default=None, description="primary metric: full minus half budget, same seed"
    )


class Score(Part):
    """A figure of a model with its interval. values: one per seed, in the order of `seeds_used`."""

    task: TaskName
    model: ModelName
    metric: MetricName
    mean: float | None = Field(description="over the seeds that ended; None where the metric is not defined")
    low: Low
    high: High
    seeds: int = Field(description="runs in the mean")
    higher_is_better: bool = Field(description="as in the metric")
    values: list[float] = Field(default=[], description="one for each of `seeds_used`, in that order")
    median: float | None = Field(default=None, description="over the same runs")
    best: float | None = Field(default=None, description="of the seeds; never to be quoted without saying so")
    solved: float | None = Field(default=None, description="share of all runs that solved the task; None: not a probe")
    solved_low: float | None = Field(
        default=None,
        description="95 % interval of that share over other seeds (Clopper & Pearson 1934); None: no chance",
    )
    solved_high: float | None = Field(default=None, description="its other end")
    seeds_used: list[int] = Field(default=[], description="seeds of the runs in the mean")
    split: SplitName = "test"
    interval: str = Field(default="", description="what the interval covers: 'seeds and examples' or 'examples only'")
    standard_error: float | None = Field(default=None, description="of the mean; None: not stored, or not defined")
    df: float | None = Field(default=None, description="degrees of freedom of the interval's t")


class Pair(Part):
    """A paired comparison on a task's primary metric: difference = a - b."""

    task: TaskName
    metric: MetricName
    a: str = Field(description="a model's full name")
    b: str = Field(description="the other's")
    difference: float | None = Field(description="mean of a minus mean of b")
    low: Low
    high: High
    p: float | None = Field(description="two-sided; None where there is no ground for a verdict, as with one seed")
    verdict: str = Field(description="the same in a sentence")
    p_holm: float | None = Field(default=None, description="adjusted for all pairs and tasks of the comparison")
    minimum_detectable: float | None = Field(
        default=None, description="the difference that would have been found with 80 % power"
    )
    seeds: int = Field(default=0, description="of the model with fewer")
    decided: bool = Field(default=False, description="whether p_holm is below 0.05")
    p_examples: float | None = Field(
        default=None,
        description="one seed each: two-sided p of these two runs on other examples, by approximate randomisation; it "
        "says nothing of other seeds, hence nothing of the architectures. None with more seeds",
    )


class RankedModel(Part):
    """A model in a ranking."""

    model: ModelName
    mean_rank: float = Field(description="over the tasks of the ranking; 1: best, ties share the mean of their ranks")


class Ranking(Part):
    """Models ranked on several tasks by their primary scores (Friedman's test and Nemenyi's; Demšar 2006,
    https://jmlr.org/papers/v7/demsar06a.html). A task counts as one observation, whatever its size."""

    tasks: list[TaskName] = Field(description="on which every model of the ranking was run")
    models: list[RankedModel] = Field(description="best mean rank first")
    statistic: float | None = Field(
        default=None, description="Friedman's chi-square; None: too few tasks or models for a test"
    )
    p: float | None = Field(default=None, description="of Friedman's test: all models do equally well")
    critical_difference: float | None = Field(
        default=None, description="mean ranks that differ by less are not told apart at 5 % over all pairs (Nemenyi)"
    )
    groups: list[list[str]] = Field(
        default=[],
        description="models that are not told apart, best first; a model may be in several groups or in none",
    )
    words: str = Field(description="the same in sentences, with what was left out and why")


class Run(Part):
    """One run. metrics: on the test split. reason: why it is not done."""

    task: TaskName
    model: ModelName
    seed: Seed
    status: RunStatus = Field(description="done, or why there is no score")
    parameters: int | None = Field(description="all that are trained")
    metrics: dict[str, float | None] = Field(description="metric -> figure on the main test split")
    reason: str = Field(default="", description="why it is not done")
    role: Literal["compared", "baseline", "convergence", "trial"] = Field(
        default="compared", description="baseline: for reference; convergence: with half the budget, in no mean"
    )
    training_key: str = Field(
        default="", description="hash of all that training depends on; the same key is the same run"
    )
    evaluation_key: str = Field(default="", description="hash of that and all that evaluation depends on")
    budget_tokens: int | None = Field(default=None, description="tokens that it was allowed to see")
    train_examples: int | None = Field(default=None, description="of the training split; None: all of it")
    training_tokens: int | None = Field(default=None, description="tokens seen")
    training_seconds: float | None = Field(default=None, description="time of training")
    chosen_at: float | None = Field(
        default=None, description="share of the budget at which the chosen checkpoint was taken"
    )
    validation: float | None = Field(default=None, description="primary metric on validation at the choice")
    attempts: int = Field(default=1, description="how often it was started")


class Curve(Part):
    """A quantity over training. x: tokens seen."""

    task: TaskName
    model: ModelName
    seed: Seed
    quantity: str = Field(description="its name: validation_bleu, train_loss")
    label: str = Field(description="what people call it, with its unit")
    x: list[float] = Field(description="tokens seen")
    y: list[float] = Field(description="the quantity there")


class SliceScore(Part):
    """A figure on a part of a test split. `order` sorts the values of an axis; n: examples in it. x: their mean on the
    axis where it has numbers."""

    task: TaskName
    model: ModelName
    axis: AxisName
    value: str = Field(description="which part of the axis: 'up to 5', 'negation'")
    order: float = Field(description="sorts the parts of an axis")
    n: int = Field(description="examples in the part")
    metric: MetricName
    mean: Mean
    low: Low
    high: High
    split: SplitName = "test"
    x: float | None = Field(
        default=None, description="mean of the part's examples on the axis; None where the axis has no numbers"
    )


class Trend(Part):
    """How the gap between two models, a - b, changes along a numeric axis: a weighted least-squares line through the
    gaps of its steps. slope: in the metric's unit for one unit of the axis."""

    task: TaskName
    axis: AxisName
    metric: MetricName
    a: str = Field(description="a model's full name")
    b: str = Field(description="the other's")
    slope: float | None = Field(description="change of the gap, in the metric's unit, for one unit of the axis")
    low: Low
    high: High
    p: float | None = Field(description="two-sided, not adjusted")
    words: str = Field(description="the same in a sentence")


class Reach(Part):
    """Where along a numeric axis a model's score falls short of `threshold`, interpolated between the steps tested.

    value: None where it never does (then it is beyond `tested`) or has no score. by_seed: the same for each run; None
    for a run that never falls short.
    """

    task: TaskName
    model: ModelName
    axis: AxisName
    metric: MetricName
    threshold: float = Field(description="the score that counts as good enough")
    value: float | None = Field(
        description="where the score falls below it; None where it never does, or there is no score"
    )
    beyond: bool = Field(description="whether it never does as far as was tested")
    tested: float = Field(description="how far along the axis was tested")
    by_seed: list[float | None] = Field(
        default=[], description="the same for each run; None for one that never falls short"
    )


class TuningTrial(Part):
    """One try of a tuning."""

    learning_rate: float = Field(description="at the peak of the schedule")
    dropout: float | None = Field(default=None, description="None: left as it was")
    warmup: float | None = Field(default=None, description="share of the budget; None: left as it was")
    status: RunStatus = Field(description="done, or why there is no score")
    validation: float | None = Field(description="primary metric on validation of its best checkpoint")


class Tuning(Part):
    """The tuning of a model on a task: the same trials for every model, on validation only."""

    task: TaskName
    model: ModelName
    metric: MetricName
    train_examples: int | None = Field(default=None, description="of the training split; None: all of it")
    trials: list[TuningTrial] = Field(description="in the order they were made")
    chosen: int | None = Field(description="place of the best in `trials`, from 0; None: none has a score")
    expected: list[float | None] = Field(
        description="score to be expected of the best of n = 1 ... N such trials (Dodge et al. 2019)"
    )
    at_edge: bool = Field(description="the best learning rate is the lowest or highest tried")
    tokens: int = Field(description="of all trials")
    seconds: float = Field(description="of all trials, in training alone")


class SizeScore(Part):
    """A model's primary metric after training on part of the training split."""

    task: TaskName
    model: ModelName
    metric: MetricName
    examples: int = Field(description="trained on")
    baseline: bool = Field(default=False, description="shown for reference, in no test")
    mean: Mean
    low: Low
    high: High
    seeds: int = Field(description="runs in the mean")
    lost: int = Field(default=0, description="runs without a score")
    values: list[float] = Field(default=[], description="one for each seed")


class Crossing(Part):
    """Where the curves of two models over the amount of data cross."""

    task: TaskName
    metric: MetricName
    a: ModelName
    b: ModelName
    low: int | None = Field(
        default=None, description="training examples: the last size before; None: no sure change of the lead was seen"
    )
    high: int | None = Field(default=None, description="the first size after")
    words: str = Field(description="the same in a sentence")


class Confusion(Part):
    """Which labels were taken for which on the main test split: counts, references down and outputs across, mean over
    the runs."""

    task: TaskName
    model: ModelName
    labels: list[str] = Field(description="of rows and columns")
    counts: list[list[float]] = Field(description="references down, outputs across; mean over the runs")


class Number(Part):
    """A figure with its name. description: what it says, in a sentence."""

    name: str = Field(description="its name for programs")
    label: str = Field(description="its name for people")
    value: float | None = Field(description="None where it is not defined")
    unit: str = Field(default="", description="empty where there is none")
    decimals: int = Field(default=3, description="digits after the point that are shown")
    description: str = Field(default="", description="what it says, in a sentence")


class Line(Part):
    """Points joined by a line; None leaves a gap."""

    label: str = Field(description="what it shows")
    x: list[float] = Field(description="places")
    y: list[float | None] = Field(description="values there; None leaves a gap")


class Figure(Part):
    """Lines to be drawn in one frame, a model's own; the models of a comparison are drawn into one."""

    name: str = Field(description="figures of this name are drawn into one for all models")
    title: str = Field(description="what it shows")
    x_label: str = Field(description="with its unit")
    y_label: str = Field(description="with its unit")
    log_y: bool = Field(default=False, description="whether y is logarithmic")
    lines: list[Line] = Field(description="in the order of the legend")


class Map(Part):
    """A matrix [rows, columns] of weights, with a name for each row and column."""

    title: str = Field(description="what it shows")
    rows: list[str] = Field(description="a name for each row")
    columns: list[str] = Field(description="a name for each column")
    values: list[list[float]] = Field(description="[rows, columns]")


class Findings(Part):
    """What one measurement of one run found."""

    numbers: list[Number] = Field(default=[], description="figures with a name")
    figures: list[Figure] = Field(default=[], description="lines over an axis")
    maps: list[Map] = Field(default=[], description="matrices, as of attention")
    texts: list[str] = Field(default=[], description="samples and remarks")


class Finding(Part):
    """A measurement of a run. not_applicable: why it found nothing."""

    task: TaskName
    model: ModelName
    seed: Seed
    measurement: str = Field(description="its name, as in `harness list measurements`")
    summary: str = Field(default="", description="what was found, in a sentence")
    not_applicable: str | None = Field(default=None, description="why it found nothing; None where it did")
    findings: Findings = Field(default=Findings(), description="what was found")


class ExampleRow(Part):
    """An example side by side. outputs: model -> text, of the run with the lowest seed."""

    task: TaskName
    index: int = Field(description="its place in the test split")
    input: str = Field(description="as text")
    reference: str = Field(description="the right output, as text")
    outputs: dict[str, str] = Field(description="model -> text")


class EqualRow(Part):
    """One line of 'what was held equal'. equal: False where it was not, which the report marks."""

    what: str = Field(description="data, size, training, recipe, ...")
    rule: str = Field(description="what was to be the same")
    value: str = Field(description="what it was")
    equal: bool = Field(default=True, description="whether it was the same")


class Budget(Part):
    """How much training and what size every model got."""

    name: str = Field(description="as it was asked for: quick, 2M, 10epochs")
    tokens: int | None = Field(description="training tokens of every run; None where they differ")
    parameters: int | None = Field(description="size asked of every model; None where sizes were not matched")
    note: str = Field(default="", description="words that must stand beside every verdict, such as 'at this budget'")


class Comparison(Part):
    """The whole. `command` does it again."""

    schema_version: int = Field(default=SCHEMA_VERSION, description="rises where a reader could break or go wrong")
    name: str = Field(description="of the report and its folder")
    created: str = Field(description="ISO 8601, with the time zone")
    command: str = Field(description="does it again")
    headline: str = Field(description="the verdict in a sentence for each task")
    verdicts: list[str] = Field(description="one for each pair")
    warnings: list[str] = Field(default=[], description="what to beware of")
    budget: Budget = Field(description="how much training, and what size")
    seeds: list[int] = Field(description="asked for, of compared models")
    tasks: list[TaskInfo] = Field(description="in the order they were asked for")
    models: list[ModelInfo] = Field(description="one for each model and task")
    scores: list[Score] = Field(description="one for each task, test split, model and metric")
    pairs: list[Pair] = Field(description="one for each two compared models and task")
    ranking: Ranking | None = Field(default=None, description="over tasks; None for a single task or model")
    runs: list[Run] = Field(description="all of them, also those that failed")
    curves: list[Curve] = Field(default=[], description="learning curves")
    slices: list[SliceScore] = Field(default=[], description="scores on parts of the test splits")
    trends: list[Trend] = Field(default=[], description="how gaps change along an axis")
    reaches: list[Reach] = Field(default=[], description="how far along an axis a task is solved")
    findings: list[Finding] = Field(default=[], description="of measurements")
    tunings: list[Tuning] = Field(default=[], description="what --tune tried")
    sizes: list[SizeScore] = Field(default=[], description="scores over the amount of training data, all sizes")
    crossings: list[Crossing] = Field(default=[], description="where the curves over the amount of data cross")
    size_runs: list[Run] = Field(default=[], description="runs at smaller training sizes than that of `runs`")
    reference: str | None = Field(default=None, description="the model that all others are compared with; None: each")
    confusions: list[Confusion] = Field(default=[], description="for classification with few labels")
    examples: list[ExampleRow] = Field(default=[], description="outputs side by side")
    equal: list[EqualRow] = Field(default=[], description="what was held equal, and what was not")
    environment: dict[str, str] = Field(default={}, description="versions, device, precision, threads")
