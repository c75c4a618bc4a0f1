"""The user's own files: what is written comes back, and every bad input names its place."""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqharness.data.files import MAX_LINE, read_lines
from seqharness.data.pairs import PairNames, PairSet, TextPair, find_files, fingerprint, read_aligned, read_pairs
from seqharness.errors import UserError

NAMES = PairNames(languages=("en", "fr"))

texts = st.text(
    st.characters(exclude_characters="\0\n\r\t", exclude_categories=["Cs"]), min_size=1, max_size=30
).filter(lambda text: text == text.strip() and not text.startswith("\ufeff"))
pairs = st.lists(st.builds(TextPair, texts, texts), min_size=1, max_size=8)
free_texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: text == text.strip()
)


def _write(name: str, content: str | bytes, folder: Path) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _train(path: Path, names: PairNames = NAMES) -> PairSet:
    return read_pairs(path, names)["train"]


def _refused(path: Path, *parts: str, names: PairNames = NAMES) -> None:
    with pytest.raises(UserError) as raised:
        read_pairs(path, names)
    for part in parts:
        assert part in str(raised.value)


# --------------------------------------------------------------------------------------------------------- round trips


@given(pairs, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_tab_separated_round_trip(rows: list[TextPair], end: str, bom: bool, last: bool, packed: bool) -> None:
    content = end.join(f"{row.source}\t{row.target}" for row in [TextPair("en", "fr"), *rows]) + (end if last else "")
    raw = content.encode("utf-8-sig" if bom else "utf-8")
    with tempfile.TemporaryDirectory() as folder:
        name, raw = ("p.tsv.gz", gzip.compress(raw)) if packed else ("p.tsv", raw)
        read = _train(_write(name, raw, Path(folder)))
    assert read.pairs == rows
    assert list(read.files.values()) == [hashlib.sha256(raw).hexdigest()]


@given(st.lists(st.builds(TextPair, free_texts, free_texts), min_size=1, max_size=8), st.booleans())
@settings(max_examples=60, deadline=None)
def test_json_lines_round_trip(rows: list[TextPair], ascii_only: bool) -> None:
    lines = [json.dumps({"id": 1, "source": a, "target": b}, ensure_ascii=ascii_only) for a, b in rows]
    with tempfile.TemporaryDirectory() as folder:
        assert _train(_write("p.jsonl", "\n".join(lines), Path(folder))).pairs == rows


@given(pairs, st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_line_aligned_round_trip(rows: list[TextPair], end: str, bom: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side, language in enumerate(("en", "fr")):
            content = "".join(row[side] + end for row in rows)
            _write(f"train.{language}", content.encode("utf-8-sig" if bom else "utf-8"), folder)
        assert _train(folder).pairs == rows


# ------------------------------------------------------------------------------------------------------ columns, keys


def test_two_columns_without_a_header(tmp_path: Path) -> None:
    assert _train(_write("p.tsv", "a\tb\nc\td\n", tmp_path)).pairs == [("a", "b"), ("c", "d")]


def test_a_header_decides_the_direction(tmp_path: Path) -> None:
    path = _write("p.tsv", "id\tfr\ten\n1\tun\tone\n", tmp_path)
    assert _train(path).pairs == [("one", "un")]
    assert _train(path, PairNames(languages=("fr", "en"))).pairs == [("un", "one")]


def test_columns_by_name(tmp_path: Path) -> None:
    path = _write("p.tsv", "id\tEnglish\tFrench\n1\tone\tun\n", tmp_path)
    assert _train(path, PairNames(languages=("en", "fr"), source="English", target="French")).pairs == [("one", "un")]
    _refused(path, "p.tsv:1", "3 columns where 2 are expected")
    wrong = PairNames(languages=("en", "fr"), source="English", target="Frnch")
    _refused(path, "p.tsv:1", "no 'Frnch'", "Did you mean 'French'", names=wrong)


def test_keys_by_language_or_by_name(tmp_path: Path) -> None:
    path = _write("p.jsonl", '{"en": "one", "fr": "un"}\n', tmp_path)
    assert _train(path, PairNames(languages=("fr", "en"))).pairs == [("un", "one")]
    _refused(path, "p.jsonl:1", "'de'", "There is: 'en', 'fr'", names=PairNames(languages=("en", "de")))
    path = _write("q.jsonl", '{"source": "a", "target": "b"}\n{"source": "a", "taget": "b"}\n', tmp_path)
    _refused(path, "q.jsonl:2", "no 'target'", "Did you mean 'taget'")


def test_pairs_with_an_empty_side_are_left_out_and_counted(tmp_path: Path) -> None:
    read = _train(_write("p.tsv", "\n a \t b\n\t\nc\t \n\td\n", tmp_path))
    assert read.pairs == [("a", "b")]
    assert read.blank == 4


def test_only_line_feeds_end_a_line(tmp_path: Path) -> None:
    _write("train.en", "a\u2028b\x0cc\x85d\n", tmp_path)
    _write("train.fr", "x\n", tmp_path)
    assert _train(tmp_path).pairs == [("a\u2028b\x0cc\x85d", "x")]


# ------------------------------------------------------------------------------------------------------------- folders


def test_the_parts_of_a_folder(tmp_path: Path) -> None:
    for name in ("train.en", "train.fr", "dev.en", "dev.fr"):
        _write(name, f"{name}\n", tmp_path)
    _write("test.tsv.gz", gzip.compress(b"a\tb\n"), tmp_path)
    read = read_pairs(tmp_path, NAMES)
    assert {part: pairs.pairs for part, pairs in read.items()} == {
        "train": [("train.en", "train.fr")],
        "validation": [("dev.en", "dev.fr")],
        "test": [("a", "b")],
    }
    assert [len(files) for files in find_files(tmp_path, NAMES).values()] == [2, 2, 1]
    assert fingerprint(tmp_path, NAMES) == {name: sum for part in read.values() for name, sum in part.files.items()}


def test_a_folder_that_lacks_something(tmp_path: Path) -> None:
    _refused(tmp_path, "no training pairs", "train.en and train.fr")
    _write("train.en", "a\n", tmp_path)
    _refused(tmp_path, "train.en has no counterpart", "train.fr")
    _write("train.fr", "a\n", tmp_path)
    _write("train.tsv", "a\tb\n", tmp_path)
    _refused(tmp_path, "train.tsv", "train.en", "could each be the train part")


# ----------------------------------------------------------------------------------------------------------- bad input


def test_unequal_line_counts(tmp_path: Path) -> None:
    english, french = _write("train.en", "a\nb\nc\nd\n", tmp_path), _write("train.fr", "a\nb\n", tmp_path)
    _refused(tmp_path, f"{english} has 4 lines", f"{french} has 2", f"line 3 of {english} is the first without")
    with pytest.raises(UserError, match=r"line 3 of .*train.en is the first without a partner in .*train.fr"):
        read_aligned(french, english)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n", b"\t\n"])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    path = _write("p.tsv", content, tmp_path)
    _refused(path, str(path), "empty" if not content else "no pair has text on both sides")


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"a\tb\nc\xe9\td\n", ["p.tsv:2", "not UTF-8", "0xe9 at byte 2"]),
        (b"a\tb\nc\td\n\0\te\n", ["p.tsv:3", "NUL"]),
        ("a\tb\n".encode("utf-16"), ["p.tsv:1", "UTF-16"]),
        (b"a\tb\nc\n", ["p.tsv:2", "1 column where 2 are expected"]),
        (b"a\tb\nc\td\te\n", ["p.tsv:2", "3 columns where 2 are expected"]),
        (b"a\n", ["p.tsv:1", "1 column where 2 are expected"]),
        (b"a\tb\n" + b"c" * (MAX_LINE + 1) + b"\td\n", ["p.tsv:2", "longer than 1,048,576 bytes"]),
    ],
)
def test_a_bad_line_of_columns(tmp_path: Path, content: bytes, parts: list[str]) -> None:
    _refused(_write("p.tsv", content, tmp_path), *parts)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("{", "not JSON"),
        ("[1]", "a JSON object is expected"),
        ("[" * 100_000, "not JSON"),
        ('{"source": "a", "target": 3}', "the value of 'target' is 3, which is not a text"),
        ('{"source": "a", "target": null}', "the value of 'target' is null"),
        ('{"source": "a\\u0000", "target": "b"}', "NUL"),
        ('{"source": "a", "target": "\\ud800"}', "surrogate"),
        ('{"source": ' + "9" * 5000 + ', "target": "b"}', "not JSON that can be read"),
    ],
)
def test_a_bad_json_line(tmp_path: Path, line: str, part: str) -> None:
    _refused(_write("p.jsonl", f'{{"source": "a", "target": "b"}}\n{line}\n', tmp_path), "p.jsonl:2", part)


def test_an_unknown_type_of_file(tmp_path: Path) -> None:
    _refused(_write("p.docx", "a", tmp_path), "p.docx", "Supported: .tsv, .jsonl")


def test_a_missing_path(tmp_path: Path) -> None:
    _write("train.tsv", "a\tb\n", tmp_path)
    _refused(tmp_path / "trian.tsv", "Did you mean", "train.tsv")
    _refused(tmp_path / "no" / "where.tsv", f"the folder {str(tmp_path / 'no')!r} does not exist")


def test_a_path_that_is_too_long(tmp_path: Path) -> None:
    _refused(tmp_path / ("x" * 5000 + ".tsv"), "cannot be read: File name too long")


def test_a_damaged_archive(tmp_path: Path) -> None:
    _refused(_write("p.tsv.gz", gzip.compress(b"a\tb\n" * 9)[:-9], tmp_path), "p.tsv.gz", "cannot be read")
    _refused(_write("q.tsv.gz", b"a\tb\n", tmp_path), "q.tsv.gz", "cannot be read")


@pytest.mark.parametrize("name", ["p.txt", "p.txt.gz"])
def test_a_line_of_100_mb_is_never_held(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with gzip.open(path, "wb", compresslevel=1) if name.endswith(".gz") else path.open("wb") as file:
        for _ in range(100):
            file.write(b"x" * 1_000_000)
    tracemalloc.start()
    with pytest.raises(UserError, match=f"{name}:1: the line is longer"):
        list(read_lines(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MAX_LINE
