"""`harness diff`: what changed, whether by more than chance, and the exit codes that a script relies on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from seqharness.analysis.changes import Changes, ScoreChange, changes_between, difference_between
from seqharness.comparison import Comparison, Score
from seqharness.errors import UserError

FIXTURES = Path(__file__).parents[1] / "reports"
BASE = json.loads((FIXTURES / "translation.json").read_text(encoding="utf-8"))
"""bahdanau, transformer, lstm and the baseline word-table on translate, three seeds, BLEU and exact match."""
SEVERAL = json.loads((FIXTURES / "tasks.json").read_text(encoding="utf-8"))
ACTING = [
    text for text in json.loads((FIXTURES / "hostile.json").read_text(encoding="utf-8"))
    if set(text) & {"\x1b", "\u202e", "\r"} or text.startswith("[/")
]  # fmt: skip
"""Names that would colour, reorder or overwrite what stands beside them."""


def changed(change: Callable[[dict[str, Any]], object], base: dict[str, Any] = BASE) -> Comparison:
    """A comparison of the fixtures after a change of its document."""
    document = json.loads(json.dumps(base))
    change(document)
    return Comparison.model_validate(document)


def shift(model: str, by: float, metric: str = "bleu", task: str = "translate") -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        (score,) = [
            score for score in document["scores"]
            if (score["task"], score["model"], score["metric"], score.get("split", "test"))
            == (task, model, metric, "test")
        ]  # fmt: skip
        score |= {key: score[key] + by for key in ("mean", "low", "high")}
        score["values"] = [value + by for value in score["values"]]

    return change


def of(changes: Changes, model: str, metric: str = "bleu", task: str = "translate") -> ScoreChange:
    (found,) = [
        change for change in changes.scores
        if (change.task, change.model, change.metric, change.split) == (task, model, metric, "test")
    ]  # fmt: skip
    return found


def score(mean: float, error: float | None, df: float | None, **more: Any) -> Score:
    fields = {"seeds": 3, "interval": "seeds and examples", "low": mean - 1, "high": mean + 1, **more}
    return Score(task="t", model="m", metric="x", mean=mean, higher_is_better=True, standard_error=error, df=df,
                 **fields)  # fmt: skip


A = changed(lambda document: None)


# ---------------------------------------------------------------------------------------------------------- statistics


@pytest.mark.parametrize(("na", "nb"), [(2, 2), (3, 10), (5, 4)])
def test_the_test_is_that_of_welch(na: int, nb: int) -> None:
    generator = np.random.default_rng(na)
    a, b = generator.normal(0, 1, na), generator.normal(0.8, 3, nb)
    sides = [score(float(x.mean()), float(x.std(ddof=1) / np.sqrt(len(x))), len(x) - 1.0, seeds=len(x)) for x in (a, b)]
    found = difference_between(sides[0], sides[1])
    expected = stats.ttest_ind(b, a, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert found == pytest.approx((b.mean() - a.mean(), interval.low, interval.high, expected.pvalue), rel=1e-9)


def test_without_stored_errors_the_intervals_are_added_as_squares() -> None:
    found = difference_between(score(10, None, None, low=7.0, high=13.0), score(20, None, None, low=16.0, high=24.0))
    assert found is not None
    assert found[:3] == pytest.approx((10, 5, 15), rel=1e-5)


def test_an_interval_that_ends_at_the_bound_of_its_metric_is_not_taken_for_a_short_one() -> None:
    found = difference_between(
        score(99, None, None, low=95.0, high=100.0), score(99.5, None, None, low=99.5, high=99.5)
    )
    assert found is not None
    assert found[2] - found[0] == pytest.approx(4, rel=1e-5)


@pytest.mark.parametrize("more", [{"seeds": 1, "interval": "examples only"}, {"interval": "examples only"}])
def test_without_an_interval_over_seeds_there_is_a_difference_and_no_test(more: dict[str, Any]) -> None:
    found = difference_between(score(10, 0.1, 50.0), score(20, 0.1, 50.0, **more))
    assert found is not None
    assert found[0] == 10
    assert found[1] > 9
    assert found[3] is None


def test_what_is_not_defined_has_no_difference() -> None:
    assert difference_between(score(10, 0.1, 5.0), score(10, None, None, low=None, high=None)) is None


def test_scores_that_never_vary_differ_for_sure_or_not_at_all() -> None:
    assert difference_between(score(10, 0.0, 5.0), score(10, 0.0, 5.0)) == (0, 0, 0, 1)
    assert difference_between(score(10, 0.0, 5.0), score(11, 0.0, 5.0)) == (1, 1, 1, 0)


# ------------------------------------------------------------------------------------------------------------- changes


def test_a_report_does_not_differ_from_itself() -> None:
    changes = changes_between(A, A)
    assert {change.verdict for change in changes.scores} == {"same"}
    assert (changes.regressions, changes.settings, changes.only_a, changes.only_b) == ([], [], [], [])
    assert len(changes.scores) == len(A.scores)


@pytest.mark.parametrize(("by", "verdict"), [(-30, "worse"), (30, "better"), (-0.01, "not decided")])
def test_a_change_is_called_where_it_is_larger_than_chance(by: float, verdict: str) -> None:
    changes = changes_between(A, changed(shift("transformer", by)))
    change = of(changes, "transformer")
    assert change.verdict == verdict
    assert change.difference == pytest.approx(by)
    assert change.low is not None
    assert change.high is not None
    assert change.low < by < change.high
    assert bool(changes.regressions) == (verdict == "worse")
    assert of(changes, "lstm").verdict == "same"


def test_a_lower_perplexity_is_better() -> None:
    def lower_is_better(document: dict[str, Any]) -> None:
        for part in (*document["scores"], *document["tasks"][0]["metrics"]):
            part["higher_is_better"] = False

    def both(document: dict[str, Any]) -> None:
        lower_is_better(document)
        shift("transformer", -30)(document)

    assert of(changes_between(changed(lower_is_better), changed(both)), "transformer").verdict == "better"


def test_only_primary_metrics_of_compared_models_are_regressions() -> None:
    def change(document: dict[str, Any]) -> None:
        shift("transformer", -60, "exact_match")(document)
        shift("word-table", -15)(document)

    changes = changes_between(A, changed(change))
    assert of(changes, "transformer", "exact_match").verdict == "worse"
    assert of(changes, "word-table").baseline
    assert changes.regressions == []


def test_p_is_adjusted_for_the_number_of_primary_scores_that_changed() -> None:
    one = of(changes_between(A, changed(shift("transformer", -1.5))), "transformer")

    def three(document: dict[str, Any]) -> None:
        for model in ("transformer", "lstm", "bahdanau"):
            shift(model, -1.5)(document)

    together = of(changes_between(A, changed(three)), "transformer")
    assert one.p == together.p
    assert one.p_holm == one.p
    assert one.p is not None
    assert together.p_holm == pytest.approx(min(1, 3 * one.p))


def test_a_model_that_has_lost_its_score_is_a_regression() -> None:
    def lose(document: dict[str, Any]) -> None:
        document["scores"] = [score for score in document["scores"] if score["model"] != "lstm"]

    changes = changes_between(A, changed(lose))
    assert of(changes, "lstm").verdict == "lost"
    assert changes.regressions == ["lstm on translate has lost its BLEU: no run of B has a score."]
    assert of(changes_between(changed(lose), A), "lstm").verdict == "gained"


def test_models_and_tasks_of_one_side_are_named() -> None:
    def without(document: dict[str, Any]) -> None:
        for part in ("models", "scores"):
            document[part] = [
                one for one in document[part]
                if one["task"] != "copy" and (one["task"], one["model"]) != ("tag", "lstm")
            ]  # fmt: skip

    whole = changed(lambda document: None, SEVERAL)
    changes = changes_between(whole, changed(without, SEVERAL))
    assert changes.only_a == ["task copy", "lstm on tag"]
    assert changes.only_b == []
    assert changes_between(changed(without, SEVERAL), whole).only_b == changes.only_a
    assert "copy" not in {change.task for change in changes.scores}


def test_settings_that_differ_are_listed_and_no_others() -> None:
    def change(document: dict[str, Any]) -> None:
        document["budget"]["tokens"] = 5
        document["seeds"] = [7]
        document["environment"]["torch"] = "3.0"
        document["tasks"][0]["decoding"] = "beam 5"
        (model,) = [model for model in document["models"] if model["model"] == "transformer"]
        model["recipe"]["learning_rate"] = 0.5
        model["config"]["new"] = True

    found = changes_between(A, changed(change)).settings
    assert {(one.where, one.what): (one.a, one.b) for one in found} == {
        ("", "budget: tokens"): (2_000_000, 5),
        ("", "seeds"): ([0, 1, 2], [7]),
        ("", "torch"): ("2.13.0+cpu", "3.0"),
        ("translate", "decoding"): ("", "beam 5"),
        ("transformer on translate", "recipe: learning_rate"): (0.003, 0.5),
        ("transformer on translate", "option: new"): (None, True),
    }


def test_other_data_are_told() -> None:
    def other(document: dict[str, Any]) -> None:
        document["tasks"][0]["data_hash"] = "0" * 64

    told = " ".join(changes_between(A, changed(other)).notes)
    assert "Not the same data" in told
    assert "Not the same data" not in " ".join(changes_between(A, A).notes)


def test_primary_metrics_come_first_in_each_task() -> None:
    whole = changed(lambda document: None, SEVERAL)
    order = [(change.task, change.primary) for change in changes_between(whole, whole).scores]
    assert order == sorted(order, key=lambda row: ([task.task for task in whole.tasks].index(row[0]), not row[1]))
    assert len({task for task, _ in order}) == 5


def test_nothing_in_common_is_a_mistake() -> None:
    with pytest.raises(UserError, match="nothing in common"):
        changes_between(A, changed(lambda document: None, SEVERAL))


# --------------------------------------------------------------------------------------------------- the command line


def harness(folder: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("HARNESS_")}
    variables |= {"XDG_CONFIG_HOME": str(folder / "config"), **extra}
    command = [sys.executable, "-m", "seqharness", "diff", *arguments]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, encoding="utf-8", timeout=300)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Reports: before, after (transformer much worse), other (nothing in common)."""
    reports = {
        "before": A,
        "after": changed(shift("transformer", -30)),
        "other": changed(lambda document: None, SEVERAL),
    }
    for name, comparison in reports.items():
        (tmp_path / "reports" / name).mkdir(parents=True)
        (tmp_path / "reports" / name / "results.json").write_text(comparison.model_dump_json(), encoding="utf-8")
    return tmp_path


def test_a_regression_fails_only_where_that_is_asked_for(folder: Path) -> None:
    done = harness(folder, "before", "after")
    assert (done.returncode, done.stderr) == (0, "")
    assert "transformer on translate is worse by 30.0 BLEU" in done.stdout
    assert "\x1b" not in done.stdout
    failed = harness(folder, "before", "after", "--fail-on-regression")
    assert (failed.returncode, failed.stdout, failed.stderr) == (1, done.stdout, "")
    assert harness(folder, "after", "before", "--fail-on-regression").returncode == 0
    assert harness(folder, "before", "before", "--fail-on-regression").returncode == 0


def test_json_is_exactly_one_document(folder: Path) -> None:
    done = harness(folder, "before", "after", "--json", "--fail-on-regression")
    assert (done.returncode, done.stderr) == (1, "")
    changes = Changes.model_validate_json(done.stdout)
    assert len(changes.regressions) == 1
    assert of(changes, "transformer").verdict == "worse"


@pytest.mark.parametrize("source", ["before", "reports/before", "reports/before/results.json"])
def test_a_report_is_found_by_name_folder_or_file(folder: Path, source: str) -> None:
    assert harness(folder, source, "after").returncode == 0


def test_a_folder_that_holds_one_report_is_that_report(folder: Path) -> None:
    (folder / "nightly" / "run").mkdir(parents=True)
    (folder / "nightly" / "run" / "results.json").write_text(A.model_dump_json(), encoding="utf-8")
    done = harness(folder, "nightly", "after")
    assert done.returncode == 0
    assert "nightly/run/results.json" in done.stdout


MISTAKES = {
    "no such report": (("before", "aftre"), "There is no report or store 'aftre'"),
    "several reports": (("reports", "after"), "reports holds 3 reports: say which one"),
    "nothing in common": (("before", "other"), "nothing in common"),
    "no JSON": (("before", "broken.json"), "is not JSON"),
    "no results": (("before", "empty.json"), "holds no results of harness"),
    "a later version": (("later.json", "after"), "has schema version 999"),
    "one argument": (("before",), "B"),
    "an impossible name": (("x" * 5000, "after"), "There is no report"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_and_exit_code_2(folder: Path, mistake: str) -> None:
    (folder / "broken.json").write_text("{", encoding="utf-8")
    (folder / "empty.json").write_text("{}", encoding="utf-8")
    (folder / "later.json").write_text(json.dumps({**BASE, "schema_version": 999}), encoding="utf-8")
    arguments, words = MISTAKES[mistake]
    done = harness(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_check_that_cannot_fail_says_so(folder: Path) -> None:
    def one_seed(document: dict[str, Any]) -> None:
        for score in document["scores"]:
            score |= {"seeds": 1, "interval": "examples only"}

    def worse(document: dict[str, Any]) -> None:
        one_seed(document)
        for model in ("transformer", "lstm", "bahdanau"):
            shift(model, -20)(document)

    for name, change in (("one", one_seed), ("two", worse)):
        (folder / f"{name}.json").write_text(changed(change).model_dump_json(), encoding="utf-8")
    done = harness(folder, "one.json", "two.json", "--fail-on-regression")
    assert done.returncode == 0
    assert "no primary score could be tested" in done.stderr


@pytest.mark.parametrize("text", ACTING, ids=ascii)
def test_text_of_a_report_does_not_act_on_the_terminal(folder: Path, text: str) -> None:
    def rename(document: dict[str, Any]) -> None:
        for part in (*document["models"], *document["scores"]):
            part["model"] = text if part["model"] == "transformer" else part["model"]
        document["environment"][text] = text

    (folder / "acting.json").write_text(changed(rename).model_dump_json(), encoding="utf-8")
    done = harness(folder, "acting.json", "before")
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout) & {"\x1b", "\x07", "\x9b", "\u202e", "\r"}


def test_torch_is_not_imported(folder: Path) -> None:
    done = harness(folder, "before", "after", PYTHONPROFILEIMPORTTIME="1")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "seqharness.analysis.changes" in imported
    assert "torch" not in imported
