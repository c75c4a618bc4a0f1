"""report.md with its figures."""

from __future__ import annotations

from pathlib import Path

from seqharness.atomic import write_atomically
from seqharness.comparison import Comparison

from ..content.report import build
from ..plots import figures
from ..plots.save import save
from .render import render


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write `report.md` and `figures/*.png`, `figures/*.svg` into `folder`.

    The same comparison gives the same bytes.
    """
    written = [path for figure in figures(comparison) for path in save(figure, folder / "figures")]
    return [write_atomically(folder / "report.md", render(build(comparison)).encode()), *written]
