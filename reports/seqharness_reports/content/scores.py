"""Tables of scores: every figure with its interval, failures beside the mean, cost beside quality, differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from seqharness.comparison import ModelInfo

from ..document import Block, Bullets, Column, Line, Paragraph, Span, Strong, Table
from ..quantities import UNKNOWN, count, known, memory, number, rate, scaled, share
from ..view import TaskView, tally
from .differences import differences
from .names import name
from .reaches import reaches
from .success import MOST_SPLITS_BESIDE, Cells, score_columns, split_column

MOST_FAILURES = 10


def scores(task: TaskView) -> list[Block]:
    """Everything about the test split of one task in figures."""
    if not task.models:
        return [Paragraph("No model could be run on this task.")]
    blocks: list[Block] = [Paragraph(_caption(task)), _summary(task), *_failures(task)]
    if len(task.metrics) > 1 or any(model.limit_share is not None for model in task.models):
        blocks += [Paragraph("Further figures of the same outputs:"), _further(task)]
    return [*blocks, *reaches(task), *differences(task)]


def _caption(task: TaskView) -> Line:
    covers: dict[str, list[str]] = {}
    for model in task.models:
        score = task.score(model.model, task.primary.name)
        if score is not None and score.interval and known(score.mean) is not None:
            covers.setdefault(score.interval, []).append(model.model)
    if len(covers) > 1:
        said = "; ".join(f"{what} for {', '.join(models)}" for what, models in covers.items())
        tail = f" with its 95 % interval, which covers {said}."
    else:
        tail = " with its 95 % interval" + (f", which covers {next(iter(covers))}." if covers else ".")
    note = task.comparison.budget.note
    start: tuple[Span, ...] = ("Test scores ", Strong(note), ": ") if note else ("Test scores: ",)
    return (*start, f"mean over seeds{tail} ↑ higher is better, ↓ lower is better.{_success(task)}")


def _success(task: TaskView) -> str:
    """What the columns of a probe are, whose runs succeed or fail."""
    if not any(metric.solved is not None for metric in task.metrics):
        return ""
    brackets = any(score.solved_low is not None for score in task.comparison.scores if score.task == task.info.task)
    tail = "; in brackets the 95 % interval of that share over other seeds" if brackets else ""
    return f" Solved: runs that reach the threshold, of all runs; failed runs count as not solved{tail}."


def _summary(task: TaskView) -> Table:
    note = task.comparison.budget.note
    costs = [cost for cost in _COSTS if cost.always or any(cost.value(model) is not None for model in task.models)]
    columns: list[Cells] = [*score_columns(task, task.primary, note if 0 < len(note) <= 24 else "")]
    if len(task.further_splits) <= MOST_SPLITS_BESIDE:
        columns += [split_column(task, split) for split in task.further_splits]
    if task.primary.solved is None or any(run.status != "done" for run in task.runs):
        columns.append(("runs", lambda model: tally(runs) if (runs := task.runs_of(model.model)) else UNKNOWN))
    columns += [(cost.title, cost.cell) for cost in costs]
    return _table(task, columns)


def _table(task: TaskView, columns: Sequence[Cells]) -> Table:
    heads = [Column("model"), *(Column(head, right=True) for head, _ in columns)]
    rows: list[list[Line]] = [[name(model), *(cell(model) for _, cell in columns)] for model in task.models]
    return Table(heads, rows)


class _Cost:
    """A column of what a model takes; dropped where no model has it, unless `always`."""

    def __init__(
        self,
        title: str,
        value: Callable[[ModelInfo], float | None],
        show: Callable[[float | None], str],
        missing: str = UNKNOWN,
        always: bool = False,
    ) -> None:
        self.title, self.value, self.show, self.missing, self.always = title, value, show, missing, always

    def cell(self, model: ModelInfo) -> str:
        value = known(self.value(model))
        if value is None:
            return UNKNOWN if model.baseline else self.missing
        return self.show(value)


_COSTS = (
    _Cost("parameters", lambda model: model.parameters, scaled, always=True),
    _Cost("FLOPs/token", lambda model: model.flops_per_token, scaled, missing="not counted", always=True),
    _Cost("training tokens/s", lambda model: model.training_tokens_per_second, rate),
    _Cost("decoding sentences/s", lambda model: model.decoding_sentences_per_second, rate),
    _Cost("peak memory", lambda model: model.peak_memory_bytes, memory),
)


def _failures(task: TaskView) -> list[Block]:
    """Runs that are not in the mean, with their reasons."""
    failed = [run for run in task.runs if run.status != "done"]
    if not failed:
        return []
    lines: list[Line] = [
        (run.model, f", seed {run.seed}: {run.status}", *((" – ", run.reason) if run.reason else ()))
        for run in failed[:MOST_FAILURES]
    ]
    if len(failed) > MOST_FAILURES:
        lines.append(f"and {len(failed) - MOST_FAILURES} more, in the table of runs below")
    return [Paragraph("Runs that did not succeed, which are in no mean:"), Bullets(lines)]


def _further(task: TaskView) -> Table:
    columns = [column for metric in task.metrics[1:] for column in score_columns(task, metric)]
    if any(model.limit_share is not None for model in task.models):
        columns.append(("outputs at length limit", lambda model: share(model.limit_share)))
    if any(model.decoding_cost is not None for model in task.models):
        columns.append((f"{task.primary.label} against decoding in float32", partial(_decoding_cost, task)))
    return _table(task, columns)


def _decoding_cost(task: TaskView, model: ModelInfo) -> str:
    if model.decoding_cost is None:
        return UNKNOWN
    change = number(model.decoding_cost, task.primary.decimals, sign=True)
    return f"{change} (first {count(model.decoding_cost_examples)})"
