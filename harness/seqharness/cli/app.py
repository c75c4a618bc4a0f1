"""The typer application: built-in commands, and defaults from files; plugins' commands are behind them."""

from __future__ import annotations

from typing import Any

import typer
from typer import Exit

from .groups import Root
from .mistakes import UsageError


def build() -> Any:
    """The command, with defaults from the project's and the user's file."""
    from . import ablate, bench, compare, data, diff, listing, plugin, report, schema
    from .settings import defaults

    app = typer.Typer(
        name="harness",
        cls=Root,
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
    app.command("ablate")(ablate.command())
    app.command("bench")(bench.bench)
    app.add_typer(listing.app, name="list")
    app.add_typer(listing.show, name="show")
    app.add_typer(data.app, name="data")
    app.command("report")(report.report)
    app.command("diff")(diff.diff)
    app.command("schema")(schema.schema)
    app.add_typer(plugin.app, name="plugin")
    command = typer.main.get_command(app)
    command.context_settings["default_map"] = defaults(command)
    return command


__all__ = ["Exit", "UsageError", "build"]
