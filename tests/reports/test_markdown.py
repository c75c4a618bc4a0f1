"""report.md: what it says, and that hostile text comes out as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from seqharness.comparison import Comparison, Pair
from seqharness.visible import columns, isolated, visible
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
from seqharness_reports.markdown.render import render
from seqharness_reports.markdown.writer import write
from seqharness_reports.quantities import count, duration, estimate, memory, number, p_value, rate, scaled, share

STRICT = MarkdownIt("js-default")
SITE = MarkdownIt("gfm-like", {"html": True, "linkify": False})
"""As a code-hosting site: tables, strike-through, HTML passed through."""

POISONED = ("probe", "translation", "many", "tuned", "sizes", "ablation")


def texts(tokens: Sequence[Token]) -> Iterator[str]:
    """The text of each inline part, markup left out."""
    for token in tokens:
        if token.type == "inline":
            yield "".join(part.content for part in walk(token.children or []))
        elif token.type in {"fence", "code_block", "html_block"}:
            yield token.content


def walk(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "image":
            yield from walk(token.children or [])
        else:
            yield token


def kinds(tokens: Sequence[Token]) -> set[str]:
    """Types of all tokens, inline ones as well."""
    found = {token.type for token in tokens}
    return found | {part.type for token in tokens for part in token.children or []}


def expected(text: str) -> str:
    return isolated(visible(text)).strip()


anything = st.text(st.characters(codec="utf-8"), max_size=60)
markup = st.text(st.sampled_from("\\`*_~|$@{}[]()<>#&;:/!+-=.1 2x,w\n\t\x1bא\u00a0"), max_size=24)


@settings(max_examples=300, deadline=None)
@given(anything | markup)
@example("[1, 2][1, 2]")
@example("![1, 2](x)")
@example("a_b_c _d_ __e__")
@example("<1@b.c> < b> <b>")
@example("1. x")
@example("\\")
@example("\\|")
@example("[x]: y")
def test_any_text_comes_out_as_itself_wherever_it_stands(text: str) -> None:
    wanted = expected(text)
    blocks: list[Block] = [
        Paragraph(text),
        Heading(2, text),
        Bullets([text, Strong(text), Emphasis(text), Code(text)]),
        Table([Column(text), Column("b", right=True)], [[text, (text, " ", Code(text))]]),
        Picture("stem", text, text),
    ]
    for parser in (STRICT, SITE):
        for block in blocks[:3]:
            got = parser.parse(render([block]))
            assert all(found == wanted for found in texts(got)), render([block])
            assert not kinds(got) & {"link_open", "image", "html_inline", "html_block", "s_open", "hr", "code_block"}
        table = [found.strip() for found in texts(parser.parse(render([blocks[3]])))]
        assert [table[0], table[2]] == [wanted, wanted], render([blocks[3]])
        assert len(table) == 4
        picture = list(texts(parser.parse(render([blocks[4]]))))
        assert picture[0] == wanted


@given(anything)
def test_no_character_acts(text: str) -> None:
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]", visible(text))
    assert visible(visible(text)) == visible(text)


@given(st.text(st.sampled_from("`~\n\rax\x1b"), max_size=40))
def test_a_code_block_holds_what_it_was_given(text: str) -> None:
    (token,) = STRICT.parse(render([CodeBlock(text)]))
    assert token.type == "fence"
    wanted = "\n".join(visible(line) for line in re.split(r"\r\n|\r|\n", text)) + "\n"
    assert token.content == wanted


@given(anything)
def test_a_summary_is_text_with_and_without_html(text: str) -> None:
    markdown = render([Details(text, [Paragraph("inner")])])
    assert "inner" in list(texts(SITE.parse(markdown)))
    line = markdown.splitlines()[1].removeprefix("<summary>").removesuffix("</summary>")
    assert not re.search(r"[<>\"'`*\[\]\\|$]", line)


@pytest.mark.parametrize("parser", [STRICT, SITE])
def test_every_hostile_string_is_shown(
    shapes: dict[str, Comparison], hostile_strings: list[str], parser: MarkdownIt
) -> None:
    shown = "\n".join(texts(parser.parse(render(build(shapes["hostile"])))))
    for text in hostile_strings:
        assert visible(text).strip() in shown, text


@pytest.mark.parametrize("parser", [STRICT, SITE])
@pytest.mark.parametrize("shape", ["hostile", *(f"hostile {name}" for name in POISONED)])
def test_hostile_strings_come_out_as_text(shapes: dict[str, Comparison], shape: str, parser: MarkdownIt) -> None:
    report = render(build(shapes[shape]))
    tokens = parser.parse(report)
    links = [part.attrs["href"] for token in tokens for part in token.children or [] if part.type == "link_open"]
    assert all(re.fullmatch(r"figures/[a-z0-9-]+\.svg", str(href)) for href in links)
    assert not kinds(tokens) & {"html_inline", "s_open", "hr", "blockquote_open", "ordered_list_open", "code_block"}
    html = "".join(token.content for token in tokens if token.type == "html_block")
    assert set(re.findall(r"<[^>]*>", html)) <= {"<details>", "</details>", "<summary>", "</summary>"}
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", report)


@pytest.mark.parametrize(
    "shape", ["usual", "one model", "one seed", "no baselines", "several tasks", "one diverged", "all failed",
              "ten models", "hostile", "bare", "probe", "translation", "tasks", "many", "tuned", "sizes", "ablation",
              *(f"hostile {name}" for name in POISONED)]
)  # fmt: skip
def test_every_shape_renders_with_whole_tables(shapes: dict[str, Comparison], shape: str) -> None:
    report = render(build(shapes[shape]))
    assert not re.search(r"\b(nan|None|inf)\b", report)
    blocks = list(flat(build(shapes[shape])))
    tokens = SITE.parse(report)
    tables = [block for block in blocks if isinstance(block, Table)]
    assert [token.type for token in tokens].count("table_open") == len(tables)
    assert [token.type for token in tokens].count("td_open") == sum(len(t.rows) * len(t.columns) for t in tables)
    assert report.endswith("\n")
    assert not report.endswith("\n\n")


def flat(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Details):
            yield from flat(block.blocks)


def test_the_verdict_stands_first_with_the_budgets_note(usual: Comparison) -> None:
    lines = render(build(usual)).splitlines()
    assert lines[0] == "# lstm-transformer-translate"
    assert lines[2] == f"**{usual.headline} (at this budget)**"
    said = usual.model_copy(update={"headline": "At this budget nothing is decided."})
    assert render(build(said)).splitlines()[2] == "**At this budget nothing is decided.**"


def test_the_summary_has_scores_and_costs_in_human_units(usual: Comparison) -> None:
    report = render(build(usual)).replace("\u00a0", " ")
    score = next(score for score in usual.scores if (score.model, score.metric) == ("lstm", "bleu"))
    row = next(line for line in report.splitlines() if line.startswith("| lstm "))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    estimated = f"{score.mean:.1f} [{score.low:.1f}, {score.high:.1f}]"
    assert cells == ["lstm", estimated, "3/3", "1.10 M", "6.30 M", "16,200", "212", "412 MiB"]
    assert "| not counted |" in next(line for line in report.splitlines() if line.startswith("| transformer "))
    assert "word-table *(baseline)*" in report
    assert "BLEU ↑, at this budget" in report


def test_failures_stand_beside_the_mean(shapes: dict[str, Comparison]) -> None:
    report = render(build(shapes["one diverged"]))
    assert re.search(r"^\| lstm +\|[^|]+\| 2/3, 1 diverged \|", report, re.MULTILINE)
    assert "- lstm, seed 1: diverged – the loss was not finite at step 311" in report
    assert re.search(r"^\| lstm +\| +– \| 0/3, 3 failed \|", render(build(shapes["all failed"])), re.MULTILINE)


def test_differences_show_what_was_tested(shapes: dict[str, Comparison], usual: Comparison) -> None:
    def table(comparison: Comparison) -> Table:
        return next(block for block in build(comparison) if isinstance(block, Table)
                    and block.columns[0].title == "paired")  # fmt: skip

    assert [column.title for column in table(usual).columns] == ["paired", "difference", "p", "seeds", "decided"]
    assert [column.title for column in table(shapes["one seed"]).columns] == [
        "paired", "difference", "seeds", "decided"
    ]  # fmt: skip
    titles = [column.title for column in table(shapes["ten models"]).columns]
    assert titles == ["paired", "difference", "p", "p, Holm", "smallest detectable", "seeds", "decided"]
    none = Pair(task="translate", metric="bleu", a="a", b="b", difference=None, low=None, high=None, p=None, verdict="")
    assert table(usual.model_copy(update={"pairs": [none]})).rows == [["a − b", "–", "0", "no"]]


def test_outputs_that_equal_the_reference_are_marked(usual: Comparison) -> None:
    report = render(build(usual))
    assert report.count("| transformer ✓") == 10
    assert "| lstm ✓" not in report
    assert report.count("*empty*") == 10  # the baseline's outputs


def test_what_is_not_equal_is_marked(usual: Comparison) -> None:
    report = render(build(usual))
    assert "**Not equal:** recipe." in report
    assert re.search(r"^\| \*\*NO\*\* \| recipe ", report, re.MULTILINE)
    assert "No tuning was done" in report
    assert "- lstm: grid of 6 learning rates" in report
    assert f"```\n{usual.command}\n```" in report


def test_several_tasks_share_one_table_first(shapes: dict[str, Comparison]) -> None:
    report = render(build(shapes["several tasks"]))
    assert report.index("## All tasks") < report.index("## Task translate\n") < report.index("### Scores")
    assert "## Task translate:data=multi30k:pair=en-de" in report


def test_tables_are_aligned_for_a_terminal(shapes: dict[str, Comparison]) -> None:
    for shape in ("usual", "ten models", "one diverged", "probe", "tasks", "many"):
        for group in re.findall(r"(?:^\|.*\n)+", render(build(shapes[shape])), re.MULTILINE):
            if "| text " not in group:
                assert len({columns(row) for row in group.splitlines()}) == 1, group


def test_one_long_cell_does_not_pad_its_column() -> None:
    rows = render([Table([Column("a"), Column("b")], [["x" * 500, "1"], ["y", "2"]])]).splitlines()
    assert len(rows[3]) < 70
    assert columns(render([Table([Column("日本")], [["abcde"]])]).splitlines()[0]) == len("| abcde |")


@pytest.mark.parametrize(
    ("plain", "markdown"),
    [
        ("$a$", r"\$a\$"), ("@name", r"\@name"), ("https://x", r"https\://x"), ("www.x.org", r"www\.x.org"),
        ("{{ x }}", r"\{\{ x \}\}"), ("snake_case", "snake_case"), ("[1.0, 2.0], p < 0.05", "[1.0, 2.0], p < 0.05"),
        ("a:b=c", "a:b=c"), ("1.05 M", "1.05 M"), ("R&D", r"R\&D"), ("this & that", "this & that"),
    ],
)  # fmt: skip
def test_escapes_that_only_hosting_sites_need_and_none_without_need(plain: str, markdown: str) -> None:
    assert render([Paragraph(plain)]) == markdown + "\n"


def test_files_are_written_once_and_the_same(usual: Comparison, tmp_path: Path) -> None:
    one, two = write(usual, tmp_path / "one"), write(usual, tmp_path / "two")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    report = (tmp_path / "one" / "report.md").read_text(encoding="utf-8")
    for target in re.findall(r"\((figures/[^)]+)\)", report):
        assert (tmp_path / "one" / target).is_file()
    on_disk = {path for path in (tmp_path / "one").rglob("*") if path.is_file()}
    assert on_disk == set(one)


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        (number(1234.5, 1), "1,234.5"), (number(-0.04, 1), "0.0"), (number(-3.0, 1), "−3.0"), (number(None), "–"),
        (number(float("nan")), "–"), (number(2.5e9), "2.50e+09"), (estimate(1, 0.5, 1.5, 1), "1.0 [0.5, 1.5]"),
        (estimate(1, None, 1.5, 1), "1.0"), (scaled(999_600), "1.00 M"), (scaled(98_000), "98.0 k"),
        (scaled(1_054_321), "1.05 M"), (scaled(0), "0"), (scaled(0.5), "0.50"), (rate(12_345.6), "12,300"),
        (rate(45.62), "45.6"), (memory(412 * 2**20), "412 MiB"), (memory(2048), "2.0 KiB"), (duration(4.23), "4.2 s"),
        (duration(250), "4 min 10 s"), (duration(3780), "1 h 03 min"), (share(0.012), "1.2 %"), (share(0), "0 %"),
        (share(0.0004), "< 0.1 %"), (p_value(0.0001), "< 0.001"), (p_value(0.0499), "0.0499"), (p_value(0.31), "0.31"),
        (count(20_000), "20,000"), (scaled(None), "–"), (duration(None), "–"), (memory(None), "–"),
    ],
)  # fmt: skip
def test_numbers_as_people_read_them(got: str, wanted: str) -> None:
    assert got.replace("\u00a0", " ") == wanted
