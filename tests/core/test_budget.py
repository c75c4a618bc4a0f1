"""Budgets and counts."""

from __future__ import annotations

import pytest

from seqharness.budget import PRESETS, Budget, parse_budget, parse_count
from seqharness.errors import UserError


@pytest.mark.parametrize(
    ("text", "count"),
    [("1", 1), ("500k", 500_000), ("1.1M", 1_100_000), ("2 m", 2_000_000), ("0.5g", 500_000_000), (" 7 ", 7)],
)
def test_counts_take_a_factor(text: str, count: int) -> None:
    assert parse_count(text, "--params") == count


@pytest.mark.parametrize("text", ["", "0", "0.4", "-3", "+3", "1e6", "1,000", "k", "5kk", "nan", "inf", "٣", "9" * 400])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(UserError) as error:
        parse_count(text, "--params")
    assert str(error.value).startswith(f"--params {text!r} is not a positive number")


def test_presets_go_by_name_and_grow() -> None:
    assert [parse_budget(name) for name in ("quick", "standard", "full")] == list(PRESETS.values())
    sizes = [(budget.tokens or 0, budget.parameters, budget.batch_tokens) for budget in PRESETS.values()]
    assert sizes == sorted(sizes)
    assert parse_budget(" quick ") is PRESETS["quick"]


@pytest.mark.parametrize(
    ("text", "tokens", "like"),
    [
        ("2k", 2_000, "quick"),
        ("999k", 999_000, "quick"),
        ("1M", 1_000_000, "quick"),
        ("8M", 8_000_000, "standard"),
        ("39.9M", 39_900_000, "standard"),
        ("1G", 1_000_000_000, "full"),
    ],
)
def test_tokens_take_size_and_batch_of_the_largest_preset_they_reach(text: str, tokens: int, like: str) -> None:
    preset = PRESETS[like]
    assert parse_budget(text) == Budget(text, tokens, preset.parameters, preset.batch_tokens)
    assert parse_budget(text).resolve(epoch_tokens=123) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"), [("3epochs", 300), ("1 epoch", 100), ("0.5epochs", 50), ("0.001epochs", 1)]
)
def test_epochs_become_tokens_of_the_training_split(text: str, tokens: int) -> None:
    budget = parse_budget(text)
    assert (budget.name, budget.tokens) == (text, None)
    assert budget.resolve(epoch_tokens=100) == tokens


@pytest.mark.parametrize("text", ["foo", "", "0epochs", "-1epochs", "3 epoch s", "2Mx", "9" * 400 + "epochs"])
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is neither quick, standard or full, nor a number of tokens"):
        parse_budget(text)


def test_a_misspelt_preset_suggests_the_nearest() -> None:
    with pytest.raises(UserError, match="Did you mean 'standard'"):
        parse_budget("standart")


def test_only_the_quick_budget_must_be_named_beside_every_verdict() -> None:
    assert {name: budget.note for name, budget in PRESETS.items()} == {
        "quick": "at this budget",
        "standard": "",
        "full": "",
    }
