"""Quality against what it costs, without drawing: which costs differ, and which models are on the Pareto front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seqharness.comparison import ModelInfo

from ..quantities import duration, known, memory, scaled
from ..view import TaskView

EQUAL = 1.02
"""Costs within this factor are equal: the size asked for is met to 1 % on either side."""

WIDE = 6.0
"""From this factor on between the smallest and the largest, a scale is logarithmic."""


@dataclass(frozen=True)
class Cost:
    """What a model takes of one kind. show: an amount as people read it."""

    title: str
    of: Callable[[ModelInfo], float | None]
    show: Callable[[float | None], str]


@dataclass(frozen=True)
class Point:
    """A model in a panel: x is its cost, mean its primary score with the interval from low to high."""

    model: str
    x: float
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Panel:
    """Scores over one cost. front: models that none beats in one of the two without losing in the other, cheapest
    first. missing: compared models with a score whose cost was not counted."""

    cost: Cost
    points: Sequence[Point]
    front: Sequence[str]
    missing: Sequence[str]

    @property
    def wide(self) -> bool:
        """Whether costs span so much that their scale is logarithmic."""
        return _span(self.points) >= WIDE


def _example_seconds(model: ModelInfo) -> float | None:
    rate = known(model.decoding_sentences_per_second)
    return 1 / rate if rate else None


def _mebibytes(model: ModelInfo) -> float | None:
    """So that a scale has round numbers."""
    amount = known(model.peak_memory_bytes)
    return None if amount is None else amount / 2**20


def brief(seconds: float | None) -> str:
    """850 µs; 4.2 ms; 58 s; 4 min 10 s."""
    if seconds is None or seconds >= 1:
        return duration(seconds)
    factor, unit = (1e3, "ms") if seconds >= 1e-3 else (1e6, "µs")
    return f"{float(f'{seconds * factor:.2g}'):g} {unit}"


COSTS = (
    Cost("parameters", lambda model: model.parameters, scaled),
    Cost("FLOPs per training token", lambda model: model.flops_per_token, scaled),
    Cost("training time", lambda model: model.training_seconds, brief),
    Cost("time per test example", _example_seconds, brief),
    Cost("peak memory", _mebibytes, lambda amount: memory(None if amount is None else amount * 2**20)),
)


def panels(task: TaskView) -> list[Panel]:
    """One for each cost in which at least two compared models with a score differ."""
    shown = _shown(task)
    found = [_panel(task, cost, shown) for cost in COSTS]
    return [panel for panel in found if len(panel.points) > 1 and _span(panel.points) > EQUAL]


def equal_costs(task: TaskView) -> list[str]:
    """What all models have as much of, so that there is nothing to draw."""
    found = [_panel(task, cost, _shown(task)) for cost in COSTS]
    return [panel.cost.title for panel in found if len(panel.points) > 1 and _span(panel.points) <= EQUAL]


def _shown(task: TaskView) -> list[ModelInfo]:
    """Compared models with a score, where there are two, and baselines that are no worse than one of them: others would
    only press the scale."""
    sign = 1 if task.primary.higher_is_better else -1
    scored = [(model, mean) for model in task.models if (mean := _mean(task, model)) is not None]
    compared = [sign * mean for model, mean in scored if not model.baseline]
    if len(compared) < 2:
        return []
    return [model for model, mean in scored if sign * mean >= min(compared)]


def _mean(task: TaskView, model: ModelInfo) -> float | None:
    score = task.score(model.model, task.primary.name)
    return None if score is None else known(score.mean)


def _panel(task: TaskView, cost: Cost, models: Sequence[ModelInfo]) -> Panel:
    points, missing = [], []
    for model in models:
        score, x = task.score(model.model, task.primary.name), known(cost.of(model))
        if score is None or score.mean is None:
            continue
        if x is None or x <= 0:
            missing += [] if model.baseline else [model.model]
            continue
        points.append(Point(model.model, x, score.mean, known(score.low), known(score.high)))
    return Panel(cost, points, _front(points, task.primary.higher_is_better), missing)


def _front(points: Sequence[Point], higher_is_better: bool) -> list[str]:
    """Points that no other beats: none that is as cheap is better, none that is as good is cheaper."""
    sign = 1 if higher_is_better else -1

    def beats(a: Point, b: Point) -> bool:
        better = sign * a.mean > sign * b.mean
        return (better and a.x <= b.x * EQUAL) or (a.mean == b.mean and a.x * EQUAL < b.x)

    return [b.model for b in sorted(points, key=lambda point: point.x) if not any(beats(a, b) for a in points)]


def _span(points: Sequence[Point]) -> float:
    return max(point.x for point in points) / min(point.x for point in points)
