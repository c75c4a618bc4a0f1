"""Discovery: who brought what, and what a plugin that fails may not harm."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seqharness.errors import HarnessError, UserError
from seqharness.registry import Catalogue, PluginSettings, load_catalogue

CARDS = """
from seqharness.contracts import ModelSpec, ReporterSpec, TaskSpec
from seqharness.executors import ExecutorSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import Tag

def model(name="mine"):
    return ModelSpec(name=name, summary="", interfaces=(Tag,), load=lambda: None)
"""

EVERYTHING = (
    CARDS
    + """
import typer

class Tracker:
    def event(self, run, event): ...

@hookimpl
def register_models(register): register(model("one")); register(model("two"))
@hookimpl
def register_tasks(register): register(TaskSpec(name="one", summary="", interface=Tag, options=None, load=None))
@hookimpl
def register_reporters(register): register(ReporterSpec(name="one", summary="", load=None))
@hookimpl
def register_executors(register): register(ExecutorSpec(name="one", summary="", load=None))
@hookimpl
def register_trackers(register): register(Tracker())
@hookimpl
def register_commands(register): register("one", typer.Typer())
"""
)

RECURRENT = {"rnn", "gru", "lstm"}


@pytest.fixture(autouse=True)
def _no_trace_of_other_plugins() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("seqharness_plugin_file_", "planted_")):
            del sys.modules[name]


def load(*files: Path, off: tuple[str, ...] = (), only: tuple[str, ...] | None = ()) -> Catalogue:
    """The plugins of these files; of the installed ones only those named."""
    return load_catalogue(PluginSettings(tuple(map(str, files)), off, only))


def write(path: Path, code: str, cards: bool = True) -> Path:
    path.write_text((CARDS if cards else "") + code, encoding="utf-8")
    return path


def registering(*calls: str) -> str:
    return "@hookimpl\ndef register_models(register):\n" + "".join(f"    register({call})\n" for call in calls)


def plant(folder: Path, monkeypatch: pytest.MonkeyPatch, entries: str, **modules: str) -> None:
    """An installed distribution 'planted 1.0' with these entry points and modules."""
    info = folder / "planted-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[seqharness]\n{entries}\n", encoding="utf-8")
    for name, code in modules.items():
        write(folder / f"{name}.py", code)
    monkeypatch.syspath_prepend(folder)


# ------------------------------------------------------------------------------------------------------------- switches


def test_switches_come_from_flags_and_the_variable() -> None:
    settings = PluginSettings.of(["no:a"], ["f.py"], variable=" json , no:b,,")
    assert settings == PluginSettings(files=("f.py",), off=("b", "a"), only=("json",))
    assert PluginSettings.of(variable="") == PluginSettings()
    assert PluginSettings.of(variable="no:b").only is None


@pytest.mark.parametrize("switch", ["recurrent", "no:", "yes:recurrent", ""])
def test_a_switch_that_switches_nothing_off_is_refused(switch: str) -> None:
    with pytest.raises(UserError, match="write 'no:NAME'"):
        PluginSettings.of([switch], variable="")


@pytest.mark.parametrize("settings", [PluginSettings(off=("recurent",)), PluginSettings(only=("recurent",))])
def test_switching_an_unknown_plugin_names_the_nearest(settings: PluginSettings) -> None:
    with pytest.raises(UserError, match=r"no plugin 'recurent' to switch on or off\. Did you mean 'recurrent'\?"):
        load_catalogue(settings)


def test_only_what_the_variable_names_is_loaded() -> None:
    catalogue = load_catalogue(PluginSettings(only=("recurrent", "json")))
    assert set(catalogue.models) == RECURRENT
    assert set(catalogue.reporters) == {"json"}
    statuses = {plugin.name: plugin.status for plugin in catalogue.plugins}
    assert {name for name, status in statuses.items() if status == "loaded"} == {"recurrent", "json"}
    assert statuses["transformer"] == "off"


def test_the_built_in_families_come_through_entry_points_with_their_origin() -> None:
    catalogue = load_catalogue(PluginSettings())
    assert {"lstm", "transformer", "copy", "ibm1"} <= set(catalogue.models)
    assert re.fullmatch(r"seqharness \d.*", catalogue.model("lstm").origin)
    assert catalogue.model("lstm").plugin == "recurrent"
    assert catalogue.task("translate").plugin == "translation"
    assert not [plugin for plugin in catalogue.plugins if plugin.broken]
    loaded = [plugin.name for plugin in catalogue.plugins]
    assert loaded == sorted(loaded)


# --------------------------------------------------------------------------------------------------------------- files


def test_each_kind_of_card_knows_who_brought_it(tmp_path: Path) -> None:
    file = write(tmp_path / "mine.py", EVERYTHING, cards=False)
    catalogue = load(file)
    assert set(catalogue.models) == {"one", "two"}
    for kind in (catalogue.tasks, catalogue.reporters, catalogue.executors, catalogue.commands):
        assert set(kind) == {"one"}
        assert (kind["one"].plugin, kind["one"].origin) == ("mine", str(file))
    assert len(catalogue.trackers) == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_module", "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'."),
        ("raise SystemExit(0)", "cannot be loaded: SystemExit: 0."),
        (registering("1 / 0"), "cannot be used: ZeroDivisionError: division by zero."),
        (registering("model()", "model()"), "cannot be used: ValueError: 'mine' is registered twice."),
        (registering("'lstm'"), "cannot be used: TypeError: a ModelSpec is expected, not a str."),
        (registering("model('')"), "'' is no name"),
        (registering("model('a,b')"), "'a,b' is no name"),
        (registering("model('a b')"), "'a b' is no name"),
        (registering("model(3)"), "3 is no name"),
        ("@hookimpl\ndef register_model(register): ...", "no hook 'register_model'. Did you mean 'register_models'?"),
        ("@hookimpl\ndef register_models(cards): ...", "cannot be used: PluginValidationError"),
        (
            "@hookimpl\ndef register_commands(register): register('x', print)",
            "a typer.Typer is expected, not a builtin_function_or_method",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_that_names_it(code: str, reason: str, tmp_path: Path) -> None:
    file = write(tmp_path / "mine.py", code)
    with pytest.raises(UserError) as error:
        load(file)
    assert str(error.value).startswith(f"--plugin {file} ")
    assert reason in str(error.value)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such file"):
        load(tmp_path / "absent.py")
    with pytest.raises(UserError, match="not a Python file"):
        load(write(tmp_path / "text.txt", "", cards=False))


def test_a_file_loaded_once_is_the_same_module_when_asked_for_again(tmp_path: Path) -> None:
    counted = "from pathlib import Path\nwith Path(__file__).with_suffix('.log').open('a') as log: log.write('x')\n"
    file = write(tmp_path / "mine.py", counted + CARDS + registering("model()"), cards=False)
    assert set(load(file, file).models) == set(load(file).models) == {"mine"}
    assert file.with_suffix(".log").read_text(encoding="utf-8") == "x"


def test_a_file_that_is_off_is_not_imported(tmp_path: Path) -> None:
    catalogue = load(write(tmp_path / "mine.py", "raise AssertionError('imported')"), off=("mine",))
    assert [(plugin.name, plugin.status) for plugin in catalogue.plugins if plugin.name == "mine"] == [("mine", "off")]


def test_a_file_named_as_a_loaded_plugin_must_be_renamed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"a plugin 'recurrent' is there already \(seqharness .*\); rename the file"):
        load(write(tmp_path / "recurrent.py", registering("model()")), only=("recurrent",))


def test_a_name_that_is_taken_is_an_error_that_names_both_sides(tmp_path: Path) -> None:
    first = write(tmp_path / "first.py", registering("model('same')"))
    second = write(tmp_path / "second.py", registering("model('same')"))
    expected = f"Two plugins offer the model 'same': first ({first}) and second ({second})."
    with pytest.raises(UserError, match=re.escape(expected)):
        load(first, second)
    assert set(load(first, second, off=("second",)).models) == {"same"}


def test_what_a_plugin_prints_is_not_on_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(write(tmp_path / "mine.py", "print('noise')\n" + registering("model()")))
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "noise\n")


# -------------------------------------------------------------------------------------------------------- entry points


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("raise RuntimeError('boom')", "RuntimeError: boom"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise RuntimeError", "RuntimeError"),
        (registering("model()", "None"), "TypeError: a ModelSpec is expected, not a NoneType"),
        (
            "@hookimpl\ndef register_task(register): ...",
            "ValueError: there is no hook 'register_task'. Did you mean 'register_tasks'?",
        ),
        (
            "from seqharness.errors import UserError\n@hookimpl\ndef register_models(register): raise UserError('no')",
            "UserError: no",
        ),
    ],
)
def test_a_broken_plugin_is_listed_with_its_reason_and_harms_no_other(
    module: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(
        tmp_path,
        monkeypatch,
        "a-broken = planted_a\nz-whole = planted_z",
        planted_a=module,
        planted_z=registering("model('whole')"),
    )
    catalogue = load(only=("a-broken", "recurrent", "z-whole"))
    broken = next(plugin for plugin in catalogue.plugins if plugin.name == "a-broken")
    assert (broken.status, broken.origin, broken.broken) == ("broken", "planted 1.0", reason)
    assert set(catalogue.models) == {*RECURRENT, "whole"}, "all or nothing of a broken plugin"


def test_an_unknown_name_tells_of_plugins_that_did_not_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, monkeypatch, "bad = planted_bad", planted_bad="raise RuntimeError")
    with pytest.raises(UserError) as error:
        load_catalogue(PluginSettings(off=("recurrent",))).model("lstn")
    assert str(error.value).startswith("Unknown model 'lstn'. There is: ")
    assert "bad is broken" in str(error.value)
    assert "recurrent is off" in str(error.value)


def test_two_distributions_may_not_share_a_plugins_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, monkeypatch, "recurrent = planted_other", planted_other="")
    with pytest.raises(UserError, match="Two plugins are named 'recurrent'") as error:
        load_catalogue(PluginSettings())
    assert "planted 1.0" in str(error.value)
    assert load_catalogue(PluginSettings(off=("recurrent",))).models


def test_a_class_is_a_plugin_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "class Plugin:\n    @hookimpl\n    def register_models(self, register): register(model('of-class'))\n"
    plant(tmp_path, monkeypatch, "classy = planted_class:Plugin", planted_class=code)
    entry = load(only=("classy",)).model("of-class")
    assert (entry.plugin, entry.module) == ("classy", "planted_class")


def test_plugins_look_at_a_plan_in_the_order_of_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "@hookimpl\ndef modify_plan(plan): plan.append(__name__)\n"
    modules = {f"planted_{letter}": code for letter in "bac"}
    plant(tmp_path, monkeypatch, "\n".join(f"{letter} = planted_{letter}" for letter in "bac"), **modules)
    seen: list[str] = []
    load(only=("a", "b", "c")).modify_plan(seen)  # type: ignore[arg-type]
    assert seen == ["planted_a", "planted_b", "planted_c"]


def test_a_plugin_that_fails_on_a_plan_is_named(tmp_path: Path) -> None:
    file = write(tmp_path / "mine.py", "@hookimpl\ndef modify_plan(plan): raise RuntimeError('boom')\n")
    with pytest.raises(HarnessError, match=r"The plugin 'mine' failed in modify_plan: RuntimeError: boom\."):
        load(file).modify_plan([])  # type: ignore[arg-type]


def test_what_plugins_say_of_a_run_is_collected_in_name_order(tmp_path: Path) -> None:
    first = write(tmp_path / "first.py", "@hookimpl\ndef describe_run(run): return {'job': '1', 'commit': 'abc'}\n")
    second = write(tmp_path / "second.py", "@hookimpl\ndef describe_run(run): return {'job': '2'}\n")
    silent = write(tmp_path / "silent.py", "@hookimpl\ndef describe_run(run): return None\n")
    assert load(second, first, silent).describe_run(None) == {"job": "2", "commit": "abc"}  # type: ignore[arg-type]
