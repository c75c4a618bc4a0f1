"""Figures as files, the same bytes each time."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from seqharness.atomic import write_atomically

from . import Figure


def save(figure: Figure, folder: Path) -> list[Path]:
    """Write `stem`.png (150 dots per inch) and `stem`.svg, without dates and versions."""
    import matplotlib

    from .style import settings

    written = []
    with matplotlib.rc_context(settings()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a sign that the font lacks becomes a box
        drawing = figure.draw()
        for ending, metadata in (("png", {"Software": None}), ("svg", {"Date": None, "Creator": None})):
            stream = io.BytesIO()
            drawing.savefig(stream, format=ending, metadata=metadata)
            written.append(write_atomically(folder / f"{figure.stem}.{ending}", stream.getvalue()))
    return written
