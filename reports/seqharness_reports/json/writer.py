"""results.json: one `Comparison`; bench.json: one `Costs`. Keys stand in the order of the schema."""

from __future__ import annotations

from pathlib import Path

from seqharness.atomic import write_atomically
from seqharness.comparison import Comparison
from seqharness.costs import Costs


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write `results.json` into `folder`. A figure that is not finite becomes null, so that every reader takes it."""
    text = comparison.model_dump_json(indent=2) + "\n"
    return [write_atomically(folder / "results.json", text.encode())]


def write_costs(costs: Costs, folder: Path) -> list[Path]:
    """Write `bench.json` into `folder`."""
    return [write_atomically(folder / "bench.json", (costs.model_dump_json(indent=2) + "\n").encode())]
