"""Data sets of the hub as files: what is written, what is noted, and what is refused. Nothing goes over the network."""

from __future__ import annotations

import builtins
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import datasets
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, List, Translation, Value

from seqharness.data import hub
from seqharness.data.hub import hub_files
from seqharness.data.hub_forms import OBJECTS, TAGGED, Form, text_of
from seqharness.data.own import find_own
from seqharness.data.sources import DataSource
from seqharness.errors import UserError

TEXT = text_of(None)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "library")


def source(cache: str = "cache") -> DataSource:
    return DataSource(None, Path(cache).resolve(), offline=True)


def saved(splits: Mapping[str, Mapping[str, list[Any]]], features: Features | None = None, name: str = "set") -> str:
    """A data set in the form in which the library keeps it -> what `data=` calls it."""
    parts = {part: Dataset.from_dict(dict(columns), features=features) for part, columns in splits.items()}
    DatasetDict(parts).save_to_disk(name)
    return f"hf:{name}"


def written(data: str, form: Form) -> dict[str, str]:
    """Name -> content of the files."""
    folder, _ = hub_files(data, form, source())
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


def refusal(data: str, form: Form = OBJECTS, offline: bool = True) -> str:
    with pytest.raises(UserError) as raised:
        hub_files(data, form, DataSource(None, Path("cache").resolve(), offline))
    return str(raised.value)


# ---------------------------------------------------------------------------------------------------- what is written


def test_objects_hold_texts_numbers_labels_by_name_and_languages() -> None:
    features = Features(
        {
            "text": Value("string"),
            "label": ClassLabel(names=["neg", "pos"]),
            "score": Value("int64"),
            "translation": Translation(languages=["en", "fr"]),
            "vector": List(Value("float32")),
        }
    )
    pair = {"en": "it", "fr": "ça"}
    columns: dict[str, list[Any]] = {
        "text": ["a\nb", "c"],
        "label": [1, 0],
        "score": [3, 4],
        "translation": [pair] * 2,
        "vector": [[1.0]] * 2,
    }
    files = written(saved({"train": columns}, features), OBJECTS)
    assert [json.loads(line) for line in files["train.jsonl"].splitlines()] == [
        {"text": "a\nb", "label": "pos", "score": 3, "en": "it", "fr": "ça"},
        {"text": "c", "label": "neg", "score": 4, "en": "it", "fr": "ça"},
    ]


def test_tagged_sentences_have_a_column_for_each_list_and_labels_by_name() -> None:
    features = Features(
        {"id": Value("string"), "tokens": List(Value("string")), "tags": List(ClassLabel(names=["O", "B-PER"]))}
    )
    columns: dict[str, list[Any]] = {
        "id": ["0", "1"],
        "tokens": [["New York", "sle\teps"], ["Ann"]],
        "tags": [[1, 0], [1]],
    }
    files = written(saved({"train": columns}, features), TAGGED)
    assert files == {"train.tsv": "New York\tB-PER\nsle eps\tO\n\nAnn\tB-PER\n\n"}


def test_lists_of_unequal_lengths_are_refused_by_row() -> None:
    data = saved({"train": {"tokens": [["a"], ["a", "b"]], "tags": [["X"], ["X"]]}})
    assert "the lists of row 2 differ in length: 2 in 'tokens', 1 in 'tags'" in refusal(data, TAGGED)
    assert "no two columns of lists" in refusal(saved({"train": {"text": ["a"]}}, name="flat"), TAGGED)


def test_running_text_is_its_column_line_by_line() -> None:
    data = saved({"train": {"text": [" = Head = \n", "", "one\ntwo"], "poem": ["p"] * 3, "n": [1, 2, 3]}})
    assert written(data, TEXT) == {"train.txt": " = Head = \n\none\ntwo\n"}
    assert written(data, text_of("poem")) == {"train.txt": "p\np\np\n"}
    assert refusal(data, text_of("n")).endswith("has no column of texts 'n'. There is: poem, text.")
    assert "name it by text=NAME. There is: 'poem'." in refusal(saved({"train": {"poem": ["p"]}}, name="p"), TEXT)


def test_parts_have_the_names_that_files_have_and_other_splits_are_noted() -> None:
    data = saved({part: {"text": [part]} for part in ("train", "dev", "test", "unsupervised")})
    folder, notes = hub_files(data, TEXT, source())
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "train.txt": "train\n",
        "validation.txt": "dev\n",
        "test.txt": "test\n",
    }
    assert notes == ("splits of hf:set that are not used: unsupervised",)


def test_a_test_part_without_labels_is_left_out_where_labels_are_asked_for_and_noted() -> None:
    features = Features({"text": Value("string"), "label": ClassLabel(names=["neg", "pos"])})
    data = saved({"train": {"text": ["a"], "label": [0]}, "test": {"text": ["b"], "label": [-1]}}, features)
    folder, notes = hub_files(data, OBJECTS, source())
    assert [path.name for path in folder.iterdir()] == ["train.jsonl"]
    assert notes == ("test: the split of hf:set is not used: its column 'label' holds no label",)
    assert set(written(data, TEXT)) == {"train.txt", "test.txt"}


# ------------------------------------------------------------------------------------------------------- copies, names


def test_equal_rows_have_equal_names_and_sums_wherever_the_cache_lies() -> None:
    def named(cache: str, content: str) -> dict[str, str]:
        Path("folder").mkdir(exist_ok=True)
        Path("folder/train.csv").write_text(f"text,label\n{content},1\n")
        own = find_own("hf:folder", (), OBJECTS, source(cache))
        return own.named({str(own.path / "train.jsonl"): (own.path / "train.jsonl").read_text()})

    first = named("here", "a")
    assert first == {"hf:folder/train.jsonl": '{"text": "a", "label": 1}\n'}
    assert named("there", "a") == first
    assert named("here", "b") != first
    assert named("here", "a") == first


def test_a_copy_is_made_once_and_a_failed_one_leaves_nothing() -> None:
    data = saved({"train": {"text": ["a"]}})
    folder, _ = hub_files(data, TEXT, source())
    (folder / "train.txt").write_text("kept\n")
    assert written(data, TEXT) == {"train.txt": "kept\n"}
    refusal(data, text_of("nothing"))
    assert list(folder.parent.iterdir()) == [folder]


def test_a_path_is_its_own_name() -> None:
    Path("own.csv").touch()
    own = find_own("own.csv", (), OBJECTS, source())
    assert own.path == Path("own.csv") and own.named({"own.csv": "1"}) == {"own.csv": "1"}


# ---------------------------------------------------------------------------------------------------------- refusals


def test_what_a_data_set_lacks_is_said() -> None:
    assert refusal("hf:") == "data=hf: names no data set: write data=hf:NAME."
    data = saved({"test": {"text": ["a"]}})
    assert refusal(data) == "hf:set has no split that is called train. There is: 'test'."


def test_configurations_are_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "set" / name).mkdir(parents=True)
        (tmp_path / "set" / name / "train.csv").write_text(f"text\n{name}\n")
    config = "".join(f"- config_name: {name}\n  data_files: {name}/*.csv\n" for name in "ab")
    (tmp_path / "set" / "README.md").write_text(f"---\nconfigs:\n{config}---\n")
    assert written("hf:set:b", TEXT) == {"train.txt": "b\n"}
    for data in ("hf:set", "hf:set:c"):
        told = refusal(data)
        assert "['a', 'b']" in told and told.endswith("A configuration is named by hf:NAME:CONFIGURATION.")


def test_name_revision_and_configuration_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load_dataset(name: str, configuration: str | None = None, *, revision: str | None = None) -> Any:
        asked.append((name, configuration, revision))
        return DatasetDict(train=Dataset.from_dict({"text": [name]}))

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    for data in ("hf:imdb", "hf:nyu-mll/glue:sst2", "hf:a/b@1f2e", "hf:a/b@1f2e:c"):
        written(data, TEXT)
    assert asked == [
        ("imdb", None, None),
        ("nyu-mll/glue", "sst2", None),
        ("a/b", None, "1f2e"),
        ("a/b", "c", "1f2e"),
    ]


def test_an_unknown_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise datasets.exceptions.DatasetNotFoundError("Dataset 'a/b' doesn't exist on the Hub or cannot be accessed.")

    monkeypatch.setattr(datasets, "load_dataset", unknown)
    assert refusal("hf:a/b").startswith("There is no hf:a/b: the hub has no data set 'a/b' that everyone may read")


def test_the_library_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    load = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "datasets":
            raise ModuleNotFoundError(name=name)
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    told = refusal("hf:set")
    assert told == "data=hf:set needs the library datasets: pip install 'seqharness[datasets]'."


def test_the_network_is_asked_once_and_not_where_it_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[None] = []

    def nowhere() -> bool:
        asked.append(None)
        return False

    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("Couldn't reach 'a/b' on the Hub")

    monkeypatch.setattr(hub, "_reachable", nowhere)
    monkeypatch.setattr(datasets, "load_dataset", unreachable)
    assert refusal("hf:a/b").endswith("and downloads are switched off.") and not asked
    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert refusal("hf:a/b", offline=False).endswith("and the hub cannot be reached.") and len(asked) == 1
    assert os.environ["HF_HUB_OFFLINE"] == "1"


@pytest.mark.parametrize("address", ["http://localhost:9", "no address"])
def test_a_hub_that_does_not_answer_is_not_reachable(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    assert not hub._reachable()


@pytest.mark.parametrize("environment", [{"HARNESS_OFFLINE": "1"}, {"HF_ENDPOINT": "http://localhost:9"}], ids=str)
def test_without_a_network_the_command_says_so_at_once(tmp_path: Path, environment: dict[str, str]) -> None:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HARNESS_", "HF_"))}
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "seqharness", "data", "show", "classify:data=hf:no/such"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**clean, "HARNESS_CACHE": str(tmp_path / "cache"), "HF_HOME": str(tmp_path / "library"), **environment},
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("harness: hf:no/such is not in the cache of the library datasets, and ")
    assert done.stderr.count("\n") == 1
    assert time.monotonic() - begun < 20
