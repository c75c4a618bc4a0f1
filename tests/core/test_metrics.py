"""Metrics equal sacrebleu's own scores, and are not defined where there is nothing to score."""

from __future__ import annotations

import math
import random
import subprocess
import sys

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from seqharness.contracts import Prediction
from seqharness.metrics import likelihood, text

WORDS = [
    "le",
    "la",
    "un",
    "chat",
    "chien",
    "rouge",
    "vois",
    "ne",
    "pas",
    ",",
    ".",
    "Été",
    "don't",
    "3,5",
    "«oui»",
    "(ici)",
]


def corpus(seed: int, size: int = 60) -> tuple[list[str], list[str]]:
    """Outputs and references: good, bad, empty and too long ones."""
    rng = random.Random(seed)
    references = [" ".join(rng.choices(WORDS, k=rng.randint(1, 14))) for _ in range(size)]
    outputs = []
    for reference in references:
        words = [word if rng.random() < 0.7 else rng.choice(WORDS) for word in reference.split()]
        outputs.append(" ".join(rng.choice([words, words, words, words[::-1], [], words * 2])))
    return outputs, references


SACREBLEU = {
    "bleu": (text.bleu, text.bleu_columns, lambda: BLEU()),
    "chrf": (text.chrf, text.chrf_columns, lambda: CHRF()),
    "ter": (text.ter, text.ter_columns, lambda: TER()),
}


@pytest.mark.parametrize("name", SACREBLEU)
def test_corpus_score_subsets_and_resamples_equal_sacrebleu(name):
    metric, columns, scorer = (part() if index != 1 else part for index, part in enumerate(SACREBLEU[name]))
    outputs, references = corpus(seed=1)
    table = columns(outputs, references)
    assert table.shape == (60, len(metric.columns))
    assert table.dtype == np.float64
    rng = np.random.default_rng(0)
    draws = [list(range(60)), *rng.integers(60, size=(40, 60)).tolist(), *rng.integers(60, size=(40, 2)).tolist()]
    values = metric.value(np.stack([table[draw].sum(axis=0) for draw in draws]))
    for draw, value in zip(draws, values, strict=True):
        expected = scorer.corpus_score([outputs[i] for i in draw], [[references[i] for i in draw]]).score
        assert value == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert len({round(value, 6) for value in values}) > 20


@pytest.mark.parametrize("name", SACREBLEU)
def test_extremes_equal_sacrebleu(name):
    metric, columns, scorer = (part() if index != 1 else part for index, part in enumerate(SACREBLEU[name]))
    for output, reference in [
        ("", "a b"),
        ("x", "a b"),
        ("a", "a"),
        ("a b c d e", "a b c d e"),
        ("a b x d", "a b c d"),
    ]:
        value = metric.value(columns([output], [reference]).sum(axis=0))
        assert value == pytest.approx(scorer.corpus_score([output], [[reference]]).score, abs=1e-9)


@pytest.mark.parametrize("name", SACREBLEU)
def test_signature_is_sacrebleus(name):
    metric, _, scorer = (part() if index != 1 else part for index, part in enumerate(SACREBLEU[name]))
    scorer.corpus_score(["a"], [["a"]])
    assert metric.signature == str(scorer.get_signature())


@pytest.mark.parametrize("name", [*SACREBLEU, "exact_match"])
def test_values_are_vectorised_and_undefined_without_references(name):
    metric = getattr(text, name)()
    columns = getattr(text, f"{name}_columns")
    outputs, references = corpus(seed=2)
    table = columns(outputs, references)
    sums = table.reshape(3, 4, 5, -1).sum(axis=2)
    each = [[metric.value(sums[i, j]) for j in range(4)] for i in range(3)]
    np.testing.assert_array_equal(metric.value(sums), np.array(each))
    assert np.isnan(metric.value(columns([], []).sum(axis=0)))
    if name != "exact_match":
        assert np.isnan(metric.value(columns(["a", ""], ["", ""]).sum(axis=0)))
    with pytest.raises(ValueError):
        columns(["a"], [])


def test_columns_are_the_published_counts():
    row = dict(zip(text.BLEU_COLUMNS, text.bleu_columns(["the cat the cat"], ["the cat sat"])[0], strict=True))
    assert row["bleu.output_words"] == 4
    assert row["bleu.reference_words"] == 3
    assert [row[f"bleu.correct{n}"] for n in (1, 2, 3, 4)] == [2, 1, 0, 0]
    assert [row[f"bleu.total{n}"] for n in (1, 2, 3, 4)] == [4, 3, 2, 1]
    assert len(text.CHRF_COLUMNS) == 18
    assert text.ter_columns(["b a"], ["a b"]).tolist() == [[1, 2]]  # one shift


def test_exact_match_ignores_white_space_only():
    assert text.exact_match_columns([" a  b\n", "A b", ""], ["a b", "a b", ""]).tolist() == [[1, 1], [0, 1], [1, 1]]
    assert text.exact_match().value(np.array([1.0, 4.0])) == 25


def test_likelihood_of_hand_computed_example():
    predictions = [Prediction(losses=(math.log(2), math.log(8))), Prediction(losses=(math.log(4),))]
    table = likelihood.likelihood_columns(predictions, ["né", ""])
    np.testing.assert_allclose(table, [[math.log(16), 2, 3], [math.log(4), 1, 0]])
    nll, tokens, size = table.sum(axis=0)
    assert likelihood.perplexity().value(np.array([nll, tokens])) == pytest.approx(4)
    assert likelihood.loss().value(np.array([nll, tokens])) == pytest.approx(math.log(4))
    assert likelihood.bits_per_byte().value(np.array([nll, size])) == pytest.approx(2)


def test_likelihood_is_undefined_without_losses_and_infinite_on_overflow():
    table = likelihood.likelihood_columns([Prediction(losses=(1.0,)), Prediction(output="x")], ["a", "b"])
    assert table[0].tolist() == [1, 1, 1]
    assert np.isnan(table[1]).all()
    assert np.isnan(likelihood.perplexity().value(table.sum(axis=0)[:2]))
    assert likelihood.likelihood_columns([], []).shape == (0, 3)
    assert np.isnan(likelihood.bits_per_byte().value(np.zeros(2)))
    assert likelihood.perplexity().value(np.array([1e4, 1.0])) == math.inf


def test_import_is_light():
    code = (
        "import sys, seqharness.metrics.text, seqharness.metrics.likelihood, seqharness.analysis.statistics\n"
        "print([name for name in ('torch', 'sacrebleu', 'scipy', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
