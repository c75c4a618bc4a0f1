"""Linear models on the features of a row: logistic regression for labels, ridge regression for real numbers.

The strength of the L2 penalty is chosen on the validation split from one grid, the same for every baseline: the fewest
errors, and of equals the least loss; for real numbers the least squared error. Both are fitted on the training split.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from seqharness.contracts import Prediction
from seqharness.interfaces import Classify

from .targets import Floats, Ids

GRID = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Weight of the data against the penalty sum(weights ** 2) / 2: C in scikit-learn, and 1 / alpha of its ridge."""

ITERATIONS = 2_000
"""Of L-BFGS at most. It stops far earlier, when the gradient is small."""

Features = Any
"""[N, F]: a dense array, or a sparse one of SciPy in compressed rows."""

Truth = npt.NDArray[Any]
"""[N]: label ids, or real numbers."""


class Head(Protocol):
    """From features to predictions."""

    @property
    def parameters(self) -> int:
        """Weights and biases."""

    @property
    def chosen(self) -> str:
        """The strength of the penalty, in words; empty before there is one."""

    def fit(self, features: Features, truth: Truth, held_out: Features, held_out_truth: Truth) -> None: ...

    def predict(self, features: Features, truth: Truth) -> list[Prediction]:
        """One a row; the truth is used for its loss alone."""


def head_for(interface: Classify) -> Head:
    """The linear model that suits the loss of the interface."""
    return RidgeHead() if interface.loss == "squared" else LogisticHead(interface.outputs)


def penalty(strength: float | None) -> str:
    """'C = 10', as scikit-learn calls it: the larger, the weaker the penalty."""
    return "" if strength is None else f"C = {strength:g}"


def classified(scores: Floats, truth: Truth) -> list[Prediction]:
    """Scores [N, labels], which are log-probabilities up to a constant of the row, and true labels -> predictions."""
    logs = log_softmax(scores, axis=1)
    losses = -logs[np.arange(len(logs)), truth.astype(np.int64)]
    return [
        Prediction([label], (loss,), probabilities=tuple(row))
        for label, loss, row in zip(logs.argmax(1).tolist(), losses.tolist(), np.exp(logs).tolist(), strict=True)
    ]


def errors_and_loss(scores: Floats, truth: Ids) -> tuple[float, float]:
    """How bad scores [N, labels] are: wrong labels first, then the sum of -log p(label) in nats."""
    loss = -log_softmax(scores, axis=1)[np.arange(len(truth)), truth].sum()
    return float((scores.argmax(1) != truth).sum()), float(loss)


class LogisticHead:
    """Multinomial logistic regression by L-BFGS (scikit-learn).

    Labels that training did not have get the probability of Laplace's rule of succession, 1 / (N + labels), so that no
    loss is infinite. Without two labels or without features it is that rule alone.
    """

    def __init__(self, labels: int) -> None:
        self.labels = labels
        self.prior = np.full(labels, -np.log(labels))
        self.seen: Ids = np.zeros(0, dtype=np.int64)
        self.weights, self.biases = np.zeros((0, 0)), np.zeros(0)  # [F, seen], [seen]
        self.strength: float | None = None

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return self.weights.size + self.biases.size

    @property
    def chosen(self) -> str:
        """The strength of the penalty."""
        return penalty(self.strength)

    def fit(self, features: Features, truth: Truth, held_out: Features, held_out_truth: Truth) -> None:
        """Once for each strength, from the strongest penalty to the weakest, each from where the last one ended."""
        from sklearn.linear_model import LogisticRegression

        truth, held_out_truth = truth.astype(np.int64), held_out_truth.astype(np.int64)
        counts = np.bincount(truth, minlength=self.labels)
        self.seen, self.prior = np.flatnonzero(counts), np.log((1 + counts) / (len(truth) + self.labels))
        if len(self.seen) < 2 or not features.shape[1]:
            return
        regression = LogisticRegression(max_iter=ITERATIONS, warm_start=True)
        found = []
        for strength in GRID:
            regression.set_params(C=strength).fit(features, truth)
            self.weights, self.biases = _both_columns(regression)
            badness = errors_and_loss(self.scores(held_out), held_out_truth)
            found.append((badness, strength, self.weights, self.biases))
        _, self.strength, self.weights, self.biases = min(found, key=lambda one: one[:2])

    def scores(self, features: Features) -> Floats:
        """[N, labels]: log-probabilities."""
        scores = np.tile(self.prior, (features.shape[0], 1))
        if self.weights.size:
            among_seen = log_softmax(features @ self.weights + self.biases, axis=1)
            scores[:, self.seen] = among_seen + np.log(np.exp(self.prior[self.seen]).sum())
        return scores

    def predict(self, features: Features, truth: Truth) -> list[Prediction]:
        """The most probable label."""
        return classified(self.scores(features), truth)


def _both_columns(regression: Any) -> tuple[Floats, Floats]:
    """Weights [F, labels] and biases [labels]; scikit-learn leaves out the first of two labels, whose score is 0."""
    weights, biases = np.array(regression.coef_, dtype=np.float64), np.array(regression.intercept_, dtype=np.float64)
    if len(weights) == 1:
        weights, biases = np.concatenate([0 * weights, weights]), np.concatenate([0 * biases, biases])
    return np.ascontiguousarray(weights.T), biases


class RidgeHead:
    """Least squares with an L2 penalty, by the normal equations or, for sparse features, by LSQR (scikit-learn)."""

    def __init__(self) -> None:
        self.weights: Floats = np.zeros(0)
        self.bias = 0.0
        self.strength: float | None = None

    @property
    def parameters(self) -> int:
        """Weights and the bias."""
        return self.weights.size + 1

    @property
    def chosen(self) -> str:
        """The strength of the penalty."""
        return penalty(self.strength)

    def fit(self, features: Features, truth: Truth, held_out: Features, held_out_truth: Truth) -> None:
        """Once for each strength; without features the mean alone."""
        from sklearn.linear_model import Ridge

        self.weights, self.bias = np.zeros(features.shape[1]), float(truth.mean()) if len(truth) else 0.0
        if not features.shape[1] or not len(truth):
            return
        found = []
        for strength in GRID:
            ridge = Ridge(alpha=1 / strength, solver="cholesky" if isinstance(features, np.ndarray) else "lsqr")
            ridge.fit(features, truth.astype(np.float64))
            self.weights, self.bias = ridge.coef_, float(ridge.intercept_)
            error = float(((self.values(held_out) - held_out_truth) ** 2).sum())
            found.append((error, strength, self.weights, self.bias))
        _, self.strength, self.weights, self.bias = min(found, key=lambda one: one[:2])

    def values(self, features: Features) -> Floats:
        """[N]."""
        return np.asarray(features @ self.weights + self.bias)

    def predict(self, features: Features, truth: Truth) -> list[Prediction]:
        """The value and its squared error."""
        values = self.values(features)
        errors = (values - truth) ** 2
        return [Prediction(value, (error,)) for value, error in zip(values.tolist(), errors.tolist(), strict=True)]
