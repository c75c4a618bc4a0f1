"""The distribution that the generated sentences were drawn from: no model is better on them but by chance."""

from __future__ import annotations

import math

import numpy as np

from seqharness.contracts import BaselineArchitecture, Options, Prediction, Split
from seqharness.errors import UserError
from seqharness.interfaces import CausalLM
from seqharness_tasks.generated.agreement_grammar import surprisals


class TrueGrammarOptions(Options):
    """No options."""


class TrueGrammar:
    """Knows the grammar and learns nothing."""

    parameters = 0

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        """Nothing to do."""

    def predict(self, split: Split) -> list[Prediction]:
        """Surprisals of the sentences' tokens and ends, in nats. Where a token is a word, each is the exact one given
        the words before; at other levels the sentence's is spread evenly, so that sums are exact and no more.

        UserError where an example is no sentence of the grammar.
        """
        lengths = split.rows["tokens"].lengths.tolist()
        return [
            Prediction(None, losses(example.input, length))
            for example, length in zip(split.examples, lengths, strict=True)
        ]


def losses(sentence: object, tokens: int) -> tuple[float, ...]:
    """Nats of each of so many tokens and of the end. UserError where it is no sentence of the grammar."""
    found = surprisals(sentence) if isinstance(sentence, str) else [math.inf]
    total = math.fsum(found)
    if not math.isfinite(total):
        raise UserError(
            "true-grammar is the distribution of the generated sentences of `lm` alone: leave it out for other data."
        )
    return tuple(found) if len(found) == tokens + 1 else (total / (tokens + 1),) * (tokens + 1)


ARCHITECTURE = BaselineArchitecture(
    config=TrueGrammarOptions, serves={CausalLM: lambda config, interface: TrueGrammar()}
)
