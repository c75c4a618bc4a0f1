"""Figures: what there is to draw, that it is drawn, and that it is the same each time."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from seqharness.comparison import Comparison, Curve
from seqharness_reports.plots import figures, series
from seqharness_reports.plots.save import save
from seqharness_reports.plots.style import legend_columns, looks
from seqharness_reports.view import TaskView, views


def test_a_comparison_has_its_figures_with_words(usual: Comparison) -> None:
    drawn = {figure.stem: figure for figure in figures(usual)}
    assert list(drawn) == [
        "translate-scores", "translate-curves", "translate-by-length", "translate-by-phenomenon"
    ]  # fmt: skip
    score = next(score for score in usual.scores if (score.model, score.metric) == ("transformer", "bleu"))
    assert f"transformer {score.mean:.1f} [" in drawn["translate-scores"].alt
    assert "higher is better" in drawn["translate-scores"].alt
    assert re.search(r"lstm from [\d.]+ \(3–5\) to [\d.]+ \(31–40\)", drawn["translate-by-length"].alt)


@pytest.mark.parametrize("shape", ["one seed", "one diverged", "ten models", "hostile"])
def test_every_figure_can_be_drawn(shapes: dict[str, Comparison], shape: str, tmp_path: Path) -> None:
    for figure in figures(shapes[shape]):
        png, svg = save(figure, tmp_path)
        assert re.fullmatch(r"[a-z0-9-]+\.png", png.name)
        width, height = struct.unpack(">II", png.read_bytes()[16:24])
        assert width == 960
        assert 150 < height < 4000
        assert ElementTree.fromstring(svg.read_bytes()).tag.endswith("svg")
        assert b"<script" not in svg.read_bytes()


def test_the_same_comparison_gives_the_same_bytes(usual: Comparison, tmp_path: Path) -> None:
    for figure in figures(usual):
        for one, two in zip(save(figure, tmp_path / "one"), save(figure, tmp_path / "two"), strict=True):
            assert one.read_bytes() == two.read_bytes()
            assert b"matplotlib.org" not in one.read_bytes()


def test_nothing_to_draw_draws_nothing(shapes: dict[str, Comparison]) -> None:
    assert figures(shapes["bare"]) == []


def test_models_keep_their_look_and_no_two_share_one(shapes: dict[str, Comparison]) -> None:
    for shape in ("usual", "several tasks", "ten models"):
        look = looks(shapes[shape])
        assert len({(one.colour, one.marker, str(one.dash)) for one in look.values()}) == len(look)
    assert looks(shapes["usual"])["lstm"] == looks(shapes["several tasks"])["lstm"]
    assert legend_columns(["x" * 300]) == 1


def _with_curves(comparison: Comparison, curves: list[Curve]) -> TaskView:
    return views(comparison.model_copy(update={"curves": curves}))[0]


def _curve(seed: int, x: list[float], y: list[float]) -> Curve:
    return Curve(task="translate", model="lstm", seed=seed, quantity="loss", label="loss", x=x, y=y)


def test_the_mean_curve_interpolates_where_all_runs_are(usual: Comparison) -> None:
    task = _with_curves(usual, [_curve(0, [0, 10, 20], [0, 10, 20]), _curve(1, [5, 15], [10, 30])])
    assert series.mean_line(series.lines(task, "loss")) == ([5, 10, 15], [7.5, 15, 22.5])


def test_a_run_that_failed_is_in_no_mean_curve(shapes: dict[str, Comparison]) -> None:
    curves = [_curve(seed, [0, 10], [seed, seed]) for seed in range(3)]  # seed 1 diverged
    task = _with_curves(shapes["one diverged"], curves)
    found = series.lines(task, "loss")
    assert [line.counts for line in found] == [True, False, True]
    assert series.mean_line(found) == ([0, 10], [1, 1])


def test_points_that_are_no_numbers_are_left_out(usual: Comparison) -> None:
    task = _with_curves(usual, [_curve(0, [0, 1, 2], [1, float("nan"), float("inf")]), _curve(1, [], [])])
    assert [(line.x, line.y) for line in series.lines(task, "loss")] == [((0,), (1,))]


def test_too_many_values_keep_the_largest_groups(usual: Comparison) -> None:
    first = next(part for part in usual.slices if part.axis == "phenomenon")
    parts = [first.model_copy(update={"value": f"kind {n}", "order": n, "n": n}) for n in range(40)]
    held = series.slices(views(usual.model_copy(update={"slices": parts}))[0], "phenomenon")
    assert held.values == [f"kind {n}" for n in range(16, 40)]
    assert held.left_out == 16
    assert not held.ordinal


def test_knowing_the_figures_does_not_import_matplotlib() -> None:
    code = "import sys, seqharness_reports.markdown, seqharness_reports.plots; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})
