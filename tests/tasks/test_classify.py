"""`classify` with its three kinds of data, and the figures it computes."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from sklearn.metrics import f1_score, matthews_corrcoef

from seqharness.analysis.table import Table
from seqharness.contracts import Axis, Data, Example, Prediction, Task, TaskSpec, columns_of
from seqharness.data.prepare import prepare
from seqharness.data.rows import Rows
from seqharness.data.sources import DataSource
from seqharness.data.tokenizers import BytePairTokenizer, unknown
from seqharness.errors import UserError
from seqharness.interfaces import UNK, Classify
from seqharness.metrics.classification import confusion_of
from seqharness.specs import check_options
from seqharness_tasks import classification
from seqharness_tasks.classification import published
from seqharness_tasks.classification.codec import ClassificationCodec, cut
from seqharness_tasks.classification.options import NAMES, ClassifyOptions
from seqharness_tasks.classification.task import Classification
from seqharness_tasks.generated.reviews import PHENOMENA, Review

NOWHERE = DataSource(None, Path("/nonexistent"), offline=True)


def _task(**options: object) -> Classification:
    return Classification(check_options(ClassifyOptions, options, "classify"))


@pytest.fixture
def generated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the generated corpus."""
    made = ModuleType("seqharness_tasks.generated.reviews")
    made.LABELS = ("negative", "positive")  # type: ignore[attr-defined]
    made.corpus = lambda seed: {  # type: ignore[attr-defined]
        "train": [Review("The soup was good.", "positive", ("plain",), 0), Review("It was bad.", "negative", (), 0)]
        * 9,
        "validation": [Review("The bread was good.", "positive", ("plain",), 0)],
        "test": [Review("The soup was not good.", "negative", ("negation", "speaker"), 1)],
    }
    monkeypatch.setitem(sys.modules, made.__name__, made)


def _csv(folder: Path, rows: int = 40) -> Path:
    path = folder / "own.csv"
    lines = "".join(f"a text with number {n},{'odd' if n % 2 else 'even'}\n" for n in range(rows))
    path.write_text(f"text,label\n{lines}", encoding="utf-8")
    return path


def _folder(folder: Path, **parts: str) -> Path:
    for part, content in parts.items():
        (folder / f"{part}.csv").write_text(f"text,label\n{content}", encoding="utf-8")
    return folder


# ---------------------------------------------------------------------------------------------------------------- card


def test_the_card_is_light_and_names_the_task() -> None:
    cards: list[TaskSpec] = []
    classification.register_tasks(cards.append)
    (card,) = cards
    assert card.name == "classify"
    assert card.interface is Classify
    assert card.options() is ClassifyOptions
    task: Task = card.load()(card.options()())
    assert [metric.name for metric in task.metrics] == ["accuracy", "macro_f1", "matthews", "ece", "loss"]
    assert task.baselines == ("chance", "majority", "bow")
    assert set(card.datasets()) == set(NAMES) - {"generated"}
    script = (
        "import sys, seqharness_tasks.classification as t; cards = []; t.register_tasks(cards.append)\n"
        "heavy = {'torch', 'numpy', 'tokenizers', 'sklearn'} & set(sys.modules); assert not heavy, heavy\n"
        "task = cards[0].load()(cards[0].options()()); assert not {'torch', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run(
        [sys.executable, "-c", script], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tokens": "words"}, "Did you mean 'word'"),
        ({"vocabulary": "100", "tokens": "bpe"}, "no room for the bytes of byte pairs: 256 or more"),
        ({"vocabulary": "3"}, "vocabulary=3"),
        ({"max_length": "0"}, "max_length=0"),
        ({"text": "comment"}, "name columns of own files, and data=generated has none"),
        ({"data": "r8", "label": "topic"}, "name columns of own files, and data=r8 has none"),
        ({"data": "x.csv", "text": "a", "label": "a"}, "both name the column 'a'"),
        ({"lable": "a"}, "Did you mean 'label'"),
    ],
)
def test_bad_options(options: dict[str, str], message: str) -> None:
    with pytest.raises(UserError) as raised:
        _task(**options)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("sst", "Did you mean 'sst2'?"),
        ("agnews", "Did you mean 'ag_news'?"),
        ("nothing-like-it", "Data sets known by name: generated, sst2, sst2-sentences, ag_news, ag_news-full, r8."),
        ("/no/where/it.csv", "the folder '/no/where' does not exist"),
    ],
)
def test_unknown_data(data: str, message: str) -> None:
    for method in (_task(data=data).load, _task(data=data).fingerprint):
        with pytest.raises(UserError) as raised:
            method(NOWHERE)
        assert message in str(raised.value)


# ----------------------------------------------------------------------------------------------------------- generated


@pytest.mark.usefixtures("generated")
def test_generated_data() -> None:
    task = _task()
    data = task.load(NOWHERE)
    assert data.splits["test"][0] == Example(
        "The soup was not good.", "negative", {"length": 5.0, "phenomenon": ("negation", "speaker"), "negations": 1.0}
    )
    assert data.splits["validation"][0].slices == {"length": 4.0, "phenomenon": ("plain",), "negations": 0.0}
    assert set(task.axes) == {"length", "phenomenon", "negations"}
    assert data.notes == (
        "validation: 1 of 5 tokens (20.0 %) are not in the vocabulary",
        "test: 1 of 6 tokens (16.7 %) are not in the vocabulary",
        "train: 16 of 18 texts repeat an earlier one; kept",
    )
    assert task.fingerprint(NOWHERE) == {}
    codec = task.codec(data)
    assert codec.describe() == "words, 13 types"
    assert codec.encode(data.splits["test"])["tokens"].values.tolist().count(UNK) == 1


def test_the_generated_corpus_itself() -> None:
    data = _task().load(NOWHERE)
    assert {part: len(rows) for part, rows in data.splits.items()} == {
        "train": 24_000,
        "validation": 1_000,
        "test": 2_000,
    }
    assert data.notes == ()
    assert all(set(example.slices["phenomenon"]) <= set(PHENOMENA) for example in data.splits["test"])  # type: ignore[arg-type]


# ----------------------------------------------------------------------------------------------------------- published


FORMS = {
    "sst2": ("sentence\tlabel\n", '{text} "x\t{label}\n', ("0", "1"), '{text} "x'),
    "sst2-sentences": ("", '{text} "x\t{label}\n', ("0", "1"), '{text} "x'),
    "ag_news": ("", '"{text} ""x"""\t{label}\n', ("World", "Sci/Tech"), '{text} "x"'),
    "ag_news-full": ("", '"{label}","One, two","{text}"\n', ("1", "4"), "One, two {text}"),
    "r8": ("", "{label}\t{text}\n", ("acq", "trade"), "{text}"),
}
"""Of each data set: header, a row, labels as they are in the file, and the text that is read."""


@pytest.mark.parametrize("name", published.PUBLISHED)
def test_published_data(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a mirror of the upstream's layout with a few lines in each file, and the sums patched."""
    header, row, written, read_as = FORMS[name]
    data, files = published.PUBLISHED[name], {}
    for part, (file, read) in data.files.items():
        content = header + "".join(row.format(text=f"{part} {n}", label=written[n % 2]) for n in range(40))
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        files[part] = (replace(file, sha256=hashlib.sha256(content.encode()).hexdigest(), bytes=len(content)), read)
    monkeypatch.setitem(published.PUBLISHED, name, replace(data, files=files))  # type: ignore[arg-type]
    task, source = _task(data=name), DataSource(tmp_path, offline=True)
    found = task.load(source)
    assert task.labels == data.labels
    names = (data.labels[0], data.labels[-1])
    expected = [(read_as.format(text=f"test {n}"), names[n % 2]) for n in range(40)]
    assert [(example.input, example.target) for example in found.splits["test"]] == expected
    assert len(found.splits["validation"]) == (40 if "validation" in files else 2)
    assert len(found.splits["train"]) == (40 if "validation" in files else 38)
    assert found.files == {file.path: file.sha256 for file, _ in files.values()} == task.fingerprint(source)
    assert found.source == data.source


def test_the_mirror_given_to_the_tests() -> None:
    if not os.environ.get("HARNESS_DATA"):
        pytest.skip("no mirror: HARNESS_DATA is not set")
    sizes = {
        "sst2": (65_337, 2_012, 872),
        "sst2-sentences": (6_920, 872, 1_821),
        "ag_news": (9_502, 499, 7_600),
        "r8": (5_210, 275, 2_189),
    }
    for name, expected in sizes.items():
        task = _task(data=name)
        data = task.load(DataSource.from_environment())
        assert tuple(len(data.splits[part]) for part in ("train", "validation", "test")) == expected
        assert {example.target for example in data.splits["train"]} == set(task.labels)


def test_addresses_and_sums_are_whole() -> None:
    files = [file for data in published.PUBLISHED.values() for file, _ in data.files.values()]
    assert len({file.sha256 for file in files}) == len(files)
    for file in files:
        assert file.url.startswith("https://")
        assert len(file.sha256) == 64
        assert file.member or file.path.rpartition("/")[2] == file.url.rpartition("/")[2]
        assert bool(file.member) == bool(file.archive_bytes)


# ----------------------------------------------------------------------------------------------------------- own files


def test_a_file_is_split_by_its_texts(tmp_path: Path) -> None:
    path = _csv(tmp_path, 200)
    task = _task(data=str(path))
    data = task.load(NOWHERE)
    assert [len(data.splits[part]) for part in ("train", "validation", "test")] == [170, 10, 20]
    assert task.labels == ("even", "odd")
    assert data.source == str(path)
    assert list(data.files) == [str(path)] == list(task.fingerprint(NOWHERE))
    assert [note.split(",")[0] for note in data.notes] == [
        "validation: 10 of 200 training examples (5.0 %)",
        "test: 20 of 200 training examples (10.0 %)",
    ]
    assert set(task.axes) == {"length"}


def test_numbers_as_labels_stand_in_their_order(tmp_path: Path) -> None:
    task = _task(data=str(_folder(tmp_path, train="".join(f"t{n},{n % 12 - 1}\n" for n in range(60)))))
    task.load(NOWHERE)
    assert task.labels == ("-1", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"train": "a,x\nb,y\n", "test": "c,x\nd,yy\n"},
            "test.csv:3: the label 'yy' of the test part does not occur in",
        ),
        ({"train": "a,x\nb,x\n"}, "train.csv: every text has the label 'x'; there is nothing to tell apart."),
        ({"train": "".join(f"a,{n}\n" for n in range(1001))}, "has 1,001 different labels, such as '0'; at most 1,000"),
        ({"train": "a,x\nb,y\n"}, "2 distinct examples are too few to split off validation and test"),
        ({"test": "a,x\n"}, "holds no train.csv"),
    ],
)
def test_what_cannot_be_learned_from(tmp_path: Path, parts: dict[str, str], message: str) -> None:
    with pytest.raises(UserError) as raised:
        _task(data=str(_folder(tmp_path, **parts))).load(NOWHERE)
    assert message in str(raised.value)


def test_repeats_empty_rows_and_rare_labels_are_counted(tmp_path: Path) -> None:
    train = "".join(f"text {n},{'xy'[n % 2]}\n" for n in range(50)) + "text 1,y\ntext 1,x\n ,x\n,\n"
    folder = _folder(tmp_path, train=train, test="text 1,y\nnew,x\n,y\n")
    notes = _task(data=str(folder)).load(NOWHERE).notes
    assert "train: rows left out for want of a text: 2" in notes
    assert "test: rows left out for want of a text: 1" in notes
    assert any(note.startswith("validation: 2 of 52 training examples") for note in notes)
    assert "train: 2 of 50 texts repeat an earlier one; kept" in notes
    assert "train: texts that occur with different labels: 1; kept" in notes
    assert "test: the text of 1 of 2 examples also occurs in train" in notes


def test_a_label_that_only_a_part_split_off_has_is_noted(tmp_path: Path) -> None:
    rows = [f"text {n},{'xy'[n % 2]}" for n in range(100)]
    found = _task(data=str(_folder(tmp_path, train="\n".join(rows)))).load(NOWHERE)
    lost = found.splits["test"][0].input
    rows = [f"{text},z" if text == lost else f"{text},{label}" for text, label in (row.split(",") for row in rows)]
    task = _task(data=str(_folder(tmp_path, train="\n".join(rows))))
    notes = task.load(NOWHERE).notes
    assert "the label 'z' has 1 examples, all outside of train, where nothing can learn it" in notes
    assert task.labels == ("x", "y", "z")


# ------------------------------------------------------------------------------------------------------- tokens, codec


def test_long_texts_are_cut_and_counted(tmp_path: Path) -> None:
    train = "".join(f"{'w ' * (n + 1)},{'xy'[n % 2]}\n" for n in range(40))
    task = _task(data=str(_folder(tmp_path, train=train, test="a b c d e f g h,x\n")), tokens="word", max_length="5")
    data = task.load(NOWHERE)
    assert "test: 1 of 1 texts are longer than 5 tokens; cut there" in data.notes
    rows = task.codec(data).encode(data.splits["train"])["tokens"]
    assert rows.lengths.max() == 5
    longer = sum(len(example.input.split()) > 5 for example in data.splits["train"])
    assert f"train: {longer} of {len(data.splits['train'])} texts are longer than 5 tokens; cut there" in data.notes
    assert data.splits["test"][0].input == "a b c d e f g h"


def test_cut() -> None:
    rows = Rows.of([[1, 2, 3], [], [4], [5, 6, 7, 8]])
    found = cut(rows, 2)
    assert [found[index].tolist() for index in range(len(found))] == [[1, 2], [], [4], [5, 6]]
    assert cut(rows, 4) is rows


@pytest.mark.parametrize(
    ("options", "described"),
    [
        ({}, "byte-level BPE, 267 types"),
        ({"tokens": "word", "vocabulary": "20"}, "words, 10 types"),
        ({"tokens": "character"}, "characters, 29 types"),
        ({"tokens": "byte"}, "bytes, 262 types"),
    ],
)
def test_codec(tmp_path: Path, options: dict[str, str], described: str) -> None:
    task = _task(data=str(_csv(tmp_path)), **({"vocabulary": "300"} | options))
    data = task.load(NOWHERE)
    codec = task.codec(data)
    assert codec.describe() == described
    rows = codec.encode(data.splits["test"])
    assert list(rows) == ["tokens", "label"]
    assert rows["label"].lengths.tolist() == [1] * len(data.splits["test"])
    labels = [rows["label"][index].tolist() for index in range(len(rows["label"]))]
    assert codec.decode(labels) == [example.target for example in data.splits["test"]]
    interface = codec.interface({"tokens": 7, "label": 1})
    assert interface == Classify(vocabulary=codec.tokenizer.types, outputs=2, max_length=7)
    codec.save(tmp_path)
    loaded = _task().load_codec(tmp_path)
    assert (loaded.labels, loaded.limit) == (codec.labels, codec.limit)
    assert loaded.encode(data.splits["test"])["tokens"].values.tolist() == rows["tokens"].values.tolist()


def test_of_own_texts_a_word_that_occurs_once_is_unknown_and_counted(tmp_path: Path) -> None:
    task = _task(data=str(_csv(tmp_path)), tokens="word")
    data = task.load(NOWHERE)
    rows = task.codec(data).encode(data.splits["train"])["tokens"]
    count = len(data.splits["train"])
    assert unknown(rows) == count  # every number occurs once
    assert f"train: {count} of {5 * count} tokens (20.0 %) are not in the vocabulary" in data.notes


def test_a_codec_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"labels\.json holds no labels"):
        ClassificationCodec.load(tmp_path)


def test_the_tokenizer_sees_the_training_split_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[str] = []
    learn = BytePairTokenizer.learn

    def spy(texts: list[str], types: int) -> BytePairTokenizer:
        seen.extend(texts)
        return learn(texts, types)

    monkeypatch.setattr(BytePairTokenizer, "learn", spy)
    task = _task(data=str(_csv(tmp_path)), vocabulary="300", max_length="20")
    data = task.load(NOWHERE)
    task.codec(data)
    assert seen == [example.input for example in data.splits["train"]]


# ---------------------------------------------------------------------------------------------------- metrics, slices


EXAMPLES = [Example("a", "even"), Example("b", "odd"), Example("c", "odd"), Example("d", "even")]
PREDICTIONS = [
    Prediction("even", losses=(0.1,), probabilities=(0.9, 0.1)),
    Prediction("even", losses=(1.2,), probabilities=(0.7, 0.3)),
    Prediction("odd", losses=(0.5,), probabilities=(0.4, 0.6)),
    Prediction("even", losses=(0.3,), probabilities=(0.75, 0.25)),
]


def _known(tmp_path: Path) -> Classification:
    task = _task(data=str(_csv(tmp_path)))
    task.load(NOWHERE)
    return task


def test_statistics_sum_to_the_scores(tmp_path: Path) -> None:
    task = _known(tmp_path)
    columns = columns_of(task.metrics)
    values = task.statistics(EXAMPLES, PREDICTIONS, task.metrics)
    assert values.shape == (4, len(columns))
    table = Table.of(columns, values, EXAMPLES)
    figures = {metric.name: table.score(metric) for metric in task.metrics}
    references, outputs = [e.target for e in EXAMPLES], [p.output for p in PREDICTIONS]
    assert figures["accuracy"] == 75
    assert figures["macro_f1"] == pytest.approx(100 * f1_score(references, outputs, average="macro"))
    assert figures["matthews"] == pytest.approx(matthews_corrcoef(references, outputs))
    assert figures["loss"] == pytest.approx(2.1 / 4)
    assert figures["ece"] == pytest.approx(100 * (abs(1 - 0.9) + abs(0 - 0.7) + abs(1 - 0.6) + abs(1 - 0.75)) / 4)
    found = confusion_of(columns, values.sum(axis=0))
    assert found is not None
    assert found[0] == ("even", "odd")
    assert found[1].tolist() == [[2, 0], [1, 1]]


def test_the_columns_of_one_metric_are_those_of_all(tmp_path: Path) -> None:
    task = _known(tmp_path)
    every = task.statistics(EXAMPLES, PREDICTIONS, task.metrics)
    for metric in task.metrics:
        one = task.statistics(EXAMPLES, PREDICTIONS, (metric,))
        places = [columns_of(task.metrics).index(column) for column in metric.columns]
        assert np.array_equal(one, every[:, places])


def test_a_prediction_that_lacks_something_is_undefined_there_only(tmp_path: Path) -> None:
    task = _known(tmp_path)
    table = Table.of(
        columns_of(task.metrics),
        task.statistics(EXAMPLES[:2], [Prediction("even"), Prediction("odd")], task.metrics),
        [],
    )
    figures = {metric.name: table.score(metric) for metric in task.metrics}
    assert figures["accuracy"] == figures["macro_f1"] == 100
    assert np.isnan(figures["ece"])
    assert np.isnan(figures["loss"])


def test_metrics_are_complete_where_the_data_were_prepared_before(tmp_path: Path) -> None:
    path = _csv(tmp_path)
    first, second = _task(data=str(path)), _task(data=str(path))
    assert [metric.name for metric in second.metrics] == [metric.name for metric in first.metrics]
    for task in (first, second):
        prepared = prepare(task, NOWHERE, {"task": "classify"}, tmp_path)
        assert prepared.interface.outputs_per_position == 2
    assert columns_of(second.metrics) == columns_of(first.metrics)
    assert second.labels == ("even", "odd")
    assert sum(name.startswith("confusion.") for name in columns_of(second.metrics)) == 4


def test_axes_are_numbers_with_steps() -> None:
    axes = _task().axes
    assert isinstance(axes["length"], Axis)
    assert axes["length"].edges == tuple(sorted(axes["length"].edges))
    assert isinstance(axes["phenomenon"], str)


def test_show() -> None:
    example = Example("a text", "odd")
    assert _task().show(example) == {"input": "a text", "reference": "odd"}
    assert _task().show(example, Prediction("even")) == {"input": "a text", "reference": "odd", "output": "even"}
    assert _task().show(example, Prediction(None))["output"] == ""


def test_packed_json_lines_with_names_of_columns(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl.gz"
    lines = "".join(json.dumps({"body": f"text {n}", "stars": n % 3}) + "\n" for n in range(60))
    path.write_bytes(gzip.compress(lines.encode()))
    task = _task(data=str(path), text="body", label="stars")
    data: Data = task.load(NOWHERE)
    assert task.labels == ("0", "1", "2")
    assert Counter(len(part) for part in data.splits.values()) == Counter([51, 3, 6])


def test_another_seed_draws_other_reviews_and_is_refused_for_real_data() -> None:
    one, other = (_task(seed=seed).load(NOWHERE).splits["test"] for seed in (2026, 1))
    assert len(one) == len(other)
    assert {example.input for example in one} != {example.input for example in other}
    with pytest.raises(UserError, match="seed= is for generated data"):
        _task(data="sst2", seed=1)
