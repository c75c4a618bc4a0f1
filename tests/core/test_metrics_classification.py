"""Figures of classification and tagging: equal to scikit-learn's or to a plain loop's, over any leading axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score, matthews_corrcoef

from seqharness.contracts import Metric, Prediction
from seqharness.metrics import classification as c
from seqharness.metrics import tagging as t

LABELS = ("no", "yes", 'may "be",', "→")
MANY = tuple(f"class {number}" for number in range(c.MATRIX_LIMIT + 1))

pytestmark = pytest.mark.filterwarnings("ignore:A single label:UserWarning", "ignore:invalid value:RuntimeWarning")


def pairs_of(labels: Sequence[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Lists of (reference, output)."""
    return st.lists(st.tuples(st.sampled_from(labels), st.sampled_from(labels)), min_size=1, max_size=60)


def figure(metric: Metric, table: np.ndarray) -> float:
    return float(metric.value(table.sum(axis=0)))


# --------------------------------------------------------------------------------------- accuracy, confusion matrix


@pytest.mark.parametrize("labels", [LABELS[:2], LABELS[:3], LABELS, MANY], ids=["2", "3", "4", "many"])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_f1_and_matthews_are_those_of_scikit_learn(labels: tuple[str, ...], data: st.DataObject) -> None:
    references, outputs = zip(*data.draw(pairs_of(labels)), strict=True)
    table = c.confusion_columns(outputs, references, labels)
    assert table.shape == (len(outputs), len(c.class_columns(labels)))
    expected = 100 * f1_score(references, outputs, average="macro", zero_division=0)
    assert figure(c.macro_f1(labels), table) == pytest.approx(expected)
    assert figure(c.matthews(labels), table) == pytest.approx(matthews_corrcoef(references, outputs))
    hits = sum(a == b for a, b in zip(references, outputs, strict=True))
    assert figure(c.accuracy(), c.accuracy_columns(outputs, references)) == pytest.approx(100 * hits / len(outputs))


@given(pairs_of(LABELS))
@settings(deadline=None)
def test_the_confusion_matrix_comes_back_from_the_sums(pairs: list[tuple[str, str]]) -> None:
    references, outputs = zip(*pairs, strict=True)
    columns = ("other", *c.class_columns(LABELS), "last")
    table = c.confusion_columns(outputs, references, LABELS)
    sums = np.concatenate([[7.0], table.sum(axis=0), [9.0]])
    found = c.confusion_of(columns, sums)
    assert found is not None
    labels, matrix = found
    assert labels == LABELS
    assert matrix.tolist() == confusion_matrix(references, outputs, labels=list(LABELS)).tolist()
    several = c.confusion_of(columns, np.stack([sums, 2 * sums]))
    assert several is not None
    assert several[1].tolist() == [matrix.tolist(), (2 * matrix).tolist()]


def test_many_classes_have_no_matrix_and_few_columns() -> None:
    assert len(c.class_columns(MANY)) == 3 * len(MANY)
    assert c.confusion_of(c.class_columns(MANY), np.zeros(3 * len(MANY))) is None


def test_an_output_that_is_no_label_is_refused_and_none_is_undefined() -> None:
    with pytest.raises(ValueError, match="'perhaps' is no label; there is: 'no', 'yes'"):
        c.confusion_columns(["perhaps"], ["no"], LABELS[:2])
    for labels in (LABELS, MANY):
        assert np.isnan(c.confusion_columns([None], [labels[0]], labels)).all()
    assert np.isnan(c.accuracy_columns([None], ["no"])).all()


def test_one_class_alone_and_no_examples() -> None:
    table = c.confusion_columns(["no", "no"], ["no", "no"], LABELS)
    assert figure(c.macro_f1(LABELS), table) == 100
    assert figure(c.matthews(LABELS), table) == 0
    for metric in (c.accuracy(), c.macro_f1(LABELS), c.matthews(LABELS), c.calibration_error(), c.cross_entropy()):
        assert math.isnan(float(metric.value(np.zeros(len(metric.columns)))))
        assert math.isnan(float(metric.value(np.full(len(metric.columns), math.nan))))


# -------------------------------------------------------------------------------------------------------- calibration


def plain_calibration_error(confidences: Sequence[float], hits: Sequence[bool]) -> float:
    """Guo et al. 2017, equation 3, by a loop over the bins."""
    total = 0.0
    for number in range(1, 16):
        inside = [i for i, p in enumerate(confidences) if (number - 1) / 15 < p <= number / 15]
        if inside:
            accuracy = sum(hits[i] for i in inside) / len(inside)
            confidence = sum(confidences[i] for i in inside) / len(inside)
            total += len(inside) / len(confidences) * abs(accuracy - confidence)
    return 100 * total


CONFIDENT = st.lists(st.tuples(st.floats(0.25, 1) | st.integers(4, 15).map(lambda n: n / 15), st.booleans()))


@given(CONFIDENT)
@settings(deadline=None)
def test_calibration_error_is_that_of_a_plain_loop(given: list[tuple[float, bool]]) -> None:
    predictions = [
        Prediction("yes" if hit else "no", probabilities=(confidence, *[(1 - confidence) / 3] * 3))
        for confidence, hit in given
    ]
    table = c.calibration_columns(predictions, ["yes"] * len(given))
    if given:
        confidences, hits = zip(*given, strict=True)
        assert figure(c.calibration_error(), table) == pytest.approx(plain_calibration_error(confidences, hits))


def test_calibration_by_hand() -> None:
    predictions = [Prediction("a", probabilities=(0.9, 0.1)), Prediction("a", probabilities=(0.92, 0.08))]
    predictions.append(Prediction("b", probabilities=(0.4, 0.6)))
    table = c.calibration_columns(predictions, ["a", "b", "b"])
    # The first two share a bin, (13/15, 14/15]: confidence 0.91, accuracy 0.5; the third: confidence 0.6, accuracy 1.
    assert figure(c.calibration_error(), table) == pytest.approx(100 * (2 / 3 * 0.41 + 1 / 3 * 0.4))


def test_calibration_does_not_apply_without_probabilities() -> None:
    table = c.calibration_columns([Prediction("a"), Prediction("a", probabilities=(1.0,))], ["a", "a"])
    assert np.isnan(table[0]).all()
    assert not np.isnan(table[1]).any()
    assert math.isnan(figure(c.calibration_error(), table))


def test_bins_hold_their_upper_edge() -> None:
    assert [c.bin_of(value) for value in (1e-9, 1 / 15, 0.0667, 0.6, 9 / 15, 0.61, 1.0)] == [0, 0, 1, 8, 8, 9, 14]


# ------------------------------------------------------------------------------------------------------------- losses


def test_loss_and_squared_error() -> None:
    table = c.cross_entropy_columns([Prediction(losses=(1.0,)), Prediction(losses=(2.0, 3.0)), Prediction(losses=())])
    assert figure(c.cross_entropy(), table) == pytest.approx(2.0)
    assert np.isnan(c.cross_entropy_columns([Prediction("a")])).all()
    table = c.squared_error_columns([1.0, 0.5, 3.0], [1.5, 0.5, 1.0])
    assert figure(c.squared_error(), table) == pytest.approx((0.25 + 4) / 3)
    assert np.isnan(c.squared_error_columns([None], [1.0])).all()
    assert not c.squared_error().higher_is_better
    assert not c.cross_entropy().higher_is_better


def test_different_numbers_are_refused() -> None:
    calls = (
        lambda: c.accuracy_columns(["a"], []),
        lambda: c.confusion_columns(["a"], [], ["a"]),
        lambda: c.calibration_columns([Prediction("a")], []),
        lambda: c.squared_error_columns([1.0], []),
        lambda: t.token_columns([["O"]], []),
    )
    for call in calls:
        with pytest.raises(ValueError, match="zip"):
            call()


# --------------------------------------------------------------------------------------------------------------- tags


TAGS = st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y", "I-Y-Z", "NOUN"])
ROWS = st.lists(st.tuples(TAGS, TAGS), max_size=12)


def plain_spans(tags: Sequence[str]) -> set[tuple[str, int, int]]:
    """Spans by conlleval's two questions at every position: does one end before it, does one begin at it?"""
    found, begin = set(), 0
    for position in range(len(tags) + 1):
        tag = tags[position] if position < len(tags) else "O"
        before = tags[position - 1] if position else "O"
        kind, kind_before = (given[2:] if given[:2] in ("B-", "I-") else None for given in (tag, before))
        if kind_before is not None and (kind != kind_before or tag[0] == "B"):
            found.add((kind_before, begin, position))
        if kind is not None and (kind != kind_before or tag[0] == "B"):
            begin = position
    return found


@given(st.lists(ROWS, min_size=1, max_size=8))
@settings(deadline=None)
def test_span_f1_and_accuracies_are_those_of_a_plain_loop(sentences: list[list[tuple[str, str]]]) -> None:
    references = [[true for true, _ in row] for row in sentences]
    outputs = [[said for _, said in row] for row in sentences]
    wanted = {(index, *span) for index, row in enumerate(references) for span in plain_spans(row)}
    found = {(index, *span) for index, row in enumerate(outputs) for span in plain_spans(row)}
    score = figure(t.span_f1(), t.span_columns(outputs, references))
    if wanted or found:
        assert score == pytest.approx(100 * 2 * len(wanted & found) / (len(wanted) + len(found)))
    else:
        assert math.isnan(score)
    right = [true == said for row in sentences for true, said in row]
    tokens = figure(t.token_accuracy(), t.token_columns(outputs, references))
    assert math.isnan(tokens) if not right else tokens == pytest.approx(100 * sum(right) / len(right))
    whole = [output == reference for output, reference in zip(outputs, references, strict=True)]
    sentence = figure(t.sentence_accuracy(), t.sentence_columns(outputs, references))
    assert sentence == pytest.approx(100 * sum(whole) / len(whole))


def test_spans_by_hand() -> None:
    assert t.spans(["B-X", "I-X", "I-Y", "O", "I-X", "B-X"]) == {("X", 0, 2), ("Y", 2, 3), ("X", 4, 5), ("X", 5, 6)}
    assert t.spans(["B", "I", "O", "B"]) == {("_", 0, 2), ("_", 3, 4)}
    assert t.spans(["NOUN", "VERB"]) == t.spans([]) == set()


def test_tags_of_another_length_are_refused_and_none_is_undefined() -> None:
    for columns in (t.token_columns, t.sentence_columns, t.span_columns):
        with pytest.raises(ValueError, match="1 tags where 2 are expected"):
            columns([["O"]], [["O", "O"]])
        assert np.isnan(columns([None], [["O"]])).all()


# ------------------------------------------------------------------------------------------------------- leading axes


EVERY_METRIC = (
    c.accuracy(),
    *(make(labels) for make in (c.macro_f1, c.matthews) for labels in (LABELS, MANY)),
    c.calibration_error(),
    c.cross_entropy(),
    c.squared_error(),
    t.token_accuracy(),
    t.sentence_accuracy(),
    t.span_f1(),
)


@pytest.mark.parametrize(
    "metric",
    EVERY_METRIC,
    ids=lambda metric: f"{metric.name}-{len(metric.columns)}",
)
def test_values_are_computed_over_all_leading_axes(metric: Metric) -> None:
    sums = np.random.default_rng(0).integers(0, 9, size=(3, 4, len(metric.columns))).astype(float)
    together = metric.value(sums)
    assert together.shape == (3, 4)
    for place in np.ndindex(3, 4):
        assert float(metric.value(sums[place])) == pytest.approx(float(together[place]), nan_ok=True)
