"""What makes the comparison fair, and where it is not: equality, tuning, data, models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seqharness.comparison import Comparison, ModelInfo

from ..document import (
    Block,
    Bullets,
    Code,
    Column,
    Details,
    Heading,
    Line,
    Paragraph,
    Strong,
    Table,
)
from ..quantities import UNKNOWN, count, memory, scaled, share
from ..view import TaskView, unique
from .names import headers, name
from .statistics import statistics


def method(comparison: Comparison, tasks: Sequence[TaskView]) -> list[Block]:
    """Sections on what was equal, how settings were found, how figures were tested, the data and the models."""
    blocks = _equal(comparison) + _tuning(comparison, tasks)
    blocks += [*statistics(comparison, tasks), Heading(2, "Data")]
    for task in tasks:
        blocks += _data(task, len(tasks) > 1)
    return [*blocks, Heading(2, "Models"), *_models(tasks)]


def _equal(comparison: Comparison) -> list[Block]:
    if not comparison.equal:
        return []
    blocks: list[Block] = [Heading(2, "What was held equal")]
    unequal = [row.what for row in comparison.equal if not row.equal]
    if unequal:
        blocks.append(Paragraph((Strong("Not equal:"), f" {', '.join(unequal)}. Read the scores with that in mind.")))
    columns = [Column("equal"), Column("what"), Column("rule"), Column("value")]
    rows: list[list[Line]] = [
        ["yes" if row.equal else Strong("NO"), row.what, row.rule, row.value] for row in comparison.equal
    ]
    return [*blocks, Table(columns, rows)]


def _tuning(comparison: Comparison, tasks: Sequence[TaskView]) -> list[Block]:
    stated = [row for row in comparison.equal if "tuning" in row.what.lower()]
    lines: list[Line] = []
    for task in tasks:
        for model in task.models:
            protocol = model.recipe.get("protocol")
            if protocol:
                where = (" on ", task.info.task) if len(tasks) > 1 else ()
                lines.append((model.model, *where, ": ", str(protocol)))
    if stated:
        statement = "; ".join(f"{row.rule}: {row.value}" if row.value else row.rule for row in stated)
        statement = f"{statement[:1].upper()}{statement[1:].rstrip('.')}."
    else:
        statement = "No tuning was done for this comparison: every model was trained with the recipe that it brings."
    if not lines:
        return [Heading(2, "Tuning"), Paragraph(statement)]
    return [
        Heading(2, "Tuning"),
        Paragraph(f"{statement} How each recipe was found:"),
        Bullets(list(dict.fromkeys(lines))),
    ]


def _data(task: TaskView, several: bool) -> list[Block]:
    info = task.info
    blocks: list[Block] = [Heading(3, info.task)] if several else []
    tests = sum(split.examples for split in info.splits if split.name == "test")
    overlap = f"{count(info.overlap)} test inputs also stand in the training split"
    if info.overlap and tests:
        overlap += f" ({share(info.overlap / tests)})"
    facts: list[tuple[str, Line]] = [
        ("task", info.task),
        ("source", info.source),
        ("tokens", info.tokenizer),
        ("sha256", Code(info.data_hash)),
        ("overlap", overlap),
        ("choice of a run's weights", info.selection),
        ("decoding", info.decoding),
    ]
    lines = [_fact(label, value) for label, value in facts if value]
    lines += [_fact(f"signature of {metric.label}", Code(metric.signature)) for metric in info.metrics
              if metric.signature]  # fmt: skip
    lines += [_fact("note", note) for note in info.notes]
    columns = [Column("split"), Column("examples", right=True), Column("tokens", right=True)]
    rows: list[list[Line]] = [[split.name, count(split.examples), count(split.tokens)] for split in info.splits]
    return [*blocks, Bullets(lines), *([Table(columns, rows)] if rows else [])]


def _fact(label: str, value: Line) -> Line:
    spans = value if isinstance(value, tuple) else (value,)
    return (f"{label}: ", *spans)


def _models(tasks: Sequence[TaskView]) -> list[Block]:
    blocks: list[Block] = []
    for task in tasks:
        if len(tasks) > 1:
            blocks.append(Heading(3, task.info.task))
        blocks.append(_sizes(task))
        networks = [model for model in task.models if model.recipe or model.config]
        for label, settings in (
            ("Training recipes", {model.model: model.recipe for model in networks}),
            ("Options of the models", {model.model: model.config for model in networks}),
        ):
            if any(settings.values()):
                blocks.append(Details(label, [_settings(settings)]))
    return blocks


def _sizes(task: TaskView) -> Table:
    columns = [Column("model"), Column("what it is"), Column("parameters", right=True)]
    columns += [Column(text, right=True) for text in ("without embeddings", "off the size asked for", "tokens seen")]
    columns += [Column(text, right=True) for text in ("state of a row", "fixed", "a token of context", "of source")]
    columns += [Column("comes from"), Column("paper")]
    return Table(columns, [_size(model) for model in task.models])


def _size(model: ModelInfo) -> list[Line]:
    return [
        name(model),
        _what(model),
        count(model.parameters),
        count(model.nonembedding_parameters),
        _deviation(model),
        _seen(model),
        memory(model.state_bytes),
        memory(model.state_bytes_fixed),
        memory(model.state_bytes_per_token),
        memory(model.state_bytes_per_source_token),
        model.origin or UNKNOWN,
        model.paper or UNKNOWN,
    ]


def _what(model: ModelInfo) -> str:
    """What was built, and what a baseline chose on validation."""
    chosen = f"{model.chosen} (chosen on validation)" if model.chosen else ""
    return "; ".join(filter(None, (model.resolved, chosen))) or UNKNOWN


MATCHED = {
    "parameters": "",
    "nonembedding_parameters": " of parameters without embeddings",
    "flops_per_token": " of FLOPs per token",
}


def _deviation(model: ModelInfo) -> str:
    """How far its size is from what was asked for, and in what sense of size."""
    if model.size_deviation is None:
        return UNKNOWN
    return f"{100 * model.size_deviation:+.1f} %{MATCHED.get(model.matched or '', '')}".replace("-", "−")


def _seen(model: ModelInfo) -> str:
    """Training tokens, and their share of the budget where training ended early."""
    if model.training_tokens is None or not model.planned_tokens or model.training_tokens >= model.planned_tokens:
        return scaled(model.training_tokens)
    return f"{scaled(model.training_tokens)}, {share(model.training_tokens / model.planned_tokens)} of the budget"


def _settings(settings: Mapping[str, Mapping[str, Any]]) -> Table:
    """One row for each setting, one column for each model."""
    keys = [key for key in unique(key for values in settings.values() for key in values) if key != "protocol"]
    columns = [Column("setting"), *(Column(name) for name in headers(settings))]
    rows: list[list[Line]] = [
        [key, *(setting(values[key]) if key in values else UNKNOWN for values in settings.values())] for key in keys
    ]
    return Table(columns, rows)


def setting(value: Any) -> str:
    """A value of an option: yes, 0.002, 0.9 and 0.98."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return UNKNOWN
    if isinstance(value, list | tuple):
        return " and ".join(map(setting, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
