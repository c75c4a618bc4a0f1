"""How fast models train beside each other, measured once and kept: what --match-training time goes by."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from ..atomic import write_atomically
from ..environment import describe_environment
from ..executors.process import in_process
from ..keys import speed_key
from ..records import RunSpec

log = logging.getLogger(__name__)


def speed_ratios(runs: Sequence[RunSpec]) -> dict[str, float]:
    """Tokens per second of each run's training over those of the first one's, by model.

    What the store does not hold is measured now, in a process as a run has it, interleaved with the first. It is kept
    under what decides it (but for the machine), so that the same command plans the same runs again.
    """
    first = runs[0]
    missing = [run for run in runs[1:] if not _path(first, run).is_file()]
    if missing:
        log.info("measuring the training speed of %s", ", ".join(run.model for run in (first, *missing)))
        rates = in_process(
            "seqharness.run.speed", "measure_speeds", [run.model_dump_json() for run in (first, *missing)]
        )
        for run, its_rates in zip(missing, rates[1:], strict=True):
            _keep(first, run, rates[0], its_rates)
    return {first.model: 1.0, **{run.model: float(_read(first, run)["ratio"]) for run in runs[1:]}}


def _path(first: RunSpec, run: RunSpec) -> Path:
    return Path(run.store) / "speeds" / f"{speed_key(first, run)}.json"


def _read(first: RunSpec, run: RunSpec) -> dict[str, float]:
    document: dict[str, float] = json.loads(_path(first, run).read_text(encoding="utf-8"))
    return document


def _keep(first: RunSpec, run: RunSpec, of_first: Sequence[float], of_run: Sequence[float]) -> None:
    """rates: tokens per second in each round; the ratio is the median of the rounds' ratios."""
    ratios = sorted(own / other for own, other in zip(of_run, of_first, strict=True))
    document = {
        "first": first.model,
        "model": run.model,
        "task": run.task,
        "ratio": ratios[len(ratios) // 2],
        "tokens_per_second": {"first": list(of_first), "model": list(of_run)},
        "environment": describe_environment(),
    }
    path = _path(first, run)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(document, indent=1).encode())
