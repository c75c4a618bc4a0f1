"""What makes a comparison fair: equal tuning, equal cost, equal data; and that all of it is done once."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from statistics import mean
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqharness.ablation import variants
from seqharness.analysis.data_sizes import crossings
from seqharness.analysis.resampling import Resampled
from seqharness.analysis.results import TaskResults
from seqharness.analysis.tuning import dropout_tried, expected_best
from seqharness.compare import Outcome, run_comparison
from seqharness.comparison_spec import ComparisonSpec
from seqharness.data.prepare import open_prepared
from seqharness.data.rows import Rows
from seqharness.data.sources import DataSource
from seqharness.errors import UserError
from seqharness.metrics.classification import accuracy
from seqharness.plan import Plan, make_plan
from seqharness.plan.plan import PlannedTrial
from seqharness.plan.trials import TRIAL_SEED, space
from seqharness.records import TrainingRecord, Trial
from seqharness.registry import load_catalogue

TASK = "parity:train=600:longest=6:beyond=8:per_length=20"


def spec(folder: Path, **options: Any) -> ComparisonSpec:
    return ComparisonSpec(
        **{
            "models": ("lstm", "transformer"),
            "tasks": (TASK,),
            "seeds": 2,
            "budget": "3000",
            "parameters": 20_000,
            "validations": 2,
            "store": str(folder / "runs"),
            "output": str(folder / "reports"),
            "name": "report",
            "reporters": ("json",),
            "jobs": 2,
            **options,
        }
    )


def plan_of(folder: Path, **options: Any) -> Plan:
    asked = spec(folder, **options)
    return make_plan(asked, load_catalogue(asked.plugins), DataSource.from_environment())


def records(folder: Path) -> list[TrainingRecord]:
    found = (folder / "runs/runs").glob("*/record.json")
    return [TrainingRecord.model_validate_json(path.read_bytes()) for path in found]


# ------------------------------------------------------------------------------------------------------------- tuning


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    folder = tmp_path_factory.mktemp("tuned")
    return folder, run_comparison(spec(folder, tune=3))


def test_every_model_is_tried_with_the_same_values_and_trained_with_its_best(tuned: tuple[Path, Outcome]) -> None:
    comparison = tuned[1].comparison
    tried = {one.model: [trial.learning_rate for trial in one.trials] for one in comparison.tunings}
    assert tried == {"lstm": [1e-4, 1e-3, 1e-2], "transformer": [1e-4, 1e-3, 1e-2]}
    for one in comparison.tunings:
        assert one.chosen is not None
        scores = [trial.validation for trial in one.trials if trial.validation is not None]
        best = one.trials[one.chosen]
        assert best.validation == max(scores)
        (model,) = [model for model in comparison.models if model.model == one.model]
        assert model.recipe["learning_rate"] == best.learning_rate
        assert one.tokens >= 3 * 3000
    assert any(row.what == "tuning" and "3 trials a model" in row.value for row in comparison.equal)


def test_trials_have_a_seed_of_their_own_and_never_see_the_test_split(tuned: tuple[Path, Outcome]) -> None:
    trials = [record for record in records(tuned[0]) if record.spec.role == "trial"]
    assert len(trials) == 6
    assert {record.spec.seed for record in trials} == {TRIAL_SEED}
    assert TRIAL_SEED not in tuned[1].comparison.seeds
    for record in trials:
        assert not (tuned[0] / "runs/runs" / record.spec.training_key[:24] / "evaluations").exists()


def test_the_same_tuning_again_trains_nothing(tuned: tuple[Path, Outcome]) -> None:
    again = run_comparison(spec(tuned[0], tune=3))
    assert again.executed == 0
    assert again.comparison.tunings == tuned[1].comparison.tunings


def test_a_setting_that_is_tuned_cannot_be_fixed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--lr fixes what --tune 3 looks for"):
        plan_of(tmp_path, tune=3, recipe={"learning_rate": 1e-3})


def test_further_trials_vary_dropout_and_warm_up_as_well() -> None:
    trials = space(12)
    assert all(trial.dropout is None and trial.warmup is None for trial in trials[:7])
    assert all(trial.dropout is not None and trial.warmup is not None for trial in trials[7:])
    assert space(12) == trials


@pytest.mark.parametrize(("dropout", "own", "said"), [(0.2, 0.2, 0.2), (0.2, 0.0, None), (None, 0.1, None)])
def test_a_dropout_that_stays_as_it_was_is_not_said_to_be_tried(
    tmp_path: Path, dropout: float | None, own: float, said: float | None
) -> None:
    run = plan_of(tmp_path).runs[0].model_copy(update={"config": {"dropout": own}})
    assert dropout_tried(PlannedTrial(Trial(learning_rate=1e-3, dropout=dropout), run)) == said


def test_optuna_goes_on_from_the_grid_by_what_the_trials_of_a_model_showed(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    found = run_comparison(spec(tmp_path, models=("rnn", "lstm"), tune=9, tuner="optuna", seeds=1, budget="800"))
    for one in found.comparison.tunings:
        assert len(one.trials) == 9
        assert [trial.learning_rate for trial in one.trials[:7]] == [trial.learning_rate for trial in space(7)]
        assert all(1e-4 <= trial.learning_rate <= 1e-2 and trial.dropout is not None for trial in one.trials[7:])
    again = run_comparison(spec(tmp_path, models=("rnn", "lstm"), tune=9, tuner="optuna", seeds=1, budget="800"))
    assert again.executed == 0
    assert again.comparison.tunings == found.comparison.tunings


@given(st.lists(st.floats(-5, 5) | st.none(), min_size=1, max_size=4), st.booleans())
def test_the_expected_best_of_n_trials_is_the_mean_over_all_draws_of_n(
    scores: list[float | None], higher: bool
) -> None:
    known = [score for score in scores if score is not None]
    found = expected_best(scores, higher)
    if not known:
        assert found == [None] * len(scores)
        return
    best, worst = (max, min(known)) if higher else (min, max(known))
    filled = [worst if score is None else score for score in scores]
    for n, value in enumerate(found, 1):
        draws = itertools.product(filled, repeat=n)
        assert value == pytest.approx(mean(best(draw) for draw in draws), abs=1e-9)


# --------------------------------------------------------------------------------------------------------------- cost


def test_training_of_equal_flops_costs_every_model_the_same(tmp_path: Path) -> None:
    models = ("rnn", "lstm", "transformer")
    plan = plan_of(tmp_path, models=models, match_training="flops", match_size="none")
    networks = [one for one in plan.models if one.sizing is not None]
    cost = [one.tokens * (one.sizing.flops_per_token or 0) for one in networks if one.sizing]
    assert networks[0].tokens == 3000
    assert len({one.tokens for one in networks}) > 1
    assert cost == pytest.approx([cost[0]] * 3, rel=0.01)


def test_training_of_equal_time_is_measured_once_and_trains_nothing_again(tmp_path: Path) -> None:
    first = run_comparison(spec(tmp_path, match_training="time", seeds=1))
    stored = list((tmp_path / "runs/speeds").glob("*.json"))
    assert len(stored) == 1
    measured = json.loads(stored[0].read_text(encoding="utf-8"))
    tokens = {model.model: model.planned_tokens for model in first.comparison.models if not model.baseline}
    assert tokens == {"lstm": 3000, "transformer": round(3000 * measured["ratio"])}
    rates = measured["tokens_per_second"]
    assert measured["ratio"] == pytest.approx(np.median(np.array(rates["model"]) / np.array(rates["first"])), rel=1e-9)
    assert run_comparison(spec(tmp_path, match_training="time", seeds=1)).executed == 0
    (row,) = [row for row in first.comparison.equal if row.what == "training"]
    assert "spread" in row.value


def test_without_a_match_training_ends_when_validation_does_not_rise(tmp_path: Path) -> None:
    found = run_comparison(spec(tmp_path, match_training="none", budget="40k", validations=20, seeds=1)).comparison
    shares = {run.model: (run.training_tokens or 0) / (run.budget_tokens or 1) for run in found.runs if run.validation}
    assert min(shares.values()) < 0.9
    (row,) = [row for row in found.equal if row.what == "early stopping"]
    assert row.value.startswith("3 of 20")


# --------------------------------------------------------------------------------------------------------------- data


@pytest.fixture(scope="module")
def sized(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    folder = tmp_path_factory.mktemp("sized")
    return folder, run_comparison(spec(folder, train_sizes=(50, 200)))


def test_every_model_and_baseline_has_a_score_at_every_training_size(sized: tuple[Path, Outcome]) -> None:
    comparison = sized[1].comparison
    found = {(one.model, one.examples): one.mean for one in comparison.sizes}
    assert set(found) == {(m, n) for m in ("lstm", "transformer", "chance", "majority") for n in (50, 200)}
    main = {
        score.model: score.mean for score in comparison.scores if score.metric == "accuracy" and score.split == "test"
    }
    assert {model: found[model, 200] for model in main} == main
    assert [one.words for one in comparison.crossings]
    assert {run.train_examples for run in comparison.size_runs} == {50}


def test_the_same_training_sizes_again_train_nothing(sized: tuple[Path, Outcome]) -> None:
    assert run_comparison(spec(sized[0], train_sizes=(50, 200))).executed == 0


def test_a_smaller_training_part_lies_within_a_larger_one_and_tests_stay(sized: tuple[Path, Outcome]) -> None:
    (folder,) = (sized[0] / "runs/data").iterdir()
    whole = open_prepared(folder)
    small, large = whole.limited(50), whole.limited(200)
    texts = [[example.input for example in part.examples("train")] for part in (small, large, whole)]
    assert [len(text) for text in texts] == [50, 200, whole.examples_in("train")]
    assert set(texts[0]) <= set(texts[1]) <= set(texts[2])
    assert small.examples("test") == whole.examples("test")
    rows = large.rows("train")["tokens"]
    assert [len(row) for row in rows] == [len(text.split()) for text in texts[1]]


def test_more_training_examples_than_there_are_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="9,999 examples are asked for, and the training split of parity"):
        plan_of(tmp_path, train_sizes=(50, 9_999))


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=6), st.data())
def test_taken_rows_are_the_rows_at_those_places(rows: list[list[int]], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=6))
    taken = Rows.of(rows).take(np.array(places, dtype=np.int64))
    assert [row.tolist() for row in taken] == [rows[place] for place in places]


# ----------------------------------------------------------------------------------------------------------- ablation


def test_an_ablation_changes_one_thing_at_a_time_and_leaves_out_what_the_base_is() -> None:
    catalogue = load_catalogue()
    found = variants("transformer:layers=1", ["heads=1,4", "position=sinusoidal,rope", "layers=3"], catalogue)
    assert found == [
        "transformer:layers=1",
        "transformer:layers=1:heads=1",
        "transformer:layers=1:position=rope",
        "transformer:layers=3",
    ]


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        (["heads"], "names no values"),
        (["headz=1"], "Did you mean 'heads'"),
        (["heads=4"], "Nothing is changed"),
    ],
)
def test_an_ablation_of_nothing_is_a_mistake(over: list[str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        variants("transformer", over, load_catalogue())


def test_with_a_reference_only_pairs_with_it_are_tested(tmp_path: Path) -> None:
    models = ("lstm", "lstm:layers=2", "rnn")
    found = run_comparison(spec(tmp_path, models=models, reference="lstm")).comparison
    assert [(pair.a, pair.b) for pair in found.pairs] == [("lstm:layers=2", "lstm"), ("rnn", "lstm")]


# ---------------------------------------------------------------------------------------------------------- crossings


def results_at(examples: int, **accuracies: float) -> TaskResults:
    """Three runs a model close to an accuracy, on 400 examples."""
    systems = []
    for model, level in accuracies.items():
        scores = level + np.array([-0.2, 0.0, 0.2])
        noise = np.random.default_rng(1).normal(0, 0.1, (1000, 1))
        resampled = Resampled(scores, scores + noise, 400, (400, 1000, 0))
        systems.append(
            SimpleNamespace(model=model, baseline=False, done=[1, 2, 3], resampled=lambda *_, r=resampled: r)
        )
    return TaskResults("classify", systems, "test", examples)  # type: ignore[arg-type]


def test_curves_cross_between_the_sizes_at_which_the_lead_is_sure_to_change() -> None:
    results = [
        results_at(1000, lstm=70.0, transformer=70.1),
        results_at(250, lstm=66.0, transformer=60.0),
        results_at(4000, lstm=75.0, transformer=80.0),
    ]
    (found,) = crossings(results, accuracy())
    assert (found.low, found.high) == (250, 4000)
    assert "up to 250 lstm is ahead in accuracy, from 4,000 on transformer" in found.words


def test_curves_that_are_nowhere_surely_apart_are_not_said_to_cross() -> None:
    results = [results_at(250, lstm=70.0, transformer=70.1), results_at(1000, lstm=70.1, transformer=70.0)]
    (found,) = crossings(results, accuracy())
    assert (found.low, found.high) == (None, None)
    assert "not surely apart" in found.words
