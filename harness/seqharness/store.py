"""The store: one folder a run, written atomically. The files are the truth; there is no index.

STORE/data/KEY/                     prepared data (see data.prepare)
STORE/runs/KEY/record.json          a training: TrainingRecord; weights.safetensors beside it
STORE/runs/KEY/evaluations/KEY/     an evaluation: record.json, SPLIT.npz (table), SPLIT.outputs.jsonl.gz,
                                    NAME.measurement.json
STORE/work/KEY/                     a run under way: its lock and its last checkpoint
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from .analysis.table import Table
from .atomic import sync, write_atomically
from .comparison import Finding
from .errors import UserError
from .records import RECORD_SCHEMA, EvaluationRecord, Failure, TrainingRecord

KEY_LENGTH = 24

Record = TypeVar("Record", TrainingRecord, EvaluationRecord)


class Store:
    """Reads and writes records under a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self) -> None:
        """Make the folder. UserError where it cannot be written."""
        ensure_writable(self.folder, "the store")
        self.folder.mkdir(parents=True, exist_ok=True)

    def run_folder(self, training_key: str) -> Path:
        """Where a run's record lies."""
        return self.folder / "runs" / training_key[:KEY_LENGTH]

    def work_folder(self, training_key: str) -> Path:
        """Where a run under way keeps its checkpoint."""
        return self.folder / "work" / training_key[:KEY_LENGTH]

    def evaluation_folder(self, training_key: str, evaluation_key: str) -> Path:
        """Where an evaluation's record lies."""
        return self.run_folder(training_key) / "evaluations" / evaluation_key[:KEY_LENGTH]

    # ------------------------------------------------------------------------------------------------------- reading

    def training(self, training_key: str) -> TrainingRecord | None:
        """The record of a training, or None."""
        path = self.run_folder(training_key) / "record.json"
        return TrainingRecord.model_validate_json(path.read_bytes()) if path.is_file() else None

    def evaluation(self, training_key: str, evaluation_key: str) -> EvaluationRecord | None:
        """The record of an evaluation, or None."""
        path = self.evaluation_folder(training_key, evaluation_key) / "record.json"
        return EvaluationRecord.model_validate_json(path.read_bytes()) if path.is_file() else None

    def finished(self, training_key: str, evaluation_key: str) -> bool:
        """Whether nothing is left to do for this run: evaluated, or diverged (which would happen again)."""
        record = self.training(training_key)
        if record is None:
            return False
        return record.status == "diverged" or self.evaluation(training_key, evaluation_key) is not None

    def table(self, training_key: str, evaluation_key: str, split: str) -> Table:
        """The column table of an evaluation on a split."""
        return Table.load(self.evaluation_folder(training_key, evaluation_key) / f"{split}.npz")

    def outputs(self, training_key: str, evaluation_key: str, split: str) -> list[dict[str, object]]:
        """What was generated: one object an example, in the order of the split."""
        path = self.evaluation_folder(training_key, evaluation_key) / f"{split}.outputs.jsonl.gz"
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def findings(self, training_key: str, evaluation_key: str) -> list[Finding]:
        """What the measurements of an evaluation found, in the order of their names."""
        folder = self.evaluation_folder(training_key, evaluation_key)
        return [Finding.model_validate_json(path.read_bytes()) for path in sorted(folder.glob("*.measurement.json"))]

    # ------------------------------------------------------------------------------------------------------- listing

    def trainings(self) -> Iterator[TrainingRecord]:
        """The records of all trainings. UserError for one of another version, or that cannot be read."""
        for path in sorted(self.folder.glob("runs/[!.]*/record.json")):
            yield _record(path, TrainingRecord)

    def evaluations(self, training_key: str) -> Iterator[EvaluationRecord]:
        """The records of all evaluations of a training. UserError as for `trainings`."""
        for path in sorted(self.run_folder(training_key).glob("evaluations/[!.]*/record.json")):
            yield _record(path, EvaluationRecord)

    def unfinished(self) -> int:
        """How many runs were begun, or failed, and have left no record."""
        return sum(not (self.folder / "runs" / path.name).exists() for path in self.folder.glob("work/[!.]*"))

    def in_use(self) -> bool:
        """Whether a run is under way."""
        return any(_held(path) for path in self.folder.glob("work/*/lock"))

    # ------------------------------------------------------------------------------------------------------- writing

    @contextlib.contextmanager
    def new_folder(self, final: Path) -> Iterator[Path]:
        """A temporary folder that becomes `final`, whole, when the block ends without an error."""
        final.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=final.parent))
        try:
            yield temporary
            for path in temporary.iterdir():
                sync(path)
            if final.exists():
                shutil.rmtree(final)
            temporary.rename(final)
            sync(final.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def write_failure(self, training_key: str, failure: Failure) -> None:
        """Note why a run left no record."""
        folder = self.work_folder(training_key)
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / "failure.json", failure.model_dump_json(indent=1).encode())

    def failure(self, training_key: str) -> Failure | None:
        """Why the last attempt left no record, or None."""
        path = self.work_folder(training_key) / "failure.json"
        return Failure.model_validate_json(path.read_bytes()) if path.is_file() else None

    @contextlib.contextmanager
    def lock(self, training_key: str) -> Iterator[None]:
        """Hold a run, so that two commands on one store never train the same one at once."""
        folder = self.work_folder(training_key)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as file:
            _lock(file.fileno())
            yield

    def clear_work(self, training_key: str) -> None:
        """Forget the checkpoint of a run that is finished."""
        shutil.rmtree(self.work_folder(training_key), ignore_errors=True)


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: two commands on one store are then the user's care
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def _held(path: Path) -> bool:
    """Whether somebody holds the lock of a run; False where that cannot be told."""
    try:
        import fcntl

        with path.open("rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (ImportError, OSError):
        pass
    return False


def _record(path: Path, kind: type[Record]) -> Record:
    try:
        content = json.loads(path.read_bytes())
        version = content.get("record_schema", RECORD_SCHEMA) if isinstance(content, dict) else RECORD_SCHEMA
        if version != RECORD_SCHEMA:
            raise UserError(
                f"{path} is a record of version {version}, and this harness reads version {RECORD_SCHEMA}: take the "
                "seqharness that the store was made with."
            )
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "".join(f"{part}: " for part in first["loc"])
        raise UserError(f"{path} is no record of harness: {where}{first['msg']}.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} cannot be read: {error}.") from None


def write_outputs(path: Path, rows: Sequence[dict[str, object]]) -> None:
    """One JSON object a line, compressed; the same rows give the same bytes."""
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def ensure_writable(folder: Path, what: str) -> None:
    """Try to write in a folder, made for that if it is missing, and leave nothing behind. UserError says which one and
    why not."""
    missing = [place for place in (folder, *folder.parents) if not os.path.lexists(place)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"Cannot write {what} in {folder}: {error.strerror or error}. Choose another folder or free the space."
        ) from error
    finally:
        for place in missing:
            with contextlib.suppress(OSError):
                place.rmdir()
