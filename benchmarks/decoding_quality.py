"""What decoding at bf16 and int8 costs in quality, against float32: the same trained networks, decoded anew.

    python benchmarks/decoding_quality.py [--runs transformer:translate] [--beams 1,5] [--seeds 3] [--budget quick]

A network is trained once; its whole test split is decoded at each precision. Printed are the mean score of the seeds
at float32, and at each other precision the mean difference and the largest of a seed.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

import seqharness
from seqharness.registry import load_catalogue
from seqharness.resolve import resolve_task

BAND = {"bleu": 0.3}
"""How far the mean may move; other metrics are printed alone."""


def main() -> None:
    """Train what is not stored yet and print a row for each precision. Exit code 1 where a mean leaves its band."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--runs", default="transformer:translate", help="model:task, a comma list")
    parser.add_argument("--beams", default="1,5", help="a comma list; 1 is greedy")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--budget", default="quick")
    parser.add_argument("--store", default="runs")
    asked = parser.parse_args()
    columns = f"{'metric':<8}{'beam':>5}{'float32':>9}  {'against':<10}{'mean':>7}{'largest':>9}"
    print(f"{'model':<16}{'task':<12}{columns}")
    wide = False
    for row in asked.runs.split(","):
        for beam in asked.beams.split(","):
            wide |= compare(*row.split(":", 1), int(beam), asked)
    sys.exit(wide)


def compare(model: str, task: str, beam: int, asked: argparse.Namespace) -> bool:
    """Print the rows of a model at a beam; returns whether a precision leaves the band."""
    metric = resolve_task(task, load_catalogue()).task.metrics[0].name
    reference, wide = scores(model, task, metric, beam, "float32", asked), False
    for precision in ("bf16", "int8"):
        change = scores(model, task, metric, beam, precision, asked) - reference
        mean, largest = change.mean(), change[np.abs(change).argmax()]
        told = f"{model:<16}{task:<12}{metric:<8}{beam:>5}{reference.mean():>9.2f}"
        print(f"{told}  {precision:<10}{mean:>+7.2f}{largest:>+9.2f}", flush=True)
        wide |= abs(mean) > BAND.get(metric, np.inf)
    return bool(wide)


def scores(model: str, task: str, metric: str, beam: int, precision: str, asked: argparse.Namespace) -> np.ndarray:
    """[seeds] test scores, by seed."""
    comparison = seqharness.compare(
        models=[model],
        tasks=[task],
        seeds=asked.seeds,
        budget=asked.budget,
        decoding={"beam": beam, "precision": precision},
        store=asked.store,
        reporters=("json",),
        name=f"decoding-quality-{model}-{task}-{beam}-{precision}",
    )
    runs = sorted((run for run in comparison.runs if run.model == model), key=lambda run: run.seed)
    if len(runs) != asked.seeds or any(run.status != "done" for run in runs):
        raise SystemExit(f"{model} on {task}: not every run was finished")
    return np.array([run.metrics[metric] for run in runs])


if __name__ == "__main__":
    main()
