"""Figures: what there is to draw, that it is drawn, and that it is the same each time."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes

from seqharness import comparison as parts
from seqharness.comparison import Comparison, Curve, Finding, Findings
from seqharness.visible import columns
from seqharness_reports.measured import Frame, measured
from seqharness_reports.plots import Figure, figures, series
from seqharness_reports.plots.save import save
from seqharness_reports.plots.style import grows, legend_columns, looks, said
from seqharness_reports.view import TaskView, views


def test_a_comparison_has_its_figures_with_words(usual: Comparison) -> None:
    drawn = {figure.stem: figure for figure in figures(usual)}
    assert list(drawn) == [
        "translate-scores", "translate-pareto", "translate-by-length", "translate-by-phenomenon", "translate-curves"
    ]  # fmt: skip
    score = next(score for score in usual.scores if (score.model, score.metric) == ("transformer", "bleu"))
    assert f"transformer {score.mean:.1f} [" in drawn["translate-scores"].alt
    assert "higher is better" in drawn["translate-scores"].alt
    assert re.search(r"lstm from [\d.]+ \(3–5\) to [\d.]+ \(31–40\)", drawn["translate-by-length"].alt)


@pytest.mark.parametrize(
    "shape",
    [
        "one diverged",
        "ten models",
        "ranked",
        "hostile",
        "hostile probe",
        "hostile translation",
        "hostile ranked",
        "hostile tuned",
        "hostile sizes",
    ],
)
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
    assert isinstance(held, series.Kinds)
    assert held.values == [f"kind {n}" for n in range(16, 40)]
    assert held.left_out == 16
    assert not held.ordinal


def test_knowing_the_figures_does_not_import_matplotlib() -> None:
    code = "import sys, seqharness_reports.markdown, seqharness_reports.plots; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


# --------------------------------------------------------------------------------------------------------- along axes


def _along(comparison: Comparison, axis: str = "length") -> series.Along:
    held = series.slices(views(comparison)[0], axis)
    assert isinstance(held, series.Along)
    return held


def _axes(comparison: Comparison, stem: str) -> list[Axes]:
    return next(figure for figure in figures(comparison) if figure.stem == stem).draw().axes


def _lines(axes: Axes, least: int = 3) -> list[tuple[list[float], list[float]]]:
    """x and y of the lines that join points."""
    found = [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.get_lines()]
    return [(x, y) for x, y in found if len(x) >= least]


def test_splits_that_follow_each_other_are_one_curve_with_every_part_once(shapes: dict[str, Comparison]) -> None:
    probe = shapes["probe"]
    held = _along(probe)
    assert held.splits == ["test", "beyond"]
    assert held.boundaries == [(50.0, "test", "beyond")]
    assert set(held.lines) == {(model, "") for model in ("lstm", "transformer", "majority")}
    assert len(held.parts) == len(probe.slices) == 3 * 48
    drawn = _lines(_axes(probe, "parity-by-length")[0])
    assert len(drawn) == 3
    for (model, _), line in held.lines.items():
        x = [part.x for part in line]
        assert x == [*range(1, 41), *range(60, 201, 20)]
        wanted = {part.x: part.mean for part in probe.slices if part.model == model}
        assert (x, [wanted[place] for place in x]) in drawn


def test_splits_that_overlap_are_lines_of_their_own(shapes: dict[str, Comparison]) -> None:
    probe = shapes["probe"]
    parts = [part.model_copy(update={"x": (part.x or 0) / 5}) if part.split == "beyond" else part
             for part in probe.slices]  # fmt: skip
    held = _along(probe.model_copy(update={"slices": parts}))
    assert held.boundaries == []
    assert set(held.lines) == {(m, s) for m in ("lstm", "transformer", "majority") for s in ("test", "beyond")}
    (axes,) = _axes(probe.model_copy(update={"slices": parts}), "parity-by-length")
    assert len(_lines(axes)) == 6
    names = [text.get_text() for text in axes.get_figure(root=True).legends[0].get_texts()]
    assert sorted(filter(None, names)) == sorted(["transformer", "lstm", "majority", "test", "beyond"])


def test_without_a_place_on_the_axis_the_main_split_is_drawn_by_rank(shapes: dict[str, Comparison]) -> None:
    probe = shapes["probe"]
    parts = [part.model_copy(update={"x": None}) for part in probe.slices]
    held = series.slices(views(probe.model_copy(update={"slices": parts}))[0], "length")
    assert isinstance(held, series.Kinds)
    assert held.ordinal
    assert not {part.split for part in held.parts.values()} - {"test"}


def test_kinds_are_those_of_the_main_split_and_the_caption_says_where_the_others_are(usual: Comparison) -> None:
    more = [part.model_copy(update={"split": "beyond", "mean": 1.0}) for part in usual.slices]
    comparison = usual.model_copy(update={"slices": [*usual.slices, *more]})
    held = series.slices(views(comparison)[0], "phenomenon")
    assert isinstance(held, series.Kinds)
    assert {part.split for part in held.parts.values()} == {"test"}
    figure = next(figure for figure in figures(comparison) if figure.stem == "translate-by-phenomenon")
    assert "On the split test alone; those on beyond are in the table" in figure.caption


def test_a_boundary_and_the_score_that_solves_are_marked_and_shares_stay_within_their_scale(
    shapes: dict[str, Comparison],
) -> None:
    (axes,) = _axes(shapes["probe"], "parity-by-length")
    marked = [list(line.get_xdata()) for line in axes.get_lines()]
    assert [50.0, 50.0] in marked
    assert [99.0, 99.0] in [list(line.get_ydata()) for line in axes.get_lines()]
    assert {text.get_text() for text in axes.texts} == {"test ◂", "▸ beyond"}
    assert all(0 <= tick <= 100 for tick in axes.get_yticks())


def test_steps_that_double_have_a_scale_that_does_and_others_have_not(shapes: dict[str, Comparison]) -> None:
    assert grows([10, 20, 40, 80, 160, 320])
    assert grows([0, 1, 2, 4, 8, 16, 32])
    assert not grows([*range(1, 41), *range(60, 201, 20)])
    assert not grows([7.5, 15.5, 25.5, 34.5])
    assert not grows([-1, 2, 4, 80])
    assert not grows([3])
    (axes,) = _axes(shapes["many"], "adding-by-length")
    assert [text.get_text() for text in axes.get_xticklabels()] == ["10", "20", "40", "80", "160", "320", "640"]
    assert _axes(shapes["probe"], "parity-by-length")[0].get_xscale() == "linear"


def test_a_loss_over_a_wide_range_has_a_logarithmic_scale(shapes: dict[str, Comparison]) -> None:
    many = shapes["many"]
    parts = [part.model_copy(update={"mean": max(part.mean or 0, 0.001), "low": None, "high": None})
             for part in many.slices]  # fmt: skip
    (axes,) = _axes(many.model_copy(update={"slices": parts}), "adding-by-length")
    assert axes.get_yscale() == "log"
    assert not any("$" in text.get_text() for text in axes.get_yticklabels())


# ---------------------------------------------------------------------------------- norms, frames and maps of findings


def test_the_norm_of_the_gradient_has_a_figure_of_its_own(shapes: dict[str, Comparison]) -> None:
    probe = shapes["probe"]
    task = views(probe)[0]
    assert "gradient_norm" not in series.quantities(task)
    (axes,) = _axes(probe, "parity-gradient-norm")
    assert axes.get_yscale() == "log"
    figure = next(figure for figure in figures(probe) if figure.stem == "parity-gradient-norm")
    assert "Clipped to 1." in figure.caption
    none = [curve for curve in probe.curves if curve.quantity != "gradient_norm"]
    stems = [figure.stem for figure in figures(probe.model_copy(update={"curves": none}))]
    assert "parity-gradient-norm" not in stems
    assert "parity-curves" in stems


def test_the_mean_of_norms_is_geometric_and_zeros_are_not_drawn(usual: Comparison) -> None:
    curves = [_curve(seed, [0, 10, 20], y).model_copy(update={"quantity": "gradient_norm"})
              for seed, y in ((0, [1, 4, 0]), (1, [9, 25, 7]))]  # fmt: skip
    found = series.norms(_with_curves(usual, curves))
    assert [line.y for line in found] == [(1, 4), (9, 25, 7)]
    mean = series.geometric_mean_line(found)
    assert mean is not None
    assert mean[0] == [0, 10]
    assert mean[1] == pytest.approx([3, 10])


def test_lines_of_a_measurement_are_means_over_seeds_where_all_have_a_point(usual: Comparison) -> None:
    runs = [[("a", [1, 2, 3], [1.0, 4.0, 8.0])], [("a", [1, 2], [9.0, None])], [("a", [], [])]]
    for log, wanted in ((True, [3.0, 4.0]), (False, [5.0, 4.0])):
        (frame,) = _frames(usual, runs, log)
        (curve,) = frame.curves
        assert (curve.x, curve.seeds) == ([1, 2], 2)
        assert curve.mean == pytest.approx(wanted)
        assert (curve.low, curve.high) == ([1.0, 4.0], [9.0, 4.0])
    assert _frames(usual, [[("a", [1], [0.0])]], True) == []
    (frame,) = _frames(usual, [[(f"label {n}", [1, 2], [1.0, 2.0]) for n in range(9)]], False)
    assert (len(frame.labels), frame.left_out) == (6, 3)


def _frames(comparison: Comparison, runs: list[Any], log: bool) -> list[Frame]:
    findings = [
        Finding(task="translate", model="lstm", seed=seed, measurement="m", findings=Findings(figures=[
            parts.Figure(name="f", title="t", x_label="x", y_label="y", log_y=log,
                         lines=[parts.Line(label=label, x=x, y=y) for label, x, y in lines])]))
        for seed, lines in enumerate(runs)
    ]  # fmt: skip
    (found,) = measured(views(comparison.model_copy(update={"findings": findings}))[0])
    return found.frames


def test_a_model_has_its_colour_and_a_label_its_line_in_the_frame_of_all_models(shapes: dict[str, Comparison]) -> None:
    translation = shapes["translation"]
    (axes,) = _axes(translation, "translate-measured-gradients-1")
    look = looks(translation)
    drawn = [line for line in axes.get_lines() if len(line.get_xdata()) == 39]
    assert [line.get_color() for line in drawn] == [look[m].colour for m in ("bahdanau", "bahdanau", "lstm", "lstm")]
    assert [line.get_linestyle() for line in drawn] == ["-", "--", "-", "--"]
    assert axes.get_yscale() == "log"
    names = [text.get_text() for text in axes.get_figure(root=True).legends[0].get_texts()]
    assert sorted(filter(None, names)) == sorted(["bahdanau", "lstm", "at initialisation", "after training"])


def test_maps_of_one_sentence_stand_beside_each_other_with_their_tokens(shapes: dict[str, Comparison]) -> None:
    translation = shapes["translation"]
    stems = [figure.stem for figure in figures(translation) if "attention" in figure.stem]
    assert stems == [f"translate-measured-attention-{place}" for place in (1, 2, 3)]
    one, two, _bar = _axes(translation, stems[0])
    assert [one.get_title(), two.get_title()] == ["transformer", "bahdanau"]
    finding = next(one for one in translation.findings if (one.model, one.measurement) == ("bahdanau", "attention"))
    first = finding.findings.maps[0]
    assert [text.get_text() for text in two.get_xticklabels()] == first.columns
    assert [text.get_text() for text in two.get_yticklabels()] == first.rows
    assert two.images[0].get_array().tolist() == first.values
    assert one.images[0].get_clim() == two.images[0].get_clim()


def test_maps_that_are_not_whole_are_left_out_and_shared_sentences_come_first(usual: Comparison) -> None:
    def finding(model: str, *maps: tuple[list[str], list[list[float]]]) -> Finding:
        made = [parts.Map(title="t", rows=["r"] * len(values), columns=names, values=values) for names, values in maps]
        return Finding(task="translate", model=model, seed=0, measurement="m", findings=Findings(maps=made))

    good = [[0.5, 0.5]]
    findings = [
        finding("lstm", (["alone", "x"], good), (["ragged", "x"], [[1.0]]), (["nan", "x"], [[float("nan"), 0.0]])),
        finding("lstm", (["of another", "seed"], good)).model_copy(update={"seed": 1}),
        finding("transformer", (["both", "x"], good), (["2", "x"], good), (["3", "x"], good), (["4", "x"], good)),
        finding("word-table", (["both", "x"], good)),
    ]
    (found,) = measured(views(usual.model_copy(update={"findings": findings}))[0])
    assert [one.columns[0] for one in found.alignments] == ["both", "2", "3"]
    assert list(found.alignments[0].maps) == ["transformer", "word-table"]


def test_many_models_beside_each_other_are_cut_and_counted(shapes: dict[str, Comparison]) -> None:
    many = shapes["many"]
    one = parts.Map(title="t", rows=["a"], columns=["b", "c"], values=[[0.1, 0.9]])
    findings = [
        Finding(task="adding", model=model.model, seed=0, measurement="m", findings=Findings(maps=[one]))
        for model in many.models[:6]
    ]
    comparison = many.model_copy(update={"findings": findings})
    figure = next(figure for figure in figures(comparison) if "measured" in figure.stem)
    assert "2 more models have such a map" in figure.caption
    assert len(figure.draw().axes) == 4 + 1


def test_every_picture_of_a_report_has_its_own_file_with_words(shapes: dict[str, Comparison]) -> None:
    for name in ("probe", "translation", "tasks", "many", "hostile translation"):
        drawn: list[Figure] = figures(shapes[name])
        assert len({figure.stem for figure in drawn}) == len(drawn)
        assert all(figure.alt and figure.caption for figure in drawn)
        assert all(len(figure.alt) < 2500 for figure in drawn)


@given(st.text(st.sampled_from("ab \u0301\u0302日אל\x1b\n"), max_size=80), st.integers(2, 30))
def test_a_name_in_a_figure_is_one_short_line(text: str, length: int) -> None:
    name = said(text, length)
    assert columns(name) <= length
    assert "\n" not in name and "\x1b" not in name
    assert not re.search("[\u0301\u0302]{4}", name)
    if name.endswith("…") and "…" not in text:
        assert said(name[:-1], length) == name[:-1]


# ---------------------------------------------------------------------------------------------------------- confusion


def test_a_confusion_matrix_shows_shares_of_each_reference(shapes: dict[str, Comparison]) -> None:
    labels = shapes["labels"]
    figure = next(figure for figure in figures(labels) if figure.stem == "parity-confusion")
    axes = figure.draw().axes
    assert [one.get_title() for one in axes] == ["transformer", "lstm", "majority"]
    counts = {one.model: one.counts for one in labels.confusions}
    for one in axes:
        rows = counts[one.get_title()]
        wanted = [[count / sum(row) for count in row] for row in rows]
        assert one.images[0].get_array().tolist() == wanted
        assert [text.get_text() for text in one.texts] == [f"{100 * share:.0f}" for row in wanted for share in row]
        assert [text.get_text() for text in one.get_yticklabels()] == ["odd", "even"]
    assert "lstm most often odd as even, 5.3" in figure.alt


def test_a_matrix_that_is_not_whole_is_not_drawn(shapes: dict[str, Comparison]) -> None:
    labels = shapes["labels"]
    for counts in ([[1.0]], [[1.0, 2.0], [3.0]], [[1.0, float("nan")], [2.0, 3.0]]):
        broken = [one.model_copy(update={"counts": counts}) for one in labels.confusions]
        stems = [figure.stem for figure in figures(labels.model_copy(update={"confusions": broken}))]
        assert "parity-confusion" not in stems
