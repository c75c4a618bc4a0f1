"""The two sides of `harness diff`, each a report's comparison or what a store holds."""

from __future__ import annotations

from collections.abc import Sequence

from ..comparison import Comparison
from ..registry import Catalogue
from .changes import Changes, changes_between
from .stored import StoredContent, StoredRuns
from .stored_comparison import StoredComparison
from .stored_settings import names_beside_report, names_beside_store

Side = Comparison | StoredContent


def changes_of(a: Side, b: Side, catalogue: Catalogue) -> Changes:
    """What changed from A to B. UserError where they have nothing in common, or a store cannot be read."""
    systems = _systems(a, b), _systems(b, a)
    shared = set(systems[0]) & set(systems[1])
    notes: list[str] = []
    sides = []
    for letter, side, mine in zip("AB", (a, b), systems, strict=True):
        if isinstance(side, StoredContent):
            stored = StoredComparison(side, [name for _, name in mine], shared, catalogue)
            sides.append(stored.build())
            left_out = [*side.left_out, *stored.left_out]
            notes += [f"Left out of {letter}: {'; '.join(left_out)}."] if left_out else []
        else:
            sides.append(side)
    if any(_in_brackets(side, mine) for side, mine in zip((a, b), systems, strict=True)):
        notes.append(
            "In brackets stands what tells several groups of runs of one model apart; equal names are compared."
        )
    return changes_between(sides[0], sides[1], notes)


def _systems(side: Side, other: Side) -> list[tuple[str, str]]:
    """(task, name) of each model of a report, or of each group of a store, in order."""
    if isinstance(side, Comparison):
        return [(model.task, model.model) for model in side.models if model.not_applicable is None]
    names: dict[int, str] = {}
    for task, model in dict.fromkeys((group.spec.task, group.model) for group in side.groups):
        mine = _of(side.groups, task, model)
        if isinstance(other, Comparison):
            given = names_beside_report(mine, other)
        else:
            given = names_beside_store(mine, _of(other.groups, task, model))
        names |= {id(group): name for group, name in zip(mine, given, strict=True)}
    return [(group.spec.task, names[id(group)]) for group in side.groups]


def _in_brackets(side: Side, systems: Sequence[tuple[str, str]]) -> bool:
    return isinstance(side, StoredContent) and any(
        name != group.model for group, (_, name) in zip(side.groups, systems, strict=True)
    )


def _of(groups: Sequence[StoredRuns], task: str, model: str) -> list[StoredRuns]:
    return [group for group in groups if (group.spec.task, group.model) == (task, model)]
