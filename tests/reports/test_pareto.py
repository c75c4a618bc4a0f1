"""Quality against cost: which panels there are, who is on the front, and that names can be read."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import matplotlib
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from seqharness.comparison import Comparison
from seqharness_reports.plots import figures
from seqharness_reports.plots.fronts import brief, equal_costs, panels
from seqharness_reports.plots.style import looks, settings
from seqharness_reports.quantities import NO_BREAK
from seqharness_reports.view import TaskView, views

MODELS = ("lstm", "transformer", "mixer")


Priced = Callable[..., Comparison]


@pytest.fixture
def priced(shapes: dict[str, Comparison]) -> Priced:
    """Three models with costs, and primary scores where they are given."""

    def change(costs: dict[str, dict[str, Any]], scores: dict[str, float] | None = None) -> Comparison:
        comparison, known = shapes["three models"], scores or {}
        models = [model.model_copy(update=costs.get(model.model, {})) for model in comparison.models]
        changed = [
            one.model_copy(update={"mean": known[one.model]}) if one.metric == "bleu" and one.model in known else one
            for one in comparison.scores
        ]
        return comparison.model_copy(update={"models": models, "scores": changed})

    return change


def view(comparison: Comparison) -> TaskView:
    return views(comparison)[0]


def seconds(*values: float | None) -> dict[str, dict[str, Any]]:
    return {model: {"training_seconds": value} for model, value in zip(MODELS, values, strict=True)}


def front(comparison: Comparison, title: str = "training time") -> list[str]:
    return list(next(panel for panel in panels(view(comparison)) if panel.cost.title == title).front)


@pytest.mark.parametrize(
    ("times", "scores", "expected"),
    [
        ((10, 20, 30), (30, 40, 50), ["lstm", "transformer", "mixer"]),
        ((10, 20, 30), (50, 40, 30), ["lstm"]),
        ((30, 20, 10), (30, 40, 35), ["mixer", "transformer"]),
        ((10, 20, 30), (40, 40, 50), ["lstm", "mixer"]),
        ((10, 10.1, 30), (30, 40, 35), ["transformer"]),
    ],
)
def test_on_the_front_is_who_is_beaten_by_none(priced: Priced, times: Any, scores: Any, expected: list[str]) -> None:
    assert front(priced(seconds(*times), dict(zip(MODELS, scores, strict=True)))) == expected


def test_of_a_metric_that_is_better_when_lower_the_lowest_is_on_the_front(priced: Priced) -> None:
    comparison = priced(seconds(10, 20, 30), dict(zip(MODELS, (3.0, 2.0, 2.5), strict=True)))
    lower = [metric.model_copy(update={"higher_is_better": metric.name != "bleu"}) for metric in
             comparison.tasks[0].metrics]  # fmt: skip
    task = comparison.tasks[0].model_copy(update={"metrics": lower})
    assert front(comparison.model_copy(update={"tasks": [task]})) == ["lstm", "transformer"]


def test_a_cost_that_is_equal_for_all_has_no_panel_and_the_caption_says_so(priced: Priced) -> None:
    comparison = priced(seconds(60.0, 60.5, 61.0))
    task = view(comparison)
    assert "training time" not in [panel.cost.title for panel in panels(task)]
    assert "training time" in equal_costs(task)
    caption = next(figure.caption for figure in figures(comparison) if figure.stem == "translate-pareto")
    assert "Not drawn, since equal for all: parameters" in caption


def test_a_cost_that_was_not_counted_is_named_and_never_zero(priced: Priced) -> None:
    comparison = priced(seconds(10, None, 30))
    panel = next(panel for panel in panels(view(comparison)) if panel.cost.title == "training time")
    assert [point.model for point in panel.points if point.x > 0] == [point.model for point in panel.points]
    assert panel.missing == ["transformer"]
    caption = next(figure.caption for figure in figures(comparison) if figure.stem == "translate-pareto")
    assert "Not counted: transformer (training time)" in caption


def test_a_baseline_is_drawn_where_it_is_no_worse_than_a_compared_model(priced: Priced) -> None:
    costs = {**seconds(10, 20, 30), "word-table": {"training_seconds": 0.001}}
    assert "word-table" not in front(priced(costs))
    comparison = priced(costs, {"word-table": 60.0})
    assert front(comparison)[0] == "word-table"
    panel = next(panel for panel in panels(view(comparison)) if panel.cost.title == "training time")
    assert panel.wide
    assert panel.missing == []


def test_one_model_has_no_front(shapes: dict[str, Comparison]) -> None:
    for shape in ("one model", "all failed", "bare"):
        assert not any(figure.stem.endswith("-pareto") for figure in figures(shapes[shape]))


def test_the_caption_names_who_is_on_the_front(priced: Priced) -> None:
    comparison = priced(seconds(10, 20, 30), dict(zip(MODELS, (30.0, 40.0, 35.0), strict=True)))
    figure = next(figure for figure in figures(comparison) if figure.stem == "translate-pareto")
    assert "lstm, transformer (training time)" in figure.caption
    assert f"training time: lstm 30.0 at 10{NO_BREAK}s, transformer 40.0 at 20 s" in figure.alt.replace(
        "10 s", f"10{NO_BREAK}s"
    )


def drawn(comparison: Comparison) -> list[Axes]:
    with matplotlib.rc_context(settings()):
        figure = next(one for one in figures(comparison) if one.stem.endswith("-pareto")).draw()
        figure.draw_without_rendering()
    return figure.axes


@pytest.mark.parametrize("shape", ["many", "ten models", "translation"])
def test_every_model_is_named_at_its_point_in_its_colour_and_no_name_hides_another(
    shapes: dict[str, Comparison], shape: str
) -> None:
    comparison = shapes[shape]
    look = looks(comparison)
    for axes, panel in zip(drawn(comparison), panels(view(comparison)), strict=True):
        names = [text for text in axes.texts if isinstance(text, Annotation) and text.get_text()]
        assert len(names) == len(panel.points)
        assert {name.get_color() for name in names} <= {one.colour for one in look.values()}
        boxes = [name.get_window_extent() for name in names]
        for one, other in combinations(boxes, 2):
            shared = Bbox.intersection(one, other)
            assert shared is None or shared.width * shared.height < 0.1 * min(one.width, other.width) * one.height


@pytest.mark.parametrize(
    ("amount", "expected"), [(0.00002, "20 µs"), (0.0042, "4.2 ms"), (58.0, "58 s"), (250.0, "4 min 10 s"), (None, "–")]
)
def test_short_times_have_units_of_their_own(amount: float | None, expected: str) -> None:
    assert brief(amount).replace(NO_BREAK, " ") == expected
