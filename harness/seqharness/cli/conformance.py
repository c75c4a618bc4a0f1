"""`harness plugin check`: the conformance checks of a model, or of every model that a plugin file offers."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UserError
from ..registry import PluginSettings, load_catalogue
from ..specs import parse_name
from .console import console, print_table, say, time_text
from .options import AsJson, PluginFiles, PluginSwitches

if TYPE_CHECKING:
    from ..testing import Model, Result

COLUMNS = ("check", "interface", "result", "why")
WHOLE, ALL = "the model", "all"
"""In the column of interfaces: a check of the model as a whole, and one that came out alike on all that are served."""

Subject = Annotated[
    str, typer.Argument(metavar="NAME|FILE", help="A model, with options (lstm:layers=2), or a plugin file.")
]
Quick = Annotated[bool, typer.Option("--quick", help="Leave out the checks that take long.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print the rule and the traceback of each failure.")]


def check(
    subject: Subject,
    quick: Quick = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
    plugin: PluginFiles = None,
    p: PluginSwitches = None,
) -> None:
    """Check that a model keeps the rules: it ends with 1 where one does not."""
    models = _models(subject, PluginSettings.of(p or (), plugin or ()))
    started = time.perf_counter()
    results = [result for model in models for result in _results(model, quick)]
    if as_json:
        print(json.dumps(_document(results), indent=2, ensure_ascii=False))
    else:
        _print(results, verbose, time.perf_counter() - started)
    if any(result.status == "failed" for result in results):
        raise typer.Exit(1)


def _models(subject: str, settings: PluginSettings) -> list[Model]:
    """What is to be checked. UserError where there is no such model or file."""
    if not _is_file(subject):
        name = parse_name(subject)
        card = load_catalogue(settings).model(name.name).card
        from ..testing import Model

        return [Model(card, dict(name.options))]
    if not Path(subject).is_file():
        raise UserError(f"There is no file {subject!r}: give the path of a plugin file, or the name of a model.")
    return _models_in(subject, settings)


def _models_in(subject: str, settings: PluginSettings) -> list[Model]:
    """Those that a plugin file registers, and what importing it changed."""
    from ..testing import Model
    from ..testing.surroundings import changes, kept
    from ..testing.surroundings import settings as current

    alone = replace(settings, files=(*settings.files, subject), only=())  # it may be installed as well
    with kept():
        before = current()
        offered = [entry.card for entry in load_catalogue(alone).models.values() if entry.plugin == Path(subject).stem]
        changed = changes(before, current())
    if not offered:
        raise UserError(f"{subject} registers no model: there is nothing to check.")
    return [Model(card, changed=changed) for card in offered]


def _is_file(subject: str) -> bool:
    return subject.endswith(".py") or os.sep in subject


def _results(model: Model, quick: bool) -> list[Result]:
    """What came of the checks. What the model prints goes to stderr, and the numbers are computed by one thread."""
    import torch

    from ..testing import check_model

    torch.set_num_threads(1)  # networks so small are slower with more
    with contextlib.redirect_stdout(sys.stderr), _progress(model.card.name) as tell:
        return list(check_model(model, quick=quick, before=lambda check, what: tell(f"{what} {check.name}")))


@contextlib.contextmanager
def _progress(name: str) -> Iterator[Callable[[str], None]]:
    """A line on a terminal's stderr that says what is being checked; nothing elsewhere."""
    from rich.text import Text

    from ..visible import visible

    if not sys.stderr.isatty():
        yield lambda text: None
        return
    with console(stderr=True).status(Text(visible(name))) as status:
        yield lambda text: status.update(Text(visible(text)))


def _document(results: Sequence[Result]) -> dict[str, Any]:
    counts = Counter(result.status for result in results)
    return {
        "schema_version": 1,
        "models": list(dict.fromkeys(result.model for result in results)),
        "passed": counts["passed"],
        "failed": counts["failed"],
        "not_applicable": counts["not applicable"],
        "results": [{**asdict(result), "problem": result.problem or None} for result in results],
    }


def _print(results: Sequence[Result], verbose: bool, seconds: float) -> None:
    models: dict[str, list[Result]] = {}
    for result in results:
        models.setdefault(result.model, []).append(result)
    for model, mine in models.items():
        say(f"{model} on {', '.join(_served(mine)) or 'no interface'}")
        print_table(COLUMNS, _rows(mine))
        if verbose:
            _print_failures(mine)
    for model, mine in models.items():
        say(_summary(model, mine))
    say(f"Time: {time_text(seconds)}.")


def _served(results: Sequence[Result]) -> list[str]:
    """Interfaces and their kinds that are not refused."""
    problems = dict.fromkeys(result.problem for result in results if result.status != "not applicable")
    return [problem for problem in problems if problem]


def _rows(results: Sequence[Result]) -> list[list[str]]:
    """One row for all interfaces on which a check came out alike, in the order of the checks."""
    from ..testing.select import EVERY

    alike: dict[tuple[str, str, str], list[str]] = {}
    order, served = [check.name for check in EVERY], _served(results)
    for result in sorted(results, key=lambda result: order.index(result.check)):
        alike.setdefault((result.check, result.status, result.why), []).append(result.problem)
    return [
        [check, ALL if problems == served else ", ".join(problems) or WHOLE, status, why]
        for (check, status, why), problems in alike.items()
    ]


def _print_failures(results: Sequence[Result]) -> None:
    from ..testing import check_named

    for result in results:
        if result.status == "failed":
            say(f"{result.check} on {result.problem or WHOLE}")
            say(f"rule: {check_named(result.check).rule}")
            for line in result.details.splitlines():
                say(line)
            say("")


def _summary(model: str, results: Sequence[Result]) -> str:
    """'lstm: 98 checks passed, 1 failed; not applicable on tag-causal.'"""
    counts = Counter(result.status for result in results)
    refused = [result.problem for result in results if result.status == "not applicable"]
    failed = f"{counts['failed']} failed" if counts["failed"] else "none failed"
    told = f"{model}: {counts['passed']} checks passed, {failed}"
    return f"{told}; not applicable on {', '.join(refused)}." if refused else f"{told}."
