"""Budgets: how much training every model gets, and of what size it is unless said otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import UserError, nearest


@dataclass(frozen=True)
class Budget:
    """tokens: real tokens of source and target seen in training (None: `epochs` passes over the training split).

    parameters: size that models are solved for. batch_tokens: real tokens a batch, the same for every model.
    """

    name: str
    tokens: int | None
    parameters: int
    batch_tokens: int
    epochs: float | None = None

    def resolve(self, epoch_tokens: int) -> int:
        """Training tokens on a training split of `epoch_tokens`."""
        if self.tokens is not None:
            return self.tokens
        return max(1, round((self.epochs or 1) * epoch_tokens))

    @property
    def note(self) -> str:
        """Words that must stand beside every verdict."""
        return "at this budget" if self.name == "quick" else ""


FEW_PASSES = 3.0


def default_dropout(passes: float) -> float:
    """Dropout of every model that was given none: what is seen less than three times needs no regularisation, and
    dropout then only slows learning; what is seen more often does."""
    return 0.0 if passes < FEW_PASSES else 0.2


PRESETS = {
    "quick": Budget("quick", 800_000, 1_000_000, 384),
    "standard": Budget("standard", 8_000_000, 4_000_000, 2_048),
    "full": Budget("full", 40_000_000, 16_000_000, 4_096),
}

_NUMBER = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)\s*([kKmMgG]?)$", re.ASCII)
_EPOCHS = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)\s*epochs?$", re.ASCII)
_FACTOR = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}


def parse_count(text: str, what: str) -> int:
    """'1.1M' -> 1_100_000. UserError where it is no positive number with an optional k, M or G."""
    match = _NUMBER.match(text.strip())
    count = round(float(match.group(1)) * _FACTOR[match.group(2).lower()]) if match else 0
    if count < 1:
        raise UserError(f"{what} {text!r} is not a positive number: write for instance 1000000, 500k or 1.1M.")
    return count


def parse_budget(text: str) -> Budget:
    """'quick', a number of tokens ('2M') or of epochs ('3epochs').

    A number takes size and batch of the largest preset that does not exceed it (of quick below that, and for epochs).
    """
    text = text.strip()
    if text in PRESETS:
        return PRESETS[text]
    epochs = _EPOCHS.match(text)
    quick = PRESETS["quick"]
    if epochs and float(epochs.group(1)) > 0:
        return Budget(text, None, quick.parameters, quick.batch_tokens, float(epochs.group(1)))
    if not _NUMBER.match(text):
        raise UserError(
            f"--budget {text!r} is neither quick, standard or full, nor a number of tokens (2M) or epochs (3epochs)."
            f"{nearest(text, PRESETS)}"
        )
    tokens = parse_count(text, "--budget")
    size = max((p for p in PRESETS.values() if (p.tokens or 0) <= tokens), key=lambda p: p.parameters, default=quick)
    return Budget(text, tokens, size.parameters, size.batch_tokens)
