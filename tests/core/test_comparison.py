"""The whole path, from a call to a report, on a corpus of a few sentences."""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from seqharness.compare import compare, run_comparison
from seqharness.comparison import Comparison
from seqharness.comparison_spec import ComparisonSpec
from seqharness.errors import UserError
from seqharness.records import RunSpec, TrainingRecord

WORDS = {"cat": "chat", "dog": "chien", "house": "maison", "red": "rouge", "sees": "voit", "the": "le", "and": "et"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 pairs of a language that is translated word by word."""
    generator = random.Random(0)
    pairs = set()
    while len(pairs) < 400:
        words = [generator.choice(sorted(WORDS)) for _ in range(generator.randint(3, 8))]
        pairs.add((" ".join(words), " ".join(WORDS[word] for word in words)))
    path = tmp_path_factory.mktemp("corpus") / "pairs.tsv"
    path.write_text("".join(f"{source}\t{target}\n" for source, target in sorted(pairs)), encoding="utf-8")
    return path


def spec(corpus: Path, folder: Path, **options: Any) -> ComparisonSpec:
    given: dict[str, Any] = {
        "models": ("lstm", "transformer"),
        "tasks": (f"translate:data={corpus}:vocabulary=280",),
        "seeds": 2,
        "budget": "4000",
        "parameters": 60_000,
        "validations": 2,
        "store": str(folder / "runs"),
        "output": str(folder / "reports"),
        "name": "report",
        "jobs": 2,
        **options,
    }
    return ComparisonSpec(**given)


@pytest.fixture(scope="module")
def finished(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Comparison]:
    folder = tmp_path_factory.mktemp("finished")
    outcome = run_comparison(spec(corpus, folder))
    assert outcome.executed == 5
    return folder, outcome.comparison


def test_a_comparison_holds_scores_pairs_and_runs(finished: tuple[Path, Comparison]) -> None:
    folder, comparison = finished
    assert [(run.model, run.seed, run.status) for run in comparison.runs] == [
        ("lstm", 1, "done"),
        ("lstm", 2, "done"),
        ("transformer", 1, "done"),
        ("transformer", 2, "done"),
        ("ibm1", 1, "done"),
    ]
    bleu = {score.model: score for score in comparison.scores if score.metric == "bleu"}
    assert set(bleu) == {"lstm", "transformer", "ibm1"}
    assert bleu["ibm1"].interval == "examples only"
    assert bleu["lstm"].interval == "seeds and examples"
    assert bleu["lstm"].mean == pytest.approx(sum(bleu["lstm"].values) / 2)
    (pair,) = comparison.pairs
    assert (pair.a, pair.b) == ("lstm", "transformer")
    assert pair.difference == pytest.approx((bleu["lstm"].mean or 0) - (bleu["transformer"].mean or 0))
    assert comparison.headline
    stored = json.loads((folder / "reports/report/results.json").read_text(encoding="utf-8"))
    assert Comparison.model_validate(stored) == comparison
    assert (folder / "reports/report/report.md").is_file()


def test_the_baseline_that_knows_each_word_translates_word_by_word(finished: tuple[Path, Comparison]) -> None:
    (score,) = [s for s in finished[1].scores if (s.model, s.metric) == ("ibm1", "bleu")]
    assert score.mean is not None
    assert score.mean > 95


def test_scores_are_those_of_sacrebleu_on_the_stored_outputs(finished: tuple[Path, Comparison]) -> None:
    import sacrebleu

    from seqharness.store import Store

    folder, comparison = finished
    store = Store(folder / "runs")
    for run in comparison.runs:
        outputs = [str(row["output"]) for row in store.outputs(run.training_key, run.evaluation_key, "test")]
        record = store.training(run.training_key)
        assert record is not None
        from seqharness.data.prepare import open_prepared

        references = [example.target for example in open_prepared(Path(record.spec.prepared)).examples("test")]
        assert sacrebleu.corpus_bleu(outputs, [references]).score == pytest.approx(run.metrics["bleu"], abs=1e-9)
        assert sacrebleu.corpus_chrf(outputs, [references]).score == pytest.approx(run.metrics["chrf"], abs=1e-9)


def test_the_same_command_again_trains_nothing(corpus: Path, finished: tuple[Path, Comparison]) -> None:
    folder, before = finished
    outcome = run_comparison(spec(corpus, folder))
    assert outcome.executed == 0
    assert outcome.comparison.model_copy(update={"created": before.created}) == before


def test_another_beam_evaluates_again_and_trains_nothing(corpus: Path, finished: tuple[Path, Comparison]) -> None:
    folder, before = finished
    outcome = run_comparison(spec(corpus, folder, decoding={"beam": 2}, name="beam"))
    keys = {run.training_key for run in before.runs}
    assert {run.training_key for run in outcome.comparison.runs} == keys
    assert outcome.executed == 4  # the networks; the baseline knows no beam
    records = [json.loads(path.read_text()) for path in (folder / "runs/runs").glob("*/record.json")]
    assert len(records) == 5


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_decoding_in_less_than_float32_trains_nothing_and_says_what_it_costs(
    corpus: Path, finished: tuple[Path, Comparison], precision: str
) -> None:
    folder, before = finished
    outcome = run_comparison(spec(corpus, folder, decoding={"precision": precision}, name=precision))
    assert {run.training_key for run in outcome.comparison.runs} == {run.training_key for run in before.runs}
    assert outcome.executed == 4  # the networks; the baseline knows no precision
    exact = {(run.model, run.seed): run.metrics for run in before.runs}
    for model in outcome.comparison.models:
        runs = [run for run in outcome.comparison.runs if run.model == model.model]
        if model.baseline:
            assert model.decoding_cost is None
            continue
        for run in runs:  # likelihoods do not know how outputs are decoded
            assert run.metrics["perplexity"] == exact[run.model, run.seed]["perplexity"]
        change = statistics.fmean(run.metrics["bleu"] - exact[run.model, run.seed]["bleu"] for run in runs)
        assert model.decoding_cost == pytest.approx(change, abs=1e-9)
        assert model.decoding_cost_examples == before.tasks[0].splits[-1].examples
    assert f"linear layers in {precision}" in outcome.comparison.tasks[0].decoding
    assert all(model.decoding_cost is None for model in before.models)


def test_what_changes_the_result_changes_the_key_and_what_does_not_does_not(
    corpus: Path, finished: tuple[Path, Comparison]
) -> None:
    from seqharness.data.sources import DataSource
    from seqharness.plan import make_plan
    from seqharness.registry import load_catalogue

    def keys(**options: Any) -> list[str]:
        plan = make_plan(spec(corpus, finished[0], **options), load_catalogue(), DataSource())
        return [run.training_key for run in sorted(plan.runs, key=lambda run: (run.model, run.seed))]

    same = keys()
    assert keys(jobs=1, name="other", output=str(finished[0] / "elsewhere")) == same
    for change in (
        {"budget": "5000"},
        {"parameters": 70_000},
        {"recipe": {"learning_rate": 1e-4}},
        {"threads": 2},
        {"batch_tokens": 128},
        {"models": ("lstm:dropout=0.3", "transformer:layers=1")},
    ):
        assert not set(keys(**change)) & set(same[1:])  # [0] is the baseline, which none of these concerns
    assert not set(keys(precision="bf16")[1:]) & set(keys(precision="float32")[1:])


def test_the_same_run_in_fresh_stores_gives_the_same_bits(corpus: Path, tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        folder = tmp_path / name
        run_comparison(spec(corpus, folder, seeds=1, decoding={"beam": 2}))
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted((folder / "runs/runs").rglob("*"))
            if path.suffix in (".safetensors", ".npz", ".gz")
        }
        found.append(files)
    assert len(found[0]) == 2 + 3 * 2
    assert found[0] == found[1]


def test_python_does_what_the_command_does(corpus: Path, finished: tuple[Path, Comparison]) -> None:
    folder, before = finished
    options = spec(corpus, folder).model_dump(exclude={"models", "tasks", "plugins", "command"})
    comparison = compare(models=["lstm", "transformer"], tasks=[f"translate:data={corpus}:vocabulary=280"], **options)
    assert comparison.scores == before.scores
    assert comparison.command.startswith("seqharness.compare(models=['lstm', 'transformer']")


def test_comparisons_that_differ_have_reports_of_different_names() -> None:
    def name(**options: Any) -> str:
        return ComparisonSpec(models=("lstm", "transformer:heads=8"), tasks=("translate",), **options).report_name

    assert name() == "lstm-transformer-8-on-translate-quick"
    assert name(store="x", jobs=1, command="y") == name()
    assert name(decoding={"beam": 5}, seeds=2) == "lstm-transformer-8-on-translate-quick-seeds2-beam5"
    others: list[dict[str, Any]] = [
        {},
        {"budget": "standard"},
        {"parameters": 2_000_000},
        {"recipe": {"clip": 0.5}},
        {"recipe": {"clip": 0.7}},
        {"decoding": {"length_penalty": 0.6}},
        {"precision": "bf16"},
        {"check_convergence": True},
    ]
    assert len({name(**options) for options in others}) == len(others)


def test_a_misspelt_argument_in_python_suggests_the_nearest() -> None:
    with pytest.raises(UserError, match="Did you mean 'seeds'"):
        compare(models=["lstm"], tasks=["translate"], seed=3)


SCRIPT = """
import seqharness
comparison = seqharness.compare(models=["transformer"], tasks=["translate:data={corpus}:vocabulary=280"], seeds=1,
    budget="1000", parameters=40_000, validations=1, store="{store}", output="{output}")
print(comparison.runs[0].status)
"""


def test_a_script_needs_no_main_guard(corpus: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(corpus=corpus, store=tmp_path / "runs", output=tmp_path / "reports"))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.splitlines() == ["done"]


# ---------------------------------------------------------------------------------------------------- what goes wrong

PLUGIN = """
import os, signal, time
from seqharness.contracts import Architecture, Config, ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import SequenceToSequence
from seqharness_plugins.transformer.transformer import ARCHITECTURE, TransformerConfig

def killed(config, interface):
    if "{mode}" == "killed" and os.environ.get("SEQHARNESS_TEST_MAIN") != str(os.getpid()) and is_run():
        os.kill(os.getpid(), signal.SIGKILL)
    if "{mode}" == "raises" and is_run():
        raise RuntimeError("this model cannot be built")
    if "{mode}" == "memory" and is_run():
        raise MemoryError
    if "{mode}" == "once" and is_run() and not os.path.exists(__file__ + ".seen"):
        open(__file__ + ".seen", "w").close()
        raise RuntimeError("this time it fails")
    return ARCHITECTURE.serves[SequenceToSequence](config, interface)

def is_run():
    import multiprocessing
    return multiprocessing.parent_process() is not None

@hookimpl
def register_models(register):
    register(ModelSpec(name="fragile", summary="fails", interfaces=(SequenceToSequence,),
        load=lambda: Architecture(config=TransformerConfig, serves={{SequenceToSequence: killed}})))
"""


@pytest.mark.parametrize(
    ("mode", "reason"),
    [("killed", "killed by SIGKILL"), ("raises", "this model cannot be built"), ("memory", "out of memory")],
)
def test_a_run_that_dies_is_recorded_and_the_others_go_on(corpus: Path, tmp_path: Path, mode: str, reason: str) -> None:
    from seqharness.registry import PluginSettings

    plugin = tmp_path / f"fragile_{mode}.py"
    plugin.write_text(PLUGIN.format(mode=mode))
    outcome = run_comparison(
        spec(
            corpus,
            tmp_path,
            models=("fragile", "transformer"),
            seeds=1,
            budget="1000",
            plugins=PluginSettings(files=(str(plugin),)),
        )
    )
    runs = {run.model: run for run in outcome.comparison.runs}
    assert runs["fragile"].status == "failed"
    assert reason in runs["fragile"].reason
    assert runs["transformer"].status == "done"
    assert not any(score.model == "fragile" for score in outcome.comparison.scores)
    assert any("1 of 1 runs have no score" in warning for warning in outcome.comparison.warnings)


def test_the_same_command_tries_a_failed_run_again_and_counts_the_attempts(corpus: Path, tmp_path: Path) -> None:
    from seqharness.registry import PluginSettings

    plugin = tmp_path / "fragile_once.py"
    plugin.write_text(PLUGIN.format(mode="once"))
    found = []
    for _ in range(2):
        options: dict[str, Any] = {"seeds": 1, "budget": "1000", "plugins": PluginSettings(files=(str(plugin),))}
        outcome = run_comparison(spec(corpus, tmp_path, models=("fragile",), **options))
        (run,) = [run for run in outcome.comparison.runs if run.model == "fragile"]
        found.append((run.status, run.attempts))
    assert found == [("failed", 1), ("done", 2)]


def test_a_diverged_run_is_counted_and_not_averaged_in(corpus: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "models": ("transformer",),
        "seeds": 1,
        "recipe": {"learning_rate": 1e30, "clip": 0, "warmup": 0, "optimizer": "sgd"},
    }
    outcome = run_comparison(spec(corpus, tmp_path, **options))
    (run,) = [run for run in outcome.comparison.runs if run.model == "transformer"]
    assert run.status == "diverged"
    assert "step" in run.reason
    assert run_comparison(spec(corpus, tmp_path, **options)).executed == 0  # it would diverge again


def start_and_stop(corpus: Path, folder: Path, number: signal.Signals) -> tuple[list[str], int, str]:
    """Start a comparison, send a signal while it trains -> the command, its exit code and what it said on stderr."""
    task = f"translate:data={corpus}:vocabulary=280"
    options = ["--seeds=1", "--budget=250k", "--params=60k", "--validations=2", "--name=report", "--model=transformer"]
    places = ["--store", str(folder / "runs"), "--output", str(folder / "reports")]
    command = [sys.executable, "-m", "seqharness", "compare", "--task", task, *options, *places]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # In the background, as under nohup, SIGINT is ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while not list((folder / "runs/work").glob("*/lock")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.5)  # of some ten seconds of training
    process.send_signal(number)
    _, errors = process.communicate(timeout=300)
    return command, process.returncode, errors


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_command_keeps_a_checkpoint_and_says_how_to_go_on(
    corpus: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    command, ended, errors = start_and_stop(corpus, tmp_path, number)
    assert ended == code, errors
    assert f"To go on: harness compare {command[4]}" in errors
    assert list((tmp_path / "runs/work").glob("*/checkpoint-*.safetensors"))


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_an_interrupted_command_goes_on_to_the_same_bits(corpus: Path, tmp_path: Path) -> None:
    command, _, _ = start_and_stop(corpus, tmp_path / "cut", signal.SIGINT)
    again = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert "goes on from its checkpoint" in again.stderr
    whole = [part.replace(str(tmp_path / "cut"), str(tmp_path / "whole")) for part in command]
    subprocess.run(whole, capture_output=True, timeout=300, check=True)
    weights = [
        sorted(path.read_bytes() for path in (tmp_path / name / "runs/runs").glob("*/weights.safetensors"))
        for name in ("cut", "whole")
    ]
    assert len(weights[0]) == 1
    assert weights[0] == weights[1]
    assert not list((tmp_path / "cut/runs/work").glob("*/checkpoint-*"))


def test_half_the_budget_is_run_once_more_where_convergence_is_checked(corpus: Path, tmp_path: Path) -> None:
    outcome = run_comparison(spec(corpus, tmp_path, models=("transformer",), seeds=1, check_convergence=True))
    (half,) = [run for run in outcome.comparison.runs if run.role == "convergence"]
    (full,) = [run for run in outcome.comparison.runs if run.role == "compared"]
    assert half.training_tokens == pytest.approx(2000, abs=512)
    (model,) = [model for model in outcome.comparison.models if model.model == "transformer"]
    assert model.half_budget_gain == pytest.approx((full.metrics["bleu"] or 0) - (half.metrics["bleu"] or 0))
    assert model.converged == (model.half_budget_gain <= 0.5)


def test_records_hold_all_that_is_needed_to_understand_a_run(finished: tuple[Path, Comparison]) -> None:
    folder, comparison = finished
    for path in (folder / "runs/runs").glob("*/record.json"):
        record = TrainingRecord.model_validate_json(path.read_bytes())
        assert isinstance(record.spec, RunSpec)
        assert record.spec.identity["data_hash"]
        assert record.environment["torch"]
        if record.spec.settings:
            assert record.weights_sha256
            assert record.history
    assert comparison.environment["threads of a run"] == "1"
