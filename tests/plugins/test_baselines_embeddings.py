"""word2vec and ppmi-svd on cases small enough for arithmetic by hand, and on a text with two topics."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from seqharness.contracts import Example, Split
from seqharness.data.rows import Rows
from seqharness.interfaces import Classify
from seqharness_plugins.baselines import ppmi_svd, word2vec
from seqharness_plugins.baselines.embeddings import Corpus, Vocabulary, means
from seqharness_plugins.baselines.huffman import huffman
from seqharness_plugins.baselines.ppmi_svd import PpmiSvdOptions, cooccurrences, factors, shifted_ppmi
from seqharness_plugins.baselines.word2vec import (
    BATCH,
    Examples,
    HierarchicalSoftmax,
    Learned,
    NegativeSampling,
    Terms,
    Word2Vec,
    Word2VecOptions,
    batches,
    chunks,
    decision_loss,
    descend,
    distinct,
    gradients,
    thinned,
    windows,
)

INTERFACE = Classify(vocabulary=9, max_length=99, outputs=2)


def corpus(*texts: str, min_count: int = 1) -> tuple[Corpus, Vocabulary]:
    given_texts = [text.split() for text in texts]
    vocabulary = Vocabulary(given_texts, min_count)
    return vocabulary.corpus(given_texts), vocabulary


# ------------------------------------------------------------------------------------------------------- what is shared


def test_words_are_numbered_by_frequency_then_alphabet_and_rare_ones_left_out() -> None:
    found, vocabulary = corpus("b a c a", "c b rare", "", min_count=2)
    assert vocabulary.number == {"a": 0, "b": 1, "c": 2} and vocabulary.counts.tolist() == [2, 2, 2]
    assert found.words.tolist() == [1, 0, 2, 0, 2, 1] and found.offsets.tolist() == [0, 4, 6, 6]
    assert found.document.tolist() == [0, 0, 0, 0, 1, 1]


def test_features_are_the_mean_of_a_documents_vectors() -> None:
    found, _ = corpus("a b a", "", "b")
    np.testing.assert_allclose(means(found, np.array([[3.0, 0], [0, 6]])), [[2, 2], [0, 0], [0, 6]])


# ------------------------------------------------------------------------------------------------------------- ppmi-svd


def test_ppmi_of_a_tiny_text_by_hand() -> None:
    # a b / a b c, window 1. Pairs in both directions: a-b 2, b-c 1. Of 6 in all, a has 2, b 3, c 1.
    found, _ = corpus("a b", "a b c")
    counts = cooccurrences(found, 1)
    assert counts.toarray().tolist() == [[0, 2, 0], [2, 0, 1], [0, 1, 0]]
    ab, bc = math.log(2 * 6 / (2 * 3)), math.log(1 * 6 / (3 * 1))
    np.testing.assert_allclose(shifted_ppmi(counts, 1.0).toarray(), [[0, ab, 0], [ab, 0, bc], [0, bc, 0]])
    shifted = shifted_ppmi(counts, 1.5).toarray()
    np.testing.assert_allclose(shifted[0, 1], math.log(2) - math.log(1.5))
    assert not shifted_ppmi(counts, 2.0).nnz  # log 2 - log 2 is not positive
    wider = cooccurrences(found, 2)  # a and c too
    assert wider.toarray().tolist() == [[0, 2, 1], [2, 0, 1], [1, 1, 0]]
    information = shifted_ppmi(wider, 1.0).toarray()  # of 8, a 3, b 3, c 2
    np.testing.assert_allclose(information[0, 2], math.log(1 * 8 / (3 * 2)))


@given(st.lists(st.text("abcd", max_size=7), min_size=1, max_size=4), st.integers(1, 4))
def test_cooccurrences_are_counted_within_the_window_and_the_document(texts: list[str], window: int) -> None:
    found, vocabulary = corpus(*(" ".join(text) for text in texts), "a")
    expected = np.zeros((len(vocabulary.number),) * 2, dtype=int)
    for text in texts:
        for i, j in product(range(len(text)), repeat=2):
            expected[vocabulary.number[text[i]], vocabulary.number[text[j]]] += 0 < abs(i - j) <= window
    assert cooccurrences(found, window).toarray().tolist() == expected.tolist()


def random_ppmi(size: int, seed: int) -> csr_array:
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.poisson(0.4, size=(size, size)))
    return shifted_ppmi(csr_array(upper + upper.T), 1.0)


def test_all_factors_give_the_matrix_back_and_some_its_best_approximation() -> None:
    matrix = random_ppmi(30, 0)
    dense = matrix.toarray()
    whole = factors(matrix, 99, 0.5)
    assert whole.shape == (30, 30)
    np.testing.assert_allclose((whole @ whole.T) @ (whole @ whole.T), dense @ dense.T, atol=1e-9)  # W W' = (M M')^0.5
    values = np.linalg.svd(dense, compute_uv=False)
    some = factors(matrix, 5, 1.0)  # U_d S_d: with U_d' M it gives the best matrix of rank 5 (Eckart & Young)
    basis = some / values[:5]
    np.testing.assert_allclose(basis.T @ basis, np.eye(5), atol=1e-9)
    left_over = dense - basis @ (basis.T @ dense)
    np.testing.assert_allclose((left_over**2).sum(), (values[5:] ** 2).sum())
    assert (np.take_along_axis(some, np.abs(some).argmax(0)[None], 0) > 0).all()


def test_lanczos_and_the_whole_decomposition_give_the_same_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = random_ppmi(60, 1)
    dense = factors(matrix, 6, 0.5)
    monkeypatch.setattr(ppmi_svd, "DENSE", 0)
    np.testing.assert_allclose(factors(matrix, 6, 0.5), dense, atol=1e-8)
    assert factors(csr_array((5, 5)), 3, 0.5).tolist() == [[0.0] * 3] * 5


# -------------------------------------------------------------------------------------------------------------- huffman


def test_huffman_tree_by_hand() -> None:
    # Counts 5, 2, 1, 1: the two ones join (node 0, count 2), then word 1 and node 0 (node 1, count 4), then node 1 and
    # word 0 (node 2, the root).
    paths = huffman(np.array([5, 2, 1, 1]))
    ways = [
        list(zip(paths.nodes[a:b].tolist(), paths.turns[a:b].tolist(), strict=True))
        for a, b in zip(paths.offsets, paths.offsets[1:], strict=False)
    ]
    assert ways == [[(2, 1)], [(2, 0), (1, 0)], [(2, 0), (1, 1), (0, 0)], [(2, 0), (1, 1), (0, 1)]]


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=40))
def test_huffman_codes_are_complete_and_near_the_entropy(counts: list[int]) -> None:
    paths = huffman(np.array(counts))
    assert sum(2.0**-length for length in paths.lengths) == pytest.approx(1)  # Kraft: nothing is wasted
    codes = {
        (tuple(paths.nodes[a:b].tolist()), tuple(paths.turns[a:b].tolist()))
        for a, b in zip(paths.offsets, paths.offsets[1:], strict=False)
    }
    assert len(codes) == len(counts) and set(paths.nodes.tolist()) == set(range(len(counts) - 1))
    share = np.array(counts) / sum(counts)
    entropy, mean = -(share * np.log2(share)).sum(), (share * paths.lengths).sum()
    assert entropy - 1e-9 <= mean <= entropy + 1


def test_one_word_needs_no_decision_and_none_no_tree() -> None:
    assert huffman(np.array([3])).lengths.tolist() == [0]
    assert huffman(np.array([], dtype=np.int64)).offsets.tolist() == [0]


# ------------------------------------------------------------------------------------------------------------- word2vec

WORDS, WIDTH = 7, 4
SKIP_GRAM = Examples(np.array([0, 3, 3, 6]), np.array([0, 1, 2, 3, 4]), np.array([1, 2, 5, 3]))
CBOW = Examples(np.array([0, 3, 3, 6, 1, 2]), np.array([0, 2, 5, 6]), np.array([4, 0, 3]))
COUNTS = np.array([9, 8, 6, 4, 3, 2, 1])


def vectors(seed: int) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(WORDS, WIDTH))


@pytest.mark.parametrize("batch", [SKIP_GRAM, CBOW], ids=["skip-gram", "cbow"])
@pytest.mark.parametrize("loss", ["negative", "hierarchical"])
def test_gradients_agree_with_finite_differences(batch: Examples, loss: str) -> None:
    decisions: Any = NegativeSampling(COUNTS, 3) if loss == "negative" else HierarchicalSoftmax(huffman(COUNTS))
    terms = decisions.of(batch.targets, np.random.default_rng(0))
    both: list[Any] = [vectors(1), vectors(2)]
    found = gradients(both[0], both[1], batch, terms)
    for which, step in product(range(2), [1e-6]):
        for place in product(range(WORDS), range(WIDTH)):
            ends = []
            for sign in (1, -1):
                moved = [one.copy() for one in both]
                moved[which][place] += sign * step
                ends.append(decision_loss(moved[0], moved[1], batch, terms))
            assert found[which][place] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-6)


def test_the_loss_of_negative_sampling_by_hand() -> None:
    # One example: the mean of words 0 and 2 should say 1, and not 4 or 4: -log s(h.v1) - 2 log s(-h.v4).
    inputs, outputs = vectors(1), vectors(2)
    batch = Examples(np.array([0, 2]), np.array([0, 2]), np.array([1]))
    terms = Terms(np.array([0, 0, 0]), np.array([1, 4, 4]), np.array([True, False, False]))
    hidden = (inputs[0] + inputs[2]) / 2
    yes, no = hidden @ outputs[1], hidden @ outputs[4]
    expected = math.log(1 + math.exp(-yes)) + 2 * math.log(1 + math.exp(no))
    assert decision_loss(inputs, outputs, batch, terms) == pytest.approx(expected)  # type: ignore[arg-type]


def test_the_probability_of_hierarchical_softmax_by_hand() -> None:
    # The tree of counts 5, 2, 1, 1 from above: word 2 is turn 0 at node 2, turn 1 at node 1 and turn 0 at node 0.
    inputs, outputs = vectors(1), vectors(2)
    batch = Examples(np.array([3]), np.array([0, 1]), np.array([2]))
    terms = HierarchicalSoftmax(huffman(np.array([5, 2, 1, 1]))).of(batch.targets, np.random.default_rng(0))
    root, middle, last = (1 / (1 + math.exp(-(inputs[3] @ outputs[node]))) for node in (2, 1, 0))
    expected = -math.log(root * (1 - middle) * last)
    assert decision_loss(inputs, outputs, batch, terms) == pytest.approx(expected)  # type: ignore[arg-type]


def test_hierarchical_probabilities_sum_to_one_over_the_vocabulary() -> None:
    decisions = HierarchicalSoftmax(huffman(COUNTS))
    every_word = Examples(np.full(WORDS, 2), np.arange(WORDS + 1), np.arange(WORDS))
    terms = decisions.of(every_word.targets, np.random.default_rng(0))
    inputs: Any = vectors(1)
    outputs: Any = vectors(2)
    losses = []
    for word in range(WORDS):
        mine = terms.owners == word
        alone = Examples(np.array([2]), np.array([0, 1]), np.array([word]))
        some = Terms(np.zeros(mine.sum(), dtype=np.int64), terms.rows[mine], terms.answers[mine])
        losses.append(decision_loss(inputs, outputs, alone, some))
    assert np.exp(-np.array(losses)).sum() == pytest.approx(1)
    assert decision_loss(inputs, outputs, every_word, terms) == pytest.approx(sum(losses))


def test_negative_samples_follow_the_counts_to_the_power_of_three_quarters_and_spare_the_word() -> None:
    decisions = NegativeSampling(COUNTS, 20)
    terms = decisions.of(np.full(20_000, 6), np.random.default_rng(0))
    assert (terms.answers == (terms.rows == 6)).all() and terms.answers.sum() == 20_000
    drawn = np.bincount(terms.rows[~terms.answers], minlength=WORDS)[:6] / (20_000 * 20)
    np.testing.assert_allclose(drawn, (COUNTS**0.75 / (COUNTS**0.75).sum())[:6], atol=0.003)
    assert (np.diff(terms.owners) >= 0).all()


def test_windows_have_random_sizes_and_stay_in_their_document() -> None:
    document = np.repeat(np.arange(2000), 21)
    centres, contexts = windows(document, 5, np.random.default_rng(0))
    assert (document[centres] == document[contexts]).all()
    assert len({*zip(centres.tolist(), contexts.tolist(), strict=True)}) == len(centres)
    middle = centres % 21 == 10  # both sides are long enough
    share = np.bincount(np.abs(contexts - centres)[middle], minlength=6) / (2 * 2000)
    np.testing.assert_allclose(share, [0, 1, 0.8, 0.6, 0.4, 0.2], atol=0.03)  # size n is drawn from 1 to 5
    both = np.bincount(centres[middle] // 21, minlength=2000)
    assert set(both.tolist()) == {2, 4, 6, 8, 10}  # the same size to both sides
    alone, _ = windows(np.arange(3), 5, np.random.default_rng(0))
    assert alone.tolist() == []


def test_frequent_words_are_thinned_out() -> None:
    words = np.repeat([0, 1, 2], [90_000, 9_000, 1_000])
    kept = thinned(words, np.array([90_000, 9_000, 1_000]), 0.1, np.random.default_rng(0))
    share = np.bincount(words[kept], minlength=3) / [90_000, 9_000, 1_000]
    np.testing.assert_allclose(share, [math.sqrt(0.1 / 0.9), 1, 1], atol=0.01)


def test_every_example_comes_once_with_its_own_inputs() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 4, size=BATCH + 100)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    examples = Examples(np.arange(offsets[-1]), offsets, np.arange(len(lengths)))
    found = list(batches(examples, rng))
    assert [len(one.targets) for one in found] == [BATCH, 100]
    assert sorted(np.concatenate([one.targets for one in found]).tolist()) == list(range(BATCH + 100))
    assert found[0].targets.tolist() != sorted(found[0].targets.tolist())
    for one in found:
        for place, target in enumerate(one.targets):
            mine = one.inputs[one.offsets[place] : one.offsets[place + 1]]
            assert mine.tolist() == list(range(offsets[target], offsets[target + 1]))


def test_chunks_hold_every_document_once_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = corpus(*(" ".join([f"w{n}"] * (n % 4)) for n in range(30)))
    monkeypatch.setattr(word2vec, "CHUNK", 7)
    parts = list(chunks(found, np.random.default_rng(0)))
    assert len(parts) > 3
    seen = [(d, w) for words, document in parts for d, w in zip(document.tolist(), words.tolist(), strict=True)]
    assert sorted(seen) == sorted(zip(found.document.tolist(), found.words.tolist(), strict=True))
    assert not any(set(a[1]) & set(b[1]) for n, a in enumerate(parts) for b in parts[:n])


def test_distinct_ids() -> None:
    found, places = distinct(np.array([5, 2, 5, 0]), 7)
    assert found.tolist() == [0, 2, 5] and places.tolist() == [2, 1, 2, 0]


def test_adagrad_divides_by_the_root_of_all_squared_gradients() -> None:
    learned = Learned(np.zeros((3, 2), dtype=np.float32), 0.5)
    learned.step(np.array([2]), np.array([[3.0, -4]], dtype=np.float32))
    learned.step(np.array([2]), np.array([[4.0, 0]], dtype=np.float32))
    np.testing.assert_allclose(learned.vectors, [[0, 0], [0, 0], [-0.5 - 0.5 * 4 / 5, 0.5]], rtol=1e-6)


def test_descending_lowers_the_loss() -> None:
    inputs, outputs = (Learned(vectors(seed).astype(np.float32), 0.1) for seed in (1, 2))
    terms = NegativeSampling(COUNTS, 3).of(CBOW.targets, np.random.default_rng(0))
    losses = []
    for _ in range(20):
        losses.append(decision_loss(inputs.vectors, outputs.vectors, CBOW, terms))
        descend(inputs, outputs, CBOW, terms)
    assert losses[-1] < 0.5 * losses[0]


# ------------------------------------------------------------------------------------------------------ what is learned

SEA, LAND = [f"sea{n}" for n in range(12)], [f"land{n}" for n in range(12)]


def topics(size: int, seed: int) -> Split:
    """Documents about the sea (0) or the land (1); no word of one stands beside a word of the other."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, size)
    texts = [" ".join(rng.choice(LAND if label else SEA, size=8)) for label in labels]
    rows = {"tokens": Rows.of([[7]] * size), "label": Rows.of([[label] for label in labels])}
    return Split([Example(text, None) for text in texts], rows)


def cosines(learned: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    unit = learned / np.linalg.norm(learned, axis=1, keepdims=True)
    return np.asarray(unit @ unit.T)


@pytest.mark.parametrize("options", [
    Word2VecOptions(width=10, epochs=20, subsample=1.0),
    Word2VecOptions(width=10, epochs=20, subsample=1.0, loss="hierarchical"),
    Word2VecOptions(width=10, epochs=40, subsample=1.0, model="cbow"),
    Word2VecOptions(width=10, epochs=40, subsample=1.0, model="cbow", loss="hierarchical"),
    PpmiSvdOptions(width=10),
    PpmiSvdOptions(width=10, shift=1.5, window=2),
], ids=["sg-neg", "sg-hier", "cbow-neg", "cbow-hier", "ppmi", "ppmi-shifted"])  # fmt: skip
def test_words_of_one_topic_end_up_together(options: Any) -> None:
    architecture = (word2vec if isinstance(options, Word2VecOptions) else ppmi_svd).ARCHITECTURE
    model: Any = architecture.serves[Classify](options, INTERFACE)
    model.fit(topics(150, 1), topics(30, 2), np.random.default_rng(0))
    topic = np.array([word.startswith("sea") for word in model.vocabulary.number])
    same = (topic[:, None] == topic) & ~np.eye(len(topic), dtype=bool)
    found = cosines(model.vectors)
    assert found[same].mean() > found[topic[:, None] != topic].mean() + 0.3
    test = topics(40, 3)
    assert [one.output for one in model.predict(test)] == [[int(row[0])] for row in test.rows["label"]]
    assert model.parameters == model.vectors.size + 2 * model.vectors.shape[1] + model.head.parameters


@pytest.mark.parametrize("kind", ["word2vec", "ppmi"])
def test_texts_without_a_frequent_word_have_no_vectors_and_get_the_frequencies(kind: str) -> None:
    rows = {"tokens": Rows.of([[7]] * 3), "label": Rows.of([[0], [0], [1]])}
    train = Split([Example("one", None), Example("two", None), Example("", None)], rows)
    architecture = (word2vec if kind == "word2vec" else ppmi_svd).ARCHITECTURE
    model: Any = architecture.serves[Classify](architecture.config(), INTERFACE)
    model.fit(train, train, np.random.default_rng(0))
    assert all(one.output == [0] for one in model.predict(train))
    assert model.predict(train)[0].probabilities == pytest.approx((0.65, 0.35), abs=0.06)


def test_one_vector_a_word_from_the_training_text_alone() -> None:
    model = Word2Vec(Word2VecOptions(width=6), INTERFACE)
    model.fit(topics(20, 1), topics(200, 2), np.random.default_rng(0))
    seen = {word for example in topics(20, 1).examples for word in example.input.split()}
    assert set(model.vocabulary.number) <= seen and model.vectors.shape == (len(model.vocabulary.number), 6)
