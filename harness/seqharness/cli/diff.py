"""`harness diff`: what changed between two reports or stores, for people and for continuous integration."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UserError
from ..registry import PluginSettings, load_catalogue
from .console import print_table, say
from .options import AsJson, PluginFiles, PluginSwitches
from .report import find_results, read_results

if TYPE_CHECKING:
    from ..analysis.changes import Changes, ScoreChange
    from ..comparison import Score

NONE = "-"
MOST_NAMED = 5
MOST_CHARACTERS = 200
"""Longer ones are no name of a folder."""


def diff(
    a: Annotated[
        str, typer.Argument(metavar="A", help="The earlier report (its name, folder, or results.json) or store.")
    ],
    b: Annotated[str, typer.Argument(metavar="B", help="The later one.")],
    fail_on_regression: Annotated[
        bool,
        typer.Option(
            "--fail-on-regression",
            help="Exit with 1 where a compared model's primary metric is worse by more than chance, or lost.",
        ),
    ] = False,
    output: Annotated[
        str, typer.Option("--output", "-o", envvar="HARNESS_OUTPUT", help="Folder that reports are looked for in.")
    ] = "reports",
    plugin: PluginFiles = None,
    p: PluginSwitches = None,
    as_json: AsJson = False,
) -> None:
    """Say what changed between two reports or stores: scores, models, settings."""
    paths = [_find(source, Path(output)) for source in (a, b)]
    changes = _changes(paths, PluginSettings.of(p or (), plugin or ()))
    if as_json:
        print(changes.model_dump_json(indent=2))
    else:
        _print(changes, paths)
    if fail_on_regression:
        _warn_of_what_is_not_tested(changes)
        if changes.regressions:
            raise typer.Exit(1)


def _changes(paths: list[Path], plugins: PluginSettings) -> Changes:
    """The tasks of a store, hence plugins, are needed for its metrics; a report has all."""
    from ..analysis.changes import changes_between

    if not any(path.is_dir() for path in paths):
        return changes_between(read_results(paths[0]), read_results(paths[1]))
    from ..analysis.sides import changes_of
    from ..analysis.stored import read_store

    a, b = (read_store(path) if path.is_dir() else read_results(path) for path in paths)
    return changes_of(a, b, load_catalogue(plugins))


def _find(source: str, reports: Path) -> Path:
    """The results.json that `harness report` would take, or the one report in a folder of reports; or a store's folder.

    A store in this folder comes before a report of the same name in the folder of reports.
    """
    if len(source) < MOST_CHARACTERS and (folder := Path(source)).is_dir() and not (folder / "results.json").exists():
        return _in_folder(folder, source, reports)
    return find_results(source, reports, "report or store")


def _in_folder(folder: Path, source: str, reports: Path) -> Path:
    from ..analysis.stored import holds_records, is_empty_store

    if holds_records(folder) or is_empty_store(folder):
        return folder
    if (reports / source / "results.json").is_file():
        return reports / source / "results.json"
    held = sorted(folder.glob("*/results.json"))
    if len(held) == 1:
        return held[0]
    if held:
        names = ", ".join(str(path.parent) for path in held[:MOST_NAMED])
        more = ", ..." if len(held) > MOST_NAMED else ""
        raise UserError(f"{source} holds {len(held)} reports: say which one ({names}{more}).")
    near = next((one for one in (folder / "runs", folder.resolve().parent) if holds_records(one)), None)
    raise UserError(
        f"{source} is neither a report, which has a results.json, nor a store, which has runs/*/record.json."
        + (f" Did you mean {near}?" if near else "")
    )


def _warn_of_what_is_not_tested(changes: Changes) -> None:
    """On stderr: a check that cannot fail must not look like one that passed."""
    mine = [change for change in changes.scores if change.primary and not change.baseline]
    if not any(change.p is not None or change.verdict in {"lost", "same"} for change in mine):
        print("harness: no primary score could be tested: that takes two seeds or more on both sides.", file=sys.stderr)


# --------------------------------------------------------------------------------------------------------------- words


def _print(changes: Changes, paths: list[Path]) -> None:
    for letter, side, path in zip("AB", (changes.a, changes.b), paths, strict=True):
        say(f"{letter}: {path} ({f'{side.name}, {side.created}' if side.created else 'store'})")
    say("")
    say(changes.headline)
    for note in changes.notes:
        say(note)
    _print_scores(changes)
    for letter, names in (("A", changes.only_a), ("B", changes.only_b)):
        if names:
            say(f"Only in {letter}: {', '.join(names)}")
    if not changes.settings:
        say("No setting differs.")
        return
    rows = [[change.where, change.what, _value(change.a), _value(change.b)] for change in changes.settings]
    print_table(["setting of", "what", "A", "B"], rows)


def _print_scores(changes: Changes) -> None:
    """Every metric on main splits, and the primary one on further splits; `--json` has the rest."""
    primary = {(change.task, change.metric): change.split for change in changes.scores if change.primary}
    main = {task: split for (task, _), split in primary.items()}
    scored = [change for change in changes.scores if any(one and one.mean is not None for one in (change.a, change.b))]
    shown = [
        change for change in scored
        if (change.task, change.metric) in primary or change.split == main.get(change.task, change.split)
    ]  # fmt: skip
    several = len({change.task for change in shown}) > 1
    columns = [*(["task"] if several else []), "model", "metric", "A", "B", "B - A", "p", "change"]
    rows = []
    for change in shown:
        metric = f"{change.info.label} {'↑' if change.info.higher_is_better else '↓'}"
        if change.split != main.get(change.task, change.split):
            metric += f" on {change.split}"
        rows.append([
            *([change.task] if several else []),
            f"{change.model} (baseline)" if change.baseline else change.model,
            metric,
            _score(change, change.a),
            _score(change, change.b),
            _difference(change),
            NONE if change.p_holm is None else "< 0.001" if change.p_holm < 0.001 else f"{change.p_holm:.3f}",
            change.verdict.upper() if change.verdict in {"worse", "lost"} and change.primary else change.verdict,
        ])  # fmt: skip
    say("")
    print_table(columns, rows, right=["A", "B", "B - A", "p"])


def _score(change: ScoreChange, score: Score | None) -> str:
    if score is None or score.mean is None:
        return NONE
    return _figure(change, score.mean, score.low, score.high)


def _difference(change: ScoreChange) -> str:
    if change.difference is None:
        return NONE
    return _figure(change, change.difference, change.low, change.high, "+")


def _figure(change: ScoreChange, mean: float, low: float | None, high: float | None, sign: str = "") -> str:
    form = f".{change.info.decimals}f"
    text = format(round(mean, change.info.decimals) + 0.0, sign + form)
    return text if low is None or high is None else f"{text} [{low:{form}}, {high:{form}}]"


def _value(value: Any) -> str:
    if value is None or value == "":
        return NONE
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
