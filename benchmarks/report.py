"""Seconds that a comparison takes when nothing is left to train, over its number of runs.

    python benchmarks/report.py [--task translate] [--seeds 2,8,32] [--repeats 3]

Small networks of two kinds are trained on almost nothing, with as many seeds as named; then the same comparison is made
again, part by part, and the numbers of seeds take turns: the plan (names, sizes, keys of runs), the analysis (scores,
intervals and tests of the stored tables), and every reporter. The last columns: how many times as long it takes with
the most runs as with the fewest, and the exponent e of seconds ~ runs ** e.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from seqharness.compare import run_comparison, write_report
from seqharness.comparison_spec import ComparisonSpec
from seqharness.data.sources import DataSource
from seqharness.registry import load_catalogue
from seqharness.store import Store

MODELS = ("lstm", "transformer")
Times = dict[str, dict[int, list[float]]]
"""Part -> seeds -> seconds, one a turn."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Seconds of plan, analysis and reports over the number of runs.")
    parser.add_argument("--task", default="translate")
    parser.add_argument("--seeds", default="2,8,32", help="of each of two models, a comma list")
    parser.add_argument("--repeats", type=int, default=3, help="turns that count")
    asked = parser.parse_args()
    numbers = [int(seeds) for seeds in asked.seeds.split(",")]
    found: Times = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory() as folder:
        specs = {seeds: spec_of(asked.task, seeds, Path(folder)) for seeds in numbers}
        run_comparison(specs[max(numbers)])  # a comparison with fewer seeds finds its runs there
        for turn, seeds in itertools.product(range(asked.repeats + 1), numbers):
            again(specs[seeds], seeds, found if turn else defaultdict(lambda: defaultdict(list)))
    runs = [len(MODELS) * seeds for seeds in numbers]
    heads = "".join(f"{count} runs".rjust(10) for count in runs)
    print(f"{'seconds':<24}{heads}{'growth':>10}{'exponent':>10}")
    for part, by_seeds in found.items():
        seconds = [statistics.median(by_seeds[seeds]) for seeds in numbers]
        exponent = float(np.polyfit(np.log(runs), np.log(seconds), 1)[0])
        cells = "".join(f"{value:>10.3f}" for value in seconds)
        print(f"{part:<24}{cells}{seconds[-1] / seconds[0]:>10.2f}{exponent:>10.2f}")


def spec_of(task: str, seeds: int, folder: Path) -> ComparisonSpec:
    """Two small networks with a budget of one step or two."""
    return ComparisonSpec(
        models=MODELS,
        tasks=(task,),
        seeds=seeds,
        budget="1000",
        parameters=60_000,
        validations=1,
        store=str(folder / "runs"),
        output=str(folder / "reports"),
        name=f"seeds{seeds}",
    )


def again(spec: ComparisonSpec, seeds: int, found: Times) -> None:
    """Time every part of a comparison whose runs are stored."""
    from seqharness.analysis.analyse import analyse
    from seqharness.plan import make_plan

    @contextmanager
    def part(name: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        found[name][seeds].append(time.perf_counter() - begin)

    catalogue = load_catalogue()
    with part("all"):
        with part("plan"):
            plan = make_plan(spec, catalogue, DataSource.from_environment())
        assert not plan.missing()
        with part("analysis"):
            comparison = analyse(plan, Store(Path(spec.store).resolve()), {}, spec.report_name)
        for name in sorted(catalogue.reporters):
            with part(f"report: {name}"):
                write_report(comparison, Path(spec.output) / spec.report_name, catalogue, [name])


if __name__ == "__main__":
    main()
