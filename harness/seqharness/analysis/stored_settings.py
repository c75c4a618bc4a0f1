"""The settings of stored runs, and names that tell groups of runs of one model apart by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..specs import canonical

if TYPE_CHECKING:
    from ..comparison import Comparison
    from ..decoding.settings import Decoding
    from ..records import RunSpec
    from .stored import StoredRuns

SET_FIRST = (
    "pretraining", "batch_tokens", "precision", "patience", "validations", "recipe", "config", "options", "files",
    "data_hash", "device", "threads", "torch", "numerics", "model_origin", "model_source", "task_origin", "task_source",
)  # fmt: skip
"""Parts of a run's identity in the order in which groups are told apart by them; the rest comes after."""


def settings_of(spec: RunSpec, decoding: Decoding | None) -> dict[str, Any]:
    """All that a run was made with but its seed, name -> value: what users set first, what follows from it last.

    decoding: None where it has no part in the scores.
    """
    found: dict[str, Any] = {"examples": spec.train_examples}
    if spec.sizing is not None:
        found[spec.sizing.matched] = spec.sizing.target
    if spec.settings is not None:
        found["tokens"] = spec.tokens
    if decoding is not None:
        found |= decoding.model_dump(exclude={"precision"}) | {"decoding_precision": decoding.precision}
    identity = {key: value for key, value in spec.identity.items() if key not in ("seed", "train_examples")}
    for part in dict.fromkeys([*SET_FIRST, *identity]):
        for path, value in _leaves(part, identity.get(part)):
            name = path[-1] if path[-1] not in found else ".".join(path)
            found[name] = value
    return found


def _leaves(name: str, value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not isinstance(value, Mapping):
        yield (name,), value
        return
    for key, inner in value.items():
        for path, leaf in _leaves(str(key), inner):
            yield (name, *path), leaf


def names_beside_store(mine: Sequence[StoredRuns], others: Sequence[StoredRuns]) -> list[str]:
    """A name for each group of one model on one task, so that those of two stores with the same settings have the same.

    The model's own where neither store has more than one; else with the fewest settings, in brackets, that tell the
    groups of each store apart: `lstm [tokens=20000]`.
    """
    apart = _apart([mine, others])
    return [_named(group, apart) for group in mine]


def names_beside_report(mine: Sequence[StoredRuns], report: Comparison) -> list[str]:
    """The same where the other side is a report, which has a model once: the group of its runs, or else the one with
    its budget, size and training examples, has the plain name."""
    apart = _apart([mine])
    theirs = _of_report(mine, report)
    return [group.model if group is theirs else _named(group, apart) for group in mine]


def _of_report(groups: Sequence[StoredRuns], report: Comparison) -> StoredRuns | None:
    task, model = groups[0].spec.task, groups[0].model
    runs = [run for run in report.runs if (run.task, run.model) == (task, model) and run.role != "convergence"]
    keys = {run.evaluation_key for run in runs}
    shared = max(groups, key=lambda group: len(keys & group.evaluation_keys))
    if keys & shared.evaluation_keys:
        return shared
    asked = next(
        (
            (one.planned_tokens, one.target_parameters)
            for one in report.models
            if (one.task, one.model) == (task, model)
        ),
        None,
    )
    examples = {run.train_examples for run in runs}
    alike = [
        group for group in groups
        if (group.settings.get("tokens"), group.settings.get("parameters")) == asked
        and {group.settings["examples"]} == examples
    ]  # fmt: skip
    return alike[0] if len(alike) == 1 else None


def _apart(sides: Sequence[Sequence[StoredRuns]]) -> list[str]:
    """The settings, as few as are found one by one, that tell the groups of each side apart."""
    chosen: list[str] = []
    for name in dict.fromkeys(name for side in sides for group in side for name in group.settings):
        if any(_kinds(side, [*chosen, name]) > _kinds(side, chosen) for side in sides):
            chosen.append(name)
    return chosen


def _kinds(groups: Sequence[StoredRuns], names: Sequence[str]) -> int:
    return len({canonical([group.settings.get(name) for name in names]) for group in groups})


def _named(group: StoredRuns, apart: Sequence[str]) -> str:
    if not apart:
        return group.model
    settings = ", ".join(f"{name}={_text(name, group.settings.get(name))}" for name in apart)
    return f"{group.model} [{settings}]"


def _text(name: str, value: Any) -> str:
    """A value as users write it; hashes by their beginning."""
    if value is None:
        return "all" if name == "examples" else "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return value[:12] if len(value) == 64 else value
    return canonical(value)
