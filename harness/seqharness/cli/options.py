"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

PluginFiles = Annotated[
    list[str] | None, typer.Option("--plugin", metavar="FILE", help="Load a plugin from a Python file (repeatable).")
]
PluginSwitches = Annotated[
    list[str] | None,
    typer.Option("-p", metavar="no:NAME", help="Switch the plugin NAME off before it is imported (repeatable)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")]
Precision = Annotated[
    str,
    typer.Option(
        help="Of training: float32, bf16 (linear layers; on a GPU, autocast) or auto: bf16 on a CPU that multiplies "
        "it natively.",
        envvar="HARNESS_PRECISION",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")]


def comma_list(text: str) -> tuple[str, ...]:
    """'a, b' -> ('a', 'b')."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
