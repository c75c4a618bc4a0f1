"""Bag of words and the linear models under all features, against scikit-learn and NumPy by hand."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.special import softmax

from seqharness.contracts import Example, Split
from seqharness.data.rows import Rows
from seqharness.interfaces import Classify
from seqharness_plugins.baselines.bow import ARCHITECTURE, BowOptions
from seqharness_plugins.baselines.heads import GRID, LogisticHead, RidgeHead, classified, errors_and_loss, head_for
from seqharness_plugins.baselines.words import documents

TEXTS = ["Not good, not good at all.", "It is good!", "Don't go: it isn't good", "all is well; it is good", "good good"]


def split(texts: list[str], labels: list[float], dtype: Any = np.int32) -> Split:
    rows = {"tokens": Rows.of([[7]] * len(texts)), "label": Rows.of([[label] for label in labels], dtype)}
    return Split([Example(text, None) for text in texts], rows)


def bow(train: Split, validation: Split, outputs: int = 2, loss: Any = "cross-entropy", **options: Any) -> Any:
    interface = Classify(vocabulary=9, max_length=9, outputs=outputs, loss=loss)
    baseline: Any = ARCHITECTURE.serves[Classify](BowOptions(**options), interface)
    baseline.fit(train, validation, np.random.default_rng(0))
    return baseline


# ---------------------------------------------------------------------------------------------------------------- words


def test_words_are_lower_cased_and_signs_stand_alone() -> None:
    assert documents(split([TEXTS[2], "L’eau, ça va?", ""], [0, 0, 0])) == [
        ["don't", "go", ":", "it", "isn't", "good"],
        ["l’eau", ",", "ça", "va", "?"],
        [],
    ]


def test_where_the_input_is_no_text_its_token_ids_are_the_words() -> None:
    rows = {"tokens": Rows.of([[7, 12], [8]])}
    assert documents(Split([Example(("a", "b"), 0), Example("c", 0)], rows)) == [["7", "12"], ["8"]]


# --------------------------------------------------------------------------------------------------------- bag of words


def test_features_are_tfidf_of_unigrams_and_bigrams_by_hand() -> None:
    baseline = bow(split(TEXTS, [0, 1, 0, 1, 1]), split(TEXTS, [0, 1, 0, 1, 1]))
    words = documents(split(TEXTS, [0] * 5))
    grams = [Counter([*row, *(" ".join(pair) for pair in pairwise(row))]) for row in words]
    having = Counter(gram for row in grams for gram in row)
    features = baseline._features(words).toarray()
    columns = baseline.vectorizer.vocabulary_
    assert set(columns) == set(having)
    for row, found in zip(grams, features, strict=True):
        weights = {gram: (1 + math.log(count)) * (1 + math.log(6 / (1 + having[gram]))) for gram, count in row.items()}
        length = math.sqrt(sum(weight**2 for weight in weights.values()))
        expected = np.zeros(len(columns))
        for gram, weight in weights.items():
            expected[columns[gram]] = weight / length
        np.testing.assert_allclose(found, expected, atol=1e-12)
    assert baseline.parameters == len(columns) + 2 * len(columns) + 2


def test_bigrams_solve_what_words_cannot() -> None:
    texts = ["good not bad", "bad not good"] * 10  # the same words, another order
    data = split(texts, [1, 0] * 10)
    said = [[one.output[0] for one in bow(data, data, ngrams=n).predict(data)] for n in (1, 2)]
    assert len(set(said[0])) == 1 and said[1] == [1, 0] * 10


def test_texts_without_any_known_word_get_the_frequencies() -> None:
    data = split(["", "", ""], [0, 0, 1])
    baseline = bow(data, data)
    assert baseline.predict(data)[0].probabilities == pytest.approx((3 / 5, 2 / 5))
    known = bow(split(TEXTS, [0, 1, 0, 1, 1]), data)
    assert len(known.predict(data)) == 3


def test_regression_on_words() -> None:
    texts = [f"{'up ' * up}{'down ' * (6 - up)}" for up in range(7)] * 3
    data = split(texts, [up / 6 for up in range(7)] * 3, np.float32)
    found = bow(data, data, outputs=1, loss="squared", ngrams=1).predict(data)
    assert np.mean([one.losses[0] for one in found]) < 0.003 < np.var([up / 6 for up in range(7)])


# -------------------------------------------------------------------------------------------------------- linear models


def blobs(labels: int, size: int, seed: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, labels, size)
    return np.eye(labels, 5)[truth] + rng.normal(0, 0.7, (size, 5)), truth


@pytest.mark.parametrize("labels", [2, 3])
def test_logistic_regression_is_at_the_minimum_of_its_penalised_loss(labels: int) -> None:
    (x, y), held_out = blobs(labels, 200, 1), blobs(labels, 80, 2)
    head = LogisticHead(labels)
    head.fit(x, y, *held_out)
    assert head.strength in GRID and head.parameters == head.weights.size + labels
    probabilities = softmax(x @ head.weights + head.biases, axis=1)
    np.testing.assert_allclose(probabilities, np.exp(head.scores(x)), atol=1e-12)
    errors = probabilities - np.eye(labels)[y]
    slope, weights = x.T @ errors, head.weights
    if labels == 2:  # scikit-learn fits the second label's weights alone, with the first one's at zero
        slope, weights = slope[:, 1:], weights[:, 1:]
        assert not head.weights[:, 0].any() and head.biases[0] == 0
    np.testing.assert_allclose(head.strength * slope + weights, 0, atol=0.02 * head.strength)
    np.testing.assert_allclose(errors.sum(0), 0, atol=0.02)


def test_the_penalty_is_the_one_with_the_fewest_errors_on_validation() -> None:
    from sklearn.linear_model import LogisticRegression

    (x, y), (v, w) = blobs(3, 60, 3), blobs(3, 300, 4)
    head = LogisticHead(3)
    head.fit(x, y, v, w)
    scores = []
    for strength in GRID:
        logs = LogisticRegression(C=strength, max_iter=2000).fit(x, y).predict_log_proba(v)
        scores.append((int((logs.argmax(1) != w).sum()), -logs[np.arange(300), w].sum()))
    assert head.strength == GRID[min(range(len(GRID)), key=lambda place: scores[place])]
    assert head.chosen == f"C = {head.strength:g}"
    assert errors_and_loss(head.scores(v), w) == pytest.approx(min(scores), rel=0.02)


def test_a_label_that_training_did_not_have_is_not_impossible() -> None:
    x, y = blobs(2, 98, 1)
    head = LogisticHead(4)
    head.fit(x, 2 * y, x, 2 * y)  # labels 0 and 2 of 4
    predictions = head.predict(x, np.full(98, 1))
    for one in predictions:
        assert one.probabilities is not None and sum(one.probabilities) == pytest.approx(1)
        assert one.probabilities[1] == one.probabilities[3] == pytest.approx(1 / 102)
        assert one.losses == pytest.approx((math.log(102),))


def test_one_label_or_no_features_leave_the_frequencies() -> None:
    x, _ = blobs(2, 7, 1)
    for features in (x, np.zeros((7, 0)), csr_array((7, 0))):
        head = LogisticHead(3)
        head.fit(features, np.full(7, 2), features, np.full(7, 2))
        assert np.exp(head.scores(features)[0]).tolist() == pytest.approx([0.1, 0.1, 0.8]) and head.parameters == 0


def test_scores_far_apart_keep_finite_losses() -> None:
    wrong = classified(np.array([[0.0, 2000.0]]), np.array([0]))[0]
    assert wrong.losses == (2000.0,) and wrong.probabilities == (0.0, 1.0) and wrong.output == [1]


@pytest.mark.parametrize("sparse", [False, True])
def test_ridge_regression_solves_the_normal_equations(sparse: bool) -> None:
    rng = np.random.default_rng(0)
    x, v = rng.normal(size=(50, 4)), rng.normal(size=(30, 4))
    true = np.array([1.0, -2, 0, 3])
    y, w = x @ true + 5 + rng.normal(size=50), v @ true + 5 + rng.normal(size=30)
    head = RidgeHead()
    head.fit(csr_array(x) if sparse else x, y, csr_array(v) if sparse else v, w)
    errors = []
    for strength in GRID:
        centred = x - x.mean(0)
        weights = np.linalg.solve(centred.T @ centred + np.eye(4) / strength, centred.T @ (y - y.mean()))
        bias = y.mean() - x.mean(0) @ weights
        errors.append((((v @ weights + bias - w) ** 2).sum(), strength, weights, bias))
    _, strength, weights, bias = min(errors, key=lambda one: one[0])
    assert head.strength == strength and head.parameters == 5
    np.testing.assert_allclose(head.weights, weights, atol=1e-3)
    found = head.predict(csr_array(v) if sparse else v, w)
    assert found[0].output == pytest.approx(v[0] @ weights + bias, abs=1e-3)
    assert found[0].losses == pytest.approx(((found[0].output - w[0]) ** 2,))


def test_the_head_suits_the_loss() -> None:
    assert isinstance(head_for(Classify(vocabulary=9, max_length=9, outputs=2)), LogisticHead)
    assert isinstance(head_for(Classify(vocabulary=9, max_length=9, outputs=1, loss="squared")), RidgeHead)
