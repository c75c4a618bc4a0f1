"""Tables of scores: every figure with its interval, failures beside the mean, cost beside quality, differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seqharness.comparison import Comparison, MetricInfo, ModelInfo, Pair, Score

from ..document import Block, Bullets, Column, Emphasis, Heading, Line, Paragraph, Span, Strong, Table
from ..quantities import UNKNOWN, count, estimate, known, memory, number, p_value, rate, scaled, share
from ..view import TaskView, tally, unique

MOST_FAILURES = 10


def overview(comparison: Comparison, tasks: Sequence[TaskView]) -> list[Block]:
    """Models by tasks, primary metric only."""
    rows = unique(model.model for baseline in (False, True) for task in tasks
                  for model in task.models if model.baseline is baseline)  # fmt: skip
    columns = [Column("model"), *(Column(f"{task.info.task}: {title(task.primary)}", right=True) for task in tasks)]
    cells: list[list[Line]] = [[model, *(_primary(task, model) for task in tasks)] for model in rows]
    note = f" {comparison.budget.note}".rstrip()
    caption = f"Primary metric of each task on its test split{note}: mean over seeds with its 95 % interval."
    return [Heading(2, "All tasks"), Paragraph(caption), Table(columns, cells)]


def _primary(task: TaskView, model: str) -> str:
    if any(info.model == model for info in task.inapplicable):
        return "not applicable"
    text = figure(task.score(model, task.primary.name), task.primary)
    runs = task.runs_of(model)
    return text if all(run.status == "done" for run in runs) else f"{text}, {tally(runs)}"


def scores(task: TaskView) -> list[Block]:
    """Everything about the test split of one task in figures."""
    if not task.models:
        return [Paragraph("No model could be run on this task.")]
    blocks: list[Block] = [Paragraph(_caption(task)), _summary(task), *_failures(task)]
    if len(task.metrics) > 1 or any(model.limit_share is not None for model in task.models):
        blocks += [Paragraph("Further figures of the same outputs:"), _further(task)]
    return [*blocks, *_differences(task)]


def title(metric: MetricInfo) -> str:
    """BLEU ↑: the arrow says which way is better."""
    unit = f" ({metric.unit})" if metric.unit else ""
    return f"{metric.label}{unit} {'↑' if metric.higher_is_better else '↓'}"


def figure(score: Score | None, metric: MetricInfo) -> str:
    """73.1 [71.0, 75.2], or a dash."""
    return UNKNOWN if score is None else estimate(score.mean, score.low, score.high, metric.decimals)


def name(model: ModelInfo) -> Line:
    """A model in a table, baselines marked."""
    return (model.model, " ", Emphasis("(baseline)")) if model.baseline else model.model


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
    return (*start, f"mean over seeds{tail} ↑ higher is better, ↓ lower is better.")


def _summary(task: TaskView) -> Table:
    note = task.comparison.budget.note
    primary = title(task.primary) + (f", {note}" if 0 < len(note) <= 24 else "")
    costs = [cost for cost in _COSTS if cost.always or any(cost.value(model) is not None for model in task.models)]
    columns = [Column("model"), Column(primary, right=True), Column("runs", right=True)]
    columns += [Column(cost.title, right=True) for cost in costs]
    rows: list[list[Line]] = []
    for model in task.models:
        runs = task.runs_of(model.model)
        cells: list[Line] = [figure(task.score(model.model, task.primary.name), task.primary)]
        rows.append([name(model), *cells, tally(runs) if runs else UNKNOWN, *(cost.cell(model) for cost in costs)])
    return Table(columns, rows)


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
    limits = any(model.limit_share is not None for model in task.models)
    columns = [Column("model"), *(Column(title(metric), right=True) for metric in task.metrics[1:])]
    if limits:
        columns.append(Column("outputs at length limit", right=True))
    rows: list[list[Line]] = []
    for model in task.models:
        cells: list[Line] = [figure(task.score(model.model, metric.name), metric) for metric in task.metrics[1:]]
        rows.append([name(model), *cells, *([share(model.limit_share)] if limits else [])])
    return Table(columns, rows)


def _differences(task: TaskView) -> list[Block]:
    if not task.pairs:
        return []
    holm = any(pair.p_holm is not None for pair in task.pairs) and len(task.comparison.pairs) > 1
    detectable = any(pair.minimum_detectable is not None and not pair.decided for pair in task.pairs)
    tested = any(pair.p is not None for pair in task.pairs)
    titles = ["difference", *(["p"] if tested else []), *(["p, Holm"] if holm else [])]
    titles += [*(["smallest detectable"] if detectable else []), "seeds"]
    columns = [Column("paired"), *(Column(text, right=True) for text in titles), Column("decided")]
    rows = [_pair(task, pair, tested, holm, detectable) for pair in task.pairs]
    return [Paragraph(_difference_caption(task, holm)), Table(columns, rows)]


def _difference_caption(task: TaskView, holm: bool) -> str:
    better = "above" if task.primary.higher_is_better else "below"
    caption = (
        f"Differences in {task.primary.label}, same seeds and same test examples, with 95 % intervals; "
        f"{better} 0 the first model is better."
    )
    adjusted = " p, Holm: adjusted for all pairs and tasks of this report." if holm else ""
    return caption + adjusted


def _pair(task: TaskView, pair: Pair, tested: bool, holm: bool, detectable: bool) -> list[Line]:
    metric = task.metric(pair.metric)
    cells: list[Line] = [
        f"{pair.a} − {pair.b}",
        estimate(pair.difference, pair.low, pair.high, metric.decimals, sign=True),
    ]
    if tested:
        cells.append(p_value(pair.p))
    if holm:
        cells.append(p_value(pair.p_holm))
    if detectable:
        cells.append(UNKNOWN if pair.decided else number(pair.minimum_detectable, metric.decimals))
    return [*cells, count(pair.seeds), Strong("yes") if pair.decided else "no"]
