"""Scores as rows: one for each task, split, model, seed or 'all', metric and part of the split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seqharness.comparison import Comparison, ModelInfo, Run, Score, SizeScore, SliceScore

from ..view import TaskView, views

Cell = str | float | bool | None
Row = Mapping[str, Cell]

ALL = "all"

COLUMNS = {
    "report": "name of the report, so that several files can be put below each other",
    "task": "the task's full name with options",
    "split": "the test split",
    "model": "the model's full name with options",
    "baseline": "whether the model is shown for reference and is in no test: true, false",
    "seed": "the run's seed, or `all`: the mean over seeds with its interval",
    "metric": "the metric's name in results.json",
    "unit": "`%` and the like; empty where there is none",
    "higher_is_better": "true, false",
    "primary": "whether it is the task's primary metric: true, false",
    "train_examples": "empty: what the report is about, all of the training split or the largest `--train-sizes`; else "
    "how many examples were trained on, of the curve over the amount of data",
    "axis": "empty: the whole split; else the axis that `slice` is a part of (`seed` is then `all`)",
    "slice": "which part of the axis: `up to 5`, `negation`",
    "slice_order": "sorts the parts of an axis",
    "slice_x": "mean of the part's examples on a numeric axis",
    "n": "examples in the split or in the part",
    "value": "the score; empty where it is not defined or the run has none",
    "low": "lower limit of the 95 % interval; of `all` only",
    "high": "upper limit of the 95 % interval; of `all` only",
    "standard_error": "of the mean over seeds; of `all` and whole splits only",
    "interval": "what the interval covers: `seeds and examples`, or `examples only`",
    "seeds": "runs in the value",
    "runs": "runs that were asked for; more than `seeds` where some failed or diverged",
    "status": "of a single run: `done`, or why it has no value: `failed`, `diverged`, `interrupted`",
    "median": "over seeds; of `all` and whole splits only",
    "solved": "share of all runs that solved the task; of probes only",
    "solved_low": "lower limit of that share's 95 % interval over other seeds",
    "solved_high": "upper limit of it",
    "parameters": "of the model",
    "training_tokens": "tokens seen in training; of `all`, the median over runs",
    "training_seconds": "time of training; of `all`, the median over runs",
}
"""Name -> what it holds. The order is that of the file."""


def rows(comparison: Comparison) -> Iterator[Row]:
    """Every row, each with some of `COLUMNS`; those that are missing are empty."""
    for task in views(comparison):
        of_task = _TaskRows(task)
        for score in comparison.scores:
            if score.task == task.info.task:
                yield of_task.mean(score)
                yield from of_task.seeds(score)
        yield from of_task.lost()
        yield from map(of_task.part, task.slices)
        yield from map(of_task.size, task.sizes)
        yield from of_task.size_seeds()


class _TaskRows:
    """Rows of one task."""

    def __init__(self, task: TaskView) -> None:
        self.task = task
        self.models = {model.model: model for model in (*task.models, *task.inapplicable)}
        self.runs = {(run.model, run.seed): run for run in task.runs if run.role in {"compared", "baseline"}}
        self.examples = {split.name: split.examples for split in task.info.splits}

    def mean(self, score: Score) -> Row:
        """Over the seeds, on a whole split."""
        return self._start(score.model, score.metric, score.split) | self._of_model(score.model) | {
            "seed": ALL, "n": self.examples.get(score.split), "value": score.mean, "low": score.low, "high": score.high,
            "standard_error": score.standard_error, "interval": score.interval, "seeds": score.seeds,
            "median": score.median,
            "solved": score.solved, "solved_low": score.solved_low, "solved_high": score.solved_high,
        }  # fmt: skip

    def seeds(self, score: Score) -> Iterator[Row]:
        """Each run that is in the mean; none where a run's metric is not defined, as it is then not known which."""
        if len(score.values) != len(score.seeds_used):
            return
        for seed, value in zip(score.seeds_used, score.values, strict=True):
            yield self._single(score.model, score.metric, score.split, seed) | {"value": value, "status": "done"}

    def lost(self) -> Iterator[Row]:
        """Each run without a score, on the main split, so that counts of runs are right."""
        for run in self.runs.values():
            if run.status != "done":
                for metric in self.task.metrics:
                    row = self._single(run.model, metric.name, self.task.main_split, run.seed)
                    yield row | {"status": run.status, "seeds": 0}

    def part(self, piece: SliceScore) -> Row:
        """Over the seeds, on a part of a split."""
        whole = self.task.score(piece.model, piece.metric, piece.split)
        return self._start(piece.model, piece.metric, piece.split) | self._of_model(piece.model) | {
            "seed": ALL, "axis": piece.axis, "slice": piece.value, "slice_order": piece.order, "slice_x": piece.x,
            "n": piece.n, "value": piece.mean, "low": piece.low, "high": piece.high,
            "interval": whole.interval if whole else None, "seeds": whole.seeds if whole else None,
        }  # fmt: skip

    def size(self, score: SizeScore) -> Row:
        """Over the seeds, on the main split, after training on part of the data."""
        split = self.task.main_split
        return self._start(score.model, score.metric, split) | {
            "seed": ALL, "train_examples": score.examples, "n": self.examples.get(split), "value": score.mean,
            "low": score.low, "high": score.high, "seeds": score.seeds, "runs": score.seeds + score.lost,
        }  # fmt: skip

    def size_seeds(self) -> Iterator[Row]:
        """Each run of the curve over the amount of data, in the primary metric."""
        if not self.task.sizes:
            return
        largest = max(score.examples for score in self.task.sizes)
        smaller = [run for run in self.task.comparison.size_runs if run.task == self.task.info.task]
        metric, split = self.task.primary.name, self.task.main_split
        for run in (*smaller, *self.runs.values()):
            yield self._start(run.model, metric, split) | _cost(run) | {
                "seed": run.seed, "train_examples": run.train_examples or largest, "n": self.examples.get(split),
                "value": run.metrics.get(metric), "seeds": int(run.status == "done"), "runs": 1, "status": run.status,
            }  # fmt: skip

    def _start(self, model: str, metric: str, split: str) -> dict[str, Cell]:
        info = self.task.metric(metric)
        card = self.models.get(model)
        return {
            "report": self.task.comparison.name, "task": self.task.info.task, "split": split, "model": model,
            "baseline": card is not None and card.baseline, "metric": metric, "unit": info.unit,
            "higher_is_better": info.higher_is_better, "primary": metric == self.task.primary.name,
        }  # fmt: skip

    def _of_model(self, model: str) -> dict[str, Cell]:
        return {"runs": len(self.task.runs_of(model)), **_cost(self.models.get(model))}

    def _single(self, model: str, metric: str, split: str, seed: int) -> dict[str, Cell]:
        own: dict[str, Cell] = {"seed": seed, "n": self.examples.get(split), "seeds": 1, "runs": 1}
        return self._start(model, metric, split) | own | _cost(self.runs.get((model, seed)))


def _cost(of: ModelInfo | Run | None) -> dict[str, Cell]:
    if of is None:
        return {}
    return {
        "parameters": of.parameters,
        "training_tokens": of.training_tokens,
        "training_seconds": of.training_seconds,
    }
