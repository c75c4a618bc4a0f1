"""Figures of language models: per word, against the true distribution, on repeated bigrams, and of hidden tokens."""

from __future__ import annotations

import math

import numpy as np
import pytest

from seqharness.contracts import Prediction
from seqharness.metrics import likelihood
from seqharness.modules.masking import SHARE

LOSSES = (Prediction(losses=(1.0, 2.0, 4.0)), Prediction(losses=(3.0, 0.5)))


def test_word_perplexity_divides_by_words_and_perplexity_by_tokens() -> None:
    metric = likelihood.word_perplexity()
    assert metric.columns == (likelihood.NLL, likelihood.WORDS)
    assert metric.value(np.array([10.5, 3.0])) == pytest.approx(math.exp(3.5))
    assert math.isnan(metric.value(np.array([10.5, 0.0])))
    assert likelihood.perplexity().value(np.array([10.5, 5.0])) == pytest.approx(math.exp(2.1))


def test_excess_is_the_mean_of_log_ratios_in_bits() -> None:
    table = likelihood.excess_columns(LOSSES, [-8.0, -6.0])
    expected = [-8 + 7 / math.log(2), -6 + 3.5 / math.log(2)]
    np.testing.assert_allclose(table, [[expected[0], 1], [expected[1], 1]])
    assert likelihood.excess_bits().value(table.sum(axis=0)) == pytest.approx(sum(expected) / 2)


def test_excess_of_the_true_distribution_itself_is_zero() -> None:
    table = likelihood.excess_columns([Prediction(losses=(math.log(2), math.log(8)))], [-4.0])
    assert table[0, 0] == pytest.approx(0, abs=1e-12)


def test_excess_is_undefined_without_the_truth_or_without_losses() -> None:
    table = likelihood.excess_columns([LOSSES[0], Prediction(output="x")], [None, -1.0])
    assert np.isnan(table).all()


def test_recall_takes_apart_what_perplexity_puts_together() -> None:
    table = likelihood.recall_columns(LOSSES, [[1, 2], []])
    assert table.tolist() == [[6.0, 2.0], [0.0, 0.0]]
    repeated = table.sum(axis=0)
    sums = np.concatenate([[10.5, 5.0], repeated])
    assert likelihood.recall_perplexity().value(repeated) == pytest.approx(math.exp(3))
    assert likelihood.other_perplexity().value(sums) == pytest.approx(math.exp(4.5 / 3))
    assert likelihood.other_perplexity().columns == (likelihood.NLL, likelihood.TOKENS, *likelihood.RECALL_COLUMNS)
    assert math.isnan(likelihood.recall_perplexity().value(np.zeros(2)))
    assert np.isnan(likelihood.recall_columns([Prediction()], [[]])).all()


def test_values_are_vectorised() -> None:
    rng = np.random.default_rng(0)
    for metric in (
        likelihood.word_perplexity(),
        likelihood.excess_bits(),
        likelihood.recall_perplexity(),
        likelihood.other_perplexity(),
        likelihood.pseudo_perplexity(),
        likelihood.masked_accuracy(),
    ):
        sums = rng.uniform(1, 2, size=(3, 4, len(metric.columns)))
        if metric.name == "other_perplexity":
            sums[..., :2] += 5
        each = [[metric.value(sums[i, j]) for j in range(4)] for i in range(3)]
        np.testing.assert_allclose(metric.value(sums), np.array(each))


def test_hidden_tokens_are_counted_and_hits_among_them() -> None:
    table = likelihood.masked_columns(LOSSES, [[7, 8, 9], [7, 1]], [[7, 8, 1], [7, 7]])
    assert table.tolist() == [[7.0, 3.0, 2.0], [3.5, 2.0, 1.0]]
    sums = table.sum(axis=0)
    assert likelihood.pseudo_perplexity().value(sums[:2]) == pytest.approx(math.exp(10.5 / 5))
    assert likelihood.masked_accuracy().value(sums[[2, 1]]) == pytest.approx(60)
    assert likelihood.masked_accuracy().columns == ("masked.hits", "masked.tokens")


def test_guesses_and_losses_must_be_as_many_as_hidden_tokens() -> None:
    with pytest.raises(ValueError):
        likelihood.masked_columns(LOSSES[:1], [[7, 8]], [[7, 8, 1]])
    with pytest.raises(ValueError, match="3 losses for 2 hidden tokens"):
        likelihood.masked_columns(LOSSES[:1], [None], [[7, 8]])
    assert np.isnan(likelihood.masked_columns([Prediction()], [None], [[7, 8]])[0, [0, 2]]).all()


def test_pseudo_perplexity_shares_no_name_and_no_column_with_perplexity() -> None:
    assert likelihood.pseudo_perplexity().name != likelihood.perplexity().name
    assert not set(likelihood.MASKED_COLUMNS) & {*likelihood.LIKELIHOOD_COLUMNS, likelihood.WORDS}


def test_answers_are_a_share_of_the_row_and_depend_on_it_alone() -> None:
    rows = [np.random.default_rng(seed).integers(6, 90, size=40) for seed in range(200)]
    answers = [likelihood.masked_answers(row) for row in rows]
    assert sum(map(len, answers)) / (200 * 40) == pytest.approx(SHARE, abs=0.015)
    assert answers == [likelihood.masked_answers(row.astype(np.int32)) for row in rows]
    assert likelihood.masked_answers(np.array([9])) == [9]
