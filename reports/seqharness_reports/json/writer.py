"""results.json: one `Comparison`, keys in the order of its schema."""

from __future__ import annotations

from pathlib import Path

from seqharness.atomic import write_atomically
from seqharness.comparison import Comparison


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write `results.json` into `folder`. A figure that is not finite becomes null, so that every reader takes it."""
    text = comparison.model_dump_json(indent=2) + "\n"
    return [write_atomically(folder / "results.json", text.encode())]
