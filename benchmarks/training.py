"""Training throughput of the project's engine against a bare float32 torch loop of the same model and batch.

    python benchmarks/training.py [--families lstm,decoder-only,encoder-decoder,bahdanau] [--repeats 5] [--seconds 3]

The bare loop (bare_loop.py) trains the model in plain torch on random batches padded to their longest row, with torch's
own allocation; the engine trains the project's model of the same shape as a run does. Each is a process of its own, and
they take turns; a ratio is taken turn by turn. One thread unless --threads says otherwise.

tokens/s: real tokens of source and target, the EOS of each side included, padding not: the same for both. The engine's
seconds are the clock's, with all that happens around a step. of peak: FLOPs that the real tokens need (FlopCounter,
forward x 3, no padding) over those of a 1024 x 1024 float32 product measured in the same turns. At bf16 a product of a
shape that was not met before is compiled on its first use, as in a run: longer turns meet fewer of these.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from families import FAMILIES, open_rows, write_rows
from turns import Contestant, Figures, ratios, serve, spread, take_turns

PRECISIONS = ("float32", "bf16")
WANTED = {"float32": 1.2, "auto": 2.0}
"""Times the bare loop."""
PEAK_SECONDS = 0.5


def main() -> None:
    """Print the table. Exit code 1 where a family is slower than wanted."""
    asked = arguments()
    if asked.worker:
        serve(lambda: prepare(asked))
        return
    from seqharness.plan.runs import resolve_precision

    auto = resolve_precision("auto", "cpu")
    print(f"--precision auto is {auto} here; threads: {asked.threads}; {asked.repeats} turns of {asked.seconds:g} s")
    with tempfile.TemporaryDirectory() as folder:
        print(f"translations: {write_rows(Path(folder))}")
        print(f"{'':<32} {'tokens/s':>26} {'times the bare loop':>20} {'of peak':>8} {'parameters':>12}")
        missed = [row for name in asked.families.split(",") for row in compare(name, folder, asked, auto)]
    print("\n".join(missed) or "all as fast as wanted")
    raise SystemExit(bool(missed))


def compare(name: str, folder: str, asked: argparse.Namespace, auto: str) -> list[str]:
    """Measure a family and print its rows; returns what is slower than wanted."""
    settings = {"rows": folder, "families": name, "threads": asked.threads, "smoothing": asked.smoothing}
    common = [f"--{option}={value}" for option, value in settings.items()]
    contestants = {
        "bare": Contestant(__file__, "bare", *common),
        **{f"engine {kind}": Contestant(__file__, f"engine {kind}", *common) for kind in PRECISIONS},
        "peak": Contestant(__file__, "peak", *common),
    }
    found = take_turns(contestants, asked.repeats, asked.seconds)
    rates = {kind: [turn["tokens"] / turn["seconds"] for turn in found[kind]] for kind in contestants if kind != "peak"}
    peak = statistics.median(turn["flops"] for turn in found["peak"])
    for kind, values in rates.items():
        facts = contestants[kind].facts
        share = statistics.median(values) * facts["flops_per_token"] / peak
        row = f"{name:<16} {kind:<15} {spread(values, 0):>26} {spread(ratios(values, rates['bare'])):>20}"
        print(f"{row} {share:>8.0%} {facts['parameters']:>12,}", flush=True)
    for contestant in contestants.values():
        contestant.end()
    missed = []
    for kind, wanted in (("float32", WANTED["float32"]), (auto, WANTED["auto"])):
        ratio = statistics.median(ratios(rates[f"engine {kind}"], rates["bare"]))
        if ratio < wanted:
            missed.append(f"{name}: {ratio:.2f} times the bare loop at {kind}, {wanted:g} wanted")
    return missed


def prepare(asked: argparse.Namespace) -> tuple[Figures, Callable[[float], Figures]]:
    """A contestant: facts of its network, and what measures it."""
    side, _, precision = asked.worker.partition(" ")
    family = FAMILIES[asked.families]
    if side == "engine":
        import seqharness.executors.preload  # noqa: F401 - first: tells the allocator to keep big blocks
    import torch

    torch.set_num_threads(asked.threads)
    if side == "peak":
        from flops import peak

        return {}, lambda seconds: peak(min(seconds, PEAK_SECONDS))
    rows = open_rows(Path(asked.rows), family)
    if side == "engine":
        from engine_loop import EngineLoop

        loop = EngineLoop(family, rows, precision, asked.smoothing)
    else:
        from bare_loop import BareLoop

        loop = BareLoop(family, rows)
    return {"parameters": loop.parameters, "flops_per_token": loop.flops_per_token()}, loop.measure


def arguments() -> argparse.Namespace:
    """The command line; what is hidden is for the processes that it starts."""
    parser = argparse.ArgumentParser(description="Training throughput against a bare torch loop.")
    parser.add_argument("--families", default=",".join(FAMILIES), help="comma list")
    parser.add_argument("--repeats", type=int, default=5, help="turns that count")
    parser.add_argument("--seconds", type=float, default=3.0, help="of a turn")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--smoothing", type=float, default=0.0, help="label smoothing of the engine")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--rows", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
