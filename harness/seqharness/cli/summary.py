"""What `harness compare` prints at its end: verdict, table, and where the report is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..compare import Outcome
from ..comparison import Comparison, MetricInfo, ModelInfo, Score, TaskInfo
from .console import count_text, print_table, say

MOST_METRICS = 4
MOST_SPLITS = 2
"""Test splits besides the main one that have a column."""


def print_summary(outcome: Outcome, output: Path) -> None:
    """On stdout. Several tasks share one table of their primary metrics; the report has the rest."""
    comparison = outcome.comparison
    say("")
    say(comparison.headline)
    if len(comparison.tasks) > 1:
        _print_tasks(comparison)
    else:
        for task in comparison.tasks:
            _print_task(comparison, task)
    for warning in comparison.warnings:
        say(f"Warning: {warning}")
    shown = [str(path) for path in outcome.files if path.suffix in (".html", ".md")]
    say(f"Report: {' and '.join(sorted(shown)) or output / comparison.name}")


def _print_tasks(comparison: Comparison) -> None:
    """Models by tasks; the longer side goes down."""
    baselines = {model.model for model in comparison.models if model.baseline}
    models = list(dict.fromkeys(model.model for model in comparison.models))
    cards = {(model.task, model.model): model for model in comparison.models}
    heads = [
        f"{task.task}: {task.metrics[0].label} {'↑' if task.metrics[0].higher_is_better else '↓'}"
        for task in comparison.tasks
    ]
    names = [f"{model} (baseline)" if model in baselines else model for model in models]
    cells = [
        [_primary(comparison, task, task.metrics[0], cards.get((task.task, model))) for model in models]
        for task in comparison.tasks
    ]
    say("")
    say(_at(comparison, f"{len(heads)} tasks"))
    if len(heads) > len(models):
        print_table(["task", *names], [[head, *row] for head, row in zip(heads, cells, strict=True)], right=names)
    else:
        turned = zip(names, *cells, strict=True)
        print_table(["model", *heads], [list(row) for row in turned], right=heads)
    for reason, absent in _reasons(comparison.models).items():
        say(f"Not applicable: {', '.join(f'{model.model} on {model.task}' for model in absent)}: {reason}")


def _primary(comparison: Comparison, task: TaskInfo, metric: MetricInfo, model: ModelInfo | None) -> str:
    if model is None:
        return "-"
    if model.not_applicable is not None:
        return "not applicable"
    return _score(_find(comparison, task, model, metric), metric)


def _print_task(comparison: Comparison, task: TaskInfo) -> None:
    metrics = task.metrics[:MOST_METRICS]
    splits = _splits(comparison, task)[1:]
    beside = splits if len(splits) <= MOST_SPLITS else []
    columns = ["model", metrics[0].label, *(["solved", "median"] if metrics[0].solved is not None else [])]
    columns += [f"{metrics[0].label} on {split}" for split in beside]
    columns += [*(metric.label for metric in metrics[1:]), "parameters", "tokens/s", "seeds"]
    rows = []
    for model in (model for model in comparison.models if model.task == task.task and model.not_applicable is None):
        rate = model.training_tokens_per_second
        rows.append(
            [
                f"{model.model} (baseline)" if model.baseline else model.model,
                *_primary_cells(comparison, task, metrics[0], model, beside),
                *(_score(_find(comparison, task, model, metric), metric) for metric in metrics[1:]),
                count_text(model.parameters),
                f"{rate:,.0f}" if rate else "",
                _seeds(comparison, model),
            ]
        )
    say("")
    say(_at(comparison, task.task))
    print_table(columns, rows, right=columns[1:])
    for reason, models in _reasons([model for model in comparison.models if model.task == task.task]).items():
        say(f"Not applicable: {', '.join(model.model for model in models)}: {reason}")


def _primary_cells(
    comparison: Comparison, task: TaskInfo, metric: MetricInfo, model: ModelInfo, splits: Sequence[str]
) -> list[str]:
    """Mean; for a probe how many runs solved it and their median; the mean on further splits."""
    found = _find(comparison, task, model, metric)
    cells = [_score(found, metric)]
    if metric.solved is not None:
        cells.append("-" if found is None or found.solved is None else f"{found.solved:.0%}")
        cells.append("-" if found is None or found.median is None else f"{found.median:.{metric.decimals}f}")
    return [*cells, *(_score(_find(comparison, task, model, metric, split), metric) for split in splits)]


def _find(
    comparison: Comparison, task: TaskInfo, model: ModelInfo, metric: MetricInfo, split: str | None = None
) -> Score | None:
    """A score on a split, the main one where none is named."""
    wanted = (task.task, model.model, metric.name, split or _splits(comparison, task)[0])
    found = (score for score in comparison.scores if (score.task, score.model, score.metric, score.split) == wanted)
    return next(found, None)


def _splits(comparison: Comparison, task: TaskInfo) -> list[str]:
    """Test splits of a task, the main one first."""
    found = dict.fromkeys(score.split for score in comparison.scores if score.task == task.task)
    return sorted(found, key=lambda split: split != "test") or ["test"]


def _score(score: Score | None, metric: MetricInfo) -> str:
    if score is None or score.mean is None:
        return "-"
    mean = f"{score.mean:.{metric.decimals}f}"
    if score.low is None or score.high is None:
        return mean
    return f"{mean} [{score.low:.{metric.decimals}f}, {score.high:.{metric.decimals}f}]"


def _reasons(models: Sequence[ModelInfo]) -> dict[str, list[ModelInfo]]:
    """Models that are not applicable, by the reason."""
    found: dict[str, list[ModelInfo]] = {}
    for model in models:
        if model.not_applicable is not None:
            found.setdefault(model.not_applicable, []).append(model)
    return found


def _at(comparison: Comparison, what: str) -> str:
    note = comparison.budget.note
    return f"{what} ({note})" if note else what


def _seeds(comparison: Comparison, model: ModelInfo) -> str:
    runs = [
        run
        for run in comparison.runs
        if (run.task, run.model) == (model.task, model.model) and run.role != "convergence"
    ]
    done = sum(run.status == "done" for run in runs)
    return str(done) if done == len(runs) else f"{done} of {len(runs)}"
