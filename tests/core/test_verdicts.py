"""Words follow the numbers: units, bounds, one seed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from seqharness.analysis.results import SystemResults, TaskResults
from seqharness.analysis.table import Table
from seqharness.analysis.verdicts import headline_of, measure, pairs_of
from seqharness.comparison import Pair
from seqharness.contracts import Metric
from seqharness.metrics.classification import accuracy, cross_entropy, macro_f1, squared_error
from seqharness.metrics.likelihood import bits_per_byte, excess_bits, perplexity
from seqharness.metrics.text import bleu


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (bleu(), "BLEU"),
        (accuracy(), "percentage points of accuracy"),
        (macro_f1(["a", "b"]), "percentage points of macro-F1"),
        (perplexity(), "perplexity"),
        (cross_entropy(), "nats of loss"),
        (bits_per_byte(), "bits per byte"),
        (excess_bits(), "bits above the grammar"),
        (squared_error(), "MSE"),
    ],
)
def test_a_difference_says_what_it_is_counted_in(metric: Metric, expected: str) -> None:
    assert measure(metric) == expected


def system(name: str, hits: npt.NDArray[Any]) -> SystemResults:
    """A model with right answers [S, N]."""
    runs: Any = [
        SimpleNamespace(
            spec=SimpleNamespace(seed=seed), evaluation=SimpleNamespace(),
            tables={"test": Table(accuracy().columns, np.column_stack([run, np.ones(len(run))]).astype(float))},
        ) for seed, run in enumerate(hits)
    ]  # fmt: skip
    planned: Any = SimpleNamespace(model=SimpleNamespace(name=name, role="compared"))
    return SystemResults(planned, runs, [])


def compared(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> tuple[Pair, str]:
    """The pair, and the headline of a third model beside it."""
    result = TaskResults("task", [system("lstm", a), system("transformer", b)], "test")
    (pair,) = pairs_of([(result, accuracy())], "at this budget")
    third = TaskResults("task", [*result.systems, system("tcn", a[:, ::-1])], "test")
    of_three = [(third, accuracy())]
    return pair, headline_of(of_three, pairs_of(of_three, ""), "")


def answers(rate: float, seeds: int = 3, examples: int = 500) -> npt.NDArray[Any]:
    return np.random.default_rng(round(100 * rate)).random((seeds, examples)) < rate


def test_a_decided_difference_of_shares_is_one_of_percentage_points() -> None:
    pair, headline = compared(answers(0.6), answers(0.9))
    assert pair.decided
    assert pair.verdict.startswith("transformer is ahead of lstm by ")
    assert " percentage points of accuracy [" in pair.verdict
    assert pair.p_examples is None
    assert headline.startswith("transformer has the best accuracy (")
    assert " %); it is ahead of" in headline


def test_an_interval_holds_no_difference_that_cannot_be() -> None:
    one = np.array([[True] * 50, [False] * 50])
    pair, _ = compared(one, ~one[:1].repeat(2, axis=0))
    assert (pair.low, pair.high) == (-100.0, 100.0)
    assert "[-100.0, 100.0]" in pair.verdict


def test_one_seed_says_whether_the_two_runs_differ_and_nothing_of_architectures() -> None:
    pair, _ = compared(answers(0.6, seeds=1), answers(0.9, seeds=1))
    assert (pair.p, pair.p_holm, pair.decided) == (None, None, False)
    assert pair.p_examples is not None
    assert pair.p_examples < 0.001
    assert "no verdict on architectures from one seed" in pair.verdict
    assert "(p < 0.001 for these two runs, by approximate randomisation)" in pair.verdict
