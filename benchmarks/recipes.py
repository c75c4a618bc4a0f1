"""Find the learning rate of each built-in recipe: one grid, one budget and one seed for every model, on validation.

    python benchmarks/recipes.py --models lstm,transformer

Prints the validation score of every rate, marks the best, and warns where it stands at the edge of the grid.
"""

from __future__ import annotations

import argparse
import sys

import seqharness

RATES = (1e-3, 1.7e-3, 3e-3, 5e-3, 9e-3)


def main() -> None:
    """Train each model at each rate and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--models", default="lstm,transformer")
    parser.add_argument("--task", default="translate")
    parser.add_argument("--budget", default="quick")
    parser.add_argument("--store", default="runs")
    arguments = parser.parse_args()
    models = arguments.models.split(",")
    scores: dict[str, list[float | None]] = {model: [] for model in models}
    for rate in RATES:
        comparison = seqharness.compare(
            models=models,
            tasks=[arguments.task],
            seeds=1,
            budget=arguments.budget,
            recipe={"learning_rate": rate},
            validations=4,
            store=arguments.store,
            name=f"recipes-{rate:g}",
        )
        for run in comparison.runs:
            if run.role == "compared":
                scores[run.model].append(run.validation)
        print(f"{rate:g}: " + ", ".join(f"{model} {scores[model][-1]}" for model in models), file=sys.stderr)
    print("model".ljust(24) + "".join(f"{rate:>10g}" for rate in RATES))
    for model, found in scores.items():
        best = max(range(len(RATES)), key=lambda place: found[place] or float("-inf"))
        cells = "".join(
            ("diverged" if score is None else f"{score:.2f}{'*' if place == best else ''}").rjust(10)
            for place, score in enumerate(found)
        )
        edge = "   the best is at the edge of the grid" if best in (0, len(RATES) - 1) else ""
        print(model.ljust(24) + cells + edge)


if __name__ == "__main__":
    main()
