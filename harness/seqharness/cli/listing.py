"""`harness list` and `harness show`: what plugins offer, without importing any of it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from ..registry import Catalogue, PluginSettings, load_catalogue
from .console import print_table, say
from .groups import Group
from .options import AsJson, PluginFiles, PluginSwitches

app = typer.Typer(cls=Group, help="List models, tasks, measurements, reporters or plugins.", no_args_is_help=True)
show = typer.Typer(cls=Group, help="Show a model or a task with every option.", no_args_is_help=True)


def _catalogue(plugin: list[str] | None, switches: list[str] | None) -> Catalogue:
    return load_catalogue(PluginSettings.of(switches or (), plugin or ()))


def _print(rows: list[dict[str, Any]], columns: list[str], as_json: bool) -> None:
    """Rows of the kind that the first column names."""
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    elif not rows:
        say(f"There is no {columns[0]}: no plugin that is installed and switched on offers one.")
    else:
        cells = [[", ".join(v) if isinstance(v, list) else str(v) for v in (row[c] for c in columns)] for row in rows]
        print_table(columns, cells)


@app.command("models")
def models(as_json: AsJson = False, plugin: PluginFiles = None, p: PluginSwitches = None) -> None:
    """Every model: what it is, which interfaces it serves, who brought it."""
    rows = [
        {
            "model": name,
            "summary": entry.card.summary,
            "serves": [interface.name for interface in entry.card.interfaces],
            "paper": entry.card.paper,
            "baseline": entry.card.baseline,
            "plugin": entry.plugin,
            "origin": entry.origin,
        }
        for name, entry in sorted(_catalogue(plugin, p).models.items())
    ]
    _print(rows, ["model", "summary", "serves", "paper", "origin"], as_json)


@app.command("tasks")
def tasks(as_json: AsJson = False, plugin: PluginFiles = None, p: PluginSwitches = None) -> None:
    """Every task and its interface."""
    rows = [
        {
            "task": name,
            "summary": entry.card.summary,
            "interface": entry.card.interface.name,
            "plugin": entry.plugin,
            "origin": entry.origin,
        }
        for name, entry in sorted(_catalogue(plugin, p).tasks.items())
    ]
    _print(rows, ["task", "summary", "interface", "origin"], as_json)


@app.command("measurements")
def measurements(as_json: AsJson = False, plugin: PluginFiles = None, p: PluginSwitches = None) -> None:
    """Everything that can be looked at besides the score."""
    rows = [
        {"measurement": name, "summary": entry.card.summary, "plugin": entry.plugin, "origin": entry.origin}
        for name, entry in sorted(_catalogue(plugin, p).measurements.items())
    ]
    _print(rows, ["measurement", "summary", "origin"], as_json)


@app.command("reporters")
def reporters(as_json: AsJson = False, plugin: PluginFiles = None, p: PluginSwitches = None) -> None:
    """Every reporter."""
    rows = [
        {"reporter": name, "summary": entry.card.summary, "plugin": entry.plugin, "origin": entry.origin}
        for name, entry in sorted(_catalogue(plugin, p).reporters.items())
    ]
    _print(rows, ["reporter", "summary", "origin"], as_json)


@app.command("plugins")
def plugins(as_json: AsJson = False, plugin: PluginFiles = None, p: PluginSwitches = None) -> None:
    """Every plugin found: loaded, switched off, or broken and why."""
    rows = [
        {"plugin": found.name, "status": found.status, "origin": found.origin, "reason": found.broken}
        for found in _catalogue(plugin, p).plugins
    ]
    _print(rows, ["plugin", "status", "origin", "reason"], as_json)


@show.command("model")
def show_model(name: str, as_json: AsJson = False, plugin: PluginFiles = None, p: PluginSwitches = None) -> None:
    """A model: its options with default, choices and reason."""
    entry = _catalogue(plugin, p).model(name)
    card = entry.card
    options = _options(entry.load(card.load).config)
    head = {
        "model": card.name,
        "summary": card.summary,
        "paper": card.paper,
        "serves": [interface.name for interface in card.interfaces],
        "origin": entry.origin,
    }
    _show(head, options, as_json)


@show.command("task")
def show_task(
    name: Annotated[str, typer.Argument(help="A task, with options or without: parity:longest=20.")],
    as_json: AsJson = False,
    plugin: PluginFiles = None,
    p: PluginSwitches = None,
) -> None:
    """A task: what exactly is asked and how it is scored, its options, and examples of a probe."""
    from ..resolve import resolve_task
    from .task_page import describe, print_task

    resolved = resolve_task(name, _catalogue(plugin, p))
    options = _options(resolved.entry.load(resolved.entry.card.options))
    document = describe(resolved)
    if as_json:
        print(json.dumps({**document, "options": options}, indent=2, ensure_ascii=False))
    else:
        print_task(document)
        _print_options(options)


def _options(kind: Any) -> list[dict[str, Any]]:
    schema = kind.model_json_schema().get("properties", {})
    return [
        {
            "option": name,
            "default": field.get_default(call_default_factory=True),
            "choices": _choices(schema.get(name, {})),
            "reason": field.description or "",
        }
        for name, field in kind.model_fields.items()
    ]


def _choices(schema: dict[str, Any]) -> str:
    parts = schema.get("anyOf", [schema])
    words = []
    for part in parts:
        if "enum" in part:
            words.append(" | ".join(str(choice) for choice in part["enum"]))
        elif "const" in part:
            words.append(str(part["const"]))
        elif part.get("type") == "boolean":
            words.append("on | off")
        elif part.get("type") not in (None, "null"):
            words.append(str(part["type"]))
    return " or ".join(words)


def _show(head: dict[str, Any], options: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print(json.dumps({**head, "options": options}, indent=2, ensure_ascii=False))
        return
    for key, value in head.items():
        if value:
            say(f"{key}: {', '.join(value) if isinstance(value, list) else value}")
    _print_options(options)


def _print_options(options: list[dict[str, Any]]) -> None:
    columns = ["option", "default", "choices", "reason"]
    rows = [["unset" if option[column] is None else str(option[column]) for column in columns] for option in options]
    print_table(columns, rows)
