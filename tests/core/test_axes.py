"""Parts of a test split along an axis: steps, the slope of a gap, and how far a task is solved."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqharness.analysis.reaches import falls_short, reaches_of
from seqharness.analysis.slices import slices_of
from seqharness.analysis.table import Table
from seqharness.analysis.trends import trends_of, weighted_slope
from seqharness.contracts import Axis, Metric

ACCURACY = Metric(
    name="accuracy",
    label="accuracy",
    columns=("hits", "count"),
    value=lambda sums: sums[..., 0] / np.where(sums[..., 1] > 0, sums[..., 1], np.nan),
    higher_is_better=True,
    solved=0.9,
)
TASK: Any = SimpleNamespace(metrics=[ACCURACY], axes={"length": Axis("length", (10, 20, 30)), "kind": "kind"})


def table(rates: dict[float, float], seed: int, examples: int = 400) -> Table:
    """Examples at some lengths, of which a share is right."""
    generator = np.random.default_rng(seed)
    lengths = [length for length in rates for _ in range(examples)]
    hits = generator.random(len(lengths)) < np.array([rates[length] for length in lengths])
    values = np.column_stack([hits, np.ones(len(hits))])
    kinds = tuple("even" if index % 2 == 0 else "odd" for index in range(len(lengths)))
    return Table(("hits", "count"), values, {"length": tuple(lengths), "kind": kinds})


def system(name: str, tables: list[dict[str, Table]]) -> Any:
    done = [SimpleNamespace(tables=each, spec=SimpleNamespace(seed=seed)) for seed, each in enumerate(tables)]
    return SimpleNamespace(model=name, done=done, runs=done, deterministic=False, baseline=False)


def results(*systems: Any) -> Any:
    return SimpleNamespace(task="probe", systems=systems, compared=systems, main_split="test")


def test_numbers_are_cut_into_steps_and_labels_are_not() -> None:
    found = Table(("n",), np.ones((6, 1)), {"length": (1.0, 10.0, 11.0, 30.0, 31.0, None), "kind": tuple("ababab")})
    assert {name: len(part) for name, part in found.steps("length", (10, 20, 30)).items()} == {
        "up to 10": 2,
        "11-20": 1,
        "21-30": 1,
        "31+": 1,
    }
    assert set(found.steps("kind", (10,))) == {"a", "b"}
    assert set(found.steps("length", ())) == {1.0, 10.0, 11.0, 30.0, 31.0}


def test_every_split_is_sliced_and_a_part_says_where_it_stands_on_the_axis() -> None:
    models = results(
        system("lstm", [{"test": table({5: 1.0, 15: 0.5}, s), "beyond": table({40: 0.25}, s)} for s in (1, 2)])
    )
    parts = {(part.split, part.value): part for part in slices_of(models, TASK) if part.axis == "length"}
    assert {key: part.x for key, part in parts.items()} == {
        ("test", "up to 10"): 5,
        ("test", "11-20"): 15,
        ("beyond", "31+"): 40,
    }
    assert parts["test", "up to 10"].mean == 1
    beyond = parts["beyond", "31+"]
    assert beyond.mean == pytest.approx(0.25, abs=0.06) and beyond.n == 400


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.integers(1, 9)), min_size=3, max_size=8))
def test_the_slope_is_that_of_least_squares_on_every_example(points: list[tuple[float, float, int]]) -> None:
    x, y, weight = (np.array(column, dtype=float) for column in zip(*points, strict=True))
    if np.ptp(x) < 1e-3:
        return
    repeated = [np.repeat(values, weight.astype(int)) for values in (x, y)]
    expected = np.polyfit(*repeated, 1)[0]
    assert weighted_slope(x, y, weight) == pytest.approx(expected, rel=1e-6, abs=1e-6)
    holes = [np.append(values, np.nan) for values in (x, y)]
    assert weighted_slope(*holes, np.append(weight, 3.0)) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_a_gap_that_grows_with_length_is_found_with_its_size_and_one_that_does_not_is_not() -> None:
    falling, flat = {5: 0.9, 15: 0.6, 25: 0.3, 35: 0.0}, dict.fromkeys((5, 15, 25, 35), 0.9)
    models = results(
        system("attention", [{"test": table(flat, s)} for s in (1, 2, 3)]),
        system("other", [{"test": table(flat, s)} for s in (4, 5, 6)]),
        system("plain", [{"test": table(falling, s)} for s in (7, 8, 9)]),
    )
    found = {(trend.a, trend.b): trend for trend in trends_of(models, TASK)}
    assert set(found) == {("attention", "other"), ("attention", "plain"), ("other", "plain")}
    grows = found["attention", "plain"]
    assert grows.low is not None and grows.high is not None and grows.low < 0.03 < grows.high
    assert grows.slope == pytest.approx(0.03, abs=0.004) and grows.p is not None and grows.p < 0.01
    assert grows.words.startswith("along length, attention gains 0.0")
    same = found["attention", "other"]
    assert same.low is not None and same.high is not None and same.low < 0 < same.high
    assert "no sure slope" in same.words


def test_a_step_with_too_few_examples_is_no_point_of_the_line() -> None:
    few = {5: 0.5, 15: 0.5}
    models = results(*(system(name, [{"test": table(few, s)} for s in (1, 2)]) for name in "ab"))
    assert list(trends_of(models, TASK)) == []


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(10, 1.0), (20, 1.0), (40, 0.8)], 30.0),
        ([(10, 1.0), (20, 0.9), (40, 0.8)], 20.0),
        ([(10, 1.0), (20, 0.95)], None),
        ([(10, 0.5), (20, 1.0)], 10),
        ([(10, 1.0), (20, 0.5), (30, 1.0)], 12.0),
    ],
)
def test_where_a_score_falls_short_is_interpolated(points: list[tuple[float, float]], expected: float | None) -> None:
    assert falls_short(points, 0.9, higher_is_better=True) == (None if expected is None else pytest.approx(expected))
    mirrored = [(x, -y) for x, y in points]
    found = falls_short(mirrored, -0.9, higher_is_better=False)
    assert found == (None if expected is None else pytest.approx(expected))


def test_the_reach_goes_over_all_test_splits() -> None:
    runs = [{"test": table({5: 1.0, 15: 1.0}, s), "beyond": table({40: rate}, s)} for s, rate in ((1, 1.0), (2, 0.5))]
    (reach,) = reaches_of(results(system("lstm", runs)), TASK)
    assert reach.tested == 40 and reach.by_seed[0] is None
    assert reach.value is not None and 15 < reach.value < 40 and not reach.beyond
    assert reach.by_seed[1] is not None and reach.by_seed[1] < reach.value
