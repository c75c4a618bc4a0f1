"""`harness plugin`."""

from __future__ import annotations

import typer

from . import listing
from .groups import Group

app = typer.Typer(cls=Group, help="Plugins: what was found, and why one is broken.", no_args_is_help=True)
app.command("list")(listing.plugins)
