"""Words that follow the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from ..comparison import Pair
from ..specs import parse_name
from .randomisation import randomisation_p
from .statistics import Difference, difference_bounds, difference_of, holm, within
from .table import stack

if TYPE_CHECKING:
    from ..contracts import Metric
    from .results import SystemResults, TaskResults

LEVEL = 0.05
"""A difference is called where its Holm-adjusted p is below this."""


def pairs_of(results: Sequence[tuple[TaskResults, Metric]], note: str, reference: str | None = None) -> list[Pair]:
    """Every pair of compared models on each task's primary metric, Holm-adjusted over all of them.

    note: words that stand in every verdict ('at this budget'). reference: only pairs with this model, the other first.
    """
    drafts: list[tuple[TaskResults, Metric, SystemResults, SystemResults, Difference]] = []
    for result, metric in results:
        for a, b in _pairs(result.compared, reference):
            left, right = a.resampled(metric, result.main_split), b.resampled(metric, result.main_split)
            if left is not None and right is not None:
                drafts.append((result, metric, a, b, difference_of(left, right)))
    tested = [draft for draft in drafts if draft[4].p is not None]
    adjusted = dict(zip(map(id, tested), holm([draft[4].p or 0.0 for draft in tested]), strict=True))
    return [_pair(*draft, adjusted.get(id(draft)), note) for draft in drafts]


def _pairs(systems: Sequence[SystemResults], reference: str | None) -> list[tuple[SystemResults, SystemResults]]:
    if reference is None:
        return list(combinations(systems, 2))
    bases = [system for system in systems if system.model == reference]
    return [(system, base) for base in bases for system in systems if system is not base]


def _pair(
    result: TaskResults,
    metric: Metric,
    a: SystemResults,
    b: SystemResults,
    found: Difference,
    p_holm: float | None,
    note: str,
) -> Pair:
    seeds = min(len(a.done), len(b.done))
    decided = p_holm is not None and p_holm < LEVEL
    found = _within(found, metric)
    p_examples = _p_examples(metric, a, b, result.main_split) if found.p is None else None
    return Pair(
        task=result.task,
        metric=metric.name,
        a=a.model,
        b=b.model,
        difference=finite(found.difference),
        low=finite(found.low),
        high=finite(found.high),
        p=found.p,
        p_holm=p_holm,
        minimum_detectable=None if found.minimum_detectable is None else finite(found.minimum_detectable),
        seeds=seeds,
        decided=decided,
        verdict=_verdict(metric, (a.model, b.model), found, (p_holm, p_examples), seeds, note),
        p_examples=p_examples,
    )


def _within(found: Difference, metric: Metric) -> Difference:
    """The difference with an interval that holds no difference which cannot be."""
    low, high = within(found.low, found.high, difference_bounds(metric.bounds))
    return replace(found, low=low, high=high)


def _p_examples(metric: Metric, a: SystemResults, b: SystemResults, split: str) -> float | None:
    """Of one run of each: whether they differ on other examples."""
    if len(a.done) != 1 or len(b.done) != 1:
        return None
    left, right = (stack([system.done[0].tables[split]], metric)[0] for system in (a, b))
    return randomisation_p(left, right, metric)


def _verdict(
    metric: Metric,
    models: tuple[str, str],
    found: Difference,
    tests: tuple[float | None, float | None],
    seeds: int,
    note: str,
) -> str:
    """tests: p adjusted by Holm, and that of single runs over examples."""
    (a, b), (p_holm, p_examples) = models, tests
    at = f", {note}" if note else ""
    if finite(found.difference) is None:
        return f"{metric.label} of {a} and {b} cannot be compared: it is not defined for both{at}"
    ahead, behind, sign = (a, b, 1.0) if (found.difference > 0) == metric.higher_is_better else (b, a, -1.0)
    if not metric.higher_is_better:
        sign = -sign
    interval = sorted((sign * found.low, sign * found.high))
    by = f"{_number(metric, sign * found.difference)} {measure(metric)} {_interval(metric, interval)}"
    if p_holm is None:
        over = f" ({p_text(p_examples)} for these two runs, by approximate randomisation)" if p_examples else ""
        which = "a seed" if seeds < 2 else f"{seeds} seeds"
        return (
            f"no verdict on architectures from {'one seed' if seeds < 2 else which}: {ahead} and {behind} differ by "
            f"{by}, an interval over test examples only{over}{at}"
        )
    if p_holm < LEVEL:
        return f"{ahead} is ahead of {behind} by {by}, {p_text(p_holm)}, {_seeds(seeds)}{at}"
    nothing, detectable = _number(metric, 0.0), _number(metric, found.minimum_detectable or 0.0)
    if _number(metric, found.difference) == nothing and (not found.standard_error or detectable == nothing):
        return f"no difference seen between {a} and {b} ({by}), {_seeds(seeds)}{at}"
    start = f"not decisive between {a} and {b} ({by} for {ahead}, {p_text(p_holm)})"
    if not found.standard_error:
        return f"{start}: it is the same on every example, but there are too few of them, {_seeds(seeds)}{at}"
    return (
        f"{start}: a difference under {detectable} {measure(metric)} could not have been seen reliably with "
        f"{_seeds(seeds)}{at}"
    )


def headline_of(
    results: Sequence[tuple[TaskResults, Metric]], pairs: Sequence[Pair], note: str, reference: str | None = None
) -> str:
    """One sentence a task; the verdict itself where there is one pair only. reference: as for `pairs_of`."""
    sentences = []
    for result, metric in results:
        mine = [pair for pair in pairs if pair.task == result.task]
        where = f"On {result.task}: " if len(results) > 1 else ""
        if reference is not None:
            sentences.append(where + _changes(result, metric, mine, note, reference))
        elif len(mine) == 1:
            sentences.append(where + mine[0].verdict)
        else:
            sentences.append(where + _standing(result, metric, mine, note))
    return " ".join(_sentence(sentence) for sentence in sentences)


def _changes(result: TaskResults, metric: Metric, pairs: Sequence[Pair], note: str, reference: str) -> str:
    """Which changes made the base better or worse, the largest effects first."""
    base = next((system for system in result.compared if system.model == reference), None)
    found = base.resampled(metric, result.main_split) if base else None
    if found is None:
        return f"{reference} has no {metric.label} score: there is nothing to compare its changes with"
    told = {pair.a for pair in pairs}
    lost = [system.model for system in result.systems if not system.baseline and system.model not in {*told, reference}]
    if len(pairs) == 1 and not lost:
        return pairs[0].verdict
    ordered = sorted(pairs, key=lambda pair: -abs(pair.difference or 0.0))
    groups: dict[str, list[str]] = {"better with ": [], "worse with ": [], "not decided: ": [], "not tested: ": []}
    for pair in ordered:
        if pair.decided:
            group = "better with " if ((pair.difference or 0.0) > 0) == metric.higher_is_better else "worse with "
        else:
            group = "not tested: " if pair.p is None else "not decided: "
        groups[group].append(pair.a)
    groups["without a score: "] = lost
    unit = f" {metric.unit}" if metric.unit else ""
    at = f", {note}" if note else ""
    said = [words + listed([changed(name, reference) for name in names]) for words, names in groups.items() if names]
    start = f"{reference} ({metric.label} {_number(metric, found.mean)}{unit}{at}): "
    return start + ("; ".join(said) or "no change was run")


def changed(model: str, reference: str) -> str:
    """The options in which a model differs from the base: 'heads=8'; its whole name where it is another model."""
    one, base = parse_name(model), parse_name(reference)
    options = [f"{key}={value}" for key, value in one.options if (key, value) not in base.options]
    return ":".join(options) if one.name == base.name and options else model


def _standing(result: TaskResults, metric: Metric, pairs: Sequence[Pair], note: str) -> str:
    """The best model, and which others it is ahead of."""
    scored = [(system, system.resampled(metric, result.main_split)) for system in result.compared]
    ranked = sorted(
        (
            (system.model, found.mean)
            for system, found in scored
            if found is not None and finite(found.mean) is not None
        ),
        key=lambda entry: -entry[1] if metric.higher_is_better else entry[1],
    )
    at = f" {note}" if note else ""
    if all(system.baseline for system in result.systems):
        return "only baselines were run: there is nothing to compare"
    if not ranked:
        return f"no model has a {metric.label} score: every run failed or diverged"
    best, mean = ranked[0]
    unit = f" {metric.unit}" if metric.unit else ""
    text = f"{best} has the best {metric.label} ({_number(metric, mean)}{unit}){at}"
    decided = [
        name for name, _ in ranked[1:] if any({pair.a, pair.b} == {best, name} and pair.decided for pair in pairs)
    ]
    open_ones = [name for name, _ in ranked[1:] if name not in decided]
    if decided:
        text += f"; it is ahead of {listed(decided)}"
    if open_ones:
        text += f"; not decided against {listed(open_ones)}"
    return text


def listed(names: Sequence[str]) -> str:
    """'a'; 'a, b and c'."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _sentence(text: str) -> str:
    return text[:1] + text[1:].rstrip(".") + "."


def measure(metric: Metric) -> str:
    """What a difference in a metric is counted in: 'BLEU', 'percentage points of accuracy', 'nats of loss'."""
    if metric.unit == "%":
        return f"percentage points of {metric.label}"
    said = not metric.unit or metric.unit.split()[0] in metric.label.split()
    return metric.label if said else f"{metric.unit} of {metric.label}"


def _seeds(count: int) -> str:
    return "one seed" if count == 1 else f"{count} seeds"


def _number(metric: Metric, value: float) -> str:
    return f"{round(value, metric.decimals) + 0.0:.{metric.decimals}f}"


def _interval(metric: Metric, limits: Sequence[float]) -> str:
    return f"[{_number(metric, limits[0])}, {_number(metric, limits[1])}]"


def p_text(p: float) -> str:
    """'p = 0.03' or 'p < 0.001'."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def finite(value: float) -> float | None:
    """The number, or None where it is not one."""
    import math

    return float(value) if math.isfinite(value) else None
