"""What `harness compare` prints at its end."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from seqharness.cli.summary import print_summary
from seqharness.comparison import Comparison


def printed(comparison: Comparison, capsys: pytest.CaptureFixture[str]) -> str:
    outcome: Any = SimpleNamespace(comparison=comparison, files=[Path("reports/x/report.md")])
    print_summary(outcome, Path("reports"))
    return capsys.readouterr().out


def row(text: str, start: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.lstrip().startswith(start))
    return re.split(r" {2,}", line.strip())


def test_a_probe_has_its_success_rate_its_median_and_what_lies_beyond(
    shapes: dict[str, Comparison], capsys: pytest.CaptureFixture[str]
) -> None:
    probe = shapes["probe"]
    text = printed(probe, capsys)
    assert row(text, "model")[:5] == ["model", "accuracy", "solved", "median", "accuracy on beyond"]
    scores = {one.split: one for one in probe.scores if (one.model, one.metric) == ("lstm", "accuracy")}
    test, beyond = (f"{one.mean:.1f} [{one.low:.1f}, {one.high:.1f}]" for one in (scores["test"], scores["beyond"]))
    assert row(text, "lstm ")[:5] == ["lstm", test, "67%", f"{scores['test'].median:.1f}", beyond]
    assert text.rstrip().endswith("Report: reports/x/report.md")


def test_several_tasks_share_one_table(shapes: dict[str, Comparison], capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(shapes["tasks"], capsys)
    assert row(text, "task") == ["task", "lstm", "transformer", "decoder-only:position=rope", "majority (baseline)"]
    assert row(text, "mlm: accuracy")[3] == "not applicable"
    assert "Not applicable: decoder-only:position=rope on mlm: a causal decoder does not see" in text
    assert text.count("────") and len(re.findall("^ ─", text, re.MULTILINE)) == 1


def test_more_models_than_tasks_go_down(shapes: dict[str, Comparison], capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(shapes["several tasks"], capsys)
    assert row(text, "model")[1] == "translate: BLEU ↑"
    assert row(text, "majority (baseline)")[1:] == ["not applicable", "not applicable"]


def test_a_usual_comparison_has_its_scores_costs_and_failures(
    shapes: dict[str, Comparison], capsys: pytest.CaptureFixture[str]
) -> None:
    comparison = shapes["one diverged"]
    text = printed(comparison, capsys)
    assert row(text, "model") == ["model", "BLEU", "chrF", "TER", "exact match", "parameters", "tokens/s", "seeds"]
    assert row(text, "lstm ")[-1] == "2 of 3"
    assert "Not applicable: majority: it only labels" in text
    assert "solved" not in text


@pytest.mark.parametrize("shape", ["hostile", "hostile probe", "hostile translation", "hostile many", "bare"])
def test_nothing_acts_on_the_terminal(
    shapes: dict[str, Comparison], shape: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed(shapes[shape], capsys)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
