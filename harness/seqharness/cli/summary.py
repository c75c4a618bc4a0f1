"""What `harness compare` prints at its end: verdict, table, and where the report is."""

from __future__ import annotations

from pathlib import Path

from ..compare import Outcome
from ..comparison import Comparison, ModelInfo, TaskInfo
from .console import count_text, print_table, say


def print_summary(outcome: Outcome, output: Path) -> None:
    """On stdout."""
    comparison = outcome.comparison
    say("")
    say(comparison.headline)
    for task in comparison.tasks:
        _print_task(comparison, task)
    for warning in comparison.warnings:
        say(f"Warning: {warning}")
    shown = next((path for path in outcome.files if path.suffix == ".md"), None)
    say(f"Report: {shown or output / comparison.name}")


def _print_task(comparison: Comparison, task: TaskInfo) -> None:
    metrics = task.metrics[:4]
    at = f" ({comparison.budget.note})" if comparison.budget.note else ""
    columns = ["model", *(metric.label for metric in metrics), "parameters", "tokens/s", "seeds"]
    rows = []
    for model in (model for model in comparison.models if model.task == task.task):
        if model.not_applicable is not None:
            rows.append([model.model, f"not applicable: {model.not_applicable}", *[""] * (len(columns) - 2)])
            continue
        scores = [_score(comparison, task, model, metric.name, metric.decimals) for metric in metrics]
        rate = model.training_tokens_per_second
        rows.append(
            [
                f"{model.model} (baseline)" if model.baseline else model.model,
                *scores,
                count_text(model.parameters),
                f"{rate:,.0f}" if rate else "",
                _seeds(comparison, model),
            ]
        )
    say("")
    say(f"{task.task}{at}")
    print_table(columns, rows, right=columns[1:])


def _score(comparison: Comparison, task: TaskInfo, model: ModelInfo, metric: str, decimals: int) -> str:
    for score in comparison.scores:
        if (score.task, score.model, score.metric, score.split) == (task.task, model.model, metric, _split(comparison)):
            if score.mean is None:
                return "-"
            if score.low is None or score.high is None:
                return f"{score.mean:.{decimals}f}"
            return f"{score.mean:.{decimals}f} [{score.low:.{decimals}f}, {score.high:.{decimals}f}]"
    return "-"


def _split(comparison: Comparison) -> str:
    return comparison.scores[0].split if comparison.scores else "test"


def _seeds(comparison: Comparison, model: ModelInfo) -> str:
    runs = [
        run
        for run in comparison.runs
        if (run.task, run.model) == (model.task, model.model) and run.role != "convergence"
    ]
    done = sum(run.status == "done" for run in runs)
    return str(done) if done == len(runs) else f"{done} of {len(runs)}"
