"""What a model, a task, a reporter and their parts promise. Everything a plugin needs is named here or in `interfaces`.

Importing this file imports neither torch nor numpy's heavier friends: cards are listed without loading what they name.

Tensors: B rows, T target or input positions, S source positions, H width. Rows are padded on the right.
`lengths=None` means that every row is full. States and memories are pytrees (dict, list, tuple, NamedTuple) of tensors
with the batch first, because the engine, and never a model, reorders, repeats and drops their rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from .interfaces import Interface

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor, nn

    from .comparison import Comparison, Findings
    from .costs import Costs
    from .data.rows import Rows
    from .data.sources import DataSource, RemoteFile

    Array = npt.NDArray[np.float64]


class Options(BaseModel):
    """Options written after a name, `name:key=value`. A subclass lists them with types, defaults and reasons."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# ------------------------------------------------------------------------------------------------------------- models


class Config(Options):
    """Options that every network has. A model's own extend this; each default carries its reason."""

    width: int = Field(default=128, ge=1, description="width H of the features; solved for when a size is asked for")
    inner: int = Field(default=512, ge=1, description="inner size (feed-forward or hidden units); solved for as well")
    layers: int = Field(default=2, ge=1, description="layers of each part")
    dropout: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="share of units dropped in training; where it is not given, a comparison sets the same for all "
        "models: none under three passes over the data, 0.2 from there on",
    )
    tied: bool = Field(
        default=True, description="one matrix for embedding and output where shapes agree (Press & Wolf 2017)"
    )

    inner_ratio: ClassVar[float] = 4.0
    """The natural inner size as a multiple of the width: sizing keeps near to it."""

    def width_step(self) -> int:
        """The width must be a multiple of this (the number of heads, say)."""
        return 1


GRID_PROTOCOL = (
    "learning rate: the best of 1e-3, 1.7e-3, 3e-3, 5e-3 and 9e-3 by validation BLEU on translate at the quick budget, "
    "one seed, the same grid for every model (benchmarks/recipes.py); scaled by 1 / width elsewhere"
)
"""How the built-in recipes of this project were found."""

LABELS_GRID_PROTOCOL = (
    "learning rate: the best of 3e-4, 6e-4, 1e-3, 1.7e-3 and 3e-3 by validation accuracy on classify at the quick "
    "budget, one seed, as many trials as every model has (benchmarks/recipes.py); scaled by 1 / width elsewhere"
)
"""The same for models that do not translate."""


class Recipe(BaseModel):
    """How a network is optimised. An architecture brings its own; flags set a field for all models at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    optimizer: Literal["adamw", "adam", "sgd"] = "adamw"
    learning_rate: float = Field(default=1e-3, gt=0)
    reference_width: int | None = Field(default=None, ge=1, description="the rate is for this width; see `at_width`")
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = Field(default=0.01, ge=0)
    warmup: float = Field(default=0.08, ge=0, le=1, description="share of the steps over which the rate rises linearly")
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    clip: float = Field(default=1.0, ge=0, description="largest global norm of the gradient; 0 does not clip")
    label_smoothing: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="in training on sequence to sequence only, unless asked for elsewhere; never in a reported loss",
    )
    protocol: str = Field(default="not tuned", description="how these numbers were found; printed in the report")

    def at_width(self, width: int) -> Recipe:
        """The recipe for a network of this width: the rate falls as 1 / width, as Adam's best one does (Yang et al.
        2021, https://arxiv.org/abs/2203.03466). Without a reference width the rate is taken as it is."""
        if self.reference_width is None:
            return self
        rate = float(f"{self.learning_rate * self.reference_width / width:.3g}")
        return self.model_copy(update={"learning_rate": rate, "reference_width": None})


Builder = Callable[[Any, Any], "nn.Module"]
"""(config, interface) -> network. May raise NotApplicable(reason)."""


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """A network that can be built for one or more interfaces."""

    config: type[Config]
    serves: Mapping[type[Interface], Builder]
    recipe: Recipe = field(default_factory=Recipe)
    describe: Callable[[Any, Interface], str] | None = None
    """(config, interface) -> what the name resolved to: 'encoder-decoder, 2 + 2 layers, 4 heads'."""


@dataclass(frozen=True)
class Split:
    """A split as a baseline sees it. examples: raw; rows: their token ids by field, as networks get them (no PAD, BOS
    or EOS among them)."""

    examples: Sequence[Example]
    rows: Mapping[str, Rows]

    def __len__(self) -> int:
        return len(self.examples)


@runtime_checkable
class Baseline(Protocol):
    """A model outside the training engine. `rng` is the only source of chance. One that chooses something on validation
    may have a property `chosen`, which says in a few words what: 'order 4'."""

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None: ...

    def predict(self, split: Split) -> list[Prediction]:
        """One prediction an example, without looking at its target but to score it (`losses`). `output` is what the
        task compares, or a list of ids, which the task's codec turns into that, as it does for networks."""

    @property
    def parameters(self) -> int:
        """Numbers learned from data."""


@dataclass(frozen=True, kw_only=True)
class BaselineArchitecture:
    """A baseline that can be built for one or more interfaces. `random`: whether another seed gives another result."""

    config: type[Options]
    serves: Mapping[type[Interface], Callable[[Any, Any], Baseline]]
    random: bool = False


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """The card of a model, free of torch. `load` imports the model's file and returns what it offers."""

    name: str
    summary: str
    interfaces: tuple[type[Interface], ...]
    load: Callable[[], Architecture | BaselineArchitecture]
    paper: str = ""
    baseline: bool = False


class Reader(Protocol):
    """Network for Classify (features [B, H]), Tag and MaskedLM (features [B, T, H])."""

    output: nn.Module

    def __call__(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor: ...


class Language(Protocol):
    """Network for CausalLM. The state returned is the one after each row's last real token."""

    output: nn.Module

    def __call__(self, tokens: Tensor, lengths: Tensor | None = None, state: Any = None) -> tuple[Tensor, Any]:
        """tokens [B, T] -> features [B, T, H], state."""


class Seq2Seq(Protocol):
    """Network for SequenceToSequence. `decode` without a state and with a whole prefix is teacher forcing; with the
    state it returned and one more token it is incremental decoding."""

    output: nn.Module

    def encode(self, source: Tensor, lengths: Tensor | None = None) -> Any:
        """source [B, S] -> memory (a pytree of tensors, batch first)."""

    def decode(
        self, target: Tensor, memory: Any, state: Any = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Any]:
        """target [B, T], which begins with BOS -> features [B, T, H], state."""


# -------------------------------------------------------------------------------------------------------------- tasks


@dataclass(frozen=True, slots=True)
class Example:
    """One problem of a task.

    slices: what kind of example it is, by axis; a value is text, a number, or several labels of which all hold.
    scored: positions that count, where not all do. group: the document or other unit it belongs to.
    """

    input: Any
    target: Any
    slices: Mapping[str, str | float | tuple[str, ...]] = field(default_factory=dict)
    scored: tuple[int, ...] | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says to one example.

    output: label, tags or text. losses: negative log-likelihood in nats of each scored token (end of sequence
    included), teacher-forced. finished: False where generation met the length limit. tokens: how many were generated.
    """

    output: Any = None
    losses: tuple[float, ...] | None = None
    finished: bool = True
    tokens: int = 0
    probabilities: tuple[float, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A figure computed from sums of columns over examples, so that slices, intervals and resampling need no
    re-scoring.

    value: column sums [..., len(columns)] -> figure [...]; NaN where it is not defined.
    signature: the conditions it was computed under. decimals: how many to print. margin: a rise by more than this
    between half and full budget counts as not converged. solved: a run whose score is at this or better has solved the
    task (for probes, whose runs succeed or fail); None where no score means that. lowest, highest: no score lies beyond
    them, so that intervals are cut there; None: 0 and 100 where the unit is '%', else no bound. A metric in per cent
    that is no share says so with an infinite bound.
    """

    name: str
    label: str
    columns: tuple[str, ...]
    value: Callable[[Array], Array]
    higher_is_better: bool
    signature: str = ""
    decimals: int = 2
    unit: str = ""
    margin: float = 0.0
    solved: float | None = None
    lowest: float | None = None
    highest: float | None = None

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest score that there can be; infinite where nothing bounds it."""
        low, high = (0.0, 100.0) if self.unit == "%" else (-math.inf, math.inf)
        return low if self.lowest is None else self.lowest, high if self.highest is None else self.highest


def columns_of(metrics: Sequence[Metric]) -> tuple[str, ...]:
    """The columns of some metrics in their order; one that two share stands once."""
    return tuple(dict.fromkeys(name for metric in metrics for name in metric.columns))


@dataclass(frozen=True)
class Data:
    """What a task loaded: examples by split ('train', 'validation', 'test', further tests such as 'length=80').

    notes: what a reader must know (how a part was split off, repeats, ...). source: where it came from.
    files: sha256 of each file read, by its name.
    """

    splits: Mapping[str, Sequence[Example]]
    source: str
    notes: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()


class Codec(Protocol):
    """Between examples and token ids; learned on the training split only. It can be saved and loaded without torch."""

    def encode(self, examples: Sequence[Example]) -> dict[str, Rows]:
        """Rows of ids by field: 'source' and 'target', 'tokens' and 'label', ... No PAD, BOS or EOS: the engine's."""

    def decode(self, ids: Sequence[Sequence[int]]) -> list[Any]:
        """Generated rows of ids (reserved ones removed) -> outputs as `Prediction.output` has them."""

    def interface(self, longest: Mapping[str, int]) -> Interface:
        """What a model sees; `longest`: the longest row of any split, by field."""

    def describe(self) -> str:
        """One line for the report: 'joint BPE, 4,000 types'."""

    def save(self, folder: Path) -> None: ...


@dataclass(frozen=True)
class Axis:
    """A kind of slice: what examples are told apart by. title: what its values are, for a table's head.

    edges: for numbers, the last value of each step ((5, 10): up to 5, up to 10, above); without them every value is a
    part of its own. Only along numbers can a gap between two models be said to grow.
    """

    title: str
    edges: tuple[float, ...] = ()


class Task(Protocol):
    """A problem with data and metrics, built from its options.

    metrics[0] is the primary one: runs are chosen by it on validation and verdicts are given on it on test.
    axes: slices to draw or tabulate, by the name they have in `Example.slices`.
    baselines: names of the models that stand in every table. measurements: names of those made without being asked for.

    `harness show task` also prints two things that a task may have: `contract`, a text that says exactly what is asked,
    and examples by `samples(count)`, drawn without loading the data. Else it prints how the class's docstring begins.
    """

    metrics: Sequence[Metric]
    measurements: Sequence[str]
    axes: Mapping[str, str | Axis]
    baselines: Sequence[str]

    def fingerprint(self, source: DataSource) -> Mapping[str, str]:
        """What decides the content of the data, found without loading it: sha256 of files, version of a generator."""

    def load(self, source: DataSource) -> Data: ...

    def codec(self, data: Data) -> Codec: ...

    def load_codec(self, folder: Path) -> Codec: ...

    def statistics(
        self, examples: Sequence[Example], predictions: Sequence[Prediction], metrics: Sequence[Metric]
    ) -> Array:
        """[len(examples), len(columns_of(metrics))]: what each example adds to each sum, for some of the metrics."""

    def show(self, example: Example, prediction: Prediction | None = None) -> dict[str, str]:
        """An example as text, for the report: 'input', 'reference' and, with a prediction, 'output'."""


@dataclass(frozen=True, kw_only=True)
class TaskSpec:
    """The card of a task. `load` imports its file and returns the class to call with the checked options.

    datasets: the files of every published data set that the task knows by name.
    """

    name: str
    summary: str
    interface: type[Interface]
    options: Callable[[], type[Options]]
    load: Callable[[], Callable[[Any], Task]]
    datasets: Callable[[], Mapping[str, Sequence[RemoteFile]]] = dict


# ------------------------------------------------------------------------------------------------------- measurements


class Trained(Protocol):
    """A trained network, as a measurement is given it. Nothing that a measurement does changes the run."""

    network: nn.Module
    interface: Interface
    device: Any

    def initial(self) -> nn.Module:
        """The same network with the weights it began with."""

    @property
    def splits(self) -> Sequence[str]:
        """Names of the test splits, the main one first."""

    def examples(self, split: str) -> Sequence[Example]: ...

    def rows(self, split: str) -> Mapping[str, Rows]:
        """Token ids by field, as the objective of the interface reads them."""

    def encode(self, examples: Sequence[Example]) -> Mapping[str, Rows]:
        """Token ids by field of examples that are in no split, by the tokenizer of the run."""

    def batch(self, rows: Mapping[str, Rows], indices: Sequence[int]) -> Any:
        """Padded tensors by name (see `training.objectives`)."""

    def scored(self, network: nn.Module, batch: Any) -> Any:
        """Features [M, H], targets [M] and rows [M] of the positions that count, teacher-forced."""

    def position_losses(self, network: nn.Module, scored: Any) -> Tensor:
        """[M]: the loss of each of them, with its gradient where that is on."""

    def losses(self, rows: Mapping[str, Rows]) -> list[tuple[float, ...]]:
        """Losses in nats of the scored positions of every row, in evaluation mode."""

    def generate(self, rows: Mapping[str, Rows], indices: Sequence[int]) -> list[list[int]]:
        """Ids generated for some sources, as the run's decoding says; sequence to sequence only."""

    def text(self, ids: Sequence[Sequence[int]]) -> list[Any]:
        """Ids as the task compares them."""

    def pieces(self, field: str, ids: Sequence[int]) -> list[str]:
        """A name for each id of a field, for the ends of a map: the text of that token alone."""


@dataclass(frozen=True, kw_only=True)
class MeasurementSpec:
    """The card of something looked at besides the score.

    load: gives `measure(trained, rng) -> Findings`, which may raise NotApplicable(reason). version: raised when what it
    computes changes. every_seed: False where one run (the lowest seed) shows enough.
    """

    name: str
    summary: str
    load: Callable[[], Callable[[Trained, np.random.Generator], Findings]]
    version: int = 1
    every_seed: bool = True


# -------------------------------------------------------------------------------------------------------- the others


@dataclass(frozen=True, kw_only=True)
class ReporterSpec:
    """The card of a reporter. `load()` gives `write(comparison, folder) -> files written`; `costs()`, where a reporter
    has it, the same for what `harness bench` measured."""

    name: str
    summary: str
    load: Callable[[], Callable[[Comparison, Path], Iterator[Path] | Sequence[Path]]]
    costs: Callable[[], Callable[[Costs, Path], Iterator[Path] | Sequence[Path]]] | None = None


class Tracker(Protocol):
    """Told of every event of every run, in the main process: for experiment trackers."""

    def event(self, run: Mapping[str, Any], event: Mapping[str, Any]) -> None: ...
