"""Models ranked over tasks: the tests of Friedman and Nemenyi, and which models and tasks they hold."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from seqharness.analysis.ranking import critical_difference, friedman, ranking_of, ranks_of
from seqharness.comparison import Ranking
from seqharness.contracts import Metric
from seqharness.metrics.classification import accuracy, cross_entropy

NONE = float("nan")
"""A model that was run and has no score."""

GOOD = {"a": 0.9, "b": 0.8, "c": 0.5}


def task(name: str, scores: dict[str, float], metric: Metric, baseline: float = 1.0) -> Any:
    """Results of a task: the mean score of each model that was run, and a baseline that is ahead of all."""

    def system(model: str, mean: float) -> Any:
        found = None if np.isnan(mean) else SimpleNamespace(mean=mean)
        return SimpleNamespace(model=model, baseline=model == "base", runs=[1], resampled=lambda *_: found)

    systems = [system(model, mean) for model, mean in {**scores, "base": baseline}.items()]
    absent = SimpleNamespace(model="absent", baseline=False, runs=[], resampled=lambda *_: None)
    return SimpleNamespace(task=name, systems=[*systems, absent], main_split="test"), metric


def ranked(*scores: dict[str, float], metric: Metric | None = None) -> Ranking | None:
    return ranking_of([task(f"task{n}", one, metric or accuracy()) for n, one in enumerate(scores)])


def means(found: Ranking | None) -> dict[str, float]:
    assert found is not None
    return {one.model: one.mean_rank for one in found.models}


def test_the_statistic_is_that_of_scipy_also_with_ties() -> None:
    scores = np.random.default_rng(0).normal(size=(9, 4)).round(1)
    expected = stats.friedmanchisquare(*scores.T)
    assert friedman(scores) == pytest.approx((expected.statistic, expected.pvalue))
    assert friedman(np.ones((6, 3))) == (0.0, 1.0)


@pytest.mark.parametrize(("models", "q"), [(3, 2.343), (4, 2.569), (5, 2.728), (7, 2.949), (10, 3.164)])
def test_critical_differences_are_those_of_the_table_in_demsar_2006(models: int, q: float) -> None:
    assert critical_difference(models, 14) == pytest.approx(q * np.sqrt(models * (models + 1) / (6 * 14)), abs=2e-3)


def test_nemenyi_calls_a_difference_that_is_not_there_in_at_most_5_percent() -> None:
    rng = np.random.default_rng(1)
    least = critical_difference(4, 8)
    mean = np.array([ranks_of(rng.normal(size=(8, 4))).mean(axis=0) for _ in range(2_000)])
    assert np.mean(mean.max(axis=1) - mean.min(axis=1) >= least) < 0.06


def test_the_best_is_first_and_ties_share_their_ranks() -> None:
    found = ranked(*[GOOD] * 5, {"a": 0.5, "b": 0.5, "c": 0.4})
    assert list(means(found)) == ["a", "b", "c"]
    assert means(found) == pytest.approx({"a": 6.5 / 6, "b": 11.5 / 6, "c": 3.0})
    assert list(means(ranked(*[GOOD] * 5, metric=cross_entropy()))) == ["c", "b", "a"]


def test_groups_are_as_large_as_can_be_and_none_lies_within_another() -> None:
    found = ranked(*[GOOD] * 8)
    assert found is not None
    assert found.critical_difference == pytest.approx(1.172, abs=2e-3)
    assert found.groups == [["a", "b"], ["b", "c"]]
    assert found.p == pytest.approx(np.exp(-8))
    assert "p < 0.001" in found.words
    assert "these are not: a and b; b and c." in found.words
    clear = ranked(*[GOOD] * 12)
    assert clear is not None
    assert (clear.groups, clear.words.endswith("and all are.")) == ([], True)


def test_where_friedman_finds_nothing_no_pair_is_told_apart() -> None:
    models = ["a", "b", "c"]
    turned = [dict(zip(np.roll(models, n).tolist(), (0.9, 0.8, 0.7), strict=True)) for n in range(6)]
    found = ranked(*turned)
    assert found is not None
    assert found.p == 1.0
    assert found.groups == [models]
    assert "Not decisive" in found.words


def test_a_model_whose_every_run_failed_is_the_last() -> None:
    found = ranked(*[GOOD] * 5, {"a": NONE, "b": 0.2, "c": 0.1})
    assert means(found) == pytest.approx({"a": 8 / 6, "b": 11 / 6, "c": 17 / 6})


@pytest.mark.parametrize("tasks", [2, 4])
def test_few_tasks_are_ranked_without_a_test(tasks: int) -> None:
    found = ranked(*[GOOD] * tasks)
    assert found is not None
    assert (found.p, found.critical_difference, found.groups) == (None, None, [])
    assert f"{tasks} tasks are too few for a test of ranks" in found.words
    assert "nothing is decided across tasks" in found.words


def test_two_models_are_too_few_for_a_test_and_one_task_is_no_ranking() -> None:
    found = ranked(*[{"a": 0.9, "b": 0.8}] * 6)
    assert found is not None
    assert found.p is None
    assert "2 models are too few" in found.words
    assert ranked(GOOD) is None
    assert ranked({"a": 0.9}, {"a": 0.8}) is None
    assert ranked({"a": 0.9}, {"b": 0.8}) is None


def test_a_task_that_not_all_models_can_do_is_left_out() -> None:
    found = ranked(*[GOOD] * 5, {"a": 0.9, "b": 0.8})
    assert found is not None
    assert found.tasks == [f"task{n}" for n in range(5)]
    assert "Left out: task5, where not every model was run." in found.words


def test_where_too_few_tasks_would_be_left_a_model_is_left_out() -> None:
    found = ranked(*[GOOD] * 4, *[{**GOOD, "d": 0.4}] * 4)
    assert found is not None
    assert (len(found.tasks), list(means(found))) == (8, ["a", "b", "c"])
    assert "Left out: d, not run on every task." in found.words
