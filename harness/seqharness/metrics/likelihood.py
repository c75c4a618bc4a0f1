"""Perplexity, bits per byte and loss: how probable a model finds the references, teacher-forced.

Every figure comes from `Prediction.losses`, the negative log-likelihood in nats of each scored token. The end of the
sequence is scored: it is in the sum of losses and counts as a token. Bytes are those of the raw reference text in
UTF-8 and nothing more: the end of the text costs bits and is no byte. Bits per byte therefore compares models with
different tokenizers, provided that nothing of the text was mapped to the unknown token; perplexity per token does not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..contracts import Metric, Prediction

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

NLL, TOKENS, BYTES = "likelihood.nll", "likelihood.tokens", "likelihood.bytes"
LIKELIHOOD_COLUMNS = (NLL, TOKENS, BYTES)


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
    )


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
