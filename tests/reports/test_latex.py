"""tables.tex: what it holds, and that hostile text comes out as text. With a TeX installation it is typeset as well."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqharness.comparison import Comparison
from seqharness.contracts import ReporterSpec
from seqharness_reports.document import Code, Column, Emphasis, Strong, Table
from seqharness_reports.latex.escaping import breakable, comment, text, width
from seqharness_reports.latex.render import LINE, Titled, inline, render
from seqharness_reports.latex.writer import write

COMMANDS = {
    "textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "textless": "<", "textgreater": ">",
    "textbar": "|", "textasciigrave": "`", "textquotesingle": "'",
}  # fmt: skip
ACTIVE = re.compile(r"[\\{}$&#^_~%<>|\"`']")


def typeset(latex: str) -> str:
    """What LaTeX sets for the output of `text`, for what the tests need: any markup that is left is an error."""
    plain, place = "", 0
    pattern = re.compile(
        r"\\(?P<escaped>[{}$&#%_])|\\(?P<command>text[a-z]+)\{\}|\\symbol\{(?P<code>[0-9]+)\}|(?P<empty>\{\})"
        r"|\\texttt\{U\+(?P<acting>[0-9A-F]+)\}|\\harnesscharacter\{(?P<other>[0-9A-F]+)\}|\\(?P<broken>allowbreak)\{\}"
    )
    while place < len(latex):
        match = pattern.match(latex, place)
        if match is None:
            assert not ACTIVE.match(latex[place]), (latex, place)
            plain, place = plain + latex[place], place + 1
            continue
        place = match.end()
        if match["escaped"]:
            plain += match["escaped"]
        elif match["command"]:
            plain += COMMANDS[match["command"]]
        elif match["code"]:
            plain += chr(int(match["code"]))
        elif match["acting"] or match["other"]:
            plain += chr(int(match["acting"] or match["other"], 16))
    return plain


def content(comparison: Comparison, folder: Path) -> str:
    (path,) = write(comparison, folder)
    assert path == folder / "tables.tex"
    return path.read_text(encoding="ascii")


# ------------------------------------------------------------------------------------------------------------ escaping

ANY_ASCII = st.text(st.characters(max_codepoint=0x7E), max_size=30)


@given(ANY_ASCII | st.text(st.sampled_from("\\{}$&#^_~%<>|\"`'-, [](*\n\t\x1b"), max_size=20))
@example("a\\")
@example("--- ,, ?` !` '' ``")
@example("%\n\\end{document}")
def test_every_ascii_character_is_set_as_itself(plain: str) -> None:
    assert typeset(text(plain)) == plain.strip(" ")
    assert typeset(breakable(plain)) == plain.strip(" ")


@given(st.text(max_size=40))
@example("\u202eabc\u2066")
@example("e\u0301\u0302")
@example("\ud800")
def test_the_result_is_printable_ascii_whatever_the_text(plain: str) -> None:
    for latex in (text(plain), breakable(plain), comment(plain)):
        assert re.fullmatch(r"[ -~]*", latex)


@given(st.text(st.sampled_from("-,x"), max_size=12))
def test_no_ligature_is_made(plain: str) -> None:
    assert "--" not in text(plain)
    assert ",," not in text(plain)


@pytest.mark.parametrize(
    ("plain", "latex"),
    [
        ("a_b & 5 %", r"a\_b \& 5 \%"),
        ("é à ç ñ ü", r"\'{e} \`{a} \c{c} \~{n} \"{u}"),
        ("œuvre, straße, Łódź", r"\oe{}uvre, stra\ss{}e, \L{}\'{o}d\'{z}"),
        ("BLEU ↑ −1.5 [1,\u00a02]", r"BLEU $\uparrow$ $-$1.5 [1,~2]"),
        ("\x1b[31m", r"\texttt{U+001B}[31m"),
        ("\u202e", r"\texttt{U+202E}"),
        ("日", r"\harnesscharacter{65E5}"),
        ("\U0001f600", r"\harnesscharacter{1F600}"),
    ],
)
def test_signs_and_letters_become_commands(plain: str, latex: str) -> None:
    assert text(plain) == latex


def test_long_words_may_be_broken_and_short_ones_not() -> None:
    assert breakable("transformer") == "transformer"
    assert breakable("a:position=rope").count(r"\allowbreak{}") == 2
    assert max(map(len, breakable("x" * 200).split(r"\allowbreak{}"))) < 30
    assert width("日") > width("x") > width(",")


# ------------------------------------------------------------------------------------------------------------ rendering


def rendered(table: Table, **options: int) -> list[str]:
    return render(Titled("x", "A caption", table, **options), "report")


def test_a_table_has_rules_caption_and_label() -> None:
    (latex,) = rendered(Table([Column("model"), Column("score", right=True)], [["a_b", Strong("1.5")]]))
    assert r"\caption{A caption}" in latex
    assert r"\label{tab:report-x}" in latex
    assert "\\begin{tabular}{lr}\n\\toprule\nmodel & score \\tabularnewline\n\\midrule\n" in latex
    assert "a\\_b & \\textbf{1.5} \\tabularnewline\n\\bottomrule" in latex


@pytest.mark.parametrize("start", ["[1, 2]", "* x"])
def test_a_row_is_no_option_of_the_command_before_it(start: str) -> None:
    (latex,) = rendered(Table([Column(start), Column("b")], [[start, "x"], [start, "y"]]))
    assert latex.count(f"\n{{}}{start} & ") == 3


def test_a_wide_table_is_continued_with_the_columns_that_say_what_a_row_is() -> None:
    names = ["task", "model", *(f"a long heading {place}" for place in range(8))]
    parts = rendered(Table([Column(name) for name in names], [[f"cell {name}" for name in names]]), keys=2)
    assert len(parts) > 1
    assert len(set(re.findall(r"\\label\{.*?\}", "".join(parts)))) == len(parts)
    heads = [part.split("\\toprule\n")[1].split(r" \tabularnewline")[0].split(" & ") for part in parts]
    assert all(head[:2] == ["task", "model"] for head in heads)
    assert [name for head in heads for name in head[2:]] == names[2:]
    assert all(sum(map(len, head)) < LINE for head in heads)
    assert f"Part 1 of {len(parts)}" in parts[0]


def test_a_long_table_is_continued_and_no_row_is_lost() -> None:
    parts = rendered(Table([Column("n"), Column("x")], [[f"row {place}.", "x"] for place in range(100)]))
    assert len(parts) > 1
    assert re.findall(r"row (\d+)\.", "".join(parts)) == [str(place) for place in range(100)]


def test_marks_are_commands_and_blanks_between_spans_stay() -> None:
    line = ("a ", Emphasis("b"), " ", Code("c_d"), Strong(" e"))
    assert inline(line, wraps=False) == r"a \emph{b} \texttt{c\_d} \textbf{e}"


# ------------------------------------------------------------------------------------------------------- whole reports


def test_it_holds_scores_differences_sizes_and_costs(usual: Comparison, tmp_path: Path) -> None:
    latex = content(usual, tmp_path)
    labels = re.findall(r"\\label\{tab:lstm-transformer-translate-(.*?)\}", latex)
    assert {"scores", "metrics-translate", "differences", "sizes", "costs"} <= set(labels)
    (score,) = [one for one in usual.scores if (one.model, one.metric) == ("transformer", "bleu")]
    assert rf"\textbf{{{score.mean:.1f} [{score.low:.1f},~{score.high:.1f}]}}" in latex
    (pair,) = usual.pairs
    sign = "+" if (pair.difference or 0) > 0 else "$-$"
    assert f"\n{pair.a} $-$ {pair.b} & {sign}{abs(pair.difference or 0):.1f} [" in latex
    assert "1,098,240" in latex


@pytest.mark.parametrize(
    "shape", ["hostile", "hostile translation", "hostile probe", "hostile many", "hostile ranked", "hostile tuned",
              "hostile sizes", "hostile ablation"]
)  # fmt: skip
def test_hostile_text_is_neither_markup_nor_the_end_of_a_comment(
    shapes: dict[str, Comparison], shape: str, tmp_path: Path
) -> None:
    latex = content(shapes[shape], tmp_path)
    assert set(re.findall(r"\\([a-zA-Z]+)", latex)) <= {
        "begin", "end", "caption", "label", "centering", "footnotesize", "setlength", "tabcolsep", "toprule",
        "midrule", "bottomrule", "tabularnewline", "raggedright", "raggedleft", "linewidth", "par", "smallskip",
        "clearpage", "textbf", "emph", "texttt", "textsuperscript", "allowbreak", "harnesscharacter",
        "providecommand", "newcommand", "usepackage", "input", "symbol", "uparrow", "downarrow", "geq", "leq",
        "textendash", "c", *COMMANDS,
    }  # fmt: skip
    assert set(re.findall(r"\\begin\{(.*?)\}", latex)) == {"table", "tabular"}
    assert latex.count(r"\begin{table}") == latex.count(r"\end{table}")
    for line in latex.splitlines():
        head, _, after = line.partition("%")
        assert not after or not head or head.endswith("\\"), line
        if line.endswith(r"\tabularnewline"):
            assert line.replace("\\{", "").replace("\\}", "").count("{") == line.replace("\\{", "").replace(
                "\\}", ""
            ).count("}")


def test_rows_have_as_many_cells_as_columns(shapes: dict[str, Comparison], tmp_path: Path) -> None:
    for shape in ("several tasks", "hostile", "many", "tuned", "sizes", "ablation", "ranked"):
        for kinds, body in re.findall(
            r"\\begin\{tabular\}\{([^\n]*)\}\n(.*?)\\end\{tabular\}", content(shapes[shape], tmp_path), re.DOTALL
        ):
            columns = len(re.sub(r"\{.*?\}", "", kinds))
            rows = [line for line in body.splitlines() if line.endswith(r"\tabularnewline")]
            assert len(rows) > 1
            assert {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows} == {columns}


def test_labels_are_unique_and_plain(shapes: dict[str, Comparison], tmp_path: Path) -> None:
    labels = re.findall(r"\\label\{(.*?)\}", content(shapes["several tasks"], tmp_path))
    assert len(labels) > 5
    assert len(set(labels)) == len(labels)
    assert all(re.fullmatch(r"tab:[a-z0-9-]+", label) for label in labels)


def test_a_comparison_in_which_nothing_ran_has_no_table(shapes: dict[str, Comparison], tmp_path: Path) -> None:
    assert r"\begin" not in content(shapes["bare"], tmp_path)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("shape", ["several tasks", "probe", "hostile", "hostile translation", "hostile tuned", "bare"])
def test_it_compiles_with_booktabs_alone(shapes: dict[str, Comparison], shape: str, tmp_path: Path) -> None:
    content(shapes[shape], tmp_path)
    lines = [r"\documentclass{article}", r"\usepackage{booktabs}", r"\begin{document}", r"\listoftables"]
    lines += [r"Text.", r"\input{tables}", r"\end{document}", ""]
    (tmp_path / "main.tex").write_text("\n".join(lines))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "main"]
    for _ in range(2):  # the second time with the list of tables, where captions are set again
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=300)
        if b"booktabs.sty' not found" in done.stdout:
            pytest.skip("booktabs is not installed")
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


def test_the_reporter_registers_itself(usual: Comparison, tmp_path: Path) -> None:
    cards: list[ReporterSpec] = []
    importlib.import_module("seqharness_reports.latex").register_reporters(register=cards.append)
    (card,) = cards
    assert card.name == "latex"
    assert [path.name for path in card.load()(usual, tmp_path / "new" / "folder")] == ["tables.tex"]
