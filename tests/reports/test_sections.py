"""What the sections of a report say is what the comparison says, once."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from seqharness.comparison import Comparison, Finding, Findings, Number, Score, SliceScore
from seqharness.visible import visible
from seqharness_reports.content.measurements import LINE, _text, cell
from seqharness_reports.content.report import build
from seqharness_reports.document import Block, Bullets, Code, Details, Emphasis, Heading, Line, Strong, Table
from seqharness_reports.markdown.render import render
from seqharness_reports.measured import Measured, measured
from seqharness_reports.quantities import significant
from seqharness_reports.view import views


def plain(line: Line) -> str:
    """A line without its marks."""
    spans = line if isinstance(line, tuple) else (line,)
    texts = [span.text if isinstance(span, Code | Strong | Emphasis) else span for span in spans]
    return "".join(texts).replace("\u00a0", " ")


def flat(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Details):
            yield from flat(block.blocks)


def tables(blocks: Sequence[Block]) -> list[Table]:
    return [block for block in flat(blocks) if isinstance(block, Table)]


def heads(table: Table) -> list[str]:
    return [plain(column.title) for column in table.columns]


def by_first(table: Table) -> dict[str, dict[str, str]]:
    """First cell of a row -> its cells by column."""
    return {plain(row[0]): dict(zip(heads(table), map(plain, row), strict=True)) for row in table.rows}


def with_column(blocks: Sequence[Block], start: str) -> Table:
    return next(table for table in tables(blocks) if any(head.startswith(start) for head in heads(table)))


def shown(score: Score, decimals: int) -> str:
    text = f"{score.mean:.{decimals}f} [{score.low:.{decimals}f}, {score.high:.{decimals}f}]"
    return re.sub("-", "−", text)


def score_of(comparison: Comparison, model: str, metric: str, split: str = "test") -> Score:
    return next(one for one in comparison.scores if (one.model, one.metric, one.split) == (model, metric, split))


# -------------------------------------------------------------------------------------------------------------- probes


def test_a_probe_shows_success_rate_median_mean_and_a_best_that_says_of_how_many(shapes: dict[str, Comparison]) -> None:
    probe = shapes["probe"]
    rows = by_first(with_column(build(probe), "solved"))
    assert list(rows) == ["transformer", "lstm", "majority (baseline)"]
    for model, solved in (("lstm", "2 of 3"), ("transformer", "0 of 3")):
        test, beyond = score_of(probe, model, "accuracy"), score_of(probe, model, "accuracy", "beyond")
        assert rows[model]["solved (≥ 99 %)"] == solved
        assert rows[model]["median"] == f"{test.median:.1f}"
        assert rows[model]["accuracy (%) ↑, mean, at this budget"] == shown(test, 1)
        assert rows[model]["best of 3 seeds"] == f"{test.best:.1f}"
        assert rows[model]["accuracy on beyond"] == f"{shown(beyond, 1)}, solved 0 of 3"
    assert rows["majority (baseline)"]["median"] == rows["majority (baseline)"]["best of 3 seeds"] == "–"
    assert "runs" not in rows["lstm"]  # the success rate is of all runs


def test_a_success_rate_has_its_interval_over_other_seeds(shapes: dict[str, Comparison]) -> None:
    probe = shapes["probe"]
    scores = [one.model_copy(update={"solved_low": 0.094, "solved_high": 0.992}) if one.model == "lstm" else one
              for one in probe.scores]  # fmt: skip
    document = build(probe.model_copy(update={"scores": scores}))
    rows = by_first(with_column(document, "solved"))
    assert rows["lstm"]["solved (≥ 99 %)"] == "2 of 3 [9, 99] %"
    assert rows["transformer"]["solved (≥ 99 %)"] == "0 of 3"
    assert "in brackets the 95 % interval of that share" in render(document)
    assert "in brackets the 95 % interval of that share" not in render(build(probe))


def test_a_score_at_an_end_says_where_its_interval_comes_from(shapes: dict[str, Comparison]) -> None:
    probe = shapes["probe"]
    end = {"mean": 100.0, "high": 100.0, "standard_error": 0.0}
    seen, unseen = (
        probe.model_copy(update={"scores": [one.model_copy(update={**end, "low": low}) for one in probe.scores]})
        for low in (100.0, 99.8)
    )
    assert "Clopper" not in render(build(seen))
    assert "Clopper & Pearson" in render(build(unseen))


def test_a_best_of_unequal_numbers_of_seeds_says_of_how_many_in_the_cell(shapes: dict[str, Comparison]) -> None:
    probe = shapes["probe"]
    scores = [one.model_copy(update={"seeds": 2}) if one.model == "lstm" else one for one in probe.scores]
    rows = by_first(with_column(build(probe.model_copy(update={"scores": scores})), "solved"))
    assert rows["lstm"]["best of n seeds"].endswith("(n = 2)")
    assert rows["transformer"]["best of n seeds"].endswith("(n = 3)")


def test_a_failed_run_of_a_probe_is_counted_beside_the_success_rate(shapes: dict[str, Comparison]) -> None:
    probe = shapes["probe"]
    runs = [one.model_copy(update={"status": "diverged"}) if (one.model, one.seed) == ("lstm", 1) else one
            for one in probe.runs]  # fmt: skip
    row = by_first(with_column(build(probe.model_copy(update={"runs": runs})), "solved"))["lstm"]
    assert row["solved (≥ 99 %)"] == "2 of 3"
    assert row["runs"] == "2/3, 1 diverged"


def test_nothing_of_a_probe_stands_in_a_report_of_a_task_that_is_none(usual: Comparison) -> None:
    report = render(build(usual))
    assert "solved" not in report.lower()
    assert "best of" not in report
    assert "median" not in report


def test_reaches_stand_with_those_of_the_single_runs(shapes: dict[str, Comparison]) -> None:
    probe = shapes["probe"]
    table = with_column(build(probe), "symbols of the row")
    rows = by_first(table)
    for reach in probe.reaches:
        row = next(row for name, row in rows.items() if name.startswith(reach.model))
        each = ", ".join("> 200" if value is None else significant(value) for value in reach.by_seed)
        expected = significant(reach.value) if len(reach.by_seed) < 2 else f"{significant(reach.value)} ({each})"
        assert row["symbols of the row"] == expected
    never = [one.model_copy(update={"value": None, "beyond": True, "by_seed": [None, 47.25, None]})
             for one in probe.reaches]  # fmt: skip
    rows = by_first(with_column(build(probe.model_copy(update={"reaches": never})), "symbols of the row"))
    assert rows["lstm"]["symbols of the row"] == "beyond 200 (> 200, 47.2, > 200)"
    many = [one.model_copy(update={"by_seed": [None, 50.0, 40.0, None, 45.0, 60.0]}) for one in probe.reaches]
    rows = by_first(with_column(build(probe.model_copy(update={"reaches": many})), "symbols of the row"))
    assert rows["lstm"]["symbols of the row"].endswith("(40 to 60; > 200 in 2 of 6 runs)")


# --------------------------------------------------------------------------------------------------------- along axes


def test_every_part_of_every_split_is_in_the_tables_once(shapes: dict[str, Comparison]) -> None:
    for name in ("translation", "tasks", "many"):
        comparison = shapes[name]
        wanted = Counter(shown_part(part, comparison) for part in comparison.slices)
        found: Counter[str] = Counter()
        for table in tables(build(comparison)):
            titles = heads(table)
            if "examples" in titles and titles[-1] != "tokens":  # that is the table of the data's sizes
                first = titles.index("examples") + 1
                found.update(plain(text) for row in table.rows for text in row[first:])
        assert found == wanted, name


def shown_part(part: SliceScore, comparison: Comparison) -> str:
    task = next(task for task in views(comparison) if task.info.task == part.task)
    decimals = task.metric(part.metric).decimals
    return re.sub("-", "−", f"{part.mean:.{decimals}f} [{part.low:.{decimals}f}, {part.high:.{decimals}f}]")


def test_of_too_many_steps_the_first_the_last_and_some_between_are_shown(shapes: dict[str, Comparison]) -> None:
    probe = shapes["probe"]
    table = next(table for table in tables(build(probe)) if heads(table)[0] == "split")
    places = [(plain(row[0]), plain(row[1])) for row in table.rows]
    assert len(places) == len(set(places)) == 16
    assert [value for split, value in places if split == "beyond"] == [str(n) for n in range(60, 201, 20)]
    inside = [int(value) for split, value in places if split == "test"]
    assert inside[0] == 1 and inside[-1] == 40
    assert "16 of 48 steps" in render(build(probe))


def test_few_gaps_along_an_axis_are_sentences(shapes: dict[str, Comparison]) -> None:
    for name in ("probe", "translation"):
        lines = [
            plain(line) for block in flat(build(shapes[name])) if isinstance(block, Bullets) for line in block.lines
        ]
        assert shapes[name].trends
        for trend in shapes[name].trends:
            assert lines.count(trend.words) == 1


def test_many_gaps_are_a_table_of_the_best_model_and_one_of_the_rest(shapes: dict[str, Comparison]) -> None:
    many = shapes["many"]
    blocks = build(many)
    paired = [table for table in tables(blocks) if heads(table)[0] == "paired"]
    differences, slopes = paired[:2], paired[2:]
    assert [len(table.rows) for table in differences] == [len(table.rows) for table in slopes] == [7, 21]
    for first, rest in (differences, slopes):
        assert all("rnn" in plain(row[0]).split(" − ") for row in first.rows)
        pairs = [plain(row[0]) for table in (first, rest) for row in table.rows]
        assert sorted(pairs) == sorted(f"{pair.a} − {pair.b}" for pair in many.pairs)
    closed = [block for block in blocks if isinstance(block, Details)]
    assert [block.summary for block in closed if "other 21 pairs" in block.summary] == [
        "Differences of the other 21 pairs", "Slopes of the other 21 pairs"
    ]  # fmt: skip
    trend = many.trends[0]
    row = by_first(slopes[0])[f"{trend.a} − {trend.b}"]
    assert row["numbers in the row"].startswith(significant(trend.slope, sign=True))
    assert not any(trend.words in render(blocks) for trend in many.trends)


def test_many_verdicts_do_not_fill_the_top(shapes: dict[str, Comparison]) -> None:
    report = render(build(shapes["many"]))
    assert "The verdicts on all 28 pairs are in the table of differences." in report
    assert shapes["many"].verdicts[9] not in report


def test_a_confusion_stands_in_numbers_as_well(shapes: dict[str, Comparison]) -> None:
    labels = shapes["labels"]
    found = [table for table in tables(build(labels)) if heads(table) == ["reference", "as odd", "as even"]]
    shown_counts = [[[plain(one) for one in row] for row in table.rows] for table in found]
    counts = {one.model: one.counts for one in labels.confusions}
    order = ("transformer", "lstm", "majority")
    assert shown_counts == [
        [[name, *(f"{count:.1f}" for count in row)] for name, row in zip(("odd", "even"), counts[model], strict=True)]
        for model in order
    ]


# ------------------------------------------------------------------------------------------------------- several tasks


def test_several_tasks_begin_with_a_table_of_all_of_them(shapes: dict[str, Comparison]) -> None:
    tasks = shapes["tasks"]
    blocks = build(tasks)
    table = tables(blocks)[0]
    assert heads(table) == ["task", "lstm", "transformer", "decoder-only:position=rope", "majority (baseline)"]
    for view, row in zip(views(tasks), table.rows, strict=True):
        assert plain(row[0]) == f"{view.info.task}: accuracy (%) ↑"
        for model, one in zip(heads(table)[1:], row[1:], strict=True):
            score = view.score(model.removesuffix(" (baseline)"), "accuracy")
            assert plain(one) == (shown(score, 1) if score else "not applicable ¹")
            bold = isinstance(one, tuple) and isinstance(one[0], Strong)
            assert bold == (model in view.best)
    report = render(blocks)
    assert report.index("¹ not applicable: a causal decoder") < report.index("## Task classify")
    assert report.count("a causal decoder does not see what comes after a mask") == 1


def test_the_longer_side_of_the_table_of_tasks_goes_down(shapes: dict[str, Comparison]) -> None:
    two = shapes["several tasks"]
    table = tables(build(two))[0]
    assert heads(table) == ["model", "translate: BLEU ↑", "translate:data=multi30k:pair=en-de: BLEU ↑"]
    assert [plain(row[0]) for row in table.rows] == [
        "lstm", "transformer", "word-table (baseline)", "majority (baseline)"
    ]  # fmt: skip
    assert [plain(one) for one in table.rows[-1][1:]] == ["not applicable ¹", "not applicable ¹"]


def test_the_best_of_equals_are_all_marked_and_a_baseline_never_is(shapes: dict[str, Comparison]) -> None:
    tasks = shapes["tasks"]
    scores = [one.model_copy(update={"mean": 70.0 if one.model != "majority" else 99.0}) for one in tasks.scores]
    view = views(tasks.model_copy(update={"scores": scores}))[0]
    assert sorted(view.best) == ["decoder-only:position=rope", "lstm", "transformer"]
    lower = views(shapes["many"])[0]
    assert lower.best == ["rnn"]


def test_the_headline_of_several_tasks_has_a_line_each_and_none_stands_twice(
    shapes: dict[str, Comparison],
) -> None:
    tasks = shapes["tasks"]
    report = render(build(tasks))
    for view in views(tasks):
        assert len(re.findall(rf"^- \*\*{view.info.task}\*\*: ", report, re.MULTILINE)) == 1
    for pair in tasks.pairs:
        assert report.replace("\\", "").count(pair.verdict) == 1
        assert report.replace("\\", "").index(pair.verdict) > report.index(f"## Task {pair.task}") or pair.task == "mlm"


def test_a_ranking_of_enough_tasks_is_told_and_drawn(shapes: dict[str, Comparison]) -> None:
    report = render(build(shapes["ranked"]))
    assert "Mean rank over 6 tasks, 1 being the best: transformer 1.00, " in report
    assert report.index("figures/ranking.png") < report.index("## Task one")
    assert "Nemenyi's for pairs" in report


def test_a_ranking_of_few_tasks_is_told_and_not_drawn(shapes: dict[str, Comparison]) -> None:
    report = render(build(shapes["tasks"]))
    assert "4 tasks are too few for a test of ranks" in report
    assert "ranking.png" not in report
    assert "Nemenyi" not in report


def test_the_statistics_say_what_the_report_has(shapes: dict[str, Comparison]) -> None:
    probe = render(build(shapes["probe"]))
    assert "cut there: accuracy 0 to 100 %, exact match 0 to 100 %." in probe
    assert "approximate randomisation" not in probe
    single = shapes["one seed"]
    pairs = [pair.model_copy(update={"p_examples": 0.02}) for pair in single.pairs]
    report = render(build(single.model_copy(update={"pairs": pairs})))
    assert "approximate randomisation (Noreen 1989)" in report
    assert "A difference is decided" not in report
    table = next(
        table for table in tables(build(single.model_copy(update={"pairs": pairs}))) if heads(table)[0] == "paired"
    )
    assert [plain(row[heads(table).index("p, examples")]) for row in table.rows] == ["0.020"]


def test_what_a_baseline_chose_stands_beside_what_it_is(usual: Comparison) -> None:
    models = [model.model_copy(update={"chosen": "order 4" if model.baseline else ""}) for model in usual.models]
    cells = by_first(with_column(build(usual.model_copy(update={"models": models})), "what it is"))
    assert cells["word-table (baseline)"]["what it is"] == "IBM Model 1; order 4 (chosen on validation)"
    assert cells["lstm"]["what it is"] == "encoder-decoder, 2 + 2 layers"


# ------------------------------------------------------------------------------------------------------- measurements


def test_numbers_are_means_over_seeds_with_the_lowest_and_the_highest(shapes: dict[str, Comparison]) -> None:
    table = with_column(build(shapes["translation"]), "mean (lowest")
    rows = by_first(table)
    assert heads(table)[1:] == ["bahdanau", "lstm"]
    slopes = [number.value for one in shapes["translation"].findings if one.model == "lstm"
              for number in one.findings.numbers if number.name == "slope after training"]  # fmt: skip
    assert len(slopes) == 3 and None not in slopes
    low, mean, high = (f"{x:.3f}".replace("-", "−") for x in (min(slopes), sum(slopes) / 3, max(slopes)))
    assert rows["log gradient norm per step, after training"]["lstm"] == f"{mean} ({low} to {high})"


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0.5], "0.50"), ([0.5, 0.7], "0.60 (0.50 to 0.70)"), ([0.5, 0.5], "0.50"), ([None, None], "–"), ([], "–"),
     ([0.5, None, 0.7], "0.60 (0.50 to 0.70), none in 1 of 3 runs")],
)  # fmt: skip
def test_a_number_without_a_value_is_counted_and_never_averaged_in(values: list[float | None], expected: str) -> None:
    assert cell(values, Number(name="n", label="n", value=None, decimals=2)) == expected


def test_a_measurement_that_does_not_apply_has_its_reason_in_one_line(shapes: dict[str, Comparison]) -> None:
    lines = render(build(shapes["probe"])).splitlines()
    reason = "not applicable to transformer: it reads from both sides: there is no distance that a gradient must travel"
    assert lines.count(f"- {reason}") == 1  # of three seeds


def test_a_reason_of_some_seeds_only_names_them(usual: Comparison) -> None:
    one = Finding(task="translate", model="lstm", seed=0, measurement="m", findings=Findings(texts=["t"]))
    other = Finding(task="translate", model="lstm", seed=1, measurement="m", not_applicable="no gradient")
    third = Finding(task="translate", model="transformer", seed=0, measurement="m", not_applicable="no gradient")
    (found,) = measured(views(usual.model_copy(update={"findings": [other, one, third]}))[0])
    assert found.absent == {"no gradient": ["lstm, seed 1", "transformer"]}
    assert list(found.by_model) == ["lstm"]


def test_texts_stand_in_fences_the_first_of_each_model_openly(shapes: dict[str, Comparison]) -> None:
    many = shapes["many"]
    blocks = build(many)
    tokens = MarkdownIt("js-default").parse(render(blocks))
    fences = [token.content.replace("\n", "") for token in tokens if token.type == "fence"]
    for finding in many.findings:
        for text in finding.findings.texts:
            assert fences.count(text) == 1
    assert any(isinstance(block, Details) and block.summary == "4 more texts" for block in blocks)


@given(st.text(st.sampled_from("ab  \tא日"), max_size=400))
def test_a_text_is_broken_into_lines_and_nothing_is_lost(text: str) -> None:
    lines = _text(text).text.split("\n")
    assert "".join(lines) == text
    assert all(len(line) <= LINE for line in lines)


def test_figures_of_measurements_stand_beside_their_numbers(shapes: dict[str, Comparison]) -> None:
    report = render(build(shapes["translation"]))
    places = ("**gradients**", "measured-gradients-1.png", "per step, after training", "**attention**",
              "largest weight of a step", "attention-1.png", "Maps of 2 more", "attention-3.png",
              "no maps")  # fmt: skip
    assert [report.index(place) for place in places] == sorted(report.index(place) for place in places)


def test_all_that_a_measurement_says_is_shown_however_hostile(shapes: dict[str, Comparison]) -> None:
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    for name in ("hostile probe", "hostile translation", "hostile many"):
        comparison = shapes[name]
        shown_texts = " ".join(" ".join(_words(parser, render(build(comparison)))).split())
        for text in _said(comparison):
            assert " ".join(visible(text).split()) in shown_texts, (name, text)


def _words(parser: MarkdownIt, report: str) -> Iterator[str]:
    for token in parser.parse(report):
        if token.type == "fence":
            yield "".join(token.content.split("\n"))  # lines that were broken
        for part in token.children or []:
            yield from (part.content,) if part.type != "image" else (one.content for one in part.children or [])


def _said(comparison: Comparison) -> Iterator[str]:
    """The words of every new part that a report shows in full."""
    for finding in comparison.findings:
        yield from (finding.measurement, finding.summary, finding.not_applicable or "")
        for number in finding.findings.numbers:
            yield from (number.label, number.unit, number.description)
        for figure in finding.findings.figures:
            yield from (figure.title, *(line.label for line in figure.lines if len(comparison.models) < 6))
        yield from (one.title for one in finding.findings.maps)
    if len(comparison.trends) <= 6:
        yield from (trend.words for trend in comparison.trends)
    yield from (score.split for score in comparison.scores)
    yield from (task.axes[part.axis] for task in comparison.tasks for part in comparison.slices)


# ----------------------------------------------------------------------------------------------------------- the whole


def test_sections_stand_in_the_order_in_which_people_read(shapes: dict[str, Comparison]) -> None:
    titles = [plain(block.line) for block in build(shapes["translation"]) if isinstance(block, Heading)]
    assert titles == ["attention-translate", "Scores", "Figures", "Measurements", "Detail", "Examples",
                      "What was held equal", "Tuning", "Statistics", "Data", "Models", "Runs",
                      "Do it again"]  # fmt: skip


def test_a_small_comparison_stays_short(shapes: dict[str, Comparison]) -> None:
    report = render(build(shapes["probe"]))
    folded = re.sub(r"<details>.*?</details>\n", "", report, flags=re.DOTALL)
    assert len(report.splitlines()) < 300
    assert len(folded.splitlines()) < 185


def test_files_without_the_new_parts_render_as_before(usual: Comparison) -> None:
    new = {"trends", "reaches", "findings"}
    old = usual.model_dump(mode="json", exclude=new)
    for part in (*old["slices"], *old["scores"]):
        for field in ("split", "x", "median", "best", "solved"):
            part.pop(field, None)
    for task in old["tasks"]:
        for metric in task["metrics"]:
            metric.pop("solved")
    assert render(build(Comparison.model_validate(old))) == render(build(usual))


def test_a_main_split_of_another_name_is_the_main_one(usual: Comparison) -> None:
    scores = [one.model_copy(update={"split": "length=80"}) for one in usual.scores]
    report = render(build(usual.model_copy(update={"scores": scores})))
    assert re.search(r"^\| lstm +\| +\d+\.\d \[", report, re.MULTILINE)
    assert "BLEU on length=80" not in report
    assert "on the split length=80" in report


def test_a_report_is_made_without_torch(tmp_path: Path) -> None:
    probe = Path(__file__).with_name("probe.json")
    code = (
        "import sys; from pathlib import Path; from seqharness.comparison import Comparison; "
        "from seqharness_reports.markdown.writer import write; "
        f"text = Path({str(probe)!r}).read_text(encoding='utf-8'); "
        f"write(Comparison.model_validate_json(text), Path({str(tmp_path)!r})); "
        "assert not {'torch', 'scipy', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


def test_a_measurement_with_nothing_but_a_name_does_not_break_the_report(usual: Comparison) -> None:
    empty = Finding(task="translate", model="lstm", seed=0, measurement="nothing")
    stranger = Finding(task="translate", model="unknown", seed=0, measurement="nothing", findings=Findings(texts=["x"]))
    comparison = usual.model_copy(update={"findings": [empty, stranger]})
    found = Measured(views(comparison)[0], "nothing")
    assert (found.numbers, found.frames, found.alignments, found.texts) == ({}, [], [], {})
    assert "**nothing**" in render(build(comparison))
