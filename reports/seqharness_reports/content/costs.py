"""What was measured over the length of rows, as a document."""

from __future__ import annotations

from seqharness.costs import NOISY, WORKS, Cell, Costs, Work, relative_spread

from ..document import Block, Bullets, CodeBlock, Column, Heading, Line, Paragraph, Picture, Table
from ..plots import Figure
from ..quantities import UNKNOWN, count, memory, rate, significant


def build(costs: Costs, figure: Figure | None) -> list[Block]:
    """Conditions, the figure, growth, every cell, and how to read them."""
    blocks: list[Block] = [Heading(1, "Cost over length"), Paragraph(costs.conditions.held)]
    if figure is not None:
        blocks.append(Picture(figure.stem, figure.alt, figure.caption))
    blocks += [Heading(2, "Growth"), _growth(costs), Heading(2, "Every length"), _cells(costs)]
    blocks += [Bullets(costs.notes), Heading(2, "Again"), CodeBlock(costs.command), _versions(costs)]
    return blocks


def _growth(costs: Costs) -> Table:
    """Models with their size, and the exponent of each kind of work."""
    columns = [Column("model"), Column("parameters", right=True)]
    columns += [Column(costs.conditions.called(work), right=True) for work in WORKS]
    rows: list[list[Line]] = [
        [model.model, count(model.parameters), *(_power(costs, model.model, work) for work in WORKS)]
        for model in costs.models
        if model.not_applicable is None
    ]
    return Table(columns, rows)


def _power(costs: Costs, model: str, work: Work) -> str:
    exponent = costs.exponent(model, work)
    return UNKNOWN if exponent is None else f"n^{exponent:.2f}"


def _cells(costs: Costs) -> Table:
    titles = ("length", "rows", "ms a call", "quartiles", "tokens/s", "memory", "state a row")
    columns = [Column("model"), Column("work"), *(Column(title, right=True) for title in titles)]
    models = [model.model for model in costs.models]
    ordered = sorted(costs.cells, key=lambda cell: (models.index(cell.model), WORKS.index(cell.work), cell.length))
    rows: list[list[Line]] = [
        [cell.model, costs.conditions.called(cell.work), count(cell.length), count(cell.rows), *_figures(cell)]
        for cell in ordered
    ]
    return Table(columns, rows)


def _figures(cell: Cell) -> list[Line]:
    times = cell.milliseconds
    if times is None:
        return [cell.status, *[UNKNOWN] * 4]
    mark = "~" if relative_spread(cell) > NOISY else ""
    return [
        f"{mark}{significant(times.median)}",
        f"{significant(times.low)} to {significant(times.high)}",
        rate(cell.tokens_per_second),
        memory(cell.own_memory_bytes),
        memory(cell.state_bytes),
    ]


def _versions(costs: Costs) -> Paragraph:
    """When and on what."""
    told = ", ".join(f"{name} {value}" for name, value in costs.conditions.environment.items())
    return Paragraph(f"{costs.created}; {told}.")
