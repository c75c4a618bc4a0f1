"""`harness show task`: what a task asks, how it is scored, and some examples, without loading its data."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from .console import print_table, say

if TYPE_CHECKING:
    from ..contracts import Metric, Task
    from ..resolve import ResolvedTask

EXAMPLES = 3

LONGEST = 800
"""Characters of an example that are printed."""


def describe(resolved: ResolvedTask) -> dict[str, Any]:
    """All but the options, as JSON has it."""
    card, task = resolved.entry.card, resolved.task
    return {
        "task": str(resolved.name),
        "summary": card.summary,
        "interface": card.interface.name,
        "origin": resolved.entry.origin,
        "contract": _contract(task),
        "metrics": [_metric(metric) for metric in task.metrics],
        "axes": {name: axis if isinstance(axis, str) else axis.title for name, axis in task.axes.items()},
        "baselines": list(task.baselines),
        "measurements": list(task.measurements),
        "datasets": sorted(resolved.entry.load(card.datasets)),
        "examples": _examples(task),
    }


def print_task(document: dict[str, Any]) -> None:
    """What `describe` gave, for a reader."""
    for key in ("task", "summary", "interface", "origin"):
        say(f"{key}: {document[key]}")
    for line in ("", *document["contract"].splitlines(), ""):
        say(line)
    for example in document["examples"]:
        slices = ", ".join(f"{axis} {_text(value)}" for axis, value in example["slices"].items())
        say(f"[{slices}] {_cut(example['input'])}")
        say(f"    -> {_cut(example['reference'])}")
    _print_metrics(document["metrics"])
    for name, title in document["axes"].items():
        say(f"scores by {name}: {title}")
    for key in ("baselines", "measurements"):
        say(f"{key}: {', '.join(document[key]) or 'none unless asked for'}")
    if document["datasets"]:
        say(f"data sets by name: {', '.join(document['datasets'])}")
    say(f"what the data look like: harness data show {document['task']}")


def _print_metrics(metrics: list[dict[str, Any]]) -> None:
    """The first is the primary one. Columns in which nothing stands are left out."""
    columns = [
        key for key in metrics[0] if key != "metric" and any(metric[key] not in (None, "") for metric in metrics)
    ]
    rows = [[_text(metric[key]) for key in columns] for metric in metrics]
    rows[0][0] += " (primary)"
    print_table(["metric", *columns[1:]], rows)


def _contract(task: Task) -> str:
    """What a task says of itself: its contract, else how its docstring begins."""
    return str(getattr(task, "contract", None) or (inspect.getdoc(type(task)) or "").partition("\n\n")[0])


def _examples(task: Task) -> list[dict[str, Any]]:
    """Some, of a task that can draw them one by one."""
    draw = getattr(task, "samples", None)
    return [{"slices": dict(example.slices), **task.show(example)} for example in draw(EXAMPLES)] if draw else []


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "metric": metric.name,
        "label": metric.label,
        "unit": metric.unit,
        "better": "higher" if metric.higher_is_better else "lower",
        "solved at": metric.solved,
        "conditions": metric.signature.replace("|", ", "),
    }


def _text(value: Any) -> str:
    """A number without needless digits, nothing for None, any other value as JSON has it."""
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:g}" if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ... ({len(text):,} characters)"
