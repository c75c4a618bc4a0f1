"""Order: sentences that differ in nothing but the order of their words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pydantic import model_validator

from seqharness.contracts import Axis, Example

from .kinds import Classification
from .options import Beyond, Longest, PerLength, RangeOptions, Train

NOUNS = (
    *("ant", "bear", "bee", "cat", "cow", "crab", "crow", "deer", "dog", "duck", "eel", "fox"),
    *("frog", "goat", "hare", "hawk", "horse", "lion", "mole", "mouse", "owl", "pig", "seal", "wolf"),
)
VERBS = ("sees", "hears", "calls", "finds", "meets", "helps", "leads", "follows")
CLAUSES = (
    ("the {0} {v} the {1}", "the {1} {v} the {0}"),
    ("it is the {0} that {v} the {1}", "it is the {1} that {v} the {0}"),
    ("it is the {1} that the {0} {v}", "it is the {0} that the {1} {v}"),
    ("it is the {0} that {v} the {1}", "it is the {0} that the {1} {v}"),
    ("it is the {1} that the {0} {v}", "it is the {1} that {v} the {0}"),
)
"""A clause in which {0} acts on {1}, and one of the same words in which {1} acts on {0}."""


class OrderOptions(RangeOptions):
    """Options of `order`. A length is a number of clauses."""

    train: Train = 158_000
    per_length: PerLength = 500
    longest: Longest = 1
    beyond: Beyond = 4

    @model_validator(mode="after")
    def _enough_nouns(self) -> OrderOptions:
        most = max(self.longest, self.beyond)
        if 2 * most > len(NOUNS):
            raise ValueError(f"{most} clauses need {2 * most} different nouns, and there are {len(NOUNS)}")
        return self


class Order(Classification):
    """Who acts and who is acted on: clauses such as "it is the dog that the cat sees", joined by "and", and a noun of
    one of them asked for. Examples come in twos that differ in the order of the words of the clause asked about alone,
    and in the answer, so that a model without a sense of order is right on exactly one of both.

    Vocabulary: 24 nouns, 8 verbs, it, is, the, that, and, ?; labels: agent and patient. Nouns are different within a
    row, and drawn uniformly like all else.
    Clauses: 1 in training, validation and test; beyond: 2, 3, 4.
    Examples: 158,000 in training; 500 for each number of clauses elsewhere. Two clauses (`longest=2`) are learned by an
    LSTM, and by no Transformer within the quick budget.
    Scored: the label. Chance: accuracy 50.0 %.
    Repeats: no row of validation or of a test is in training.
    """

    name = "order"
    axes: Mapping[str, str | Axis] = {"clauses": Axis("clauses in the row")}
    labels = ("agent", "patient")
    symbols = (*NOUNS, *VERBS, "it", "is", "the", "that", "and", "?")
    disjoint = True
    options: OrderOptions

    def unit(self, rng: np.random.Generator, length: int) -> tuple[Example, ...]:
        """Two examples of the same words with the two labels; they are resampled together."""
        nouns = [NOUNS[one] for one in rng.permutation(len(NOUNS))[: 2 * length].tolist()]
        verbs = [VERBS[one] for one in rng.integers(len(VERBS), size=length).tolist()]
        forms = [CLAUSES[one] for one in rng.integers(len(CLAUSES), size=length).tolist()]
        asked, role = int(rng.integers(length)), int(rng.integers(2))
        found: list[Example] = []
        for twin in range(2):
            clauses = (
                form[twin if place == asked else 0].format(*nouns[2 * place : 2 * place + 2], v=verb)
                for place, (form, verb) in enumerate(zip(forms, verbs, strict=True))
            )
            row = " and ".join(clauses)
            text = f"{row} ? {nouns[2 * asked + role]}"
            found.append(Example(text, self.labels[role ^ twin], group=found[0].group if found else text))
        return tuple(found)


PROBE, OPTIONS = Order, OrderOptions
