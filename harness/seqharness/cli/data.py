"""`harness data`: published data sets and where they are, and what a task's data look like."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UserError, nearest
from ..registry import Catalogue, PluginSettings, load_catalogue
from .console import count_text, print_table, say
from .groups import Group
from .options import AsJson, PluginFiles, PluginSwitches

if TYPE_CHECKING:
    from ..contracts import Task
    from ..data.prepare import Prepared
    from ..data.sources import RemoteFile

app = typer.Typer(cls=Group, help="Published data sets, and the data of a task.", no_args_is_help=True)

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Data sets; all if not given.")]

LARGEST_LABELS = 20
"""Labels that are listed one by one."""


@app.command("list")
def list_data(as_json: AsJson = False, plugin: PluginFiles = None, p: PluginSwitches = None) -> None:
    """Every data set that a task knows by name: its tasks, size, and whether it is on this machine."""
    from ..data.sources import DataSource

    source = DataSource.from_environment()
    rows: list[dict[str, Any]] = [
        {
            "data set": name,
            "tasks": tasks,
            "files": len(files),
            "bytes": sum(file.bytes for file in files),
            "here": _where(files, source),
        }
        for name, (tasks, files) in sorted(_datasets(load_catalogue(PluginSettings.of(p or (), plugin or ()))).items())
    ]
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    cells = [
        [r["data set"], ", ".join(r["tasks"]), str(r["files"]), count_text(r["bytes"]) + "B", r["here"]] for r in rows
    ]
    print_table(["data set", "tasks", "files", "size", "here"], cells, right=("files", "size"))
    say("Generated data needs no file. A task's default is generated, unless `harness show task NAME` says otherwise.")


@app.command("fetch")
def fetch(names: Names = None, plugin: PluginFiles = None, p: PluginSwitches = None) -> None:
    """Bring data sets to this machine: from HARNESS_DATA or the cache, else by a download checked by its sha256."""
    from ..data.sources import DataSource

    source = DataSource.from_environment()
    for name, (_, files) in _chosen(names, load_catalogue(PluginSettings.of(p or (), plugin or ()))).items():
        for file in files:
            say(f"{name}: {source.fetch(file)}")


@app.command("verify")
def verify(names: Names = None, plugin: PluginFiles = None, p: PluginSwitches = None) -> int:
    """Check the sha256 of every file that is here; exit code 1 where one is wrong."""
    from ..data.files import sha256_of
    from ..data.sources import DataSource

    source, wrong = DataSource.from_environment(), 0
    for name, (_, files) in _chosen(names, load_catalogue(PluginSettings.of(p or (), plugin or ()))).items():
        for file in files:
            found = source.find(file)
            if found is None:
                say(f"{name}: {file.path}: not here")
                continue
            right = sha256_of(found) == file.sha256
            wrong += not right
            say(f"{name}: {found}: {'ok' if right else 'WRONG: its sha256 is not ' + file.sha256}")
    return 1 if wrong else 0


@app.command("show")
def show(
    task: Annotated[str, typer.Argument(help="A task with options: classify:data=sst2.")],
    examples: Annotated[int, typer.Option("--examples", "-n", min=0, help="Examples of each split.")] = 3,
    store: Annotated[str, typer.Option(envvar="HARNESS_STORE", help="Folder that keeps prepared data.")] = "runs",
    as_json: AsJson = False,
    plugin: PluginFiles = None,
    p: PluginSwitches = None,
) -> None:
    """What a task's data look like: sizes, lengths, vocabulary, balance of labels, examples."""
    from pathlib import Path

    from ..data.prepare import prepare
    from ..data.sources import DataSource
    from ..keys import task_identity
    from ..resolve import resolve_task
    from ..store import Store

    resolved = resolve_task(task, load_catalogue(PluginSettings.of(p or (), plugin or ())))
    source, folder = DataSource.from_environment(), Store(Path(store).resolve())
    folder.create()
    prepared = prepare(resolved.task, source, task_identity(resolved, source), folder.folder)
    document = _document(task, resolved.task, prepared, examples)
    print(json.dumps(document, indent=2, ensure_ascii=False)) if as_json else _print(document)


# ---------------------------------------------------------------------------------------------------------- data sets


def _datasets(catalogue: Catalogue) -> dict[str, tuple[list[str], list[RemoteFile]]]:
    """Data set -> tasks that know it, and its files, each once."""
    found: dict[str, tuple[list[str], list[RemoteFile]]] = {}
    for task, entry in sorted(catalogue.tasks.items()):
        for name, files in entry.load(entry.card.datasets).items():
            tasks, known = found.setdefault(name, ([], []))
            tasks.append(task)
            known.extend(file for file in files if file not in known)
    return found


def _chosen(names: list[str] | None, catalogue: Catalogue) -> dict[str, tuple[list[str], list[RemoteFile]]]:
    known = _datasets(catalogue)
    for name in names or ():
        if name not in known:
            raise UserError(f"There is no data set {name!r}.{nearest(name, known)} `harness data list` shows all.")
    return {name: known[name] for name in names or sorted(known)}


def _where(files: list[RemoteFile], source: Any) -> str:
    here = sum(source.find(file) is not None for file in files)
    return "yes" if here == len(files) else "no" if not here else f"{here} of {len(files)} files"


# ------------------------------------------------------------------------------------------------------ a task's data


def _document(name: str, task: Task, prepared: Prepared, examples: int) -> dict[str, Any]:
    meta = prepared.meta
    return {
        "task": name,
        "source": meta["source"],
        "data_hash": prepared.data_hash,
        "tokenizer": meta["tokenizer"],
        "interface": meta["interface"],
        "overlap": meta["overlap"],
        "notes": meta["notes"],
        "splits": {split: _split(task, prepared, split, examples) for split in prepared.splits},
    }


def _split(task: Task, prepared: Prepared, split: str, examples: int) -> dict[str, Any]:
    rows, shown = prepared.rows(split), prepared.examples(split)
    lengths = {}
    for field, values in rows.items():
        size = values.lengths
        if len(size) and field not in ("label", "tags", "scored"):
            quantiles = [int(value) for value in sorted(size)[:: max(1, (len(size) - 1) // 2)][:3]]
            lengths[field] = {
                "shortest": quantiles[0],
                "median": quantiles[len(quantiles) // 2],
                "longest": int(max(size)),
            }
    labels: Counter[Any] = Counter()
    if "label" in rows and rows["label"].values.dtype.kind in "iu":
        labels.update(task.show(example)["reference"] for example in shown)
    return {
        "examples": len(shown),
        "tokens": prepared.meta["splits"][split]["tokens"],
        "lengths": lengths,
        "labels": dict(sorted(labels.items())),
        "shown": [task.show(example) for example in shown[:examples]],
    }


def _print(document: dict[str, Any]) -> None:
    say(f"{document['task']}: {document['source']}")
    say(f"tokens: {document['tokenizer']}; {document['interface']['vocabulary']:,} ids with the reserved ones")
    rows = []
    for name, split in document["splits"].items():
        sizes = "; ".join(
            f"{field} {size['shortest']} / {size['median']} / {size['longest']}"
            for field, size in split["lengths"].items()
        )
        rows.append([name, f"{split['examples']:,}", f"{split['tokens']:,}", sizes, _balance(split["labels"])])
    columns = ["split", "examples", "tokens", "shortest / median / longest", "labels"]
    print_table(columns, rows, right=("examples", "tokens"))
    say(f"test inputs that also stand in training: {document['overlap']:,}")
    for note in document["notes"]:
        say(f"Note: {note}")
    for name, split in document["splits"].items():
        for example in split["shown"]:
            say(f"[{name}] {example.get('input', '')}")
            say(f"    -> {example.get('reference', '')}")


def _balance(labels: dict[str, int]) -> str:
    if len(labels) > LARGEST_LABELS:
        return f"{len(labels)} labels, {min(labels.values()):,} to {max(labels.values()):,} examples each"
    return ", ".join(f"{label}: {count:,}" for label, count in labels.items())
