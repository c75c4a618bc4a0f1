"""Intervals and tests agree with closed forms and references, and call what is not there in about 5 %."""

from __future__ import annotations

import importlib.util
import itertools
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from seqharness.analysis.rates import rate_interval
from seqharness.analysis.resampling import resample
from seqharness.analysis.statistics import (
    difference_bounds,
    difference_of,
    holm,
    interval_of,
    minimum_detectable,
    paired_difference,
    score_interval,
    within,
)
from seqharness.contracts import Metric
from seqharness.metrics.classification import accuracy
from seqharness.metrics.likelihood import perplexity
from seqharness.metrics.text import bleu, bleu_columns

MEAN = Metric(
    name="mean",
    label="mean",
    columns=("sum", "n"),
    value=lambda sums: sums[..., 0] / sums[..., 1],
    higher_is_better=True,
)


def table(scores: np.ndarray) -> np.ndarray:
    """Scores [S, N] -> the columns of MEAN."""
    return np.stack([scores, np.ones_like(scores)], axis=-1)


def runs(seed: int, seeds: int = 5, examples: int = 300, spread: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 1, examples)
    return common + rng.normal(0, spread, (seeds, 1)) + rng.normal(0, 0.5, (seeds, examples))


# ----------------------------------------------------------------------------------------------------- closed forms


def test_seeds_alone_give_the_t_interval():
    scores = np.repeat([[3.0], [4.0], [8.0]], 50, axis=1)
    found = score_interval(table(scores), MEAN)
    expected = stats.t.interval(0.95, 2, loc=5, scale=stats.sem([3, 4, 8]))
    assert (found.mean, found.low, found.high) == pytest.approx((5, *expected))
    assert found.df == pytest.approx(2)
    assert found.kind == "seeds and examples"


def test_seeds_alone_give_the_t_test_of_equal_variances():
    a, b = np.array([3.0, 4.0, 8.0, 5.5]), np.array([1.0, 2.0, 6.0, 3.5])
    found = paired_difference(table(np.repeat(a[:, None], 30, 1)), table(np.repeat(b[:, None], 30, 1)), MEAN)
    expected = stats.ttest_ind(a, b)
    assert found.p == pytest.approx(expected.pvalue)
    low, high = expected.confidence_interval()
    assert (found.low, found.high, found.df) == pytest.approx((low, high, 6))


def test_examples_alone_agree_with_scipy():
    scores = runs(seed=1, seeds=1)
    found = score_interval(table(scores), MEAN, deterministic=True, resamples=4000)
    assert found.standard_error == pytest.approx(stats.sem(scores[0]), rel=0.04)
    reference = stats.bootstrap((scores[0],), np.mean, n_resamples=4000, rng=np.random.default_rng(0))
    assert found.standard_error == pytest.approx(reference.standard_error, rel=0.05)
    assert found.kind == "examples only"


def test_two_fixed_systems_agree_with_the_paired_t_test():
    a, b = runs(seed=2, seeds=2, spread=0.0)
    found = paired_difference(table(a[None]), table(b[None] + 0.1), MEAN, resamples=10_000, deterministic=(True, True))
    expected = stats.ttest_rel(a, b + 0.1)
    assert found.difference == pytest.approx((a - b - 0.1).mean())
    assert found.p == pytest.approx(expected.pvalue, rel=0.1)
    assert found.kind == "examples only"


def test_components_of_a_mean_are_those_of_the_analysis_of_variance():
    seeds, examples = 6, 400
    scores = runs(seed=3, seeds=seeds, examples=examples, spread=0.05)
    found = score_interval(table(scores), MEAN, resamples=8000)
    covariance = np.cov(scores)
    shared = covariance[~np.eye(seeds, dtype=bool)].mean() / examples
    expected = math.sqrt(scores.mean(axis=1).var(ddof=1) / seeds + shared)
    assert found.standard_error == pytest.approx(expected, rel=0.03)


def test_examples_shared_by_both_systems_cancel():
    rng = np.random.default_rng(4)
    common = rng.normal(0, 5, 300)
    a, b = (common + rng.normal(0, 0.1, (3, 300)) for _ in "ab")
    assert paired_difference(table(a), table(b), MEAN).standard_error < 0.02
    assert score_interval(table(a), MEAN).standard_error > 0.2


def test_resampled_bleu_is_the_score_of_the_resample():
    outputs = ["the cat sat on the mat", "a dog", "the red house is small", "no"]
    references = ["the cat sat on a mat", "a dog barks", "the red house is big", "no"]
    columns = bleu_columns(outputs, references)[None]
    found = resample(columns, bleu(), resamples=50, seed=3)
    draws = np.random.default_rng((3, 0)).integers(4, size=(50, 4))
    expected = bleu().value(np.stack([columns[0, draw].sum(axis=0) for draw in draws]))
    np.testing.assert_allclose(found.resampled[:, 0], expected, rtol=1e-12)


# ------------------------------------------------------------------------------------------------------- invariances


def test_identical_systems_do_not_differ():
    found = paired_difference(table(runs(5)), table(runs(5)), MEAN)
    assert found.difference == 0
    assert found.p == 1
    assert found.low < 0 < found.high
    fixed = paired_difference(table(runs(5)[:1]), table(runs(5)[:1]), MEAN, deterministic=(True, True))
    assert (fixed.difference, fixed.low, fixed.high, fixed.p, fixed.minimum_detectable) == (0, 0, 0, 1, 0)


def test_rounding_is_no_difference():
    constant = np.full((3, 40), 0.1)
    found = paired_difference(table(constant), table(constant * (1 + 1e-15)), MEAN)
    assert (found.difference, found.p) == (0, 1)
    same_everywhere = paired_difference(table(constant), table(constant * 2), MEAN)
    assert same_everywhere.p == stats.binomtest(40, 40).pvalue  # the sign test


# ---------------------------------------------------------------------------------------------------- nothing varies


def hits(right: float, seeds: int, examples: int) -> np.ndarray:
    """Columns of accuracy where every run is right on every example, or on none."""
    return np.stack([np.full((seeds, examples), right), np.ones((seeds, examples))], axis=-1)


@pytest.mark.parametrize("examples", [2, 10, 2000])
@pytest.mark.parametrize("seeds", [1, 3])
def test_a_score_at_an_end_of_its_range_has_the_interval_of_what_was_not_seen(examples, seeds):
    reference = stats.binomtest(examples, examples).proportion_ci(method="exact")
    always, never = (score_interval(hits(right, seeds, examples), accuracy()) for right in (1.0, 0.0))
    assert (always.mean, always.high, never.mean, never.low) == (100, 100, 0, 0)
    assert always.low == pytest.approx(100 * reference.low)
    assert never.high == pytest.approx(100 - 100 * reference.low)


def test_two_models_that_are_always_right_differ_by_no_more_than_what_was_not_seen():
    few, many = (paired_difference(hits(1, 3, n), hits(1, 3, n), accuracy()) for n in (10, 2000))
    assert (few.difference, few.p, many.p) == (0, 1, 1)
    assert few.low == -few.high == pytest.approx(-30.85, abs=0.01)
    assert few.minimum_detectable == few.high
    assert many.high == pytest.approx(0.18, abs=0.01)


def test_always_right_against_never_right_is_decided_by_enough_examples_only():
    few, many = (paired_difference(hits(1, 3, n), hits(0, 3, n), accuracy()) for n in (5, 6))
    assert few.difference == few.high == 100
    assert few.low < 0 < many.low
    assert few.p == stats.binomtest(5, 5).pvalue > 0.05
    assert many.p == stats.binomtest(6, 6).pvalue < 0.05


def test_runs_that_differ_on_examples_vary_even_where_their_scores_are_equal_by_accident():
    halves = np.array([[1.0] * 25 + [0.0] * 25, [0.0] * 25 + [1.0] * 25, ([1.0, 0.0] * 25)])
    values = np.stack([halves, np.ones_like(halves)], axis=-1)
    found = score_interval(values, accuracy(), resamples=20_000)
    assert set(values[..., 0].mean(axis=1)) == {0.5}
    assert found.mean == 50
    one_run, runs_of_half = 50 / math.sqrt(50), 3
    assert found.standard_error == pytest.approx(one_run / math.sqrt(runs_of_half), rel=0.2)
    assert found.low < 45 and found.high > 55
    same = score_interval(values[[0, 0, 0]], accuracy())
    assert same.standard_error == pytest.approx(one_run, rel=0.1)  # the examples' part alone


def test_a_range_with_one_end_says_nothing_of_what_was_not_seen():
    best = replace(MEAN, lowest=0.0)
    found = score_interval(table(np.zeros((3, 10))), best)
    assert (found.low, found.high) == (0, 0)


@pytest.mark.parametrize("trials", [1, 3, 10])
def test_the_interval_of_a_rate_is_that_of_clopper_and_pearson(trials):
    for count in range(trials + 1):
        reference = stats.binomtest(count, trials).proportion_ci(method="exact")
        assert rate_interval(count, trials) == pytest.approx((reference.low, reference.high))
    with pytest.raises(ValueError, match="is no rate"):
        rate_interval(trials + 1, trials)


def test_order_of_examples_and_seeds_and_sides_is_of_no_account():
    a, b = table(runs(6)), table(runs(7) + 0.1)
    order = np.random.default_rng(0).permutation(300)
    found = paired_difference(a, b, MEAN, resamples=4000)
    shuffled = paired_difference(a[:, order], b[:, order], MEAN, resamples=4000)
    assert shuffled.difference == pytest.approx(found.difference, abs=1e-12)
    assert shuffled.standard_error == pytest.approx(found.standard_error, rel=0.05)
    assert paired_difference(a[::-1], b[[2, 0, 1, 4, 3]], MEAN, resamples=4000).p == pytest.approx(found.p)
    swapped = paired_difference(b, a, MEAN, resamples=4000)
    assert (swapped.difference, swapped.low, swapped.p) == pytest.approx((-found.difference, -found.high, found.p))


def test_same_seed_same_figures_and_chunks_change_nothing(monkeypatch):
    values = table(runs(8))
    found = score_interval(values, MEAN)
    assert score_interval(values, MEAN) == found
    assert score_interval(values, MEAN, seed=1).standard_error != found.standard_error
    monkeypatch.setattr("seqharness.analysis.resampling.CHUNK", 3000)
    assert score_interval(values, MEAN).standard_error == pytest.approx(found.standard_error, rel=0.1)


@pytest.mark.parametrize("seeds", [2, 3, 10])
def test_intervals_of_a_single_system_shrink_with_level_and_seeds(seeds):
    system = resample(table(runs(9, seeds=seeds)), MEAN)
    wide, narrow = interval_of(system, 0.99), interval_of(system, 0.9)
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high


# --------------------------------------------------------------------------------------------------------- the rules


def test_one_seed_gives_no_verdict():
    one, five = table(runs(10, seeds=1)), table(runs(11) + 1)
    for a, b in ((one, one + 1), (one, five), (five, one)):
        found = paired_difference(a, b, MEAN)
        assert found.p is None
        assert found.minimum_detectable is None
        assert found.kind == "examples only"
        assert math.isfinite(found.low)
        assert math.isfinite(found.high)
    assert score_interval(one, MEAN).kind == "examples only"


def test_fixed_baseline_against_a_model_and_unequal_numbers_of_seeds():
    baseline, model, other = table(runs(12, seeds=1)), table(runs(13) + 1), table(runs(14, seeds=3))
    found = paired_difference(model, baseline, MEAN, deterministic=(False, True))
    assert found.p is not None
    assert found.kind == "seeds and examples"
    unequal = paired_difference(model, other, MEAN)
    assert unequal.p is not None
    assert unequal.p < 0.05


def test_undefined_scores_are_nan_and_never_a_verdict():
    values = np.full((3, 20, 2), np.nan)
    found = paired_difference(values, np.ones((3, 20, 2)), perplexity())
    assert math.isnan(found.difference)
    assert math.isnan(found.low)
    assert found.p is None
    assert math.isnan(score_interval(values, perplexity()).mean)
    single = score_interval(np.ones((3, 1, 2)), perplexity())
    assert single.mean == pytest.approx(math.e)
    assert math.isnan(single.low)


def test_resamples_without_a_score_are_left_out():
    values = np.zeros((2, 12, 10))
    values[:, 1:4] = bleu_columns(["a b c d e"], ["a b c d f"])  # other rows have no reference words
    values[1, 1] = bleu_columns(["a b c d f"], ["a b c d f"])[0]
    assert np.isnan(resample(values, bleu()).resampled).any()
    assert math.isfinite(score_interval(values, bleu()).low)


def test_systems_on_other_resamples_are_refused():
    a, b = resample(table(runs(1)), MEAN, seed=0), resample(table(runs(1)), MEAN, seed=1)
    with pytest.raises(ValueError, match="not the same resamples"):
        difference_of(a, b)
    for wrong in (np.zeros((2, 3)), np.zeros((2, 3, 5)), np.zeros((0, 3, 2)), np.zeros((2, 0, 2))):
        with pytest.raises(ValueError):
            resample(wrong, MEAN)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_monotone_and_never_below_p(p_values):
    adjusted = holm(p_values)
    for (p, q), (x, y) in zip(itertools.combinations(p_values, 2), itertools.combinations(adjusted, 2), strict=True):
        assert x <= y if p <= q else x >= y
    assert all(p <= x <= 1 for p, x in zip(p_values, adjusted, strict=True))


def test_holm_agrees_with_statsmodels():
    rng = np.random.default_rng(0)
    for size in (1, 2, 3, 7, 45):
        p_values = rng.choice([0.0, 1.0, 0.5, *(rng.random(45) ** 3)], size)
        np.testing.assert_allclose(holm(p_values.tolist()), multipletests(p_values, method="holm")[1], rtol=1e-12)


def test_holm_of_nothing_and_of_no_probability():
    assert holm([]) == []
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError):
            holm([0.5, wrong])


@pytest.mark.parametrize("df", [4, 8, 100])
def test_minimum_detectable_difference_is_found_with_the_power_it_promises(df):
    effect = minimum_detectable(2.0, df)
    critical = stats.t.ppf(0.975, df)
    power = 1 - stats.nct.cdf(critical, df, effect / 2.0) + stats.nct.cdf(-critical, df, effect / 2.0)
    assert power == pytest.approx(0.8, abs=0.03)


def test_intervals_end_where_the_scale_of_a_metric_does():
    assert within(-3.0, 104.0, accuracy().bounds) == (0.0, 100.0)
    assert within(0.5, 9.0, perplexity().bounds) == (1.0, 9.0)
    assert within(-3.0, 104.0, MEAN.bounds) == (-3.0, 104.0)
    assert within(-180.0, 20.0, difference_bounds(bleu().bounds)) == (-100.0, 20.0)
    assert within(-180.0, 20.0, difference_bounds(perplexity().bounds)) == (-180.0, 20.0)
    assert all(math.isnan(end) for end in within(math.nan, math.nan, bleu().bounds))
    assert replace(MEAN, unit="%").bounds == (0.0, 100.0)
    assert replace(MEAN, unit="%", lowest=-math.inf).bounds == (-math.inf, 100.0)


# ------------------------------------------------------------------------------------------------------- calibration


def calibration():
    path = Path(__file__).parents[2] / "benchmarks" / "calibration.py"
    spec = importlib.util.spec_from_file_location("calibration", path)
    sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[spec.name])
    return sys.modules[spec.name]


@pytest.mark.parametrize(
    ("metric", "seeds", "scene"),
    [
        *itertools.product(["accuracy", "macro-F1", "perplexity", "BLEU"], [3], ["large"]),
        *itertools.product(["accuracy", "perplexity"], [2, 10], ["small"]),
        *itertools.product(["accuracy", "macro-F1", "perplexity"], [5], ["itself"]),
    ],
)
def test_calibration(metric, seeds, scene):
    """400 simulations of a rate of 5 % give 2 to 8 %. Here resampling examples only calls 50 % at 3 seeds, the
    percentile bootstrap over seeds and examples 14 %, and a t test over seeds 48 % at 10 seeds."""
    module = calibration()
    null = module.calibrate(module.Setting(metric, seeds, scene), 400)
    assert 0.015 <= null.excluded(0.0) / 400 <= 0.085
    assert abs(null.difference.mean()) < 4 * null.difference.std() / 20


def test_calibration_with_a_planted_difference():
    module = calibration()
    planted = module.calibrate(module.Setting("accuracy", 5, "small", planted=0.15), 400)
    assert planted.truth == pytest.approx(5.2, abs=0.5)
    assert 0.92 <= 1 - planted.excluded(planted.truth) / 400 <= 0.98
    assert planted.excluded(0.0) / 400 > 0.4


def test_chance_calm_of_two_seeds_does_not_make_intervals_short():
    """Only B's seeds matter, and by chance do not show: Satterthwaite's formula as it stands calls 7.3 % of these."""
    module = calibration()
    unequal = module.calibrate(module.Setting("accuracy", 2, "unequal"), 1500)
    assert unequal.excluded(unequal.truth) / 1500 < 0.06
