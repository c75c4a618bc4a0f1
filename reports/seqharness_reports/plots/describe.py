"""What each figure shows, in words: its caption, and a text for those who do not see it."""

from __future__ import annotations

from ..quantities import estimate, known, number
from ..view import TaskView
from . import series


def scored(task: TaskView) -> bool:
    """Whether any model has a primary score."""
    scores = (task.score(model.model, task.primary.name) for model in task.models)
    return any(score is not None and known(score.mean) is not None for score in scores)


def scores(task: TaskView) -> tuple[str, str]:
    """Alternative text and caption of the figure of scores."""
    said = []
    for model in task.models:
        score = task.score(model.model, task.primary.name)
        mean = known(score.mean) if score else None
        if score is None or mean is None:
            said.append(f"{model.model} without a score")
        else:
            said.append(f"{model.model} {estimate(mean, score.low, score.high, task.primary.decimals)}")
    better = "higher" if task.primary.higher_is_better else "lower"
    alt = f"{task.primary.label} on the test split, {better} is better: {'; '.join(said)}."
    return alt, "Test scores: mean with 95 % interval; small circles are single seeds."


def has_curves(task: TaskView) -> bool:
    """Whether there is any curve to draw."""
    return bool(series.quantities(task))


def curves(task: TaskView) -> tuple[str, str]:
    """Alternative text and caption of the learning curves."""
    said = []
    for quantity, label in series.quantities(task).items():
        found = series.lines(task, quantity)
        ends = []
        for model in task.models:
            last = [line.y[-1] for line in found if line.model == model.model and line.counts]
            if last:
                ends.append(f"{model.model} ends at {number(sum(last) / len(last))}")
        said.append(f"{label}: {', '.join(ends) or 'no run succeeded'}")
    alt = f"Learning curves against training tokens. {'; '.join(said)}."
    note = task.comparison.budget.note
    caption = "Learning curves: single seeds thin, their mean thick, runs that did not succeed dotted"
    return alt, f"{caption}{f' ({note})' if note else ''}."


def sliced(task: TaskView, axis: str) -> bool:
    """Whether there is more than one value of an axis to draw."""
    return len(series.slices(task, axis).values) > 1


def slices(task: TaskView, axis: str) -> tuple[str, str]:
    """Alternative text and caption of the figure of one axis."""
    held = series.slices(task, axis)
    metric = task.metric(held.metric)
    said = [_range(held, model, metric.decimals) for model in held.models]
    title = task.axes[axis]
    caption = f"{metric.label} by {title}: mean with 95 % interval; n is the number of test examples."
    if held.left_out:
        caption += f" The {len(held.values)} largest groups of {len(held.values) + held.left_out}."
    return f"{metric.label} by {title}: {'; '.join(said)}.", caption


def _range(held: series.Slices, model: str, decimals: int) -> str:
    """transformer from 80.1 (1 to 5) to 60.2 (31 to 40)."""
    parts = [held.parts[model, value] for value in held.values if (model, value) in held.parts]
    if held.ordinal:
        first, last = parts[0], parts[-1]
        words = "from", "to"
    else:
        first, last = min(parts, key=lambda part: part.mean or 0), max(parts, key=lambda part: part.mean or 0)
        words = "between", "and"
    one, two = (f"{number(part.mean, decimals)} ({part.value})" for part in (first, last))
    return f"{model} {words[0]} {one} {words[1]} {two}"
