"""`harness report`: a report anew from its results.json, without training or torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UserError, nearest
from ..registry import PluginSettings, load_catalogue
from .console import say
from .options import PluginFiles, PluginSwitches

if TYPE_CHECKING:
    from ..comparison import Comparison


def report(
    source: Annotated[str, typer.Argument(help="A report's folder, its name under ./reports, or a results.json.")],
    to: Annotated[str | None, typer.Option("--to", help="Folder to write into; the report's own if not given.")] = None,
    reporters: Annotated[
        str | None, typer.Option("--report", metavar="NAMES", help="Reporters, a comma list; all if not given.")
    ] = None,
    plugin: PluginFiles = None,
    p: PluginSwitches = None,
) -> None:
    """Make a report anew from what is stored."""
    from ..compare import write_report

    path = find_results(source)
    comparison = read_results(path)
    catalogue = load_catalogue(PluginSettings.of(p or (), plugin or ()))
    names = [name for name in reporters.split(",") if name] if reporters is not None else None
    for file in write_report(comparison, Path(to) if to else path.parent, catalogue, names):
        say(str(file))


def find_results(source: str) -> Path:
    """The results.json that a path or name means. UserError names the nearest report."""
    for path in (Path(source), Path(source) / "results.json", Path("reports") / source / "results.json"):
        if path.is_file():
            return path
    known = [path.parent.name for path in Path("reports").glob("*/results.json")]
    raise UserError(f"There is no report {source!r} (no results.json in it).{nearest(source, known)}")


def read_results(path: Path) -> Comparison:
    """UserError where the file is no comparison, or of a later schema."""
    from pydantic import ValidationError

    from ..comparison import SCHEMA_VERSION, Comparison

    try:
        comparison = Comparison.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{path} is no results of harness: {where}: {first['msg']}") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    if comparison.schema_version > SCHEMA_VERSION:
        raise UserError(
            f"{path} has schema version {comparison.schema_version}, and this harness reads up to {SCHEMA_VERSION}: "
            "install a later seqharness."
        )
    return comparison
