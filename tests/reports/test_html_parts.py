"""What report.html is made of: keys to sort by, drawings, colours."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import seqharness_reports.html
from seqharness.comparison import Comparison
from seqharness_reports.html.drawing import inline
from seqharness_reports.html.sorting import key
from seqharness_reports.plots import figures
from seqharness_reports.plots.save import contents
from seqharness_reports.quantities import count, duration, estimate, memory, number, rate, scaled, share, significant

STYLE = Path(seqharness_reports.html.__file__).with_name("style.css").read_text(encoding="utf-8")

# --------------------------------------------------------------------------------------------------- keys to sort by

WRITTEN: dict[str, Callable[[float], str]] = {
    "number": lambda value: number(value, 2), "significant": significant, "scaled": scaled, "rate": rate,
    "count": count, "memory": memory, "duration": duration, "share": lambda value: share(value / 1e9),
    "estimate": lambda value: estimate(value, value - 1, value + 1, 1, sign=True),
}  # fmt: skip


@pytest.mark.parametrize("form", WRITTEN)
@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_what_is_larger_has_a_larger_key(form: str, one: float, two: float) -> None:
    low, high = (key(WRITTEN[form](value)) for value in sorted((one, two)))
    assert low is not None
    assert high is not None
    assert low <= high


@pytest.mark.parametrize("form", ["number", "significant", "scaled", "estimate"])
@given(st.floats(-1e9, 1e9))
def test_a_key_is_what_the_figure_says(form: str, value: float) -> None:
    assert key(WRITTEN[form](value)) == pytest.approx(value, rel=0.006, abs=0.06)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("73.1 [71.0, 75.2]", 73.1), ("−4.9 [−11.5, 1.8]", -4.9), ("+35.7", 35.7), ("2/3, 1 diverged", 2), ("–", None),
        ("2 of 3", 2), ("not counted", None), ("1.10\u00a0M", 1.1e6), ("412\u00a0MiB", 412 * 2**20),
        ("1 h 03 min", 3780), ("4 min 10 s", 250),
        ("47.2 (61, 47.2, > 200)", 47.2), ("16,234", 16234), ("2.50e+09", 2.5e9), ("", None),
        ("1,100,000 (−0.1 %)", 1.1e6), ("3 seeds", 3), ("not applicable ¹", None), ("1 Min", 1), ("5 % or so", 5),
    ],
)  # fmt: skip
def test_keys_of_cells(text: str, wanted: float | None) -> None:
    assert key(text) == wanted


def test_a_bound_lies_beside_its_number() -> None:
    below, at, above = key("<\u00a00.001"), key("0.001"), key("> 0.001")
    assert below is not None
    assert at is not None
    assert above is not None
    assert below < at < above
    assert key("beyond 200") == pytest.approx(200)
    assert (key("beyond 200") or 0) > 200


# ---------------------------------------------------------------------------------------------------------- drawings


def drawn(comparison: Comparison) -> dict[str, str]:
    return {figure.stem: inline(contents(figure, ["svg"])["svg"], figure.stem, figure.alt)
            for figure in figures(comparison)}  # fmt: skip


@pytest.fixture(scope="module")
def drawings(shapes: dict[str, Comparison]) -> dict[str, str]:
    """Elements by stem; colours of many models, maps, and a confusion matrix among them."""
    chosen = ("hostile many", "ten models", "translation", "labels", "ranked")
    return {f"{shape} {stem}": svg for shape in chosen for stem, svg in drawn(shapes[shape]).items()}


def test_a_drawing_brings_no_style_comment_or_name_of_its_own(drawings: dict[str, str]) -> None:
    for name, svg in drawings.items():
        root = ElementTree.fromstring(svg)
        assert not re.search(r"<style|style=|<!--|<metadata|xmlns|<script", svg)
        stem = name.rpartition(" ")[2]
        names = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
        assert names
        assert all(one.startswith(f"{stem}-") for one in names)
        targets = {href[1:] for element in root.iter() if (href := element.get("href", "")).startswith("#")}
        targets |= {found for element in root.iter() for value in element.attrib.values() for found in
                    re.findall(r"^url\(#(.+)\)$", value)}  # fmt: skip
        assert targets == set(names)


def test_a_name_that_xml_does_not_allow_can_be_drawn() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><!-- a\uffff\x01 --><g><path d="M 0 0"/></g></svg>'
    assert "<path" in inline(svg.encode(), "stem", "alt")


def test_every_path_and_sign_of_a_figure_is_kept(usual: Comparison) -> None:
    figure = figures(usual)[0]
    source = contents(figure, ["svg"])["svg"]
    before, after = ElementTree.fromstring(source), ElementTree.fromstring(inline(source, "stem", "alt"))
    space = "{http://www.w3.org/2000/svg}"
    for tag in ("path", "use", "clipPath", "rect"):
        assert len(list(after.iter(tag))) == len(list(before.iter(f"{space}{tag}"))) > 0
    ink = [element for element in after.iter() if element.get("fill") == "#333333"]
    assert len(ink) == source.count(b"fill: #333333")


# ----------------------------------------------------------------------------------------------------------- colours

PAIRS = {name: (light, dark) for name, light, dark in
         re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", STYLE)}  # fmt: skip
CHANGED = {
    colour: into
    for selectors, into in re.findall(r"^(.*\[(?:fill|stroke)=.*) \{ \w+: var\(--([\w-]+)\); \}", STYLE, re.MULTILINE)
    for colour in re.findall(r'"(#\w{6})"', selectors)
}  # fmt: skip


def contrast(one: str, two: str) -> float:
    """Of two colours, as WCAG 2.2 defines it: 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(two)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["ground", "raised", "warning-ground"])
@pytest.mark.parametrize("text", ["ink", "muted", "link", "text", "warning"])
def test_text_stands_out_from_its_ground(text: str, ground: str, theme: int) -> None:
    assert contrast(PAIRS[text][theme], PAIRS[ground][theme]) >= 4.5


def test_every_colour_of_a_figure_stands_out_in_the_dark(drawings: dict[str, str]) -> None:
    unseen = {}
    quiet = {"#ffffff", "#dddddd", "#eeeeee"}  # grounds and grids
    for name, svg in drawings.items():
        if 'class="plate"' in svg:
            continue
        for colour in set(re.findall(r'(?:fill|stroke)="(#\w{6})"', svg)) - quiet:
            dark = PAIRS[CHANGED[colour]][1] if colour in CHANGED else colour
            if contrast(dark, PAIRS["ground"][1]) < 3:
                unseen[colour] = name
        for colour in quiet & set(re.findall(r'(?:fill|stroke)="(#\w{6})"', svg)):
            assert colour in CHANGED, "a light ground or grid would dazzle"
    assert not unseen, "the style sheet gives these no colour for the dark"


def test_figures_with_cells_keep_their_light_ground(drawings: dict[str, str]) -> None:
    plates = {name for name, svg in drawings.items() if 'class="plate"' in svg}
    assert plates == {name for name, svg in drawings.items() if "<image" in svg}
    assert {name.split("-")[-1] for name in plates} >= {"confusion", "1"}
