"""`harness bench`: what it measures is whole and true, what it cannot measure it says, and it never crashes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqharness.bench.cells import measured_cells, spread_of
from seqharness.bench.generation import Endless, generate, sources
from seqharness.bench.growth import exponent, growth
from seqharness.bench.problems import counted, problem, random_rows
from seqharness.bench.work import Job
from seqharness.contracts import Config, Recipe
from seqharness.costs import WORKS, Cell, Conditions, Costs, ModelCosts, Spread, Status, Work
from seqharness.interfaces import BOS, EOS, INTERFACES, CausalLM
from seqharness.registry import PluginSettings
from seqharness.training.objectives import objective_for
from seqharness_reports.content.costs import build
from seqharness_reports.markdown.render import render
from seqharness_reports.markdown.writer import write_costs
from seqharness_reports.plots import figure_of_costs

DOCS = Path(__file__).parents[2] / "docs"
LENGTHS = (2, 4, 6)
TINY = ("--params", "8k", "--vocabulary", "20", "--rows", "2", "--repeats", "1", "--cell-seconds", "60")

PLUGIN = """
import os, signal, time
from torch import nn
from seqharness.contracts import Architecture, Config, ModelSpec
from seqharness.errors import NotApplicable
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import CausalLM


class Network(nn.Module):
    def __init__(self, config, interface, fault):
        super().__init__()
        self.embedding = interface.embedding(config.width)
        self.layers = nn.Sequential(nn.Linear(config.width, config.inner), nn.Linear(config.inner, config.width))
        self.output = interface.output(config.width)
        self.fault = fault

    def forward(self, tokens, lengths=None, state=None):
        if tokens.device.type != "meta" and tokens.size(1) >= 4:
            self.fault()
        return self.layers(self.embedding(tokens)), tokens[:, :1]


def hungry():
    raise MemoryError


def broken():
    raise RuntimeError("planted")


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def card(name, fault, longest=None):
    def build(config, interface):
        if longest is not None and interface.max_length > longest:
            raise NotApplicable(f"it has {longest} positions")
        return Network(config, interface, fault)

    return ModelSpec(name=name, summary="", interfaces=(CausalLM,),
                     load=lambda: Architecture(config=Config, serves={CausalLM: build}))


@hookimpl
def register_models(register):
    register(card("short", lambda: None, 4))
    register(card("hungry", hungry))
    register(card("broken", broken))
    register(card("killed", killed))
    register(card("slow", lambda: time.sleep(600)))
"""


def harness(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`harness ARGUMENTS` in a folder, without any setting of the one who runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HARNESS_", "XDG_"))}
    command = [sys.executable, "-m", "seqharness", *arguments]
    variables = {**kept, "XDG_CONFIG_HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, encoding="utf-8", timeout=300)


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plugin") / "faults.py"
    path.write_text(PLUGIN, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, plugin: Path) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A bench of two sound models and several that are not, and its folder."""
    folder = tmp_path_factory.mktemp("bench")
    models = "lstm,transformer:heads=2,bahdanau,ngram,short,hungry,broken"
    lengths = ",".join(map(str, reversed(LENGTHS)))
    found = harness(
        folder, "bench", "--models", models, "--lengths", lengths, *TINY, "--plugin", str(plugin), "-o", "out", "--json"
    )
    return found, folder / "out"


@pytest.fixture(scope="module")
def costs(done: tuple[subprocess.CompletedProcess[str], Path]) -> Costs:
    return Costs.model_validate_json(done[0].stdout)


def cells_of(costs: Costs, model: str, work: Work = "training") -> list[tuple[int, Status]]:
    return [(cell.length, cell.status) for cell in costs.cells if (cell.model, cell.work) == (model, work)]


# ------------------------------------------------------------------------------------------------------- the command


def test_stdout_is_one_document_of_the_schema_and_the_file_is_the_same(
    done: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    document = json.loads(done[0].stdout)
    jsonschema.Draft202012Validator(Costs.model_json_schema()).validate(document)
    assert document["schema_version"] == 1
    assert json.loads((done[1] / "bench.json").read_text(encoding="utf-8")) == document
    assert "length 2: training" in done[0].stderr


def test_what_was_measured_is_whole(costs: Costs) -> None:
    sound = [cell for cell in costs.cells if cell.model in ("lstm", "transformer:heads=2")]
    assert {(cell.model, cell.length, cell.work) for cell in sound} == {
        (model, length, work) for model in ("lstm", "transformer:heads=2") for length in LENGTHS for work in WORKS
    }
    for cell in sound:
        assert cell.status == "measured", cell
        assert cell.milliseconds is not None
        assert 0 < cell.milliseconds.low <= cell.milliseconds.median <= cell.milliseconds.high
        assert cell.rows == (1 if cell.work == "single" else 2)
        assert cell.tokens == cell.rows * cell.length
        assert cell.tokens_per_second == pytest.approx(1000 * cell.tokens / cell.milliseconds.median)
        assert cell.peak_memory_bytes is not None
        assert cell.idle_memory_bytes is not None
        assert cell.peak_memory_bytes >= cell.idle_memory_bytes > 2**20
        assert (cell.state_bytes is not None) == (cell.work == "single")


def test_the_state_of_attention_grows_and_that_of_recurrence_does_not(costs: Costs) -> None:
    states = {
        model: [found.state_bytes for length in LENGTHS if (found := costs.cell(model, length, "single"))]
        for model in ("lstm", "transformer:heads=2")
    }
    assert len(set(states["lstm"])) == 1
    first, second, third = (size or 0 for size in states["transformer:heads=2"])
    assert third - second == second - first > 0


def test_the_models_are_of_one_size(costs: Costs) -> None:
    sizes = [model.parameters for model in costs.models if model.model in ("lstm", "transformer:heads=2")]
    assert sizes == pytest.approx([8000, 8000], rel=0.01)


def test_a_model_that_does_not_serve_the_problem_is_not_applicable(costs: Costs) -> None:
    reasons = {model.model: model.not_applicable for model in costs.models}
    assert reasons["bahdanau"] == "it does not serve causal-lm"
    assert reasons["ngram"] == "it is not trained by gradient descent"
    assert reasons["lstm"] is None
    assert not {cell.model for cell in costs.cells} & {"bahdanau", "ngram"}


def test_a_length_that_a_model_does_not_take_is_not_applicable_there_alone(costs: Costs) -> None:
    assert cells_of(costs, "short") == [(2, "measured"), (4, "measured"), (6, "not applicable")]
    assert {cell.reason for cell in costs.cells if cell.model == "short"} == {"", "it has 4 positions"}
    assert costs.left_out["not applicable: it has 4 positions"] == ["short at 6"]


def test_out_of_memory_is_said_and_no_longer_row_is_tried(costs: Costs) -> None:
    assert cells_of(costs, "hungry") == [(2, "measured"), (4, "out of memory"), (6, "out of memory")]
    longest = costs.cell("hungry", 6, "training")
    assert longest is not None
    assert longest.reason == "not tried, since length 4 was out of memory already"


def test_a_fault_of_a_model_fails_its_cells_alone_and_ends_with_1(
    costs: Costs, done: tuple[subprocess.CompletedProcess[str], Path]
) -> None:
    assert cells_of(costs, "broken") == [(2, "measured"), (4, "failed"), (6, "failed")]
    assert {cell.reason for cell in costs.cells if cell.model == "broken"} == {"", "RuntimeError: planted"}
    assert done[0].returncode == 1


def test_table_and_figure_are_written(done: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    figures = done[1] / "figures"
    assert (figures / "bench.png").read_bytes().startswith(b"\x89PNG")
    assert ElementTree.fromstring((figures / "bench.svg").read_bytes()).tag.endswith("svg")
    page = (done[1] / "bench.md").read_text(encoding="utf-8")
    assert "(figures/bench.png)" in page
    assert "it has 4 positions" in page


@pytest.mark.parametrize("interface", sorted(set(INTERFACES) - {"causal-lm"}))
def test_every_interface_can_be_measured(interface: str, tmp_path: Path) -> None:
    found = harness(tmp_path, "bench", "--models", "gru", "--interface", interface, "--lengths", "3", *TINY, "-q")
    assert found.returncode == 0, found.stderr
    assert found.stderr == ""
    (row,) = [line.split() for line in found.stdout.splitlines() if line.split()[:2] == ["gru", "3"]]
    assert "-" not in row
    written = Costs.model_validate_json((tmp_path / "reports" / "bench" / "bench.json").read_text(encoding="utf-8"))
    generates = interface == "sequence-to-sequence"
    assert written.conditions.inference == ("generation" if generates else "evaluation")
    training = written.cell("gru", 3, "training")
    assert training is not None
    assert training.tokens == (12 if generates else 6)


def test_nothing_measured_ends_with_3_and_says_why(tmp_path: Path) -> None:
    found = harness(tmp_path, "bench", "--models", "bahdanau", "--lengths", "4", *TINY)
    assert found.returncode == 3
    assert "does not serve causal-lm" in found.stdout


MISTAKES = {
    "model": (("--models", "lsmt"), "Unknown model 'lsmt'. Did you mean 'lstm'?"),
    "option": (("--models", "lstm:layer=2"), "model lstm has no option 'layer'. Did you mean 'layers'?"),
    "a model twice": (("--models", "gru,gru"), "the model 'gru' is named twice"),
    "no length": (("--models", "gru", "--lengths", "0"), "--lengths '0' is not a positive number"),
    "negative length": (("--models", "gru", "--lengths", "8,-4"), "--lengths '-4' is not a positive number"),
    "empty lengths": (("--models", "gru", "--lengths", ","), "lengths are numbers of positions, each 2 or more"),
    "length of one": (("--models", "gru", "--lengths", "1"), "lengths are numbers of positions, each 2 or more"),
    "interface": (("--models", "gru", "--interface", "clasify"), "Did you mean 'classify'?"),
    "vocabulary": (("--models", "gru", "--vocabulary", "3"), "vocabulary=3: input should be greater than or equal to"),
    "size": (("--models", "gru", "--lengths", "8", "--params", "10"), "--params 10 is too small here"),
    "matching": (("--models", "gru", "--match-size", "parms"), "Did you mean 'params'?"),
    "precision": (("--models", "gru", "--precision", "fp16"), "input should be 'auto', 'float32' or 'bf16'"),
    "time": (("--models", "gru", "--cell-seconds", "0"), "cell_seconds=0.0: input should be greater than 0"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_sentence(case: str, tmp_path: Path) -> None:
    arguments, expected = MISTAKES[case]
    found = harness(tmp_path, "bench", *arguments)
    assert found.returncode == 2
    assert found.stdout == ""
    (line,) = found.stderr.splitlines()
    assert expected in line
    assert line.startswith("harness: ")
    assert list(tmp_path.iterdir()) == []


# --------------------------------------------------------------------------------------------------------- the cells


def job(model: str, plugin: Path, length: int = 4) -> Job:
    return Job(
        model=model,
        interface=CausalLM(vocabulary=20, max_length=length),
        config=Config(width=4, inner=4),
        recipe=Recipe(),
        length=length,
        rows=2,
        work="training",
        precision="float32",
        device="cpu",
        threads=1,
        plugins=PluginSettings(files=(str(plugin),)),
    )


def test_a_cell_beyond_its_time_is_stopped_and_the_others_go_on(plugin: Path) -> None:
    slow, sound = measured_cells([job("slow", plugin), job("short", plugin)], repeats=2, limit=8.0)
    assert (slow.status, slow.reason, slow.milliseconds) == ("out of time", "stopped after 8 s", None)
    assert sound.status == "measured"


def test_a_process_that_the_system_kills_is_taken_for_out_of_memory(plugin: Path) -> None:
    (cell,) = measured_cells([job("killed", plugin)], repeats=1, limit=60.0)
    assert cell.status == "out of memory"
    assert "SIGKILL" in cell.reason


def test_quartiles_are_those_of_the_repeats() -> None:
    assert spread_of([5.0, 1.0, 3.0, 2.0, 4.0]) == Spread(median=3.0, low=2.0, high=4.0)
    assert spread_of([7.0]) == Spread(median=7.0, low=7.0, high=7.0)


@pytest.mark.parametrize("name", INTERFACES)
def test_a_row_of_a_problem_takes_as_many_positions_as_it_should(name: str) -> None:
    kind = INTERFACES[name]
    interface = problem(kind, vocabulary=30, longest=9)
    objective, rows = objective_for(interface), random_rows(interface, 7, count=3)
    batch = objective.batch(rows, torch.arange(3).numpy(), torch.device("cpu"))
    assert objective.tokens(rows).tolist() == [counted(kind, 7)] * 3
    assert batch.tokens == 3 * counted(kind, 7)
    sides = [tensor for field in ("tokens", "source", "inputs") if (tensor := batch.tensors.get(field)) is not None]
    assert [tuple(side.shape) for side in sides] == [(3, 7)] * len(sides) != []


class WantsToEnd(torch.nn.Module):
    """A language model whose most probable next token is always EOS; it counts the tokens that it is given."""

    given = 0

    def forward(
        self, tokens: torch.Tensor, lengths: object = None, state: object = None
    ) -> tuple[torch.Tensor, object]:
        self.given += tokens.size(1)
        return torch.zeros(*tokens.shape, 4), tokens

    def output(self, features: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(*features.shape[:-1], 12)
        logits[..., EOS] = 10.0
        return logits


def test_generation_has_the_length_asked_for_whatever_the_model_wants() -> None:
    network = WantsToEnd()
    source = sources(CausalLM(vocabulary=12, max_length=9), rows=3, length=9, device=torch.device("cpu"))
    assert source.tolist() == [[BOS]] * 3
    generate(Endless(network), source, 9)
    assert network.given == 9


# -------------------------------------------------------------------------------------------------------- the growth


@given(
    st.floats(-1, 4),
    st.floats(1e-6, 1e3),
    st.lists(st.integers(2, 10_000), min_size=2, max_size=8, unique=True),
)
def test_the_exponent_of_planted_times_is_found(power: float, factor: float, lengths: list[int]) -> None:
    assert exponent(lengths, [factor * length**power for length in lengths]) == pytest.approx(power, abs=1e-6)


def cell(model: str, length: int, milliseconds: float | None, work: Work = "training", rows: int = 1) -> Cell:
    status: Status = "out of time" if milliseconds is None else "measured"
    times = None if milliseconds is None else Spread(median=milliseconds, low=milliseconds, high=milliseconds)
    return Cell(
        model=model,
        length=length,
        work=work,
        status=status,
        reason="stopped after 1 s" if times is None else "",
        rows=rows,
        tokens=rows * length,
        milliseconds=times,
        tokens_per_second=None if milliseconds is None else 1000 * rows * length / milliseconds,
    )


def test_growth_is_that_of_a_row_and_leaves_out_what_was_not_measured() -> None:
    lines = [cell("m", 10, 80.0, rows=8), cell("m", 100, 100.0, rows=1), cell("m", 1000, None), cell("n", 10, 1.0)]
    (found,) = growth(lines)
    assert (found.model, found.work, found.lengths) == ("m", "training", [10, 100])
    assert found.exponent == pytest.approx(1.0)  # 10 ms and 100 ms a row


# --------------------------------------------------------------------------------------------------------- the report

HELD = Conditions(
    interface="causal-lm",
    inference="generation",
    vocabulary=20,
    rows=1,
    batch_tokens=None,
    match_size="params",
    parameters=100,
    repeats=5,
    slice_seconds=0.3,
    cell_seconds=30,
    precision="float32",
    device="cpu",
    threads=1,
    environment={},
)


def planted(cells: Sequence[Cell], names: Sequence[str] = ("m", "n")) -> Costs:
    return Costs(
        created="2026-01-01T00:00:00+00:00",
        command="harness bench",
        conditions=HELD,
        lengths=sorted({cell.length for cell in cells}),
        models=[ModelCosts(model=name, parameters=100) for name in names],
        cells=list(cells),
        growth=growth(cells),
    )


def test_the_figure_holds_each_median_a_token() -> None:
    cells = [cell("m", 10, 5.0), cell("m", 100, 80.0), cell("n", 10, 2.0), cell("n", 100, None)]
    (axes, *_) = figure_of_costs(planted(cells)).draw().axes
    lines = {tuple(zip(*(data.tolist() for data in line.get_data()), strict=True)) for line in axes.get_lines()}
    points = {point for line in lines for point in line}
    assert {(10, 500.0), (100, 800.0), (10, 200.0)} <= {(x, round(y, 6)) for x, y in points}
    assert "training: µs a token" in (axes.get_title(), axes.get_title(loc="left"))


def test_names_that_mean_something_to_markdown_do_not_act() -> None:
    hostile = "m:x=*a*|<b>`"
    text = render(build(planted([cell(hostile, 10, 5.0)], [hostile]), None))
    assert text.count("<b>") == text.count("\\<b>") > 0
    assert "| m:x=\\*a\\*\\|" in text


def test_without_any_figure_the_page_stands_alone(tmp_path: Path) -> None:
    files = write_costs(planted([cell("m", 10, None)], ["m"]), tmp_path)
    assert [file.name for file in files] == ["bench.md"]
    assert "Out of time: stopped after 1 s (m at 10, training)." in files[0].read_text(encoding="utf-8")


def test_a_time_whose_repeats_differ_is_marked() -> None:
    steady, noisy = cell("m", 10, 5.0), cell("m", 20, 6.0)
    noisy = noisy.model_copy(update={"milliseconds": Spread(median=6.0, low=5.0, high=7.0)})
    costs = planted([steady, noisy], ["m"])
    assert any("33% of it (m at 20, training)" in note for note in costs.notes)


def test_every_field_has_a_description_and_stands_on_its_page() -> None:
    schema = Costs.model_json_schema()
    parts = {"Costs": schema, **schema["$defs"]}
    fields = {f"{name}.{field}": told for name, part in parts.items() for field, told in part["properties"].items()}
    assert [name for name, told in fields.items() if not told.get("description")] == []
    page = (DOCS / "bench.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", page))
    assert {name.partition(".")[2] for name in fields} <= named


@pytest.mark.parametrize("rows", [1, 2, 5, 8])
def test_a_training_batch_has_the_rows_that_the_table_says(rows: int) -> None:
    """Also few, of which a comparison would put six into a batch."""
    from dataclasses import replace

    from seqharness.bench.work import _training
    from seqharness.registry import load_catalogue

    architecture = load_catalogue().model("lstm").card.load()
    asked = replace(
        job("lstm", Path("none.py"), length=12),
        rows=rows,
        config=architecture.config(width=4, inner=4),
        recipe=architecture.recipe,
    )
    network = architecture.serves[CausalLM](asked.config, asked.interface)
    batch = next(_training(asked, network, torch.device("cpu"))._batches())
    assert (len(batch["inputs"]), batch.tokens) == (rows, asked.tokens)
