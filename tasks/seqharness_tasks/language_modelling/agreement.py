"""Does a model expect the verb in the number of its subject? (Linzen et al. 2016, doi:10.1162/tacl_a_00115)

In each generated test sentence, at the verb that is farthest from its subject: whether the model gives the right form a
higher probability than the same verb in the other number, given the words before it. Half a point for a draw. The wrong
form cannot stand there, so that the grammar itself has 100 %; guessing has 50 %.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seqharness.comparison import Figure, Findings, Line, Number
from seqharness.contracts import Example, Trained
from seqharness.data.rows import Rows
from seqharness.errors import NotApplicable

MANY, FAR = 2, 12
"""From these on, numbers of attractors and distances are counted together."""


def measure(trained: Trained, rng: np.random.Generator) -> Findings:
    """Percentages in all, by attractors and by distance. NotApplicable where there are no such sentences."""
    split = trained.splits[0]
    examples, rows = trained.examples(split), trained.rows(split)
    if any(not isinstance(example.target, Mapping) or not example.target.get("verb") for example in examples):
        raise NotApplicable("it is measured on generated sentences, word by word")
    points = verb_points(examples, rows, trained)
    attractors = [min(int(example.slices["attractors"]), MANY) for example in examples]  # type: ignore[arg-type]
    distances = [min(int(example.slices["distance"]), FAR) for example in examples]  # type: ignore[arg-type]
    numbers = [
        Number(name="agreement", label="verbs in the right number", value=_percent(points), unit="%", decimals=1)
    ]
    numbers += [
        Number(
            name=f"agreement_{count}",
            label=f"verbs in the right number, attractors between: {count}{' or more' if count == MANY else ''}",
            value=value,
            unit="%",
            decimals=1,
        )
        for count, value in _by(attractors, points).items()
    ]
    by_distance = _by(distances, points)
    figure = Figure(
        name="agreement",
        title="Verbs in the number of their subject",
        x_label=f"words from subject to verb ({FAR}: or more)",
        y_label="right, %",
        lines=[Line(label="right", x=list(by_distance), y=list(by_distance.values()))],
    )
    return Findings(numbers=numbers, figures=[figure])


def verb_points(examples: Sequence[Example], rows: Mapping[str, Rows], trained: Trained) -> list[float]:
    """For each example 1 where the right form has the smaller loss, 1/2 where both have the same, and 0 else."""
    verbs = [example.target["verb"] for example in examples]
    tokens = rows["tokens"]
    values = np.array(tokens.values)
    values[tokens.offsets[:-1] + [place for place, _ in verbs]] = [wrong for _, wrong in verbs]
    right, wrong = trained.losses(rows), trained.losses({**rows, "tokens": Rows(values, tokens.offsets)})
    return [
        0.5 * (1 + np.sign(second[place] - first[place]))
        for first, second, (place, _) in zip(right, wrong, verbs, strict=True)
    ]


def _by(keys: Sequence[int], points: Sequence[float]) -> dict[Any, float]:
    """The percentage of each key, keys sorted."""
    found: defaultdict[int, list[float]] = defaultdict(list)
    for key, point in zip(keys, points, strict=True):
        found[key].append(point)
    return {key: _percent(found[key]) for key in sorted(found)}


def _percent(points: Sequence[float]) -> float:
    return 100 * float(np.mean(points))
