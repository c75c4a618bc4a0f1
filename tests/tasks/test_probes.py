"""What holds for every probe: cards, contracts, splits, balance, codecs and figures."""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqharness.contracts import Data, Example, ModelSpec, Prediction, Split, TaskSpec, columns_of
from seqharness.data.sources import DataSource
from seqharness.errors import UserError
from seqharness.interfaces import CausalLM, Classify, SequenceToSequence, Tag
from seqharness.specs import check_options
from seqharness_tasks import probes
from seqharness_tasks.probes.codecs import LanguageCodec
from seqharness_tasks.probes.kinds import Classification
from seqharness_tasks.probes.metrics import answer_accuracy_columns
from seqharness_tasks.probes.options import spaced
from seqharness_tasks.probes.probe import Probe, shares

NOWHERE = DataSource(None, Path("/nonexistent"), offline=True)
NAMES = tuple(probes.PROBES)


@cache
def cards() -> dict[str, TaskSpec]:
    found: list[TaskSpec] = []
    probes.register_tasks(found.append)
    return {card.name: card for card in found}


def probe(name: str, **options: object) -> Probe:
    card = cards()[name]
    task = card.load()(check_options(card.options(), options, name))
    assert isinstance(task, Probe)
    return task


def small(name: str, units: int = 2, **options: object) -> Probe:
    """With so many units at each length of the tests, and at the longest in training."""
    default = probe(name, **options)
    size = default.unit_size * units
    train = math.ceil(size / shares(default.options.lengths)[default.options.lengths[-1]])
    return probe(name, **{"train": train, "per_length": size, **options})


@cache
def small_data(name: str, units: int = 2) -> Data:
    return small(name, units).load(NOWHERE)


# --------------------------------------------------------------------------------------------------------------- cards


def test_cards_are_light() -> None:
    script = (
        "import sys, seqharness_tasks.probes as t; cards = []; t.register_tasks(cards.append)\n"
        "t.register_models(cards.append)\n"
        "heavy = {'torch', 'numpy', 'sklearn', 'sacrebleu'} & set(sys.modules); assert not heavy, heavy\n"
        "[card.load()(card.options()()) for card in cards[:16]]; assert 'torch' not in sys.modules"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)


@pytest.mark.parametrize("name", NAMES)
def test_a_card_says_what_the_probe_is(name: str) -> None:
    card, task = cards()[name], probe(name)
    assert task.name == name
    assert card.summary.startswith("probe: ")
    data = small_data(name)
    codec = task.codec(data)
    rows = [codec.encode(examples) for examples in data.splits.values()]
    longest = {field: max(int(part[field].lengths.max()) for part in rows) for field in rows[0]}
    interface = codec.interface(longest)
    assert type(interface) is card.interface
    assert interface.max_length >= max(length for field, length in longest.items() if field != "scored")


def test_baselines_are_named_by_what_they_are() -> None:
    found: list[ModelSpec] = []
    probes.register_models(found.append)
    assert {card.name for card in found} == {"memoryless", "random-symbols"}
    assert all(card.baseline for card in found)
    by_interface = {
        Classify: {("chance", "majority"), ("chance",)},
        CausalLM: {("chance", "majority")},
        Tag: {("memoryless",)},
        SequenceToSequence: {("random-symbols",)},
    }
    for name in NAMES:
        assert tuple(probe(name).baselines) in by_interface[cards()[name].interface]


# ----------------------------------------------------------------------------------------------------------- contracts


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_states_the_figures_of_the_defaults(name: str) -> None:
    task = probe(name)
    words = " ".join((type(task).__doc__ or "").split())
    assert [figure for figure in task.figures() if figure not in words] == []
    for what in ("Vocabulary: ", "Scored: ", "Repeats: "):
        assert what in words
    assert task.contract.split() == words.split()
    other = probe(name, beyond=0)
    assert other.contract.startswith(task.contract)
    assert "With the options given:" in other.contract
    assert all(figure in other.contract for figure in other.figures())


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_are_those_of_the_data(name: str) -> None:
    task, data = small(name), small_data(name)
    axis, options = task.axis, task.options
    counts = Counter(example.slices[axis] for example in data.splits["test"])
    assert set(counts) == set(options.lengths)
    assert len(set(counts.values())) == 1
    assert {example.slices[axis] for example in data.splits["beyond"]} == set(options.longer)
    assert min(options.longer) > max(options.lengths)
    assert list(data.splits) == ["train", "validation", "test", "beyond"]
    assert f"Examples: {len(data.splits['train']):,} in training" in task.figures()[1]
    assert f"; {next(iter(counts.values())):,} for each " in task.figures()[1]
    for part in ("validation", "test", "beyond"):
        assert all(set(example.slices) == set(task.axes) for example in data.splits[part])
    assert all(not example.slices for example in data.splits["train"])


def test_every_length_makes_the_same_share_of_training() -> None:
    lengths = Counter(
        len(example.input.split()) for example in probe("parity", train=4_000).load(NOWHERE).splits["train"]
    )
    symbols = {length: length * count for length, count in lengths.items()}
    assert set(symbols) == set(range(1, 41))
    each = 4_000 / sum(1 / length for length in symbols)
    assert all(each - 2 * length < symbols[length] <= each for length in symbols)


DIGESTS = {
    "copy": "64f34e05e83045d2e14c6390a866953b8da3ab3823c2e57bce0c573368f2a3b1",
    "reverse": "25c155bf81547d9e081c34523e19a71d6d3fa6c8d3889cb3b94a3417bb3d117c",
    "sort": "72ac3ad0e82d4af48383dc025b7cbaf4631db02cce6f8e9d50e217da85ef74f0",
    "copy-memory": "8cb5699c6df31e907d6a78dfc17f4ffc72f0e440174371452c35444a6873c08e",
    "selective-copy": "65854e140bf09f251e9e45befb4a2ef06b1b9573806a9f9eec469a48a2ef1a2a",
    "adding": "b94b21b26bd452df9e5f2fda79a470112a191f347ef80efed2ffdea2484ed7ed",
    "recall": "515799174dfb94aa861d2ff32eb4838fa37f16ad4716fe0a71357590885254fe",
    "induction": "a6284e00fc3763103fcf34bc562b6e0edc3d56088e4d9d82205732ee230027e2",
    "dyck": "87cc7316590bbc6c444973fc0dca8605c0ceab741ae7607f2f8a5d443e5a1149",
    "counting": "d255d5786cd1ea297e14ee14d2a9f6a19c02948cc82972b09fa45f915c8c5086",
    "parity": "e4352961642157e9b2656b54baa7f0d061a181d7ca94dd39edbf621e1cf5037c",
    "even-pairs": "03f20bd407210264e88def303f017826ce027fcce9bb15de46fd4f4d9f8c8ca0",
    "modular-arithmetic": "d1a7649922aa464f799af0e1670de31bc385957fbc816c0326c5150473ab1f71",
    "listops": "6b081911875bb06153294254e1d36a6cac218f879061114b339b4923556b0f2d",
    "agreement": "f42c3559651a7189c7a2169db5cdcddd4272b894661ff5d800747f72ca01d0cf",
    "order": "847b07f80a604dffd1709eeeb99ac84d9c96998e2ebd43a7719ace1ec1247c50",
}


def digest_of(data: Data) -> str:
    digest = hashlib.sha256()
    for part, examples in data.splits.items():
        for example in examples:
            row = [part, example.input, example.target, dict(example.slices), example.scored, example.group]
            digest.update(json.dumps(row).encode())
    return digest.hexdigest()


@pytest.mark.parametrize("name", NAMES)
def test_the_default_data_are_the_same_bytes_everywhere(name: str) -> None:
    """All of validation and tests; of training, which draws each length from a stream of its own, the first units."""
    task = small(name, units=3, per_length=probe(name).options.per_length)
    assert digest_of(task.load(NOWHERE)) == DIGESTS[name]


def test_data_depend_on_the_seed_and_on_no_global_generator() -> None:
    np.random.seed(1)
    state = np.random.get_state()[1].tolist()  # type: ignore[index, union-attr]
    first, again, other = (small("parity", seed=seed).load(NOWHERE) for seed in (0, 0, 1))
    assert np.random.get_state()[1].tolist() == state  # type: ignore[index, union-attr]
    assert first == again
    assert first.splits["test"] != other.splits["test"]
    assert first.splits["test"] != first.splits["validation"]
    assert first.source == "generated: parity, seed 0"


@pytest.mark.parametrize("name", [name for name in NAMES if probe(name).disjoint])
def test_no_row_of_a_test_is_in_training(name: str) -> None:
    data = small(name, units=400).load(NOWHERE)
    train = {example.input for example in data.splits["train"]}
    for part in ("validation", "test", "beyond"):
        assert train.isdisjoint(example.input for example in data.splits[part])
    assert not [note for note in data.notes if "also stand in train" in note]


def test_repeats_are_counted() -> None:
    data = probe("parity", longest=2, beyond=0, train=40, per_length=10).load(NOWHERE)
    assert data.notes == (
        "train: 32 of 38 inputs repeat an earlier one; kept",
        "validation: 20 of 20 inputs also stand in train; kept",
        "test: 20 of 20 inputs also stand in train; kept",
    )


# ------------------------------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("parity", {"beyond": 40}, "beyond=40 is not over the largest length trained on, 40"),
        ("parity", {"shortest": 9, "longest": 8}, "no length lies between"),
        ("parity", {"lengths": 9}, "has no option 'lengths'"),
        ("recall", {"pairs": 40, "beyond": 0}, "40 different keys need vocabulary=80 or more"),
        ("induction", {"beyond": 65}, "rows of 65 different symbols need vocabulary=65 or more"),
        ("copy-memory", {"T": 1}, "greater than or equal to 2"),
        ("listops", {"shortest": 3}, "greater than or equal to 4"),
        ("order", {"beyond": 13}, "13 clauses need 26 different nouns, and there are 24"),
        ("dyck", {"kinds": 5}, "less than or equal to 4"),
    ],
)
def test_bad_options(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        probe(name, **options)


def test_too_few_examples_to_train_on_each_length() -> None:
    with pytest.raises(UserError, match=r"train=342 is too few for parity: it takes 343 or more\."):
        probe("parity", train=342).load(NOWHERE)


def test_lengths_beyond() -> None:
    assert spaced(40, 200, 8) == (60, 80, 100, 120, 140, 160, 180, 200)
    assert spaced(4, 8, 8) == (5, 6, 7, 8)
    assert spaced(39, 199, 8, 2) == (59, 79, 99, 119, 139, 159, 179, 199)
    assert spaced(39, 50, 8, 2) == (41, 43, 45, 47, 49)
    assert spaced(40, 0, 8) == ()
    assert probe("adding", T=50, beyond=0).options.lengths == (50,)
    assert probe("recall", pairs=12, beyond=0).options.lengths == (2, 4, 8, 12)
    assert "beyond" not in small("parity", beyond=0).load(NOWHERE).splits


# ------------------------------------------------------------------------------------------------------------- balance


CLASSIFICATIONS = [name for name in NAMES if isinstance(probe(name), Classification)]


@pytest.mark.parametrize("name", CLASSIFICATIONS)
def test_length_gives_no_label_away(name: str) -> None:
    """Each label is as frequent at every value of the axis, and in rows of every number of symbols."""
    task, data = small(name, units=6), small_data(name, units=6)
    labels = task.labels  # type: ignore[attr-defined]
    for part, examples in data.splits.items():
        keys = {"symbols": [len(example.input.split()) for example in examples]}
        if part != "train":
            keys["axis"] = [int(example.slices[task.axis]) for example in examples]  # type: ignore[arg-type]
        for lengths in keys.values():
            counts = Counter(zip(lengths, (example.target for example in examples), strict=True))
            for length in set(lengths):
                assert len({counts[length, label] for label in labels}) == 1, (part, length)


@pytest.mark.parametrize("name", ["order", "agreement"])
def test_twins_stand_together(name: str) -> None:
    groups: dict[str | None, list[Example]] = {}
    for example in small_data(name).splits["test"]:
        groups.setdefault(example.group, []).append(example)
    assert None not in groups
    for twins in groups.values():
        assert sorted(example.target for example in twins) == sorted(probe(name).labels)  # type: ignore[attr-defined]
        first, second = (example.input.split() for example in twins)
        if name == "order":
            assert sorted(first) == sorted(second)
        else:
            assert sum(one != other for one, other in zip(first, second, strict=True)) == 1


# -------------------------------------------------------------------------------------------------------------- codecs


@pytest.mark.parametrize("name", NAMES)
def test_codec_is_saved_and_loaded_and_gives_answers_back(name: str, tmp_path: Path) -> None:
    task, data = small(name), small_data(name)
    codec, examples = task.codec(data), data.splits["test"]
    codec.save(tmp_path)
    loaded = task.load_codec(tmp_path)
    assert type(loaded) is type(codec)
    assert loaded.describe() == codec.describe()
    rows = codec.encode(examples)
    again = loaded.encode(examples)
    assert list(rows) == list(again)
    for field, part in rows.items():
        assert np.array_equal(part.values, again[field].values)
        assert np.array_equal(part.offsets, again[field].offsets)
        assert len(part) == len(examples)
    if name != "adding":
        outputs = codec.decode(right_ids(cards()[name], rows))
        references = [task.answers(example, str(example.target)) for example in examples]
        said = [task.answers(example, str(output)) for example, output in zip(examples, outputs, strict=True)]
        assert said == references


def right_ids(card: TaskSpec, rows: dict[str, Any]) -> list[list[int]]:
    """What a perfect network gives its codec."""
    count = range(len(rows[next(iter(rows))]))
    if card.interface is Classify:
        return [rows["label"][index].tolist() for index in count]
    if card.interface is Tag:
        return [np.maximum(rows["tags"][index], 0).tolist() for index in count]
    if card.interface is SequenceToSequence:
        return [rows["target"][index].tolist() for index in count]
    targets = [np.append(rows["tokens"][index], 2) for index in count]
    return [row[rows["scored"][index] == 1].tolist() for index, row in enumerate(targets)]


def test_a_language_codec_names_reserved_ids() -> None:
    assert LanguageCodec(("a", "b")).decode([[6, 7, 2, 0]]) == ["a b <eos> <pad>"]


# ------------------------------------------------------------------------------------------------------------- figures


def test_accuracy_counts_places_of_the_longer_row() -> None:
    outputs, references = [["a", "b", "c"], [], ["a"]], [["a", "x", "c", "d"], ["a"], ["a", "b"]]
    assert answer_accuracy_columns(outputs, references).tolist() == [[2, 4], [0, 1], [1, 2]]
    with pytest.raises(ValueError, match="shorter"):
        answer_accuracy_columns([["a"]], [])


@pytest.mark.parametrize("name", NAMES)
def test_right_answers_score_best_and_no_answer_scores_nothing(name: str) -> None:
    task, examples = small(name), small_data(name).splits["test"]
    columns = columns_of(task.metrics)
    best = [Prediction(example.target, losses=(0.0,)) for example in examples]
    table = task.statistics(examples, best, task.metrics)
    assert table.shape == (len(examples), len(columns))
    for metric in task.metrics:
        sums = table.sum(axis=0)[[columns.index(column) for column in metric.columns]]
        assert float(metric.value(sums)) == (100.0 if metric.higher_is_better else 0.0)
        one = task.statistics(examples, best, (metric,))
        assert np.array_equal(one, table[:, [columns.index(column) for column in metric.columns]])
    silent = task.statistics(examples, [Prediction()] * len(examples), task.metrics)
    assert np.isnan(silent).all()
    assert task.metrics[0].solved is not None


@pytest.mark.parametrize("name", NAMES)
def test_show_has_the_row_the_answer_and_what_was_said(name: str) -> None:
    task, example = small(name), small_data(name).splits["test"][0]
    assert set(task.show(example)) == {"input", "reference"}
    shown = task.show(example, Prediction(example.target))
    assert shown["output"] == shown["reference"]
    assert task.show(example, Prediction())["output"] == ""


# ---------------------------------------------------------------------------------------------------- chance, baselines


def baseline(name: str, task: Probe, data: Data) -> dict[str, list[Prediction]]:
    """Predictions on every test split of one of the probes' own baselines."""
    found: list[ModelSpec] = []
    probes.register_models(found.append)
    architecture = next(card for card in found if card.name == name).load()
    codec = task.codec(data)
    splits = {part: Split(examples, codec.encode(examples)) for part, examples in data.splits.items()}
    fields = next(iter(splits.values())).rows
    interface = codec.interface(dict.fromkeys(fields, 1_000))
    model = architecture.serves[type(interface)](architecture.config(), interface)  # type: ignore[union-attr]
    model.fit(splits["train"], splits["validation"], np.random.Generator(np.random.PCG64(1)))
    assert model.parameters >= 0
    found_by_part = {}
    for part in ("test", "beyond"):
        predictions = model.predict(splits[part])
        outputs = codec.decode([prediction.output for prediction in predictions])
        found_by_part[part] = [
            Prediction(output, prediction.losses) for output, prediction in zip(outputs, predictions, strict=True)
        ]
    return found_by_part


def score(task: Probe, examples: Any, predictions: list[Prediction], metric: str) -> float:
    chosen = next(one for one in task.metrics if one.name == metric)
    return float(chosen.value(task.statistics(examples, predictions, (chosen,)).sum(axis=0)))


def test_copy_memory_without_a_memory_costs_what_the_papers_say() -> None:
    task = small("copy-memory", units=60)
    data = task.load(NOWHERE)
    said = baseline("memoryless", task, data)
    assert score(task, data.splits["test"], said["test"], "loss") == pytest.approx(10 * math.log(8) / 120, abs=1e-12)
    assert task.chance["loss"] == pytest.approx(10 * math.log(8) / 120, abs=1e-15)
    longest = [index for index, example in enumerate(data.splits["beyond"]) if example.slices["blanks"] == 200]
    part = [data.splits["beyond"][index] for index in longest], [said["beyond"][index] for index in longest]
    assert score(task, *part, "loss") == pytest.approx(10 * math.log(8) / 220, abs=1e-12)
    assert score(task, data.splits["test"], said["test"], "accuracy") == pytest.approx(12.5, abs=5)


def test_selective_copy_without_a_memory_is_a_guess_among_eight() -> None:
    task = small("selective-copy", units=3_000, T=10, beyond=20, per_length=50)
    data = task.load(NOWHERE)
    said = baseline("memoryless", task, data)
    for part in ("test", "beyond"):
        assert score(task, data.splits[part], said[part], "loss") == pytest.approx(math.log(8), abs=1e-12)
    assert task.chance["loss"] == pytest.approx(math.log(8))


@pytest.mark.parametrize("name", ["copy", "reverse"])
def test_random_symbols_are_right_by_chance(name: str) -> None:
    task = small(name, units=50)
    data = task.load(NOWHERE)
    said = baseline("random-symbols", task, data)
    for part in ("test", "beyond"):
        assert score(task, data.splits[part], said[part], "accuracy") == pytest.approx(task.chance["accuracy"], abs=1)
        assert score(task, data.splits[part], said[part], "loss") == pytest.approx(math.log(17), abs=1e-12)
    assert baseline("random-symbols", task, data) == said


def test_saying_the_mean_costs_a_sixth_on_adding() -> None:
    task = small("adding", units=4_000, T=10, beyond=0)
    targets = np.array([example.target for example in task.load(NOWHERE).splits["test"]])
    errors = (targets - 1) ** 2
    assert errors.mean() == pytest.approx(task.chance["mse"], abs=4 * errors.std() / math.sqrt(len(errors)))


# ------------------------------------------------------------------------------------------------------------ networks


@pytest.mark.parametrize("name", NAMES)
def test_a_network_learns_and_answers(name: str) -> None:
    """One step, then predictions of a test split with every figure defined."""
    import torch

    from seqharness.decoding.settings import Decoding
    from seqharness.registry import load_catalogue
    from seqharness.training.evaluation import predict
    from seqharness.training.objectives import mean_loss, objective_for

    torch.set_num_threads(1)
    torch.manual_seed(0)
    task, data = small(name), small_data(name)
    codec = task.codec(data)
    rows = {part: codec.encode(examples) for part, examples in data.splits.items()}
    longest = {field: max(int(part[field].lengths.max()) for part in rows.values()) for field in rows["train"]}
    interface = codec.interface(longest)
    lstm = load_catalogue().model("lstm").card.load()
    network = lstm.serves[type(interface)](lstm.config(width=8, inner=8), interface)  # type: ignore[operator]
    objective, device = objective_for(interface), torch.device("cpu")
    loss = mean_loss(objective, network, objective.batch(rows["train"], np.arange(2), device), 0.0)
    loss.backward()  # type: ignore[no-untyped-call]
    assert math.isfinite(loss.item())
    examples = data.splits["test"][:2]
    found = predict(network, objective, rows["test"], codec, Decoding(), device, indices=range(2))
    table = task.statistics(examples, found, task.metrics)
    assert np.isfinite(table).all()
    counted = [len(prediction.losses or ()) for prediction in found]
    answers = [len(task.answers(example, str(example.target))) for example in examples]
    ends = {SequenceToSequence: 1}.get(type(interface), 0)
    if name not in ("adding", "copy-memory"):
        assert counted == [answer + ends for answer in answers]
