"""What the measurements of a task found, gathered over models and seeds: what tables and figures of them share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from seqharness.comparison import Figure, Finding, Map, Number

from .quantities import known
from .view import TaskView, unique

MOST_MAPS = 3
"""Sentences whose maps are shown."""

MOST_LABELS = 6
"""Lines of a model in one frame."""

MOST_BESIDE = 4
"""Models whose maps of one sentence are shown."""


@dataclass(frozen=True)
class Curve:
    """A line of a model: its mean over seeds, and how far they lie apart. None leaves a gap."""

    model: str
    label: str
    x: Sequence[float]
    mean: Sequence[float | None]
    low: Sequence[float | None]
    high: Sequence[float | None]
    seeds: int


@dataclass(frozen=True)
class Frame:
    """A figure over all models. about: its title and labels, as the first model gives them. left_out: labels within a
    model that are not drawn because there are too many."""

    about: Figure
    curves: Sequence[Curve]
    left_out: int

    @property
    def models(self) -> list[str]:
        return unique(curve.model for curve in self.curves)

    @property
    def labels(self) -> list[str]:
        """Of the lines within a model."""
        return unique(curve.label for curve in self.curves)


@dataclass(frozen=True)
class Alignment:
    """The maps of one sentence, by model; they have the same columns. left_out: models with a map that is not shown."""

    columns: Sequence[str]
    maps: dict[str, Map]
    left_out: int


class Measured:
    """One measurement of a task."""

    def __init__(self, task: TaskView, name: str) -> None:
        self.task, self.name = task, name
        self._all = [finding for finding in task.findings if finding.measurement == name]
        self.summary = next((finding.summary for finding in self._all if finding.summary), "")

    @cached_property
    def by_model(self) -> dict[str, list[Finding]]:
        """What was found, by model in the order of the tables, and by seed."""
        found: dict[str, list[Finding]] = {}
        for model in self.task.models:
            own = [one for one in self._all if one.model == model.model and one.not_applicable is None]
            if own:
                found[model.model] = sorted(own, key=lambda finding: finding.seed)
        return found

    @cached_property
    def absent(self) -> dict[str, list[str]]:
        """Why it found nothing: reason -> models, with the seed where other seeds of the model found something."""
        reasons: dict[str, list[str]] = {}
        for finding in self._all:
            if finding.not_applicable is not None:
                who = f"{finding.model}, seed {finding.seed}" if finding.model in self.by_model else finding.model
                reasons.setdefault(finding.not_applicable, []).append(who)
        return {reason: unique(names) for reason, names in reasons.items()}

    @cached_property
    def numbers(self) -> dict[str, Number]:
        """Each number by its name, as its first run gives it."""
        found: dict[str, Number] = {}
        for finding in self._found():
            for number in finding.findings.numbers:
                found.setdefault(number.name, number)
        return found

    def descriptions(self, name: str) -> list[str]:
        """What the runs say of a number, each saying once."""
        return unique(
            number.description
            for finding in self._found()
            for number in finding.findings.numbers
            if number.name == name and number.description
        )

    def values(self, name: str, model: str) -> list[float | None]:
        """A number of a model by seed; None for a run in which it has no value."""
        return [
            known(number.value)
            for finding in self.by_model.get(model, [])
            for number in finding.findings.numbers
            if number.name == name
        ]

    @cached_property
    def frames(self) -> list[Frame]:
        """One for each name of a figure that has a point to draw."""
        abouts: dict[str, Figure] = {}
        for finding in self._found():
            for figure in finding.findings.figures:
                abouts.setdefault(figure.name, figure)
        return [frame for frame in (self._frame(about) for about in abouts.values()) if frame.curves]

    def _frame(self, about: Figure) -> Frame:
        curves = list(self._curves(about.name, about.log_y))
        labels = unique(curve.label for curve in curves)
        kept = [curve for curve in curves if curve.label in labels[:MOST_LABELS]]
        return Frame(about, kept, max(0, len(labels) - MOST_LABELS))

    def _curves(self, name: str, log: bool) -> Iterable[Curve]:
        for model, findings in self.by_model.items():
            figures = [figure for finding in findings for figure in finding.findings.figures if figure.name == name]
            for label in unique(line.label for figure in figures for line in figure.lines):
                runs = [_points(line.x, line.y) for figure in figures for line in figure.lines if line.label == label]
                curve = _over_seeds(model, label, [run for run in runs if run], log)
                if curve is not None:
                    yield curve

    @cached_property
    def alignments(self) -> list[Alignment]:
        """Maps of the run with the lowest seed, by sentence: first those that most models have."""
        held: dict[tuple[str, ...], dict[str, Map]] = {}
        for model, findings in self.by_model.items():
            for one in next((finding.findings.maps for finding in findings if finding.findings.maps), []):
                if _is_whole(one):
                    held.setdefault(tuple(one.columns), {}).setdefault(model, one)
        ordered = sorted(held.items(), key=lambda entry: -len(entry[1]))[:MOST_MAPS]
        return [
            Alignment(columns, dict(list(maps.items())[:MOST_BESIDE]), max(0, len(maps) - MOST_BESIDE))
            for columns, maps in ordered
        ]

    @cached_property
    def texts(self) -> dict[str, Sequence[str]]:
        """Of the run with the lowest seed, by model."""
        found = {
            model: next((finding.findings.texts for finding in findings if finding.findings.texts), [])
            for model, findings in self.by_model.items()
        }
        return {model: texts for model, texts in found.items() if texts}

    def _found(self) -> Iterable[Finding]:
        return (finding for findings in self.by_model.values() for finding in findings)


def measured(task: TaskView) -> list[Measured]:
    """The measurements of a task that say anything, in the order in which they were made."""
    return [Measured(task, name) for name in unique(finding.measurement for finding in task.findings)]


def _points(x: Sequence[float], y: Sequence[float | None]) -> dict[float, float | None]:
    return {at: known(value) for at, value in zip(x, y, strict=False) if known(at) is not None}


def _over_seeds(model: str, label: str, runs: Sequence[dict[float, float | None]], log: bool) -> Curve | None:
    """The mean over runs at every x that all of them have; geometric where the scale is logarithmic. None without a
    point."""
    shared = sorted(set.intersection(*map(set, runs))) if runs else []
    columns = [[run[x] for run in runs] for x in shared]
    if log:
        columns = [[value if value is not None and value > 0 else None for value in column] for column in columns]
    present = [[value for value in column if value is not None] for column in columns]
    if not any(present):
        return None
    average = _geometric if log else _arithmetic
    return Curve(
        model=model,
        label=label,
        x=shared,
        mean=[average(values) if values else None for values in present],
        low=[min(values, default=None) for values in present],
        high=[max(values, default=None) for values in present],
        seeds=len(runs),
    )


def _arithmetic(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _geometric(values: Sequence[float]) -> float:
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def _is_whole(one: Map) -> bool:
    """Whether there is a finite weight for every row and column."""
    return (
        bool(one.rows and one.columns)
        and len(one.values) == len(one.rows)
        and all(len(row) == len(one.columns) for row in one.values)
        and all(math.isfinite(weight) for row in one.values for weight in row)
    )
