"""`harness plugin`."""

from __future__ import annotations

import typer

from . import conformance, listing
from .groups import Group

app = typer.Typer(
    cls=Group, help="Plugins: what was found, why one is broken, whether a model keeps the rules.", no_args_is_help=True
)
app.command("list")(listing.plugins)
app.command("check")(conformance.check)
