"""`translate` with its three kinds of data, and the figures it computes."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF, TER

from seqharness.contracts import Example, Prediction, Task, TaskSpec, columns_of
from seqharness.data.sources import DataSource
from seqharness.data.tokenizers import BytePairTokenizer
from seqharness.errors import UserError
from seqharness.interfaces import SequenceToSequence
from seqharness.specs import check_options
from seqharness_tasks import translation
from seqharness_tasks.generated.english_french import PHENOMENA
from seqharness_tasks.translation import multi30k
from seqharness_tasks.translation.codec import TranslationCodec
from seqharness_tasks.translation.options import TranslateOptions
from seqharness_tasks.translation.slices import frequencies, length_of, rare_label
from seqharness_tasks.translation.task import Translate

NOWHERE = DataSource(None, Path("/nonexistent"), offline=True)


class SentencePair(NamedTuple):
    """As the generator gives them."""

    source: str
    target: str
    phenomena: tuple[str, ...]


def _task(**options: object) -> Translate:
    return Translate(check_options(TranslateOptions, options, "translate"))


@pytest.fixture
def generated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the generated corpus."""
    made = ModuleType("seqharness_tasks.generated.english_french")
    made.corpus = lambda: {  # type: ignore[attr-defined]
        "train": [SentencePair("the cat sleeps .", "le chat dort .", ("agreement",))] * 120,
        "validation": [SentencePair("a cat sleeps .", "un chat dort .", ())],
        "test": [SentencePair("the dog does not sleep .", "le chien ne dort pas .", ("negation", "agreement"))],
    }
    monkeypatch.setitem(sys.modules, made.__name__, made)


def _tsv(folder: Path, rows: int = 40) -> Path:
    path = folder / "own.tsv"
    path.write_text("".join(f"a sentence {n}\tune phrase {n}\n" for n in range(rows)), encoding="utf-8")
    return path


# ---------------------------------------------------------------------------------------------------------------- card


def test_the_card_is_light_and_names_the_task() -> None:
    cards: list[TaskSpec] = []
    translation.register_tasks(cards.append)
    (card,) = cards
    assert card.name == "translate"
    assert card.interface is SequenceToSequence
    assert card.options() is TranslateOptions
    task: Task = card.load()(card.options()())
    assert task.metrics[0].name == "bleu"
    assert [metric.name for metric in task.metrics[1:]] == ["chrf", "ter", "exact_match", "perplexity", "bits_per_byte"]
    assert task.baselines == ("ibm1",)
    script = (
        "import sys, seqharness_tasks.translation as t; cards = []; t.register_tasks(cards.append)\n"
        "heavy = {'torch', 'numpy', 'tokenizers', 'sacrebleu'} & set(sys.modules); assert not heavy, heavy\n"
        "task = cards[0].load()(cards[0].options()()); assert 'torch' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", script], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )


# ------------------------------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"data": "generated", "pair": "en-de"}, "generated has no language pair 'en-de'. There is: en-fr, fr-en"),
        ({"data": "multi30k", "pair": "en-cs"}, "no language pair 'en-cs'. There is: en-de, de-en, en-fr"),
        ({"pair": "enfr"}, "pair=enfr is not a language pair"),
        ({"data": "x.tsv", "pair": "en-en"}, "pair=en-en is not a language pair"),
        ({"vocabulary": "100"}, "vocabulary=100"),
        ({"vocabulary": "many"}, "vocabulary=many"),
        ({"tokenizer": "jiont"}, "Did you mean 'joint'"),
        ({"pari": "en-fr"}, "Did you mean 'pair'"),
        ({"source": "English"}, "name columns of own files"),
        ({"data": "x.tsv", "source": "a", "target": "a"}, "both name the column 'a'"),
    ],
)
def test_bad_options(options: dict[str, str], message: str) -> None:
    with pytest.raises(UserError) as raised:
        _task(**options)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("multi3k", "Did you mean 'multi30k'?"),
        ("nothing-like-it", "Data sets known by name: generated, multi30k"),
        ("/no/where/it.tsv", "the folder '/no/where' does not exist"),
    ],
)
def test_unknown_data(data: str, message: str) -> None:
    for method in (_task(data=data).load, _task(data=data).fingerprint):
        with pytest.raises(UserError) as raised:
            method(NOWHERE)
        assert message in str(raised.value)


def test_default_vocabularies() -> None:
    assert _task(data="multi30k").options.types == 6000
    assert _task(vocabulary="500").options.types == 500


# ----------------------------------------------------------------------------------------------------------- generated


@pytest.mark.usefixtures("generated")
def test_generated_data_in_both_directions() -> None:
    task = _task()
    data = task.load(NOWHERE)
    assert data.splits["test"][0] == Example(
        "the dog does not sleep .",
        "le chien ne dort pas .",
        {"length": 6.0, "rare": "0", "phenomenon": ("negation", "agreement")},
    )
    assert data.splits["validation"][0].slices["rare"] == "0"
    assert set(task.axes) == {"length", "rare", "phenomenon"}
    assert data.languages == ("en", "fr")
    assert data.notes == ("train: 119 of 120 pairs repeat an earlier one; kept",)
    assert task.fingerprint(NOWHERE) == {}
    back = _task(pair="fr-en").load(NOWHERE).splits["train"][0]
    assert (back.input, back.target) == ("le chat dort .", "the cat sleeps .")


def test_the_generated_corpus_itself() -> None:
    data = _task().load(NOWHERE)
    assert {part: len(rows) for part, rows in data.splits.items()} == {
        "train": 20_000,
        "validation": 1_000,
        "test": 1_000,
    }
    assert not any("also occurs in train" in note for note in data.notes)
    assert all(set(example.slices["phenomenon"]) <= set(PHENOMENA) for example in data.splits["test"])  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------------------ multi30k


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataSource:
    """A mirror of the upstream's layout with a few lines in each file, and the sums patched."""
    files = {}
    for name, file in multi30k.FILES.items():
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        content = gzip.compress("".join(f"{name} {line}.\n" for line in range(3)).encode(), mtime=0)
        path.write_bytes(content)
        files[name] = replace(file, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    monkeypatch.setattr(multi30k, "FILES", files)
    return DataSource(tmp_path, tmp_path / "cache", offline=True)


@pytest.mark.parametrize("pair", multi30k.PAIRS)
def test_multi30k_from_a_mirror(mirror: DataSource, pair: str) -> None:
    task = _task(data="multi30k", pair=pair)
    data = task.load(mirror)
    source, target = pair.split("-")
    assert list(data.splits) == ["train", "validation", "test"]
    assert data.splits["train"][2] == Example(f"train.{source}.gz 2.", f"train.{target}.gz 2.")
    assert data.splits["test"][0].input == f"test_2016_flickr.{source}.gz 0."
    assert set(task.axes) == {"length", "rare"}
    assert data.files == task.fingerprint(mirror)
    assert len(data.files) == 6


def test_a_damaged_mirror_is_not_used(mirror: DataSource) -> None:
    assert mirror.mirror is not None
    (mirror.mirror / "multi30k/data/task1/raw/val.de.gz").write_bytes(b"something else")
    with pytest.raises(UserError, match=r"val\.de\.gz has the sha256 [0-9a-f]{64}, but it should be [0-9a-f]{64}"):
        _task(data="multi30k", pair="en-de").load(mirror)


@pytest.mark.skipif("HARNESS_DATA" not in os.environ, reason="no mirror: HARNESS_DATA is not set")
def test_multi30k_itself() -> None:
    data = _task(data="multi30k", pair="en-de").load(DataSource.from_environment())
    assert {part: len(rows) for part, rows in data.splits.items()} == {
        "train": 29_000,
        "validation": 1_014,
        "test": 1_000,
    }
    assert data.splits["test"][0].input == "A man in an orange hat starring at something."
    assert data.splits["test"][0].target == "Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt."


# ----------------------------------------------------------------------------------------------------------- own files


def test_own_file_is_split_by_a_hash_and_says_so(tmp_path: Path) -> None:
    task = _task(data=str(_tsv(tmp_path)))
    data = task.load(NOWHERE)
    assert {part: len(rows) for part, rows in data.splits.items()} == {"train": 34, "validation": 2, "test": 4}
    assert "validation: 2 of 40 training examples (5.0 %), split off by a hash of the source sentence" in data.notes[0]
    assert data.notes[1].startswith("test: 4 of 40")
    assert data.files == task.fingerprint(NOWHERE)
    assert data.source == str(tmp_path / "own.tsv")


def test_own_folder_without_a_test_part(tmp_path: Path) -> None:
    for part, rows in (("train", 30), ("valid", 3)):
        for language in ("en", "de"):
            lines = "".join(f"{language} {n}\n" for n in range(rows)) + ("\n" if part == "valid" else "")
            (tmp_path / f"{part}.{language}").write_text(lines)
    data = _task(data=str(tmp_path), pair="de-en").load(NOWHERE)
    assert {part: len(rows) for part, rows in data.splits.items()} == {"train": 27, "validation": 3, "test": 3}
    assert data.splits["validation"][0].input == "de 0"
    assert data.notes[0] == "validation: pairs left out for an empty side: 1"
    assert data.notes[1].startswith("test: 3 of 30 training examples (10.0 %), split off by a hash")
    assert data.notes[2].startswith("validation: the source of ")


def test_long_training_pairs_are_left_out_and_others_kept(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("a b c\td e f\n" * 3 + f"a\t{'x y ' * 30}\n")
    (tmp_path / "dev.tsv").write_text("a b c\td e f\n")
    (tmp_path / "test.tsv").write_text(f"{'p q ' * 30}\tb\n")
    data = _task(data=str(tmp_path), max_length="20").load(NOWHERE)
    assert [len(data.splits[part]) for part in ("train", "validation", "test")] == [3, 1, 1]
    assert "train: 1 of 4 pairs are longer than 20 tokens; left out" in data.notes
    assert "test: 1 of 1 pairs are longer than 20 tokens; kept" in data.notes
    with pytest.raises(UserError, match="Every training pair is longer than max_length=1"):
        _task(data=str(tmp_path), max_length="1").load(NOWHERE)


def test_bleu_of_a_language_without_spaces_comes_with_a_note(tmp_path: Path) -> None:
    data = _task(data=str(_tsv(tmp_path)), pair="en-zh").load(NOWHERE)
    assert data.notes[-1].startswith("BLEU and TER count words between spaces, which zh does not write")


# --------------------------------------------------------------------------------------------------------------- codec


@pytest.mark.parametrize("kind", ["joint", "separate"])
def test_codec(tmp_path: Path, kind: str) -> None:
    task = _task(data=str(_tsv(tmp_path)), tokenizer=kind, vocabulary="300")
    data = task.load(NOWHERE)
    codec = task.codec(data)
    rows = codec.encode(data.splits["test"])
    assert list(rows) == ["source", "target"]
    targets = [rows["target"][index].tolist() for index in range(len(rows["target"]))]
    assert codec.decode(targets) == [example.target for example in data.splits["test"]]
    interface = codec.interface({"source": 7, "target": 9})
    assert (interface.max_length, interface.shared) == (10, kind == "joint")
    assert (interface.vocabulary, interface.targets) == (codec.source.types, codec.target.types)
    assert codec.describe().startswith(f"{kind} byte-level BPE, ")
    codec.save(tmp_path)
    loaded = task.load_codec(tmp_path)
    assert loaded.joint == codec.joint
    assert loaded.encode(data.splits["test"])["target"].values.tolist() == rows["target"].values.tolist()


def test_the_tokenizer_sees_the_training_split_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[str] = []
    learn = BytePairTokenizer.learn

    def spy(texts: list[str], types: int) -> BytePairTokenizer:
        seen.extend(texts)
        return learn(texts, types)

    monkeypatch.setattr(BytePairTokenizer, "learn", spy)
    task = _task(data=str(_tsv(tmp_path)), vocabulary="300")
    data = task.load(NOWHERE)
    task.codec(data)
    train = data.splits["train"]
    assert seen == [example.input for example in train] + [example.target for example in train]


def test_equal_data_give_an_equal_codec(tmp_path: Path) -> None:
    examples = [Example(f"one {n % 7} two", f"un {n % 5} deux") for n in range(99)]
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        TranslationCodec.learn(examples, 300, joint=False).save(tmp_path / name)
    for side in ("source.json", "target.json"):
        assert (tmp_path / "a" / side).read_bytes() == (tmp_path / "b" / side).read_bytes()


# ---------------------------------------------------------------------------------------------------- metrics, slices


REFERENCES = ["The cat is on the mat .", "A dog runs in the park .", "Two men talk."]
OUTPUTS = ["The cat sat on a mat .", "A dog runs in the park .", "Men two walk !"]


def test_statistics_sum_to_the_scores_of_sacrebleu() -> None:
    task = _task()
    examples = [Example("", reference) for reference in REFERENCES]
    predictions = [Prediction(output, losses=(1.0, 2.0)) for output in OUTPUTS]
    columns = columns_of(task.metrics)
    table = task.statistics(examples, predictions, task.metrics)
    assert table.shape == (3, len(columns))
    figures = {}
    for metric in task.metrics:
        sums = table.sum(axis=0)[[columns.index(column) for column in metric.columns]]
        figures[metric.name] = float(metric.value(sums))
    for name, scorer in (("bleu", BLEU()), ("chrf", CHRF()), ("ter", TER())):
        assert figures[name] == pytest.approx(scorer.corpus_score(OUTPUTS, [REFERENCES]).score, abs=1e-9)
    assert figures["exact_match"] == pytest.approx(100 / 3)
    assert figures["perplexity"] == pytest.approx(math.exp(1.5))
    assert figures["bits_per_byte"] == pytest.approx(9 / math.log(2) / sum(map(len, REFERENCES)))


def test_the_columns_of_one_metric_are_those_of_all() -> None:
    task = _task()
    examples = [Example("", reference) for reference in REFERENCES]
    predictions = [Prediction(output, losses=(1.0, 2.0)) for output in OUTPUTS]
    every = task.statistics(examples, predictions, task.metrics)
    for metric in task.metrics:
        one = task.statistics(examples, predictions, (metric,))
        places = [columns_of(task.metrics).index(column) for column in metric.columns]
        assert np.array_equal(one, every[:, places])


def test_predictions_without_output_or_losses_are_undefined_there_only() -> None:
    task = _task()
    table = task.statistics(
        [Example("", "a b c d"), Example("", "a")],
        [Prediction(None, losses=(1.0,)), Prediction("a")],
        task.metrics,
    )
    text = len(columns_of(task.metrics)) - 3
    assert np.isnan(table[0, :text]).all()
    assert table[0, text:].tolist() == [1.0, 1.0, 7.0]
    assert not np.isnan(table[1, :text]).any()
    assert np.isnan(table[1, text:]).all()


def test_show() -> None:
    example = Example("a", "b")
    assert _task().show(example) == {"input": "a", "reference": "b"}
    assert _task().show(example, Prediction("c")) == {"input": "a", "reference": "b", "output": "c"}


def test_slices() -> None:
    assert [length_of("w " * words) for words in (1, 5, 31)] == [1.0, 5.0, 31.0]
    counts = frequencies(["The cat .", "the dog"] * 9 + ["the"] * 90)
    texts = ("THE", "the cat.", "the bird", "", "!")
    assert [rare_label(text, counts) for text in texts] == ["100+", "1-9", "0", "0", "0"]
    ordered = ["0", "1-9", "10-99", "100+"]
    assert ordered == sorted(ordered)


def test_every_token_has_a_name_for_the_ends_of_an_alignment() -> None:
    codec = TranslationCodec.learn([Example("the cat", "le chat")] * 9, 300, joint=True)
    ids = codec.encode([Example("the cat", "le chat")])["source"][0].tolist()
    assert [piece for piece in codec.pieces("source", ids) if piece != "␣"] == ["the", "cat"]
