"""Groups of commands that say which name was meant, and look for plugins' commands only when one may be wanted.

A plugin that is switched off by `-p no:NAME` must not be imported on the way to a built-in command.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import typer
from typer.core import TyperGroup

from ..errors import HarnessError, UserError, nearest


class Group(TyperGroup):
    """Commands; an unknown one is a UserError that names the nearest."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments begin with."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise UserError(f"There is no command {args[0]!r}.{nearest(args[0], self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


class Root(Group):
    """The built-in commands, and behind them those of plugins."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of the help."""
        return [*super().list_commands(ctx), *(name for name in self.offered if name not in self.commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A built-in command, else a plugin's; None where there is none of that name."""
        return super().get_command(ctx, cmd_name) or self.offered.get(cmd_name)

    @cached_property
    def offered(self) -> dict[str, Any]:
        """Commands of plugins. A fault of one plugin is told by the command that needs it, and by `plugin list`."""
        from ..registry import load_catalogue

        app = typer.Typer(add_completion=False)
        try:
            for name, entry in sorted(load_catalogue().commands.items()):
                app.add_typer(entry.card, name=name)  # type: ignore[arg-type]
        except HarnessError:
            return {}
        return dict(typer.main.get_group(app).commands)
