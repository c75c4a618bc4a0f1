"""Names with options, and options checked."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, model_validator

from seqharness.errors import UserError
from seqharness.specs import Name, canonical, check_options, parse_name, parse_names


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    beam: int = Field(default=1, ge=1)


class Options(BaseModel):
    heads: int = Field(default=4, ge=1)
    dropout: float = Field(default=0.1, ge=0)
    tied: bool = True
    position: Literal["sinusoidal", "learned"] = "sinusoidal"
    path: str = ""
    inner: Inner = Inner()

    @model_validator(mode="after")
    def _not_both(self) -> Options:
        if self.path == "none" and self.tied:
            raise ValueError("Path none cannot be tied")
        return self


@pytest.mark.parametrize(
    ("text", "name", "options"),
    [
        ("lstm", "lstm", ()),
        ("  lstm ", "lstm", ()),
        ("transformer:position=rope:heads=4", "transformer", (("position", "rope"), ("heads", "4"))),
        ("translate:data=hf:name", "translate", (("data", "hf:name"),)),
        (r"translate:data=C:\corpus:pair=en-de", "translate", (("data", r"C:\corpus"), ("pair", "en-de"))),
        ("translate:data=/a=b/c", "translate", (("data", "/a=b/c"),)),
        ("x:max-length=3", "x", (("max_length", "3"),)),
        ("x:layers=", "x", (("layers", ""),)),
        ("gated-convolution.v2", "gated-convolution.v2", ()),
    ],
)
def test_a_colon_separates_only_where_a_key_follows(text: str, name: str, options: tuple[tuple[str, str], ...]) -> None:
    assert parse_name(text) == Name(name, options)


@pytest.mark.parametrize(
    "text", ["", " ", "4heads", "a b", "lstm:heads", "lstm::heads=1", "../x", "a\x1b[31m", "lstm\n:"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is not a name with options"):
        parse_name(text)


def test_an_option_is_given_once_however_it_is_spelt() -> None:
    with pytest.raises(UserError, match="gives the option 'max_length' twice"):
        parse_name("x:max-length=3:max_length=4")


@given(
    st.from_regex(r"\A[a-z][a-z0-9_.-]{0,8}\Z"),
    st.dictionaries(st.from_regex(r"\A[a-z][a-z0-9_]{0,5}\Z"), st.from_regex(r"\A[a-zA-Z0-9/._-]{0,8}\Z")),
)
def test_a_name_is_read_back_from_how_it_is_written(name: str, options: dict[str, str]) -> None:
    written = Name(name, tuple(options.items()))
    assert parse_name(str(written)) == written


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("lstm,transformer", ["lstm", "transformer"]),
        ("lstm, transformer:heads=4", ["lstm", "transformer:heads=4"]),
        ("lstm:layers=1,lstm:layers=2", ["lstm:layers=1", "lstm:layers=2"]),
        ("translate:data=/a,1.tsv,copy", ["translate:data=/a,1.tsv", "copy"]),
    ],
)
def test_a_comma_separates_only_where_a_name_follows(text: str, names: list[str]) -> None:
    assert [str(name) for name in parse_names(text)] == names


@pytest.mark.parametrize("text", ["", "  "])
def test_a_list_without_names_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="The list of names is empty"):
        parse_names(text)


def test_options_are_converted_from_text() -> None:
    options = check_options(Options, {"heads": "8", "dropout": "0.25", "tied": "off", "position": "learned"}, "model x")
    assert (options.heads, options.dropout, options.tied, options.position) == (8, 0.25, False, "learned")
    assert check_options(Options, {"tied": "on"}, "model x").tied is True


@pytest.mark.parametrize(
    ("given_options", "message"),
    [
        ({"haeds": "3"}, "model x has no option 'haeds'. Did you mean 'heads'?"),
        ({"zzz": "3"}, "model x has no option 'zzz'. There is: dropout, heads, inner, path, position, tied."),
        ({"heads": "x"}, "model x: heads=x: input should be a valid integer, unable to parse string as an integer."),
        ({"heads": "0"}, "model x: heads=0: input should be greater than or equal to 1."),
        ({"dropout": "inf"}, "model x: dropout=inf: input should be a finite number."),
        (
            {"position": "learnd"},
            "model x: position=learnd: input should be 'sinusoidal' or 'learned'. Did you mean 'learned'?",
        ),
        ({"path": "none"}, "model x: path none cannot be tied."),
        ({"inner": {"beam": 0}}, "model x: inner.beam=0: input should be greater than or equal to 1."),
        ({"inner": {"baem": 2}}, "model x: inner.baem=2: there is no such option."),
    ],
)
def test_a_wrong_option_is_told_with_where_it_stands(given_options: dict[str, object], message: str) -> None:
    with pytest.raises(UserError) as error:
        check_options(Options, given_options, "model x")
    assert str(error.value) == message


def test_not_a_number_is_refused_wherever_it_is_allowed_by_the_type() -> None:
    class Loose(BaseModel):
        values: tuple[float, ...] = ()
        more: dict[str, float] = {}

    with pytest.raises(UserError, match=r"values\.1=nan: input should be a finite number"):
        check_options(Loose, {"values": (1.0, float("nan"))}, "x")
    with pytest.raises(UserError, match=r"more\.a=-inf"):
        check_options(Loose, {"more": {"a": float("-inf")}}, "x")


def test_what_is_hashed_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical({"b": [1, 2.5], "a": "é"}) == '{"a":"é","b":[1,2.5]}'
    assert canonical({"a": "é", "b": [1, 2.5]}) == canonical({"b": [1, 2.5], "a": "é"})
    with pytest.raises(ValueError):
        canonical(float("nan"))
