"""`tag` with its two kinds of data, and the figures it computes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from seqharness.analysis.table import Table
from seqharness.contracts import Axis, Example, Prediction, Task, TaskSpec, columns_of
from seqharness.data.prepare import prepare
from seqharness.data.sources import DataSource
from seqharness.errors import UserError
from seqharness.interfaces import UNK, Tag
from seqharness.specs import check_options
from seqharness_tasks import tagging
from seqharness_tasks.generated.agreement_tags import TAGS, TaggedSentence
from seqharness_tasks.tagging.codec import TaggingCodec
from seqharness_tasks.tagging.options import TagOptions
from seqharness_tasks.tagging.task import Tagging

NOWHERE = DataSource(None, Path("/nonexistent"), offline=True)


def _task(**options: object) -> Tagging:
    return Tagging(check_options(TagOptions, options, "tag"))


@pytest.fixture
def generated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the generated corpus."""
    made = ModuleType("seqharness_tasks.generated.agreement_tags")
    made.TAGS = TAGS  # type: ignore[attr-defined]
    dog = TaggedSentence(("the", "dog", "slept", "."), ("B-AGENT", "I-AGENT", "B-SINGULAR", "O"), 1, 0)
    dogs = TaggedSentence(("our", "dogs", "slept", "."), ("B-AGENT", "I-AGENT", "B-PLURAL", "O"), 4, 2)
    made.corpus = lambda: {"train": [dog] * 9, "validation": [dog], "test": [dogs]}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, made.__name__, made)


def _conll(folder: Path, sentences: int = 40, name: str = "own.conll") -> Path:
    path = folder / name
    path.write_text("".join(f"the O\ndog{n % 15} B-X\nruns O\nhome{n} B-Y\n\n" for n in range(sentences)))
    return path


# ------------------------------------------------------------------------------------------------------ card, options


def test_the_card_is_light_and_names_the_task() -> None:
    cards: list[TaskSpec] = []
    tagging.register_tasks(cards.append)
    (card,) = cards
    assert card.name == "tag"
    assert card.interface is Tag
    assert card.options() is TagOptions
    task: Task = card.load()(card.options()())
    assert [metric.name for metric in task.metrics] == ["token_accuracy", "span_f1", "sentence_accuracy", "loss"]
    assert task.baselines == ("chance", "majority")
    script = (
        "import sys, seqharness_tasks.tagging as t; cards = []; t.register_tasks(cards.append)\n"
        "heavy = {'torch', 'numpy', 'tokenizers'} & set(sys.modules); assert not heavy, heavy\n"
        "task = cards[0].load()(cards[0].options()()); assert 'torch' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", script], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"data": "x.conll", "words": "0"}, "columns are counted from 1, or from -1 at the end"),
        ({"data": "x.conll", "words": "2", "tags": "2"}, "both name the column 2"),
        ({"tags": "3"}, "name columns of own files, and data=generated has none"),
        ({"vocabulary": "3"}, "vocabulary=3"),
        ({"tag": "3"}, "Did you mean 'tags'"),
    ],
)
def test_bad_options(options: dict[str, str], message: str) -> None:
    with pytest.raises(UserError) as raised:
        _task(**options)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [("generate", "Did you mean 'generated'?"), ("/no/where/it.conll", "the folder '/no/where' does not exist")],
)
def test_unknown_data(data: str, message: str) -> None:
    for method in (_task(data=data).load, _task(data=data).fingerprint):
        with pytest.raises(UserError) as raised:
            method(NOWHERE)
        assert message in str(raised.value)


# ------------------------------------------------------------------------------------------------------------- loading


@pytest.mark.usefixtures("generated")
def test_generated_data() -> None:
    task = _task()
    data = task.load(NOWHERE)
    assert data.splits["test"][0] == Example(
        ["our", "dogs", "slept", "."],
        ["B-AGENT", "I-AGENT", "B-PLURAL", "O"],
        {"length": 4.0, "distance": 4.0, "attractors": 2.0},
    )
    assert set(task.axes) == {"length", "distance", "attractors"}
    assert data.notes == (
        "test: 2 of 4 words (50.0 %) are not in the vocabulary",
        "train: 8 of 9 sentences repeat an earlier one; kept",
        "validation: 1 of 1 sentences also occur in train",
    )
    assert task.fingerprint(NOWHERE) == {}
    assert task.tags == TAGS
    codec = task.codec(data)
    assert codec.encode(data.splits["test"])["tokens"].values.tolist().count(UNK) == 2


def test_the_generated_corpus_itself() -> None:
    data = _task().load(NOWHERE)
    assert {part: len(rows) for part, rows in data.splits.items()} == {
        "train": 12_000,
        "validation": 1_000,
        "test": 2_000,
    }
    assert data.notes == ()


def test_a_file_is_split_by_its_sentences(tmp_path: Path) -> None:
    path = _conll(tmp_path, 200)
    task = _task(data=str(path))
    data = task.load(NOWHERE)
    assert [len(data.splits[part]) for part in ("train", "validation", "test")] == [170, 10, 20]
    assert task.tags == ("O", "B-X", "B-Y")
    assert set(task.axes) == {"length"}
    assert list(data.files) == [str(path)] == list(task.fingerprint(NOWHERE))
    assert data.splits["test"][0].slices == {"length": 4.0}
    assert any(note.startswith("train: 170 of 680 words (25.0 %) are not in") for note in data.notes)


def test_a_folder_with_parts_and_other_columns(tmp_path: Path) -> None:
    for part in ("train", "dev", "test"):
        (tmp_path / f"{part}.tsv").write_text("1\tDET\tthe\n2\tNOUN\tdog\n\n1\tNOUN\tdogs\n")
    task = _task(data=str(tmp_path), words="3", tags="2")
    data = task.load(NOWHERE)
    assert data.splits["train"][0] == Example(["the", "dog"], ["DET", "NOUN"])
    assert task.tags == ("DET", "NOUN")
    assert "validation: 2 of 2 sentences also occur in train" in data.notes


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        (
            "a O\nb X\n",
            "a O\nb XX\n",
            "test.conll:2: the tag 'XX' of the test part does not occur in train. Did you mean",
        ),
        ("a O\nb O\n", "a O\n", "train.conll: every word has the tag 'O'; there is nothing to tell apart."),
        ("".join(f"a {n}\n" for n in range(1001)), "a 1\n", "has 1,001 different tags in column -1, such as '0'"),
        ("a O\nb\n", "a O\n", "train.conll:2: 1 column where a word and its tag are expected"),
    ],
)
def test_what_cannot_be_learned_from(tmp_path: Path, train: str, test: str, message: str) -> None:
    (tmp_path / "train.conll").write_text(train)
    (tmp_path / "test.conll").write_text(test)
    with pytest.raises(UserError) as raised:
        _task(data=str(tmp_path)).load(NOWHERE)
    assert message in str(raised.value)


def test_long_sentences_are_cut_into_pieces(tmp_path: Path) -> None:
    for part in ("train", "valid"):
        (tmp_path / f"{part}.conll").write_text("a O\nb X\n\n" * 9)
    (tmp_path / "test.conll").write_text("".join(f"w{n} {'OX'[n % 2]}\n" for n in range(7)))
    data = _task(data=str(tmp_path), max_length="3").load(NOWHERE)
    assert [example.input for example in data.splits["test"]] == [["w0", "w1", "w2"], ["w3", "w4", "w5"], ["w6"]]
    assert [example.target for example in data.splits["test"]] == [["O", "X", "O"], ["X", "O", "X"], ["O"]]
    assert "test: 1 of 1 sentences are longer than 3 words; cut into pieces" in data.notes


# --------------------------------------------------------------------------------------------------------------- codec


def test_codec(tmp_path: Path) -> None:
    task = _task(data=str(_conll(tmp_path)))
    data = task.load(NOWHERE)
    codec = task.codec(data)
    rows = codec.encode(data.splits["test"])
    assert rows["tokens"].lengths.tolist() == rows["tags"].lengths.tolist() == [4] * len(data.splits["test"])
    tags = [rows["tags"][index].tolist() for index in range(len(rows["tags"]))]
    assert codec.decode(tags) == [example.target for example in data.splits["test"]]
    assert codec.interface({"tokens": 4}) == Tag(vocabulary=codec.words.types, outputs=3, max_length=4)
    codec.save(tmp_path)
    loaded = _task().load_codec(tmp_path)
    assert loaded.tags == codec.tags
    assert loaded.describe() == codec.describe()
    assert loaded.encode(data.splits["test"])["tokens"].values.tolist() == rows["tokens"].values.tolist()


def test_words_with_spaces_are_one_token(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("".join(f"New York\tB\nsleeps\tO\nx{n}\tO\n\n" for n in range(40)))
    task = _task(data=str(path))
    data = task.load(NOWHERE)
    assert task.codec(data).encode(data.splits["test"])["tokens"].lengths.tolist() == [3] * 4


def test_a_bounded_vocabulary(tmp_path: Path) -> None:
    task = _task(data=str(_conll(tmp_path, 200)), vocabulary="16")
    assert task.codec(task.load(NOWHERE)).describe() == "words, 16 types"


def test_a_codec_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"tags\.json holds no tags"):
        TaggingCodec.load(tmp_path)


# ---------------------------------------------------------------------------------------------------- metrics, showing


EXAMPLES = [Example(["the", "dog", "runs"], ["B-X", "I-X", "O"]), Example(["it", "sleeps"], ["B-X", "B-Y"])]
PREDICTIONS = [
    Prediction(["B-X", "O", "O"], losses=(0.1, 0.9, 0.2)),
    Prediction(["B-X", "B-Y"], losses=(0.3, 0.5)),
]


def test_statistics_sum_to_the_scores() -> None:
    task = _task()
    columns = columns_of(task.metrics)
    table = Table.of(columns, task.statistics(EXAMPLES, PREDICTIONS, task.metrics), EXAMPLES)
    figures = {metric.name: table.score(metric) for metric in task.metrics}
    assert figures["token_accuracy"] == pytest.approx(100 * 4 / 5)
    assert figures["span_f1"] == pytest.approx(100 * 2 * 2 / (3 + 3))
    assert figures["sentence_accuracy"] == 50
    assert figures["loss"] == pytest.approx(2.0 / 5)


def test_the_columns_of_one_metric_are_those_of_all() -> None:
    task = _task()
    every = task.statistics(EXAMPLES, PREDICTIONS, task.metrics)
    for metric in task.metrics:
        places = [columns_of(task.metrics).index(column) for column in metric.columns]
        assert np.array_equal(task.statistics(EXAMPLES, PREDICTIONS, (metric,)), every[:, places])


def test_predictions_without_output_or_losses_are_undefined_there_only() -> None:
    task = _task()
    values = task.statistics(EXAMPLES, [Prediction(None, losses=(1.0,)), Prediction(["B-X", "O"])], task.metrics)
    likelihood = [columns_of(task.metrics).index(name) for name in task.metrics[-1].columns]
    assert np.isnan(np.delete(values[0], likelihood)).all()
    assert values[0, likelihood].tolist() == [1.0, 1.0]
    assert not np.isnan(np.delete(values[1], likelihood)).any()
    assert np.isnan(values[1, likelihood]).all()


def test_data_prepared_before_are_read_and_shown(tmp_path: Path) -> None:
    path = _conll(tmp_path)
    for task in (_task(data=str(path)), _task(data=str(path))):
        prepared = prepare(task, NOWHERE, {"task": "tag"}, tmp_path)
        assert task.tags == ("O", "B-X", "B-Y")
    assert prepared.meta["splits"]["test"] == {"examples": 4, "tokens": 4 * 4}  # tags are no tokens
    example = prepared.examples("test")[0]
    dog, home = example.input[1], example.input[3]
    assert task.show(example) == {
        "input": f"the {dog} runs {home}",
        "reference": f"the {dog}/B-X runs {home}/B-Y",
    }
    assert task.show(example, Prediction(["O", "O", "B-X", "O"]))["output"] == f"the {dog} runs/B-X {home}"
    assert task.show(example, Prediction(None))["output"] == ""


def test_axes_are_numbers_with_steps() -> None:
    for axis in _task().axes.values():
        assert isinstance(axis, Axis)
        assert axis.edges == tuple(sorted(axis.edges))
