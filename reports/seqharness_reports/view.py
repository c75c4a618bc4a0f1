"""A comparison by task: what belongs together, in the order in which a report shows it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from seqharness.comparison import (
    Comparison,
    Confusion,
    Crossing,
    Curve,
    ExampleRow,
    Finding,
    MetricInfo,
    ModelInfo,
    Pair,
    Reach,
    Run,
    Score,
    SizeScore,
    SliceScore,
    TaskInfo,
    Trend,
    Tuning,
)

from .confusions import is_whole
from .quantities import known

TEST = "test"


class TaskView:
    """The parts of a comparison that belong to one task."""

    def __init__(self, comparison: Comparison, info: TaskInfo) -> None:
        self.comparison = comparison
        self.info = info

    @cached_property
    def primary(self) -> MetricInfo:
        """The metric that runs are chosen by and verdicts are given on."""
        if self.info.metrics:
            return self.info.metrics[0]
        first = next((score for score in self.comparison.scores if score.task == self.info.task), None)
        name, higher = (first.metric, first.higher_is_better) if first else ("score", True)
        return MetricInfo(name=name, label=name, higher_is_better=higher)

    @cached_property
    def metrics(self) -> Sequence[MetricInfo]:
        """All metrics, the primary one first."""
        return self.info.metrics or [self.primary]

    def metric(self, name: str) -> MetricInfo:
        """The metric of this name, or a plain one where the task does not describe it."""
        known_ones = {metric.name: metric for metric in self.metrics}
        return known_ones.get(name) or MetricInfo(name=name, label=name, higher_is_better=True)

    @cached_property
    def models(self) -> Sequence[ModelInfo]:
        """Models that were run: those compared by their primary score, best first, then baselines likewise."""
        own = [model for model in self._all_models if model.not_applicable is None]
        return sorted(own, key=lambda model: (model.baseline, *self._rank(model.model)))

    @cached_property
    def inapplicable(self) -> Sequence[ModelInfo]:
        """Models that cannot do this task."""
        return [model for model in self._all_models if model.not_applicable is not None]

    @cached_property
    def _all_models(self) -> Sequence[ModelInfo]:
        return [model for model in self.comparison.models if model.task == self.info.task]

    def _rank(self, model: str) -> tuple[bool, float]:
        score = self.score(model, self.primary.name)
        mean = known(score.mean) if score else None
        return mean is None, 0.0 if mean is None else -mean if self.primary.higher_is_better else mean

    @cached_property
    def best(self) -> Sequence[str]:
        """The compared models whose primary score is the best; several where they are equal."""
        compared = [model.model for model in self.models if not model.baseline]
        ranks = {model: self._rank(model) for model in compared}
        first = min(ranks.values(), default=(True, 0.0))
        return [] if first[0] else [model for model in compared if ranks[model] == first]

    def score(self, model: str, metric: str, split: str | None = None) -> Score | None:
        """The figure of a model on a split, the main one where none is named; None where there is none."""
        return self._scores.get((model, metric, self.main_split if split is None else split))

    @cached_property
    def _scores(self) -> dict[tuple[str, str, str], Score]:
        own = (score for score in self.comparison.scores if score.task == self.info.task)
        return {(score.model, score.metric, score.split): score for score in own}

    @cached_property
    def main_split(self) -> str:
        """The test split that runs are judged by: `test`, or the first where there is none of that name."""
        splits = unique(split for _, _, split in self._scores)
        return TEST if TEST in splits or not splits else splits[0]

    @cached_property
    def further_splits(self) -> Sequence[str]:
        """Test splits besides the main one."""
        return unique(split for _, _, split in self._scores if split != self.main_split)

    @cached_property
    def pairs(self) -> Sequence[Pair]:
        return [pair for pair in self.comparison.pairs if pair.task == self.info.task]

    @cached_property
    def runs(self) -> Sequence[Run]:
        return [run for run in self.comparison.runs if run.task == self.info.task]

    def runs_of(self, model: str) -> Sequence[Run]:
        """The runs of a model that count: those for the check of convergence do not."""
        return [run for run in self.runs if run.model == model and run.role != "convergence"]

    @cached_property
    def curves(self) -> Sequence[Curve]:
        return [curve for curve in self.comparison.curves if curve.task == self.info.task]

    @cached_property
    def slices(self) -> Sequence[SliceScore]:
        return [part for part in self.comparison.slices if part.task == self.info.task]

    @cached_property
    def trends(self) -> Sequence[Trend]:
        return [trend for trend in self.comparison.trends if trend.task == self.info.task]

    @cached_property
    def reaches(self) -> Sequence[Reach]:
        return [reach for reach in self.comparison.reaches if reach.task == self.info.task]

    @cached_property
    def tunings(self) -> Sequence[Tuning]:
        return [tuning for tuning in self.comparison.tunings if tuning.task == self.info.task]

    @cached_property
    def sizes(self) -> Sequence[SizeScore]:
        """Scores over the amount of training data."""
        return [score for score in self.comparison.sizes if score.task == self.info.task]

    @cached_property
    def crossings(self) -> Sequence[Crossing]:
        return [crossing for crossing in self.comparison.crossings if crossing.task == self.info.task]

    @cached_property
    def confusions(self) -> Sequence[Confusion]:
        """Confusion matrices that are whole, in the order of the tables."""
        held = {one.model: one for one in self.comparison.confusions if one.task == self.info.task and is_whole(one)}
        return [held[model.model] for model in self.models if model.model in held]

    @cached_property
    def findings(self) -> Sequence[Finding]:
        return [finding for finding in self.comparison.findings if finding.task == self.info.task]

    @cached_property
    def examples(self) -> Sequence[ExampleRow]:
        return [row for row in self.comparison.examples if row.task == self.info.task]

    @cached_property
    def axes(self) -> dict[str, str]:
        """Axes with slices, name -> title, in the task's order."""
        present = unique(part.axis for part in self.slices)
        ordered = [axis for axis in self.info.axes if axis in present]
        return {axis: self.axis_title(axis) for axis in unique([*ordered, *present])}

    def axis_title(self, axis: str) -> str:
        """What an axis is called, its name where the task says nothing else."""
        return self.info.axes.get(axis, axis)

    @cached_property
    def slug(self) -> str:
        """A name for files."""
        return slug(self.info.task)


def views(comparison: Comparison) -> list[TaskView]:
    """One view for each task."""
    return [TaskView(comparison, info) for info in comparison.tasks]


def unique(names: Iterable[str]) -> list[str]:
    """Names without repeats, in the order of their first."""
    return list(dict.fromkeys(names))


def slug(name: str) -> str:
    """A name as part of a file's name: lower case, short, and different for different names."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    if plain == name:
        return plain
    return "-".join(filter(None, (plain, hashlib.sha256(name.encode(errors="replace")).hexdigest()[:6])))


def tally(runs: Sequence[Run]) -> str:
    """How many runs counted: '3/3'; '2/3, 1 diverged'."""
    statuses = Counter(run.status for run in runs)
    others = [f"{number} {status}" for status, number in statuses.items() if status != "done"]
    return ", ".join([f"{statuses['done']}/{len(runs)}", *others])
