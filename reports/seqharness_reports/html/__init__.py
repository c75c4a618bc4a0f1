"""The reporter `html`: a report for people, one file that opens without a network."""

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
    """Offer `html`."""
    summary = "report.html: the report as one page, with figures and sortable tables"
    register(ReporterSpec(name="html", summary=summary, load=_load))
