"""What is wrong in a user's files is one sentence with file and line, whoever reads them; repeats are counted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from seqharness.contracts import Data
from seqharness.data.sources import DataSource
from seqharness.errors import UserError
from seqharness.registry import PluginSettings, load_catalogue
from seqharness.resolve import resolve_task

NOWHERE = DataSource(None, Path("/nonexistent"), offline=True)
CATALOGUE = load_catalogue(PluginSettings.of((), ()))

TEXTS = [(f"the text with number {number} and more words", "ab"[number % 2]) for number in range(60)]
LINES = {
    "csv": ["text,label", *(",".join(row) for row in TEXTS)],
    "tsv": ["text\tlabel", *("\t".join(row) for row in TEXTS)],
    "jsonl": [json.dumps({"text": text, "label": label}) for text, label in TEXTS],
    "conll": [line for text, label in TEXTS for line in ("the\tO", f"{text.split()[4]}\tB-{label}", "")],
    "txt": [text for text, _ in TEXTS],
    "pairs": [f"{text}\tle {text}" for text, _ in TEXTS],
    "en": [text for text, _ in TEXTS],
    "fr": [f"le {text}" for text, _ in TEXTS],
}
"""Good files: the line at place 7 is about the text with number 7 or 6, but for the third one of `conll`."""

TASKS = {
    "csv": ("classify", "own.csv"),
    "tsv": ("classify", "own.tsv"),
    "jsonl": ("classify", "own.jsonl"),
    "conll": ("tag", "own.conll"),
    "txt": ("lm", "own.txt"),
    "pairs": ("translate:vocabulary=300", "own.tsv"),
}
"""Kind of file -> the task that reads it, and the name of the file."""

ALIGNED = "translate:vocabulary=300"


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, content: str | bytes | Sequence[str]) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str | bytes) else "".join(f"{line}\n" for line in content)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def load(task: str, data: str) -> Data:
    return resolve_task(f"{task}:data={data}", CATALOGUE).task.load(NOWHERE)


def refusal(task: str, data: str) -> str:
    with pytest.raises(UserError) as raised:
        load(task, data)
    return str(raised.value)


def with_line(lines: Sequence[str], place: int, line: str) -> list[str]:
    return [*lines[:place], line, *lines[place + 1 :]]


# ----------------------------------------------------------------------------------------------- what every file can be


@pytest.mark.parametrize("kind", TASKS)
def test_the_good_file_is_read(kind: str) -> None:
    task, name = TASKS[kind]
    write(name, LINES[kind])
    assert all(load(task, name).splits.values())


@pytest.mark.parametrize("kind", TASKS)
def test_bad_bytes_and_long_lines_are_named_by_file_and_line(kind: str) -> None:
    task, name = TASKS[kind]
    good = LINES[kind]
    write(name, with_line(good, 7, good[7][:1] + "\0" + good[7][1:]))
    assert refusal(task, name).startswith(f"{name}:8: a NUL byte")
    write(name, "\n".join(with_line(good, 7, "é" + good[7])).encode("latin-1"))
    assert refusal(task, name).startswith(f"{name}:8: not UTF-8: byte 0xe9")
    write(name, "\n".join(good).encode("utf-16"))
    assert refusal(task, name) == f"{name}:1: the file is UTF-16; save it as UTF-8."
    write(name, with_line(good, 7, "x" * (2 << 20)))
    assert refusal(task, name) == f"{name}:8: the line is longer than 1,048,576 bytes."


@pytest.mark.parametrize("kind", TASKS)
def test_a_path_that_holds_nothing_to_read_is_named(kind: str) -> None:
    task, name = TASKS[kind]
    write(name, "")
    assert refusal(task, name) == f"{name} is empty."
    write(name, "\n \n\n")
    assert refusal(task, name).startswith(f"{name}")
    assert refusal(task, f"un{name}").startswith(f"There is no 'un{name}'. Did you mean '{name}'?")
    assert refusal(task, f"gone/{name}").startswith(f"There is no 'gone/{name}': the folder 'gone' does not exist.")
    Path("folder").mkdir()
    assert refusal(task, "folder").startswith("folder ")
    Path("folder", f"train.{name.rpartition('.')[2]}").mkdir()
    assert "cannot be read" in refusal(task, "folder") and "Is a directory" in refusal(task, "folder")
    assert refusal(task, "/dev/null") == "'/dev/null' is neither a file nor a folder."


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "conll", "pairs"])
def test_a_file_that_is_too_small_to_be_split_is_named(kind: str) -> None:
    task, name = TASKS[kind]
    write(name, LINES[kind][:6] if kind == "conll" else LINES[kind][-2:])
    assert refusal(task, name) == (
        f"{name}: 2 distinct examples are too few to split off validation and test: give these as own files."
    )


@pytest.mark.parametrize("kind", TASKS)
def test_examples_that_stand_in_training_and_in_test_are_counted(kind: str) -> None:
    task, name = TASKS[kind]
    end = name.rpartition(".")[2]
    for part in ("train", "valid", "test"):
        write(f"own/train.{end}".replace("train", part), LINES[kind])
    notes = [note for note in load(task, "own").notes if "also occur" in note]
    assert [note.partition(":")[0] for note in notes] == ["validation", "test"]
    assert all("60 of 60" in note for note in notes)


# ------------------------------------------------------------------------------------------------------ labels and tags


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_labels_that_cannot_be_learned_are_named(kind: str) -> None:
    task, name = TASKS[kind]
    good = LINES[kind]
    write(name, [line.replace(",b", ",a").replace("\tb", "\ta").replace('"b"', '"a"') for line in good])
    assert refusal(task, name) == f"{name}: every text has the label 'a'; there is nothing to tell apart."
    bare = good[7].replace(",a", ",").replace(",b", ",").replace("\ta", "\t").replace("\tb", "\t")
    write(name, with_line(good, 7, bare.replace('"a"', '""').replace('"b"', '""')))
    assert refusal(task, name) == f"{name}:8: a text without a label."
    write(f"own/train.{kind}", good)
    other = good[8].replace(",a", ",c").replace(",b", ",c").replace("\ta", "\tc").replace("\tb", "\tc")
    write(f"own/test.{kind}", with_line(good, 8, other.replace('"a"', '"c"').replace('"b"', '"c"')))
    assert refusal(task, "own") == (
        f"own/test.{kind}:9: the label 'c' of the test part does not occur in train. There is: a, b."
    )
    found = refusal(task + ":label=labl", name)
    assert found.startswith(f"{name}:1: ") and found.endswith("has no 'labl'. Did you mean 'label'?")


def test_rows_without_a_text_are_left_out_and_counted() -> None:
    empty: Mapping[str, str] = {
        "csv": ",a",
        "tsv": "\ta",
        "jsonl": '{"text": " ", "label": "a"}',
        "pairs": "\tle texte",
    }
    for kind, line in empty.items():
        task, name = TASKS[kind]
        write(name, [*LINES[kind], line, "", line])
        assert any(note.startswith("train:") and note.endswith(": 3") for note in load(task, name).notes), kind


def test_tags_that_cannot_be_learned_are_named() -> None:
    good = LINES["conll"]
    write("own.conll", [line.replace("B-a", "O").replace("B-b", "O") for line in good])
    assert refusal("tag", "own.conll") == "own.conll: every word has the tag 'O'; there is nothing to tell apart."
    write("own.conll", with_line(good, 7, "word"))
    assert refusal("tag", "own.conll").startswith("own.conll:8: 1 column where a word and its tag are expected")
    write("own.conll", with_line(good, 7, "word\t "))
    assert refusal("tag", "own.conll") == "own.conll:8: nothing in the column tags=-1."
    write("own.conll", good)
    assert refusal("tag:tags=3", "own.conll") == "own.conll:1: 2 columns, and tags=3 asks for another."
    write("own/train.conll", good)
    write("own/test.conll", with_line(good, 7, "word\tB-c"))
    assert refusal("tag", "own").startswith("own/test.conll:8: the tag 'B-c' of the test part does not occur in train.")


# ------------------------------------------------------------------------------------------------------- two sides


def test_pairs_that_do_not_fit_are_named() -> None:
    write("own.tsv", with_line(LINES["pairs"], 7, "one side alone"))
    assert refusal(ALIGNED, "own.tsv") == "own.tsv:8: 1 column where 2 are expected, separated by tabs."
    write("own.tsv", ["english\tfrench", *LINES["pairs"]])
    told = refusal(f"{ALIGNED}:source=englisch:target=french", "own.tsv")
    assert told == "own.tsv:1: the header has no 'englisch'. Did you mean 'english'?"


def test_line_aligned_files_that_do_not_fit_are_named() -> None:
    write("own/train.en", LINES["en"])
    assert refusal(ALIGNED, "own") == "own/train.en has no counterpart own/train.fr."
    write("own/train.fr", LINES["fr"][:50])
    assert refusal(ALIGNED, "own") == (
        "own/train.en has 60 lines and own/train.fr has 50: line 51 of own/train.en is the first without a partner in "
        "own/train.fr."
    )
    write("own/train.fr", with_line(LINES["fr"], 7, "le \0 texte"))
    assert refusal(ALIGNED, "own").startswith("own/train.fr:8: a NUL byte")
    write("own/train.fr", "")
    assert refusal(ALIGNED, "own") == "own/train.fr is empty."


# -------------------------------------------------------------------------------------------------------- as a user


MEASURED = """
import resource, sys
from seqharness.cli import run
good, bad = sys.argv[1:]
assert run(["data", "show", good, "-n", "0"]) == 0
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert run(["data", "show", bad, "-n", "0"]) == 2
unit = 1 if sys.platform == "darwin" else 1024
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit
assert grown < 20 << 20, grown
"""


@pytest.mark.parametrize("kind", TASKS)
def test_a_line_of_100_megabytes_is_one_sentence_and_takes_no_memory(kind: str, tmp_path: Path) -> None:
    task, name = TASKS[kind]
    write(f"good/{name}", LINES[kind])
    write(f"bad/{name}", LINES[kind])
    with Path(f"bad/{name}").open("ab") as file:
        for _ in range(100):
            file.write(b"x" * 1_000_000)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HARNESS_")}
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, f"{task}:data=good/{name}", f"{task}:data=bad/{name}"],
        capture_output=True,
        text=True,
        env={**clean, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = len(LINES[kind])
    assert done.stderr == f"harness: bad/{name}:{lines + 1}: the line is longer than 1,048,576 bytes.\n"
