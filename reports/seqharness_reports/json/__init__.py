"""The reporter `json`: the comparison itself, for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seqharness.contracts import ReporterSpec
from seqharness.hookspecs import hookimpl

if TYPE_CHECKING:
    from seqharness.comparison import Comparison
    from seqharness.costs import Costs


def _load() -> Callable[[Comparison, Path], Sequence[Path]]:
    from .writer import write

    return write


def _costs() -> Callable[[Costs, Path], Sequence[Path]]:
    from .writer import write_costs

    return write_costs


@hookimpl
def register_reporters(register: Callable[[ReporterSpec], None]) -> None:
    """Offer `json`."""
    summary = "results.json: every figure of the comparison"
    register(ReporterSpec(name="json", summary=summary, load=_load, costs=_costs))
