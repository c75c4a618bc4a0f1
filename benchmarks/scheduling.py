"""How busy the cores are while a comparison runs: two models x three seeds, longest runs first.

    python benchmarks/scheduling.py [--models lstm,transformer] [--task translate] [--budget 100k] [--repeats 1]

Runs a real comparison in a folder of its own and notes when the process of each run starts and when it ends. busy: the
seconds of all runs over the cores' seconds from the first start to the last end. bound: the same for the shortest
schedule that runs of these lengths allow at all, and for the one that takes the longest first.

    python benchmarks/scheduling.py --store runs

prints the same of the runs in a store that one command has filled. A record tells how long its run trained and
validated, and the files when they were written; what comes before the training of a run is not seen there.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqharness.compare import run_comparison
from seqharness.comparison_spec import ComparisonSpec
from seqharness.environment import available_cores
from seqharness.records import RunSpec, TrainingRecord

WANTED = 0.9
MOST_EXACT = 12
"""Runs of which every schedule is tried."""


class Span(NamedTuple):
    """When a run began and ended, in seconds."""

    label: str
    begin: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.begin


def main() -> None:
    """Print the runs, the share and the bound. Exit code 1 where the cores are less busy than wanted and possible."""
    parser = argparse.ArgumentParser(description="Share of the cores' time that a comparison uses.")
    parser.add_argument("--models", default="lstm,transformer")
    parser.add_argument("--task", default="translate")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--budget", default="100k")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--store", type=Path, help="read this store instead of running anything")
    asked = parser.parse_args()
    cores = available_cores()
    rounds = [stored(asked.store)] if asked.store else [run(asked) for _ in range(asked.repeats)]
    enough = [report(spans, cores) for spans in rounds]
    raise SystemExit(not all(enough))


def run(asked: argparse.Namespace) -> list[Span]:
    """The runs of a new comparison."""
    begins: dict[str, float] = {}
    spans: list[Span] = []

    def on_event(spec: RunSpec, event: Mapping[str, Any]) -> None:
        now = time.perf_counter()
        if event["event"] == "started":
            begins[spec.training_key] = now
        elif event["event"] in ("done", "failed", "stopped"):
            spans.append(Span(spec.label, begins[spec.training_key], now))

    with tempfile.TemporaryDirectory() as folder:
        comparison = ComparisonSpec(
            models=tuple(asked.models.split(",")),
            tasks=(asked.task,),
            seeds=asked.seeds,
            budget=asked.budget,
            store=f"{folder}/runs",
            output=f"{folder}/reports",
            reporters=("json",),
        )
        begin = time.perf_counter()
        run_comparison(comparison, on_event=on_event)
        print(f"the whole command took {time.perf_counter() - begin:.1f} s")
    return spans


def stored(folder: Path) -> list[Span]:
    """The runs of a store."""
    spans = []
    for path in sorted(folder.glob("runs/*/record.json")):
        record = TrainingRecord.model_validate_json(path.read_bytes())
        trained = path.stat().st_mtime
        ends = [evaluation.stat().st_mtime for evaluation in path.parent.glob("evaluations/*/record.json")]
        begin = trained - record.seconds - record.validation_seconds
        spans.append(Span(record.spec.label, begin, max(ends, default=trained)))
    if not spans:
        raise SystemExit(f"There are no finished runs in {folder}.")
    return spans


def report(spans: Sequence[Span], cores: int) -> bool:
    """Print what happened and what could have; whether it is as wanted, or within 2 % of what is possible."""
    start = min(span.begin for span in spans)
    print(f"{'run':<44} {'from':>8} {'to':>8} {'seconds':>8}")
    for span in sorted(spans, key=lambda span: span.begin):
        print(f"{span.label:<44} {span.begin - start:>8.1f} {span.end - start:>8.1f} {span.seconds:>8.1f}")
    seconds = [span.seconds for span in spans]
    whole, work = max(span.end for span in spans) - start, sum(seconds)
    first = longest_first(seconds, cores)
    share, bound = work / (cores * whole), work / (cores * shortest(seconds, cores))
    print(
        f"{cores} cores busy {share:.1%} of {whole:.1f} s; bound for runs of these lengths: {bound:.1%}; "
        f"longest first: {work / (cores * first):.1%} ({WANTED:.0%} wanted, or near the bound)"
    )
    return share >= min(WANTED, 0.98 * bound)


def longest_first(seconds: Sequence[float], cores: int) -> float:
    """How long it takes when each core that is free takes the longest run left."""
    loads = [0.0] * cores
    for one in sorted(seconds, reverse=True):
        loads[loads.index(min(loads))] += one
    return max(loads)


def shortest(seconds: Sequence[float], cores: int) -> float:
    """The least it can take: all schedules tried where there are few, else a bound from below."""
    if cores ** len(seconds) > 2**MOST_EXACT:
        return max(max(seconds), sum(seconds) / cores)
    return min(
        max(sum(one for one, place in zip(seconds, places, strict=True) if place == core) for core in range(cores))
        for places in itertools.product(range(cores), repeat=len(seconds))
    )


if __name__ == "__main__":
    main()
