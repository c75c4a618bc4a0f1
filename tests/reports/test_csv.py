"""results.csv and pairs.csv: what they hold, and that no text in them acts."""

from __future__ import annotations

import csv
import importlib
import io
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqharness.comparison import Comparison, SizeScore
from seqharness.contracts import ReporterSpec
from seqharness_reports.csv.pairs import PAIR_COLUMNS
from seqharness_reports.csv.rows import ALL, COLUMNS
from seqharness_reports.csv.writer import field, write

KEY = ("report", "task", "split", "model", "seed", "metric", "train_examples", "axis", "slice")


def read(comparison: Comparison, folder: Path) -> list[dict[str, str]]:
    path, _ = write(comparison, folder)
    assert path == folder / "results.csv"
    return parsed(path)


def pairs(comparison: Comparison, folder: Path) -> list[dict[str, str]]:
    _, path = write(comparison, folder)
    assert path == folder / "pairs.csv"
    return parsed(path)


def parsed(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""), strict=True))


def test_every_score_is_there_whole(usual: Comparison, tmp_path: Path) -> None:
    rows = read(usual, tmp_path)
    means = {(row["model"], row["metric"]): row for row in rows if row["seed"] == ALL and not row["axis"]}
    assert len(means) == len(usual.scores)
    for score in usual.scores:
        row = means[score.model, score.metric]
        assert [float(row[name]) if row[name] else None for name in ("value", "low", "high")] == [
            score.mean,
            score.low,
            score.high,
        ]
        assert int(row["seeds"]) == score.seeds
        of_seeds = {
            int(one["seed"]): float(one["value"])
            for one in rows
            if (one["model"], one["metric"]) == (score.model, score.metric) and one["seed"] != ALL
        }
        assert of_seeds == dict(zip(score.seeds_used, score.values, strict=True))


def test_a_row_says_what_its_value_is(usual: Comparison, tmp_path: Path) -> None:
    rows = read(usual, tmp_path)
    (row,) = [
        row for row in rows if (row["model"], row["metric"], row["seed"], row["axis"]) == ("lstm", "exact", ALL, "")
    ]
    info = usual.tasks[0]
    expected = {
        "task": "translate", "split": "test", "unit": "%", "higher_is_better": "true", "primary": "false",
        "baseline": "false", "interval": "seeds and examples", "seeds": "3", "runs": "3", "status": "",
        "n": str(next(split.examples for split in info.splits if split.name == "test")), "parameters": "1098240",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert {row["primary"] for row in rows if row["metric"] == "bleu"} == {"true"}
    assert {row["baseline"] for row in rows if row["model"] == "word-table"} == {"true"}


def test_slices_are_rows_with_their_axis(usual: Comparison, tmp_path: Path) -> None:
    rows = [row for row in read(usual, tmp_path) if row["axis"]]
    assert len(rows) == len(usual.slices)
    for row, part in zip(rows, usual.slices, strict=True):
        assert (row["model"], row["axis"], row["slice"], row["n"]) == (
            part.model,
            part.axis,
            part.value,
            str(part.n),
        )
        assert float(row["value"]) == part.mean
        assert row["seed"] == ALL


def test_scores_over_the_amount_of_data_are_rows_of_their_own(usual: Comparison, tmp_path: Path) -> None:
    sizes = [
        SizeScore(task="translate", model="lstm", metric="bleu", examples=examples, mean=mean, low=mean - 1,
                  high=mean + 1, seeds=2, lost=1)
        for examples, mean in ((250, 3.5), (1000, 9.25))
    ]  # fmt: skip
    rows = [row for row in read(usual.model_copy(update={"sizes": sizes}), tmp_path) if row["train_examples"]]
    means = [row for row in rows if row["seed"] == ALL]
    assert [(row["train_examples"], row["value"], row["seeds"], row["runs"]) for row in means] == [
        ("250", "3.5", "2", "3"),
        ("1000", "9.25", "2", "3"),
    ]


@pytest.mark.parametrize(
    "shape", ["usual", "one diverged", "several tasks", "probe", "tasks", "many", "sizes", "hostile many"]
)
def test_no_two_rows_are_about_the_same(shapes: dict[str, Comparison], shape: str, tmp_path: Path) -> None:
    keys = [tuple(row[name] for name in KEY) for row in read(shapes[shape], tmp_path)]
    assert keys
    assert len(set(keys)) == len(keys)


def test_a_run_without_a_score_is_counted_and_in_no_mean(shapes: dict[str, Comparison], tmp_path: Path) -> None:
    rows = [row for row in read(shapes["one diverged"], tmp_path) if row["model"] == "lstm" and row["metric"] == "bleu"]
    (lost,) = [row for row in rows if row["status"] == "diverged"]
    assert (lost["seed"], lost["value"]) == ("1", "")
    (mean,) = [row for row in rows if row["seed"] == ALL and not row["axis"]]
    assert (mean["seeds"], mean["runs"]) == ("2", "3")


def test_the_run_that_only_checks_convergence_is_left_out(usual: Comparison, tmp_path: Path) -> None:
    assert any(run.role == "convergence" for run in usual.runs)
    seeds = [row["seed"] for row in read(usual, tmp_path) if (row["model"], row["metric"]) == ("lstm", "bleu")]
    assert sorted(seed for seed in seeds if seed != ALL) == ["0", "1", "2"]


@pytest.mark.parametrize("shape", ["several tasks", "tasks", "many", "ranked"])
def test_every_pair_is_a_row_with_its_test(shapes: dict[str, Comparison], shape: str, tmp_path: Path) -> None:
    rows = pairs(shapes[shape], tmp_path)
    assert rows
    assert len({(row["task"], row["a"], row["b"]) for row in rows}) == len(rows) == len(shapes[shape].pairs)
    by_models = {(row["task"], row["a"], row["b"]): row for row in rows}
    for pair in shapes[shape].pairs:
        row = by_models[pair.task, pair.a, pair.b]
        for name in ("difference", "low", "high", "p", "p_holm", "minimum_detectable", "p_examples"):
            assert (float(row[name]) if row[name] else None) == getattr(pair, name), name
        assert (row["metric"], row["seeds"], row["verdict"]) == (pair.metric, str(pair.seeds), pair.verdict)
        assert row["decided"] == ("true" if pair.decided else "false")


def test_a_pair_says_what_its_difference_is_of(usual: Comparison, tmp_path: Path) -> None:
    for row in pairs(usual, tmp_path):
        assert (row["report"], row["task"], row["split"]) == (usual.name, "translate", "test")
        assert (row["unit"], row["higher_is_better"]) == (usual.tasks[0].metrics[0].unit, "true")


@pytest.mark.parametrize(("place", "columns"), [(0, COLUMNS), (1, PAIR_COLUMNS)])
def test_lines_end_and_cells_are_quoted_as_rfc_4180_says(
    shapes: dict[str, Comparison], tmp_path: Path, place: int, columns: dict[str, str]
) -> None:
    path = write(shapes["hostile"], tmp_path)[place]
    content = path.read_bytes().decode("utf-8")
    assert content.startswith(",".join(columns) + "\r\n")
    assert content.endswith("\r\n")
    cell = r'(?:"(?:[^"]|"")*"|[^",\r\n]*)'
    assert re.fullmatch(rf"(?:{cell}(?:,{cell}){{{len(columns) - 1}}}\r\n)+", content)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("shape", ["hostile", "hostile sizes"])
def test_nothing_in_a_hostile_file_acts(shapes: dict[str, Comparison], shape: str, tmp_path: Path, place: int) -> None:
    path = write(shapes[shape], tmp_path)[place]
    content = path.read_text(encoding="utf-8")
    assert shape != "hostile" or ("evil.example" if place else "alert(1)") in content
    assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff]", content)
    for row in parsed(path):
        for name, cell in row.items():
            number = re.fullmatch(r"-?[0-9.]+(?:e[+-]?[0-9]+)?", cell)
            assert number or not re.match(r"\s*[=+\-@]", cell), (name, cell)


FORMULAS = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "－1", "x;=1", "x; @y"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(text: str) -> None:
    assert re.search(r"(?:^|;)'", field(text))


@pytest.mark.parametrize("text", ["transformer:position=rope", "encoder-only", "a@b", "3–5", "'quoted'", "x - y"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert field(text) == text


def test_numbers_stay_numbers() -> None:
    assert [field(value) for value in (-1.5, 3, 1e-9, True, None, float("nan"), float("inf"))] == [
        "-1.5", "3", "1e-09", "true", "", "", "",
    ]  # fmt: skip


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_to_its_last_bit(value: float) -> None:
    assert float(field(value)) == value


@given(st.text(max_size=20))
@example("\u200b=1")
@example(" \n+")
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert not re.search(r"(?:^|;)\s*[=+\-@\t\r＝＋－＠]", field(text))


@pytest.mark.parametrize("shape", ["probe", "tasks", "hostile"])
def test_pandas_reads_it_with_types(shapes: dict[str, Comparison], shape: str, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    path, _ = write(shapes[shape], tmp_path)
    table = pandas.read_csv(path, keep_default_na=False, na_values=[""])
    assert list(table.columns) == list(COLUMNS)
    for name in ("value", "low", "high", "seeds", "runs", "n", "parameters", "slice_order"):
        assert pandas.api.types.is_numeric_dtype(table[name]), name
    for name in ("baseline", "higher_is_better", "primary"):
        assert pandas.api.types.is_bool_dtype(table[name]), name


def test_a_comparison_in_which_nothing_ran_has_a_head_only(shapes: dict[str, Comparison], tmp_path: Path) -> None:
    assert read(shapes["bare"], tmp_path) == []
    assert pairs(shapes["bare"], tmp_path) == []


def test_the_reporter_registers_itself(usual: Comparison, tmp_path: Path) -> None:
    cards: list[ReporterSpec] = []
    importlib.import_module("seqharness_reports.csv").register_reporters(register=cards.append)
    (card,) = cards
    assert card.name == "csv"
    assert [path.name for path in card.load()(usual, tmp_path / "new" / "folder")] == ["results.csv", "pairs.csv"]
