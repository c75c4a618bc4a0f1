"""Words follow the numbers: units, bounds, one seed."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from seqharness.analysis.results import SystemResults, TaskResults
from seqharness.analysis.table import Table
from seqharness.analysis.verdicts import changed, headline_of, measure, pairs_of
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


def test_always_right_against_never_right_on_few_examples_is_not_said_to_be_no_difference() -> None:
    pair, _ = compared(np.ones((3, 5)), np.zeros((3, 5)))
    assert not pair.decided
    assert pair.verdict.startswith("not decisive between lstm and transformer (100.0 percentage points of accuracy [")
    assert pair.verdict.endswith(
        " for lstm, p = 0.062): it is the same on every example, but there are too few of them, 3 seeds, at this budget"
    )
    assert compared(np.ones((3, 6)), np.zeros((3, 6)))[0].decided


def test_models_that_always_agree_differ_by_no_more_than_so_few_examples_can_tell() -> None:
    pair, _ = compared(np.ones((3, 50)), np.ones((3, 50)))
    assert not pair.decided
    assert pair.verdict == (
        "no difference seen between lstm and transformer (0.0 percentage points of accuracy [-7.1, 7.1]), 3 seeds, "
        "at this budget"
    )


def test_one_seed_says_whether_the_two_runs_differ_and_nothing_of_architectures() -> None:
    pair, _ = compared(answers(0.6, seeds=1), answers(0.9, seeds=1))
    assert (pair.p, pair.p_holm, pair.decided) == (None, None, False)
    assert pair.p_examples is not None
    assert pair.p_examples < 0.001
    assert "no verdict on architectures from one seed" in pair.verdict
    assert "(p < 0.001 for these two runs, by approximate randomisation)" in pair.verdict


# ------------------------------------------------------------------------------------------------------------ ablation


def ablated(hits: dict[str, npt.NDArray[Any]], seeds: int = 3, *, higher_is_better: bool = True) -> str:
    """The headline of an ablation whose base is right in 60 % of the examples."""
    base, metric = "tcn", replace(accuracy(), higher_is_better=higher_is_better)
    systems = [system(base, answers(0.6, seeds)), *(system(f"{base}:{name}", run) for name, run in hits.items())]
    results = [(TaskResults("task", systems, "test"), metric)]
    return headline_of(results, pairs_of(results, "at this budget", base), "at this budget", base)


LOST = np.zeros((0, 500), dtype=bool)


def test_an_ablation_is_told_by_what_each_change_did_to_the_base() -> None:
    said = ablated({"depth=9": answers(0.7), "depth=1": answers(0.2), "depth=2": answers(0.61), "depth=3": LOST})
    mean = 100 * answers(0.6).mean()
    assert said == (
        f"tcn (accuracy {mean:.1f} %, at this budget): better with depth=9; worse with depth=1; not decided: depth=2; "
        "without a score: depth=3."
    )


def test_the_largest_effect_is_told_first() -> None:
    hits = {"depth=2": answers(0.4), "depth=1": answers(0.2)}
    assert ablated(hits).endswith(": worse with depth=1 and depth=2.")
    assert ablated(hits, higher_is_better=False).endswith(": better with depth=1 and depth=2.")


def test_one_change_is_told_with_its_interval() -> None:
    assert ablated({"depth=9": answers(0.9)}).startswith("tcn:depth=9 is ahead of tcn by ")


def test_one_seed_decides_nothing_about_changes() -> None:
    said = ablated({"depth=9": answers(0.9, 1), "depth=1": answers(0.2, 1)}, seeds=1)
    assert said.endswith(": not tested: depth=1 and depth=9.")


def test_without_a_score_of_the_base_nothing_is_compared_with_it() -> None:
    results = [(TaskResults("task", [system("tcn", LOST), system("tcn:depth=9", answers(0.9))], "test"), accuracy())]
    said = headline_of(results, pairs_of(results, "", "tcn"), "", "tcn")
    assert said == "tcn has no accuracy score: there is nothing to compare its changes with."


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("tcn:layers=2:depth=9", "depth=9"),
        ("tcn:layers=3", "layers=3"),
        ("tcn:layers=3:depth=9", "layers=3:depth=9"),
        ("lstm:layers=2", "lstm:layers=2"),
        ("tcn", "tcn"),
    ],
)
def test_a_change_is_named_by_its_options_and_another_model_by_its_name(model: str, expected: str) -> None:
    assert changed(model, "tcn:layers=2") == expected
