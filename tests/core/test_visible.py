"""Text that acts is made to show."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqharness.visible import columns, isolated, shorten, visible

ANY_TEXT = st.text(st.characters(), max_size=40)  # surrogates as well: a file name may hold them


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("\x1b[31mred[/red]", "␛[31mred[/red]"),
        ("a\nb\r\nc\rd", "a⏎b⏎c⏎d"),
        ("tab\there\x00", "tab␉here␀"),
        ("\x7f", "␡"),
        ("\x9b2J", "\\u009b2J"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u2066b\u2069", "a\\u2066b\\u2069"),
        ("hid\u200bden", "hid\\u200bden"),
        ("line\u2028end\u2029", "line\\u2028end\\u2029"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("half \udc80", "half \\udc80"),
        ("déjà 日本 🙂", "déjà 日本 🙂"),
        ("نص عربي", "نص عربي"),
        ("क्\u200dष", "क्\u200dष"),
    ],
)
def test_what_acts_is_written_as_a_sign_or_its_number(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY_TEXT)
def test_what_is_shown_stands_on_one_line_and_can_be_written(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in shown)
    shown.encode("utf-8")


@given(ANY_TEXT)
def test_showing_twice_changes_nothing_more(text: str) -> None:
    assert visible(visible(text)) == visible(text)


def test_only_text_from_right_to_left_is_isolated() -> None:
    assert isolated("déjà vu") == "déjà vu"
    assert isolated("abc") == "abc"
    assert isolated("שלום 3") == "\u2068שלום 3\u2069"
    assert isolated("العدد") == "\u2068العدد\u2069"


@pytest.mark.parametrize(
    ("text", "length", "short"),
    [("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("abc def", 5, "abc…"), ("abc", 1, "…"), ("", 3, "")],
)
def test_a_long_text_is_cut_with_an_ellipsis(text: str, length: int, short: str) -> None:
    assert shorten(text, length) == short
    assert len(shorten(text, length)) <= length


@pytest.mark.parametrize(
    ("text", "wide"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("ｆ", 2), ("a\u200db", 2), ("", 0)]
)
def test_columns_are_those_of_a_terminal(text: str, wide: int) -> None:
    assert columns(text) == wide
