"""Traps that other harnesses fell into, in the order of a list of ten; each has a test that fails in the trap.

What the tests here leave out is held elsewhere:

1  the test split decides: `test_trials_have_a_seed_of_their_own_and_never_see_the_test_split` in core/test_fairness.py;
   a tokenizer learned on more than the training split: `test_the_tokenizer_sees_the_training_split_only` in
   tasks/test_translate.py and its like in tasks/test_lm.py
2  intervals that are too wide or too narrow: core/test_statistics.py against closed forms and scipy, and its
   calibration on simulated comparisons
3  perplexity of free-running outputs: `test_the_likelihood_is_that_of_a_plain_loop_over_prefixes` in
   core/test_training.py
4  the best seed as the result: `test_a_probe_shows_success_rate_median_mean_and_a_best_that_says_of_how_many` and
   `test_a_best_of_unequal_numbers_of_seeds_says_of_how_many_in_the_cell` in reports/test_sections.py
5  batch or padding changes scores: `test_losses_and_outputs_do_not_depend_on_the_evaluation_batch` in
   core/test_training.py on every interface, `test_figures_equal_a_plain_loop_whatever_the_batch` in
   tasks/test_lm_networks.py, and the checks of `seqharness.testing` on every model
6  truncation: `test_every_token_is_scored_once_behind_enough_context` in tasks/test_lm_rows.py, on windows and strides
   of any size; `test_long_texts_are_cut_and_counted` in tasks/test_classify.py
7  mirrors: `test_a_wrong_sum_names_the_file_and_both_sums` in core/test_sources.py
8  size of a batch: `test_an_epoch_holds_every_example_once_within_the_token_budget` in core/test_rows_and_batches.py
9  uncounted FLOPs: `test_flops_of_a_transformer_are_those_counted_by_hand` in core/test_sizing.py
10 outputs without an end: `test_an_output_that_meets_its_limit_says_that_it_is_not_finished` in core/test_search.py
"""

from __future__ import annotations

import io
import math
import re
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor, nn

from seqharness.analysis.statistics import paired_difference
from seqharness.analysis.table import Table
from seqharness.cli.summary import print_summary
from seqharness.compare import Outcome
from seqharness.comparison_spec import ComparisonSpec
from seqharness.contracts import Architecture, columns_of
from seqharness.data.rows import Rows
from seqharness.data.sources import DataSource
from seqharness.decoding.settings import Decoding
from seqharness.interfaces import Classify
from seqharness.metrics.classification import accuracy
from seqharness.plan import make_plan
from seqharness.records import TrainingRecord
from seqharness.registry import load_catalogue
from seqharness.run.execution import Run, measured_flops, run_one
from seqharness.run.scoring import score_table
from seqharness.sizing import flops_per_token
from seqharness.specs import check_options, parse_name
from seqharness.store import Store
from seqharness.training.evaluation import predict
from seqharness.training.objectives import objective_for
from seqharness.training.weights import load_tensors, read_tensors
from seqharness_tasks.language_modelling.options import CausalOptions
from seqharness_tasks.language_modelling.task import LanguageModelling

torch.set_num_threads(1)
CPU = torch.device("cpu")

# ------------------------------------------------------------------------- 1. choosing by the split that is reported


def test_neither_checkpoint_nor_learning_rate_depends_on_the_labels_of_the_test_split(
    labels: Any, swapped: Any
) -> None:
    def chosen(finished: Any) -> list[Any]:
        tunings = [one.model_dump(exclude={"task", "seconds"}) for one in finished.comparison.tunings]
        runs = [(run.model, run.chosen_at, run.validation) for run in finished.comparison.runs]
        weights = {(record.spec.model, record.spec.role, record.weights_sha256) for record in finished.records}
        baselines = [model.chosen for model in finished.comparison.models]
        rates = {record.spec.settings.recipe.learning_rate for record in finished.records if record.spec.settings}
        return [tunings, runs, len(weights), {(m, role) for m, role, _ in weights}, baselines, rates, weights]

    assert chosen(labels) == chosen(swapped)
    for one, other in zip(labels.comparison.runs, swapped.comparison.runs, strict=True):
        assert one.metrics["accuracy"] == pytest.approx(100 - (other.metrics["accuracy"] or 0))


# ---------------------------------------------------- 2. resampling half the corpus, paired results as independent ones


def test_a_resample_has_as_many_examples_as_the_test_split(labels: Any) -> None:
    """The standard error of an accuracy is that of a share; resamples of half the examples give 1.41 times as much."""
    (found,) = [score for score in labels.comparison.scores if (score.model, score.metric) == ("bow", "accuracy")]
    expected = math.sqrt(found.mean * (100 - found.mean) / 200)
    assert found.standard_error == pytest.approx(expected, rel=0.1)


def test_two_models_are_compared_example_by_example() -> None:
    """Of 1,000 examples 800 are right for both, 32 for one only and 14 for the other only."""
    first, second = np.zeros((1, 1000)), np.zeros((1, 1000))
    first[0, :832] = 1
    second[0, :800], second[0, 832:846] = 1, 1
    tables = [np.stack([scores, np.ones_like(scores)], axis=-1) for scores in (first, second)]
    found = paired_difference(*tables, accuracy(), resamples=10_000, deterministic=(True, True))
    assert found.p == pytest.approx(stats.ttest_rel(first[0], second[0]).pvalue, abs=0.004)
    assert found.p < 0.02 < 0.2 < stats.ttest_ind(first[0], second[0]).pvalue


# -------------------------------------------------------------------------------------- 3. free-running "perplexity"


def test_perplexity_is_of_the_references_however_outputs_are_made(translation: Any, compared: Any) -> None:
    given = {**translation.options, "decoding": Decoding(beam=2, limit_factor=1, limit_extra=0), "name": "other"}
    other = compared(translation.data, translation.folder, **given).comparison
    figures = [
        {(score.model, score.metric): score.mean for score in comparison.scores}
        for comparison in (translation.comparison, other)
    ]
    for model in ("lstm", "endless"):
        for metric in ("perplexity", "bits_per_byte"):
            assert figures[0][model, metric] == figures[1][model, metric] is not None
    assert figures[0]["lstm", "ter"] != figures[1]["lstm", "ter"]
    assert "teacher-forced|per:token|end:scored" in translation.report


# --------------------------------------------------------------------------------------- 4. the best seed as the result


@pytest.fixture(scope="module")
def probe(compared: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("probe")
    tasks = ("parity:train=300:longest=6:beyond=8:per_length=40",)
    return compared(folder, folder, models=("lstm", "rnn"), tasks=tasks, seeds=3, budget="2000")


def test_the_figure_of_a_model_is_the_mean_and_the_best_seed_is_called_so(probe: Any) -> None:
    said = io.StringIO()
    with redirect_stdout(said):
        print_summary(Outcome(probe.comparison, [], 0), Path("reports"))
    summary = table_of(said.getvalue())
    scores = table_of(probe.report.partition("## Scores")[2])
    found = [score for score in probe.comparison.scores if (score.metric, score.split) == ("accuracy", "test")]
    for score in (score for score in found if score.model in ("lstm", "rnn")):
        assert score.mean == pytest.approx(np.mean(score.values))
        mean, best = f"{score.mean:.1f}", f"{max(score.values):.1f}"
        assert mean != best
        assert summary[score.model]["accuracy"].startswith(f"{mean} [")
        cells = scores[score.model]
        assert next(cell for title, cell in cells.items() if title.endswith("mean")).startswith(f"{mean} [")
        assert [title for title, cell in cells.items() if cell == best] == ["best of 3 seeds"]
        assert best not in probe.comparison.headline
        assert best not in summary[score.model].values()


def table_of(text: str) -> dict[str, dict[str, str]]:
    """The first table of models in a text: cells by row and column."""
    lines = [line.replace("\u00a0", " ").strip().strip("|").strip() for line in text.splitlines()]
    rows = [re.split(r"\s*\|\s*|\s{2,}", line) for line in lines]
    start = next(place for place, row in enumerate(rows) if row[0] == "model")
    heads, end = rows[start], rows.index([""], start)
    return {row[0]: dict(zip(heads, row, strict=True)) for row in rows[start:end] if len(row) == len(heads)}


# ------------------------------------------------------------------------------- 5. scores that change with the batch


@pytest.mark.parametrize(
    ("finished", "batch_tokens"), [("labels", 1), ("labels", 1_000_000), ("translation", 1), ("translation", 500)]
)
def test_the_scores_of_a_run_do_not_depend_on_the_evaluation_batch(
    finished: str, batch_tokens: int, request: pytest.FixtureRequest
) -> None:
    given = request.getfixturevalue(finished)
    stored = {run.model: run for run in given.comparison.runs}
    networks = [record for record in given.records if record.weights_sha256 and record.spec.role == "compared"]
    assert len(networks) >= 2
    for record in networks:
        assert figures_of(record, batch_tokens) == pytest.approx(stored[record.spec.model].metrics, abs=1e-4)


def figures_of(record: TrainingRecord, batch_tokens: int) -> dict[str, float]:
    """The scores of a stored network on the test split, evaluated in batches of this size."""
    spec, store = record.spec, Store(Path(record.spec.store))
    run = Run(spec, store, lambda event: None, lambda: False, math.inf)
    architecture = run.catalogue.model(parse_name(spec.model).name).card.load()
    assert isinstance(architecture, Architecture)
    interface = run.prepared.interface
    network = architecture.serves[type(interface)](check_options(architecture.config, spec.config, ""), interface)
    weights = store.run_folder(spec.training_key) / "weights.safetensors"
    load_tensors(network, read_tensors(weights, record.weights_sha256))
    rows, examples = run.prepared.rows("test"), run.prepared.examples("test")
    found = predict(network, objective_for(interface), rows, run.codec, spec.decoding, CPU, batch_tokens=batch_tokens)
    table = score_table(run.task, examples, found, run.task.metrics)
    return {metric.name: table.score(metric) for metric in run.task.metrics}


# ---------------------------------------------------------------------- 6. truncated texts divided by the full length


class Uniform(nn.Module):
    """Every token of the vocabulary is as probable, whatever stands before it."""

    def __init__(self, types: int) -> None:
        super().__init__()
        self.types, self.output = types, nn.Identity()

    def forward(self, tokens: Tensor, lengths: Any = None, state: Any = None) -> tuple[Tensor, None]:
        return torch.zeros(*tokens.shape, self.types, dtype=torch.float64), None


@pytest.mark.parametrize("window", [8, 64, 4_000])
@pytest.mark.parametrize("unit", ["text", "line"])
def test_long_texts_are_scored_to_their_end_and_divided_by_what_was_scored(
    tmp_path: Path, unit: str, window: int
) -> None:
    rng = np.random.default_rng(0)
    lines = [" ".join(rng.choice(["a", "cat", "sees", "naïve"], size=size)) for size in (3, 900, 1, 40, 7)]
    for part in ("train", "validation", "test"):
        (tmp_path / f"{part}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    given = {"data": str(tmp_path), "level": "word", "unit": unit, "window": str(window)}
    task = LanguageModelling(check_options(CausalOptions, given, "task lm"))
    data = task.load(DataSource(None, Path("/nonexistent"), offline=True))
    codec, examples = task.codec(data), data.splits["test"]
    rows = codec.encode(examples)
    interface = codec.interface({field: int(part.lengths.max()) for field, part in rows.items()})
    types = interface.vocabulary
    found = predict(Uniform(types), objective_for(interface), rows, codec, Decoding(), CPU)
    words = sum(len(line.split()) for line in lines)
    ends = 6 if unit == "text" else 5  # of five lines and of the text, or of five texts
    assert sum(len(prediction.losses or ()) for prediction in found) == words + ends
    columns = columns_of(task.metrics)
    sums = task.statistics(examples, found, task.metrics).sum(axis=0)
    value = {m.name: float(m.value(sums[[columns.index(name) for name in m.columns]])) for m in task.metrics}
    size = len("\n".join(lines).encode()) + (1 if unit == "text" else -4)
    assert value["perplexity"] == pytest.approx(types)
    assert value["word_perplexity"] == pytest.approx(types ** ((words + ends) / words))
    assert value["bits_per_byte"] == pytest.approx((words + ends) * math.log2(types) / size)


def test_long_references_of_the_test_part_are_scored_whole(translation: Any) -> None:
    (record,) = [record for record in translation.records if record.spec.model == "lstm"]
    run = Run(record.spec, Store(Path(record.spec.store)), lambda event: None, lambda: False, math.inf)
    targets = run.prepared.rows("test")["target"].lengths
    assert targets.max() > 2 * run.prepared.rows("train")["target"].lengths.max()
    (run_of,) = [one for one in translation.comparison.runs if one.model == "lstm"]
    table = Table.load(run.store.evaluation_folder(run_of.training_key, run_of.evaluation_key) / "test.npz")
    tokens = table.values[:, table.columns.index("likelihood.tokens")]
    assert tokens.tolist() == (targets + 1).tolist()


# ------------------------------------------------------------------------------- 7. a mirror with another test file


@pytest.mark.parametrize("finished", ["labels", "translation"])
def test_one_other_character_in_the_test_file_is_another_hash_and_the_report_has_it(
    finished: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    given = request.getfixturevalue(finished)
    hashes = []
    for name, character in (("same", "c"), ("other", "k")):
        folder = tmp_path / name
        folder.mkdir()
        for path in given.data.iterdir():
            text = path.read_text(encoding="utf-8")
            place = text.rindex("cat")
            changed = text[:place] + character + text[place + 1 :] if path.stem == "test" else text
            (folder / path.name).write_text(changed, encoding="utf-8")
        tasks = tuple(task.replace(str(given.data), str(folder)) for task in given.options["tasks"])
        spec = ComparisonSpec(**{**given.options, "tasks": tasks, "store": str(tmp_path / "runs")})
        plan = make_plan(spec, load_catalogue(spec.plugins), DataSource.from_environment())
        hashes.append(next(iter(plan.prepared.values())).data_hash)
    assert hashes[0] != hashes[1]
    assert hashes[0] == given.comparison.tasks[0].data_hash
    assert f"`{hashes[0]}`" in given.report


# --------------------------------------------------------------------- 8. a batch that grows with the number of devices


def test_a_batch_is_a_number_of_tokens_however_many_devices_there_are(
    translation: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {record.spec.model: record for record in translation.records}["lstm"]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 8)
    for variable in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"):
        monkeypatch.setenv(variable, "8")
    spec = before.spec.model_copy(update={"store": str(tmp_path)})
    run_one(spec, lambda event: None)
    after = Store(tmp_path).training(spec.training_key)
    assert after is not None
    assert (after.steps, after.tokens, after.weights_sha256) == (before.steps, before.tokens, before.weights_sha256)
    assert 128 / 2 < after.tokens / after.steps <= 2 * 128  # six rows, with up to twice the tokens
    steps = {record.steps for record in translation.records if record.spec.settings}
    assert steps == {before.steps}  # of every model
    assert "128 tokens a batch" in translation.report


# ------------------------------------------------------------------------------------------ 9. FLOPs of an LSTM as 0


class LastState(nn.Module):
    """An LSTM that says that its FLOPs depend on the data."""

    flops_depend_on_data = True

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.embedding, self.output = nn.Embedding(20, width), nn.Linear(width, outputs)
        self.layer = nn.LSTM(width, width, batch_first=True)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return self.layer(self.embedding(tokens))[0][:, -1]


def training_of(network: nn.Module, interface: Classify) -> Any:
    """What is looked at of a training that has ended: four rows of ten tokens."""
    rows = {"tokens": Rows.of([[6, 7, 8, 9, 10] * 2] * 4), "label": Rows.of([[0]] * 4)}
    return SimpleNamespace(network=network.eval(), objective=objective_for(interface), rows=rows, device=CPU)


@pytest.mark.parametrize("when", ["planned", "measured"])
def test_flops_of_an_lstm_are_those_counted_by_hand(when: str) -> None:
    width, outputs, length = 16, 3, 10
    interface = Classify(vocabulary=20, max_length=length, outputs=outputs)
    gates = 2 * 4 * length * 2 * width * width
    expected = 3 * (gates + 2 * width * outputs) / length
    network = LastState(width, outputs)
    if when == "measured":
        assert measured_flops(training_of(network, interface)) == pytest.approx(expected)
        return
    network.flops_depend_on_data = False  # type: ignore[misc]
    assert flops_per_token(network.to("meta"), interface, {"tokens": length}) == pytest.approx(expected)


class Nothing(nn.Module):
    """No product of matrices."""

    flops_depend_on_data = True
    output = nn.Identity()

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return tokens.float()


def test_what_cannot_be_counted_is_no_number(labels: Any) -> None:
    assert measured_flops(training_of(Nothing(), Classify(vocabulary=20, max_length=10, outputs=3))) is None
    flops = {model.model: model.flops_per_token for model in labels.comparison.models}
    assert flops["uncounted"] is None
    assert flops["lstm"] > 10_000
    scores = table_of(labels.report.partition("## Scores")[2])
    assert scores["uncounted"]["FLOPs/token"] == "not counted"
    assert scores["lstm"]["FLOPs/token"] not in ("0", "not counted")


# --------------------------------------------------------------------------------- 10. outputs that are never ended


def test_outputs_at_the_length_limit_are_counted_and_warned_of(translation: Any) -> None:
    comparison = translation.comparison
    shares = {model.model: model.limit_share for model in comparison.models}
    assert shares["endless"] == 1.0
    assert shares["lstm"] is not None
    assert shares["lstm"] < 1.0
    (warning,) = [warning for warning in comparison.warnings if warning.startswith("endless on")]
    assert "100.0% of its outputs met the length limit" in warning
    assert warning in translation.report
    said = io.StringIO()
    with redirect_stdout(said):
        print_summary(Outcome(comparison, [], 0), Path("reports"))
    assert warning in " ".join(said.getvalue().split())
    further = table_of(translation.report.partition("Further figures")[2])
    assert further["endless"]["outputs at length limit"] == "100 %"
