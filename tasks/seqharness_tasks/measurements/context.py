"""How a language model uses its context (Khandelwal et al. 2018, https://arxiv.org/abs/1805.04623).

The last tokens of each window are scored while the context more than k tokens before them is replaced by another
text's (of the same length, so that positions stay familiar) or shuffled. The loss over k falls to that of the whole
context: how far back the model looks, and within which distance the order of words matters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from seqharness.comparison import Figure, Findings, Line, Number
from seqharness.contracts import Trained
from seqharness.data.rows import Rows
from seqharness.errors import NotApplicable
from seqharness.interfaces import CausalLM

SCORED = 4
"""Tokens at the end of each window that are scored; k counts back from the first of them."""

ROWS = 400
SHORTEST = 12
"""Tokens of the shortest window that has a context to speak of."""

WITHIN = 0.01
"""A loss within this share of that with the whole context counts as equal to it."""


def measure(trained: Trained, rng: np.random.Generator) -> Findings:
    """Two curves, loss over k, and where each comes within 1 % of the loss with the whole context."""
    if not isinstance(trained.interface, CausalLM):
        raise NotApplicable("it is for causal language models")
    windows = _windows(trained, rng)
    whole = _loss(trained, windows)
    longest = min(len(window) for window in windows) - SCORED
    steps = [k for k in (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024) if k < longest]
    curves = {
        "replaced": [_loss(trained, replaced(windows, k)) for k in steps],
        "shuffled": [_loss(trained, shuffled(windows, k, rng)) for k in steps],
    }
    lines = [
        Line(label=f"context beyond k {how}", x=[float(k) for k in steps], y=list(curve))
        for how, curve in curves.items()
    ]
    lines.append(Line(label="whole context", x=[float(steps[0]), float(steps[-1])], y=[whole, whole]))
    figure = Figure(
        name="context",
        title="Loss of the last tokens of a window over how much context is left",
        x_label="tokens of context left as they are (k)",
        y_label="nats per token",
        lines=lines,
    )
    names = {
        "replaced": ("reach", "tokens of context it uses"),
        "shuffled": ("order", "tokens within which order matters"),
    }
    numbers = [
        Number(
            name=names[how][0],
            label=names[how][1],
            value=reach(steps, curve, whole),
            unit="tokens",
            decimals=0,
            description=f"the k from which on the loss is within {WITHIN:.0%} of that with the whole context; none: "
            f"beyond {steps[-1]}",
        )
        for how, curve in curves.items()
    ]
    return Findings(numbers=numbers, figures=[figure])


def _windows(trained: Trained, rng: np.random.Generator) -> list[npt.NDArray[np.int64]]:
    """The ends of the longest test rows, cut to one length, so that any can stand in for any."""
    tokens = trained.rows(trained.splits[0])["tokens"]
    lengths = np.sort(tokens.lengths)[::-1]
    size = int(lengths[min(ROWS, len(lengths)) - 1]) if len(lengths) else 0
    size = max(size, min(SHORTEST, int(lengths[0]) if len(lengths) else 0))
    places = np.flatnonzero(tokens.lengths >= size)
    if size < SHORTEST or len(places) < 2:
        raise NotApplicable(f"its test rows are shorter than {SHORTEST} tokens")
    chosen = np.sort(rng.permutation(places)[:ROWS])
    return [np.asarray(tokens[int(place)][-size:], dtype=np.int64) for place in chosen]


def replaced(windows: Sequence[npt.NDArray[np.int64]], keep: int) -> list[npt.NDArray[np.int64]]:
    """Every window with the text of another (half the list away, hence of another place) more than `keep` tokens before
    what is scored."""
    distance = max(1, len(windows) // 2)
    cut = len(windows[0]) - SCORED - keep
    return [
        np.concatenate([windows[(place + distance) % len(windows)][:cut], window[cut:]])
        for place, window in enumerate(windows)
    ]


def shuffled(
    windows: Sequence[npt.NDArray[np.int64]], keep: int, rng: np.random.Generator
) -> list[npt.NDArray[np.int64]]:
    """Every window with the tokens more than `keep` before what is scored in random order."""
    cut = len(windows[0]) - SCORED - keep
    return [np.concatenate([rng.permutation(window[:cut]), window[cut:]]) for window in windows]


def reach(steps: Sequence[int], curve: Sequence[float], whole: float) -> float | None:
    """The least k from which on the curve stays within WITHIN of `whole`; None where its last point does not."""
    found = None
    for k, loss in zip(reversed(steps), reversed(curve), strict=True):
        if abs(loss - whole) > WITHIN * whole:
            break
        found = float(k)
    return found


def _loss(trained: Trained, windows: Sequence[npt.NDArray[np.int64]]) -> float:
    """Mean loss of the last tokens, in nats."""
    size = len(windows[0])
    flags = [0] * (size - SCORED) + [1] * SCORED + [0]
    rows = {"tokens": Rows.of([window.tolist() for window in windows]), "scored": Rows.of([flags] * len(windows))}
    losses = [loss for row in trained.losses(rows) for loss in row]
    return float(np.mean(losses))
