"""The committed reports of real runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from seqharness.comparison import Comparison
from seqharness_reports.content.report import build
from seqharness_reports.markdown.render import render

GALLERY = Path(__file__).parents[2] / "reports" / "gallery"
REPORTS = sorted(path.parent.name for path in GALLERY.glob("*/results.json"))
MAY_NOT_BE_QUOTED = ("multi30k",)


def test_the_gallery_has_translation_classification_language_modelling_and_probes() -> None:
    assert REPORTS == ["architectures", "classification", "language-modelling", "multi30k", "probes", "translation"]
    text = (GALLERY / "README.md").read_text()
    for name in REPORTS:
        command = json.loads((GALLERY / name / "results.json").read_bytes())["command"]
        assert f"({name}/report.md) | `{command}` |" in text


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_what_its_results_say(name: str) -> None:
    """Where this fails after a change of the reports: `harness report reports/gallery/NAME --report markdown`."""
    comparison = Comparison.model_validate_json((GALLERY / name / "results.json").read_bytes())
    assert (GALLERY / name / "report.md").read_text(encoding="utf-8") == render(build(comparison))
    assert comparison.headline.rstrip(".") in (GALLERY / "README.md").read_text()


@pytest.mark.parametrize("name", REPORTS)
def test_the_figures_of_a_report_are_there_and_no_others(name: str) -> None:
    shown = set(re.findall(r"\((figures/[^)]+)\)", (GALLERY / name / "report.md").read_text(encoding="utf-8")))
    assert shown == {f"figures/{path.name}" for path in (GALLERY / name / "figures").iterdir()}


@pytest.mark.parametrize("name", REPORTS)
def test_no_report_holds_a_path_of_a_machine(name: str) -> None:
    for path in (GALLERY / name).glob("*.*"):
        assert not re.search(r"(?<![\w.<])/(?:home|tmp|root|work|Users|mnt)/", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("name", MAY_NOT_BE_QUOTED)
def test_data_that_may_not_be_passed_on_are_not_quoted(name: str) -> None:
    comparison = Comparison.model_validate_json((GALLERY / name / "results.json").read_bytes())
    assert not comparison.examples
    assert not any(finding.findings.maps or finding.findings.texts for finding in comparison.findings)
