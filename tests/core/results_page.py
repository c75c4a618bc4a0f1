"""The tables of docs/results.md, made of the schema and of the columns: `python tests/core/results_page.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqharness.analysis.changes import Changes
from seqharness.cli.schema import results_schema
from seqharness_reports.csv.pairs import PAIR_COLUMNS
from seqharness_reports.csv.rows import COLUMNS

PAGE = Path(__file__).parents[2] / "docs" / "results.md"


def page(text: str) -> str:
    """The page with its tables made anew: what stands between the marks of each."""
    tables = {
        "results.json": _parts(results_schema()),
        "results.csv": _columns(COLUMNS),
        "pairs.csv": _columns(PAIR_COLUMNS),
        "diff": _parts(_changes()),
    }
    for name, table in tables.items():
        start, end = f"<!-- {name}: made by tests/core/results_page.py -->", f"<!-- end of {name} -->"
        text = re.sub(rf"(?s){re.escape(start)}.*?{re.escape(end)}", lambda _: f"{start}\n\n{table}\n\n{end}", text)  # noqa: B023
    return text


def _changes() -> dict[str, Any]:
    """The schema of `harness diff --json`, without the parts that stand in results.json as well."""
    schema = Changes.model_json_schema()
    known = results_schema()["$defs"]
    return {**schema, "$defs": {name: part for name, part in schema["$defs"].items() if name not in known}}


def _columns(columns: Mapping[str, str]) -> str:
    return "\n".join(["| column | what it holds |", "|---|---|", *(f"| `{k}` | {v} |" for k, v in columns.items())])


def _parts(schema: Mapping[str, Any]) -> str:
    """A table of fields for the whole and for each part of it, in the order in which they are met."""
    order: list[str] = []
    _collect(schema, schema["$defs"], order)
    parts = [_part("The whole", schema), *(_part(name, schema["$defs"][name]) for name in order)]
    return "\n\n".join(parts)


def _collect(part: Mapping[str, Any], known: Mapping[str, Any], order: list[str]) -> None:
    names = re.findall(r"'#/\$defs/(\w+)'", str(part["properties"]))
    new = [name for name in dict.fromkeys(names) if name in known and name not in order]
    order += new
    for name in new:
        _collect(known[name], known, order)


def _part(name: str, schema: Mapping[str, Any]) -> str:
    lines = [f"#### {name}", "", " ".join(schema["description"].split()), "", "| field | type | what it holds |"]
    lines.append("|---|---|---|")
    for field, described in schema["properties"].items():
        mark = "" if field in schema.get("required", ()) else " (may be missing)"
        text = described.get("description", "").replace("|", "\\|")
        lines.append(f"| `{field}` | {_type(described)}{mark} | {text} |")
    return "\n".join(lines)


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {_type(schema['items'])}"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"object of {_type(inner)}" if isinstance(inner, dict) else "object"
    return kind


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
