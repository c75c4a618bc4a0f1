"""How often a model is called different from itself on real runs: one small model, 20 seeds, groups of five.

    python benchmarks/calibration_runs.py --tasks classify,translate

Two groups of five seeds that share none are drawn 200 times and compared as two models would be; a difference is called
where p is below 5 %. The 200 pairs come from the same 20 runs, so the rate has more spread than 200 free ones would.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import seqharness
from seqharness.analysis.resampling import Resampled, resample
from seqharness.analysis.statistics import difference_of
from seqharness.analysis.table import stack
from seqharness.comparison import Comparison
from seqharness.registry import load_catalogue
from seqharness.resolve import resolve_task
from seqharness.store import Store

SEEDS, GROUP, PAIRS, LEVEL = 20, 5, 200, 0.05


def main() -> None:
    """Train, draw the groups and print the rate for each task."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--model", default="lstm")
    parser.add_argument("--tasks", default="classify,translate")
    parser.add_argument("--budget", default="100k")
    parser.add_argument("--params", type=int, default=200_000)
    parser.add_argument("--store", default="runs")
    arguments = parser.parse_args()
    print(f"{'task':<12}{'metric':<12}{'mean':>8}{'sd of seeds':>13}{'called':>9}{'of':>5}{'rate':>8}")
    for task in arguments.tasks.split(","):
        comparison = seqharness.compare(
            models=[arguments.model],
            tasks=[task],
            seeds=SEEDS,
            budget=arguments.budget,
            parameters=arguments.params,
            store=arguments.store,
            reporters=("json",),
            name=f"calibration-{task}",
        )
        metric, runs = _scores(task, arguments.model, comparison, Store(Path(arguments.store).resolve()))
        called = sum(_called(runs, np.random.default_rng(place)) for place in range(PAIRS))
        spread = float(runs.scores.std(ddof=1))
        print(f"{task:<12}{metric:<12}{runs.mean:>8.2f}{spread:>13.2f}{called:>9}{PAIRS:>5}{called / PAIRS:>8.1%}")


def _scores(task: str, model: str, comparison: Comparison, store: Store) -> tuple[str, Resampled]:
    """The name of the primary metric, and the scores of all seeds on the same resamples."""
    catalogue = load_catalogue()
    metric = resolve_task(task, catalogue).task.metrics[0]
    runs = [run for run in comparison.runs if run.model == model and run.status == "done"]
    tables = [store.table(run.training_key, run.evaluation_key, "test") for run in runs]
    return metric.name, resample(stack(tables, metric), metric)


def _called(runs: Resampled, generator: np.random.Generator) -> bool:
    """Whether two groups of seeds that share none are called different."""
    chosen = generator.permutation(len(runs.scores))[: 2 * GROUP]
    left, right = (
        Resampled(runs.scores[places], runs.resampled[:, places], runs.units, runs.draw)
        for places in (chosen[:GROUP], chosen[GROUP:])
    )
    p = difference_of(left, right).p
    return p is not None and p < LEVEL


if __name__ == "__main__":
    main()
