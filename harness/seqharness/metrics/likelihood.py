"""Perplexity, bits per byte and loss: how probable a model finds the references, teacher-forced.

For language models also: perplexity per word, the distance to the true distribution where that is known, perplexity on
what the row itself could recall, and pseudo-perplexity and accuracy of masked language models.

Every figure comes from `Prediction.losses`, the negative log-likelihood in nats of each scored token. The end of the
sequence is scored: it is in the sum of losses and counts as a token. Bytes are those of the raw reference text in
UTF-8 and nothing more: the end of the text costs bits and is no byte. Bits per byte therefore compares models with
different tokenizers, provided that nothing of the text was mapped to the unknown token; perplexity per token does not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..contracts import Metric, Prediction
from ..modules.masking import masked_positions

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

NLL, TOKENS, BYTES = "likelihood.nll", "likelihood.tokens", "likelihood.bytes"
LIKELIHOOD_COLUMNS = (NLL, TOKENS, BYTES)
WORDS = "likelihood.words"
RECALL_COLUMNS = ("recall.nll", "recall.tokens")
EXCESS_COLUMNS = ("excess.bits", "excess.sentences")
MASKED_COLUMNS = ("masked.nll", "masked.tokens", "masked.hits")


def perplexity() -> Metric:
    """Perplexity per token: exp(nll / tokens). Columns nll, tokens."""
    return Metric(
        name="perplexity",
        label="perplexity",
        columns=(NLL, TOKENS),
        value=perplexity_value,
        higher_is_better=False,
        signature="teacher-forced|per:token|end:scored",
        decimals=2,
        margin=0.1,
        lowest=1.0,
    )


def loss() -> Metric:
    """Mean negative log-likelihood of a token in nats, without label smoothing. Columns nll, tokens."""
    return Metric(
        name="loss",
        label="loss",
        columns=(NLL, TOKENS),
        value=loss_value,
        higher_is_better=False,
        signature="teacher-forced|per:token|end:scored",
        decimals=3,
        unit="nats",
        margin=0.01,
        lowest=0.0,
    )


def bits_per_byte() -> Metric:
    """Bits per UTF-8 byte of the raw reference: nll / ln 2 / bytes. Columns nll, bytes."""
    return Metric(
        name="bits_per_byte",
        label="bits per byte",
        columns=(NLL, BYTES),
        value=bits_per_byte_value,
        higher_is_better=False,
        signature="teacher-forced|per:raw UTF-8 byte|end:scored, no byte",
        decimals=3,
        unit="bits",
        margin=0.01,
        lowest=0.0,
    )


def word_perplexity() -> Metric:
    """Perplexity per word: exp(nll / words), words being what stands between white space in the raw text. Whatever a
    token is, this compares; ends of lines and of texts cost and are no words. Columns nll, words."""
    return Metric(
        name="word_perplexity",
        label="perplexity per word",
        columns=(NLL, WORDS),
        value=perplexity_value,
        higher_is_better=False,
        signature="teacher-forced|per:word between white space|end:scored, no word",
        decimals=2,
        margin=0.1,
        lowest=1.0,
    )


# ------------------------------------------------------------------------------------ against the true distribution


def excess_bits() -> Metric:
    """Distance to the true distribution in bits a sentence: the mean of log2 p_true - log2 p_model over sentences drawn
    from it, an unbiased estimate of the Kullback-Leibler divergence. Below zero by chance alone. Columns bits,
    sentences."""
    return Metric(
        name="excess_bits",
        label="bits above the grammar",
        columns=EXCESS_COLUMNS,
        value=loss_value,
        higher_is_better=False,
        signature="mean of log2 p(true) - log2 p(model)|per:sentence|end:scored",
        decimals=2,
        unit="bits a sentence",
        margin=0.2,
    )


def excess_columns(predictions: Sequence[Prediction], log2: Sequence[float | None]) -> Array:
    """For each example [N, 2]: log2 p_true - log2 p_model in bits, to nine places, and 1.

    log2: the true log-probability of each; a row of NaN where it is not known, or where there are no losses.
    """
    rows = [
        (math.nan, math.nan)
        if prediction.losses is None or true is None
        else (round(true + math.fsum(prediction.losses) / math.log(2), 9) + 0.0, 1.0)
        for prediction, true in zip(predictions, log2, strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, len(EXCESS_COLUMNS))


# -------------------------------------------------------------------------------------------------------------- recall


def recall_perplexity() -> Metric:
    """Perplexity of the tokens that a model could recall: those that end a pair of tokens which stood in the row before
    (the associative recall hits of Arora et al. 2023, https://arxiv.org/abs/2312.04927, of common pairs too).
    Columns nll and tokens of these."""
    return Metric(
        name="recall_perplexity",
        label="perplexity, repeated bigrams",
        columns=RECALL_COLUMNS,
        value=perplexity_value,
        higher_is_better=False,
        signature="teacher-forced|tokens that end a bigram seen before in the row",
        decimals=2,
        margin=0.1,
        lowest=1.0,
    )


def other_perplexity() -> Metric:
    """Perplexity of all tokens but those of `recall_perplexity`. Columns nll, tokens, and the two of these."""
    return Metric(
        name="other_perplexity",
        label="perplexity, other tokens",
        columns=(NLL, TOKENS, *RECALL_COLUMNS),
        value=lambda sums: perplexity_value(sums[..., :2] - sums[..., 2:]),
        higher_is_better=False,
        signature="teacher-forced|tokens that end no bigram seen before in the row, ends of texts among them",
        decimals=2,
        margin=0.1,
        lowest=1.0,
    )


def recall_columns(predictions: Sequence[Prediction], repeated: Sequence[Sequence[int]]) -> Array:
    """For each example [N, 2]: nll in nats and number of the scored tokens at the places `repeated` (from 0)."""
    rows = [
        (math.nan, math.nan)
        if prediction.losses is None
        else (math.fsum(prediction.losses[place] for place in places), float(len(places)))
        for prediction, places in zip(predictions, repeated, strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, len(RECALL_COLUMNS))


# -------------------------------------------------------------------------------------------------------------- masked


_MASKED = "15 % of a row's tokens hidden at once, the same for every model"


def pseudo_perplexity() -> Metric:
    """exp of the mean loss of hidden tokens. No perplexity: each is predicted from both sides, and nothing makes of
    these a probability of the text. Columns nll, tokens."""
    return Metric(
        name="pseudo_perplexity",
        label="pseudo-perplexity",
        columns=MASKED_COLUMNS[:2],
        value=perplexity_value,
        higher_is_better=False,
        signature=f"per:hidden token|{_MASKED}",
        decimals=2,
        margin=0.1,
        lowest=1.0,
    )


def masked_accuracy() -> Metric:
    """Share of hidden tokens that are the most probable one, in percent. Columns hits, tokens."""
    return Metric(
        name="masked_accuracy",
        label="masked accuracy",
        columns=(MASKED_COLUMNS[2], MASKED_COLUMNS[1]),
        value=lambda sums: 100 * loss_value(sums),
        higher_is_better=True,
        signature=f"most probable token|{_MASKED}",
        decimals=1,
        unit="%",
        margin=0.5,
    )


def masked_answers(tokens: npt.NDArray[Any]) -> list[int]:
    """Token ids [T] of a row -> those that are hidden in evaluation, in order."""
    return [int(token) for token in tokens[masked_positions(tokens)]]


def masked_columns(
    predictions: Sequence[Prediction], guesses: Sequence[Sequence[int] | None], answers: Sequence[Sequence[int]]
) -> Array:
    """For each example [N, 3]: nll in nats, number of hidden tokens, and how many of the guesses are right.

    NaN where there are no losses or no guesses. Raises ValueError where a row has more or fewer of them than answers.
    """
    rows = []
    for prediction, guessed, hidden in zip(predictions, guesses, answers, strict=True):
        losses = prediction.losses
        nll = math.nan if losses is None else math.fsum(losses)
        pairs = None if guessed is None else list(zip(guessed, hidden, strict=True))
        hits = math.nan if pairs is None else float(sum(one == other for one, other in pairs))
        if losses is not None and len(losses) != len(hidden):
            raise ValueError(f"{len(losses)} losses for {len(hidden)} hidden tokens")
        rows.append((nll, float(len(hidden)), hits))
    return np.array(rows, dtype=np.float64).reshape(-1, len(MASKED_COLUMNS))


# ------------------------------------------------------------------------------------------------------------- sums


def likelihood_columns(predictions: Sequence[Prediction], references: Sequence[str]) -> Array:
    """For each example [N, 3]: nll in nats, scored tokens, bytes of the reference.

    A prediction without losses, such as a baseline's, is a row of NaN: figures over it are not defined.
    Raises ValueError where the two differ in number.
    """
    rows = [_row(prediction, text) for prediction, text in zip(predictions, references, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(-1, len(LIKELIHOOD_COLUMNS))


def perplexity_value(sums: Array) -> Array:
    """Column sums nll, tokens [..., 2] -> perplexity [...]; NaN without tokens, infinite where it overflows."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(loss_value(sums)))


def loss_value(sums: Array) -> Array:
    """Column sums nll, tokens [..., 2] -> nats per token [...]; NaN without tokens."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[..., 1] > 0, sums[..., 0] / sums[..., 1], np.nan)


def bits_per_byte_value(sums: Array) -> Array:
    """Column sums nll, bytes [..., 2] -> bits per byte [...]; NaN without bytes."""
    return loss_value(sums) / math.log(2)


def _row(prediction: Prediction, reference: str) -> tuple[float, float, float]:
    if prediction.losses is None:
        return (math.nan, math.nan, math.nan)
    return (
        math.fsum(prediction.losses),
        float(len(prediction.losses)),
        float(len(reference.encode("utf-8", "surrogatepass"))),
    )
