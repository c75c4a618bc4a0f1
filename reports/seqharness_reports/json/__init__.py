"""The reporter `json`: the comparison itself, for programs."""

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
    """Offer `json`."""
    register(ReporterSpec(name="json", summary="results.json: every figure of the comparison", load=_load))
