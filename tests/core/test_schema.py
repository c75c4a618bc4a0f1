"""The schema of results.json: it describes what is written, whole, and the page about it says the same."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from scipy import stats

from seqharness.cli.schema import results_schema
from seqharness.compare import run_comparison
from seqharness.comparison import SCHEMA_VERSION
from seqharness.comparison_spec import ComparisonSpec

HERE = Path(__file__).parent
FIXTURES = [
    path for path in sorted((HERE.parent / "reports").glob("*.json"))
    if isinstance(content := json.loads(path.read_text(encoding="utf-8")), dict) and "scores" in content
]  # fmt: skip
SCHEMA = results_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def properties(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """'Score.mean' and so on, with their schemas."""
    for name, part in {"Comparison": schema, **schema["$defs"]}.items():
        for field, described in part["properties"].items():
            yield f"{name}.{field}", described


def printed(*arguments: str) -> str:
    command = [sys.executable, "-m", "seqharness", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=300).stdout


def test_it_is_a_schema_of_its_draft() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_its_version_is_that_of_the_files() -> None:
    assert SCHEMA["$id"].endswith(f":{SCHEMA_VERSION}")
    assert SCHEMA["properties"]["schema_version"]["const"] == SCHEMA_VERSION


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_stored_files_are_valid(path: Path) -> None:
    VALIDATOR.validate(json.loads(path.read_text(encoding="utf-8")))


def test_there_are_stored_files() -> None:
    assert len(FIXTURES) >= 4


def test_a_file_that_is_written_now_is_valid(tmp_path: Path) -> None:
    words = [f"{first}{last}" for first in "bdfgkl" for last in "aei"]
    pairs = [f"{first} {second}\t{second[::-1]} {first}\n" for first in words[:8] for second in words]
    (tmp_path / "pairs.tsv").write_text("".join(pairs), encoding="utf-8")
    run_comparison(
        ComparisonSpec(
            models=("lstm",),
            tasks=(f"translate:data={tmp_path / 'pairs.tsv'}:vocabulary=280",),
            seeds=2,
            budget="500",
            parameters=40_000,
            validations=1,
            store=str(tmp_path / "runs"),
            output=str(tmp_path / "reports"),
            name="fresh",
            jobs=1,
            reporters=("json",),
        )
    )
    written = json.loads((tmp_path / "reports" / "fresh" / "results.json").read_text(encoding="utf-8"))
    assert {score["seeds"] for score in written["scores"]} >= {2}
    assert any(model["recipe"] for model in written["models"])
    (score,) = [one for one in written["scores"] if (one["model"], one["metric"]) == ("lstm", "perplexity")]
    half = stats.t.ppf(0.975, score["df"]) * score["standard_error"]  # what `harness diff` tests with
    assert score["high"] == pytest.approx(score["mean"] + half)
    assert set(written) == set(SCHEMA["properties"])
    VALIDATOR.validate(written)


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": SCHEMA_VERSION + 1},
        {"scores": [{"task": "t"}]},
        {"headline": None},
        {"runs": "none"},
    ],
    ids=str,
)
def test_what_is_not_of_this_shape_is_invalid(change: dict[str, Any]) -> None:
    good = json.loads(FIXTURES[0].read_text(encoding="utf-8"))
    assert VALIDATOR.is_valid(good)
    assert not VALIDATOR.is_valid({**good, **change})


def test_fields_that_a_reader_does_not_know_do_not_disturb_it() -> None:
    good = json.loads(FIXTURES[0].read_text(encoding="utf-8"))
    assert VALIDATOR.is_valid({**good, "new": 1, "scores": [{**score, "new": 1} for score in good["scores"]]})


def test_every_part_and_field_has_a_description() -> None:
    assert [name for name, described in properties(SCHEMA) if not described.get("description")] == []
    assert [name for name, part in SCHEMA["$defs"].items() if not part.get("description")] == []


@pytest.mark.parametrize("arguments", [("schema",), ("schema", "--json")], ids=" ".join)
def test_the_command_prints_it_alone(arguments: tuple[str, ...]) -> None:
    assert json.loads(printed(*arguments)) == SCHEMA


def test_the_page_about_the_files_says_what_the_schema_says() -> None:
    specification = importlib.util.spec_from_file_location("results_page", HERE / "results_page.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    text = module.PAGE.read_text(encoding="utf-8")
    assert text.count("made by tests/core/results_page.py") == 4
    assert text == module.page(text), "run: python tests/core/results_page.py"
