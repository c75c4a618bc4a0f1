"""Labelled texts and tagged sentences of the user: what is read, and what is refused with file and line."""

from __future__ import annotations

import csv
import gzip
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqharness.data.columns import Columns, TaggedWords, read_tagged
from seqharness.data.columns import fingerprint as tagged_fingerprint
from seqharness.data.files import sha256_of
from seqharness.data.tables import ColumnNames, LabelledText, fingerprint, read_cells, read_tables
from seqharness.errors import UserError

ANY = ColumnNames()


def rows_of(path: Path, names: ColumnNames = ANY, part: str = "train") -> list[tuple[str, str]]:
    return [(row.text, row.label) for row in read_tables(path, names)[part].rows]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# ----------------------------------------------------------------------------------------------------- what is read


def test_csv_with_quotes_commas_and_line_ends(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'id,text,label\r\n1,"one, ""two""\nthree",pos\r\n\r\n2, plain ,neg\r\n')
    table = read_tables(path, ANY)["train"]
    assert table.rows == [LabelledText('one, "two"\nthree', "pos", 2), LabelledText("plain", "neg", 5)]
    assert table.blank == 1
    assert table.sha256 == sha256_of(path)
    assert fingerprint(path) == {str(path): sha256_of(path)}


def test_tsv_has_no_quoting(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", 'a "quoted word\tpos\nanother"\tneg\n')
    assert rows_of(path) == [('a "quoted word', "pos"), ('another"', "neg")]


def test_json_lines_with_labels_of_three_kinds(tmp_path: Path) -> None:
    lines = [{"text": "a", "label": "x", "more": []}, {"label": 3, "text": " b "}, {"text": "c", "label": True}]
    path = write(tmp_path / "a.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    assert rows_of(path) == [("a", "x"), ("b", "3"), ("c", "true")]


def test_packed_files_and_other_endings_of_names(tmp_path: Path) -> None:
    path = tmp_path / "A.CSV.gz"
    path.write_bytes(gzip.compress(b"text,label\na,x\n"))
    assert rows_of(path) == [("a", "x")]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("label,text", ANY),
        ("class,sentence", ANY),
        ("sentiment,review", ANY),
        ("stars,comment", ColumnNames(text="comment", label="stars")),
        ("stars,text", ColumnNames(label="stars")),
        (" label , text ", ANY),
    ],
)
def test_columns_are_found_by_their_names(tmp_path: Path, header: str, names: ColumnNames) -> None:
    assert rows_of(write(tmp_path / "a.csv", f"{header}\nx,some words\n"), names) == [("some words", "x")]


def test_asked_for_columns_come_before_known_names(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "text,label,summary\nlong,x,short\n")
    assert rows_of(path, ColumnNames(text="summary")) == [("short", "x")]


def test_two_columns_without_a_header_are_text_and_label(tmp_path: Path) -> None:
    assert rows_of(write(tmp_path / "a.csv", "good,pos\nbad,neg\n")) == [("good", "pos"), ("bad", "neg")]


def test_a_folder_of_parts(tmp_path: Path) -> None:
    for name in ("train.csv", "dev.tsv", "test.jsonl"):
        content = {"csv": f"{name},x", "tsv": f"{name}\tx", "jsonl": json.dumps({"text": name, "label": "x"})}
        write(tmp_path / name, content[name.partition(".")[2]] + "\n")
    write(tmp_path / "notes.md", "not read")
    found = read_tables(tmp_path, ANY)
    assert {part: table.rows[0].text for part, table in found.items()} == {
        "train": "train.csv",
        "validation": "dev.tsv",
        "test": "test.jsonl",
    }
    assert set(fingerprint(tmp_path)) == {str(tmp_path / name) for name in ("train.csv", "dev.tsv", "test.jsonl")}


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(str.strip).filter(bool)


@given(st.lists(st.tuples(TEXTS | TEXTS.map(lambda text: f'"{text}",\n,'), st.sampled_from("xy")), min_size=1))
@settings(deadline=None)
def test_what_pythons_own_writer_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    assert rows_of(path) == rows


@given(st.binary(max_size=200), st.sampled_from([".csv", ".tsv", ".jsonl", ".conll", ".conllu"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, end: str
) -> None:
    path = write(tmp_path_factory.mktemp("any") / f"a{end}", content)
    try:
        found = read_tagged(path, Columns()) if end.startswith(".conll") else read_tables(path, ANY)
    except UserError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
    else:
        assert found["train"].sha256 == sha256_of(path)


# --------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "id,text,mark\n1,a,x\n", ":1: the header has no column that is called label or class or"),
        ("a.csv", "a,b,c\n", ":1: the header has no column that is called text or sentence"),
        ("a.csv", "just words\n", ":1: the header has no column that is called text"),
        ("a.csv", "text,label\na,x\na,b,x\n", ":3: 3 columns where 2 are expected, separated by commas; a text with"),
        ("a.tsv", "text\tlabel\na x\n", ":2: 1 column where 2 are expected, separated by tabs."),
        ("a.csv", "text,label\na,x\nb,\n", ":3: a text without a label."),
        ("a.csv", 'text,label\na,x\n"b,x\nc,x\n', ":3: a quote that is never closed."),
        ("a.csv", 'text,label\n"b"c,x\n', ":2: text after a closing quote"),
        ("a.csv", "text,label\na\rb,x\n", ":2: a carriage return within a line"),
        ("a.csv", "text,label\n\n , \n", ": no row has a text."),
        ("a.csv", "", "a.csv is empty."),
        ("a.csv", b"text,label\nna\xefve,x\n", ":2: not UTF-8: byte 0xef at byte 3"),
        ("a.csv", b"text,label\na\0b,x\n", ":2: a NUL byte"),
        ("a.csv", "text,label\n".encode("utf-16"), ":1: the file is UTF-16; save it as UTF-8."),
        ("a.jsonl", '{"text": "a", "label": "x"}\n{"text": "a"}\n', ":2: the object has no 'label'. There is: text."),
        ("a.jsonl", '{"txt": "a", "label": "x"}\n', ":1: the object has no column that is called text"),
        ("a.jsonl", '{"text": 3, "label": "x"}\n', ":1: the value of 'text' is 3, which is not a text."),
        ("a.jsonl", '{"text": "a", "label": 0.5}\n', ":1: the label 0.5 is neither a text nor a whole number."),
        ("a.jsonl", '{"text": "a", "label": null}\n', ":1: the label null is neither"),
        ("a.jsonl", '{"text": "a\\u0000", "label": "x"}\n', ":1: the value of 'text' holds a NUL character."),
        ("a.jsonl", '{"text": "a", "label": "\\ud800"}\n', ":1: the value of 'label' holds half of a surrogate"),
        ("a.jsonl", "[1]\n", ':1: a JSON object is expected, such as {"text": "...", "label": "..."}.'),
        ("a.jsonl", '{"text": \n', ":1: not JSON: "),
        ("a.xlsx", "", "files of this type are not read as labelled texts. Supported: .csv, .tsv, .jsonl (all also"),
    ],
)
def test_refused(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(UserError) as raised:
        read_tables(path, ANY)
    assert message in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_column_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "comment,stars\ngood,5\n")
    with pytest.raises(UserError, match=r"a\.csv:1: the header has no 'coment'. Did you mean 'comment'\?"):
        read_tables(path, ColumnNames(text="coment", label="stars"))
    with pytest.raises(
        UserError, match=r"no column that is called label .* name it by label=NAME. There is: 'comment'"
    ):
        read_tables(path, ColumnNames(text="comment"))


def test_a_header_of_unknown_names_is_no_row(tmp_path: Path) -> None:
    rows = "".join(f"text {number},{number % 2}\n" for number in range(30))
    path = write(tmp_path / "a.csv", f"comment,rating\n{rows}")
    with pytest.raises(UserError, match=r"a\.csv:1: the label 'rating' occurs in no other row; if this is the header"):
        read_tables(path, ANY)
    assert len(rows_of(path, ColumnNames(text="comment", label="rating"))) == 30
    assert len(rows_of(write(tmp_path / "b.csv", rows))) == 30
    assert len(rows_of(write(tmp_path / "c.csv", f"text,label\nonce,rare\n{rows}"))) == 31
    assert len(rows_of(write(tmp_path / "d.csv", f"once,rare\ntwice,seldom\n{rows}"))) == 32


def test_a_folder_without_training_data_or_with_too_much(tmp_path: Path) -> None:
    write(tmp_path / "test.csv", "a,x\n")
    with pytest.raises(UserError, match=r"holds no train\.csv or train\.tsv or train\.jsonl\. There is: 'test\.csv'\."):
        read_tables(tmp_path, ANY)
    for name in ("train.csv", "train.tsv.gz"):
        write(tmp_path / name, "")
    with pytest.raises(UserError, match=r"train\.csv and .*train\.tsv\.gz could each be the train part"):
        read_tables(tmp_path, ANY)


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path / "reviews.csv", "a,x\n")
    with pytest.raises(UserError, match=r"Did you mean '.*reviews\.csv'"):
        read_tables(tmp_path / "review.csv", ANY)


@pytest.mark.parametrize("start", ["text,label\n", 'text,label\n"'], ids=["one line", "a quote never closed"])
@pytest.mark.parametrize("lines", [1, 2_000])
def test_memory_is_bounded_whatever_a_file_holds(tmp_path: Path, start: str, lines: int) -> None:
    """100 MB on one line, or over many lines inside a quote."""
    size = 100_000_000 // lines
    path = tmp_path / "a.csv"
    with path.open("w") as file:
        file.write(start)
        for _ in range(lines):
            file.write("x" * (size - 1) + "\n")
    tracemalloc.start()
    with pytest.raises(UserError, match=rf"{path.name}:2: "):
        read_tables(path, ANY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    path.unlink()
    assert peak < 10_000_000


def test_cells_of_a_quoted_table_with_another_delimiter(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", 'a "b\t"c\td"\n\n"e\nf"\tg\n')
    assert list(read_cells(path, "\t", quoted=True)) == [(1, ['a "b', "c\td"]), (2, []), (3, ["e\nf", "g"])]
    assert next(read_cells(path, "\t", quoted=False)) == (1, ['a "b', '"c', 'd"'])


# --------------------------------------------------------------------------------------------------- tagged sentences


def test_words_and_tags_in_columns(tmp_path: Path) -> None:
    content = "-DOCSTART- -X- O\n\nThe DT B-NP\ncat NN I-NP\n\n\nsleeps VB O\n"
    path = write(tmp_path / "a.conll", content)
    found = read_tagged(path, Columns())["train"]
    assert found.sentences == [
        TaggedWords(("The", "cat"), ("B-NP", "I-NP"), (3, 4)),
        TaggedWords(("sleeps",), ("O",), (7,)),
    ]
    assert found.sha256 == sha256_of(path)
    assert tagged_fingerprint(path) == {str(path): sha256_of(path)}
    assert read_tagged(path, Columns(1, 2))["train"].sentences[0].tags == ("DT", "NN")


def test_tabs_keep_spaces_and_hash_signs_in_words(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", "New York\tB\n# 1\tO\n")
    assert read_tagged(path, Columns())["train"].sentences == [TaggedWords(("New York", "# 1"), ("B", "O"), (1, 2))]


def test_conllu_without_comments_ranges_and_empty_words(tmp_path: Path) -> None:
    content = "# text = du vin\n1-2\tdu\t_\t_\n1\tde\tde\tADP\n2\tle\tle\tDET\n2.1\t_\t_\t_\n3\tvin\tvin\tNOUN\n"
    path = write(tmp_path / "a.conllu", content)
    assert read_tagged(path, Columns(2, 4))["train"].sentences == [
        TaggedWords(("de", "le", "vin"), ("ADP", "DET", "NOUN"), (3, 4, 6))
    ]


def test_a_folder_of_tagged_parts(tmp_path: Path) -> None:
    for name in ("train.txt", "dev.conll", "test.bio"):
        write(tmp_path / name, f"{name} O\n")
    found = read_tagged(tmp_path, Columns())
    assert {part: file.sentences[0].words[0] for part, file in found.items()} == {
        "train": "train.txt",
        "validation": "dev.conll",
        "test": "test.bio",
    }


@pytest.mark.parametrize(
    ("content", "columns", "message"),
    [
        ("a O\nb\n", Columns(), ":2: 1 column where a word and its tag are expected"),
        ("a X O\nb O\n", Columns(1, 3), ":2: 2 columns, and tags=3 asks for another."),
        ("a O\n", Columns(-3, -1), ":1: 2 columns, and words=-3 asks for another."),
        ("a\tX\tO\nb\t\tO\n", Columns(1, 2), ":2: nothing in the column tags=2."),
        ("a O\n\tO\n", Columns(), ":2: nothing in the column words=1."),
        ("\n\n", Columns(), ": no line has a word."),
        (b"a O\nb\0 O\n", Columns(), ":2: a NUL byte"),
        (b"a O\n\xff O\n", Columns(), ":2: not UTF-8"),
        ("x" * 1_100_000 + " O\n", Columns(), ":1: the line is longer than"),
    ],
)
def test_tagged_files_that_are_refused(tmp_path: Path, content: str | bytes, columns: Columns, message: str) -> None:
    path = write(tmp_path / "a.conll", content)
    with pytest.raises(UserError) as raised:
        read_tagged(path, columns)
    assert f"{path}{message}" in str(raised.value)
