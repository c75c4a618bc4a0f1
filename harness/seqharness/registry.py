"""Discovery: the one file that touches pluggy.

Every entry point is loaded in a `try` of its own, so that a broken plugin is listed with its reason and harms nothing
else; plugins that are switched off are not even imported.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pluggy

from . import hookspecs
from .errors import HarnessError, UserError, nearest

if TYPE_CHECKING:
    from .contracts import MeasurementSpec, ModelSpec, ReporterSpec, TaskSpec, Tracker
    from .executors import ExecutorSpec
    from .plan import Plan
    from .records import RunSpec

GROUP = "seqharness"
Card = TypeVar("Card")


@dataclass(frozen=True)
class PluginSettings:
    """Which plugins to load: files given by `--plugin`, and names switched off by `-p no:NAME` or `HARNESS_PLUGINS`.

    only: where not None, nothing but these entry points is loaded.
    """

    files: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None

    @classmethod
    def of(cls, switches: Sequence[str] = (), files: Sequence[str] = (), variable: str | None = None) -> PluginSettings:
        """From `-p` values, `--plugin` values and the value of HARNESS_PLUGINS (read from the environment if None).

        HARNESS_PLUGINS is a comma list of names to load; an entry `no:NAME` switches one off instead; empty means all.
        """
        text = os.environ.get("HARNESS_PLUGINS", "") if variable is None else variable
        entries = [entry.strip() for entry in text.split(",") if entry.strip()]
        only = tuple(entry for entry in entries if not entry.startswith("no:"))
        off = [entry[3:] for entry in entries if entry.startswith("no:")]
        for switch in switches:
            if not switch.startswith("no:") or not switch[3:]:
                raise UserError(
                    f"-p {switch}: write 'no:NAME' to switch the plugin NAME off (see `harness plugin list`)."
                )
            off.append(switch[3:])
        return cls(tuple(files), tuple(off), only or None)

    def anywhere(self) -> PluginSettings:
        """The same with files that are found from every folder."""
        return replace(self, files=tuple(str(Path(file).resolve()) for file in self.files))


@dataclass(frozen=True)
class Plugin:
    """A plugin as found. origin: distribution and version, or the file. broken: why it could not be loaded."""

    name: str
    origin: str
    status: str = "loaded"
    broken: str = ""


@dataclass(frozen=True)
class Entry(Generic[Card]):
    """A registered object and who brought it. module: the plugin's own, whose source stands in the keys of runs."""

    card: Card
    plugin: str
    origin: str
    module: str

    def load(self, loader: Callable[[], Any]) -> Any:
        """What one of the card's loaders gives. UserError where the plugin's file fails: it is the plugin's fault, and
        the user's to take another."""
        try:
            return loader()
        except UserError:
            raise
        except Exception as error:
            name = getattr(self.card, "name", "")
            raise UserError(f"{name!r} of {self.plugin} ({self.origin}) cannot be loaded: {_why(error)}.") from error


@dataclass
class Catalogue:
    """All that plugins offer, by kind and name."""

    models: dict[str, Entry[ModelSpec]] = field(default_factory=dict)
    tasks: dict[str, Entry[TaskSpec]] = field(default_factory=dict)
    measurements: dict[str, Entry[MeasurementSpec]] = field(default_factory=dict)
    reporters: dict[str, Entry[ReporterSpec]] = field(default_factory=dict)
    executors: dict[str, Entry[ExecutorSpec]] = field(default_factory=dict)
    commands: dict[str, Entry[object]] = field(default_factory=dict)
    trackers: list[Tracker] = field(default_factory=list)
    plugins: list[Plugin] = field(default_factory=list)
    settings: PluginSettings = field(default_factory=PluginSettings)
    manager: pluggy.PluginManager | None = None

    def model(self, name: str) -> Entry[ModelSpec]:
        """The model of that name. UserError with the nearest name."""
        return _named(self.models, name, "model", self.plugins)

    def task(self, name: str) -> Entry[TaskSpec]:
        """The task of that name. UserError with the nearest name."""
        return _named(self.tasks, name, "task", self.plugins)

    def measurement(self, name: str) -> Entry[MeasurementSpec]:
        """The measurement of that name. UserError with the nearest name."""
        return _named(self.measurements, name, "measurement", self.plugins)

    def reporter(self, name: str) -> Entry[ReporterSpec]:
        """The reporter of that name. UserError with the nearest name."""
        return _named(self.reporters, name, "reporter", self.plugins)

    def modify_plan(self, plan: Plan) -> None:
        """Let plugins look at the plan, in the order of their names. HarnessError names the one that fails."""
        self._call("modify_plan", plan=plan)

    def describe_run(self, run: RunSpec) -> dict[str, str]:
        """What plugins have to say of a run, for its record. HarnessError names the one that fails."""
        return {str(name): str(fact) for facts in self._call("describe_run", run=run) for name, fact in facts.items()}

    def _call(self, hook: str, **arguments: Any) -> list[Any]:
        """Call a hook of every plugin in the order of their names; what each returned, but None."""
        implementations = getattr(self.manager.hook, hook).get_hookimpls() if self.manager is not None else []
        results = []
        for implementation in sorted(implementations, key=lambda one: str(one.plugin_name)):
            try:
                results.append(implementation.function(**arguments))
            except HarnessError:
                raise
            except Exception as error:
                raise HarnessError(
                    f"The plugin {implementation.plugin_name!r} failed in {hook}: {_why(error)}."
                ) from error
        return [result for result in results if result is not None]


def _named(entries: Mapping[str, Entry[Card]], name: str, kind: str, plugins: Iterable[Plugin]) -> Entry[Card]:
    if name in entries:
        return entries[name]
    suspects = [f"{plugin.name} is {plugin.status}" for plugin in plugins if plugin.status != "loaded"]
    hint = f" (It may be of a plugin that did not load: {', '.join(suspects)}.)" if suspects else ""
    raise UserError(f"Unknown {kind} {name!r}.{nearest(name, entries)}{hint}")


def load_catalogue(settings: PluginSettings | None = None) -> Catalogue:
    """Find, load and ask every plugin.

    UserError: a plugin file that cannot be loaded (it was asked for by name), or two plugins with one name.
    """
    settings = settings if settings is not None else PluginSettings.of()
    manager = pluggy.PluginManager("seqharness")
    manager.add_hookspecs(hookspecs)
    catalogue = Catalogue(settings=settings, manager=manager)
    found = _entry_points(settings.off)
    for switched in (*settings.off, *(settings.only or ())):
        if switched not in found and switched not in {Path(file).stem for file in settings.files}:
            raise UserError(f"There is no plugin {switched!r} to switch on or off.{nearest(switched, found)}")
    with contextlib.redirect_stdout(sys.stderr):  # what a plugin prints is no result of ours
        for name, point in sorted(found.items()):
            if loaded := _load_entry_point(catalogue, name, point):
                _ask(catalogue, manager, *loaded)
        for file in dict.fromkeys(settings.files):
            if loaded := _load_file(catalogue, file):
                _ask(catalogue, manager, *loaded)
                if catalogue.plugins[-1].broken:
                    raise UserError(f"--plugin {file} cannot be used: {catalogue.plugins[-1].broken}.")
    return catalogue


def _entry_points(off: Sequence[str]) -> dict[str, importlib.metadata.EntryPoint]:
    points: dict[str, importlib.metadata.EntryPoint] = {}
    for point in importlib.metadata.entry_points(group=GROUP):
        taken = points.get(point.name)
        if taken is not None and taken.value != point.value and point.name not in off:
            raise UserError(
                f"Two plugins are named {point.name!r}: {_distribution(taken)} and {_distribution(point)}. "
                f"Uninstall one of them, or switch both off with `-p no:{point.name}`."
            )
        points[point.name] = point
    return points


def _distribution(point: importlib.metadata.EntryPoint) -> str:
    try:
        return f"{point.dist.name} {point.dist.version}" if point.dist else point.value
    except Exception:  # metadata that cannot be read
        return point.value


Loaded = tuple[str, str, object]


def _load_entry_point(catalogue: Catalogue, name: str, point: importlib.metadata.EntryPoint) -> Loaded | None:
    settings, origin = catalogue.settings, _distribution(point)
    if name in settings.off or (settings.only is not None and name not in settings.only):
        catalogue.plugins.append(Plugin(name, origin, status="off"))
        return None
    try:
        return name, origin, point.load()
    except (Exception, SystemExit) as error:
        catalogue.plugins.append(Plugin(name, origin, "broken", _why(error)))
        return None


def _load_file(catalogue: Catalogue, file: str) -> Loaded | None:
    path = Path(file)
    if path.stem in catalogue.settings.off:
        catalogue.plugins.append(Plugin(path.stem, str(path), status="off"))
        return None
    if not path.is_file():
        raise UserError(f"--plugin {file}: there is no such file.")
    taken = next((one for one in catalogue.plugins if one.name == path.stem and one.status != "off"), None)
    if taken is not None:
        raise UserError(f"--plugin {file}: a plugin {path.stem!r} is there already ({taken.origin}); rename the file.")
    module_name = f"seqharness_plugin_file_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    if module_name in sys.modules:
        return path.stem, str(path), sys.modules[module_name]
    specification = importlib.util.spec_from_file_location(module_name, path.resolve())
    if specification is None or specification.loader is None:
        raise UserError(f"--plugin {file}: this is not a Python file (its name must end in .py).")
    module = importlib.util.module_from_spec(specification)
    sys.modules[module_name] = module
    try:
        specification.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[module_name]
        raise UserError(f"--plugin {file} cannot be loaded: {_why(error)}.") from error
    return path.stem, str(path), module


def _ask(catalogue: Catalogue, manager: pluggy.PluginManager, name: str, origin: str, module: object) -> None:
    """Call the plugin's `register_*` hooks one by one, so that each object knows who brought it; all or nothing."""
    mine = Catalogue()
    try:
        if isinstance(module, type):
            module = module()
        manager.register(module, name)
        _check_hooks(manager, module)
        for hook, keep in _collectors(mine, name, origin, getattr(module, "__name__", type(module).__module__)):
            for implementation in getattr(manager.hook, hook).get_hookimpls():
                if implementation.plugin is module:
                    implementation.function(register=keep)
    except (Exception, SystemExit) as error:
        if manager.is_registered(module):
            manager.unregister(module)
        catalogue.plugins.append(Plugin(name, origin, "broken", _why(error)))
        return
    for kind in ("models", "tasks", "measurements", "reporters", "executors", "commands"):
        taken = getattr(catalogue, kind)
        for key, entry in getattr(mine, kind).items():
            if key in taken:
                raise UserError(
                    f"Two plugins offer the {kind[:-1]} {key!r}: {taken[key].plugin} ({taken[key].origin}) and {name} "
                    f"({origin}). Switch one off with `-p no:{name}`."
                )
            taken[key] = entry
    catalogue.trackers += mine.trackers
    catalogue.plugins.append(Plugin(name, origin))


def _check_hooks(manager: pluggy.PluginManager, module: object) -> None:
    """pluggy takes a misspelt hook in silence, and its `check_pending` does not know which was meant."""
    hooks = [name for name in vars(hookspecs) if name.startswith(("register_", "modify_"))]
    for caller in manager.get_hookcallers(module) or ():
        if not caller.has_spec():
            raise ValueError(f"there is no hook {caller.name!r}.{nearest(caller.name, hooks)}")


def _why(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(".: ")


def _collectors(mine: Catalogue, plugin: str, origin: str, module: str) -> list[tuple[str, Callable[..., None]]]:
    """What each hook is given as `register`. It refuses what could not be used: TypeError, ValueError."""

    def keep(kind: dict[str, Entry[Any]], name: object, card: object) -> None:
        from .specs import NAME

        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name: a letter, then letters, digits and _.-")
        if name in kind:
            raise ValueError(f"{name!r} is registered twice")
        kind[name] = Entry(card, plugin, origin, module)

    def cards(where: str, **kinds: dict[str, Entry[Any]]) -> Callable[[Any], None]:
        def register(card: Any) -> None:
            for expected, kind in kinds.items():
                if isinstance(card, getattr(importlib.import_module(where, __package__), expected)):
                    keep(kind, card.name, card)
                    return
            raise TypeError(f"a {' or '.join(kinds)} is expected, not a {type(card).__name__}")

        return register

    def command(name: str, application: object) -> None:
        if not isinstance(application, importlib.import_module("typer").Typer):
            raise TypeError(f"a typer.Typer is expected, not a {type(application).__name__}")
        keep(mine.commands, name, application)

    return [
        ("register_models", cards(".contracts", ModelSpec=mine.models)),
        ("register_tasks", cards(".contracts", TaskSpec=mine.tasks, MeasurementSpec=mine.measurements)),
        ("register_reporters", cards(".contracts", ReporterSpec=mine.reporters)),
        ("register_executors", cards(".executors", ExecutorSpec=mine.executors)),
        ("register_trackers", mine.trackers.append),
        ("register_commands", command),
    ]
