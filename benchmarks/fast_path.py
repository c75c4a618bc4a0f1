"""Whether bf16 trains as well as float32: scores of both after trainings that differ in nothing else.

    python benchmarks/fast_path.py [--runs transformer:translate,transformer:lm] [--seeds 10] [--budget quick]

A seed gives both the same first weights, batches and dropout, so that differences are taken seed by seed. Printed are
their mean and its 95 % t interval: in points of the task's metric, for a perplexity in per cent of it.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from scipy import stats

import seqharness
from seqharness.registry import load_catalogue
from seqharness.resolve import resolve_task

BANDS = {"perplexity": 1.0, "bleu": 1.5}
"""How far the interval may reach from zero; other metrics are printed alone."""


def main() -> None:
    """Train what is not stored yet and print a row for each pair. Exit code 1 where an interval leaves its band."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--runs", default="transformer:translate,transformer:lm", help="model:task, a comma list")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--budget", default="quick")
    parser.add_argument("--store", default="runs")
    asked = parser.parse_args()
    title = f"{'float32':>9}{'bf16':>9}{'bf16 - float32, 95 % interval':>34}{'seeds':>7}"
    print(f"{'model':<16}{'task':<12}{'metric':<12}{title}")
    outside = [row for row in asked.runs.split(",") if not compare(*row.split(":", 1), asked)]
    sys.exit(bool(outside))


def compare(model: str, task: str, asked: argparse.Namespace) -> bool:
    """Print a row; returns whether its interval is inside the band."""
    metric = resolve_task(task, load_catalogue()).task.metrics[0].name
    reference, fast = (scores(model, task, metric, precision, asked) for precision in ("float32", "bf16"))
    relative = metric == "perplexity"
    differences = 100 * (fast / reference - 1) if relative else fast - reference
    mean, error = float(differences.mean()), float(stats.sem(differences))
    half = error * float(stats.t.ppf(0.975, len(differences) - 1))
    unit = " %" if relative else ""
    found = f"{mean:+.2f}{unit} [{mean - half:+.2f}, {mean + half:+.2f}]"
    scored = f"{reference.mean():>9.2f}{fast.mean():>9.2f}{found:>34}{len(differences):>7}"
    print(f"{model:<16}{task:<12}{metric:<12}{scored}", flush=True)
    return abs(mean) + half <= BANDS.get(metric, np.inf)


def scores(model: str, task: str, metric: str, precision: str, asked: argparse.Namespace) -> np.ndarray:
    """[seeds] test scores, by seed."""
    comparison = seqharness.compare(
        models=[model],
        tasks=[task],
        seeds=asked.seeds,
        budget=asked.budget,
        precision=precision,
        store=asked.store,
        reporters=("json",),
        name=f"fast-path-{model}-{task}-{precision}",
    )
    runs = sorted((run for run in comparison.runs if run.model == model), key=lambda run: run.seed)
    if len(runs) != asked.seeds or any(run.status != "done" for run in runs):
        raise SystemExit(f"{model} on {task} at {precision}: not every run was finished")
    return np.array([run.metrics[metric] for run in runs])


if __name__ == "__main__":
    main()
