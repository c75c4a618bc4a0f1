"""The reporter `latex`: tables for a paper."""

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
    """Offer `latex`."""
    register(ReporterSpec(name="latex", summary="tables.tex: tables for a paper, with booktabs", load=_load))
