"""results.json is what other programs read."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from seqharness.comparison import Comparison
from seqharness.contracts import ReporterSpec
from seqharness_reports.json.writer import write


def _refuse(constant: str) -> float:
    raise AssertionError(f"{constant} is not JSON")


def _read(path: Path) -> dict[str, object]:
    loaded = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    assert isinstance(loaded, dict)
    return loaded


@pytest.mark.parametrize("shape", ["usual", "several tasks", "all failed", "hostile", "bare"])
def test_a_comparison_survives_the_way_through_the_file(
    shapes: dict[str, Comparison], shape: str, tmp_path: Path
) -> None:
    (path,) = write(shapes[shape], tmp_path)
    assert path == tmp_path / "results.json"
    assert Comparison.model_validate(_read(path)) == shapes[shape]


def test_keys_stand_in_the_order_of_the_schema(usual: Comparison, tmp_path: Path) -> None:
    (path,) = write(usual, tmp_path)
    assert list(_read(path)) == list(Comparison.model_fields)
    assert path.read_bytes().endswith(b"}\n")


def test_a_figure_that_is_not_finite_becomes_null(usual: Comparison, tmp_path: Path) -> None:
    score = usual.scores[0].model_copy(update={"mean": float("nan"), "high": float("inf")})
    model = usual.models[0].model_copy(update={"config": {"rate": float("nan")}})
    (path,) = write(usual.model_copy(update={"scores": [score], "models": [model]}), tmp_path)
    loaded = json.loads(path.read_text(), parse_constant=_refuse)
    assert loaded["scores"][0]["mean"] is None
    assert loaded["scores"][0]["high"] is None
    assert loaded["models"][0]["config"]["rate"] is None


def test_a_file_is_replaced_whole(usual: Comparison, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("older and much longer" * 100_000)
    write(usual, tmp_path)
    assert _read(tmp_path / "results.json")["name"] == usual.name
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize("name", ["json", "markdown"])
def test_the_reporter_registers_itself(name: str, usual: Comparison, tmp_path: Path) -> None:
    cards: list[ReporterSpec] = []
    importlib.import_module(f"seqharness_reports.{name}").register_reporters(register=cards.append)
    (card,) = cards
    assert card.name == name
    written = list(card.load()(usual, tmp_path / "new" / "folder"))
    assert written
    assert all(path.is_file() for path in written)
