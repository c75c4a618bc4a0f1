"""`harness bench`."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..registry import Catalogue, PluginSettings, load_catalogue
from ..specs import parse_name, parse_names
from ..visible import visible
from .console import console, count_text, print_table, say
from .options import AsJson, PluginFiles, PluginSwitches, Precision, Quiet, comma_list

if TYPE_CHECKING:
    from ..bench.spec import BenchSpec
    from ..costs import Cell, Costs, Work

_MODELS = "Models to measure, a comma list: lstm,transformer:heads=8 (see `harness list models`)."
_INTERFACE = "Shape of the problem: causal-lm, sequence-to-sequence, classify, tag or masked-lm."


def _option(help: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, help=help, **settings)


def bench(
    models: Annotated[str, _option(_MODELS, "--models", "--model", "-m")],
    lengths: Annotated[str, _option("Positions of a row, a comma list.")] = "32,64,128,256,512",
    interface: Annotated[str, _option(_INTERFACE)] = "causal-lm",
    params: Annotated[str, _option("Size every model is solved for (1.1M).")] = "1M",
    match_size: Annotated[str, _option("params, nonembedding or none: models at their defaults.")] = "params",
    rows: Annotated[int, _option("Rows of a batch, the same at every length.", min=1)] = 8,
    batch_tokens: Annotated[
        int | None,
        _option("Real tokens of a batch instead, as in a comparison: fewer rows where they are long.", min=1),
    ] = None,
    vocabulary: Annotated[int, _option("Types of tokens; they are drawn at random.")] = 1000,
    repeats: Annotated[int, _option("Timings of each model at each length; models take turns.", min=1)] = 5,
    cell_seconds: Annotated[float, _option("Longest time for one model at one length and one kind of work.")] = 30.0,
    device: Annotated[str, _option("auto, cpu, cuda, cuda:N or mps.", envvar="HARNESS_DEVICE")] = "auto",
    precision: Precision = "auto",
    threads: Annotated[int, _option("Threads of a process.", min=1, envvar="HARNESS_THREADS")] = 1,
    output: Annotated[str, _option("Folder that table and figure go to.", "--output", "-o")] = "reports/bench",
    as_json: AsJson = False,
    quiet: Quiet = False,
    plugin: PluginFiles = None,
    p: PluginSwitches = None,
) -> int:
    """Measure time and memory of models over a range of lengths: training, and inference.

    Networks of the same size learn and generate random tokens, no data is read. Each model at each length runs in a
    process of its own, and the models take turns.
    """
    from ..bench.spec import BenchSpec
    from ..budget import parse_count
    from ..specs import check_options
    from ..store import ensure_writable

    spec = check_options(
        BenchSpec,
        {
            "models": tuple(str(name) for name in parse_names(models)),
            "lengths": tuple(parse_count(length, "--lengths") for length in comma_list(lengths)),
            "interface": interface,
            "parameters": parse_count(params, "--params"),
            "match_size": match_size,
            "rows": rows,
            "batch_tokens": batch_tokens,
            "vocabulary": vocabulary,
            "repeats": repeats,
            "cell_seconds": cell_seconds,
            "device": device,
            "precision": precision,
            "threads": threads,
            "output": output,
            "command": shlex.join(["harness", *sys.argv[1:]]),
            "plugins": PluginSettings.of(p or (), plugin or ()),
        },
        "bench",
    )
    catalogue = load_catalogue(spec.plugins)
    for model in spec.models:
        catalogue.model(parse_name(model).name)  # before torch is imported
    ensure_writable(Path(output), "the figures")
    return _bench(spec, catalogue, as_json, quiet)


def _bench(spec: BenchSpec, catalogue: Catalogue, as_json: bool, quiet: bool) -> int:
    from ..bench.run import measure

    with _progress(quiet) as tell:
        costs = measure(spec, catalogue, tell)
    files = _write(costs, Path(spec.output), catalogue)
    if as_json:
        print(costs.model_dump_json(indent=2))
    else:
        _print(costs)
        say(f"Written: {', '.join(map(str, files)) or 'nothing, since no reporter is installed'}")
    if not costs.measured:
        return 3
    return 1 if any(cell.status == "failed" for cell in costs.cells) else 0


def _write(costs: Costs, folder: Path, catalogue: Catalogue) -> list[Path]:
    """Let every reporter that has something to say of costs write it."""
    cards = [entry.card for _, entry in sorted(catalogue.reporters.items()) if entry.card.costs is not None]
    return [path for card in cards if card.costs is not None for path in card.costs()(costs, folder)]


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """What is measured, on stderr: a line that changes on a terminal, a line for each elsewhere."""
    if quiet:
        yield lambda what, done, total: None
    elif not sys.stderr.isatty():
        yield lambda what, done, total: print(f"harness: {what}", file=sys.stderr, flush=True) if what else None
    else:
        with console(stderr=True).status("sizing models") as status:
            yield lambda what, done, total: status.update(visible(f"{what} ({done} of {total})"))


# ------------------------------------------------------------------------------------------------------------ the table


def _print(costs: Costs) -> None:
    say("")
    say(costs.conditions.held)
    sizes = [f"{model.model} {count_text(model.parameters)}" for model in costs.models if model.parameters]
    say(f"Parameters: {', '.join(sizes)}")
    columns = ["model", "length", "train\ntok/s", "step\nms", "memory\nMiB", "single\nms/tok", "batch\ntok/s"]
    columns += ["state\nKiB"] if _has_state(costs) else []
    print_table(columns, [row[: len(columns)] for row in _rows(costs)], right=columns[1:])
    for line in costs.notes:
        say(line)


def _has_state(costs: Costs) -> bool:
    return any(cell.state_bytes is not None for cell in costs.cells)


def _rows(costs: Costs) -> list[list[str]]:
    """A row for each length of a model, and one for how its times grow."""
    rows = []
    for model in (model.model for model in costs.models if model.not_applicable is None):
        for length in costs.lengths:
            training, single, batched = (costs.cell(model, length, work) for work in ("training", "single", "batched"))
            rows.append(
                [
                    model,
                    str(length),
                    _figure(training, lambda cell: cell.tokens_per_second),
                    _figure(training, lambda cell: cell.median),
                    _memory(training.own_memory_bytes if training else None, 2**20),
                    _figure(single, lambda cell: (cell.median or 0.0) / cell.tokens),
                    _figure(batched, lambda cell: cell.tokens_per_second),
                    _memory(single.state_bytes if single else None, 2**10),
                ]
            )
        if len(costs.lengths) > 1:
            growth = [_power(costs, model, work) for work in ("training", "single", "batched")]
            rows.append([model, "growth", growth[0], "", "", growth[1], growth[2], ""])
    return rows


def _figure(cell: Cell | None, of: Callable[[Cell], float | None]) -> str:
    """Three digits, marked where the repeats differ much; the notes say why there is none."""
    from ..costs import NOISY, relative_spread

    if cell is None or cell.status != "measured":
        return "-"
    text = _digits(of(cell) or 0.0)
    return f"~{text}" if relative_spread(cell) > NOISY else text


def _digits(value: float) -> str:
    """Three of them: 12,300; 45.6."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if rounded >= 100 else f"{rounded:.3g}"


def _memory(size: int | None, unit: int) -> str:
    return "-" if size is None else _digits(size / unit)


def _power(costs: Costs, model: str, work: Work) -> str:
    exponent = costs.exponent(model, work)
    return "-" if exponent is None else f"n^{exponent:.2f}"
