"""What models cost over the length of their rows, as pure data: everything that `harness bench` says.

`bench.json` is one `Costs`. `SCHEMA_VERSION` rises when a program that reads the file could break or go wrong; it stays
when a field with a default is added. What was not measured is None, with a status and a reason beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from .comparison import Part

SCHEMA_VERSION = 1

Work = Literal["training", "single", "batched"]
WORKS: tuple[Work, ...] = ("training", "single", "batched")
"""Steps of training; inference on one row at a time; inference on as many rows as a training batch has."""

SHARED = 0.9
"""Share of its threads' time below which a process had to leave the processor to other work."""

NOISY = 0.1
"""Interquartile range over the median from which on a time is marked."""

Status = Literal["measured", "not applicable", "out of memory", "out of time", "failed"]


class Spread(Part):
    """Of several repeats."""

    median: float = Field(description="of the repeats")
    low: float = Field(description="their first quartile")
    high: float = Field(description="their third quartile")


class Cell(Part):
    """One model at one length at one kind of work, measured in a process of its own."""

    model: str = Field(description="the model's full name with options")
    length: int = Field(description="positions of a row; of source and target each, where there are both")
    work: Work = Field(description="training (a step), single or batched (inference on one row, on several)")
    status: Status = Field(description="whether there are figures, and if not, what kind of reason")
    reason: str = Field(default="", description="why there are none")
    rows: int = Field(description="rows of a batch")
    tokens: int = Field(description="real tokens that a call trains on, generates or reads, all rows together")
    milliseconds: Spread | None = Field(default=None, description="of one call: a step, or inference on all rows")
    tokens_per_second: float | None = Field(default=None, description="at the median")
    cpu_share: float | None = Field(
        default=None, description="processor seconds over seconds: less than the threads where other work took turns"
    )
    peak_memory_bytes: int | None = Field(
        default=None, description="largest resident memory of the process; on a GPU, of its tensors"
    )
    idle_memory_bytes: int | None = Field(
        default=None, description="of that, what the process held before the network was built"
    )
    state_bytes: int | None = Field(
        default=None, description="what generation carries for a row that has reached this length, in float32"
    )

    @property
    def median(self) -> float | None:
        """Milliseconds of a call."""
        return None if self.milliseconds is None else self.milliseconds.median

    @property
    def milliseconds_per_token(self) -> Spread | None:
        """Time of a call over its tokens, those of all rows."""
        times = self.milliseconds
        if times is None:
            return None
        return Spread(**{name: value / self.tokens for name, value in times.model_dump().items()})

    @property
    def own_memory_bytes(self) -> int | None:
        """Peak above the idle process."""
        if self.peak_memory_bytes is None:
            return None
        return max(0, self.peak_memory_bytes - (self.idle_memory_bytes or 0))


class Growth(Part):
    """How the time for a row grows with its length n: as n ** exponent."""

    model: str = Field(description="the model's full name with options")
    work: Work = Field(description="training, single or batched")
    exponent: float = Field(description="slope of log(median time of a row) over log(length), by least squares")
    lengths: list[int] = Field(description="the lengths that the line was fitted on")


class ModelCosts(Part):
    """A model as it was measured."""

    model: str = Field(description="its full name with options")
    resolved: str = Field(default="", description="what the name stands for on this interface")
    parameters: int | None = Field(default=None, description="learned numbers; None where it is not applicable")
    deviation: float = Field(default=0.0, description="(size - size asked for) / size asked for; 0 where none was")
    not_applicable: str | None = Field(default=None, description="why it was not measured at any length")


class Conditions(Part):
    """What holds for every figure."""

    interface: str = Field(description="the shape of the problem")
    inference: Literal["generation", "evaluation"] = Field(
        description="what single and batched are: greedy generation of a whole row, or outputs for a given one"
    )
    vocabulary: int = Field(description="types of tokens; the tokens are drawn at random")
    rows: int | None = Field(description="rows of a batch at every length; None where batch_tokens decides")
    batch_tokens: int | None = Field(description="real tokens of a training batch, which decide its rows")
    match_size: Literal["params", "nonembedding", "none"] = Field(description="what models are made equal in")
    parameters: int | None = Field(description="the size asked for; None: every model as its defaults have it")
    repeats: int = Field(description="timings of every cell; models take turns")
    slice_seconds: float = Field(description="a timing lasts so long, or one call where that takes longer")
    cell_seconds: float = Field(description="a cell that takes longer is stopped")
    precision: Literal["float32", "bf16"] = Field(description="of the forward pass")
    device: str = Field(description="as torch names it")
    threads: int = Field(description="of a process")
    environment: dict[str, str] = Field(description="processor, system and versions")

    def called(self, work: Work) -> str:
        """The kind of work in words."""
        words = {
            "training": "training",
            "single": f"{self.inference} of one row",
            "batched": f"batched {self.inference}",
        }
        return words[work]

    @property
    def held(self) -> str:
        """What is held equal, and on which machine, in a line."""
        batch = f"{self.rows} rows" if self.rows else f"{self.batch_tokens:,} tokens"
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        processor = self.environment.get("processor", "")
        return (
            f"{self.interface}, vocabulary {self.vocabulary:,}, batches of {batch}; {self.precision} on {self.device} "
            f"({processor}), {threads}"
        )


class Costs(Part):
    """The whole. `command` does it again."""

    schema_version: int = Field(default=SCHEMA_VERSION, description="rises where a reader could break or go wrong")
    created: str = Field(description="ISO 8601, with the time zone")
    command: str = Field(description="does it again")
    conditions: Conditions = Field(description="what holds for every figure")
    lengths: list[int] = Field(description="positions of a row, ascending")
    models: list[ModelCosts] = Field(description="in the order they were asked for")
    cells: list[Cell] = Field(description="one for each model that is applicable, length and kind of work")
    growth: list[Growth] = Field(description="one for each model and kind of work with two lengths or more")
    warnings: list[str] = Field(default=[], description="what to beware of")

    def cell(self, model: str, length: int, work: Work) -> Cell | None:
        """The one of that model, length and work."""
        wanted = (model, length, work)
        return next((cell for cell in self.cells if (cell.model, cell.length, cell.work) == wanted), None)

    def exponent(self, model: str, work: Work) -> float | None:
        """The growth of that model and work."""
        found = (one.exponent for one in self.growth if (one.model, one.work) == (model, work))
        return next(found, None)

    @property
    def measured(self) -> Sequence[Cell]:
        """Cells with figures."""
        return [cell for cell in self.cells if cell.status == "measured"]

    @property
    def notes(self) -> list[str]:
        """How to read the figures, why some are missing, and what to beware of."""
        inference = {
            "generation": "generates greedily as many tokens as a row is long",
            "evaluation": "computes the outputs for given tokens",
        }
        lines = [
            f"Inference, on a single row or a batch, {inference[self.conditions.inference]}.",
            "Growth: the time for a row as a power of its length n, fitted on all lengths that were measured.",
            "Memory: the largest of the process in training above what it held before the network was built.",
        ]
        lines += self._spread()
        for reason, what in self.left_out.items():
            lines.append(f"{reason[:1].upper()}{reason[1:]} ({'; '.join(what)}).")
        return [*lines, *self.warnings]

    def _spread(self) -> list[str]:
        """How often each time was taken, and where that differed most."""
        repeats, widest = self.conditions.repeats, max(self.measured, key=relative_spread, default=None)
        if widest is None:
            return []
        if repeats == 1:
            return ["Each time was taken once: nothing says how exact it is."]
        where = f"{widest.model} at {widest.length}, {self.conditions.called(widest.work)}"
        return [
            f"Each time is the median of {repeats}. Their interquartile range is at most {relative_spread(widest):.0%} "
            f"of it ({where}); ~ marks those above {NOISY:.0%}."
        ]

    @property
    def left_out(self) -> dict[str, list[str]]:
        """What has no figures, by the reason: 'lstm', or 'lstm at 512, training'."""
        found: dict[str, list[str]] = {}
        for model in self.models:
            if model.not_applicable is not None:
                found.setdefault(f"not applicable: {model.not_applicable}", []).append(model.model)
        for name, length in dict.fromkeys((cell.model, cell.length) for cell in self.cells):
            alike: dict[str, list[str]] = {}
            for cell in self.cells:
                if (cell.model, cell.length) == (name, length) and cell.status != "measured":
                    alike.setdefault(f"{cell.status}: {cell.reason}", []).append(self.conditions.called(cell.work))
            for reason, works in alike.items():
                what = "" if len(works) == len(WORKS) else f", {' and '.join(works)}"
                found.setdefault(reason, []).append(f"{name} at {length}{what}")
        return found


def relative_spread(cell: Cell) -> float:
    """Interquartile range over the median; 0 where nothing was measured."""
    times = cell.milliseconds
    return 0.0 if times is None or not times.median else (times.high - times.low) / times.median
