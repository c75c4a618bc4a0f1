"""The n-gram model with modified Kneser-Ney smoothing (Chen & Goodman 1999): the best that counting alone can do.

Causal language modelling: on the same tokens and scored positions as networks, so that its perplexity stands beside
theirs. Classification: a language model for each label, and the rule of Bayes (McCallum & Nigam 1998 with n-grams for
words): p(label | row) is proportional to p(label) p(row, end | label), with label frequencies as in `majority`.
The smoothing is in `kneser_ney.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from pydantic import Field

from seqharness.contracts import Baseline, BaselineArchitecture, Options, Prediction, Split
from seqharness.errors import NotApplicable
from seqharness.interfaces import BOS, PAD, CausalLM, Classify

from .heads import classified, errors_and_loss
from .kneser_ney import KneserNey, growing
from .targets import Floats, Text, labels, predictable, scored_targets

LARGEST = 10
"""Orders up to this are tried where none is given: words want about 5, characters up to 10."""

PATIENCE = 2
"""Trying ends when so many orders in a row were no better."""


class NgramOptions(Options):
    """Options of the n-gram model."""

    order: int | None = Field(
        default=None,
        ge=1,
        description="tokens of an n-gram, the predicted one included; where it is not given, the best on validation of "
        f"1 to {LARGEST}: words want fewer than characters",
    )


class NgramLM:
    """Serves CausalLM."""

    def __init__(self, options: NgramOptions, interface: CausalLM) -> None:
        self.options, self.interface = options, interface
        self.model = KneserNey([], np.ones(interface.vocabulary, dtype=bool))

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        """Count; the order with the least loss on validation."""
        possible = predictable(self.interface, train.rows)
        models = growing(Text.of(train.rows), Text.of(validation.rows), possible)
        scores = ((model, (negative_log(found).sum(),)) for model, found in models)
        self.model = chosen_order(scores, self.options.order)

    @property
    def parameters(self) -> int:
        """N-grams with a count, and discounts."""
        return self.model.parameters

    @property
    def chosen(self) -> str:
        """The order, where it was not given."""
        return "" if self.options.order else f"order {self.model.order}"

    def predict(self, split: Split) -> list[Prediction]:
        """The loss of every scored position, and its most probable token where the task asks for it."""
        text = Text.of(split.rows)
        targets = scored_targets(self.interface, split.rows)
        losses = targets.split(negative_log(self.model.probabilities(text)))
        if not self.interface.answers:
            return [Prediction(None, loss) for loss in losses]
        best = targets.split(self.model.most_probable(text))
        return [Prediction(list(row), loss) for row, loss in zip(best, losses, strict=True)]


class NgramClassifier:
    """Serves Classify: a model for each label."""

    def __init__(self, options: NgramOptions, interface: Classify) -> None:
        self.options, self.interface = options, interface
        self.models: list[KneserNey] = []
        self.prior: Floats = np.zeros(interface.outputs)

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        """Count; the order with the fewest errors on validation, and of equals the one with the least loss."""
        wanted = labels(train.rows)
        counts = 1.0 + np.bincount(wanted.astype(np.int64), minlength=self.interface.outputs)
        self.prior = counts / counts.sum()
        possible = ~np.isin(np.arange(self.interface.vocabulary), (PAD, BOS))
        held_out, truth = Text.of(validation.rows), labels(validation.rows).astype(np.int64)
        each = [
            growing(Text.of(train.rows, np.flatnonzero(wanted == label)), held_out, possible)
            for label in range(self.interface.outputs)
        ]
        scores = (
            ([model for model, _ in step], errors_and_loss(self._scores(held_out, [p for _, p in step]), truth))
            for step in zip(*each, strict=True)
        )
        self.models = chosen_order(scores, self.options.order)

    @property
    def parameters(self) -> int:
        """Those of all models, and the frequencies of labels."""
        return sum(model.parameters for model in self.models) + len(self.prior)

    @property
    def chosen(self) -> str:
        """The order, where it was not given."""
        return "" if self.options.order else f"order {max(model.order for model in self.models)}"

    def predict(self, split: Split) -> list[Prediction]:
        """The most probable label."""
        text = Text.of(split.rows)
        return classified(self._scores(text, [model.probabilities(text) for model in self.models]), labels(split.rows))

    def _scores(self, text: Text, probabilities: list[Floats]) -> Floats:
        """[N, labels]: log p(label) + log p(row, end | label)."""
        rows = np.repeat(np.arange(len(text.starts) - 1), np.diff(text.starts))[text.scored]
        sums = [np.bincount(rows, -negative_log(found), minlength=len(text.starts) - 1) for found in probabilities]
        return np.asarray(np.stack(sums, axis=1) + np.log(self.prior), dtype=np.float64)


def chosen_order(scores: Iterable[tuple[Any, tuple[float, ...]]], order: int | None) -> Any:
    """scores: what to choose from, from order 1 on, and how bad it is -> that of `order`, or the least bad."""
    best: tuple[tuple[float, ...], int, Any] | None = None
    for number, (found, badness) in enumerate(scores, start=1):
        if number == order:
            return found
        if order is not None:
            continue
        if best is None or badness < best[0]:
            best = (badness, number, found)
        if number == LARGEST or number - best[1] == PATIENCE:
            break
    assert best is not None
    return best[2]


def negative_log(probabilities: Floats) -> Floats:
    """In nats; infinite for what cannot be."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(probabilities))


def build_classifier(options: NgramOptions, interface: Classify) -> Baseline:
    """NotApplicable where there are no tokens to count, or no labels."""
    if interface.features:
        raise NotApplicable("it counts tokens, and the inputs here are real numbers")
    if interface.loss == "squared":
        raise NotApplicable("it weighs labels against each other, and the targets here are real numbers")
    return NgramClassifier(options, interface)


ARCHITECTURE = BaselineArchitecture(config=NgramOptions, serves={CausalLM: NgramLM, Classify: build_classifier})
