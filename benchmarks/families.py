"""The four families whose speed is watched: which of the project's models, on rows of which lengths, in what batches.

Translations have the lengths of Multi30k, German to English, in a joint byte-pair encoding of 10,000 types: the real
ones where HARNESS_DATA names a folder with that data set, else drawn from what `SOURCE`, `RATIO` say of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from seqharness.data.rows import Rows
from seqharness.data.sources import DataSource
from seqharness.interfaces import RESERVED, CausalLM, Interface, SequenceToSequence
from seqharness.registry import load_catalogue
from seqharness.resolve import resolve_task

VOCABULARY = 10_000
TRANSLATIONS = "translate:data=multi30k:pair=de-en:vocabulary=10000"
SOURCE = (2.60, 0.36, 60)
"""Tokens of a source: mean and standard deviation of their logarithm, and the most there are."""
RATIO = (-0.045, 0.18)
"""Target over source tokens: mean and standard deviation of the logarithm."""
PAIRS, TEXTS = 29_000, 2_048
"""How many rows there are."""


@dataclass(frozen=True)
class Family:
    """A model at a size, and what it is trained on. text: tokens of a row, BOS included; None: translations.

    rows: in a batch (in the mean, where rows differ in length).
    """

    name: str
    model: str
    rows: int
    text: int | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    vocabulary: int = VOCABULARY

    @property
    def spec(self) -> str:
        """'lstm:width=256:...', as on the command line. Dropout is off."""
        return ":".join([self.model, *(f"{name}={size}" for name, size in self.sizes.items()), "dropout=0"])

    @property
    def interface(self) -> Interface:
        """What the model sees of its task."""
        if self.text is not None:
            return CausalLM(vocabulary=self.vocabulary, max_length=self.text)
        return SequenceToSequence(vocabulary=self.vocabulary, targets=self.vocabulary, shared=True, max_length=160)


RECURRENT = {"width": 256, "inner": 256}
TRANSFORMER = {"width": 256, "inner": 1024, "heads": 4}
FAMILIES = {
    family.name: family
    for family in (
        Family("lstm", "lstm", 32, 35, {**RECURRENT, "layers": 2}),
        Family("decoder-only", "transformer", 16, 128, {**TRANSFORMER, "layers": 4}),
        Family("encoder-decoder", "transformer", 64, None, {**TRANSFORMER, "layers": 3}),
        Family("bahdanau", "bahdanau", 64, None, {**RECURRENT, "layers": 1}),
    )
}


def write_rows(folder: Path) -> str:
    """Write the rows of both kinds into a folder; returns what they are."""
    rng = np.random.default_rng(0)
    for length in {family.text for family in FAMILIES.values() if family.text is not None}:
        draw(np.full(TEXTS, length - 1), rng).save(folder / f"{length}.tokens")
    told = "lengths of Multi30k as the script describes them (HARNESS_DATA is not set)"
    pairs = synthetic(rng)
    if os.environ.get("HARNESS_DATA"):
        pairs, told = real(), "Multi30k de-en"
    for name, rows in pairs.items():
        rows.save(folder / f"translations.{name}")
    source, target = (float(pairs[name].lengths.mean()) for name in ("source", "target"))
    return f"{told}, {source:.1f} source and {target:.1f} target tokens in the mean"


def open_rows(folder: Path, family: Family) -> dict[str, Rows]:
    """The rows of a family by field, mapped from disk as a run has them."""
    if family.text is not None:
        return {"tokens": Rows.open(folder / f"{family.text}.tokens")}
    return {name: Rows.open(folder / f"translations.{name}") for name in ("source", "target")}


def real() -> dict[str, Rows]:
    """The training split of Multi30k, as the project's own task encodes it."""
    task = resolve_task(TRANSLATIONS, load_catalogue()).task
    data = task.load(DataSource.from_environment())
    return dict(task.codec(data).encode(data.splits["train"]))


def synthetic(rng: np.random.Generator, pairs: int = PAIRS) -> dict[str, Rows]:
    """Random tokens in rows of like lengths."""
    mean, deviation, most = SOURCE
    source = np.clip(rng.lognormal(mean, deviation, pairs).round(), 3, most)
    target = np.clip((source * rng.lognormal(*RATIO, pairs)).round(), 3, most)
    return {"source": draw(source.astype(np.int64), rng), "target": draw(target.astype(np.int64), rng)}


def draw(lengths: npt.NDArray[np.int64], rng: np.random.Generator, vocabulary: int = VOCABULARY) -> Rows:
    """Rows of random tokens, none of them reserved."""
    values = rng.integers(len(RESERVED), vocabulary, int(lengths.sum()), dtype=np.int32)
    return Rows(values, np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]))
