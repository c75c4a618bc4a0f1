"""report.html, which holds its figures."""

from __future__ import annotations

from pathlib import Path

from seqharness.atomic import write_atomically
from seqharness.comparison import Comparison

from ..content.report import build
from ..plots import figures
from ..plots.save import contents
from .drawing import inline
from .page import render


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write `report.html` into `folder`: one file, which asks for no other.

    The same comparison gives the same bytes.
    """
    drawings = {
        figure.stem: inline(contents(figure, ["svg"])["svg"], figure.stem, figure.alt)
        for figure in figures(comparison)
    }  # fmt: skip
    version = comparison.environment.get("seqharness", "")
    page = render(build(comparison), drawings, made=f"seqharness {version}, {comparison.created}")
    return [write_atomically(folder / "report.html", page.encode())]
