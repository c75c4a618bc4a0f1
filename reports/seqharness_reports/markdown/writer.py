"""report.md with its figures; bench.md with its own."""

from __future__ import annotations

from pathlib import Path

from seqharness.atomic import write_atomically
from seqharness.comparison import Comparison
from seqharness.costs import Costs

from ..content import costs as costs_content
from ..content.report import build
from ..plots import figure_of_costs, figures
from ..plots.save import save
from .render import render


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write `report.md` and `figures/*.png`, `figures/*.svg` into `folder`.

    The same comparison gives the same bytes.
    """
    written = [path for figure in figures(comparison) for path in save(figure, folder / "figures")]
    return [write_atomically(folder / "report.md", render(build(comparison)).encode()), *written]


def write_costs(costs: Costs, folder: Path) -> list[Path]:
    """Write `bench.md` and, where anything was measured, `figures/bench.png` and `figures/bench.svg` into `folder`."""
    figure = figure_of_costs(costs) if costs.measured else None
    written = save(figure, folder / "figures") if figure else []
    text = render(costs_content.build(costs, figure))
    return [write_atomically(folder / "bench.md", text.encode()), *written]
