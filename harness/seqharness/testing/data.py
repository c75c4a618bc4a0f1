"""A tiny data set for each interface, as a task would hand it to a baseline: raw examples, and their ids by field."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..contracts import Example, Split
from ..data.rows import Rows
from ..interfaces import RESERVED, Classify, Interface, SequenceToSequence, Tag

SIZES = {"train": 60, "validation": 12, "test": 12}

LENGTHS = (2, 8)
"""Tokens of a row, from and to."""

WORDS = 20
"""Words that occur: few, so that the test has none that training did not."""


def splits(interface: Interface, shift: int = 0) -> dict[str, Split]:
    """'train', 'validation' and 'test', the same at every call. Words are 'w0', 'w1', ...; a label is decided by the
    first word, a tag by its own word, and a translation says each word's own translation, so that there is something to
    learn. shift: another value gives the same inputs with other targets (but for language models, whose input is their
    target)."""
    rng = np.random.Generator(np.random.PCG64(0))
    return {name: _split(interface, size, rng, shift) for name, size in SIZES.items()}


def _split(interface: Interface, size: int, rng: np.random.Generator, shift: int) -> Split:
    lengths = rng.integers(*LENGTHS, size=size, endpoint=True)
    words = [rng.integers(WORDS, size=length).tolist() for length in lengths]
    shifted = [[(word + shift) % WORDS for word in row] for row in words]
    if isinstance(interface, Classify):
        if interface.features:
            return _regress(words, interface.features, rng, shift)
        labels = [row[0] % interface.outputs for row in shifted]
        examples = [Example(_text(row), f"c{label}") for row, label in zip(words, labels, strict=True)]
        return Split(examples, {"tokens": _ids(words), "label": Rows.of([label] for label in labels)})
    if isinstance(interface, Tag):
        tags = [[word % interface.outputs for word in row] for row in shifted]
        examples = [
            Example(_text(row).split(), [f"t{tag}" for tag in told]) for row, told in zip(words, tags, strict=True)
        ]
        return Split(examples, {"tokens": _ids(words), "tags": Rows.of(tags)})
    if isinstance(interface, SequenceToSequence):
        examples = [Example(_text(row), _text(told, "v")) for row, told in zip(words, shifted, strict=True)]
        return Split(examples, {"source": _ids(words), "target": _ids(shifted)})
    return Split([Example(_text(row), _text(row)) for row in words], {"tokens": _ids(words)})


def _regress(words: Sequence[Sequence[int]], features: int, rng: np.random.Generator, shift: int) -> Split:
    """Rows of normal reals; the target is the sum of the first feature."""
    reals = [rng.standard_normal((len(row), features)).astype(np.float32) for row in words]
    targets = [float(row[:, 0].sum()) + shift for row in reals]
    examples = [Example(row.tolist(), target) for row, target in zip(reals, targets, strict=True)]
    label = Rows.of(([target] for target in targets), np.float32)
    tokens = Rows.of((row.tolist() for row in reals), np.float32)
    return Split(examples, {"tokens": tokens, "label": label})


def _text(words: Sequence[int], letter: str = "w") -> str:
    return " ".join(f"{letter}{word}" for word in words)


def _ids(words: Sequence[Sequence[int]]) -> Rows:
    return Rows.of([len(RESERVED) + word for word in row] for row in words)
