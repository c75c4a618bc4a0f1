"""Prepare a task's data once: load, learn the tokenizer, encode, hash, store; every run then maps it from disk."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..contracts import Data, Example, Task
from ..decoding.settings import Decoding
from ..interfaces import INTERFACES, Interface, SequenceToSequence
from ..specs import canonical
from .rows import Rows
from .sources import DataSource

FORMAT = 1

ANSWERS = frozenset(("label", "scored", "tags"))
"""Fields that no model reads: their values are no tokens."""


@dataclass(frozen=True)
class Prepared:
    """A task's data on disk. `meta` is what the report says of it. train_examples: see `limited`."""

    folder: Path
    meta: Mapping[str, Any]
    train_examples: int | None = None

    def limited(self, train_examples: int | None) -> Prepared:
        """The same with that many training examples (None: all): the first of one fixed order, so that a smaller part
        lies within a larger one. Tokenizer and vocabulary stay those of the whole split."""
        return replace(self, train_examples=train_examples)

    @property
    def data_hash(self) -> str:
        """sha256 over all examples and their token ids: covers data and tokenizer."""
        return str(self.meta["data_hash"])

    @property
    def splits(self) -> list[str]:
        """Names of the splits, in the task's order."""
        return list(self.meta["splits"])

    @property
    def test_splits(self) -> list[str]:
        """All but training and validation."""
        return [name for name in self.splits if name not in ("train", "validation")]

    @cached_property
    def interface(self) -> Interface:
        """What a model sees."""
        fields = dict(self.meta["interface"])
        return INTERFACES[fields.pop("interface")](**fields)

    def rows(self, split: str) -> dict[str, Rows]:
        """Encoded rows by field, mapped from disk."""
        rows = {field: Rows.open(self.folder / f"{split}.{field}") for field in self.meta["fields"]}
        part = self._part(split)
        return rows if part is None else {field: whole.take(part) for field, whole in rows.items()}

    def examples(self, split: str) -> list[Example]:
        """The examples of a split."""
        with gzip.open(self.folder / f"{split}.examples.jsonl.gz", "rt", encoding="utf-8") as file:
            found = [_example(json.loads(line)) for line in file]
        part = self._part(split)
        return found if part is None else [found[index] for index in part]

    def _part(self, split: str) -> npt.NDArray[np.int64] | None:
        """Which examples of the split there are, ascending; None: all."""
        if split != "train" or self.train_examples is None:
            return None
        order = np.random.Generator(np.random.PCG64(0)).permutation(int(self.meta["splits"]["train"]["examples"]))
        return np.sort(order[: self.train_examples])

    def examples_in(self, split: str) -> int:
        """How many examples a split has."""
        whole = int(self.meta["splits"][split]["examples"])
        return min(whole, self.train_examples or whole) if split == "train" else whole

    def epoch_tokens(self) -> int:
        """Real tokens of the training split, all fields."""
        if self.train_examples is None:
            return int(self.meta["splits"]["train"]["tokens"])
        return _tokens(self.rows("train"))


def prepare(task: Task, source: DataSource, identity: Mapping[str, Any], store: Path) -> Prepared:
    """The prepared data of a task, made now if the store does not hold it.

    identity: task name, options, source hash and the fingerprint of its data: what decides the content.
    """
    key = hashlib.sha256(canonical({"format": FORMAT, **identity}).encode()).hexdigest()[:24]
    folder = store / "data" / key
    if not (folder / "meta.json").is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{key}.", dir=folder.parent))
        try:
            _write(task, task.load(source), temporary)
            _publish(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    task.load_codec(folder / "codec")  # so that a task whose metrics depend on its labels knows them
    return open_prepared(folder)


def open_prepared(folder: Path) -> Prepared:
    """What `prepare` stored in a folder."""
    return Prepared(folder, json.loads((folder / "meta.json").read_text(encoding="utf-8")))


def _publish(temporary: Path, folder: Path) -> None:
    try:
        temporary.rename(folder)
    except OSError:
        if not (folder / "meta.json").is_file():
            raise


def _write(task: Task, data: Data, folder: Path) -> None:
    codec = task.codec(data)
    (folder / "codec").mkdir()
    codec.save(folder / "codec")
    digest = hashlib.sha256()
    splits: dict[str, dict[str, int]] = {}
    longest: dict[str, int] = {}
    for name, examples in data.splits.items():
        rows = codec.encode(examples)
        _write_examples(examples, folder / f"{name}.examples.jsonl.gz", digest)
        for field, field_rows in rows.items():
            field_rows.save(folder / f"{name}.{field}")
            digest.update(f"{name}.{field}".encode() + field_rows.values.tobytes() + field_rows.offsets.tobytes())
            longest[field] = max(longest.get(field, 0), int(field_rows.lengths.max(initial=0)))
        splits[name] = {"examples": len(examples), "tokens": _tokens(rows)}
    meta = {
        "data_hash": digest.hexdigest(),
        "splits": splits,
        "fields": list(longest),
        "interface": _with_room(codec.interface(longest), longest).describe(),
        "tokenizer": codec.describe(),
        "source": data.source,
        "notes": list(data.notes),
        "files": dict(data.files),
        "overlap": overlap(data.splits),
    }
    (folder / "meta.json").write_text(json.dumps(meta, indent=1, ensure_ascii=False), encoding="utf-8")


def _with_room(interface: Interface, longest: Mapping[str, int]) -> Interface:
    """Room in `max_length` for whatever may be generated, so that every model can hold it."""
    if not isinstance(interface, SequenceToSequence):
        return interface
    limit = Decoding().limit(longest.get("source", 0) + 1)
    return replace(interface, max_length=max(interface.max_length, limit))


def _tokens(rows: Mapping[str, Rows]) -> int:
    return int(sum(len(values.values) for field, values in rows.items() if field not in ANSWERS))


def overlap(splits: Mapping[str, Sequence[Example]]) -> int:
    """Test examples whose input also stands in the training split."""
    seen = {repr(example.input) for example in splits.get("train", ())}
    tests = [examples for name, examples in splits.items() if name not in ("train", "validation")]
    return sum(repr(example.input) in seen for examples in tests for example in examples)


def _write_examples(examples: Sequence[Example], path: Path, digest: Any) -> None:
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, compresslevel=3) as file:
        for example in examples:
            line = json.dumps(
                [example.input, example.target, dict(example.slices), example.scored, example.group],
                ensure_ascii=False,
                default=_plain,
            ).encode()
            digest.update(line)
            file.write(line + b"\n")


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"an example holds a {type(value).__name__}, which cannot be stored as JSON")


def _example(fields: list[Any]) -> Example:
    value, target, slices, scored, group = fields
    labels = {axis: tuple(label) if isinstance(label, list) else label for axis, label in slices.items()}
    return Example(value, target, labels, tuple(scored) if scored is not None else None, group)
