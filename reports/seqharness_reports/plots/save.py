"""Figures as files, the same bytes each time."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from seqharness.atomic import write_atomically

from . import Figure

METADATA: Mapping[str, Mapping[str, None]] = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}
"""What matplotlib would write of itself and the day, left out."""


def save(figure: Figure, folder: Path) -> list[Path]:
    """Write `stem`.png (150 dots per inch) and `stem`.svg, without dates and versions."""
    files = contents(figure, ("png", "svg"))
    return [write_atomically(folder / f"{figure.stem}.{ending}", content) for ending, content in files.items()]


def contents(figure: Figure, endings: Sequence[str]) -> dict[str, bytes]:
    """What the files of these endings hold."""
    import matplotlib

    from .style import settings

    made = {}
    with matplotlib.rc_context(settings()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a sign that the font lacks becomes a box
        drawing = figure.draw()
        for ending in endings:
            stream = io.BytesIO()
            drawing.savefig(stream, format=ending, metadata=METADATA[ending])
            made[ending] = stream.getvalue()
    return made
