"""Accuracy of tags, and F1 of the spans that they mark.

A span is a run of tags of one type: `B-type` begins one, and `I-type` goes on with it, or begins one where no span of
its type is open (as conlleval, the script of the CoNLL shared tasks, counts; Tjong Kim Sang & Buchholz 2000). It is
right where an output's span has the same type, begin and end. All other tags are outside of all spans.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..contracts import Metric
from .classification import ratio

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

TOKEN_COLUMNS = ("tags.hits", "tags.count")
SENTENCE_COLUMNS = ("sentences.hits", "sentences.count")
SPAN_COLUMNS = ("spans.hits", "spans.output", "spans.reference")

UNTYPED = "_"
"""Type of a span whose tags are "B" and "I" alone."""


class Span(NamedTuple):
    """Positions from `begin` up to, not including, `end`."""

    kind: str
    begin: int
    end: int


def token_accuracy() -> Metric:
    """Share of tags that are right, in percent."""
    return Metric(
        name="token_accuracy",
        label="token accuracy",
        columns=TOKEN_COLUMNS,
        value=partial(ratio, scale=100.0),
        higher_is_better=True,
        signature="share of tags",
        decimals=1,
        unit="%",
        margin=0.5,
    )


def sentence_accuracy() -> Metric:
    """Share of sentences whose every tag is right, in percent."""
    return Metric(
        name="sentence_accuracy",
        label="sentence accuracy",
        columns=SENTENCE_COLUMNS,
        value=partial(ratio, scale=100.0),
        higher_is_better=True,
        signature="share of sentences without a wrong tag",
        decimals=1,
        unit="%",
        margin=1.0,
    )


def span_f1() -> Metric:
    """F1 of exact spans in percent, all types together (micro)."""
    return Metric(
        name="span_f1",
        label="span F1",
        columns=SPAN_COLUMNS,
        value=span_f1_value,
        higher_is_better=True,
        signature="exact spans|micro|IOB2, read as conlleval does",
        decimals=1,
        unit="%",
        margin=0.5,
    )


def token_columns(outputs: Sequence[Sequence[str] | None], references: Sequence[Sequence[str]]) -> Array:
    """For each sentence [N, 2]: tags that are right, and tags. No output (None) is a row of NaN.

    Raises ValueError where an output has another length than its reference.
    """
    return _rows(outputs, references, lambda output, tags: (_hits(output, tags), float(len(tags))), 2)


def sentence_columns(outputs: Sequence[Sequence[str] | None], references: Sequence[Sequence[str]]) -> Array:
    """For each sentence [N, 2]: 1 where every tag is right, and 1. Otherwise as `token_columns`."""
    return _rows(outputs, references, lambda output, tags: (float(_hits(output, tags) == len(tags)), 1.0), 2)


def span_columns(outputs: Sequence[Sequence[str] | None], references: Sequence[Sequence[str]]) -> Array:
    """For each sentence [N, 3]: spans in both, in the output, in the reference. Otherwise as `token_columns`."""

    def count(output: Sequence[str], tags: Sequence[str]) -> tuple[float, ...]:
        found, wanted = spans(output), spans(tags)
        return float(len(found & wanted)), float(len(found)), float(len(wanted))

    return _rows(outputs, references, count, 3)


def span_f1_value(sums: Array) -> Array:
    """Column sums [..., 3] -> percent [...]; NaN where neither references nor outputs have a span."""
    return ratio(np.stack([2 * sums[..., 0], sums[..., 1] + sums[..., 2]], axis=-1), scale=100.0)


def spans(tags: Iterable[str]) -> set[Span]:
    """The spans that a row of tags marks."""
    found: set[Span] = set()
    kind, begin, end = "", 0, 0  # the open span; its kind is "" where there is none
    for end, tag in enumerate(tags, start=1):
        prefix, _, named = tag.partition("-")
        inside = (named or UNTYPED) if prefix in ("B", "I") else ""
        if inside != kind or prefix == "B":
            if kind:
                found.add(Span(kind, begin, end - 1))
            kind, begin = inside, end - 1
    if kind:
        found.add(Span(kind, begin, end))
    return found


def _rows(
    outputs: Sequence[Sequence[str] | None],
    references: Sequence[Sequence[str]],
    count: Callable[[Sequence[str], Sequence[str]], tuple[float, ...]],
    columns: int,
) -> Array:
    rows = []
    for output, reference in zip(outputs, references, strict=True):
        if output is not None and len(output) != len(reference):
            raise ValueError(f"{len(output)} tags where {len(reference)} are expected")
        rows.append((math.nan,) * columns if output is None else count(output, reference))
    return np.array(rows, dtype=np.float64).reshape(-1, columns)


def _hits(output: Sequence[str], reference: Sequence[str]) -> float:
    return float(sum(said == true for said, true in zip(output, reference, strict=True)))
