"""After every step of a training: progress, checkpoints, and the wish to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..training.checkpoint import save_checkpoint
from ..training.loop import Interrupted, Training

Emit = Callable[[Mapping[str, Any]], None]

CHECKPOINT_SECONDS = 120.0
"""How often a training under way is written down."""

PROGRESS_SECONDS = 0.25


class Ticker:
    """work: where checkpoints go. before: tokens of an earlier phase of the same run, added to the progress told."""

    def __init__(
        self, emit: Emit, stop: Callable[[], bool], work: Path, checkpoint_seconds: float, before: int = 0
    ) -> None:
        self.emit, self.stop, self.work, self.before = emit, stop, work, before
        self.checkpoint_seconds = checkpoint_seconds
        self.told = self.saved = time.monotonic()

    def tick(self, training: Training) -> None:
        """Called after every step. Raises Interrupted after a checkpoint when `stop()` turns true."""
        now = time.monotonic()
        if now - self.told >= PROGRESS_SECONDS:
            self.told = now
            state = training.state
            rate = state.tokens / state.seconds if state.seconds else 0.0
            loss = state.losses[-1] if state.losses else None
            self.emit({"event": "progress", "tokens": self.before + state.tokens, "loss": loss, "rate": rate})
        stopping = self.stop()
        if stopping or now - self.saved >= self.checkpoint_seconds:
            self.saved = now
            save_checkpoint(training, self.work)
        if stopping:
            raise Interrupted("asked to stop")
