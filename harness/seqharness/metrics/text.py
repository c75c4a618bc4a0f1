"""BLEU, chrF, TER and exact match of generated text.

Each example adds a row of sacrebleu's own per-segment statistics; a corpus score is a function of their sums, so that
it equals sacrebleu's on the whole test set, on any part of it and on any resample. The one departure: where the
references hold nothing to compare with, the score is NaN (sacrebleu prints 0, or 100 for TER).

Texts are detokenised and cased. sacrebleu (Post 2018) is imported when it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..contracts import Metric

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

BLEU_ORDER = 4
CHRF_ORDER = 6
CHRF_BETA = 2

BLEU_COLUMNS = (
    "bleu.output_words",
    "bleu.reference_words",
    *(f"bleu.correct{n}" for n in range(1, BLEU_ORDER + 1)),
    *(f"bleu.total{n}" for n in range(1, BLEU_ORDER + 1)),
)
CHRF_COLUMNS = tuple(f"chrf.{kind}{n}" for n in range(1, CHRF_ORDER + 1) for kind in ("output", "reference", "match"))
TER_COLUMNS = ("ter.edits", "ter.reference_words")
EXACT_MATCH_COLUMNS = ("exact_match.hits", "exact_match.examples")


# --------------------------------------------------------------------------------------------------------------- BLEU


def bleu() -> Metric:
    """Corpus BLEU in percent (Papineni et al. 2002): 13a tokenisation, cased, exponential smoothing."""
    return Metric(
        name="bleu",
        label="BLEU",
        columns=BLEU_COLUMNS,
        value=bleu_value,
        higher_is_better=True,
        signature=_signature(_sacrebleu_bleu()),
        decimals=1,
        margin=0.5,
        lowest=0.0,
        highest=100.0,
    )


def bleu_columns(outputs: Sequence[str], references: Sequence[str]) -> Array:
    """Statistics of each pair [N, 10]: words of the output, of the reference, correct and total n-grams of order 1-4.

    Raises ValueError where the two differ in number.
    """
    return _segment_statistics(_sacrebleu_bleu(), outputs, references, len(BLEU_COLUMNS))


def bleu_value(sums: Array) -> Array:
    """Column sums [..., 10] -> BLEU in percent [...]; NaN where there are no reference words."""
    output_words, reference_words = sums[..., 0], sums[..., 1]
    correct, total = sums[..., 2 : 2 + BLEU_ORDER], sums[..., 2 + BLEU_ORDER :]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # An order without a match counts as half a match, the next such order as a quarter, ... (NIST's smoothing).
        smoothed = np.where(correct > 0, correct, 0.5 ** np.cumsum(correct == 0, axis=-1))
        brevity = np.exp(np.minimum(0.0, 1 - reference_words / output_words))
        score = 100 * brevity * np.exp(np.log(smoothed / total).mean(axis=-1))
    score = np.where((correct.sum(axis=-1) == 0) | (total == 0).any(axis=-1), 0.0, score)
    return cast("Array", np.where(reference_words > 0, score, np.nan))


# --------------------------------------------------------------------------------------------------------------- chrF


def chrf() -> Metric:
    """Corpus chrF2 in percent (Popović 2015): character n-grams of order 1 to 6, recall weighted twice."""
    return Metric(
        name="chrf",
        label="chrF",
        columns=CHRF_COLUMNS,
        value=chrf_value,
        higher_is_better=True,
        signature=_signature(_sacrebleu_chrf()),
        decimals=1,
        margin=0.5,
        lowest=0.0,
        highest=100.0,
    )


def chrf_columns(outputs: Sequence[str], references: Sequence[str]) -> Array:
    """Statistics of each pair [N, 18]: n-grams of the output, of the reference and matches, for each order.

    Raises ValueError where the two differ in number.
    """
    return _segment_statistics(_sacrebleu_chrf(), outputs, references, len(CHRF_COLUMNS))


def chrf_value(sums: Array) -> Array:
    """Column sums [..., 18] -> chrF in percent [...]; NaN where the references have no characters."""
    counts = sums.reshape(*sums.shape[:-1], CHRF_ORDER, 3)
    output, reference, match = counts[..., 0], counts[..., 1], counts[..., 2]
    used = (output > 0) & (reference > 0)
    orders = np.maximum(used.sum(axis=-1), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(used, match / output, 0.0).sum(axis=-1) / orders
        recall = np.where(used, match / reference, 0.0).sum(axis=-1) / orders
        score = 100 * (1 + CHRF_BETA**2) * precision * recall / (CHRF_BETA**2 * precision + recall)
    score = np.where(precision + recall > 0, score, 0.0)
    return cast("Array", np.where(reference[..., 0] > 0, score, np.nan))


# ---------------------------------------------------------------------------------------------------------------- TER


def ter() -> Metric:
    """Corpus translation edit rate in percent (Snover et al. 2006), not cased, as Tercom's default is."""
    return Metric(
        name="ter",
        label="TER",
        columns=TER_COLUMNS,
        value=ter_value,
        higher_is_better=False,
        signature=_signature(_sacrebleu_ter()),
        decimals=1,
        margin=0.5,
        lowest=0.0,
    )


def ter_columns(outputs: Sequence[str], references: Sequence[str]) -> Array:
    """Statistics of each pair [N, 2]: edits (shifts included) and words of the reference.

    Raises ValueError where the two differ in number. Slow where outputs are long and bad; a pair that occurs again
    is scored once.
    """
    return _segment_statistics(_sacrebleu_ter(), outputs, references, len(TER_COLUMNS))


def ter_value(sums: Array) -> Array:
    """Column sums [..., 2] -> TER in percent [...]; NaN where there are no reference words."""
    return _ratio(sums, 100.0)


# -------------------------------------------------------------------------------------------------------- exact match


def exact_match() -> Metric:
    """Share of outputs that equal their reference, in percent; runs of white space count as one space."""
    return Metric(
        name="exact_match",
        label="exact match",
        columns=EXACT_MATCH_COLUMNS,
        value=exact_match_value,
        higher_is_better=True,
        signature="case:mixed|space:normalised",
        decimals=1,
        unit="%",
        margin=1.0,
    )


def exact_match_columns(outputs: Sequence[str], references: Sequence[str]) -> Array:
    """For each pair [N, 2]: 1 where they are equal, and 1. Raises ValueError where the two differ in number."""
    hits = [float(a.split() == b.split()) for a, b in zip(outputs, references, strict=True)]
    return np.stack([np.array(hits, dtype=np.float64), np.ones(len(hits))], axis=1)


def exact_match_value(sums: Array) -> Array:
    """Column sums [..., 2] -> percent [...]; NaN where there are no examples."""
    return _ratio(sums, 100.0)


# ---------------------------------------------------------------------------------------------------------- sacrebleu


def _sacrebleu_bleu() -> Any:
    from sacrebleu.metrics.bleu import BLEU

    # `force` only silences a warning about outputs that look tokenised; it changes no score.
    return BLEU(tokenize="13a", smooth_method="exp", effective_order=False, lowercase=False, force=True)


def _sacrebleu_chrf() -> Any:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF(char_order=CHRF_ORDER, word_order=0, beta=CHRF_BETA)


def _sacrebleu_ter() -> Any:
    from sacrebleu.metrics.ter import TER

    return TER()


def _signature(scorer: Any) -> str:
    scorer.num_refs = 1  # sacrebleu learns it from the references; here there is always one
    return str(scorer.get_signature())


def _segment_statistics(scorer: Any, outputs: Sequence[str], references: Sequence[str], columns: int) -> Array:
    """sacrebleu's per-segment statistics [N, columns]; each different pair is computed once."""
    pairs = list(zip(outputs, references, strict=True))
    if not pairs:
        return np.zeros((0, columns))
    different = list(dict.fromkeys(pairs))
    rows = scorer._extract_corpus_statistics([pair[0] for pair in different], [[pair[1] for pair in different]])
    statistics = dict(zip(different, rows, strict=True))
    return np.array([statistics[pair] for pair in pairs], dtype=np.float64)


def _ratio(sums: Array, scale: float) -> Array:
    """Column sums [..., 2] -> scale x first / second [...]; NaN where the second is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return cast("Array", np.where(sums[..., 1] > 0, scale * sums[..., 0] / sums[..., 1], np.nan))
