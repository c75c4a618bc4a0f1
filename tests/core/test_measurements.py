"""Measurements: offered by plugins, made on trained networks, stored and reported; nothing they do changes the run."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from seqharness.compare import run_comparison
from seqharness.comparison_spec import ComparisonSpec
from seqharness.errors import UserError
from seqharness.registry import PluginSettings

PLUGIN = """
import torch
from seqharness.comparison import Figure, Findings, Line, Number
from seqharness.contracts import MeasurementSpec
from seqharness.errors import NotApplicable
from seqharness.hookspecs import hookimpl


def look(trained, rng):
    if not hasattr(trained.network, "decode"):
        raise NotApplicable("it has no decoder")
    fresh = trained.initial()
    before = sum(float(p.detach().abs().sum()) for p in fresh.parameters())
    split = trained.splits[0]
    losses = trained.losses(trained.rows(split))
    batch = trained.batch(trained.rows(split), [0, 1])
    scored = trained.scored(trained.network, batch)
    trained.position_losses(trained.network, scored).mean().backward()
    texts = trained.text(trained.generate(trained.rows(split), [0]))
    names = trained.pieces("source", [6, 7])
    with torch.no_grad():  # what a careless measurement may do
        for parameter in trained.network.parameters():
            parameter.zero_()
    torch.manual_seed(99)
    numbers = [
        Number(name="rows", label="rows", value=len(losses)),
        Number(name="draw", label="draw", value=float(rng.random())),
        Number(name="initial", label="initial", value=before),
    ]
    lines = [Line(label="l", x=[0, 1], y=[1.0, None])]
    return Findings(
        numbers=numbers,
        figures=[Figure(name="f", title="F", x_label="x", y_label="y", lines=lines)],
        texts=[*texts, *names],
    )


@hookimpl
def register_tasks(register):
    register(MeasurementSpec(name="look", summary="looks", load=lambda: look))
    register(MeasurementSpec(name="once", summary="looks once", load=lambda: look, every_seed=False))
    register(MeasurementSpec(name="never", summary="cannot", load=lambda: refuse))


def refuse(trained, rng):
    raise NotApplicable("there is nothing to see")
"""


@pytest.fixture
def asked(tmp_path: Path) -> ComparisonSpec:
    generator = random.Random(0)
    lines = {
        " ".join(generator.choice(["cat", "dog", "red"]) for _ in range(generator.randint(3, 8))) for _ in range(200)
    }
    (tmp_path / "pairs.tsv").write_text("".join(f"{line}\t{line}\n" for line in sorted(lines)), encoding="utf-8")
    (tmp_path / "looking.py").write_text(PLUGIN, encoding="utf-8")
    return ComparisonSpec(
        models=("lstm",),
        tasks=(f"translate:data={tmp_path / 'pairs.tsv'}:vocabulary=280",),
        seeds=2,
        budget="2000",
        parameters=60_000,
        validations=1,
        store=str(tmp_path / "runs"),
        output=str(tmp_path / "reports"),
        plugins=PluginSettings.of((), (str(tmp_path / "looking.py"),)),
        jobs=1,
    )


def test_what_measurements_find_is_stored_with_the_run_and_changes_nothing(asked: ComparisonSpec) -> None:
    plain = run_comparison(asked)
    measured = run_comparison(asked.model_copy(update={"measure": ("look", "once", "never")}))
    again = run_comparison(asked.model_copy(update={"measure": ("look", "once", "never")}))
    assert again.executed == 0
    runs = [[run for run in one.comparison.runs if run.role == "compared"] for one in (plain, measured)]
    assert [run.training_key for run in runs[0]] == [run.training_key for run in runs[1]]
    assert [run.metrics for run in runs[0]] == [run.metrics for run in runs[1]]
    found: dict[tuple[str, int], Any] = {
        (finding.measurement, finding.seed): finding for finding in measured.comparison.findings
    }
    mine = {key for key in found if key[0] in ("look", "once", "never")}
    assert mine == {("look", 1), ("look", 2), ("never", 1), ("never", 2), ("once", 1)}
    assert found["never", 1].not_applicable == "there is nothing to see"
    first, second = (found["look", seed].findings for seed in (1, 2))
    values = [{number.name: number.value for number in findings.numbers} for findings in (first, second)]
    assert values[0]["rows"] == measured.comparison.tasks[0].splits[-1].examples
    assert values[0]["draw"] == values[1]["draw"]
    assert values[0]["initial"] != values[1]["initial"] > 0
    assert first.figures[0].lines[0].y == [1.0, None]
    assert again.comparison.findings == measured.comparison.findings


def test_an_unknown_measurement_is_a_mistake_with_the_nearest_name(asked: ComparisonSpec) -> None:
    with pytest.raises(UserError, match=r"Unknown measurement 'loock'\. Did you mean 'look'\?"):
        run_comparison(asked.model_copy(update={"measure": ("loock",)}))
