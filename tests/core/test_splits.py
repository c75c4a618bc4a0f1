"""Parts split off by a hash of the example."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqharness.contracts import Example
from seqharness.data.splits import SHARES, Share, split_missing, split_note, split_off
from seqharness.errors import UserError

keys = st.lists(st.text(max_size=4), min_size=8, max_size=60).filter(lambda found: len(set(found)) >= 8)


@given(keys)
def test_every_example_has_one_place_and_equal_keys_stay_together(found: list[str]) -> None:
    split = split_off(found, ["validation", "test"])
    assert list(split) == ["train", "validation", "test"]
    assert sorted(index for rows in split.values() for index in rows) == list(range(len(found)))
    parts = [{found[index] for index in rows} for rows in split.values()]
    assert all(parts)
    assert sum(map(len, parts)) == len(set(found))
    assert all(rows == sorted(rows) for rows in split.values())


@given(keys, st.randoms())
def test_the_order_does_not_matter(found: list[str], random: object) -> None:
    other = sorted(found, reverse=True)
    first, second = split_off(found, ["test"]), split_off(other, ["test"])
    assert {found[index] for index in first["test"]} == {other[index] for index in second["test"]}


def test_the_same_everywhere() -> None:
    split = split_off([f"sentence {number}" for number in range(40)], ["validation", "test"])
    assert split["test"] == [6, 10, 14, 17]
    assert split["validation"] == [13, 39]


def test_how_much() -> None:
    assert [Share(0.1, 2000).of(count) for count in (3, 100, 1_000_000)] == [1, 10, 2000]
    split = split_off([str(number) for number in range(1000)], list(SHARES))
    assert {part: len(rows) for part, rows in split.items()} == {"train": 850, "test": 100, "validation": 50}


def test_too_few() -> None:
    with pytest.raises(UserError, match="2 distinct examples are too few to split off validation and test"):
        split_off(["a", "b", "a", "b"], ["validation", "test"])


def test_the_note_says_so() -> None:
    assert split_note("test", 100, 1000, "source").startswith("test: 100 of 1,000 training examples (10.0 %)")


def test_parts_that_are_not_there_are_split_off_with_notes() -> None:
    examples = [Example(f"text {number}", "x") for number in range(100)]
    made, notes = split_missing({"train": examples, "test": examples[:3]}, lambda example: example.input, "text")
    assert list(made) == ["train", "validation", "test"]
    assert made["test"] == examples[:3]
    assert sorted(made["train"] + made["validation"], key=examples.index) == examples
    assert [note.split(",")[0] for note in notes] == ["validation: 5 of 100 training examples (5.0 %)"]
    whole = {"train": examples, "validation": examples[:1], "test": examples[:3]}
    assert split_missing(whole, lambda example: example.input, "text") == (whole, ())
