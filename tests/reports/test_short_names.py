"""Names that are cut stay different, and say what is different."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqharness.visible import shorten
from seqharness_reports.plots.style import short
from seqharness_reports.short_names import short_names

BASE = "transformer:layers=2"


def test_variants_lose_the_options_that_all_of_them_have() -> None:
    names = [BASE, f"{BASE}:position=rope", f"{BASE}:position=none", f"{BASE}:heads=8", "lstm"]
    assert short(names, 26) == {
        BASE: BASE,
        f"{BASE}:position=rope": "transformer…:position=rope",
        f"{BASE}:position=none": "transformer…:position=none",
        f"{BASE}:heads=8": "transformer…:heads=8",
        "lstm": "lstm",
    }


def test_names_that_fit_stay_whole() -> None:
    names = ["transformer:heads=8", "transformer:heads=4", "ends with…"]
    assert short(names, 26) == {name: name for name in names}


def test_names_without_options_of_their_own_lose_their_middle() -> None:
    names = [f"{'x' * 200}{end}" for end in "ab"]
    assert list(short(names, 20).values()) == [f"{'x' * 9}…{'x' * 8}{end}" for end in "ab"]


def test_names_that_differ_in_the_middle_alone_are_numbered() -> None:
    names = [f"{'x' * 200}{middle}{'x' * 200}" for middle in "ab"]
    assert [name[:3] for name in short(names, 20).values()] == ["1…x", "2…x"]


@given(st.lists(st.text(min_size=1, max_size=60), unique=True, max_size=8), st.sampled_from([12, 26, 34]))
def test_different_names_look_different(names: list[str], length: int) -> None:
    found = short_names(names, partial(shorten, length=length))
    assert list(found) == names
    assert len(set(found.values())) == len(names)
    assert all(len(name) <= length for name in found.values())


@pytest.mark.parametrize("length", [24, 26, 34])
def test_hostile_names_are_cut_as_text_is(length: int) -> None:
    names = ["\x1b[31m" + "r" * 300, "שלום" * 60, "a\u0301\u0301\u0301\u0301" * 50]
    assert len(set(short(names, length).values())) == len(names)
    assert "\x1b" not in "".join(short(names, length).values())
