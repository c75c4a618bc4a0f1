"""How the cost of a training step grows with length, width and vocabulary, for a recurrent and an attention model.

    python benchmarks/growth.py [--models lstm,transformer] [--axes length,width,vocabulary] [--repeats 3] [--seconds 1]

The project's engine trains a language model of two layers at float32; one size changes and all else stays: length 128,
width 128, vocabulary 1,000, and 2,048 tokens a batch. The processes of all values take turns. What is fitted is the
exponent e of seconds per token ~ value ** e, over all values and over the last two: 0 where a longer row costs no more
a token, 1 where attention over it decides, 2 where products of the width do. One thread.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence

import numpy as np
from families import Family, draw
from turns import Contestant, Figures, serve, take_turns

AXES = {"length": (64, 256, 1024, 2048), "width": (64, 128, 256, 512), "vocabulary": (1_000, 4_000, 16_000, 64_000)}
USUAL = {"length": 128, "width": 128, "vocabulary": 1_000}
BATCH = 2_048
"""Tokens."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Growth of the cost of a training step.")
    parser.add_argument("--models", default="lstm,transformer", help="comma list")
    parser.add_argument("--axes", default=",".join(AXES), help="comma list")
    parser.add_argument("--repeats", type=int, default=3, help="turns that count")
    parser.add_argument("--seconds", type=float, default=1.0, help="of a turn, at least two steps")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        serve(lambda: prepare(asked.worker))
        return
    for axis in asked.axes.split(","):
        values = AXES[axis]
        print(f"\n{'us a token, ' + axis:<24}{''.join(f'{value:>10,}' for value in values)}  exponent  of the last two")
        for model in asked.models.split(","):
            costs = measure(model, axis, asked)
            cells = "".join(f"{1e6 * cost:>10.1f}" for cost in costs)
            print(f"{model:<24}{cells}  {exponent(values, costs):>8.2f}  {exponent(values[-2:], costs[-2:]):>15.2f}")


def measure(model: str, axis: str, asked: argparse.Namespace) -> list[float]:
    """Seconds a token at each value of an axis, the median of the turns."""
    contestants = {str(value): Contestant(__file__, f"{model} {axis} {value}") for value in AXES[axis]}
    found = take_turns(contestants, asked.repeats, asked.seconds)
    for contestant in contestants.values():
        contestant.end()
    return [statistics.median(turn["seconds"] / turn["tokens"] for turn in turns) for turns in found.values()]


def exponent(values: Sequence[int], costs: Sequence[float]) -> float:
    """The slope of the line through the logarithms (least squares)."""
    return float(np.polyfit(np.log(values), np.log(costs), 1)[0])


def prepare(worker: str) -> tuple[Figures, Callable[[float], Figures]]:
    """The engine on one model at one value of one axis."""
    import torch
    from engine_loop import EngineLoop

    import seqharness.executors.preload  # noqa: F401 - first: tells the allocator to keep big blocks

    torch.set_num_threads(1)
    model, axis, value = worker.split()
    size = {**USUAL, axis: int(value)}
    rows = {"tokens": draw(np.full(512, size["length"] - 1), np.random.default_rng(0), size["vocabulary"])}
    inner = size["width"] * (4 if model == "transformer" else 1)
    sizes = {"width": size["width"], "inner": inner, "layers": 2}
    family = Family(model, model, BATCH // size["length"], size["length"], sizes, size["vocabulary"])
    return {}, EngineLoop(family, rows, "float32").measure


if __name__ == "__main__":
    main()
