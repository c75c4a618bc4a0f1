"""`scan`: its language, its splits by rule and from the authors' files, its figures."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqharness.contracts import Prediction, Task, TaskSpec, columns_of
from seqharness.data.sources import DataSource
from seqharness.errors import UserError
from seqharness.interfaces import SequenceToSequence
from seqharness.specs import check_options
from seqharness_tasks import scan
from seqharness_tasks.scan import splits
from seqharness_tasks.scan.grammar import ACTIONS, WORDS, actions, commands
from seqharness_tasks.scan.options import ScanOptions
from seqharness_tasks.scan.task import Scan

NOWHERE = DataSource(None, Path("/nonexistent"), offline=True)
EVERY = tuple(commands())
SIZES = {
    "iid": (16_728, 4_182),
    "simple": (16_728, 4_182),
    "length": (16_990, 3_920),
    "jump": (14_670, 7_706),
    "turn-left": (21_890, 1_208),
}
"""Training (validation among it) and test, as the authors count them; `iid` is made as large as `simple`."""


def _task(**options: object) -> Scan:
    return Scan(check_options(ScanOptions, options, "scan"))


def test_the_card_is_light() -> None:
    cards: list[TaskSpec] = []
    scan.register_tasks(cards.append)
    (card,) = cards
    assert (card.name, card.interface) == ("scan", SequenceToSequence)
    task: Task = card.load()(check_options(card.options(), {}, "scan"))
    assert task.metrics[0].name == "exact_match"
    assert [len(files) for files in card.datasets().values()] == [8]
    script = (
        "import sys, seqharness_tasks.scan as t; cards = []; t.register_tasks(cards.append)\n"
        "heavy = {'torch', 'numpy', 'sacrebleu'} & set(sys.modules); assert not heavy, heavy\n"
        "cards[0].load(); assert 'torch' not in sys.modules"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)


# ------------------------------------------------------------------------------------------------------------- grammar


def test_the_language_has_20910_commands() -> None:
    assert len(EVERY) == len(set(EVERY)) == 20_910
    assert {word for command in EVERY for word in command.split()} == set(WORDS)
    assert max(len(command.split()) for command in EVERY) == 9
    lengths = [len(actions(command).split()) for command in EVERY]
    assert (min(lengths), max(lengths)) == (1, 48)
    assert {action for command in EVERY for action in actions(command).split()} == set(ACTIONS)


@pytest.mark.parametrize(
    ("command", "meaning"),
    [
        ("jump", "JUMP"),
        ("jump left", "LEFT JUMP"),
        ("jump around right", "RIGHT JUMP RIGHT JUMP RIGHT JUMP RIGHT JUMP"),
        ("turn left twice", "LEFT LEFT"),
        ("jump thrice", "JUMP JUMP JUMP"),
        ("jump opposite left and walk thrice", "LEFT LEFT JUMP WALK WALK WALK"),
        ("jump opposite left after walk around left", "LEFT WALK LEFT WALK LEFT WALK LEFT WALK LEFT LEFT JUMP"),
        ("turn around left and turn opposite right", "LEFT LEFT LEFT LEFT RIGHT RIGHT"),
    ],
)
def test_the_papers_examples(command: str, meaning: str) -> None:
    short = meaning.replace("LEFT", "TURN_LEFT").replace("RIGHT", "TURN_RIGHT")
    assert actions(command) == " ".join(f"I_{action}" for action in short.split())


@given(st.sampled_from(EVERY), st.sampled_from(EVERY))
def test_a_conjunction_means_both_in_their_order(first: str, second: str) -> None:
    if {"and", "after"} & {*first.split(), *second.split()}:
        return
    assert actions(f"{first} and {second}") == f"{actions(first)} {actions(second)}"
    assert actions(f"{first} after {second}") == f"{actions(second)} {actions(first)}"


@given(st.lists(st.sampled_from([*WORDS, "dance"]), max_size=9).map(" ".join))
def test_what_is_no_command_is_refused(text: str) -> None:
    if text in set(EVERY):
        assert actions(text)
    else:
        with pytest.raises(ValueError, match="is no command of SCAN"):
            actions(text)


# -------------------------------------------------------------------------------------------------------------- splits


@pytest.mark.parametrize("split", ["iid", "length", "jump", "turn-left"])
def test_splits_by_rule(split: str) -> None:
    task = _task(split=split)
    data = task.load(NOWHERE)
    parts = data.splits
    assert list(parts) == ["train", "validation", "test"]
    assert (len(parts["train"]) + len(parts["validation"]), len(parts["test"])) == SIZES[split]
    known = {example.input for part in ("train", "validation") for example in parts[part]}
    assert known.isdisjoint(example.input for example in parts["test"])
    assert {example.input for example in parts["train"]}.isdisjoint(example.input for example in parts["validation"])
    assert all(example.target == actions(example.input) for part in parts.values() for example in part)
    assert "of the command" in data.notes[0]
    assert data.source == f"SCAN, split {split}, generated"
    assert task.fingerprint(NOWHERE) == data.files == {}


def test_a_primitive_that_is_repeated_stays_in_training() -> None:
    for split, primitive, copies in (("jump", "jump", 1_467), ("turn-left", "turn left", 2_189)):
        parts = _task(split=split).load(NOWHERE).splits
        assert sum(example.input == primitive for example in parts["train"]) == copies
        assert not [example for example in parts["validation"] if primitive in example.input]
        assert all(primitive in example.input for example in parts["test"])


def test_short_commands_are_trained_on_and_long_ones_tested() -> None:
    parts = _task(split="length").load(NOWHERE).splits
    lengths = {part: {len(example.target.split()) for example in examples} for part, examples in parts.items()}
    assert max(lengths["train"] | lengths["validation"]) == 22
    assert (min(lengths["test"]), max(lengths["test"])) == (24, 48)


def test_generated_data_are_the_same_everywhere() -> None:
    digest = hashlib.sha256()
    for split in ("iid", "length", "jump", "turn-left"):
        for part, pairs in splits.generated(split).items():
            digest.update("".join(f"{split} {part} {pair.command} {pair.actions}\n" for pair in pairs).encode())
    assert digest.hexdigest() == "3a884930706f6fe726071e0c1bb6d374cee2624b0a0e28d9f4d7785a5dfdc7b2"


# ------------------------------------------------------------------------------------------------- the authors' files


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataSource:
    """A mirror of the upstream's layout with few lines, and the sums patched."""
    patched = {}
    for split, parts in splits.FILES.items():
        patched[split] = {}
        for part, file in parts.items():
            chosen = EVERY[:100] if part == "train" else EVERY[100:103]
            content = "".join(f"IN: {command} OUT: {actions(command)}\n" for command in chosen).encode()
            path = tmp_path / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            patched[split][part] = replace(file, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    monkeypatch.setattr(splits, "FILES", patched)
    monkeypatch.setattr("seqharness_tasks.scan.task.FILES", patched)
    return DataSource(tmp_path, tmp_path / "cache", offline=True)


@pytest.mark.parametrize("split", ["simple", "length", "jump", "turn-left"])
def test_upstream_from_a_mirror(mirror: DataSource, split: str) -> None:
    task = _task(split=split, data="upstream")
    data = task.load(mirror)
    assert len(data.splits["train"]) + len(data.splits["validation"]) == 100
    assert [example.input for example in data.splits["test"]] == list(EVERY[100:103])
    assert data.files == task.fingerprint(mirror)
    assert len(data.files) == 2
    assert data.source.endswith("revision c4b756c of github.com/brendenlake/SCAN")


def test_a_line_of_another_form_is_named(mirror: DataSource, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mirror.mirror is not None
    file = splits.FILES["simple"]["test"]
    path = mirror.mirror / file.path
    path.write_text("IN: jump OUT: I_JUMP\njump\n")
    good = replace(file, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setitem(splits.FILES["simple"], "test", good)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"tasks_test_simple\.txt:2: a line of SCAN is `IN: command OUT: actions`"):
        _task(split="simple").load(mirror)


def test_files_that_cannot_be_had() -> None:
    with pytest.raises(UserError, match=r"tasks_train_simple\.txt is not in the cache"):
        _task(split="simple").load(NOWHERE)


@pytest.mark.skipif("HARNESS_DATA" not in os.environ, reason="no mirror: HARNESS_DATA is not set")
def test_the_authors_files_hold_what_the_grammar_gives() -> None:
    source = DataSource.from_environment()
    for split in ("length", "jump", "turn-left"):
        mine, theirs = splits.generated(split), splits.upstream(split, source)
        for part in ("train", "test"):
            assert Counter(mine[part]) == Counter(theirs[part]), (split, part)
    simple = splits.upstream("simple", source)
    assert (len(simple["train"]), len(simple["test"])) == SIZES["simple"]
    pairs = {(command, actions(command)) for command in EVERY}
    assert {*simple["train"], *simple["test"]} == pairs


# ------------------------------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "simple", "data": "generated"}, "take data=upstream, or split=iid"),
        ({"split": "iid", "data": "upstream"}, "take split=simple for that of the authors"),
        ({"split": "lenght"}, "Did you mean 'length'"),
    ],
)
def test_bad_options(options: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        _task(**options)


# ----------------------------------------------------------------------------------------------------- codec, figures


def test_codec(tmp_path: Path) -> None:
    task = _task()
    data = task.load(NOWHERE)
    codec = task.codec(data)
    examples = data.splits["test"][:50]
    rows = codec.encode(examples)
    assert codec.decode([rows["target"][index].tolist() for index in range(50)]) == [one.target for one in examples]
    interface = codec.interface({"source": 9, "target": 48})
    assert (interface.vocabulary, interface.shared, interface.max_length) == (25, True, 49)
    codec.save(tmp_path)
    assert np.array_equal(task.load_codec(tmp_path).encode(examples)["source"].values, rows["source"].values)


def test_figures_and_slices() -> None:
    task = _task()
    examples = task.load(NOWHERE).splits["test"][:4]
    said = [
        Prediction(examples[0].target, losses=(0.5, 0.5)),
        Prediction(f"{examples[1].target} I_JUMP", losses=(1.0,)),
        Prediction("", losses=(1.0,)),
        Prediction(),
    ]
    table = task.statistics(examples[:3], said[:3], task.metrics)
    columns = columns_of(task.metrics)
    figures = [
        float(one.value(table.sum(axis=0)[[columns.index(name) for name in one.columns]])) for one in task.metrics
    ]
    lengths = [len(example.target.split()) for example in examples]
    assert figures[0] == pytest.approx(100 / 3)
    assert figures[1] == pytest.approx(100 * (lengths[0] + lengths[1]) / (lengths[0] + lengths[1] + 1 + lengths[2]))
    assert figures[2] == pytest.approx(0.75)
    assert np.isnan(task.statistics(examples[3:], said[3:], task.metrics)).all()
    assert task.show(examples[0], said[0])["output"] == examples[0].target
    for example, length in zip(examples, lengths, strict=True):
        assert example.slices["actions"] == length
        assert set(example.slices["word"]) <= set(example.input.split())  # type: ignore[arg-type]
    assert set(task.axes) == {"actions", "word"}
    assert "Chance: exact match 0.0 %" in task.contract


def test_the_contract_states_the_sizes() -> None:
    words = " ".join(_task().contract.split())
    for split in ("length", "jump", "turn-left"):
        parts = splits.generated(split)
        primitive = splits.PRIMITIVE.get(split)
        copies = sum(pair.command == primitive for pair in parts["train"])
        for number in (len(parts["train"]) - copies, copies, len(parts["test"])):
            assert not number or f"{number:,}" in words
