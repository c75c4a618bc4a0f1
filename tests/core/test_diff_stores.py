"""`harness diff` of stores: groups of runs, what they are called, and that a store says what its report says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqharness.analysis.analyse import analyse
from seqharness.analysis.changes import Changes
from seqharness.analysis.sides import changes_of
from seqharness.analysis.stored import read_store
from seqharness.analysis.table import Table
from seqharness.comparison_spec import ComparisonSpec
from seqharness.contracts import columns_of
from seqharness.data.sources import DataSource
from seqharness.errors import UserError
from seqharness.plan import Plan, make_plan
from seqharness.records import EvaluationRecord, RunSpec, SplitResult, TrainingRecord
from seqharness.registry import load_catalogue
from seqharness.store import Store, write_outputs

TASK = "parity:train=200:longest=10:per_length=20:beyond=0"
CATALOGUE = load_catalogue()
ENVIRONMENT = {"torch": "1.2.3", "processor": "a"}


def planned(store: Path, budget: int, **options: Any) -> Plan:
    given = {"models": ("rnn",), "seeds": 3, "parameters": 3000, "validations": 1, **options}
    spec = ComparisonSpec(tasks=(TASK,), budget=str(budget), store=str(store), output=str(store.parent / "r"), **given)
    return make_plan(spec, CATALOGUE, DataSource())


def finish(plan: Plan, rate: float, environment: dict[str, str] = ENVIRONMENT) -> Plan:
    """Put runs into the store as if they had been trained, each of whose answers is right at this rate."""
    store = Store(Path(plan.spec.store).resolve())
    for run in plan.runs:
        train(store, run, environment)
        evaluate(store, run, plan, rate)
    return plan


def train(store: Store, run: RunSpec, environment: dict[str, str] = ENVIRONMENT, status: Any = "done") -> None:
    record = TrainingRecord(status=status, spec=run, tokens=run.tokens, seconds=1.0, environment=environment)
    with store.new_folder(store.run_folder(run.training_key)) as folder:
        (folder / "record.json").write_text(record.model_dump_json(), encoding="utf-8")


def evaluate(store: Store, run: RunSpec, plan: Plan, rate: float) -> None:
    metrics, examples = plan.tasks[0].task.metrics, plan.prepared[TASK].examples("test")
    columns = columns_of(metrics)
    values = np.ones((len(examples), len(columns)))
    if run.role == "baseline":  # one run for all budgets
        rate = 0.5
    values[:, columns.index("accuracy.hits")] = np.random.default_rng(run.seed).random(len(values)) < rate
    table = Table.of(columns, values, examples)
    found = {"test": SplitResult(examples=len(examples), metrics={m.name: table.score(m) for m in metrics}, seconds=1)}
    record = EvaluationRecord(
        key=run.evaluation_key, training_key=run.training_key, decoding=run.decoding, splits=found
    )
    with store.new_folder(store.evaluation_folder(run.training_key, run.evaluation_key)) as folder:
        table.save(folder / "test.npz")
        write_outputs(folder / "test.outputs.jsonl.gz", [])
        (folder / "record.json").write_text(record.model_dump_json(), encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stores `two` (2000 and 4000 tokens), `worse` (the same, worse at 4000), `one` (4000 tokens) and the reports of
    each budget in `two`."""
    folder = tmp_path_factory.mktemp("stores")
    for budget in (2000, 4000):
        plan = finish(planned(folder / "two", budget), 0.9)
        report = analyse(plan, Store(folder / "two"), {}, f"of-{budget}")
        (folder / "reports" / report.name).mkdir(parents=True)
        path = folder / "reports" / report.name / "results.json"
        path.write_text(report.model_dump_json(), encoding="utf-8")
        finish(planned(folder / "worse", budget), 0.9 if budget == 2000 else 0.5)
    finish(planned(folder / "one", 4000), 0.9, {"torch": "4.5.6", "processor": "a"})
    return folder


def harness(folder: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("HARNESS_")}
    variables |= {"XDG_CONFIG_HOME": str(folder / "config"), **extra}
    command = [sys.executable, "-m", "seqharness", "diff", *arguments]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, encoding="utf-8", timeout=300)


def changes(folder: Path, a: str, b: str) -> Changes:
    return changes_of(read_store(folder / a), read_store(folder / b), CATALOGUE)


def primary(found: Changes) -> dict[str, str]:
    return {change.model: change.verdict for change in found.scores if change.primary and not change.baseline}


def copy_of(made: Path, name: str, folder: Path) -> Path:
    return Path(shutil.copytree(made / name, folder / name))


def each_record(store: Path, change: Callable[[dict[str, Any]], object]) -> None:
    for path in store.glob("runs/*/record.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        change(content)
        path.write_text(json.dumps(content), encoding="utf-8")


# --------------------------------------------------------------------------------------------------- reports and stores


@pytest.mark.parametrize("budget", [2000, 4000])
@pytest.mark.parametrize("turned", [False, True])
def test_a_store_says_exactly_what_the_report_made_of_it_says(made: Path, budget: int, turned: bool) -> None:
    sides = [f"of-{budget}", "two"]
    done = harness(made, *(reversed(sides) if turned else sides), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = Changes.model_validate_json(done.stdout)
    assert {(change.model, change.verdict) for change in found.scores} == {
        ("rnn", "same"), ("chance", "same"), ("majority", "same"),
    }  # fmt: skip
    for change in found.scores:
        assert change.a == change.b
    assert found.settings == []
    other = [f"rnn [tokens={6000 - budget}] on {TASK}"]
    assert (found.only_a, found.only_b) == ((other, []) if turned else ([], other))
    assert found.headline == f"1 of 1 primary scores: exactly as in A (rnn on {TASK})."


def test_a_report_of_runs_that_the_store_does_not_hold_meets_the_group_of_its_budget(made: Path) -> None:
    done = harness(made, "of-4000", "worse", "--json", "--fail-on-regression")
    assert done.returncode == 1
    found = Changes.model_validate_json(done.stdout)
    assert primary(found) == {"rnn": "worse"}
    assert found.only_b == [f"rnn [tokens=2000] on {TASK}"]


# ---------------------------------------------------------------------------------------------------------- two stores


def test_a_regression_between_stores_fails_where_that_is_asked_for(made: Path) -> None:
    done = harness(made, "two/", "worse/", "--fail-on-regression")
    assert (done.returncode, done.stderr) == (1, "")
    assert f"rnn [tokens=4000] on {TASK} is worse by" in done.stdout
    assert f"1 of 2 primary scores: exactly as in A (rnn [tokens=2000] on {TASK})" in done.stdout
    assert "two (store)" in done.stdout
    assert "No setting differs." in done.stdout
    better = harness(made, "worse", "two", "--fail-on-regression", "--json")
    assert (better.returncode, better.stderr) == (0, "")
    assert primary(Changes.model_validate_json(better.stdout)) == {
        "rnn [tokens=2000]": "same",
        "rnn [tokens=4000]": "better",
    }


def test_torch_is_not_imported(made: Path) -> None:
    done = harness(made, "of-4000", "two", PYTHONPROFILEIMPORTTIME="1")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "seqharness.analysis.stored_comparison" in imported
    assert not {"torch", "sklearn", "matplotlib"} & imported


def test_groups_meet_by_what_tells_those_of_a_store_apart(made: Path) -> None:
    found = changes(made, "two", "one")
    assert primary(found) == {"rnn [tokens=4000]": "same"}
    assert found.only_a == [f"rnn [tokens=2000] on {TASK}"]
    assert [(change.where, change.what, change.a, change.b) for change in found.settings] == [
        ("", "torch", "1.2.3", "4.5.6")
    ]


def test_a_model_with_one_group_on_either_side_is_compared_and_its_settings_are_told(
    made: Path, tmp_path: Path
) -> None:
    finish(planned(tmp_path / "other", 3000, seeds=2, recipe={"clip": 0.5}), 0.9)
    found = changes_of(read_store(made / "one"), read_store(tmp_path / "other"), CATALOGUE)
    assert set(primary(found)) == {"rnn"}
    told = {(change.where, change.what): (change.a, change.b) for change in found.settings}
    assert told["", "budget: tokens"] == (4000, 3000)
    assert told["", "seeds"] == ([1, 2, 3], [1, 2])
    assert told[f"rnn on {TASK}", "recipe: clip"] == (1.0, 0.5)


def test_a_model_whose_runs_all_diverged_has_lost_its_score(made: Path, tmp_path: Path) -> None:
    plan = planned(tmp_path / "lost", 4000)
    for run in plan.runs:
        train(Store(tmp_path / "lost"), run, status="diverged")
    found = changes_of(read_store(made / "one"), read_store(tmp_path / "lost"), CATALOGUE)
    assert found.regressions == [f"rnn on {TASK} has lost its accuracy: no run of B has a score."]


def test_a_store_that_was_moved_and_lost_its_data_says_the_same(made: Path, tmp_path: Path) -> None:
    copy = copy_of(made, "two", tmp_path)
    shutil.rmtree(copy / "data")
    found = changes_of(read_store(made / "two"), read_store(copy), CATALOGUE)
    assert set(primary(found).values()) == {"same"}
    assert found.settings == []


def test_a_metric_whose_columns_the_tables_lack_is_taken_as_it_was_recorded(made: Path, tmp_path: Path) -> None:
    copy = copy_of(made, "one", tmp_path)
    for path in copy.glob("runs/*/evaluations/*/test.npz"):
        table = Table.load(path)
        keep = [place for place, name in enumerate(table.columns) if name.startswith("accuracy")]
        Table(tuple(table.columns[place] for place in keep), table.values[:, keep], table.slices).save(path)
    found = changes_of(read_store(made / "one"), read_store(copy), CATALOGUE)
    (loss,) = [one for one in found.scores if (one.model, one.info.label) == ("rnn", "loss")]
    assert loss.verdict == "same"
    assert loss.b is not None
    assert loss.b.low is None
    assert f"Left out of B: the interval of loss on {TASK}, which takes its prepared data." in found.notes


def test_what_is_in_no_group_is_counted_in_one_note(made: Path, tmp_path: Path) -> None:
    copy = copy_of(made, "one", tmp_path)
    plan = planned(copy, 6000, check_convergence=True, seeds=1)
    for run in plan.runs:
        if run.role == "convergence":
            train(Store(copy), run)
        elif run.role == "compared":
            train(Store(copy), run)
            train(Store(copy), run.model_copy(update={"role": "trial", "training_key": "f" * 64}))
    (copy / "work" / ("0" * 24)).mkdir(parents=True)
    found = changes_of(read_store(made / "one"), read_store(copy), CATALOGUE)
    assert found.notes[-1] == (
        "Left out of B: 1 tried in tuning, on validation only; 1 with half the budget, that only check convergence; "
        "1 trained and not evaluated; 1 that failed or were interrupted."
    )
    assert primary(found) == {"rnn": "same"}


def test_a_task_that_no_plugin_offers_is_left_out_with_the_reason(made: Path, tmp_path: Path) -> None:
    copy = copy_of(made, "one", tmp_path)
    each_record(copy, lambda record: record["spec"]["model"] == "rnn" or record["spec"].update(task="partiy"))
    found = changes_of(read_store(made / "one"), read_store(copy), CATALOGUE)
    assert "Left out of B: task partiy (Unknown task 'partiy'. Did you mean 'parity'?)." in found.notes
    assert primary(found) == {"rnn": "same"}
    each_record(copy, lambda record: record["spec"].update(task="partiy"))
    with pytest.raises(UserError, match=r"No task of the store .*Unknown task 'partiy'"):
        changes_of(read_store(copy), read_store(copy), CATALOGUE)


# ------------------------------------------------------------------------------------------------------------ mistakes


def test_a_mistake_is_one_sentence_and_exit_code_2(made: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bare" / "runs").mkdir(parents=True)
    each_record(copy_of(made, "two", tmp_path), lambda record: record.update(record_schema=999))
    each_record(copy_of(made, "worse", tmp_path), lambda record: record.pop("status"))
    expected = {
        "empty": "empty is neither a report, which has a results.json, nor a store",
        "bare": "The store bare holds no finished run.",
        "two": "is a record of version 999, and this harness reads version 1",
        "two/runs": f"Did you mean {tmp_path / 'two'}?",
        "worse": "is no record of harness: status: Field required",
        "none": "There is no report or store 'none'",
    }
    for source, words in expected.items():
        done = harness(tmp_path, str(made / "one"), source)
        assert (done.returncode, done.stdout) == (2, ""), source
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_store_under_use_is_refused(made: Path, tmp_path: Path) -> None:
    copy = copy_of(made, "one", tmp_path)
    with Store(copy).lock("0" * 64), pytest.raises(UserError, match="is in use"):
        read_store(copy)
    assert read_store(copy).groups


def test_scores_that_are_not_whole_are_named(made: Path, tmp_path: Path) -> None:
    copy = copy_of(made, "one", tmp_path)
    path = next(copy.glob("runs/*/evaluations/*/test.npz"))
    for content in (b"", b"x", path.read_bytes()[:100]):
        path.write_bytes(content)
        with pytest.raises(UserError, match=r"are not whole: delete that folder"):
            read_store(copy)
