"""Which code stands in the key of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqharness.source_hash import source_hash


def test_a_plugins_hash_changes_with_its_source_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "planted_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "part.py").write_text("x = 1")
    (tmp_path / "planted_single.py").write_text("x = 1")
    monkeypatch.syspath_prepend(tmp_path)

    def hashes() -> tuple[str, str]:
        source_hash.cache_clear()
        return source_hash("planted_package"), source_hash("planted_single")

    first = hashes()
    (tmp_path / "planted_neighbour.py").write_text("y = 1")
    (package / "notes.txt").write_text("x", encoding="utf-8")
    assert hashes() == first
    (package / "part.py").write_text("x = 2")
    assert hashes()[0] != first[0]
    assert hashes()[1] == first[1]
    (tmp_path / "planted_single.py").write_text("x = 2")
    assert hashes()[1] != first[1]
    source_hash.cache_clear()


def test_what_a_family_imports_from_another_counts_and_what_it_does_not_import_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(name: str, text: str) -> None:
        path = tmp_path / "planted_top" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    for folder in ("", "one/", "two/", "three/", "four/"):
        write(f"{folder}__init__.py", "")
    write("one/model.py", "from planted_top.two.parts import layer\n")
    write("two/parts.py", "def layer():\n    from ..three import deep\n")
    write("three/deep.py", "x = 1\n")
    write("four/other.py", "x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)

    def hashed() -> str:
        source_hash.cache_clear()
        return source_hash("planted_top.one")

    first = hashed()
    write("four/other.py", "x = 2\n")
    assert hashed() == first
    write("three/deep.py", "x = 2\n")
    second = hashed()
    assert second != first
    write("two/parts.py", "def layer(): pass\n")
    assert hashed() not in (first, second)


def test_attention_models_depend_on_the_recurrent_family_they_are_made_of() -> None:
    from seqharness.source_hash import _folder, _reachable

    root = _folder("seqharness_plugins")
    assert root is not None
    families = {file.relative_to(root).parts[0] for file in _reachable("seqharness_plugins", root, root / "attention")}
    assert families == {"attention", "recurrent"}


def test_a_task_depends_on_the_generator_of_its_corpus() -> None:
    from seqharness.source_hash import _folder, _reachable

    root = _folder("seqharness_tasks")
    assert root is not None
    files = {file.name for file in _reachable("seqharness_tasks", root, root / "translation")}
    assert {"task.py", "grammar.py", "nouns.py"} <= files
