"""What each figure shows, in words: its caption, and a text for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence

from seqharness.comparison import Ranking

from ..confusions import MOST_BESIDE, most_confused
from ..measured import Alignment, Frame, Measured
from ..quantities import count, estimate, known, number, share, significant
from ..view import TaskView, unique
from . import fronts, series
from .tried import drawn, several_sizes

MOST_SAID = 6
"""Lines of a figure that its alternative text tells of, which a terminal prints in full."""


def _listed(said: Sequence[str]) -> str:
    left = len(said) - MOST_SAID
    return "; ".join([*said[:MOST_SAID], *([f"and {left} more"] if left > 0 else [])])


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
    alt = f"{task.primary.label} on the split {task.main_split}, {better} is better: {_listed(said)}."
    caption = "Test scores: mean with 95 % interval; small circles are single seeds."
    return alt, caption


def pareto(task: TaskView) -> tuple[str, str]:
    """Alternative text and caption of quality against cost."""
    found = fronts.panels(task)
    said = []
    for panel in found:
        points = {point.model: point for point in panel.points}
        front = [
            f"{model} {number(points[model].mean, task.primary.decimals)} at {panel.cost.show(points[model].x)}"
            for model in panel.front
        ]
        said.append(f"{panel.cost.title}: {', '.join(front)}")
    better = "higher" if task.primary.higher_is_better else "lower"
    alt = f"{task.primary.label} against cost, {better} is better. The Pareto front by {_listed(said)}."
    held: dict[tuple[str, ...], list[str]] = {}
    for panel in found:
        held.setdefault(tuple(panel.front), []).append(panel.cost.title)
    on_front = "; ".join(f"{', '.join(models)} ({', '.join(costs)})" for models, costs in held.items())
    caption = (
        f"{task.primary.label} against cost: mean with 95 % interval. Filled or joined by a line: the Pareto front, "
        f"by means (models than which none is as cheap and better). On it: {on_front}."
    )
    equal = fronts.equal_costs(task)
    caption += f" Not drawn, since equal for all: {', '.join(equal)}." if equal else ""
    missing = [f"{', '.join(panel.missing)} ({panel.cost.title})" for panel in found if panel.missing]
    return alt, caption + (f" Not counted: {'; '.join(missing)}." if missing else "")


def ranking(found: Ranking) -> tuple[str, str]:
    """Alternative text and caption of the ranking over tasks."""
    said = _listed([f"{one.model} {one.mean_rank:.2f}" for one in found.models])
    groups = "; ".join(", ".join(group) for group in found.groups)
    alt = f"Mean ranks over {len(found.tasks)} tasks, 1 being the best: {said}. Not told apart: {groups or 'none'}."
    return alt, (
        f"Mean ranks over {len(found.tasks)} tasks. A bar joins models that are not told apart; the critical "
        "difference is how far apart mean ranks must lie (Friedman's and Nemenyi's tests, Demšar 2006)."
    )


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


def confusions(task: TaskView) -> tuple[str, str]:
    """Alternative text and caption of the confusion matrices."""
    said = []
    for one in task.confusions[:MOST_BESIDE]:
        found = most_confused(one)
        said.append(f"{one.model} never" if found is None else
                    f"{one.model} most often {found[0]} as {found[1]}, {share(found[2])}")  # fmt: skip
    caption = (
        f"Confusion on the split {task.main_split}: of the examples of each reference (rows), how many per cent were "
        "given each output (columns), mean over seeds."
    )
    left = len(task.confusions) - MOST_BESIDE
    if left > 0:
        caption += f" Those of {left} more models are in results.json."
    return f"What is taken for what: {'; '.join(said)}.", caption


def has_norms(task: TaskView) -> bool:
    """Whether there is a norm of a gradient to draw."""
    return bool(series.norms(task))


def norms(task: TaskView) -> tuple[str, str]:
    """Alternative text and caption of the norms of the gradient."""
    found, said = series.norms(task), []
    for model in task.models:
        values = sorted(y for line in found if line.model == model.model and line.counts for y in line.y)
        if values:
            middle, most = significant(values[len(values) // 2]), significant(values[-1])
            said.append(f"{model.model} {middle} in the middle and {most} at most")
    alt = f"Norm of the gradient before clipping against training tokens: {_listed(said) or 'no run succeeded'}."
    clips = {known(model.recipe.get("clip")) for model in task.models if model.recipe}
    clip = next(iter(clips)) if len(clips) == 1 else None
    tail = "" if clip is None else f" Clipped to {clip:g}." if clip else " Not clipped."
    return alt, f"Norm of the gradient before clipping: single seeds thin, their geometric mean thick.{tail}"


def sliced(task: TaskView, axis: str) -> bool:
    """Whether there is more than one value of an axis to draw."""
    held = series.slices(task, axis)
    return len(held.x if isinstance(held, series.Along) else held.values) > 1


def slices(task: TaskView, axis: str) -> tuple[str, str]:
    """Alternative text and caption of the figure of one axis."""
    held = series.slices(task, axis)
    metric = task.metric(held.metric)
    start = f"{metric.label} by {task.axes[axis]}"
    if isinstance(held, series.Along):
        said = [_from_to(task, held, *key) for key in held.lines]
        return f"{start}: {_listed(said)}.", f"{start}: {_along(task, held)}"
    caption = f"{start}: mean with 95 % interval; n is the number of test examples."
    if held.left_out:
        caption += f" The {len(held.values)} largest groups of {len(held.values) + held.left_out}."
    others = unique(part.split for part in task.slices if part.axis == axis and part.split != task.main_split)
    if others:
        caption += f" On the split {task.main_split} alone; those on {', '.join(others)} are in the table below."
    return f"{start}: {_listed([_range(held, model, metric.decimals) for model in held.models])}.", caption


def _along(task: TaskView, held: series.Along) -> str:
    """What the lines of a figure along an axis are."""
    metric = task.metric(held.metric)
    fewest, most = (limit(part.n for part in held.parts) for limit in (min, max))
    examples = count(fewest) if fewest == most else f"{count(fewest)} to {count(most)}"
    said = f"mean with 95 % interval, {examples} test examples a point."
    if held.boundaries:
        trained = ", which is as in training," if held.splits == [task.main_split, "beyond"] else ""
        said += f" The line parts {f'{trained} from '.join(held.splits)}."
    if metric.solved is not None:
        least = f"{metric.solved:g}{f' {metric.unit}' if metric.unit else ''}"
        said += f" Dotted: {least}, from which on a run has solved the task."
    return said


def _from_to(task: TaskView, held: series.Along, model: str, split: str) -> str:
    """lstm from 99.8 (1) to 52.0 (200)."""
    line, decimals = held.lines[model, split], task.metric(held.metric).decimals
    one, two = (f"{number(part.mean, decimals)} ({part.value})" for part in (line[0], line[-1]))
    return f"{model}{f' on {split}' if split else ''} from {one} to {two}"


def _range(held: series.Kinds, model: str, decimals: int) -> str:
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


def frame(measured: Measured, drawn: Frame) -> tuple[str, str]:
    """Alternative text and caption of a measurement's lines."""
    said = []
    for curve in drawn.curves:
        ends = [(x, y) for x, y in zip(curve.x, curve.mean, strict=True) if y is not None]
        one, two = (f"{significant(y)} (at {significant(x)})" for x, y in (ends[0], ends[-1]))
        label = f" {curve.label}" if len(drawn.labels) > 1 else ""
        said.append(f"{curve.model}{label} from {one} to {two}")
    title = drawn.about.title.rstrip(".") or measured.name
    mean = "geometric mean" if drawn.about.log_y else "mean"
    seeds = max(curve.seeds for curve in drawn.curves)
    tail = f": {mean} over {seeds} seeds, in a band from the lowest to the highest" if seeds > 1 else ", one seed"
    tail += f"; {drawn.left_out} more lines of each model are not drawn" if drawn.left_out else ""
    return f"{title}: {_listed(said)}.", f"{title}{tail}."


def maps(measured: Measured, alignment: Alignment) -> tuple[str, str]:
    """Alternative text and caption of the maps of one sentence."""
    said = []
    for model, one in alignment.maps.items():
        sharpness = sum(map(max, one.values)) / len(one.values)
        said.append(f"{model}, {one.title} (largest weight of a row, mean: {number(sharpness)})")
    caption = f"{measured.name}: rows are what a model wrote, columns what it read; the darker, the larger the weight."
    if alignment.left_out:
        caption += f" {alignment.left_out} more models have such a map."
    return f"Weights over {len(alignment.columns)} tokens: {'; '.join(said)}.", caption


def data_sizes(task: TaskView) -> tuple[str, str]:
    """Alternative text and caption of the scores over the amount of training data."""
    said = []
    for model in unique(one.model for one in task.sizes):
        own = [one for one in task.sizes if one.model == model and known(one.mean) is not None]
        ends = [f"{number(one.mean, task.primary.decimals)} ({count(one.examples)})" for one in own]
        if ends:
            said.append(f"{model} {f'from {ends[0]} to {ends[-1]}' if len(ends) > 1 else ends[0]}")
    alt = f"{task.primary.label} over the number of training examples: {_listed(said)}."
    return alt, "Scores over the amount of training data: mean with 95 % interval; small circles are single seeds."


def tuning(task: TaskView) -> tuple[str, str]:
    """Alternative text and caption of a tuning."""
    found = drawn(task)
    said = [
        f"{one.model} {number(best.validation, task.primary.decimals)} at {significant(best.learning_rate)}"
        for one in found
        if one.chosen is not None and (best := one.trials[one.chosen])
    ]
    alt = f"{task.primary.label} on validation over the learning rate tried; best: {_listed(said)}."
    better = "rises" if task.primary.higher_is_better else "falls"
    size = found[0].train_examples
    at = f" with {count(size)} training examples" if size is not None and several_sizes(task) else ""
    caption = (
        f"Tuning{at}: left every trial, those joined that vary the learning rate alone, the chosen one ringed; right "
        f"the score to be expected of the best of n such trials (Dodge et al. 2019). Where it still {better} at the "
        "end, more trials would have helped."
    )
    return alt, caption
