"""Who may import whom, read from the source: also imports inside functions, but none that only type checkers see."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "seqharness": "harness",
    "seqharness_plugins": "plugins",
    "seqharness_tasks": "tasks",
    "seqharness_reports": "reports",
}

LAYERS = (
    {"cli", "__main__"},
    {"bench", "compare", "testing"},
    {"plan"},
    {"executors", "run", "analysis", "store", "keys"},
    {"training", "decoding", "precision", "data", "metrics", "sizing"},
)
"""Of the core, from the top: a layer imports itself and what is below it. All other modules are at the bottom."""

BOTTOM = len(LAYERS)

BOTTOM_MAY_IMPORT = {("comparison_spec", "decoding"), ("records", "decoding")}
"""Settings of decoding are plain data."""

API = {"atomic", "contracts", "hookspecs", "interfaces", "errors", "visible"}
PUBLIC = {
    "seqharness_plugins": API | {"modules"},
    "seqharness_tasks": API | {"comparison", "data", "metrics", "modules"},
    "seqharness_reports": API | {"comparison", "costs"},
}
"""What of the core each kind of extension may use."""


def imports_in(source: str, module: str, is_package: bool) -> Iterator[str]:
    """Dotted names of what is imported, relative ones resolved: the module, and `module.name` for `from module`."""

    def walk(node: ast.AST) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
                continue
            if isinstance(child, ast.Import):
                yield from (alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                above = module.split(".")[: None if is_package else -1]
                above = above[: len(above) - child.level + 1] if child.level else []
                base = ".".join([*above, *([child.module] if child.module else [])])
                yield from (f"{base}.{alias.name}" for alias in child.names)
            yield from walk(child)

    return walk(ast.parse(source))


@cache
def graph() -> dict[str, set[str]]:
    """Every module of the repository -> what it imports."""
    found = {}
    for package, folder in PACKAGES.items():
        for file in (ROOT / folder / package).rglob("*.py"):
            parts = file.relative_to(ROOT / folder).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            module = ".".join(parts[:-1] if is_package else parts)
            found[module] = set(imports_in(file.read_text(encoding="utf-8"), module, is_package))
    return found


def of(package: str) -> list[tuple[str, str]]:
    """(module, what it imports) for all modules of a package."""
    return [(module, name) for module, names in graph().items() if module.split(".")[0] == package for name in names]


def unit(name: str) -> str:
    """'seqharness.cli.app' -> 'cli'; '' for the package itself."""
    return [*name.split("."), ""][1]


def layer(name: str) -> int:
    return next((index for index, units in enumerate(LAYERS) if unit(name) in units), BOTTOM)


def test_imports_are_found_wherever_they_stand() -> None:
    source = (
        "from __future__ import annotations\n"
        "import a.b\nfrom . import c\nfrom ..d import e\n"
        "if TYPE_CHECKING:\n    import hidden\n"
        "def f():\n    from .g import h\n"
    )
    expected = {"__future__.annotations", "a.b", "p.q.c", "p.d.e", "p.q.g.h"}
    assert set(imports_in(source, "p.q.module", is_package=False)) == expected
    assert "p.q.r.c" in set(imports_in(source, "p.q.r", is_package=True))


def test_every_package_is_read() -> None:
    assert {module.split(".")[0] for module in graph()} == set(PACKAGES)
    assert {unit(module) for module in graph() if module.startswith("seqharness.")} >= set().union(*LAYERS)


def test_the_core_imports_downwards_only() -> None:
    upwards = set()
    for module, name in of("seqharness"):
        if not name.startswith("seqharness.") or layer(name) >= layer(module):
            continue
        if (unit(module), unit(name)) not in BOTTOM_MAY_IMPORT:
            upwards.add((module, ".".join(name.split(".")[:2])))
    assert not upwards


def test_the_core_names_no_plugin_task_or_reporter_package() -> None:
    others = set(PACKAGES) - {"seqharness"}
    for file in (ROOT / "harness" / "seqharness").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert not [name for name in others if name in text], file


def test_one_module_and_the_hooks_touch_pluggy() -> None:
    users = {module for module, name in of("seqharness") if name.split(".")[0] == "pluggy"}
    assert users == {"seqharness.registry", "seqharness.hookspecs"}


@pytest.mark.parametrize("package", PUBLIC)
def test_extensions_use_the_public_part_of_the_core_only(package: str) -> None:
    used = {(module, name) for module, name in of(package) if name.split(".")[0] == "seqharness"}
    assert used, "nothing was read"
    assert not {(module, name) for module, name in used if unit(name) not in PUBLIC[package]}
    assert not {(module, name) for module, name in used if any(part.startswith("_") for part in name.split("."))}


@pytest.mark.parametrize("package", PUBLIC)
def test_plugins_tasks_and_reporters_do_not_import_each_other(package: str) -> None:
    others = set(PUBLIC) - {package}
    assert not {(module, name) for module, name in of(package) if name.split(".")[0] in others}


FAMILIES_BUILT_ON = {
    ("attention", "recurrent"),
    *(("seq2seq", family) for family in ("attention", "convolution", "recurrent", "transformer")),
}
"""A family that another is made of; everything else is kept apart."""


def test_families_of_models_stay_apart_but_for_those_made_of_another() -> None:
    families = {
        (unit(module), unit(name))
        for module, name in of("seqharness_plugins")
        if name.startswith("seqharness_plugins.") and unit(name) != unit(module)
    }
    assert families == FAMILIES_BUILT_ON


def test_no_reporter_imports_another() -> None:
    reporters = {unit(module) for module, name in of("seqharness_reports") if name.endswith("hookspecs.hookimpl")}
    assert {"json", "markdown"} <= reporters
    across = {
        (module, name)
        for module, name in of("seqharness_reports")
        if name.startswith("seqharness_reports.") and unit(name) in reporters - {unit(module)}
    }
    assert not across


def test_reporters_import_neither_torch_nor_the_store() -> None:
    names = {name for _, name in of("seqharness_reports")}
    assert not {name for name in names if name.split(".")[0] == "torch" or name.startswith("seqharness.store")}
