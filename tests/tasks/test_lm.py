"""`lm` and `mlm`: options, their kinds of data, what is refused, and the figures they compute."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

from seqharness.contracts import (
    Data,
    Example,
    MeasurementSpec,
    ModelSpec,
    Prediction,
    Split,
    Task,
    TaskSpec,
    columns_of,
)
from seqharness.data.sources import DataSource
from seqharness.errors import UserError
from seqharness.interfaces import UNK, CausalLM, MaskedLM
from seqharness.specs import check_options
from seqharness_tasks import language_modelling
from seqharness_tasks.generated import agreement_grammar
from seqharness_tasks.generated.agreement_grammar import corpus, surprisals
from seqharness_tasks.language_modelling import published
from seqharness_tasks.language_modelling.options import CausalOptions, MaskedOptions
from seqharness_tasks.language_modelling.task import LanguageModelling, MaskedLanguageModelling
from seqharness_tasks.language_modelling.true_grammar import ARCHITECTURE, TrueGrammarOptions

NOWHERE = DataSource(None, Path("/nonexistent"), offline=True)
WORDS = ("cat", "dog", "sees", "the", "a", "red", "old", "sleeps", ".")


def lm(**options: object) -> LanguageModelling:
    return LanguageModelling(check_options(CausalOptions, options, "task lm"))


def mlm(**options: object) -> MaskedLanguageModelling:
    return MaskedLanguageModelling(check_options(MaskedOptions, options, "task mlm"))


SIZES = {"train": 10_000, "validation": 100, "test": 300}


@pytest.fixture(autouse=True)
def fewer_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer sentences than by default: the tests need no more."""
    monkeypatch.setattr(agreement_grammar, "corpus", partial(corpus, SIZES))


@cache
def generated() -> Data:
    """The generated data; call it from tests alone."""
    return lm().load(NOWHERE)


def lines(count: int, seed: int = 0) -> str:
    rng = np.random.default_rng(seed)
    return "".join(" ".join(rng.choice(WORDS, size=rng.integers(3, 12))) + "\n" for _ in range(count))


def figures(task: Task, examples: list[Example], predictions: list[Prediction]) -> dict[str, float]:
    table = task.statistics(examples, predictions, task.metrics)
    columns = columns_of(task.metrics)
    assert table.shape == (len(examples), len(columns))
    sums = table.sum(axis=0)
    return {m.name: float(m.value(sums[[columns.index(name) for name in m.columns]])) for m in task.metrics}


# ---------------------------------------------------------------------------------------------------------------- cards


def test_the_cards_are_light_and_name_what_there_is() -> None:
    cards: list[TaskSpec | MeasurementSpec] = []
    models: list[ModelSpec] = []
    language_modelling.register_tasks(cards.append)
    language_modelling.register_models(models.append)
    assert [card.name for card in cards] == ["lm", "mlm", "agreement", "minimal-pairs"]
    assert [card.interface for card in cards if isinstance(card, TaskSpec)] == [CausalLM, MaskedLM]
    assert [(card.name, card.baseline) for card in models] == [("true-grammar", True)]
    script = (
        "import sys, seqharness_tasks.language_modelling as t; cards = []; t.register_tasks(cards.append)\n"
        "t.register_models(cards.append)\n"
        "heavy = {'torch', 'numpy', 'tokenizers', 'sacrebleu'} & set(sys.modules); assert not heavy, heavy\n"
        "tasks = [card.load()(card.options()()) for card in cards[:2]]; assert 'torch' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", script], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )


def test_metrics_and_baselines() -> None:
    assert [metric.name for metric in lm().metrics] == [
        "perplexity",
        "excess_bits",
        "word_perplexity",
        "bits_per_byte",
        "loss",
        "recall_perplexity",
        "other_perplexity",
    ]
    assert lm().baselines == ("chance", "majority", "ngram", "true-grammar")
    assert lm().measurements == ("agreement", "samples")
    assert lm(level="bpe").measurements == lm(data="x", unit="line").measurements == ("samples",)
    assert lm(data="wikitext-2").measurements == ("carried-state", "samples")
    assert mlm().measurements == ()
    assert "excess_bits" not in [metric.name for metric in lm(data="wikitext-2").metrics]
    assert lm(data="wikitext-2").baselines == ("chance", "majority", "ngram")
    assert lm(data="x", window="32", stride="8").metrics[0].signature.endswith("|rows of 32, 8 scored")
    assert [metric.name for metric in mlm().metrics] == ["pseudo_perplexity", "masked_accuracy"]
    assert mlm().baselines == ("chance", "majority")
    assert not {m.name for m in mlm().metrics} & {m.name for m in lm().metrics}


# -------------------------------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "words"}, "Did you mean 'word'"),
        ({"windw": "9"}, "Did you mean 'window'"),
        ({"window": "64"}, "each generated sentence is a row"),
        ({"stride": "64"}, "each generated sentence is a row"),
        ({"unit": "line"}, "unit= is for own files"),
        ({"data": "x", "window": "64", "stride": "65"}, "stride=65 is over window=64"),
        ({"data": "x", "window": "2"}, "window=2"),
        ({"data": "x", "level": "byte", "vocabulary": "300"}, "no meaning for bytes"),
        ({"data": "x", "level": "bpe", "vocabulary": "100"}, "vocabulary=100 has no room for the bytes"),
        ({"data": "x", "level": "word", "vocabulary": "3"}, "vocabulary=3"),
    ],
)
def test_bad_options(options: dict[str, str], message: str) -> None:
    with pytest.raises(UserError) as raised:
        lm(**options)
    assert message in str(raised.value)


def test_masked_rows_have_no_stride() -> None:
    with pytest.raises(UserError, match="has no option 'stride'"):
        mlm(stride="9")


def test_levels_follow_the_data() -> None:
    levels = {name: lm(data=name).options.tokens for name in ("generated", "wikitext-2", "tinyshakespeare", "own.txt")}
    assert levels == {"generated": "word", "wikitext-2": "word", "tinyshakespeare": "character", "own.txt": "bpe"}
    assert lm(data="own.txt", level="word").options.least == 2
    assert lm(data="own.txt").options.step == 64


# ------------------------------------------------------------------------------------------------------------ generated


def test_generated_sentences_are_rows_with_what_is_known_of_them() -> None:
    data = generated()
    assert {part: len(rows) for part, rows in data.splits.items()} == SIZES
    assert data.splits["train"][0].target is None
    example = data.splits["test"][0]
    assert isinstance(example.input, str)
    assert example.scored is None
    assert example.target["text"] == example.input
    assert example.target["log2"] == pytest.approx(-sum(surprisals(example.input)) / math.log(2))
    assert set(example.slices) == set(lm().axes) == {"length", "distance", "attractors"}
    entropy = agreement_grammar.agreement_grammar().entropy()
    assert f"the grammar's entropy is {entropy:.2f} bits a sentence" in data.notes[0]


def test_the_codec_of_generated_sentences_knows_every_word() -> None:
    codec = lm().codec(generated())
    rows = codec.encode(generated().splits["test"])
    assert set(rows) == {"tokens"}
    assert not (rows["tokens"].values == UNK).any()
    assert codec.interface({"tokens": 50}) == CausalLM(vocabulary=6 + 512, max_length=51)
    assert codec.decode([rows["tokens"][0].tolist()]) == [generated().splits["test"][0].input]
    assert codec.pieces("tokens", rows["tokens"][0].tolist()) == generated().splits["test"][0].input.split()


def true_predictions(examples: list[Example], tokens: Callable[[Example], int]) -> list[Prediction]:
    model = ARCHITECTURE.serves[CausalLM](TrueGrammarOptions(), None)
    from seqharness.data.rows import Rows

    rows = {"tokens": Rows.of([0] * tokens(example) for example in examples)}
    model.fit(Split([], {}), Split([], {}), np.random.default_rng(0))
    return model.predict(Split(examples, rows))


@pytest.mark.parametrize("level", ["word", "character"])
def test_the_true_grammar_is_at_distance_zero_with_the_entropy_as_its_loss(level: str) -> None:
    examples = list(generated().splits["test"])
    count = (lambda example: len(example.input.split())) if level == "word" else (lambda example: len(example.input))
    predictions = true_predictions(examples, count)
    found = figures(lm(), examples, predictions)
    assert found["excess_bits"] == pytest.approx(0, abs=1e-8)
    bits = -np.array([example.target["log2"] for example in examples])
    total = sum(map(count, examples)) + len(examples)
    assert found["perplexity"] == pytest.approx(2 ** (bits.sum() / total))
    assert found["bits_per_byte"] == pytest.approx(bits.sum() / sum(len(example.input) for example in examples))
    if level == "word":
        assert list(predictions[0].losses or ()) == surprisals(examples[0].input)


@pytest.mark.parametrize("example", [Example("no sentence of it", {}), Example([7, 8], {})])
def test_the_true_grammar_refuses_other_data(example: Example) -> None:
    with pytest.raises(UserError, match="leave it out for other data"):
        true_predictions([example], lambda example: len(example.input))


def test_unknown_words_leave_the_distance_undefined() -> None:
    task = lm(vocabulary="100")
    data = task.load(NOWHERE)
    assert any("tokens are not in the vocabulary" in note for note in data.notes)
    examples = list(data.splits["test"])[:50]
    predictions = [Prediction(losses=(1.0,) * (len(example.input.split()) + 1)) for example in examples]
    found = figures(task, examples, predictions)
    assert math.isnan(found["bits_per_byte"])
    assert math.isnan(found["excess_bits"])
    assert found["perplexity"] == pytest.approx(math.e)


def test_masked_generated_sentences() -> None:
    data = mlm().load(NOWHERE)
    codec = mlm().codec(data)
    examples = list(data.splits["test"])[:100]
    rows = codec.encode(examples)
    assert set(rows) == {"tokens"}
    assert codec.interface({"tokens": 50}) == MaskedLM(vocabulary=518, max_length=50)
    guesses = codec.decode([example.target["answers"] for example in examples])
    predictions = [
        Prediction(guess, (0.5,) * len(example.target["answers"]))
        for guess, example in zip(guesses, examples, strict=True)
    ]
    assert figures(mlm(), examples, predictions) == {
        "pseudo_perplexity": pytest.approx(math.exp(0.5)),
        "masked_accuracy": 100.0,
    }
    shown = mlm().show(examples[0], predictions[0])
    assert shown["input"] == examples[0].input
    assert set(shown["output"].split()) <= set(examples[0].input.split())


# -------------------------------------------------------------------------------------------------------------- figures


def test_figures_by_hand() -> None:
    task = lm(data="x")
    facts = {"text": "né a", "words": 2, "bytes": 5, "repeated": [1], "log2": None}
    examples = [Example([7, 8, 9], facts), Example([7, 8], {**facts, "words": 1, "bytes": 1, "repeated": []})]
    predictions = [Prediction(losses=(1.0, 2.0, 3.0)), Prediction(losses=(4.0, 0.5))]
    found = figures(task, examples, predictions)
    assert found["perplexity"] == pytest.approx(math.exp(10.5 / 5))
    assert found["word_perplexity"] == pytest.approx(math.exp(10.5 / 3))
    assert found["bits_per_byte"] == pytest.approx(10.5 / math.log(2) / 6)
    assert found["loss"] == pytest.approx(2.1)
    assert found["recall_perplexity"] == pytest.approx(math.exp(2))
    assert found["other_perplexity"] == pytest.approx(math.exp(8.5 / 4))


def test_a_prediction_without_losses_makes_no_figure() -> None:
    found = figures(lm(), list(generated().splits["test"])[:3], [Prediction()] * 3)
    assert all(math.isnan(value) for value in found.values())


# ------------------------------------------------------------------------------------------------------------ published


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataSource:
    """A mirror of the upstreams' layout with short texts, and the sums patched."""
    made: dict[str, dict[str, object]] = {}
    for name, files in published.TEXTS.items():
        made[name] = {}
        for part, file in files.items():
            path = tmp_path / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            articles = "".join(f" \n = Title {n} = \n \n {part} words here \n" for n in range(40))
            content = (articles if name == "wikitext-2" else lines(400)).encode()
            path.write_bytes(content)
            made[name][part] = replace(file, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    monkeypatch.setattr(published, "TEXTS", made)
    return DataSource(tmp_path, tmp_path / "cache", offline=True)


def test_wikitext_is_one_text_a_part_and_its_articles_are_the_units(mirror: DataSource) -> None:
    task = lm(data="wikitext-2", window="16", stride="4")
    data = task.load(mirror)
    assert data.files == task.fingerprint(mirror)
    assert {example.group for example in data.splits["test"]} == {f"{n + 1}: Title {n}" for n in range(40)}
    rows = task.codec(data).encode(data.splits["test"])
    # " \n", " = Title n = \n", " \n", " test words here \n": 1 + 5 + 1 + 4 tokens, and the end of the text
    assert int(rows["scored"].values.sum()) == 40 * 11 + 1
    assert int(task.codec(data).encode(data.splits["train"])["scored"].values.sum()) == 40 * 11 + 1
    assert "a row scores its last 4, so that each token is scored once, behind 12 tokens or more" in data.notes[-1]


def test_shakespeare_is_cut_from_its_end(mirror: DataSource) -> None:
    data = lm(data="tinyshakespeare").load(mirror)
    whole = lines(400)
    parts = ["".join(example.target["text"] for example in data.splits[part]) for part in data.splits]
    assert "".join(parts) == whole
    assert [round(len(part) / len(whole), 2) for part in parts] == [0.9, 0.05, 0.05]
    assert data.notes[0].startswith("validation: 5.")
    assert data.notes[1].startswith("test: 5.")


@pytest.mark.skipif("HARNESS_DATA" not in os.environ, reason="no mirror: HARNESS_DATA is not set")
def test_wikitext_itself_has_the_published_counts() -> None:
    task = lm(data="wikitext-2")
    data = task.load(DataSource.from_environment())
    codec = task.codec(data)
    counts = {part: int(codec.encode(examples)["scored"].values.sum()) - 1 for part, examples in data.splits.items()}
    assert counts == {"train": 2_088_628, "validation": 217_646, "test": 245_569}
    assert codec.tokenizer.types == 33_278 + 6
    test = data.splits["test"]
    assert sum(example.target["words"] for example in test) == 241_211
    assert sum(example.target["bytes"] for example in test) == 1_256_449
    assert len({example.group for example in test}) == 60


# ------------------------------------------------------------------------------------------------------------ own files


@pytest.mark.parametrize("level", ["word", "bpe", "character", "byte"])
@pytest.mark.parametrize("task_of", [lm, mlm])
def test_own_text_at_every_level(tmp_path: Path, level: str, task_of: Callable[..., LanguageModelling]) -> None:
    (tmp_path / "own.txt").write_text(lines(600), encoding="utf-8")
    vocabulary = {"vocabulary": "300"} if level == "bpe" else {}
    task = task_of(data=str(tmp_path / "own.txt"), level=level, window="32", **vocabulary)
    data = task.load(NOWHERE)
    codec = task.codec(data)
    rows = {part: codec.encode(examples) for part, examples in data.splits.items()}
    assert all(field["tokens"].lengths.max() <= 32 for field in rows.values())
    assert data.files == task.fingerprint(NOWHERE)
    if task_of is lm:
        assert sum(example.target["bytes"] for example in data.splits["test"]) > 100


@pytest.mark.parametrize("unit", ["line", "paragraph"])
def test_lines_and_paragraphs_are_rows_split_off_by_a_hash(tmp_path: Path, unit: str) -> None:
    text = lines(200) if unit == "line" else lines(200).replace("\n", "\n\n")
    (tmp_path / "own.txt").write_text(f"\n{text}\n\n")
    data = lm(data=str(tmp_path / "own.txt"), unit=unit).load(NOWHERE)
    assert "split off by a hash of the text" in data.notes[0]
    assert set(lm(data="x", unit=unit).axes) == {"length"}
    test = data.splits["test"]
    assert all(example.scored is None and example.input.strip() for example in test)
    assert not {example.input for example in test} & {example.input for example in data.splits["train"]}
    assert test[0].slices == {"length": len(test[0].input.split())}


def test_a_line_longer_than_the_window_is_cut(tmp_path: Path) -> None:
    text = lines(60) + " ".join(["the cat"] * 60) + "\n" + lines(60, seed=1)
    for part in ("train", "dev", "test"):
        (tmp_path / f"{part}.txt").write_text(text)
    task = lm(data=str(tmp_path), unit="line", level="word", window="40", stride="10")
    data = task.load(NOWHERE)
    rows = task.codec(data).encode(data.splits["test"])
    assert int(rows["scored"].values.sum()) == len(text.split()) + 121  # every word, and an end a line
    assert sum(example.scored is not None for example in data.splits["train"]) == 3
    assert sum(example.scored is not None for example in data.splits["test"]) == 1 + 80 // 10
    assert any("also occur in train" in note for note in data.notes)


def test_parts_in_a_folder_and_missing_ones_cut_off(tmp_path: Path) -> None:
    (tmp_path / "train.txt.gz").write_bytes(gzip.compress(lines(300).encode()))
    (tmp_path / "valid.txt").write_text(lines(20, seed=1))
    task = lm(data=str(tmp_path))
    data = task.load(NOWHERE)
    assert list(data.splits) == ["train", "validation", "test"]
    assert "".join(example.target["text"] for example in data.splits["validation"]) == lines(20, seed=1)
    assert next(note for note in data.notes if "cut off" in note).startswith("test: ")
    assert set(data.files) == {str(tmp_path / "train.txt.gz"), str(tmp_path / "valid.txt")}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "own.txt is empty."),
        (b" \n\n \t\n", "own.txt holds white space alone."),
        (b"good line\nbad \0 line\n", "own.txt:2: a NUL byte"),
        ("caf\u00e9\n".encode("latin-1"), "own.txt:1: not UTF-8: byte 0xe9 at byte 4 of the line"),
        ("\ufefftext\n".encode("utf-16"), "own.txt:1: the file is UTF-16"),
        (b"one line alone", "too short to split off validation and test at the end of a line"),
        (b"short\n" + b"x" * (2 << 20) + b"\n", "own.txt:2: the line is longer than 1,048,576 bytes."),
    ],
)
def test_bad_text_is_refused_with_file_and_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "own.txt").write_bytes(content)
    with pytest.raises(UserError) as raised:
        lm(data=str(tmp_path / "own.txt")).load(NOWHERE)
    assert message in str(raised.value)


def test_a_line_of_100_megabytes_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    with path.open("wb") as file:
        file.truncate(100 << 20)  # a sparse file of NUL bytes: one line
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from seqharness.data.sources import DataSource\n"
        "from seqharness.errors import UserError\n"
        "from seqharness_tasks.language_modelling.options import CausalOptions\n"
        "from seqharness_tasks.language_modelling.task import LanguageModelling\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n"
        "    LanguageModelling(CausalOptions(data=sys.argv[1])).load(DataSource(None, Path('/nonexistent'), True))\n"
        "except UserError as error:\n"
        "    assert 'own.txt:1: the line is longer than' in str(error), error\n"
        "else:\n"
        "    raise AssertionError\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "unit = 1 if sys.platform == 'darwin' else 1024\n"
        "assert (after - before) * unit < 20 << 20, after - before\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, env=environment)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("wikitext2", "Did you mean 'wikitext-2'?"),
        ("nothing-like-it", "Data sets known by name: generated, wikitext-2, tinyshakespeare"),
        ("/no/where/it.txt", "the folder '/no/where' does not exist"),
    ],
)
def test_unknown_data(data: str, message: str) -> None:
    for method in (lm(data=data).load, lm(data=data).fingerprint):
        with pytest.raises(UserError) as raised:
            method(NOWHERE)
        assert message in str(raised.value)


def test_folders_that_do_not_serve(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"has no train\.txt"):
        lm(data=str(tmp_path)).load(NOWHERE)
    for name in ("train.txt", "dev.txt", "val.txt"):
        (tmp_path / name).write_text(lines(9))
    with pytest.raises(UserError, match=r"more than one file for validation: dev\.txt, val\.txt"):
        lm(data=str(tmp_path)).load(NOWHERE)


def test_the_tokenizer_sees_the_training_part_only(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("a a b b\n" * 5)
    for part in ("valid", "test"):
        (tmp_path / f"{part}.txt").write_text("a b c c\n" * 5)
    task = lm(data=str(tmp_path), level="word")
    data = task.load(NOWHERE)
    assert data.notes[0].startswith("validation: 10 tokens are not in the vocabulary")
    assert task.codec(data).tokenizer.types == 6 + 3  # a, b, and the end of a line
    assert all(example.target["bytes"] is None for example in data.splits["test"])
