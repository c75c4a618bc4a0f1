"""report.html: one page that holds all it needs, in which hostile text is text."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from seqharness.comparison import Comparison
from seqharness.visible import visible
from seqharness_reports.content.report import build
from seqharness_reports.document import (
    Block,
    Bullets,
    Code,
    CodeBlock,
    Column,
    Details,
    Emphasis,
    Heading,
    Paragraph,
    Picture,
    Strong,
    Table,
)
from seqharness_reports.html.page import render
from seqharness_reports.html.text import shown
from seqharness_reports.html.writer import write
from seqharness_reports.plots import figures

VOID = {"meta", "link", "input", "wbr"}
OURS = {
    *{"html", "head", "meta", "title", "link", "style", "script"},
    *{"body", "header", "main", "nav", "section", "footer"},
    *{"a", "p", "h1", "h2", "h3", "ul", "ol", "li", "div", "span", "strong", "em", "code", "pre", "bdi", "wbr"},
    *{"figure", "figcaption", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary"},
    *{"fieldset", "legend", "label", "input"},
    *{"svg", "g", "path", "use", "defs", "clippath", "rect", "image"},
}
SHAPES = ["usual", "several tasks", "all failed", "ten models", "bare", "translation", "many", "labels", "hostile",
          "hostile probe", "hostile many", "hostile ranked", "hostile tuned", "hostile sizes"]  # fmt: skip


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parts: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        yield self
        for part in self.parts:
            if isinstance(part, Element):
                yield from part.walk()

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.walk() if element.tag in tags]

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


class Page(HTMLParser):
    """A strict reader: every element is closed where it must be, nothing else is."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]
        self.feed(html)
        self.close()
        assert len(self.open) == 1, self.open[-1]
        self.root = self.open[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"{tag} has an attribute twice: {attrs}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> within <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def page_of(blocks: list[Block]) -> Element:
    drawings = {block.stem: Markup("<svg></svg>") for block in blocks if isinstance(block, Picture)}
    verdict = [Heading(1, "title"), Paragraph("verdict")]
    return Page(render([*verdict, *blocks], drawings, made="")).root


@pytest.fixture(scope="module")
def written(shapes: dict[str, Comparison], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Whole files, with figures, by shape."""
    folder = tmp_path_factory.mktemp("html")
    return {
        shape: write(shapes[shape], folder / str(place))[0].read_text(encoding="utf-8")
        for place, shape in enumerate(SHAPES)
    }


# -------------------------------------------------------------------------------------------------------------- text


markup = st.text(st.sampled_from("<>&\"'/!-={}%#:\x1b\u202eא\u0302a "))


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60) | markup)
@example("{{ 7 * 7 }}{% if %}")
@example("</style></script><!--")
@example("e" + "\u0302" * 30)
def test_any_text_comes_out_as_itself_wherever_it_stands(text: str) -> None:
    wanted = visible(text)
    blocks: list[Block] = [
        Heading(2, text), Paragraph(text), Bullets([text, Strong(text), Emphasis(text), Code(text)]),
        Table([Column(text), Column("b", right=True)], [[text, (text, Code(text))]]), CodeBlock(text),
        Picture("stem", text, text), Details(text, [Paragraph(text)]),
    ]  # fmt: skip
    root = page_of(blocks)
    (main,) = root.all("main")
    assert {element.tag for element in root.walk()} <= OURS | {""}
    assert {element.text for element in main.all("h2", "p", "li", "strong", "em", "summary")} == {wanted, "verdict"}
    assert [element.text for element in main.all("td", "th")] == [wanted, "b", wanted, wanted * 2]
    assert [element.text for element in main.all("figcaption")] == [wanted]
    (code,) = main.all("pre")
    assert code.text == "\n".join(visible(line) for line in re.split(r"\r\n|\r|\n", text))


def test_right_to_left_text_is_kept_apart_from_what_stands_beside_it() -> None:
    assert shown("שלום (1)") == "<bdi>שלום (1)</bdi>"
    assert shown("plain (1)") == "plain (1)"


def test_a_models_options_may_be_broken_between_but_not_within() -> None:
    assert shown("gnn:heads=4, x") == "gnn:<wbr>heads=<wbr>4, x"


@pytest.mark.parametrize("shape", SHAPES)
def test_hostile_text_is_text(written: dict[str, str], hostile_strings: list[str], shape: str) -> None:
    root = parsed(written[shape])
    assert {element.tag for element in root.walk()} <= OURS | {""}
    names = Counter(name for element in root.walk() for name in element.attributes)
    assert not [name for name in names if name.startswith("on") or name in {"style", "src", "srcset", "xlink:href"}]
    addresses = [element.attributes["href"] for element in root.walk() if "href" in element.attributes]
    assert all(re.match(r"#[\w.-]+$|data:(,|image/png;base64,)", address) for address in addresses)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", written[shape])
    assert [script.text for script in root.all("script")] == [script_of(written[shape])]
    if shape == "hostile":
        shown = root.text
        for text in hostile_strings:
            assert visible(text).strip() in shown, text


def script_of(html: str) -> str:
    return html.rpartition("<script>")[2].rpartition("</script>")[0]


@cache
def parsed(html: str) -> Element:
    return Page(html).root


def test_the_policy_allows_this_style_and_this_script_and_nothing_remote(written: dict[str, str]) -> None:
    for html in written.values():
        root = parsed(html)
        (policy,) = [element.attributes["content"] for element in root.all("meta")
                     if element.attributes.get("http-equiv") == "Content-Security-Policy"]  # fmt: skip
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules == {
            "default-src": "'none'", "img-src": "data:", "base-uri": "'none'", "form-action": "'none'",
            "style-src": hashed(root.all("style")[0].text), "script-src": hashed(root.all("script")[0].text),
        }  # fmt: skip
        head = root.all("head")[0].parts
        metas = [part for part in head if isinstance(part, Element)]
        assert "charset" in metas[0].attributes
        assert metas[1].attributes["http-equiv"] == "Content-Security-Policy", "before anything it is to hold for"


def hashed(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


# ----------------------------------------------------------------------------------------------------- the structure


@pytest.mark.parametrize("shape", SHAPES)
def test_names_are_unique_and_every_reference_has_its_target(written: dict[str, str], shape: str) -> None:
    root = parsed(written[shape])
    counts = Counter(element.attributes["id"] for element in root.walk() if "id" in element.attributes)
    assert not [name for name, count in counts.items() if count > 1]
    referred = {value for element in root.walk() for name, value in element.attributes.items()
                if name in {"aria-labelledby", "aria-describedby"}}  # fmt: skip
    referred |= {element.attributes["href"][1:] for element in root.walk()
                 if element.attributes.get("href", "").startswith("#")}  # fmt: skip
    referred |= {match for element in root.walk() for value in element.attributes.values()
                 for match in re.findall(r"^url\(#([^)]+)\)$", value)}  # fmt: skip
    assert referred <= counts.keys()


@pytest.mark.parametrize("shape", SHAPES)
def test_who_does_not_see_the_page_can_find_their_way(
    shapes: dict[str, Comparison], written: dict[str, str], shape: str
) -> None:
    root = parsed(written[shape])
    assert root.all("html")[0].attributes["lang"] == "en"
    assert [len(root.all(tag)) for tag in ("header", "nav", "main", "footer", "h1", "title")] == [1] * 6
    levels = [int(element.tag[1]) for element in root.all("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    first = root.all("body")[0].all("a")[0]
    assert first.attributes["href"] == f"#{root.all('main')[0].attributes['id']}"
    contents = [element.attributes["href"][1:] for element in root.all("nav")[0].all("a")]
    assert contents[: len(levels)] == [element.attributes["id"] for element in root.all("h2", "h3")
                                       if element.attributes["id"] in contents]  # fmt: skip
    for table in root.all("table"):
        assert table.all("caption")[0].text
        assert {head.attributes["scope"] for head in table.all("thead")[0].all("th")} == {"col"}
        assert all(row.all("th")[0].attributes["scope"] == "row" for row in table.all("tbody")[0].all("tr"))
    captions = [table.all("caption")[0].text for table in root.all("table")]
    assert len(set(captions)) == len(captions)
    drawn = {svg.attributes["aria-label"] for svg in root.all("svg") if svg.attributes["role"] == "img"}
    assert drawn == {visible(figure.alt) for figure in figures(shapes[shape])}
    for scroll in (element for element in root.walk() if element.attributes.get("class") == "scroll"):
        assert {"tabindex", "role", "aria-label"} <= scroll.attributes.keys()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_page_says_what_the_document_says(
    shapes: dict[str, Comparison], written: dict[str, str], shape: str
) -> None:
    root = parsed(written[shape])
    assert not re.search(r">\s*(nan|None|inf)\b", written[shape])
    blocks = list(flat(build(shapes[shape])))
    tables = [block for block in blocks if isinstance(block, Table)]
    assert len(root.all("table")) == len(tables)
    assert len(root.all("td", "th")) == sum((len(table.rows) + 1) * len(table.columns) for table in tables)
    for kind, tag in ((Heading, ("h1", "h2", "h3")), (CodeBlock, ("pre",)), (Picture, ("svg",))):
        assert len(root.all(*tag)) == len([block for block in blocks if isinstance(block, kind)])
    assert len(root.all("main")[0].all("li")) == sum(len(b.lines) for b in blocks if isinstance(b, Bullets))


def flat(blocks: list[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Details):
            yield from flat(list(block.blocks))


def test_a_heading_takes_no_name_of_another_or_of_the_page() -> None:
    root = page_of([Heading(2, "Theme"), Heading(3, "page"), Heading(3, "Page!"), Heading(3, "page 2")])
    names = [element.attributes["id"] for element in root.walk() if "id" in element.attributes]
    assert len(set(names)) == len(names)


def test_the_verdict_stands_first(written: dict[str, str], usual: Comparison) -> None:
    (main,) = parsed(written["usual"]).all("main")
    title, verdict = [part for part in main.parts if isinstance(part, Element)][:2]
    assert title.text == usual.name
    assert verdict.text.strip() == f"{usual.headline} (at this budget)"
    assert verdict.attributes["class"] == "verdict"


def test_warnings_are_marked_as_such(written: dict[str, str], usual: Comparison) -> None:
    marked = [element for element in parsed(written["usual"]).all("div")
              if element.attributes.get("class") == "labelled warnings"]  # fmt: skip
    assert [item.text for item in marked[0].all("li")] == usual.warnings


def test_a_paragraph_before_a_table_is_its_caption_and_examples_keep_their_order(written: dict[str, str]) -> None:
    root = parsed(written["usual"])
    grids = [figure for figure in root.all("figure") if figure.all("table")]
    assert grids[0].all("figcaption")[0].text.startswith("Test scores at this budget: mean over seeds")
    for grid in grids:
        (table,) = grid.all("table")
        several = len(table.all("tbody")[0].all("tr")) > 1
        is_example = table.all("th")[0].text.startswith("example ")
        assert (table.attributes.get("class") == "sortable") is (several and not is_example)


def test_one_file_is_written_and_the_same_each_time(usual: Comparison, tmp_path: Path) -> None:
    one, two = write(usual, tmp_path / "one"), write(usual, tmp_path / "two")
    assert [path.name for path in one] == ["report.html"]
    assert one[0].read_bytes() == two[0].read_bytes()
    assert [path for path in (tmp_path / "one").rglob("*") if path.is_file()] == one
