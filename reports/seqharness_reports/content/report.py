"""The order of a report: verdict, scores, figures and measurements, detail, examples, what was held equal, how to do
it again."""

from __future__ import annotations

from seqharness.comparison import Comparison

from ..document import Block, Heading, Paragraph
from ..plots import figures_of
from ..view import TaskView, views
from .data_sizes import data_sizes
from .detail import detail, examples
from .measurements import measurements, picture
from .method import method
from .overview import overview
from .record import again, runs
from .scores import scores
from .tuning import tuning
from .verdict import further, verdict


def build(comparison: Comparison) -> list[Block]:
    """The whole report. Several tasks share one table of primary scores and have a section each."""
    tasks = views(comparison)
    several = len(tasks) > 1
    blocks = verdict(comparison, tasks)
    if several:
        blocks += overview(comparison, tasks)
    for task in tasks:
        if several:
            blocks += [Heading(2, ("Task ", task.info.task)), Paragraph(task.info.summary)]
            blocks += further(comparison, [pair.verdict for pair in task.pairs])
        blocks += _task(task, 3 if several else 2)
    return [*blocks, *method(comparison, tasks), *runs(tasks), *again(comparison, tasks)]


def _task(task: TaskView, level: int) -> list[Block]:
    blocks = [Heading(level, "Scores"), *scores(task)]
    parts = (
        ("Figures", [picture(figure) for figure in figures_of(task)]),
        ("Amount of training data", data_sizes(task)),
        ("Trials of the tuning", tuning(task)),
        ("Measurements", measurements(task)),
        ("Detail", detail(task)),
        ("Examples", examples(task)),
    )
    for title, part in parts:
        if part:
            blocks += [Heading(level, title), *part]
    return blocks
