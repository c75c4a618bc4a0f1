"""What all probes share: splits, repeats and the contract. A probe says what its examples are; what goes with the
interface it uses is in `kinds`.

Rows are texts of symbols between spaces, and so are answers.
"""

from __future__ import annotations

import inspect
import zlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from seqharness.contracts import Axis, Data, Example, Metric, Prediction
from seqharness.data.sources import DataSource
from seqharness.errors import UserError

from .codecs import ProbeCodec
from .metrics import symbol_statistics
from .options import ProbeOptions

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]


class Probe(ABC):
    """A generated task whose first axis is a length or a distance.

    name: as on the card. axes: the first is what `length` means. disjoint: whether no input of another split may stand
    in training; where rows are short they are bound to, and it is counted instead.
    """

    name: ClassVar[str]
    metrics: Sequence[Metric]
    axes: Mapping[str, str | Axis] = {"length": Axis("symbols of the row")}
    baselines: Sequence[str] = ("chance", "majority")
    measurements: Sequence[str] = ()
    disjoint: ClassVar[bool] = False

    def __init__(self, options: ProbeOptions) -> None:
        self.options = options

    # ----------------------------------------------------------------------------------------- what a probe has to say

    @abstractmethod
    def unit(self, rng: np.random.Generator, length: int) -> tuple[Example, ...]:
        """`unit_size` examples that are drawn together, with their slices on the axes other than the first. `rng` is
        the only source of chance."""

    @property
    @abstractmethod
    def unit_size(self) -> int:
        """How many examples a unit has."""

    @property
    @abstractmethod
    def chance(self) -> Mapping[str, float]:
        """What knowing nothing of the row is worth, by name of a metric."""

    @abstractmethod
    def new_codec(self) -> ProbeCodec:
        """The codec of these options."""

    # -------------------------------------------------------------------------------------------------------- contract

    @property
    def axis(self) -> str:
        """Name of the first axis."""
        return next(iter(self.axes))

    @property
    def contract(self) -> str:
        """What is asked, exactly: the docstring, and where options are given the figures that follow from them."""
        text = inspect.cleandoc(type(self).__doc__ or "")
        words = " ".join(text.split())
        stated = all(figure in words for figure in self.figures())
        return text if stated else "\n".join([text, "", "With the options given:", *self.figures()])

    def figures(self) -> tuple[str, ...]:
        """Lengths, numbers of examples and chance as sentences: those of the docstring, where options are defaults."""
        options = self.options
        beyond = f"; beyond: {_listed(options.longer)}" if options.longer else ""
        chance = [
            f"{metric.label} {self.chance[metric.name]:.{metric.decimals}f}{' ' if metric.unit else ''}{metric.unit}"
            for metric in self.metrics
            if metric.name in self.chance
        ]
        each = self.axis if self.axis == "length" else f"number of {self.axis}"
        spread = f", of a {each} in inverse proportion to it" if len(options.lengths) > 1 else ""
        trained = sum(self.trained().values())
        return (
            f"{self.axis.capitalize()}: {_listed(options.lengths)} in training, validation and test{beyond}.",
            f"Examples: {trained:,} in training{spread}; {self._tested:,} for each {each} elsewhere.",
            f"Chance: {', '.join(chance)}.",
        )

    # ------------------------------------------------------------------------------------------------------------ data

    def fingerprint(self, source: DataSource) -> dict[str, str]:
        """No files: the options and the source code decide."""
        return {}

    def load(self, source: DataSource) -> Data:
        """Examples drawn by PCG64 from (seed, split, length) alone. UserError where `train` is too small."""
        options = self.options
        trained, tested = self.trained(), self._tested
        if not min(trained.values()):
            least = ceil(self.unit_size / min(shares(options.lengths).values()))
            raise UserError(f"train={options.train} is too few for {self.name}: it takes {least:,} or more.")
        held = {part: self._drawn(part, dict.fromkeys(options.lengths, tested)) for part in ("validation", "test")}
        if options.longer:
            held["beyond"] = self._drawn("beyond", dict.fromkeys(options.longer, tested))
        taken = {example.input for part in held.values() for example in part} if self.disjoint else ()
        train = self._drawn("train", trained, taken)
        splits = {"train": [replace(example, slices={}, group=None) for example in train], **held}
        return Data(splits, f"generated: {self.name}, seed {options.seed}", repeats(splits))

    def samples(self, count: int) -> list[Example]:
        """Examples of the test without the rest of it: of the shortest length, the longest trained on, and some
        between; each from another place in its unit, so that answers differ."""
        lengths = self.options.lengths
        chosen = sorted({lengths[(len(lengths) - 1) * place // max(count - 1, 1)] for place in range(count)})
        found = []
        for place, length in enumerate(chosen):
            example = self.unit(self._generator("test", length), length)[place % self.unit_size]
            found.append(replace(example, slices={self.axis: length, **example.slices}))
        return found

    def trained(self) -> dict[int, int]:
        """Training examples of each length, in whole units.

        They are in inverse proportion to the length, so that each length has the same share of the symbols, and of the
        batches, which hold rows of like length. With equally many of each, most batches are of long rows, which teach
        nothing before short ones are learned: on parity an RNN was still at chance after 800,000 tokens.
        """
        size = self.unit_size
        return {
            length: int(self.options.train * share / size) * size
            for length, share in shares(self.options.lengths).items()
        }

    @property
    def _tested(self) -> int:
        """Other examples of each length and split: `per_length`, rounded up to whole units."""
        return -(-self.options.per_length // self.unit_size) * self.unit_size

    def _drawn(self, part: str, counts: Mapping[int, int], taken: Collection[str] = ()) -> list[Example]:
        """So many examples of each length, in random order. A unit that has an input in `taken` is drawn again."""
        examples: list[Example] = []
        for length, count in counts.items():
            rng = self._generator(part, length)
            for _ in range(count // self.unit_size):
                unit = self.unit(rng, length)
                while any(example.input in taken for example in unit):
                    unit = self.unit(rng, length)
                examples += [replace(example, slices={self.axis: length, **example.slices}) for example in unit]
        order = self._generator(part, 0).permutation(len(examples)).tolist()
        return [examples[place] for place in order]

    def _generator(self, part: str, length: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64([self.options.seed, zlib.crc32(part.encode()), length]))

    # ---------------------------------------------------------------------------------------------- codec and figures

    def codec(self, data: Data) -> ProbeCodec:
        """Nothing is learned: the options say which symbols there are."""
        return self.new_codec()

    def load_codec(self, folder: Path) -> ProbeCodec:
        """What the codec's `save` wrote."""
        return type(self.new_codec()).load(folder)

    def answers(self, example: Example, text: str) -> list[str]:
        """The answers in a target or an output."""
        return text.split()

    def statistics(
        self, examples: Sequence[Example], predictions: Sequence[Prediction], metrics: Sequence[Metric]
    ) -> Array:
        """[len(examples), len(columns_of(metrics))]; NaN where a prediction has no output or no losses."""
        outputs = [
            None if prediction.output is None else self.answers(example, str(prediction.output))
            for example, prediction in zip(examples, predictions, strict=True)
        ]
        references = [self.answers(example, str(example.target)) for example in examples]
        return symbol_statistics(outputs, references, predictions, metrics)

    def show(self, example: Example, prediction: Prediction | None = None) -> dict[str, str]:
        """The row, the answers and what was said."""
        shown = {"input": str(example.input), "reference": " ".join(self.answers(example, str(example.target)))}
        if prediction is not None:
            said = prediction.output
            shown["output"] = "" if said is None else " ".join(self.answers(example, str(said)))
        return shown


def shares(lengths: Sequence[int]) -> dict[int, Fraction]:
    """Share of each length in the training examples: inverse to the length, and together 1."""
    total = sum(Fraction(1, length) for length in lengths)
    return {length: Fraction(1, length) / total for length in lengths}


def repeats(splits: Mapping[str, Sequence[Example]]) -> tuple[str, ...]:
    """How many inputs of training occur more than once, and how many of each other split stand in training."""
    train = [example.input for example in splits["train"]]
    seen = set(train)
    notes = []
    if len(seen) < len(train):
        notes.append(f"train: {len(train) - len(seen):,} of {len(train):,} inputs repeat an earlier one; kept")
    for part in (name for name in splits if name != "train"):
        known = sum(example.input in seen for example in splits[part])
        if known:
            notes.append(f"{part}: {known:,} of {len(splits[part]):,} inputs also stand in train; kept")
    return tuple(notes)


def _listed(values: Sequence[int]) -> str:
    """'1 to 40', '1 to 39 in steps of 2', or all of a few."""
    steps = {after - before for before, after in pairwise(values)}
    if len(values) <= 8 or len(steps) > 1:
        return ", ".join(map(str, values))
    return f"{values[0]} to {values[-1]}" + ("" if steps == {1} else f" in steps of {steps.pop()}")
