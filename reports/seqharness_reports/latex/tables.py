"""What of a comparison belongs into the tables of a paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from seqharness.comparison import Comparison, ModelInfo, Pair

from ..content.data_sizes import by_size
from ..content.differences import by_effect, paired
from ..content.names import name, title
from ..content.overview import overview
from ..content.success import score_columns, split_column
from ..content.tuning import chosen
from ..document import Column, Line, Paragraph, Strong, Table
from ..plots.tried import several_sizes
from ..quantities import count, duration, estimate, known, memory, number, p_value, rate, scaled
from ..view import TaskView, views
from .render import Titled

_Shown = tuple[str, Callable[[ModelInfo], float | None], Callable[[float | None], str]]

_SIZES: Sequence[_Shown] = (
    ("parameters", lambda model: model.parameters, count),
    ("without embeddings", lambda model: model.nonembedding_parameters, count),
    ("asked for", lambda model: model.target_parameters, count),
    ("FLOPs/token", lambda model: model.flops_per_token, scaled),
    ("state", lambda model: model.state_bytes, memory),
)
_COSTS: Sequence[_Shown] = (
    ("tokens seen", lambda model: model.training_tokens, scaled),
    ("tokens/s", lambda model: model.training_tokens_per_second, rate),
    ("sentences/s", lambda model: model.decoding_sentences_per_second, rate),
    ("time", lambda model: model.training_seconds, duration),
    ("peak memory", lambda model: model.peak_memory_bytes, memory),
)


def tables(comparison: Comparison) -> Iterator[Titled]:
    """Those that have rows: primary scores, ranking, all metrics of each task, differences, amounts of data, tuning,
    sizes, costs."""
    tasks = views(comparison)
    found = [_primary(comparison, tasks), _ranking(comparison), *map(_metrics, tasks), _differences(comparison, tasks)]
    found += [*map(_data_sizes, tasks), *map(_tuning, tasks)]
    found += [
        _of_models(tasks, "sizes", "Sizes of the models. FLOPs for training on one token, forward times 3.", _SIZES),
        _of_models(tasks, "costs", "Costs: medians over the runs; peak memory of all.", _COSTS),
    ]
    for titled in found:
        if titled.table.rows and len(titled.table.columns) > 1:
            yield titled


def _primary(comparison: Comparison, tasks: Sequence[TaskView]) -> Titled:
    blocks = overview(comparison, tasks)
    (table,) = (block for block in blocks if isinstance(block, Table))
    caption, *notes = (block.line for block in blocks if isinstance(block, Paragraph))
    return Titled("scores", caption, table, notes)


def _ranking(comparison: Comparison) -> Titled:
    found = comparison.ranking
    columns = [Column("model"), Column("mean rank", right=True)]
    rows: list[list[Line]] = [[one.model, number(one.mean_rank)] for one in found.models] if found else []
    caption = f"Mean ranks over {len(found.tasks)} tasks, 1 being the best." if found else ""
    return Titled("ranking", caption, Table(columns, rows), [found.words] if found else [])


def _metrics(task: TaskView) -> Titled:
    """Every metric, and the primary one on further test splits; nothing where that is one figure."""
    shown = [column for metric in task.metrics for column in score_columns(task, metric)]
    shown += [split_column(task, split) for split in task.further_splits]
    columns = [Column("model"), *(Column(head, right=True) for head, _ in shown)]
    rows: list[list[Line]] = [[name(model), *(cell(model) for _, cell in shown)] for model in task.models]
    note = f" {task.comparison.budget.note}".rstrip()
    caption = ("Scores on ", task.info.task, f"{note}: mean over seeds with its 95 % interval.")
    return Titled(f"metrics-{task.slug}", caption, Table(columns, rows if len(shown) > 1 else []))


def _differences(comparison: Comparison, tasks: Sequence[TaskView]) -> Titled:
    heads = ("difference", "p", "detectable", "seeds")
    base = comparison.reference
    first = Column("paired" if base is None else "changed")
    columns = [*_task_column(tasks), first, *(Column(head, right=True) for head in heads), Column("decided")]
    rows = [[*_task_cell(tasks, task), *_pair(task, pair)] for task in tasks for pair in by_effect(task)]
    caption = (
        f"Differences {f'from {base} ' if base is not None else ''}in each task's primary metric, same seeds and same "
        "test examples, with 95 % intervals. p is "
        "adjusted for all pairs and tasks (Holm); a difference is decided where it is below 0.05. Detectable: what "
        "would have been found with 80 % power."
    )
    return Titled("differences", caption, Table(columns, rows), keys=len(columns) - len(heads) - 1)


def _pair(task: TaskView, pair: Pair) -> list[Line]:
    metric = task.metric(pair.metric)
    return [
        paired(task, pair),
        estimate(pair.difference, pair.low, pair.high, metric.decimals, sign=True),
        p_value(pair.p_holm),
        number(pair.minimum_detectable, metric.decimals),
        count(pair.seeds),
        Strong("yes") if pair.decided else "no",
    ]


def _data_sizes(task: TaskView) -> Titled:
    caption = ("Scores on ", task.info.task, f" by the number of training examples: {title(task.primary)}, mean over "
               "seeds with its 95 % interval.")  # fmt: skip
    table = by_size(task) if task.sizes else Table([], [])
    return Titled(f"data-{task.slug}", caption, table)


def _tuning(task: TaskView) -> Titled:
    caption = ("Tuning on ", task.info.task, ": the best of the same trials for every model, chosen on validation, and "
               "what all trials took.")  # fmt: skip
    keys = 2 if several_sizes(task) else 1
    return Titled(f"tuning-{task.slug}", caption, chosen(task) if task.tunings else Table([], []), keys=keys)


def _of_models(tasks: Sequence[TaskView], label: str, caption: str, shown: Sequence[_Shown]) -> Titled:
    """A row for each model and task, without columns that are empty."""
    models = [(task, model) for task in tasks for model in task.models]
    kept = [column for column in shown if any(known(column[1](model)) is not None for _, model in models)]
    columns = [*_task_column(tasks), Column("model"), *(Column(head, right=True) for head, *_ in kept)]
    rows: list[list[Line]] = [
        [*_task_cell(tasks, task), name(model), *(show(value(model)) for _, value, show in kept)]
        for task, model in models
    ]
    return Titled(label, caption, Table(columns, rows if kept else []), keys=len(columns) - len(kept))


def _task_column(tasks: Sequence[TaskView]) -> list[Column]:
    return [Column("task")] if len(tasks) > 1 else []


def _task_cell(tasks: Sequence[TaskView], task: TaskView) -> list[Line]:
    return [task.info.task] if len(tasks) > 1 else []
