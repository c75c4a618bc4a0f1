"""Find the learning rate of each built-in recipe: the same trials at the same budget for every model, on validation.

    python benchmarks/recipes.py --models lstm,transformer [--task translate] [--trials 7]

Prints the validation score at every rate, marks the best, and says where it stands at the edge of those tried. It is
`harness compare --tune N --seeds 1` with the rates side by side.
"""

from __future__ import annotations

import argparse

import seqharness
from seqharness.comparison import Tuning


def main() -> None:
    """Tune every model and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--models", default="lstm,transformer")
    parser.add_argument("--task", default="translate")
    parser.add_argument("--budget", default="quick")
    parser.add_argument("--trials", type=int, default=7)
    parser.add_argument("--store", default="runs")
    arguments = parser.parse_args()
    tunings = seqharness.compare(
        models=arguments.models.split(","),
        tasks=[arguments.task],
        seeds=1,
        budget=arguments.budget,
        tune=arguments.trials,
        store=arguments.store,
        name=f"recipes-{arguments.task}",
        reporters=("json",),
    ).tunings
    rates = [trial.learning_rate for trial in tunings[0].trials]
    print("model".ljust(24) + "".join(f"{rate:>10g}" for rate in rates))
    for tuning in tunings:
        print(tuning.model.ljust(24) + _cells(tuning))


def _cells(tuning: Tuning) -> str:
    """The scores in one line, the best with a star."""
    cells = [
        ("diverged" if trial.validation is None else f"{trial.validation:.2f}{'*' * (place == tuning.chosen)}").rjust(
            10
        )
        for place, trial in enumerate(tuning.trials)
    ]
    return "".join(cells) + ("   the best is at the edge of the grid" if tuning.at_edge else "")


if __name__ == "__main__":
    main()
