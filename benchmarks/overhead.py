"""How much of a training step is spent around forward, loss, backward and optimiser.

    python benchmarks/overhead.py [--families lstm,decoder-only,encoder-decoder,bahdanau] [--repeats 5] [--seconds 3]

The project's engine trains each family (see families.py) as a run does, with the ticker that tells progress; the parts
of a step are timed by wrapping them here, and what is left of the clock's seconds is bookkeeping. batch: planning an
epoch and making tensors of its rows. around: batch, ticker and bookkeeping, of which at most 3 % are wanted.
A run's first step and the planning of its first epoch are not in it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from families import FAMILIES, open_rows, write_rows
from turns import Contestant, Figures, serve, spread, take_turns

WANTED = 0.03
"""Share of a step that everything around it may take."""
COMPUTING = ("forward and loss", "backward", "clip and optimiser")
AROUND = ("batch", "ticker")


def main() -> None:
    """Print the table. Exit code 1 where more than wanted is spent around the step."""
    parser = argparse.ArgumentParser(description="Share of a training step spent around the computation.")
    parser.add_argument("--families", default=",".join(FAMILIES), help="comma list")
    parser.add_argument("--repeats", type=int, default=5, help="turns that count")
    parser.add_argument("--seconds", type=float, default=3.0, help="of a turn")
    parser.add_argument("--precision", default="float32", help="float32 or bf16")
    parser.add_argument("--batch-tokens", type=int, help="real tokens a batch (384 at the quick budget)")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--rows", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        serve(lambda: prepare(asked))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(f"translations: {write_rows(Path(folder))}; {asked.precision}, one thread")
        parts = (*COMPUTING, *AROUND, "bookkeeping")
        print(f"{'per cent of a step':<20}{''.join(f'{part:>20}' for part in parts)}  around")
        shares = [compare(name, folder, asked) for name in asked.families.split(",")]
    raise SystemExit(max(shares) > WANTED)


def compare(name: str, folder: str, asked: argparse.Namespace) -> float:
    """Measure a family, print its row, and return the share spent around its step."""
    batch = [f"--batch-tokens={asked.batch_tokens}"] if asked.batch_tokens else []
    contestant = Contestant(__file__, name, f"--rows={folder}", f"--precision={asked.precision}", *batch)
    turns = take_turns({name: contestant}, asked.repeats, asked.seconds)[name]
    contestant.end()
    parts = {part: [turn.get(part, 0.0) / turn["seconds"] for turn in turns] for part in (*COMPUTING, *AROUND)}
    around = [1 - sum(parts[part][turn] for part in COMPUTING) for turn in range(len(turns))]
    parts["bookkeeping"] = [all_ - sum(parts[part][turn] for part in AROUND) for turn, all_ in enumerate(around)]
    cells = "".join(f"{100 * statistics.median(values):>20.2f}" for values in parts.values())
    print(f"{name:<20}{cells}  {spread([100 * share for share in around])}", flush=True)
    return statistics.median(around)


class Timed:
    """Seconds spent in functions that are wrapped, by part; a wrapped one inside another is not counted twice."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.inside = False

    def wrap(self, owner: Any, name: str, part: str) -> None:
        """Replace `owner.name` by one that is timed."""
        function = getattr(owner, name)

        def timed(*arguments: Any, **options: Any) -> Any:
            if self.inside:
                return function(*arguments, **options)
            self.inside, begin = True, time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                self.seconds[part] += time.perf_counter() - begin
                self.inside = False

        setattr(owner, name, timed)


def prepare(asked: argparse.Namespace) -> tuple[Figures, Callable[[float], Figures]]:
    """The engine with the parts of its step wrapped."""
    import torch
    from engine_loop import EngineLoop

    import seqharness.executors.preload  # noqa: F401 - first: tells the allocator to keep big blocks
    from seqharness.training import loop as engine

    torch.set_num_threads(1)
    family = FAMILIES[asked.worker]
    loop = EngineLoop(family, open_rows(Path(asked.rows), family), asked.precision, batch_tokens=asked.batch_tokens)
    timed = Timed()
    timed.wrap(engine, "mean_loss", "forward and loss")
    timed.wrap(torch.Tensor, "backward", "backward")
    timed.wrap(engine, "clip_gradients", "clip and optimiser")
    for name in ("step", "zero_grad"):
        timed.wrap(loop.training.optimizer, name, "clip and optimiser")
    timed.wrap(engine, "epoch_batches", "batch")
    timed.wrap(loop.training.objective, "batch", "batch")
    timed.wrap(loop.ticker, "tick", "ticker")
    return {}, lambda seconds: {**loop.measure(seconds, timed.seconds.clear), **timed.seconds}


if __name__ == "__main__":
    main()
