"""Recall: multi-query associative recall."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from seqharness.contracts import Axis, Example, Metric

from .kinds import NextSymbol
from .metrics import all_answers, answer_accuracy, answer_loss, solved
from .options import Beyond, PerLength, ProbeOptions, Train, Vocabulary, spaced


class RecallOptions(ProbeOptions):
    """Options of `recall`."""

    train: Train = 185_000
    per_length: PerLength = 100
    pairs: Annotated[int, Field(ge=2, description="most pairs trained on: 2, 4, 8, ... up to it")] = 8
    beyond: Beyond = 16
    vocabulary: Vocabulary = 32

    @property
    def lengths(self) -> tuple[int, ...]:
        return tuple(sorted({self.pairs, *(2**power for power in range(1, int(math.log2(self.pairs)) + 1))}))

    @property
    def longer(self) -> tuple[int, ...]:
        return spaced(self.pairs, self.beyond, 4)

    @model_validator(mode="after")
    def _enough_keys(self) -> RecallOptions:
        most = max(self.pairs, self.beyond)
        if self.vocabulary < 2 * most:
            raise ValueError(f"{most} different keys need vocabulary={2 * most} or more: half of the symbols are keys")
        return self


class Recall(NextSymbol):
    """Pairs of a key and a value, then every key again in another order, each to be answered by its value: multi-query
    associative recall (Arora et al. 2023, https://arxiv.org/abs/2312.04927), without filling between the queries.

    Vocabulary: 16 keys and 16 values. The keys of a row are different; values are drawn independently and uniformly.
    Pairs: 2, 4, 8 in training, validation and test; beyond: 10, 12, 14, 16. A row has four symbols a pair.
    Examples: 184,999 in training, of a number of pairs in inverse proportion to it; 100 for each number of pairs
    elsewhere.
    Scored: the values in the second half, and nothing else, also in training. Chance: accuracy 6.2 %, loss 2.773 nats.
    Repeats: allowed and counted; few are to be expected.
    """

    name = "recall"
    axes: Mapping[str, str | Axis] = {"pairs": Axis("pairs in the row")}
    metrics: Sequence[Metric] = (solved(answer_accuracy("of each value")), all_answers(), answer_loss())
    options: RecallOptions

    @property
    def keys(self) -> int:
        """Number of keys."""
        return self.options.vocabulary // 2

    @property
    def values(self) -> int:
        """Number of values."""
        return self.options.vocabulary - self.keys

    @property
    def symbols(self) -> tuple[str, ...]:
        return (*(f"k{key}" for key in range(self.keys)), *(f"v{value}" for value in range(self.values)))

    @property
    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 100 / self.values, "loss": math.log(self.values)}

    def sample(self, rng: np.random.Generator, length: int) -> Example:
        keys = rng.permutation(self.keys)[:length].tolist()
        values = rng.integers(self.values, size=length).tolist()
        order = [*range(length), *rng.permutation(length).tolist()]
        row = [symbol for pair in order for symbol in (f"k{keys[pair]}", f"v{values[pair]}")]
        scored = tuple(range(2 * length + 1, 4 * length, 2))
        return Example(" ".join(row), " ".join(row[place] for place in scored), scored=scored)


PROBE, OPTIONS = Recall, RecallOptions
