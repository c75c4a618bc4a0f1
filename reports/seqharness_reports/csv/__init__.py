"""The reporter `csv`: scores and differences as tidy tables, for pandas, R and spreadsheets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seqharness.contracts import ReporterSpec
from seqharness.hookspecs import hookimpl

if TYPE_CHECKING:
    from seqharness.comparison import Comparison


def _load() -> Callable[[Comparison, Path], Sequence[Path]]:
    from .writer import write

    return write


@hookimpl
def register_reporters(register: Callable[[ReporterSpec], None]) -> None:
    """Offer `csv`."""
    summary = "results.csv: every score, one a row, for pandas and R; pairs.csv: every difference"
    register(ReporterSpec(name="csv", summary=summary, load=_load))
