"""What was held equal: judged among the models of each task, and said for every one of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from seqharness.analysis.equality import equal_rows
from seqharness.budget import PRESETS
from seqharness.comparison import EqualRow
from seqharness.comparison_spec import ComparisonSpec
from seqharness.contracts import Recipe


def system(task: str, model: str, *tokens: int, seconds: float = 10.0, width: int = 128, **recipe: Any) -> Any:
    """A model on a task whose runs saw these numbers of tokens. recipe: as it was planned; the model's own is plain."""
    own = Recipe(learning_rate=1e-3, reference_width=128)
    planned = SimpleNamespace(
        task=task,
        sizing=SimpleNamespace(deviation=0.0, parameters=1000),
        recipe=own.at_width(width).model_copy(update=recipe),
        config={"width": width, "dropout": 0.0},
        model=SimpleNamespace(architecture=SimpleNamespace(recipe=own)),
        pretrained_share=0.5,
    )
    trainings = [SimpleNamespace(tokens=one, seconds=seconds) for one in tokens]
    runs = [SimpleNamespace(training=one, spec=SimpleNamespace(tokens=1000)) for one in trainings]
    return SimpleNamespace(planned=planned, model=model, baseline=False, runs=runs)


def rows(*systems: Any, **options: Any) -> dict[str, EqualRow]:
    """The table by what it is about."""
    tasks = list(dict.fromkeys(one.planned.task for one in systems))
    plan: Any = SimpleNamespace(
        spec=ComparisonSpec(models=("lstm", "gru"), tasks=tuple(tasks), **options),
        budget=PRESETS["quick"],
        prepared={task: SimpleNamespace(data_hash="0123456789abcdef") for task in tasks},
        runs=[SimpleNamespace(settings=SimpleNamespace(patience=options.get("patience"), precision="float32"))],
        device="cpu",
    )
    results: Any = [SimpleNamespace(systems=[one for one in systems if one.planned.task == task]) for task in tasks]
    return {row.what: row for row in equal_rows(plan, results)}


def test_tokens_are_equal_among_the_models_of_a_task_and_may_differ_between_tasks() -> None:
    short, long = [system("parity", name, 500, 501) for name in "ab"], [system("lm", name, 9000) for name in "ab"]
    assert rows(*short, *long)["training"].equal
    assert rows(*short, *long)["training"].value.startswith("9,000 tokens at most, spread 0.20%")


def test_unequal_training_on_the_first_of_several_tasks_is_seen() -> None:
    first = [system("parity", "a", 500), system("parity", "b", 900)]
    found = rows(*first, *[system("lm", name, 500) for name in "ab"])["training"]
    assert not found.equal
    assert "spread 44.44%" in found.value


def test_unequal_time_on_the_first_of_several_tasks_is_seen_and_every_time_is_said() -> None:
    first = [system("parity", "a", 500, seconds=10), system("parity", "b", 500, seconds=20)]
    last = [system("lm", name, 500, seconds=3) for name in "ab"]
    found = rows(*first, *last, match_training="time")["training"]
    assert not found.equal
    assert found.value.startswith("a on parity: 10 s, b on parity: 20 s, a on lm: 3.0 s, b on lm: 3.0 s, spread 50.0%")
    assert rows(*last, match_training="time")["training"].value.startswith("a: 3.0 s, b: 3.0 s, spread 0.0%")


def test_a_rate_scaled_to_each_width_is_equal_and_said_for_every_task() -> None:
    short = [system("parity", name, 500, width=64) for name in "ab"]
    found = rows(*short, *[system("lm", name, 500) for name in "ab"])
    assert found["recipe: learning_rate"] == EqualRow(
        what="recipe: learning_rate", rule="the same for all models of a task", value="parity: 0.002, lm: 0.001"
    )
    wide = rows(system("parity", "a", 500, width=64), system("parity", "b", 500))["recipe: learning_rate"]
    assert (wide.rule, wide.value) == ("the same at one width, scaled by 1 / width", "a: 0.002, b: 0.001")
    assert wide.equal


def test_a_rate_of_its_own_is_not_equal_and_does_not_hide_behind_another_task() -> None:
    first = [system("parity", "a", 500), system("parity", "b", 500, learning_rate=5e-3)]
    found = rows(*first, *[system("lm", name, 500) for name in "ab"])["recipe: learning_rate"]
    assert not found.equal
    assert found.value == "a on parity: 0.001, b on parity: 0.005, a on lm: 0.001, b on lm: 0.001"


def test_one_model_a_task_has_nothing_that_is_unequal() -> None:
    alone = [system("parity", "a", 500), system("lm", "a", 9000)]
    assert rows(*alone, match_size="none")["size"].equal
    assert not rows(*alone, system("lm", "b", 9000), match_size="none")["size"].equal


def test_shares_of_the_budget_and_of_pretraining_name_model_and_task() -> None:
    both = [system("parity", "a", 500), system("lm", "a", 1000)]
    found = rows(*both, patience=2, pretrain="lm")
    assert found["early stopping"].value == "2 of 8; share of the budget used: a on parity: 50%, a on lm: 100%"
    assert found["pretraining"].value.endswith("a on parity: 50%, a on lm: 50%")
