"""`data=hf:NAME` in every task that takes own files. Data sets are local ones, as the library saves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasets
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, List, Translation, Value

from seqharness.contracts import Data
from seqharness.data.sources import DataSource
from seqharness.errors import UserError
from seqharness.keys import task_identity
from seqharness.registry import PluginSettings, load_catalogue
from seqharness.resolve import resolve_task

CATALOGUE = load_catalogue(PluginSettings.of((), ()))
COUNT = 40


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "library")


def save(features: dict[str, Any], rows: dict[str, list[Any]]) -> None:
    DatasetDict(train=Dataset.from_dict(rows, features=Features(features))).save_to_disk("set")


def save_labelled(last: str = "text 39") -> None:
    texts = [f"text {number}" for number in range(COUNT - 1)] + [last]
    labels = [number % 2 for number in range(COUNT)]
    save({"text": Value("string"), "label": ClassLabel(names=["neg", "pos"])}, {"text": texts, "label": labels})


def source(cache: str = "cache") -> DataSource:
    return DataSource(None, Path(cache).resolve(), offline=True)


def load(task: str) -> Data:
    return resolve_task(task, CATALOGUE).task.load(source())


def refusal(task: str) -> str:
    with pytest.raises(UserError) as raised:
        load(task)
    return str(raised.value)


def test_classify_has_labels_by_name_and_missing_parts_split_off() -> None:
    save_labelled()
    data = load("classify:data=hf:set")
    assert {part: len(examples) for part, examples in data.splits.items()} == {"train": 34, "validation": 2, "test": 4}
    found = {example.input: example.target for examples in data.splits.values() for example in examples}
    assert found == {f"text {number}": ("neg", "pos")[number % 2] for number in range(COUNT)}
    assert data.source == "hf:set" and list(data.files) == ["hf:set/train.jsonl"]
    assert any(note.startswith("test: 4 of 40 training examples") for note in data.notes)
    assert refusal("classify:data=hf:set:label=labl").endswith(":1: the object has no 'labl'. Did you mean 'label'?")


def test_tag_counts_columns_among_lists_and_has_tags_by_name() -> None:
    words = [[f"w{number}", "x"] for number in range(COUNT)]
    save(
        {"id": Value("int64"), "tokens": List(Value("string")), "pos": List(Value("string"))}
        | {"ner": List(ClassLabel(names=["O", "B-PER"]))},
        {"id": list(range(COUNT)), "tokens": words, "pos": [["N", "X"]] * COUNT, "ner": [[1, 0]] * COUNT},
    )
    examples = load("tag:data=hf:set").splits["train"]
    assert {tuple(example.target) for example in examples} == {("B-PER", "O")}
    assert all(example.input in words for example in examples)
    assert load("tag:data=hf:set:tags=2").splits["train"][0].target == ["N", "X"]
    assert refusal("tag:data=hf:set:tags=4").endswith("train.tsv:1: 3 columns, and tags=4 asks for another.")


@pytest.mark.parametrize("pair", ["en-fr", "fr-en"])
def test_translate_has_the_languages_of_a_translation_in_either_direction(pair: str) -> None:
    rows = [{"en": f"it {number}", "fr": f"ça {number}"} for number in range(COUNT)]
    save({"translation": Translation(languages=["en", "fr"])}, {"translation": rows})
    example = load(f"translate:data=hf:set:vocabulary=300:pair={pair}").splits["train"][0]
    first, second = ("it", "ça") if pair == "en-fr" else ("ça", "it")
    assert example.input.startswith(first) and example.target.startswith(second)
    assert example.input.split()[1] == example.target.split()[1]
    assert "neither 'en' and 'de'" in refusal("translate:data=hf:set:pair=en-de")


def test_translate_has_columns_of_source_and_target() -> None:
    texts = [f"it {number}" for number in range(COUNT)]
    save({"source": Value("string"), "target": Value("string")}, {"source": texts, "target": texts})
    assert len(load("translate:data=hf:set:vocabulary=300").splits["train"]) == 34


@pytest.mark.parametrize("task", ["lm", "mlm"])
def test_language_models_read_a_column_of_text(task: str) -> None:
    poems = [f"line {number} of it" for number in range(COUNT)]
    save({"poem": Value("string"), "text": Value("string")}, {"poem": poems, "text": [poem.upper() for poem in poems]})
    named = load(f"{task}:data=hf:set:text=poem:unit=line:level=word")
    lines = [example.target["text"] for part in ("validation", "test") for example in named.splits[part]]
    assert lines and set(lines) <= set(poems)
    assert load(f"{task}:data=hf:set:unit=line:level=word").splits["test"][0].target["text"].isupper()
    assert "no column of texts 'poen'. Did you mean 'poem'?" in refusal(f"{task}:data=hf:set:text=poen")
    assert "text= names a column of data=hf:NAME" in refusal(f"{task}:text=poem")


def test_equal_rows_have_one_identity_wherever_the_cache_lies() -> None:
    def identity(cache: str) -> dict[str, Any]:
        return task_identity(resolve_task("classify:data=hf:set", CATALOGUE), source(cache))

    save_labelled()
    first = identity("here")
    assert identity("there") == first
    save_labelled(last="another text")
    assert identity("here") != first
