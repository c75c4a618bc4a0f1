"""The typer application: built-in commands, plugins' commands, and settings from files."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import typer
from typer import Exit

from ..errors import HarnessError, UserError, nearest

UsageError: Any = typer.BadParameter.__bases__[0]
"""What typer raises for a wrong option or command."""

PROJECT_FILE = "seqharness.toml"


def build() -> Any:
    """The command, with the commands of plugins, and defaults from the project's and the user's file."""
    from . import compare, listing, plugin, report

    app = typer.Typer(
        name="harness",
        help="Compare sequence architectures fairly: train them from scratch on the same tasks under the same rules.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback(invoke_without_command=True)
    def root(version: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
        if version:
            from importlib.metadata import version as installed

            typer.echo(f"seqharness {installed('seqharness')}")
            raise Exit

    app.command("compare")(compare.compare)
    app.add_typer(listing.app, name="list")
    app.add_typer(listing.show, name="show")
    app.command("report")(report.report)
    app.add_typer(plugin.app, name="plugin")
    for name, application in _plugin_commands():
        app.add_typer(application, name=name)
    command = typer.main.get_command(app)
    command.context_settings["default_map"] = _defaults(command)
    return command


def _plugin_commands() -> list[tuple[str, Any]]:
    """Commands that installed plugins offer; a plugin that collides shows when a command needs it."""
    from ..registry import load_catalogue

    try:
        return [(name, entry.card) for name, entry in sorted(load_catalogue().commands.items())]
    except HarnessError:
        return []


def _defaults(command: Any) -> dict[str, Any]:
    """Defaults by command and option: the user's file, then the project's over it. UserError for an unknown key."""
    configuration = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    merged: dict[str, Any] = {}
    for path in (Path(configuration).expanduser() / "seqharness" / "config.toml", Path(PROJECT_FILE)):
        if not path.is_file():
            continue
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise UserError(f"{path} cannot be read as TOML: {error}") from error
        for section, values in content.items():
            known = command.commands.get(section)
            if known is None or not isinstance(values, dict):
                raise UserError(f"{path}: [{section}] is no command.{nearest(section, command.commands)}")
            names = {parameter.name for parameter in known.params}
            for key, value in values.items():
                name = key.replace("-", "_")
                if name not in names:
                    raise UserError(f"{path}: [{section}] has no setting {key!r}.{nearest(name, names)}")
                merged.setdefault(section, {})[name] = value
    return merged


__all__ = ["Exit", "UsageError", "build"]
