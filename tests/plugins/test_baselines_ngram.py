"""The n-gram model against arithmetic by hand, KenLM, and the formulas written out with dictionaries."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqharness.contracts import Example, Split
from seqharness.data.rows import Rows
from seqharness.errors import NotApplicable
from seqharness.interfaces import BOS, EOS, MASK, PAD, SEP, UNK, CausalLM, Classify
from seqharness_plugins.baselines.kneser_ney import KneserNey, discounts, growing
from seqharness_plugins.baselines.ngram import ARCHITECTURE, NgramClassifier, NgramLM, NgramOptions
from seqharness_plugins.baselines.targets import Text, predictable

A, B, C = 6, 7, 8
Row = Sequence[int]


def interface(types: int, answers: bool = False) -> CausalLM:
    return CausalLM(vocabulary=6 + types, max_length=100, answers=answers)


def split(rows: Sequence[Row], scored: Sequence[Row] | None = None, label: Sequence[int] | None = None) -> Split:
    fields = {"tokens": Rows.of(rows)}
    if scored is not None:
        fields["scored"] = Rows.of(scored)
    if label is not None:
        fields["label"] = Rows.of([[one] for one in label])
    return Split([Example(None, None)] * len(rows), fields)


def model_of(rows: Sequence[Row], order: int, types: int, scored: Sequence[Row] | None = None) -> KneserNey:
    train = split(rows, scored)
    text = Text.of(train.rows)
    models = growing(text, text, predictable(interface(types), train.rows))
    return next(islice(models, order - 1, None))[0]


def probabilities(model: KneserNey, row: Row) -> list[float]:
    """Of each token of a row and of its end."""
    return model.probabilities(Text.of(split([row]).rows)).tolist()


def fitted(order: int | None, rows: Sequence[Row], types: int, answers: bool = False) -> NgramLM:
    model = NgramLM(NgramOptions(order=order), interface(types, answers))
    model.fit(split(rows), split(rows), np.random.default_rng(0))
    return model


# -------------------------------------------------------------------------------------------------------------- by hand


def test_bigrams_of_three_sentences_by_hand() -> None:
    # a b / a b / a c, order 2. Bigrams: <s> a 3, a b 2, b </s> 2, a c 1, c </s> 1: n1 = 2, n2 = 2, n4 = 0, so one
    # discount Y = 2 / (2 + 2 * 2) = 1/3. Unigrams count what stands before: a 1, b 1, c 1, </s> 2 (b and c), 5 in all:
    # n1 = 3, n2 = 1, n3 = 0, Y = 3 / (3 + 2 * 1) = 3/5. Five things can come: a, b, c, </s> and an unknown word.
    model = model_of([[A, B], [A, B], [A, C]], 2, types=3)
    rest = 4 * (3 / 5) / 5  # four types, each discounted by 3/5, over five
    once, end, unknown = (1 - 3 / 5) / 5 + rest / 5, (2 - 3 / 5) / 5 + rest / 5, rest / 5
    assert once == pytest.approx(0.176) and end == pytest.approx(0.376) and unknown == pytest.approx(0.096)
    after_a = 2 * (1 / 3) / 3  # two types after a, each discounted by 1/3, over three
    assert probabilities(model, [A, B]) == pytest.approx(
        [
            (3 - 1 / 3) / 3 + (1 / 3) / 3 * once,  # a after <s>: 0.9084
            (2 - 1 / 3) / 3 + after_a * once,  # b after a: 0.5947
            (2 - 1 / 3) / 2 + (1 / 3) / 2 * end,  # </s> after b: 0.8960
        ],
        abs=1e-12,
    )
    assert probabilities(model, [C, UNK, A]) == pytest.approx(
        [(1 / 3) / 3 * once, (1 / 3) / 1 * unknown, once, after_a * end], abs=1e-12
    )  # after an unknown word nothing is known: back to the unigram


def test_a_word_that_follows_one_other_only_is_not_expected_elsewhere() -> None:
    # "San Francisco" (Chen & Goodman 1999, section 2.7): frequent, but after one word. Glasses come after many.
    san, francisco, glasses = 6, 7, 8
    rows = [[san, francisco]] * 10 + [[one, glasses] for one in range(9, 15)]
    model = model_of(rows, 2, types=15)
    after_unseen = probabilities(model, [20, francisco])[1], probabilities(model, [20, glasses])[1]
    assert after_unseen[0] < after_unseen[1] / 2
    assert probabilities(model, [san, francisco])[1] > 0.9


def test_discounts_by_hand() -> None:
    # n1 = 10, n2 = 5, n3 = 3, n4 = 2: Y = 10 / 20, D1 = 1 - 2 Y 5 / 10, D2 = 2 - 3 Y 3 / 5, D3+ = 3 - 4 Y 2 / 3.
    counts = np.repeat([0, 1, 2, 3, 4, 9], [7, 10, 5, 3, 2, 4])
    assert discounts(counts) == pytest.approx((0.5, 1.1, 3 - 4 / 3))


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((10, 5, 3, 0), (0.5, 0.5, 0.5)),  # no n4: one discount Y = 10 / 20
        ((10, 5, 0, 2), (0.5, 0.5, 0.5)),  # no n3: D2 would take all
        ((2, 1, 5, 1), (0.5, 0.5, 0.5)),  # D2 = 2 - 3 * 0.5 * 5 is negative
        ((4, 0, 3, 2), (0.5, 0.5, 0.5)),  # no n2: Y would be 1
        ((0, 4, 3, 2), (0.5, 0.5, 0.5)),  # no n1: Y would be 0, and nothing left for what was not seen
        ((0, 0, 0, 0), (0.5, 0.5, 0.5)),
        ((6, 1, 0, 0), (0.75, 0.75, 0.75)),
    ],
)
def test_discounts_of_small_texts(numbers: tuple[int, ...], expected: tuple[float, ...]) -> None:
    assert discounts(np.repeat([1, 2, 3, 4], numbers)) == pytest.approx(expected)


# ---------------------------------------------------------------------------------------------------------------- KenLM


def pseudo_random_sentences() -> list[list[int]]:
    """200 sentences over up to 150 words, the same everywhere."""
    state = 1

    def draw(n: int) -> int:
        nonlocal state
        state = (state * 1103515245 + 12345) % 2**31
        return (state >> 16) % n

    rows = []
    for _ in range(200):
        row, last = [], 0
        for _ in range(1 + draw(8)):
            last = (last + 1) % 60 if draw(2) else draw(1 + draw(150))
            row.append(last)
        rows.append(row)
    return rows


KENLM = {
    (1, 2, 3): (-0.340185, -0.330963, -0.351057, -0.409096),
    (17, 18, 19, 20): (-1.734404, -0.539905, -0.812783, -0.853336, -0.737371),
    (0, 0): (-2.184109, -2.069411, -0.570777),
    (5, 6, -1, 7, 8): (-1.602542, -0.176317, -3.112344, -1.777445, -0.70656, -0.397383),
    (): (-1.454668,),
    (40, 41, 90, 91, 1, 2): (-2.400193, -0.835756, -2.742001, -2.380318, -2.088312, -0.943704, -0.660516),
}
"""log10 p of each word and of the end, by `lmplz -o 3` of KenLM (pypi kenlm 0.3.0) on those sentences; -1: unknown."""


def test_trigrams_agree_with_kenlm() -> None:
    sentences = pseudo_random_sentences()
    number = {word: 6 + place for place, word in enumerate(sorted({word for row in sentences for word in row}))}
    model = model_of([[number[word] for word in row] for row in sentences], 3, types=len(number))
    for row, expected in KENLM.items():
        found = np.log10(probabilities(model, [number.get(word, UNK) for word in row]))
        np.testing.assert_allclose(found, expected, atol=2e-6)


# --------------------------------------------------------------------------------- the formulas, with dictionaries


class ByDictionary:
    """The formulas of Chen & Goodman 1999 for one order, n-gram by n-gram."""

    def __init__(self, rows: Sequence[Row], scored: Sequence[Row], order: int, possible: set[int]) -> None:
        self.order, self.possible = order, possible
        raw: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(order + 1)]
        for row, flags in zip(rows, scored, strict=True):
            text = [BOS, *row, EOS]
            for at, flag in enumerate(flags, start=1):
                for n in range(1, min(order, at + 1) + 1):
                    raw[n][tuple(text[at - n + 1 : at + 1])] += bool(flag)
        self.adjusted: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(order + 1)]
        for n in range(1, order + 1):
            for gram, count in raw[n].items():
                if n < order and gram[0] != BOS:
                    count = sum(longer[1:] == gram and times > 0 for longer, times in raw[n + 1].items())
                self.adjusted[n][gram] = count
        self.discounts = [
            (0.0, *discounts(np.array(list(counts.values()), dtype=np.int64))) for counts in self.adjusted
        ]

    def probability(self, token: int, context: tuple[int, ...]) -> float:
        return self._interpolated(token, context[len(context) - min(len(context), self.order - 1) :])

    def _interpolated(self, token: int, context: tuple[int, ...]) -> float:
        n = len(context) + 1
        lower = self._interpolated(token, context[1:]) if context else (token in self.possible) / len(self.possible)
        after = {gram[-1]: count for gram, count in self.adjusted[n].items() if gram[:-1] == context and count}
        total = sum(after.values())
        if not total:
            return lower
        cut = {word: self.discounts[n][min(count, 3)] for word, count in after.items()}
        return (after.get(token, 0) - cut.get(token, 0)) / total + sum(cut.values()) / total * lower


rows_strategy = st.lists(st.lists(st.integers(6, 10), max_size=6), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(rows_strategy, rows_strategy, st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_it_is_the_formula_and_sums_to_one(
    rows: list[list[int]], others: list[list[int]], order: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    flags = [rng.integers(0, 4, len(row) + 1).clip(max=1).tolist() for row in rows]  # three of four are scored
    model = model_of(rows, order, types=6, scored=flags)
    possible = set(np.flatnonzero(model.possible).tolist())
    assert possible == {EOS, UNK, *range(6, 12)}
    expected = ByDictionary(rows, flags, order, possible)
    for row in [*rows, *others]:
        text = Text.of(split([row]).rows)
        tokens = [BOS, *row, EOS]
        found, table = probabilities(model, row), model.distributions(model.contexts(text))
        np.testing.assert_allclose(table.sum(1), 1, atol=1e-12)
        assert set(np.flatnonzero(table.sum(0)).tolist()) <= possible
        for at, token in enumerate(tokens[1:]):
            assert found[at] == pytest.approx(expected.probability(token, tuple(tokens[: at + 1])), abs=1e-12)
            assert table[at, token] == pytest.approx(found[at], abs=1e-12)
            assert found[at] > 0


def test_models_of_all_orders_grow_from_one_count() -> None:
    rows = [[A, B, A, C], [B, A, C, C], [A, B, C]]
    text = Text.of(split(rows).rows)
    grown = list(islice(growing(text, text, predictable(interface(3), split(rows).rows)), 7))
    for order, (model, found) in enumerate(grown, start=1):
        assert model.order == order
        np.testing.assert_allclose(model.probabilities(text), found, atol=1e-15)
        np.testing.assert_allclose(found, model_of(rows, order, 3).probabilities(text), atol=1e-15)
    assert grown[5][1] == pytest.approx(grown[6][1].tolist())  # there are no n-grams of 7 tokens to learn from


# ----------------------------------------------------------------------------------------------------------- likelihood


def test_one_loss_a_scored_position_end_included() -> None:
    model = fitted(2, [[A, B], [A, B], [A, C]], types=3)
    plain = model.predict(split([[A, B], [], [C]]))
    assert [len(one.losses or ()) for one in plain] == [3, 1, 2]
    assert [one.output for one in plain] == [None, None, None]
    assert plain[0].losses == pytest.approx([-math.log(p) for p in probabilities(model.model, [A, B])])
    some = model.predict(split([[A, B], [], [C]], scored=[[0, 1, 0], [0], [1, 1]]))
    assert [one.losses for one in some] == [plain[0].losses[1:2], (), plain[2].losses]  # type: ignore[index]


def test_tokens_that_are_not_scored_are_context_but_no_events() -> None:
    model = model_of([[A, B], [A, B]], 2, types=3, scored=[[0, 1, 0], [0, 1, 0]])
    after_a, at_begin = probabilities(model, [A, B])[1], probabilities(model, [B])[0]
    assert after_a > 0.7 and at_begin == pytest.approx(probabilities(model, [C, B])[1])  # nothing is known of either
    assert probabilities(model, [A])[0] == pytest.approx(probabilities(model, [C])[0])  # A was never an event


def test_the_separator_is_predicted_only_where_training_has_it() -> None:
    without, with_it = fitted(2, [[A, B]], types=2), fitted(2, [[A, SEP, B]], types=2)
    for reserved in (PAD, BOS, MASK):
        assert not without.model.possible[reserved] and not with_it.model.possible[reserved]
    assert not without.model.possible[SEP] and with_it.model.possible[SEP]


def test_the_answer_is_the_most_probable_token_of_each_scored_position() -> None:
    rows = [[A, B, C], [A, B, C], [B, A, C]]
    model = fitted(3, rows, types=3, answers=True)
    given_rows = split(rows, scored=[[0, 1, 0, 1], [1, 1, 1, 1], [0, 0, 0, 0]])
    predictions = model.predict(given_rows)
    assert [one.output for one in predictions] == [[B, EOS], [A, B, C, EOS], []]
    text = Text.of(given_rows.rows)
    chunked = model.model.most_probable(text, cells=1)  # a position at a time
    assert chunked.tolist() == [B, EOS, A, B, C, EOS]


def test_the_order_is_the_best_on_validation_unless_given() -> None:
    rng = np.random.default_rng(0)
    rows = [[int(x)] * 2 + [int(y)] * 2 for x, y in rng.integers(6, 26, size=(300, 2))]  # xxyy: a bigram's world
    model = NgramLM(NgramOptions(), interface(20))
    model.fit(split(rows[:200]), split(rows[200:]), rng)
    held_out = Text.of(split(rows[200:]).rows)
    losses = [-np.log(model_of(rows[:200], order, 20).probabilities(held_out)).sum() for order in range(1, 7)]
    assert model.model.order == 1 + int(np.argmin(losses)) > 1
    assert model.chosen == f"order {model.model.order}"
    assert fitted(4, rows, types=20).model.order == 4
    assert fitted(4, rows, types=20).chosen == ""
    assert fitted(12, rows[:5], types=20).model.order == 12  # any order, also beyond the longest row


def test_parameters_are_the_ngrams_with_a_count_and_three_discounts_a_length() -> None:
    model = fitted(2, [[A, B], [A, B], [A, C]], types=3)
    assert model.parameters == (4 + 3) + (5 + 3)


def test_an_empty_text_leaves_the_uniform_distribution() -> None:
    model = model_of([], 3, types=3)
    assert probabilities(model, [A]) == pytest.approx([1 / 5, 1 / 5])


# ------------------------------------------------------------------------------------------------------- classification


def classifier(order: int | None, train: Split, validation: Split, labels: int) -> NgramClassifier:
    model = NgramClassifier(NgramOptions(order=order), Classify(vocabulary=9, max_length=9, outputs=labels))
    model.fit(train, validation, np.random.default_rng(0))
    return model


def test_labels_are_weighed_by_the_rule_of_bayes() -> None:
    train = split([[A, B], [A, A, B], [B, A], [B, B, A]], label=[0, 0, 0, 1])
    found = classifier(2, train, train, 2).predict(split([[A, B], [B, A], [C]], label=[0, 1, 0]))
    possible = ~np.isin(np.arange(9), (PAD, BOS))
    models = [
        next(islice(growing(text, text, possible), 1, None))[0]
        for text in (Text.of(train.rows, [0, 1, 2]), Text.of(train.rows, [3]))
    ]
    for row, label, prediction in zip([[A, B], [B, A], [C]], [0, 1, 0], found, strict=True):
        joint = [4 / 6 * math.prod(probabilities(models[0], row)), 2 / 6 * math.prod(probabilities(models[1], row))]
        expected = [part / sum(joint) for part in joint]
        assert prediction.probabilities == pytest.approx(expected, abs=1e-12)
        assert prediction.output == [int(np.argmax(expected))]
        assert prediction.losses == pytest.approx((-math.log(expected[label]),))


def test_bigrams_tell_texts_apart_that_differ_in_order_alone() -> None:
    rows = [([A, B] if label else [B, A]) * times for label in range(2) for times in range(1, 5)]
    data = split(rows, label=[0] * 4 + [1] * 4)
    one, two, best = (classifier(order, data, data, 2).predict(data) for order in (1, 2, None))
    accuracy = [sum(p.output == [int(n >= 4)] for n, p in enumerate(found)) / 8 for found in (one, two, best)]
    assert accuracy == [0.5, 1.0, 1.0]


def test_what_has_no_tokens_or_no_labels_is_refused() -> None:
    build = ARCHITECTURE.serves[Classify]
    with pytest.raises(NotApplicable, match="real numbers"):
        build(NgramOptions(), Classify(vocabulary=0, max_length=9, outputs=2, features=2))
    with pytest.raises(NotApplicable, match="targets here are real"):
        build(NgramOptions(), Classify(vocabulary=9, max_length=9, outputs=1, loss="squared"))
