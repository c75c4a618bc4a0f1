"""The command line as a user meets it: real processes, their two streams, their exit codes and what they leave."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

ESC = "\x1b"
TINY = ("--budget", "2k", "--params", "40k", "--seeds", "1", "--validations", "1")
TRANSLATE = ("compare", "--models", "lstm", "--task", "translate")
BASELINE = ("compare", "--models", "ibm1", "--task", "translate")  # quicker: it is resolved without torch

CARD = """
from seqharness.contracts import Architecture, Config, ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import Classify

def build(config, interface):
    raise AssertionError("never built")

@hookimpl
def register_models(register):
    register(ModelSpec(name="NAME", summary="SUMMARY", interfaces=(Classify,),
                       load=lambda: Architecture(config=Config, serves={Classify: build})))
"""


def environment(folder: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """That of the tests without any setting of harness, and with none in files or caches but those of the folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HARNESS_", "XDG_"))}
    own = {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_CACHE_HOME": str(folder / "cache"), "HARNESS_OFFLINE": "1"}
    return {**kept, **own, **(extra or {})}


def harness(folder: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """`harness ARGUMENTS` in a folder; extra: variables of the environment."""
    command = [sys.executable, "-m", "seqharness", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(folder, extra), capture_output=True, encoding="utf-8", timeout=300
    )


def refusal(done: subprocess.CompletedProcess[str], folder: Path) -> str:
    """The one sentence that a mistake is answered with; nothing else is printed, trained or stored."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("harness: ")
    assert lines[0].endswith((".", "?", ")")), lines[0]
    assert ESC not in lines[0]
    for trained in ("runs", "work"):
        assert not list((folder / "runs" / trained).glob("*"))
    assert not list((folder / "reports").glob("*"))
    return lines[0].removeprefix("harness: ")


def write_pairs(path: Path, count: int = 60) -> Path:
    """A corpus: words that are reversed."""
    generator = random.Random(0)
    words = [f"{first}{last}" for first in "bdfgklmn" for last in ("a", "e", "i", "o")]
    sources = sorted({" ".join(generator.sample(words, 5)) for _ in range(count)})
    rows = [f"{source}\t{' '.join(word[::-1] for word in source.split())}\n" for source in sources]
    path.write_text("".join(rows), encoding="utf-8")
    return path


def write_plugin(path: Path, name: str = "only-classify", summary: str = "classifies") -> Path:
    path.write_text(CARD.replace("NAME", name).replace("SUMMARY", summary), encoding="utf-8")
    return path


def distribution(folder: Path, name: str, entries: str) -> Path:
    """The traces of an installed distribution, on the path where the folder is."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[seqharness]\n{entries}\n", encoding="utf-8")
    return folder


# ------------------------------------------------------------------------------------------------ mistakes in the words

WRONG_WORDS: dict[str, tuple[tuple[str, ...], str]] = {
    "command": (("compar", "--models", "lstm"), "There is no command 'compar'. Did you mean 'compare'?"),
    "subcommand": (("list", "modles"), "There is no command 'modles'. Did you mean 'models'?"),
    "option of the command": ((*TRANSLATE, "--sedes", "2"), "There is no option '--sedes'. Did you mean '--seeds'?"),
    "an argument too many": ((*TRANSLATE, "more"), "more"),
    "no task": (("compare", "--models", "lstm"), "--task"),
    "no model": (("compare", "--models", "", "--task", "translate"), "write for instance lstm,transformer"),
    "not a name": (("compare", "--models", "lstm;ls", "--task", "translate"), "'lstm;ls' is not a name with options"),
    "model": (("compare", "--models", "lsmt", "--task", "translate"), "Unknown model 'lsmt'. Did you mean 'lstm'?"),
    "model to show": (("show", "model", "transfromer"), "Did you mean 'transformer'?"),
    "task": (
        ("compare", "--models", "lstm", "--task", "translat"),
        "Unknown task 'translat'. Did you mean 'translate'?",
    ),
    "reporter": ((*BASELINE, "--report", "markdwon"), "Unknown reporter 'markdwon'. Did you mean 'markdown'?"),
    "executor": ((*TRANSLATE, "--executor", "locla"), "Unknown executor 'locla'. Did you mean 'local'?"),
    "device": ((*BASELINE, "--device", "cud"), "--device 'cud' is none of auto, cpu, cuda, cuda:N, mps."),
    "device that is not here": ((*TRANSLATE, "--device", "cuda:99"), "--device cuda:99: torch sees"),
    "option of a model": (
        ("compare", "--models", "transformer:haeds=2", "--task", "translate"),
        "model transformer has no option 'haeds'. Did you mean 'heads'?",
    ),
    "option of a task": (
        ("compare", "--models", "lstm", "--task", "translate:dat=x"),
        "task translate has no option 'dat'. Did you mean 'data'?",
    ),
    "an option given twice": (
        ("compare", "--models", "lstm:layers=1:layers=2", "--task", "translate"),
        "gives the option 'layers' twice",
    ),
    "a model named twice": (("compare", "--models", "ibm1,ibm1", "--task", "translate"), "'ibm1' is named twice"),
    "type of a model's option": (
        ("compare", "--models", "transformer:heads=x", "--task", "translate"),
        "model transformer: heads=x: input should be a valid integer",
    ),
    "choice of a model's option": (
        ("compare", "--models", "transformer:position=rotary", "--task", "translate"),
        "model transformer: position=rotary: input should be",
    ),
    "data set": (
        ("compare", "--models", "lstm", "--task", "translate:data=mutli30k"),
        "There is no data set and no file 'mutli30k'. Did you mean 'multi30k'?",
    ),
    "language pair": (
        ("compare", "--models", "lstm", "--task", "translate:data=multi30k:pair=en-it"),
        "multi30k has no language pair 'en-it'. There is: en-de",
    ),
    "seeds": ((*TRANSLATE, "--seeds", "abc"), "'--seeds'"),
    "no seeds": ((*TRANSLATE, "--seeds", "0"), "'--seeds'"),
    "budget": ((*TRANSLATE, "--budget", "foo"), "--budget 'foo' is neither quick, standard or full"),
    "misspelt budget": ((*TRANSLATE, "--budget", "standart"), "Did you mean 'standard'?"),
    "budget beyond numbers": ((*TRANSLATE, "--budget", "9" * 400), "is neither quick, standard or full"),
    "params": ((*TRANSLATE, "--params", "-3"), "--params '-3' is not a positive number"),
    "learning rate": ((*TRANSLATE, "--lr", "zero"), "'--lr'"),
    "learning rate of nothing": ((*TRANSLATE, "--lr", "0"), "--lr: learning_rate=0.0: input should be greater than 0"),
    "endless learning rate": ((*TRANSLATE, "--lr", "inf"), "--lr: learning_rate=inf: input should be a finite number"),
    "optimizer": ((*TRANSLATE, "--optimizer", "adamm"), "Did you mean 'adam'?"),
    "precision": ((*TRANSLATE, "--precision", "fp16"), "input should be 'auto', 'float32' or 'bf16'"),
    "size matching": ((*TRANSLATE, "--match-size", "parms"), "Did you mean 'params'?"),
    "length penalty": ((*TRANSLATE, "--length-penalty", "inf"), "decoding.length_penalty=inf"),
    "decoding precision": (
        (*TRANSLATE, "--decoding-precision", "int9"),
        "decoding.precision=int9: input should be 'float32', 'bf16' or 'int8'. Did you mean 'int8'?",
    ),
    "plugin switch": ((*TRANSLATE, "-p", "recurrent"), "write 'no:NAME'"),
    "plugin to switch off": (
        (*TRANSLATE, "-p", "no:recurent"),
        "There is no plugin 'recurent' to switch on or off. Did you mean 'recurrent'?",
    ),
    "plugin file": ((*TRANSLATE, "--plugin", "absent.py"), "--plugin absent.py: there is no such file."),
    "report": (("report", "no-such-report"), "There is no report 'no-such-report'"),
    "report of an impossible name": (("report", "x" * 400), "There is no report 'xxx"),
}


@pytest.mark.parametrize("case", WRONG_WORDS)
def test_a_wrong_word_is_answered_by_one_sentence(case: str, tmp_path: Path) -> None:
    arguments, expected = WRONG_WORDS[case]
    assert expected in refusal(harness(tmp_path, *arguments), tmp_path)


def test_a_value_of_the_wrong_type_in_a_variable_names_the_variable(tmp_path: Path) -> None:
    assert "HARNESS_SEEDS" in refusal(harness(tmp_path, *TRANSLATE, HARNESS_SEEDS="many"), tmp_path)


# ------------------------------------------------------------------------------------------------ mistakes in the files


def _unequal(folder: Path) -> str:
    (folder / "data").mkdir()
    (folder / "data" / "train.en").write_text("one\ntwo\nthree\n", encoding="utf-8")
    (folder / "data" / "train.fr").write_text("un\ndeux\n", encoding="utf-8")
    return "data"


def _empty(folder: Path) -> str:
    (folder / "empty.tsv").touch()
    return "empty.tsv"


def _bad_utf8(folder: Path) -> str:
    (folder / "bad.tsv").write_bytes(b"one\tun\ntwo\t\xff\n")
    return "bad.tsv"


def _misspelt(folder: Path) -> str:
    write_pairs(folder / "corpus.tsv")
    return "copus.tsv"


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (
            _unequal,
            "data/train.en has 3 lines and data/train.fr has 2: line 3 of data/train.en is the first without a partner",
        ),
        (_empty, "empty.tsv is empty."),
        (_bad_utf8, "bad.tsv:2: not UTF-8: byte 0xff at byte 5"),
        (_misspelt, "Did you mean 'corpus.tsv'?"),
    ],
)
def test_bad_data_is_answered_by_file_and_line(make: Callable[[Path], str], expected: str, tmp_path: Path) -> None:
    task = f"translate:data={make(tmp_path)}"
    assert expected in refusal(harness(tmp_path, "compare", "--models", "lstm", "--task", task), tmp_path)


@pytest.mark.parametrize(("option", "what"), [("--output", "the report"), ("--store", "the store")])
def test_a_folder_that_cannot_be_written_is_told_before_anything_is_trained(
    option: str, what: str, tmp_path: Path
) -> None:
    pairs = write_pairs(tmp_path / "pairs.tsv")
    done = harness(tmp_path, "compare", "--models", "lstm", "--task", f"translate:data={pairs}", option, f"{pairs}/x")
    said = refusal(done, tmp_path)
    assert f"Cannot write {what} in {pairs}/x" in said
    assert ": Not a directory." in said


def test_a_size_that_leaves_no_room_names_the_smallest(tmp_path: Path) -> None:
    task = f"translate:data={write_pairs(tmp_path / 'pairs.tsv')}"
    told = refusal(harness(tmp_path, "compare", "--models", "lstm", "--task", task, "--params", "100"), tmp_path)
    assert re.search(r"the smallest network has \d+ parameters", told)


# -------------------------------------------------------------------------------------------------------------- plugins


def test_models_of_which_none_can_translate_are_refused(tmp_path: Path) -> None:
    plugin = write_plugin(tmp_path / "mine.py")
    done = harness(
        tmp_path, "compare", "--plugin", str(plugin), "--models", "only-classify", "--task", "translate:data=absent.tsv"
    )
    told = refusal(done, tmp_path)
    assert "None of these models can do translate (sequence-to-sequence): only-classify serves classify." in told


def test_beside_one_that_can_a_model_that_cannot_is_not_applicable(tmp_path: Path) -> None:
    plugin = write_plugin(tmp_path / "mine.py")
    task = f"translate:data={write_pairs(tmp_path / 'pairs.tsv')}"
    models = ("--models", "only-classify,ibm1")
    done = harness(tmp_path, "compare", "--plugin", str(plugin), *models, "--task", task, "--dry-run", "--json")
    plan = json.loads(done.stdout)["models"]
    reasons = {entry["model"]: entry["not_applicable"] for entry in plan}
    assert reasons == {"only-classify": "it does not serve sequence-to-sequence", "ibm1": None}


def test_a_plugin_file_is_listed_with_its_path_as_origin(tmp_path: Path) -> None:
    write_plugin(tmp_path / "mine.py")
    done = harness(tmp_path, "list", "models", "--plugin", "mine.py", "--json")
    row = next(row for row in json.loads(done.stdout) if row["model"] == "only-classify")
    assert (row["plugin"], row["origin"]) == ("mine", "mine.py")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("raise RuntimeError('boom \\x1b[31m')", "cannot be loaded: RuntimeError: boom ␛[31m."),
        ("import sys\nsys.exit(0)", "cannot be loaded: SystemExit: 0."),
        ("this is no Python", "cannot be loaded: SyntaxError"),
        (CARD.replace("NAME", "lstm"), "Two plugins offer the model 'lstm': recurrent (seqharness"),
        (
            CARD.replace("register_models", "register_model"),
            "no hook 'register_model'. Did you mean 'register_models'?",
        ),
        (CARD.replace("NAME", "\\x1b[31mred"), "'\\x1b[31mred' is no name"),
        (CARD.replace("register(ModelSpec(", "register(dict("), "a ModelSpec is expected, not a dict"),
    ],
    ids=["raises", "exits", "no Python", "a name that is taken", "a misspelt hook", "no name", "no card"],
)
def test_a_plugin_file_that_fails_is_told_with_its_path(content: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(content, encoding="utf-8")
    told = refusal(harness(tmp_path, "list", "models", "--plugin", "mine.py"), tmp_path)
    assert expected in told
    assert "mine.py" in told


def test_a_model_whose_file_fails_is_the_plugins_fault_and_named(tmp_path: Path) -> None:
    failing = CARD.replace("load=lambda: Architecture(config=Config, serves={Classify: build})", "load=lambda: 1 / 0")
    (tmp_path / "mine.py").write_text(failing.replace("NAME", "broken-one"), encoding="utf-8")
    told = refusal(harness(tmp_path, "show", "model", "broken-one", "--plugin", "mine.py"), tmp_path)
    assert told == "'broken-one' of mine (mine.py) cannot be loaded: ZeroDivisionError: division by zero."


def test_broken_installed_plugins_are_listed_with_their_reasons_and_harm_nothing(tmp_path: Path) -> None:
    site = distribution(
        tmp_path / "site", "strangers", "absent = no_such_module\nmisspelt = misspelt_hook\nbye = leaves"
    )
    (site / "misspelt_hook.py").write_text(CARD.replace("register_models", "register_modles"), encoding="utf-8")
    (site / "leaves.py").write_text("print('noise on stdout')\nraise SystemExit(3)", encoding="utf-8")
    listed = harness(tmp_path, "plugin", "list", "--json", PYTHONPATH=str(site))
    rows = {row["plugin"]: row for row in json.loads(listed.stdout)}
    reasons = {name: rows[name]["reason"] for name in ("absent", "misspelt", "bye")}
    assert {rows[name]["status"] for name in reasons} == {"broken"}
    assert {rows[name]["origin"] for name in reasons} == {"strangers 1.0"}
    assert reasons["absent"] == "ModuleNotFoundError: No module named 'no_such_module'"
    assert "no hook 'register_modles'. Did you mean 'register_models'?" in reasons["misspelt"]
    assert reasons["bye"] == "SystemExit: 3"
    assert rows["recurrent"]["status"] == "loaded"
    models = harness(tmp_path, "list", "models", PYTHONPATH=str(site))
    assert models.returncode == 0
    assert "lstm" in models.stdout
    done = harness(tmp_path, "compare", "--models", "wanted", "--task", "translate", PYTHONPATH=str(site))
    assert done.returncode == 2
    assert "absent is broken" in done.stderr.splitlines()[-1]


def test_two_distributions_with_one_plugin_name_are_named_and_can_be_switched_off(tmp_path: Path) -> None:
    distribution(tmp_path / "site", "first", "same = one")
    distribution(tmp_path / "site", "second", "same = other")
    done = harness(tmp_path, "list", "models", PYTHONPATH=str(tmp_path / "site"))
    told = refusal(done, tmp_path)
    assert "first 1.0" in told
    assert "second 1.0" in told
    done = harness(tmp_path, "list", "models", "-p", "no:same", PYTHONPATH=str(tmp_path / "site"))
    assert done.returncode == 0


@pytest.mark.parametrize("way", ["-p", "HARNESS_PLUGINS", "file"])
def test_a_plugin_that_is_off_is_not_even_imported(way: str, tmp_path: Path) -> None:
    site = distribution(tmp_path / "site", "stranger", "stranger = stranger")
    for module in (site / "stranger.py", tmp_path / "mine.py"):
        module.write_text(f"open({str(tmp_path / 'imported')!r}, 'w')", encoding="utf-8")
    arguments = [
        "list",
        "models",
        *{"-p": ["-p", "no:stranger"], "file": ["-p", "no:stranger", "-p", "no:mine"]}.get(way, []),
    ]
    arguments += ["--plugin", "mine.py"] if way == "file" else []
    variables = {"PYTHONPATH": str(site)} | ({"HARNESS_PLUGINS": "no:stranger"} if way == "HARNESS_PLUGINS" else {})
    done = harness(tmp_path, *arguments, **variables)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "imported").exists()
    harness(tmp_path, "list", "models", PYTHONPATH=str(site))
    assert (tmp_path / "imported").exists(), "the probe does not work"


def test_a_family_that_is_off_takes_its_models_away_and_is_named(tmp_path: Path) -> None:
    rows = json.loads(harness(tmp_path, "list", "models", "--json", HARNESS_PLUGINS="no:recurrent").stdout)
    names = {row["model"] for row in rows}
    assert "transformer" in names
    assert "lstm" not in names
    listed = json.loads(harness(tmp_path, "plugin", "list", "--json", HARNESS_PLUGINS="no:recurrent").stdout)
    assert next(row["status"] for row in listed if row["plugin"] == "recurrent") == "off"
    told = refusal(harness(tmp_path, *TRANSLATE, HARNESS_PLUGINS="no:recurrent"), tmp_path)
    assert "recurrent is off" in told


def test_with_no_plugin_there_is_no_model_and_that_is_no_error(tmp_path: Path) -> None:
    done = harness(tmp_path, "list", "models", HARNESS_PLUGINS="json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("There is no model:")
    assert json.loads(harness(tmp_path, "list", "models", "--json", HARNESS_PLUGINS="json").stdout) == []


def test_a_plugins_command_is_run_listed_and_suggested(tmp_path: Path) -> None:
    site = distribution(tmp_path / "site", "stranger", "stranger = stranger")
    (site / "stranger.py").write_text(
        "import typer\nfrom seqharness.hookspecs import hookimpl\napp = typer.Typer()\n"
        "@app.callback(invoke_without_command=True)\ndef greet() -> None:\n    print('hello')\n"
        "@hookimpl\ndef register_commands(register):\n    register('greet', app)\n",
        encoding="utf-8",
    )
    path = str(site)
    assert harness(tmp_path, "greet", PYTHONPATH=path).stdout == "hello\n"
    assert "greet" in harness(tmp_path, "--help", PYTHONPATH=path).stdout
    assert "Did you mean 'greet'?" in refusal(harness(tmp_path, "gret", PYTHONPATH=path), tmp_path)


def test_text_of_plugins_is_printed_and_not_obeyed(tmp_path: Path) -> None:
    write_plugin(tmp_path / "mi[red]ne.py", summary="a \\x1b[31mred [/red] [bold]word[/bold] \\u202eturned\\nnext")
    for command in (("list", "models"), ("show", "model", "only-classify")):
        done = harness(tmp_path, *command, "--plugin", "mi[red]ne.py")
        assert done.returncode == 0, done.stderr
        assert ESC not in done.stdout
        assert "\u202e" not in done.stdout
        for word in ("␛[31mred", "[/red]", "[bold]word[/bold]", "\\u202eturned⏎next", "mi[red]ne.py"):
            assert word in done.stdout.split()
    hostile = harness(tmp_path, "compare", "--models", f"lstm{ESC}[2J[/red]", "--task", "translate")
    assert "[2J[/red]" in refusal(hostile, tmp_path)


# ------------------------------------------------------------------------------------------------- settings from files


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[compare]\nsedes = 2", "[compare] has no setting 'sedes'. Did you mean 'seeds'?"),
        ("[comprae]\nseeds = 2", "[comprae] is no command. Did you mean 'compare'?"),
        ("seeds = 2", "[seeds] is no command."),
        ("[compare\nseeds = 2", "cannot be read as TOML: Expected ']'"),
        ("[compare]\nseeds = 'abc'", "[compare] seeds = 'abc': Input should be a valid integer"),
        ("[compare]\nseeds = true", "[compare] seeds = True: a value is expected."),
        ("[compare]\nseeds = [1, 2]", "[compare] seeds = [1, 2]: a single value is expected."),
        ("[compare]\nquiet = 'yes'", "[compare] quiet = 'yes': true or false is expected."),
    ],
)
def test_a_wrong_setting_in_a_file_names_file_and_key(content: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "seqharness.toml").write_text(content, encoding="utf-8")
    told = refusal(harness(tmp_path, *TRANSLATE), tmp_path)
    assert told.startswith("seqharness.toml")
    assert expected in told


def test_flag_before_variable_before_project_before_user_before_default(tmp_path: Path) -> None:
    """Each level is seen by a budget that names it and is refused."""

    def told(*flags: str, **variables: str) -> str:
        return refusal(harness(tmp_path, *TRANSLATE, *flags, **variables), tmp_path)

    (tmp_path / "config" / "seqharness").mkdir(parents=True)
    (tmp_path / "config" / "seqharness" / "config.toml").write_text("[compare]\nbudget = 'of-user'", encoding="utf-8")
    assert "'of-user'" in told()
    (tmp_path / "seqharness.toml").write_text("[compare]\nbudget = 'of-project'", encoding="utf-8")
    assert "'of-project'" in told()
    assert "'of-variable'" in told(HARNESS_BUDGET="of-variable")
    assert "'of-flag'" in told("--budget", "of-flag", HARNESS_BUDGET="of-variable")


def test_the_plan_is_one_document_and_follows_variable_and_files(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs.tsv")
    (tmp_path / "config" / "seqharness").mkdir(parents=True)
    (tmp_path / "config" / "seqharness" / "config.toml").write_text(
        "[compare]\nseeds = 5\nbudget = '2k'\nparams = '30k'\njson = true", encoding="utf-8"
    )
    (tmp_path / "seqharness.toml").write_text(
        "[compare]\nseeds = 4\nparams = '40k'\nmodels = ['lstm', 'transformer']\n", encoding="utf-8"
    )
    command = ("compare", "--task", "translate:data=pairs.tsv", "--dry-run")

    def plan(*flags: str, **variables: str) -> Any:
        done = harness(tmp_path, *command, *flags, **variables)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    def seeds(document: Any) -> list[int]:
        return sorted(run["seed"] for run in document["runs"] if run["model"] == "lstm")

    of_files = plan()
    assert seeds(of_files) == [1, 2, 3, 4]
    assert of_files["budget"] == "2k"
    targets = {row["sizing"]["target"] for row in of_files["models"] if row["sizing"]}
    assert targets == {40_000}
    assert {row["model"] for row in of_files["models"]} >= {"lstm", "transformer"}
    assert seeds(plan("--models", "lstm", HARNESS_SEEDS="2")) == [1, 2]


# --------------------------------------------------------------------------------------------- a comparison, and after


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, ...], Any]:
    """A finished comparison on a file with a hostile name: its folder, the command, and the process."""
    folder = tmp_path_factory.mktemp("compared")
    pairs = write_pairs(folder / f"pa{ESC}[31m[red]irs.tsv")
    command = ("compare", "--models", "lstm", "--task", f"translate:data={pairs.name}", "--name", "mine", *TINY)
    return folder, command, harness(folder, *command, "--json")


def test_json_is_exactly_one_document_and_progress_is_plain_lines(compared: tuple[Path, tuple[str, ...], Any]) -> None:
    folder, _, done = compared
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert {run["status"] for run in document["runs"]} == {"done"}
    assert document == json.loads((folder / "reports" / "mine" / "results.json").read_text(encoding="utf-8"))
    lines = done.stderr.splitlines()
    assert len([line for line in lines if "done after" in line]) == len(document["runs"])
    assert all(line.startswith("harness: ") for line in lines)
    assert ESC not in done.stderr
    assert "\r" not in done.stderr
    assert ESC not in done.stdout


def test_the_same_command_again_trains_nothing_and_prints_a_table(compared: tuple[Path, tuple[str, ...], Any]) -> None:
    folder, command, _ = compared
    before = {path: path.stat().st_mtime_ns for path in (folder / "runs").rglob("*") if path.is_file()}
    done = harness(folder, *command)
    assert done.returncode == 0, done.stderr
    assert "0 to do" in done.stderr
    assert "started" not in done.stderr
    assert {path: path.stat().st_mtime_ns for path in (folder / "runs").rglob("*") if path.is_file()} == before
    assert ESC not in done.stdout + done.stderr
    assert "BLEU" in done.stdout
    assert "Report: reports/mine/report.html and reports/mine/report.md" in done.stdout


def test_quiet_prints_nothing_on_stderr_while_it_runs(compared: tuple[Path, tuple[str, ...], Any]) -> None:
    folder, command, _ = compared
    before = len(list((folder / "runs" / "runs").iterdir()))
    done = harness(folder, *command, "--models", "copy", "--name", "quiet", "-q", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "copy" in {run["model"] for run in json.loads(done.stdout)["runs"]}
    assert len(list((folder / "runs" / "runs").iterdir())) == before + 1, "nothing ran"


def test_a_report_is_remade_from_its_results_without_torch(compared: tuple[Path, tuple[str, ...], Any]) -> None:
    folder, _, _ = compared
    report = folder / "reports" / "mine" / "report.md"
    content = report.read_bytes()
    report.unlink()
    done = harness(folder, "report", "mine", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    assert report.read_bytes() == content
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "seqharness.comparison" in imported
    assert "torch" not in imported
    assert str(Path("reports/mine/report.md")) in done.stdout
    elsewhere = harness(folder, "report", "mine", "--to", "copy", "--report", "json")
    assert elsewhere.returncode == 0
    assert [path.name for path in (folder / "copy").iterdir()] == ["results.json"]


def test_a_report_without_texts_quotes_nothing_of_the_data_and_never_overwrites_the_report(tmp_path: Path) -> None:
    original = tmp_path / "reports" / "mine" / "results.json"
    original.parent.mkdir(parents=True)
    content = (Path(__file__).parents[1] / "reports" / "translation.json").read_bytes()
    original.write_bytes(content)
    for where in ((), ("--to", "reports/mine")):
        refused = harness(tmp_path, "report", "mine", "--without-texts", *where)
        assert refused.returncode == 2
        assert refused.stderr.startswith("harness: --without-texts needs --to with another folder")
    assert original.read_bytes() == content
    assert harness(tmp_path, "report", "mine", "--without-texts", "--to", "copy").returncode == 0
    before = json.loads(content)
    quoted = [row["reference"] for row in before["examples"]]
    assert quoted
    after = json.loads((tmp_path / "copy" / "results.json").read_bytes())
    assert after["examples"] == []
    assert len(after["findings"]) == len(before["findings"])
    assert not any(one.get("findings", {}).get(kind) for one in after["findings"] for kind in ("maps", "texts"))
    assert any("were left out of this report" in warning for warning in after["warnings"])
    written = "".join(path.read_text() for path in (tmp_path / "copy").iterdir() if path.suffix in {".md", ".html"})
    assert not any(len(text) > 20 and text in written for text in quoted)


def test_an_unknown_report_suggests_the_nearest(compared: tuple[Path, tuple[str, ...], Any]) -> None:
    folder, _, _ = compared
    done = harness(folder, "report", "mien")
    assert done.returncode == 2
    assert (
        done.stderr
        == "harness: There is no report 'mien': no such file, and no results.json there. Did you mean 'mine'?\n"
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "is not JSON"),
        ('{"schema_version": 999}', "has schema version 999, and this harness reads up to"),
        ('{"schema_version": 1}', "holds no results of harness: "),
        ("[]", "holds no results of harness: "),
    ],
)
def test_results_that_are_none_are_refused(content: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(content, encoding="utf-8")
    assert expected in refusal(harness(tmp_path, "report", "."), tmp_path)


# ------------------------------------------------------------------------------------------------- streams and signals


def listen_to_interrupts() -> None:
    """In the background, as under nohup, SIGINT is ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(folder: Path, arguments: tuple[str, ...], number: signal.Signals, when: str) -> tuple[int, str]:
    """Exit code and last line of a command that gets a signal when it has written `when` on stderr."""
    process = subprocess.Popen(
        [sys.executable, "-m", "seqharness", *arguments],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=listen_to_interrupts,
    )
    assert process.stderr is not None
    assert any(when in line for line in process.stderr), "it ended too early"
    process.send_signal(number)
    out, error = process.communicate(timeout=300)
    assert out == ""
    assert "Traceback" not in error
    return process.returncode, error.splitlines()[-1]


def test_an_interrupt_of_training_ends_it_with_the_line_that_goes_on(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs.tsv")
    arguments = ("compare", "--models", "lstm", "--task", "translate:data=pairs.tsv", "--seeds", "1")
    arguments += ("--budget", "50M", "--params", "40k", "--name", "my report")
    code, last = interrupted(tmp_path, arguments, signal.SIGINT, "lstm on translate:data=pairs.tsv, seed 1: started")
    assert code == 130
    written = " ".join(arguments).replace("my report", "'my report'")
    assert last == f"harness: interrupted; what is finished is kept. To go on: harness {written}"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_any_command_in_a_line(number: signal.Signals, code: int, tmp_path: Path) -> None:
    waiting = "import sys, time\nprint('waiting', file=sys.stderr, flush=True)\ntime.sleep(60)"
    (tmp_path / "waits.py").write_text(waiting, encoding="utf-8")
    arguments = ("list", "models", "--plugin", "waits.py")
    assert interrupted(tmp_path, arguments, number, "waiting") == (code, "harness: interrupted")


def test_a_reader_that_leaves_early_is_no_fault(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "seqharness", "list", "models"],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=300) == 0


def test_a_stream_that_lacks_a_character_does_not_end_the_program(tmp_path: Path) -> None:
    done = harness(tmp_path, "list", "models", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "lstm" in done.stdout


def test_without_a_command_the_help_is_shown_on_stderr(tmp_path: Path) -> None:
    done = harness(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: harness ")
    assert "compare" in done.stderr


def test_help_and_version_are_results(tmp_path: Path) -> None:
    shown = harness(tmp_path, "compare", "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "--seeds" in shown.stdout
    version = harness(tmp_path, "--version")
    assert re.fullmatch(r"seqharness \d+\.\d+.*\n", version.stdout)
