"""What changed between two comparisons: scores, whether by more than chance, models, tasks and settings.

A change of a score is the difference of two means that were measured one apart from the other, so that its variance is
the sum of theirs, each with its degrees of freedom, put together as Welch (1947) and Satterthwaite (1946) do:

    V = V_A + V_B,    df = V^2 / (V_A^2 / df_A + V_B^2 / df_B)

Where both were scored on the same examples, or share seeds, part of either error is common to both and cancels; how
much cannot be told from two reports, so that nothing is taken off: the test then calls fewer changes than it might,
never more. A report of before standard errors were stored has intervals only; of these the half width / 1.96 is taken,
which is not below the standard error, with unlimited degrees of freedom.

Tested are changes between means over several seeds. p is Holm-adjusted over the primary metrics of compared models,
which a regression is told by, and apart from these over all other scores.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from ..comparison import Comparison, MetricInfo, MetricName, Part, Score, SplitName, TaskName
from ..errors import UserError
from .changed_settings import SettingChange, changed_settings
from .statistics import holm
from .verdicts import LEVEL, listed, p_text

CHANGES_VERSION = 1
NORMAL, UNLIMITED = 1.959964, 1e9

Verdict = Literal["better", "worse", "not decided", "not tested", "same", "lost", "gained"]


class Side(Part):
    """One of the two comparisons."""

    name: str = Field(description="of the report, or of the store's folder")
    created: str = Field(description="ISO 8601, with the time zone; empty: a store")
    command: str = Field(description="does it again; empty: a store")


class ScoreChange(Part):
    """How a score of a model changed from A to B."""

    task: TaskName
    model: Annotated[
        str,
        Field(
            description="the model's full name with options; of a store with several groups of its runs also, in "
            "brackets, the settings that tell them apart"
        ),
    ]
    metric: MetricName
    split: SplitName
    primary: bool = Field(description="whether it is the task's primary metric on its main test split")
    baseline: bool = Field(description="whether the model is shown for reference: its changes are no regressions")
    info: MetricInfo = Field(description="the metric as A describes it")
    a: Score | None = Field(description="null where no run of A has a score")
    b: Score | None = Field(description="null where no run of B has a score")
    difference: float | None = Field(description="mean of B minus mean of A")
    low: float | None = Field(description="lower limit of the difference's 95 % interval")
    high: float | None = Field(description="upper limit of the difference's 95 % interval")
    p: float | None = Field(description="two-sided; null where a side has no interval over seeds")
    p_holm: float | None = Field(default=None, description="adjusted within primary, or within all other, scores")
    verdict: Verdict = Field(
        default="not tested",
        description="better, worse: p_holm is below 0.05; same: no run's score changed; lost, gained: only A, only B "
        "has a score",
    )


class Changes(Part):
    """What changed from A to B."""

    schema_version: int = Field(default=CHANGES_VERSION, description="of this document; rises as that of results.json")
    a: Side = Field(description="the first comparison")
    b: Side = Field(description="the second one")
    headline: str = Field(description="what happened to the primary metrics, in a sentence or two")
    regressions: list[str] = Field(description="a sentence for each primary metric that is worse or lost")
    scores: list[ScoreChange] = Field(description="primary metrics first within a task")
    only_a: list[str] = Field(description="tasks, and models on a task of both, that B does not have")
    only_b: list[str] = Field(description="those that A does not have")
    settings: list[SettingChange] = Field(description="what differs besides the scores")
    notes: list[str] = Field(description="what a reader must know: other data, same seeds, same runs")


def changes_between(a: Comparison, b: Comparison, notes: Sequence[str] = ()) -> Changes:
    """What changed from A to B. notes: more that a reader must know.

    UserError where no model stands on the same task in both.
    """
    of_b = set(_systems(b))
    systems = [system for system in _systems(a) if system in of_b]
    if not systems:
        raise UserError(
            f"{a.name!r} and {b.name!r} have nothing in common: no model is on the same task, with the same options, "
            f"in both.{_brackets(a)}{_brackets(b)}"
        )
    scores = _decided([change for task, model in systems for change in _scores(a, b, task, model)])
    order = {task.task: place for place, task in enumerate(a.tasks)}
    scores.sort(key=lambda change: (order.get(change.task, len(order)), not change.primary))
    return Changes(
        a=_side(a),
        b=_side(b),
        headline=_headline(scores),
        regressions=[
            _sentence(change) for change in scores if _matters(change) and change.verdict in {"worse", "lost"}
        ],
        scores=scores,
        only_a=_only(a, b),
        only_b=_only(b, a),
        settings=changed_settings(a, b),
        notes=[*_notes(a, b, list(dict.fromkeys(task for task, _ in systems))), *notes],
    )


def difference_between(a: Score, b: Score) -> tuple[float, float, float, float | None] | None:
    """Mean of B minus mean of A, the limits of its 95 % interval, and p; None where one is not defined.

    p is None where one of the two has no interval over seeds: there is no ground for a verdict then.
    """
    from scipy.special import stdtr, stdtrit

    errors = _error(a), _error(b)
    if a.mean is None or b.mean is None or errors[0] is None or errors[1] is None:
        return None
    difference = b.mean - a.mean
    variances = [(error**2, df) for error, df in (errors[0], errors[1])]
    error = math.sqrt(sum(variance for variance, _ in variances))
    tested = all(score.seeds > 1 and score.interval != "examples only" for score in (a, b))
    if error == 0:
        p = 1.0 if difference == 0 else 0.0
        return difference, difference, difference, p if tested else None
    df = error**4 / sum(variance**2 / df for variance, df in variances)
    half = float(stdtrit(df, 0.975)) * error
    p = 2 * float(stdtr(df, -abs(difference) / error))
    return difference, difference - half, difference + half, p if tested else None


def _error(score: Score) -> tuple[float, float] | None:
    """Standard error of a mean and its degrees of freedom, above 0."""
    if score.standard_error is not None and score.df:
        return score.standard_error, score.df
    if score.mean is None or score.low is None or score.high is None:
        return None
    return max(score.mean - score.low, score.high - score.mean) / NORMAL, UNLIMITED


# ------------------------------------------------------------------------------------------------- scores and verdicts


def _systems(comparison: Comparison) -> list[tuple[str, str]]:
    """(task, model) of all models that were to be run."""
    return [(model.task, model.model) for model in comparison.models if model.not_applicable is None]


def _scores(a: Comparison, b: Comparison, task: str, model: str) -> Iterator[ScoreChange]:
    """The scores of a model on a task, in A or B."""
    sides = [
        {(score.metric, score.split): score for score in side.scores if (score.task, score.model) == (task, model)}
        for side in (a, b)
    ]
    described = [one.metrics for side in (a, b) for one in side.tasks if one.task == task and one.metrics]
    infos = {info.name: info for metrics in reversed(described) for info in metrics}
    first = described[0][0].name if described else None
    main = _main_split([*a.scores, *b.scores], task)
    baseline = any(one.baseline for one in a.models if (one.task, one.model) == (task, model))
    for metric, split in dict.fromkeys([*sides[0], *sides[1]]):
        old, new = (side.get((metric, split)) for side in sides)
        difference, low, high, p = _difference(old, new)
        yield ScoreChange(
            task=task,
            model=model,
            metric=metric,
            split=split,
            primary=metric == first and split == main,
            baseline=baseline,
            info=infos.get(metric) or _plain(old or new, metric),
            a=old,
            b=new,
            difference=difference,
            low=low,
            high=high,
            p=p,
        )


def _difference(a: Score | None, b: Score | None) -> tuple[float | None, float | None, float | None, float | None]:
    """Difference, limits and p, as far as there are any. Scores that are the same in every run need no test."""
    if a is None or b is None or a.higher_is_better != b.higher_is_better:
        return None, None, None, None
    if _same(a, b):
        return 0.0, None, None, None
    return difference_between(a, b) or (None, None, None, None)


def _same(a: Score, b: Score) -> bool:
    return a.mean is not None and (a.mean, a.values, a.seeds_used) == (b.mean, b.values, b.seeds_used)


def _plain(score: Score | None, metric: str) -> MetricInfo:
    return MetricInfo(name=metric, label=metric, higher_is_better=score is None or score.higher_is_better)


def _main_split(scores: Sequence[Score], task: str) -> str:
    """The split that runs are judged by: `test`, or the first where there is none of that name."""
    splits = [score.split for score in scores if score.task == task]
    return "test" if "test" in splits or not splits else splits[0]


def _decided(changes: Sequence[ScoreChange]) -> list[ScoreChange]:
    """The changes with adjusted p and verdict."""
    adjusted: dict[int, float] = {}
    for primary in (True, False):
        tested = [change for change in changes if change.p is not None and _matters(change) is primary]
        adjusted |= dict(zip(map(id, tested), holm([change.p or 0.0 for change in tested]), strict=True))
    return [
        change.model_copy(update={"p_holm": adjusted.get(id(change)), "verdict": _verdict(change, adjusted)})
        for change in changes
    ]


def _matters(change: ScoreChange) -> bool:
    """Whether it is one that a regression is told by."""
    return change.primary and not change.baseline


def _verdict(change: ScoreChange, adjusted: dict[int, float]) -> Verdict:
    a, b = ((side if side and side.mean is not None else None) for side in (change.a, change.b))
    if a is None or b is None:
        return "lost" if a else "gained" if b else "not tested"
    if _same(a, b):
        return "same"
    p = adjusted.get(id(change))
    if p is None or change.difference is None:
        return "not tested"
    if p >= LEVEL:
        return "not decided"
    return "better" if (change.difference > 0) == a.higher_is_better else "worse"


# --------------------------------------------------------------------------------------------------------------- words


def _headline(scores: Sequence[ScoreChange]) -> str:
    mine = [change for change in scores if _matters(change)]
    told = [_sentence(change) for change in mine if change.verdict in {"worse", "better", "lost", "gained"}]
    rest = {
        "same": "exactly as in A",
        "not decided": "no change beyond chance",
        "not tested": "not tested, which takes two seeds or more on both sides",
    }
    for verdict, words in rest.items():
        found = [f"{change.model} on {change.task}" for change in mine if change.verdict == verdict]
        if found:
            told.append(f"{len(found)} of {len(mine)} primary scores: {words} ({listed(found)}).")
    return " ".join(told) or "No compared model has a primary score in both."


def _sentence(change: ScoreChange) -> str:
    what = f"{change.model} on {change.task}"
    if change.verdict == "lost":
        return f"{what} has lost its {change.info.label}: no run of B has a score."
    if change.verdict == "gained":
        return f"{what} has a {change.info.label} that A does not have."
    digits = change.info.decimals
    unit = f"percentage points of {change.info.label}" if change.info.unit == "%" else change.info.label
    size, limits = abs(change.difference or 0.0), sorted(map(abs, (change.low or 0.0, change.high or 0.0)))
    return (
        f"{what} is {change.verdict} by {size:.{digits}f} {unit} "
        f"[{limits[0]:.{digits}f}, {limits[1]:.{digits}f}], {p_text(change.p_holm or 0.0)}."
    )


def _side(comparison: Comparison) -> Side:
    return Side(name=comparison.name, created=comparison.created, command=comparison.command)


def _brackets(comparison: Comparison) -> str:
    """A sentence on the groups of a store that have no counterpart because there are several of one model."""
    of_store = not comparison.budget.name
    groups = [f"{model} on {task}" for task, model in _systems(comparison) if of_store and model.endswith("]")]
    return f" {comparison.name!r} has {listed(groups)}." if groups else ""


def _only(one: Comparison, other: Comparison) -> list[str]:
    """Tasks of one, and models on tasks of both, that the other does not have."""
    tasks = {task for task, _ in _systems(other)}
    missing = [task for task in dict.fromkeys(task for task, _ in _systems(one)) if task not in tasks]
    models = [f"{model} on {task}" for task, model in _systems(one)
              if task in tasks and (task, model) not in _systems(other)]  # fmt: skip
    return [f"task {task}" for task in missing] + models


def _notes(a: Comparison, b: Comparison, tasks: Sequence[str]) -> list[str]:
    """Whether data, seeds and runs are the same."""
    hashes = [{info.task: info.data_hash for info in side.tasks if info.data_hash} for side in (a, b)]
    same = [task for task in tasks if task in hashes[0] and hashes[0][task] == hashes[1].get(task)]
    other = [task for task in tasks if task not in same]
    found = []
    if same:
        found.append(f"The same data in both, so that intervals of changes are rather too wide: {listed(same)}.")
    if other:
        found.append(f"Not the same data, so that a change may come from them and not from a model: {listed(other)}.")
    found.append(f"{'The same' if a.seeds == b.seeds else 'Not the same'} seeds in both.")
    keys = [{run.evaluation_key for run in side.runs if run.evaluation_key and run.status == "done"} for side in (a, b)]
    if shared := len(keys[0] & keys[1]):
        found.append(f"{shared} of the {len(keys[0])} runs of A are also among the {len(keys[1])} runs of B.")
    return found
