"""What a report says of tuning, of the amount of training data and of an ablation."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure as Drawing

from seqharness.comparison import Comparison, Pair, Tuning
from seqharness_reports.content.data_sizes import data_sizes
from seqharness_reports.content.differences import differences, trends
from seqharness_reports.content.report import build
from seqharness_reports.content.tuning import tuning
from seqharness_reports.csv.writer import write as write_csv
from seqharness_reports.document import Block, Bullets, Code, Details, Emphasis, Heading, Line, Paragraph, Strong, Table
from seqharness_reports.latex.writer import write as write_latex
from seqharness_reports.plots import Figure, figures
from seqharness_reports.view import TaskView, views

BASE = "transformer:layers=2"


def plain(line: Line) -> str:
    spans = line if isinstance(line, tuple) else (line,)
    texts = [span.text if isinstance(span, Code | Strong | Emphasis) else span for span in spans]
    return "".join(texts).replace("\u00a0", " ")


def words(blocks: Sequence[Block]) -> str:
    """Paragraphs and bullets."""
    lines = [line for block in blocks if isinstance(block, Bullets) for line in block.lines]
    return " ".join(map(plain, [block.line for block in blocks if isinstance(block, Paragraph)] + lines))


def rows(table: Table) -> list[dict[str, str]]:
    heads = [plain(column.title) for column in table.columns]
    return [dict(zip(heads, map(plain, row), strict=True)) for row in table.rows]


def table_of(blocks: Sequence[Block]) -> list[dict[str, str]]:
    (table,) = [block for block in blocks if isinstance(block, Table)]
    return rows(table)


def view(comparison: Comparison) -> TaskView:
    (task,) = views(comparison)
    return task


def figure_of(comparison: Comparison, end: str) -> Figure | None:
    return next((figure for figure in figures(comparison) if figure.stem.endswith(end)), None)


def drawn(comparison: Comparison, end: str) -> Drawing:
    figure = figure_of(comparison, end)
    assert figure is not None
    return figure.draw()


def tunings_changed(comparison: Comparison, change: Callable[[Tuning], Tuning]) -> Comparison:
    return comparison.model_copy(update={"tunings": [change(one) for one in comparison.tunings]})


def lower_is_better(comparison: Comparison) -> Comparison:
    """The same with a primary metric of which less is better."""
    (info,) = comparison.tasks
    metrics = [one.model_copy(update={"higher_is_better": False}) for one in info.metrics]
    return comparison.model_copy(update={"tasks": [info.model_copy(update={"metrics": metrics})]})


# -------------------------------------------------------------------------------------------------------------- tuning


def test_a_tuning_shows_what_was_chosen_what_was_lost_and_what_it_cost(shapes: dict[str, Comparison]) -> None:
    blocks = tuning(view(shapes["tuned"]))
    transformer, lstm, rnn = table_of(blocks)
    assert transformer == {
        "model": "transformer", "learning rate": "0.0016", "dropout": "0", "warm-up": "20 %",
        "accuracy on validation": "91.0", "trials": "10", "tokens of all trials": "20,001,280", "time": "5 min 31 s",
    }  # fmt: skip
    assert (lstm["learning rate"], lstm["dropout"], lstm["warm-up"]) == ("0.01", "as built in", "as built in")
    assert lstm["trials"] == "10 (1 without a score)"
    assert rnn["trials"] == "10 (10 without a score)"
    assert {rnn[name] for name in ("learning rate", "dropout", "warm-up", "accuracy on validation")} == {"–"}
    assert "the same 10 trials" in words(blocks)
    assert "lstm (0.01): a better one may lie beyond" in words(blocks)
    assert "transformer (" not in words(blocks)


def test_every_trial_can_be_read(shapes: dict[str, Comparison]) -> None:
    comparison = shapes["tuned"]
    (details,) = [block for block in tuning(view(comparison)) if isinstance(block, Details)]
    assert details.summary == "All 30 trials"
    told = table_of(details.blocks)
    trials = [(one.model, trial) for one in comparison.tunings for trial in one.trials]
    for row, (model, trial) in zip(told, trials, strict=True):
        score = "–" if trial.validation is None else f"{trial.validation:.1f}"
        assert (row["model"], row["accuracy on validation"]) == (model, score)
        assert row[""] == "diverged" if trial.validation is None else row[""] in {"", "chosen"}
    assert [(row["model"], row["learning rate"]) for row in told if row[""] == "chosen"] == [
        ("transformer", "0.0016"), ("lstm", "0.01"),
    ]  # fmt: skip


def test_what_no_trial_varied_has_no_column(shapes: dict[str, Comparison]) -> None:
    def grid(one: Tuning) -> Tuning:
        return one.model_copy(update={"trials": one.trials[:7], "chosen": 0, "expected": one.expected[:7]})

    (row, *_) = table_of(tuning(view(tunings_changed(shapes["tuned"], grid))))
    assert list(row)[:3] == ["model", "learning rate", "accuracy on validation"]


def test_at_several_training_sizes_each_tuning_says_which_is_its_own(shapes: dict[str, Comparison]) -> None:
    tuned = shapes["tuned"]
    less = [one.model_copy(update={"train_examples": 250}) for one in tuned.tunings]
    both = tuned.model_copy(update={"tunings": [*less, *tuned.tunings]})
    blocks = tuning(view(both))
    assert [row["training examples"] for row in table_of(blocks)] == ["250"] * 3 + ["all"] * 3
    assert "lstm with 250 examples (0.01), lstm (0.01)" in words(blocks)
    drawing = drawn(both, "-tuning")
    assert len(drawing.axes[1].lines) == 2  # those of the largest size alone


def test_without_tuning_there_is_neither_a_section_nor_a_figure(shapes: dict[str, Comparison]) -> None:
    untuned = shapes["tuned"].model_copy(update={"tunings": []})
    assert tuning(view(untuned)) == []
    assert figure_of(untuned, "-tuning") is None


def test_the_figure_of_a_tuning_says_what_was_best_and_where(shapes: dict[str, Comparison]) -> None:
    figure = figure_of(shapes["tuned"], "-tuning")
    assert figure is not None
    assert figure.alt == (
        "accuracy on validation over the learning rate tried; best: transformer 91.0 at 0.0016; lstm 85.0 at 0.01."
    )
    assert "Where it still rises at the end" in figure.caption
    lower = figure_of(lower_is_better(shapes["tuned"]), "-tuning")
    assert lower is not None
    assert "Where it still falls at the end" in lower.caption


def test_every_trial_with_a_score_is_drawn_and_each_best_one_is_ringed(shapes: dict[str, Comparison]) -> None:
    left, right = drawn(shapes["tuned"], "-tuning").axes[:2]
    lines: list[Any] = list(left.lines)
    rings = [line for line in lines if line.get_markersize() > 10]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in rings] == [(0.0016, 91.0), (0.01, 85.0)]
    points = sum(len(line.get_xdata()) for line in lines if line not in rings)
    assert points == 19
    assert [len(line.get_xdata()) for line in right.lines] == [10, 10]


@pytest.mark.parametrize("best", [0, None])
def test_a_single_trial_is_no_figure(shapes: dict[str, Comparison], best: int | None) -> None:
    def first(one: Tuning) -> Tuning:
        return one.model_copy(update={"trials": one.trials[:1], "expected": one.expected[:1], "chosen": best})

    comparison = tunings_changed(shapes["tuned"], first)
    assert figure_of(comparison, "-tuning") is None
    assert "given one trial" in words(tuning(view(comparison)))


def test_a_tuning_at_a_single_rate_is_drawn_with_that_rate(shapes: dict[str, Comparison]) -> None:
    def alike(one: Tuning) -> Tuning:
        trials = [trial.model_copy(update={"learning_rate": 0.002, "dropout": 0.1}) for trial in one.trials]
        return one.model_copy(update={"trials": trials})

    axes = drawn(tunings_changed(shapes["tuned"], alike), "-tuning").axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.002"]


def test_losses_far_apart_stand_on_a_logarithmic_scale(shapes: dict[str, Comparison]) -> None:
    def diverging(one: Tuning) -> Tuning:
        trials = [one.trials[0].model_copy(update={"validation": 9000.0}), *one.trials[1:]]
        return one.model_copy(update={"trials": trials})

    far = tunings_changed(shapes["tuned"], diverging)
    assert drawn(lower_is_better(far), "-tuning").axes[0].get_yscale() == "log"
    assert drawn(far, "-tuning").axes[0].get_yscale() == "linear"


# ---------------------------------------------------------------------------------------------------------- data sizes


def test_scores_by_training_size_stand_with_the_runs_that_were_lost(shapes: dict[str, Comparison]) -> None:
    comparison = shapes["sizes"]
    blocks = data_sizes(view(comparison))
    told = {row["model"]: row for row in table_of(blocks)}
    assert list(told["gru"])[1:] == ["250 examples", "1,000 examples", "4,000 examples", "16,000 examples"]
    for score in comparison.sizes:
        cell = told[f"{score.model} (baseline)" if score.baseline else score.model][f"{score.examples:,} examples"]
        lost = f" ({score.lost} lost)" if score.lost else ""
        assert cell == f"{score.mean:.1f} [{score.low:.1f}, {score.high:.1f}]{lost}"
    assert told["gru"]["1,000 examples"].endswith(" (1 lost)")
    assert told["gru"]["250 examples"] == "– (3 lost)"
    assert "the same budget of tokens" in words(blocks)


def test_it_says_where_two_models_cross_and_where_they_do_not(shapes: dict[str, Comparison]) -> None:
    said = words(data_sizes(view(shapes["sizes"])))
    assert "transformer and lstm cross between 1,000 and 4,000 training examples" in said
    assert "lstm and gru are not surely apart in accuracy at any size from 250 to 16,000" in said


def test_a_budget_that_grows_with_the_data_is_not_called_the_same(shapes: dict[str, Comparison]) -> None:
    comparison = shapes["sizes"]
    found = [run.model_copy(update={"budget_tokens": 1000 * (run.train_examples or 0)}) for run in comparison.size_runs]
    said = words(data_sizes(view(comparison.model_copy(update={"size_runs": found}))))
    assert "budgets from 250 k to 4.00 M tokens" in said
    assert "the same budget" not in said


def test_the_figure_over_the_amount_of_data_has_a_line_each_and_says_its_ends(shapes: dict[str, Comparison]) -> None:
    comparison = shapes["sizes"]
    figure = figure_of(comparison, "-data-sizes")
    assert figure is not None
    first, last = (
        next(one for one in comparison.sizes if (one.model, one.examples) == ("lstm", examples))
        for examples in (250, 16_000)
    )
    assert f"lstm from {first.mean:.1f} (250) to {last.mean:.1f} (16,000)" in figure.alt
    assert "gru from 7" in figure.alt
    assert "mean with 95 % interval" in figure.caption
    axes = drawn(comparison, "-data-sizes").axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["250", "1,000", "4,000", "16,000"]
    low, high = axes.get_ylim()
    assert all(low < (one.mean or 0) < high for one in comparison.sizes)


def test_losses_far_apart_over_sizes_stand_on_a_logarithmic_scale(shapes: dict[str, Comparison]) -> None:
    comparison = shapes["sizes"]
    found = [one.model_copy(update={"mean": 10 * (one.mean or 0) if one.examples == 250 else one.mean})
             for one in comparison.sizes]  # fmt: skip
    far = comparison.model_copy(update={"sizes": found})
    assert drawn(lower_is_better(far), "-data-sizes").axes[0].get_yscale() == "log"
    assert drawn(far, "-data-sizes").axes[0].get_yscale() == "linear"


def test_without_scores_over_sizes_there_is_no_figure(shapes: dict[str, Comparison]) -> None:
    comparison = shapes["sizes"]
    assert figure_of(comparison.model_copy(update={"sizes": []}), "-data-sizes") is None
    unscored = [one.model_copy(update={"mean": None, "low": None, "high": None}) for one in comparison.sizes]
    assert figure_of(comparison.model_copy(update={"sizes": unscored}), "-data-sizes") is None
    assert data_sizes(view(comparison.model_copy(update={"sizes": [], "crossings": []}))) == []


def test_every_run_at_every_size_is_a_row_of_the_csv(shapes: dict[str, Comparison], tmp_path: Path) -> None:
    comparison = shapes["sizes"]
    path, _ = write_csv(comparison, tmp_path)
    with path.open(encoding="utf-8", newline="") as file:
        found = [row for row in csv.DictReader(file) if row["train_examples"] and row["seed"] != "all"]
    assert len(found) == len(comparison.size_runs) + len(comparison.runs)
    for score in comparison.sizes:
        own = [
            row["value"] for row in found if (row["model"], row["train_examples"]) == (score.model, f"{score.examples}")
        ]
        assert [float(value) for value in own if value] == score.values
    assert [row["status"] for row in found if (row["model"], row["train_examples"]) == ("gru", "250")] == ["failed"] * 3


# ------------------------------------------------------------------------------------------------------------ ablation


def by_model(pairs: Sequence[Pair]) -> dict[str, Pair]:
    return {pair.a: pair for pair in pairs}


def test_the_headline_of_an_ablation_says_which_changes_are_better_and_which_worse(
    shapes: dict[str, Comparison],
) -> None:
    comparison = shapes["ablation"]
    assert re.fullmatch(
        rf"{BASE} \(accuracy \d\d\.\d %, at this budget\): better with position=rope; worse with position=none and "
        r"heads=1; not decided: heads=8; without a score: width=8\.",
        comparison.headline,
    )
    assert "has the best" not in comparison.headline


def test_changes_stand_in_the_order_of_their_effects(shapes: dict[str, Comparison]) -> None:
    comparison = shapes["ablation"]
    blocks = differences(view(comparison))
    told = table_of(blocks)
    assert [row["changed"] for row in told] == [
        f"{BASE}:{change}" for change in ("position=none", "heads=1", "position=rope", "heads=8")
    ]
    found = by_model(comparison.pairs)
    for row in told:
        pair = found[row["changed"]]
        assert row["difference"].startswith(f"{pair.difference:+.1f} [".replace("-", "−"))
        assert row["decided"] == ("yes" if pair.decided else "no")
    assert f"Changes in accuracy from {BASE}, largest first" in words(blocks)
    assert "above 0 the change is for the better" in words(blocks)
    assert "below 0 the change is for the better" in words(differences(view(lower_is_better(comparison))))


def test_a_change_without_a_difference_stands_last(shapes: dict[str, Comparison]) -> None:
    comparison = shapes["ablation"]
    pairs = [comparison.pairs[0].model_copy(update={"difference": None}), *comparison.pairs[1:]]
    told = table_of(differences(view(comparison.model_copy(update={"pairs": pairs}))))
    assert told[-1]["changed"] == comparison.pairs[0].a


def test_trends_of_an_ablation_are_those_against_the_base(shapes: dict[str, Comparison]) -> None:
    comparison = shapes["translation"]
    assert len({(trend.a, trend.b) for trend in comparison.trends}) == 3
    said = words(trends(view(comparison.model_copy(update={"reference": "lstm", "trends": comparison.trends[:3]}))))
    expected = [trend.words for trend in comparison.trends[:3] if "lstm" in (trend.a, trend.b)]
    assert len(expected) == 2
    assert all(sentence in said for sentence in expected)
    assert all(trend.words not in said for trend in comparison.trends[:3] if "lstm" not in (trend.a, trend.b))


def test_the_tests_of_an_ablation_are_said_to_be_against_the_base(shapes: dict[str, Comparison]) -> None:
    said = words(build(shapes["ablation"]))
    assert "of each change with the base" in said
    assert "each two compared models" not in said


# --------------------------------------------------------------------------------------------------------- whole pages


def test_no_two_sections_of_one_level_have_the_same_title(shapes: dict[str, Comparison]) -> None:
    for shape in ("tuned", "sizes", "ablation"):
        titles = [
            plain(block.line) for block in build(shapes[shape]) if isinstance(block, Heading) and block.level == 2
        ]
        assert len(set(titles)) == len(titles)


def latex_of(comparison: Comparison, folder: Path) -> str:
    (path,) = write_latex(comparison, folder)
    return path.read_text(encoding="ascii")


def test_latex_has_tables_of_tuning_sizes_and_ranking_where_there_are_such(
    shapes: dict[str, Comparison], tmp_path: Path
) -> None:
    latex = {name: latex_of(shapes[name], tmp_path / name) for name in ("tuned", "sizes", "ranked", "ablation")}
    has = {
        name: set(re.findall(r"\\label\{tab:[a-z0-9-]+-(data|tuning|ranking)", text)) for name, text in latex.items()
    }
    assert has == {"tuned": {"tuning"}, "sizes": {"data"}, "ranked": {"ranking"}, "ablation": set()}
    assert r"gru & \textendash{} (3 lost)" in latex["sizes"]
    assert r"transformer & 0.0016 & 0 & 20~\% & 91.0" in latex["tuned"]
    ranking = shapes["ranked"].ranking
    assert ranking is not None
    assert f"transformer & {ranking.models[0].mean_rank:.2f} " in latex["ranked"]
    assert f"from {BASE} in each".replace(":", r":\allowbreak{}").replace("=", r"=\allowbreak{}") in latex["ablation"]
