"""Find the learning rate of each built-in recipe: the same rates at the same budget for every model, on validation.

    python benchmarks/recipes.py --models lstm,transformer [--task translate] [--rates 1e-3,1.7e-3,3e-3,5e-3,9e-3]

Prints the validation score at every rate, marks the best, and says where it stands at the edge of those tried. Recipes
are for a width of 128 and scaled by 1 / width elsewhere; the last column is the best rate at that width.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

import seqharness
from seqharness.comparison import Comparison

REFERENCE_WIDTH = 128


def main() -> None:
    """Train every model at every rate and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--models", default="lstm,transformer")
    parser.add_argument("--task", default="translate")
    parser.add_argument("--rates", default="1e-3,1.7e-3,3e-3,5e-3,9e-3", help="peak learning rates, a comma list")
    parser.add_argument("--budget", default="quick")
    parser.add_argument("--store", default="runs")
    asked = parser.parse_args()
    models, rates = asked.models.split(","), [float(rate) for rate in asked.rates.split(",")]
    found = {rate: train(models, rate, asked) for rate in rates}
    print("model".ljust(24) + "".join(f"{rate:>10g}" for rate in rates) + f"{f'at width {REFERENCE_WIDTH}':>14}")
    for card in next(iter(found.values())).models:
        if not card.baseline and card.not_applicable is None:
            print(card.model.ljust(24) + row(card.model, int(card.config["width"]), found))


def train(models: Sequence[str], rate: float, asked: argparse.Namespace) -> Comparison:
    """One run of every model at a rate."""
    return seqharness.compare(
        models=models,
        tasks=[asked.task],
        seeds=1,
        budget=asked.budget,
        recipe={"learning_rate": rate},
        store=asked.store,
        name=f"recipes-{asked.task}-{rate:g}",
        reporters=("json",),
    )


def row(model: str, width: int, found: Mapping[float, Comparison]) -> str:
    """The validation scores of a model in one line, the best with a star; what that rate is at the reference width."""
    scores = {rate: next(run.validation for run in one.runs if run.model == model) for rate, one in found.items()}
    higher = next(iter(found.values())).tasks[0].metrics[0].higher_is_better
    scored = {rate: score for rate, score in scores.items() if score is not None}
    if not scored:
        return "no run was finished"
    best = (max if higher else min)(scored, key=lambda rate: scored[rate])
    cells = [
        ("diverged" if score is None else f"{score:.2f}{'*' * (rate == best)}").rjust(10)
        for rate, score in scores.items()
    ]
    edge = "   the best is at the edge of the rates" if best in (min(scores), max(scores)) else ""
    return "".join(cells) + f"{best * width / REFERENCE_WIDTH:>14.2g}" + edge


if __name__ == "__main__":
    main()
