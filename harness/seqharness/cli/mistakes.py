"""Mistakes on the command line, each as one sentence."""

from __future__ import annotations

from typing import Any

import typer

from ..errors import nearest

UsageError: Any = typer.BadParameter.__bases__[0]
"""What typer raises for a wrong option or command."""


def sentence(error: Any) -> str:
    """What typer found wrong; for an unknown option with the nearest one."""
    if type(error).__name__ == "NoSuchOption":
        return f"There is no option {error.option_name!r}.{nearest(error.option_name, error.possibilities or ())}"
    return str(error.format_message()).rstrip(".") + "."


def is_help(error: Any) -> bool:
    """Whether this is no mistake but the help, shown where a group of commands is called without one."""
    return type(error).__name__ == "NoArgsIsHelpError"
