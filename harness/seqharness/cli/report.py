"""`harness report`: a report anew from its results.json, without training or torch."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UserError, nearest
from ..registry import PluginSettings, load_catalogue
from .console import say
from .options import PluginFiles, PluginSwitches, comma_list

if TYPE_CHECKING:
    from ..comparison import Comparison


def report(
    source: Annotated[str, typer.Argument(help="A report's name, its folder, or its results.json.")],
    to: Annotated[str | None, typer.Option("--to", help="Folder to write into; the report's own if not given.")] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", envvar="HARNESS_OUTPUT", help="Folder that reports are looked for in.")
    ] = "reports",
    reporters: Annotated[
        str | None, typer.Option("--report", metavar="NAMES", help="Reporters, a comma list; all if not given.")
    ] = None,
    without_texts: Annotated[
        bool,
        typer.Option(
            "--without-texts",
            help="Leave out what quotes the data (examples, attention maps, samples), for data that may not be passed "
            "on; needs --to.",
        ),
    ] = False,
    plugin: PluginFiles = None,
    p: PluginSwitches = None,
) -> None:
    """Make a report anew from what is stored."""
    from ..compare import write_report

    path = find_results(source, Path(output))
    comparison = read_results(path)
    if without_texts:
        if to is None or Path(to).resolve() == path.parent.resolve():
            raise UserError(
                "--without-texts needs --to with another folder: written over the report itself, its texts were lost."
            )
        comparison = comparison_without_texts(comparison)
    catalogue = load_catalogue(PluginSettings.of(p or (), plugin or ()))
    names = comma_list(reporters) if reporters is not None else None
    for file in write_report(comparison, Path(to) if to else path.parent, catalogue, names):
        say(str(file))


def comparison_without_texts(comparison: Comparison) -> Comparison:
    """The same without examples, maps between tokens and samples; a warning says so."""
    findings = [
        one.model_copy(update={"findings": one.findings.model_copy(update={"maps": [], "texts": []})})
        for one in comparison.findings
    ]
    note = "Examples, attention maps and samples were left out of this report, for they quote the data."
    return comparison.model_copy(
        update={"examples": [], "findings": findings, "warnings": [*comparison.warnings, note]}
    )


def find_results(source: str, reports: Path, what: str = "report") -> Path:
    """The results.json that a path, or a name in the folder of reports, means. UserError names the nearest report.

    what: was looked for, in the words of that error.
    """
    for path in (Path(source), Path(source) / "results.json", reports / source / "results.json"):
        with contextlib.suppress(OSError, ValueError):  # too long for a name, or no name at all
            if path.is_file():
                return path
    known = [path.parent.name for path in reports.glob("*/results.json")]
    raise UserError(f"There is no {what} {source!r}: no such file, and no results.json there.{nearest(source, known)}")


def read_results(path: Path) -> Comparison:
    """UserError where the file is no comparison, or of a later schema."""
    from pydantic import ValidationError

    from ..comparison import SCHEMA_VERSION, Comparison

    try:
        content = json.loads(path.read_bytes())
        version = content.get("schema_version") if isinstance(content, dict) else None
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise UserError(
                f"{path} has schema version {version}, and this harness reads up to {SCHEMA_VERSION}: "
                "install a later seqharness."
            )
        return Comparison.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "".join(f"{part}: " for part in first["loc"])
        raise UserError(f"{path} holds no results of harness: {where}{first['msg']}.") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not JSON: {error}.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
