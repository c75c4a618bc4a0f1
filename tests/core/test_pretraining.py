"""`--pretrain`: which parts start from a language model on the task's text, and that they do."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from seqharness.compare import run_comparison
from seqharness.comparison_spec import ComparisonSpec
from seqharness.data.rows import Rows
from seqharness.data.sources import DataSource
from seqharness.errors import NotApplicable, NothingToRun
from seqharness.interfaces import CausalLM, Classify, Interface, MaskedLM, SequenceToSequence
from seqharness.plan import make_plan
from seqharness.records import RunSpec
from seqharness.registry import load_catalogue
from seqharness.run import run_one
from seqharness.store import Store
from seqharness.training.loop import Interrupted
from seqharness.training.pretraining import (
    LEAST_SHARE,
    adopt,
    adoptable_share,
    pretraining_interface,
    pretraining_rows,
)
from seqharness.training.weights import read_tensors

TRANSLATE = SequenceToSequence(vocabulary=30, max_length=20, targets=30, shared=True)
SEPARATE = SequenceToSequence(vocabulary=30, max_length=20, targets=24, shared=False)
LABEL = Classify(vocabulary=30, max_length=20, outputs=30)


def network(name: str, interface: Interface, seed: int) -> nn.Module:
    architecture: Any = load_catalogue().model(name).card.load()
    torch.manual_seed(seed)
    built: nn.Module = architecture.serves[type(interface)](architecture.config(width=16, inner=24), interface)
    return built


def test_an_encoder_starts_from_a_masked_language_model_and_the_labels_do_not() -> None:
    label, language = network("transformer", LABEL, 1), network("transformer", pretraining_interface("mlm", LABEL), 2)
    output = label.get_submodule("output").weight.detach().clone()  # of the same shape as the other's, by chance
    share = adopt(label, language, LABEL)
    every = sum(parameter.numel() for parameter in label.parameters())
    assert share == pytest.approx(1 - sum(p.numel() for p in label.get_submodule("output").parameters()) / every)
    theirs = language.state_dict()
    assert all(torch.equal(value, theirs[n]) for n, value in label.state_dict().items() if n.startswith("encoder."))
    assert torch.equal(label.get_submodule("output").weight, output)


@pytest.mark.parametrize(("kind", "part"), [("mlm", "encoder."), ("lm", "decoder.")])
def test_of_an_encoder_decoder_the_part_that_was_trained_is_taken(kind: Any, part: str) -> None:
    whole, language = (
        network("transformer", TRANSLATE, 1),
        network("transformer", pretraining_interface(kind, TRANSLATE), 2),
    )
    assert LEAST_SHARE < adopt(whole, language, TRANSLATE) < 1
    mine, theirs = whole.state_dict(), language.state_dict()
    assert all(torch.equal(mine[n], value) for n, value in theirs.items() if n.startswith(part))
    assert torch.equal(mine["output.weight"], theirs["output.weight"])


def test_an_encoder_that_reads_from_both_sides_cannot_start_from_a_causal_language_model() -> None:
    label, language = network("lstm", LABEL, 1), network("lstm", pretraining_interface("lm", LABEL), 2)
    assert adoptable_share(label, language, LABEL) < LEAST_SHARE


def test_the_text_is_that_of_both_sides_where_they_share_a_vocabulary() -> None:
    rows = {"source": Rows.of([[6, 7], [8]]), "target": Rows.of([[9], []])}

    def text(kind: Any, interface: Interface) -> list[list[int]]:
        return [row.tolist() for row in pretraining_rows(kind, interface, rows)["tokens"]]

    assert text("mlm", TRANSLATE) == [[6, 7], [8], [9]]
    assert text("mlm", SEPARATE) == [[6, 7], [8]]
    assert text("lm", SEPARATE) == [[9]]
    assert pretraining_interface("lm", SEPARATE) == CausalLM(vocabulary=24, max_length=20)
    assert pretraining_interface("mlm", SEPARATE) == MaskedLM(vocabulary=30, max_length=20)


@pytest.mark.parametrize(
    "interface", [CausalLM(vocabulary=9, max_length=4), Classify(vocabulary=0, features=2, max_length=4, outputs=1)]
)
def test_where_there_is_no_other_text_it_is_refused(interface: Interface) -> None:
    with pytest.raises(NotApplicable):
        pretraining_interface("lm", interface)


# -------------------------------------------------------------------------------------------------------- whole runs


@pytest.fixture
def asked(tmp_path: Path) -> ComparisonSpec:
    generator = random.Random(0)
    words = ["cat", "dog", "house", "red", "sees"]
    lines = {" ".join(generator.choice(words) for _ in range(generator.randint(3, 8))) for _ in range(200)}
    corpus = tmp_path / "pairs.tsv"
    corpus.write_text("".join(f"{line}\t{line.upper()}\n" for line in sorted(lines)), encoding="utf-8")
    return ComparisonSpec(
        models=("transformer",),
        tasks=(f"translate:data={corpus}:vocabulary=280",),
        seeds=1,
        budget="4000",
        parameters=60_000,
        validations=2,
        pretrain="mlm",
        pretrain_share=0.25,
        store=str(tmp_path / "runs"),
        output=str(tmp_path / "reports"),
        jobs=1,
    )


def planned_run(asked: ComparisonSpec) -> RunSpec:
    plan = make_plan(asked, load_catalogue(asked.plugins), DataSource())
    return next(run for run in plan.runs if run.model == "transformer")


def test_the_budget_is_the_sum_of_both_phases_and_the_report_says_what_started_from_it(asked: ComparisonSpec) -> None:
    comparison = run_comparison(asked).comparison
    spec = planned_run(asked)
    record = Store(Path(asked.store)).training(spec.training_key)
    assert record is not None and record.pretraining is not None and record.pretraining.validation is not None
    assert record.pretraining.tokens + record.tokens == pytest.approx(4000, rel=0.2)
    assert record.pretraining.tokens == pytest.approx(1000, rel=0.5)
    assert record.pretraining.share > LEAST_SHARE
    (row,) = [row for row in comparison.equal if row.what == "pretraining"]
    assert "25%" in row.rule and f"transformer: {record.pretraining.share:.0%}" in row.value
    plain = planned_run(asked.model_copy(update={"pretrain": "none"}))
    assert plain.training_key != spec.training_key


def test_a_model_that_cannot_start_from_it_is_refused_with_the_share(asked: ComparisonSpec) -> None:
    bidirectional = asked.model_copy(update={"models": ("luong",), "pretrain": "lm"})
    with pytest.raises(NothingToRun):
        make_plan(bidirectional.model_copy(update={"tasks": asked.tasks}), _without_baselines(), DataSource())


def _without_baselines() -> Any:
    from seqharness.registry import PluginSettings

    return load_catalogue(PluginSettings.of(("no:baselines",), ()))


def test_a_run_interrupted_in_either_phase_and_resumed_ends_in_the_same_bits(asked: ComparisonSpec) -> None:
    def weights(store: str, stops: list[int]) -> dict[str, torch.Tensor]:
        spec = planned_run(asked.model_copy(update={"store": store}))
        for steps in stops:
            left = iter(range(steps))
            with pytest.raises(Interrupted):
                run_one(spec, lambda event: None, stop=lambda left=left: next(left, None) is None)  # type: ignore[misc]
        run_one(spec, lambda event: None)
        record = Store(Path(store)).training(spec.training_key)
        assert record is not None
        folder = Store(Path(store)).run_folder(spec.training_key)
        return read_tensors(folder / "weights.safetensors", record.weights_sha256)

    whole = weights(asked.store, [])
    parted = weights(asked.store + "2", [2, 6])
    assert all(torch.equal(tensor, parted[name]) for name, tensor in whole.items())
