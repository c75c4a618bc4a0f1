"""Differences between models: of their scores, and of how these change along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from seqharness.comparison import Pair, Trend

from ..document import Block, Bullets, Column, Details, Line, Paragraph, Strong, Table
from ..quantities import NO_BREAK, UNKNOWN, count, estimate, known, number, p_value, significant
from ..view import TaskView, unique

MOST_PAIRS = 10
"""Pairs that are all shown openly; of more, those of the best model are, and the others are to be opened."""

MOST_SENTENCES = 6

_Paired = TypeVar("_Paired", Pair, Trend)


def differences(task: TaskView) -> list[Block]:
    """A table of all pairs, or of the best model against the others and one of the rest; of an ablation one of the
    changes against its base."""
    if not task.pairs:
        return []
    if task.comparison.reference is not None:
        return [Paragraph(_caption(task)), _table(task, by_effect(task))]
    first, rest = _by_best(task, task.pairs)
    blocks: list[Block] = [Paragraph(_caption(task)), _table(task, first)]
    if rest:
        blocks.append(Details(f"Differences of the other {len(rest)} pairs", [_table(task, rest)]))
    return blocks


def by_effect(task: TaskView) -> Sequence[Pair]:
    """The pairs of an ablation with the largest difference first, those without one last; others as they stand."""
    if task.comparison.reference is None:
        return task.pairs
    return sorted(task.pairs, key=lambda pair: -abs(value) if (value := known(pair.difference)) is not None else 1.0)


def paired(task: TaskView, pair: Pair) -> str:
    """a − b; in an ablation a alone, since b is always the base."""
    return pair.a if pair.b == task.comparison.reference else f"{pair.a} − {pair.b}"


def _by_best(task: TaskView, pairs: Sequence[_Paired]) -> tuple[list[_Paired], list[_Paired]]:
    """Those shown openly, and those that are not: all and none where there are few."""
    if len({(pair.a, pair.b) for pair in pairs}) <= MOST_PAIRS:
        return list(pairs), []
    best = set(task.best)
    first = [pair for pair in pairs if {pair.a, pair.b} & best]
    return (first, [pair for pair in pairs if not {pair.a, pair.b} & best]) if first else (list(pairs), [])


def _table(task: TaskView, pairs: Sequence[Pair]) -> Table:
    tested, single, holm, detectable = _shown(task)
    titles = ["difference", *(["p"] if tested else []), *(["p, examples"] if single else [])]
    titles += ["p, Holm"] if holm else []
    titles += [*(["smallest detectable"] if detectable else []), "seeds"]
    first = "paired" if task.comparison.reference is None else "changed"
    columns = [Column(first), *(Column(text, right=True) for text in titles), Column("decided")]
    return Table(columns, [_pair(task, pair) for pair in pairs])


def _shown(task: TaskView) -> tuple[bool, bool, bool, bool]:
    """Whether there is a column for p, for that of single runs, for the adjusted p, and for what could have been
    seen."""
    return (
        any(pair.p is not None for pair in task.pairs),
        any(pair.p_examples is not None for pair in task.pairs),
        any(pair.p_holm is not None for pair in task.pairs) and len(task.comparison.pairs) > 1,
        any(pair.minimum_detectable is not None and not pair.decided for pair in task.pairs),
    )


def _caption(task: TaskView) -> str:
    better = "above" if task.primary.higher_is_better else "below"
    base, what = task.comparison.reference, f"same seeds and same test examples, with 95 % intervals; {better} 0"
    if base is None:
        caption = f"Differences in {task.primary.label}, {what} the first model is better."
    else:
        caption = f"Changes in {task.primary.label} from {base}, largest first, {what} the change is for the better."
    _, single, holm, _ = _shown(task)
    caption += " p, Holm: adjusted for all pairs and tasks of this report." if holm else ""
    if single:
        caption += " p, examples: of these single runs on other examples; it says nothing of the architectures."
    return caption


def _pair(task: TaskView, pair: Pair) -> list[Line]:
    metric = task.metric(pair.metric)
    tested, single, holm, detectable = _shown(task)
    cells: list[Line] = [
        paired(task, pair),
        estimate(pair.difference, pair.low, pair.high, metric.decimals, sign=True),
    ]
    if tested:
        cells.append(p_value(pair.p))
    if single:
        cells.append(p_value(pair.p_examples))
    if holm:
        cells.append(p_value(pair.p_holm))
    if detectable:
        cells.append(UNKNOWN if pair.decided else number(pair.minimum_detectable, metric.decimals))
    return [*cells, count(pair.seeds), Strong("yes") if pair.decided else "no"]


# ---------------------------------------------------------------------------------------------------- along an axis


def trends(task: TaskView) -> list[Block]:
    """Sentences where there are few, else a table of slopes."""
    base = task.comparison.reference
    found = [trend for trend in task.trends if base is None or base in (trend.a, trend.b)]
    if not found:
        return []
    caption = "How the gap between two models changes along an axis, on all its steps with enough test examples"
    if len(found) <= MOST_SENTENCES:
        return [Paragraph(f"{caption}:"), Bullets([trend.words for trend in found])]
    gains = "above" if task.primary.higher_is_better else "below"
    caption += (
        f": slope of the gap in {task.primary.label} for one unit of the axis, with its 95 % interval and p (not "
        f"adjusted for the number of tests); {gains} 0 the first model gains on the second."
    )
    first, rest = _by_best(task, found)
    blocks: list[Block] = [Paragraph(caption), _slopes(task, first)]
    if rest:
        pairs = len({(trend.a, trend.b) for trend in rest})
        blocks.append(Details(f"Slopes of the other {pairs} pairs", [_slopes(task, rest)]))
    return blocks


def _slopes(task: TaskView, found: Sequence[Trend]) -> Table:
    """Pairs by axes."""
    axes = unique(trend.axis for trend in found)
    by_place = {(trend.a, trend.b, trend.axis): trend for trend in found}
    columns = [Column("paired"), *(Column(task.axis_title(axis), right=True) for axis in axes)]
    rows: list[list[Line]] = [
        [f"{a} − {b}", *(_slope(by_place.get((a, b, axis))) for axis in axes)]
        for a, b in dict.fromkeys((trend.a, trend.b) for trend in found)
    ]
    return Table(columns, rows)


def _slope(trend: Trend | None) -> Line:
    if trend is None:
        return UNKNOWN
    limits = [significant(limit) for limit in (trend.low, trend.high)]
    interval = "" if UNKNOWN in limits else f" [{limits[0]},{NO_BREAK}{limits[1]}]"
    p = "" if trend.p is None else f", p {'' if trend.p < 0.001 else '= '}{p_value(trend.p)}"
    return f"{significant(trend.slope, sign=True)}{interval}{p}"
