"""Tests and intervals of single runs agree with scipy, statsmodels and sacrebleu on the same data."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.significance import PairedTest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from seqharness.analysis.randomisation import randomisation_p
from seqharness.analysis.resampling import resample
from seqharness.analysis.statistics import difference_of, interval_of
from seqharness.contracts import Metric
from seqharness.metrics.classification import accuracy
from seqharness.metrics.text import bleu, bleu_columns, chrf, chrf_columns

Array = npt.NDArray[np.float64]


def hits(rate: float, shared: Array, seed: int) -> Array:
    """Right answers [N, 2] of a run: partly the same examples are hard for all."""
    own = np.random.default_rng(seed).random(len(shared))
    right = np.where(own < 0.5, shared, np.random.default_rng(seed + 1).random(len(shared))) < rate
    return np.column_stack([right, np.ones(len(shared))]).astype(np.float64)


SHARED = np.random.default_rng(0).random(300)
CLOSE = hits(0.72, SHARED, 10), hits(0.62, SHARED, 20)

WORDS = ("the", "old", "sailor", "does", "not", "see", "her", "because", "she", "is", "behind", "a", "church", "near")


def sentences(wrong: float, seed: int) -> list[str]:
    """References in which some words are another one."""
    rng = np.random.default_rng(seed)
    return [
        " ".join(str(rng.choice(WORDS)) if rng.random() < wrong else word for word in line.split())
        for line in REFERENCES
    ]


REFERENCES = [" ".join(np.random.default_rng([1, n]).choice(WORDS, 5 + n % 12)) for n in range(150)]
OUTPUTS = sentences(0.3, 2), sentences(0.33, 3)
TEXT_METRICS: dict[str, tuple[Metric, tuple[Array, Array]]] = {
    "BLEU": (bleu(), (bleu_columns(OUTPUTS[0], REFERENCES), bleu_columns(OUTPUTS[1], REFERENCES))),
    "chrF2": (chrf(), (chrf_columns(OUTPUTS[0], REFERENCES), chrf_columns(OUTPUTS[1], REFERENCES))),
}


def sacrebleu_p(kind: str, samples: int) -> dict[str, float]:
    paired = PairedTest(
        [("a", OUTPUTS[0]), ("b", OUTPUTS[1])], {"BLEU": BLEU(), "chrF2": CHRF()}, [REFERENCES], kind, samples
    )
    scores = paired()[1]
    return {name: float(scores[name][1].p_value) for name in TEXT_METRICS}  # type: ignore[union-attr,arg-type]


def error(p: float, trials: int) -> float:
    """How far two estimates of p by chance may lie apart: five standard errors of their difference."""
    return 5 * math.sqrt(2 * p * (1 - p) / trials) + 2 / trials


# ------------------------------------------------------------------------------------------ approximate randomisation


def test_of_right_answers_it_is_the_exact_test_of_mcnemar() -> None:
    a, b = (side[:, 0].astype(bool) for side in CLOSE)
    table = [[(a & b).sum(), (a & ~b).sum()], [(~a & b).sum(), (~a & ~b).sum()]]
    expected = float(mcnemar(table, exact=True).pvalue)
    assert 0.01 < expected < 0.5
    assert randomisation_p(*CLOSE, accuracy(), trials=40_000) == pytest.approx(expected, abs=error(expected, 40_000))


def test_it_agrees_with_the_permutation_test_of_scipy() -> None:
    rng = np.random.default_rng(4)
    sums = rng.gamma(2.0, size=(2, 60))
    columns = [np.column_stack([side, np.ones(60)]) for side in (sums[0], sums[1] + 0.3)]
    metric = accuracy()
    expected = stats.permutation_test(
        (columns[0][:, 0], columns[1][:, 0]), lambda x, y, axis: x.mean(axis) - y.mean(axis),
        permutation_type="samples", n_resamples=20_000, vectorized=True, rng=np.random.default_rng(5),
    ).pvalue  # fmt: skip
    assert 0.01 < expected < 0.8
    assert randomisation_p(columns[0], columns[1], metric) == pytest.approx(expected, abs=error(expected, 10_000))


def test_it_agrees_with_sacrebleu() -> None:
    expected = sacrebleu_p("ar", 4_000)
    for name, (metric, columns) in TEXT_METRICS.items():
        assert 0.005 < expected[name] < 0.5
        assert randomisation_p(*columns, metric) == pytest.approx(expected[name], abs=error(expected[name], 4_000))


def test_sides_and_chunks_are_of_no_account_and_equal_runs_do_not_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    metric, (a, b) = TEXT_METRICS["BLEU"]
    found = randomisation_p(a, b, metric, trials=2_000)
    assert found is not None
    assert randomisation_p(b, a, metric, trials=2_000) == pytest.approx(found, abs=error(found, 2_000))
    assert randomisation_p(a, a, metric) == 1.0
    monkeypatch.setattr("seqharness.analysis.randomisation.CHUNK", 100)
    assert randomisation_p(a, b, metric, trials=2_000) == pytest.approx(found, abs=error(found, 2_000))


def test_p_has_a_floor_and_what_is_not_defined_has_none() -> None:
    right, wrong = (np.column_stack([np.full(200, hit), np.ones(200)]) for hit in (1.0, 0.0))
    assert randomisation_p(right, wrong, accuracy(), trials=99) == 0.01
    assert randomisation_p(right, np.full((200, 2), np.nan), accuracy()) is None


# -------------------------------------------------------------------------------------------------- paired bootstrap


def test_the_resamples_of_two_runs_give_sacrebleus_paired_bootstrap() -> None:
    expected = sacrebleu_p("bs", 2_000)
    for name, (metric, columns) in TEXT_METRICS.items():
        a, b = (resample(side[None], metric, resamples=2_000) for side in columns)
        differences = np.abs(a.resampled - b.resampled)[:, 0]
        found = np.mean(differences - differences.mean() >= abs(a.mean - b.mean))
        assert 0.005 < expected[name] < 0.5
        assert found == pytest.approx(expected[name], abs=error(expected[name], 2_000))


def test_the_interval_of_one_run_is_that_of_sacrebleus_bootstrap() -> None:
    for name, scorer in (("BLEU", BLEU(references=[REFERENCES])), ("chrF2", CHRF(references=[REFERENCES]))):
        metric, (columns, _) = TEXT_METRICS[name]
        theirs = scorer.corpus_score(OUTPUTS[0], None, n_bootstrap=2_000)
        ours = interval_of(resample(columns[None], metric, resamples=2_000))
        assert ours.mean == pytest.approx(theirs.score)
        assert (ours.high - ours.low) / 2 == pytest.approx(theirs._ci, rel=0.08)


def test_the_interval_of_two_runs_is_that_of_scipys_paired_bootstrap() -> None:
    a, b = (resample(side[None], accuracy(), resamples=4_000) for side in CLOSE)
    ours = difference_of(a, b)
    theirs = stats.bootstrap(
        tuple(side[:, 0] for side in CLOSE), lambda x, y, axis: 100 * (x.mean(axis) - y.mean(axis)), paired=True,
        vectorized=True, n_resamples=4_000, method="percentile", rng=np.random.default_rng(6),
    )  # fmt: skip
    assert ours.standard_error == pytest.approx(theirs.standard_error, rel=0.06)
    limits = theirs.confidence_interval
    assert (ours.low, ours.high) == pytest.approx((limits.low, limits.high), abs=0.15 * (limits.high - limits.low))
    assert ours.p is None
