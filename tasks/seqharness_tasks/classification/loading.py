"""The three kinds of data behind `classify`, brought to one form: examples by part, and what a reader must know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seqharness.contracts import Example
from seqharness.data.hub_forms import OBJECTS
from seqharness.data.own import Own, find_own
from seqharness.data.sources import DataSource
from seqharness.data.splits import split_missing
from seqharness.data.tables import LabelledText, Table, collect, fingerprint, read_tables
from seqharness.errors import UserError, nearest

from .options import NAMES, ClassifyOptions
from .published import PUBLISHED, Published

Parts = dict[str, list[Example]]

MOST_LABELS = 1_000
"""With more there is no class to learn: the column holds something else."""


@dataclass(frozen=True)
class Corpus:
    """Labelled texts: `input` is a text, `target` one of `labels`; generated ones carry slices of their own."""

    parts: Parts
    labels: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def load_corpus(options: ClassifyOptions, source: DataSource) -> Corpus:
    """The data that the options name. UserError for what cannot be found, read or learned from."""
    if options.data == "generated":
        return _generated(options.seed)
    if options.data in PUBLISHED:
        return _published(PUBLISHED[options.data], source)
    return _own(options, find_own(options.data, NAMES, OBJECTS, source))


def fingerprint_of(options: ClassifyOptions, source: DataSource) -> dict[str, str]:
    """sha256 of every file that `load_corpus` would read, without reading them as text; generated: none."""
    if options.data == "generated":
        return {}
    if options.data in PUBLISHED:
        return {file.path: file.sha256 for file, _ in PUBLISHED[options.data].files.values()}
    own = find_own(options.data, NAMES, OBJECTS, source)
    return own.named(fingerprint(own.path))


def _generated(seed: int) -> Corpus:
    from seqharness_tasks.generated.reviews import LABELS, corpus

    parts = {
        part: [
            Example(review.text, review.label, {"phenomenon": review.phenomena, "negations": float(review.negations)})
            for review in reviews
        ]
        for part, reviews in corpus(seed=seed).items()
    }
    return Corpus(parts, LABELS, f"generated reviews of this package, seed {seed}")


def _published(data: Published, source: DataSource) -> Corpus:
    tables = {part: collect(path := source.fetch(file), read(path)) for part, (file, read) in data.files.items()}
    files = {file.path: file.sha256 for file, _ in data.files.values()}
    parts, notes = split_missing(_examples(tables), lambda example: str(example.input), "text")
    return Corpus(parts, data.labels, data.source, (*data.notes, *_blanks(tables), *notes), files)


def _own(options: ClassifyOptions, own: Own) -> Corpus:
    tables = read_tables(own.path, options.names)
    labels = _labels(tables["train"])
    for part, table in tables.items():
        _check_labels(part, table, labels)
    parts, notes = split_missing(_examples(tables), lambda example: str(example.input), "text", own.data)
    files = own.named({str(table.path): table.sha256 for table in tables.values()})
    return Corpus(parts, labels, own.data, (*own.notes, *_blanks(tables), *notes, *_unseen(parts)), files)


def _labels(train: Table) -> tuple[str, ...]:
    """The labels of the training file: by number where all are numbers, else as text. UserError for one or too many."""
    found = {row.label: row for row in reversed(train.rows)}
    if len(found) == 1:
        raise UserError(
            f"{train.path}: every text has the label {next(iter(found))!r}; there is nothing to tell apart."
        )
    if len(found) > MOST_LABELS:
        raise UserError(
            f"{train.path} has {len(found):,} different labels, such as {train.rows[0].label[:40]!r}; at most "
            f"{MOST_LABELS:,} are classes. Name the column of the labels by label=NAME."
        )
    numbers = all(label.isascii() and label.removeprefix("-").isdigit() for label in found)
    return tuple(sorted(found, key=lambda label: (int(label), label) if numbers else (0, label)))


def _check_labels(part: str, table: Table, labels: Sequence[str]) -> None:
    """UserError for a label that the training file does not have."""
    known = frozenset(labels)
    for row in table.rows:
        if row.label not in known:
            raise UserError(
                f"{table.where(row)}: the label {row.label[:40]!r} of the {part} part does not occur in train."
                f"{nearest(row.label, labels[:20])}"
            )


def _examples(tables: Mapping[str, Table]) -> Parts:
    return {part: [_example(row) for row in table.rows] for part, table in tables.items()}


def _example(row: LabelledText) -> Example:
    return Example(row.text, row.label)


def _blanks(tables: Mapping[str, Table]) -> tuple[str, ...]:
    counts = {part: table.blank for part, table in tables.items() if table.blank}
    return tuple(f"{part}: rows left out for want of a text: {count:,}" for part, count in counts.items())


def _unseen(parts: Mapping[str, Sequence[Example]]) -> tuple[str, ...]:
    """Labels that no training example has after parts were split off."""
    seen = {example.target for example in parts["train"]}
    counts = Counter(example.target for part in parts for example in parts[part] if example.target not in seen)
    return tuple(
        f"the label {label!r} has {count:,} examples, all outside of train, where nothing can learn it"
        for label, count in counts.items()
    )


def repeat_notes(parts: Mapping[str, Sequence[Example]]) -> tuple[str, ...]:
    """How many training texts occur more than once, how many of them under two labels, and how many examples of other
    parts have a text that was trained on."""
    train = parts["train"]
    labels: dict[str, set[str]] = {}
    for example in train:
        labels.setdefault(example.input, set()).add(example.target)
    notes = []
    if repeated := len(train) - len(labels):
        notes.append(f"train: {repeated:,} of {len(train):,} texts repeat an earlier one; kept")
    if torn := sum(len(found) > 1 for found in labels.values()):
        notes.append(f"train: texts that occur with different labels: {torn:,}; kept")
    for part in (name for name in parts if name != "train"):
        known = sum(example.input in labels for example in parts[part])
        if known:
            notes.append(f"{part}: the text of {known:,} of {len(parts[part]):,} examples also occurs in train")
    return tuple(notes)
