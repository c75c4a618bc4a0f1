"""The kinds of probes: one for each interface that they use."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from seqharness.contracts import Example
from seqharness.interfaces import EOS, RESERVED
from seqharness.metrics.classification import accuracy, cross_entropy
from seqharness.metrics.likelihood import loss
from seqharness.metrics.text import exact_match

from .codecs import ClassifyCodec, LanguageCodec, PairCodec, TagCodec
from .metrics import answer_accuracy, solved
from .probe import Probe

BLANK = "_"
"""A position without anything to remember or to say."""

END = RESERVED[EOS]
"""How the end of a row is written where it is an answer."""


class SingleProbe(Probe):
    """A probe whose examples are drawn one by one."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, length: int) -> Example:
        """One example; `rng` is the only source of chance."""

    def unit(self, rng: np.random.Generator, length: int) -> tuple[Example, ...]:
        return (self.sample(rng, length),)

    @property
    def unit_size(self) -> int:
        return 1


class Classification(Probe):
    """One of `labels` for a row. Each label is as frequent at every length, so that length gives nothing away."""

    metrics = (solved(accuracy()), cross_entropy())
    labels: ClassVar[tuple[str, ...]]
    symbols: ClassVar[tuple[str, ...]]

    @property
    def unit_size(self) -> int:
        return len(self.labels)

    @property
    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 100 / len(self.labels)}

    def new_codec(self) -> ClassifyCodec:
        return ClassifyCodec(self.symbols, self.labels)


class ClassificationByLabel(Classification):
    """Classification whose examples are drawn one by one, for a label each."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, length: int, label: str) -> Example:
        """One example with that label; `rng` is the only source of chance."""

    def unit(self, rng: np.random.Generator, length: int) -> tuple[Example, ...]:
        return tuple(self.sample(rng, length, label) for label in self.labels)


class Tagging(SingleProbe):
    """A tag for every position from what stands up to it; those that are not BLANK are the answers."""

    baselines = ("memoryless",)
    symbols: ClassVar[tuple[str, ...]]
    tags: ClassVar[tuple[str, ...]]

    def answers(self, example: Example, text: str) -> list[str]:
        """The tags at the positions whose true tag is not BLANK."""
        return [tag for tag, true in zip(text.split(), example.target.split(), strict=True) if true != BLANK]

    def new_codec(self) -> TagCodec:
        return TagCodec(self.symbols, self.tags)


class NextSymbol(SingleProbe):
    """The next symbol where it is determined by what stands before it, teacher-forced: `scored` says where."""

    @property
    @abstractmethod
    def symbols(self) -> tuple[str, ...]:
        """The vocabulary."""

    def new_codec(self) -> LanguageCodec:
        return LanguageCodec(self.symbols)


class Transduction(SingleProbe):
    """A row of symbols for a row of symbols of the same vocabulary, generated freely."""

    baselines = ("random-symbols",)
    metrics = (solved(answer_accuracy("of each symbol, by its place")), exact_match(), loss())

    @property
    @abstractmethod
    def symbols(self) -> tuple[str, ...]:
        """The vocabulary."""

    @property
    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 100 / len(self.symbols)}

    def new_codec(self) -> PairCodec:
        return PairCodec(self.symbols)


def continuation(context: Sequence[str], rest: Sequence[str], end: bool = False, **slices: float) -> Example:
    """A text of which `rest` is to be predicted, and where `end` is true also that nothing follows."""
    answers = [*rest, END] if end else [*rest]
    scored = tuple(range(len(context), len(context) + len(answers)))
    return Example(" ".join([*context, *rest]), " ".join(answers), slices, scored)


def numbers(count: int) -> tuple[str, ...]:
    """'0', '1', ... as symbols."""
    return tuple(map(str, range(count)))
