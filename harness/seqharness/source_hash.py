"""The hash of a plugin's code. It stands in the keys of runs and of prepared data, so that results of changed code are
not taken for those of the code as it is."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path


@functools.cache
def source_hash(module: str) -> str:
    """sha256 of the Python files of a module's package, and of the packages beside it that it imports from.

    What lies outside the top-level package (the core, libraries) does not count: versions in the key stand for those.
    A module in no package is its file alone. Nothing but the module itself is imported.
    """
    loaded = sys.modules.get(module) or importlib.import_module(module)
    file = getattr(loaded, "__file__", None)
    if file is None:
        return ""
    path = Path(file)
    if not getattr(loaded, "__package__", ""):
        return _hash([(path.name, path)])
    top = module.partition(".")[0]
    root = _folder(top) or path.parent
    files = _reachable(top, root, path.parent)
    return _hash(sorted((file.relative_to(root).as_posix(), file) for file in files))


def _hash(files: list[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    for name, path in files:
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _reachable(top: str, root: Path, folder: Path) -> set[Path]:
    """The files of a folder, and of every folder of the same top-level package that they import from."""
    found: set[Path] = set()
    waiting = [folder]
    while waiting:
        for file in sorted(waiting.pop().rglob("*.py")):
            if file in found:
                continue
            found.add(file)
            for name in _imports(file, root, top):
                target = _target(name, root, top)
                if target is not None and not any(target == known.parent for known in found):
                    waiting.append(target)
    return found


def _imports(file: Path, root: Path, top: str) -> Iterator[str]:
    """Full names that a file imports from its own top-level package; the package itself is too wide to mean."""
    here = [top, *file.parent.relative_to(root).parts]
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = here[: len(here) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.startswith(top + "."))


def _target(name: str, root: Path, top: str) -> Path | None:
    """The folder of the package or module that an imported name is, or is in."""
    parts = name.split(".")[1:]
    for length in range(len(parts), 0, -1):
        place = root.joinpath(*parts[:length])
        if (place / "__init__.py").is_file():
            return place
        if place.with_suffix(".py").is_file():
            return place.parent if place.parent != root else None
    return None


def _folder(top: str) -> Path | None:
    """The folder of a top-level package."""
    specification = importlib.util.find_spec(top)
    places = list(specification.submodule_search_locations or []) if specification else []
    return Path(places[0]) if places else None
