"""The two kinds of data behind `tag`, brought to one form: examples by part, and what a reader must know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from seqharness.contracts import Example
from seqharness.data.columns import TaggedFile, fingerprint, read_tagged
from seqharness.data.hub_forms import TAGGED
from seqharness.data.own import Own, find_own
from seqharness.data.sources import DataSource
from seqharness.data.splits import split_missing
from seqharness.errors import UserError, nearest

from .options import TagOptions

Parts = dict[str, list[Example]]

MOST_TAGS = 1_000
"""With more the column holds something else."""


@dataclass(frozen=True)
class Corpus:
    """Tagged sentences: `input` is a list of words, `target` a list of as many tags, each one of `tags`."""

    parts: Parts
    tags: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def load_corpus(options: TagOptions, source: DataSource) -> Corpus:
    """The data that the options name. UserError for what cannot be found, read or learned from."""
    return _generated() if options.data == "generated" else _own(options, _find(options, source))


def fingerprint_of(options: TagOptions, source: DataSource) -> dict[str, str]:
    """sha256 of every file that `load_corpus` would read, without reading them as text; generated: none."""
    if options.data == "generated":
        return {}
    own = _find(options, source)
    return own.named(fingerprint(own.path))


def _generated() -> Corpus:
    from seqharness_tasks.generated.agreement_tags import TAGS, corpus

    parts = {
        part: [
            Example(
                list(made.words),
                list(made.tags),
                {"distance": float(made.distance), "attractors": float(made.attractors)},
            )
            for made in sentences
        ]
        for part, sentences in corpus().items()
    }
    return Corpus(parts, TAGS, "generated sentences with agreement over a distance, of this package")


def _own(options: TagOptions, own: Own) -> Corpus:
    found = read_tagged(own.path, options.columns)
    tags = _tags(found["train"], options)
    for part, file in found.items():
        _check_tags(part, file, tags)
    parts = {part: [Example(list(s.words), list(s.tags)) for s in file.sentences] for part, file in found.items()}
    whole, notes = split_missing(parts, lambda example: "\t".join(example.input), "words of the sentence", own.data)
    files = own.named({str(file.path): file.sha256 for file in found.values()})
    cut = {
        part: [piece for example in examples for piece in pieces(example, options.max_length)]
        for part, examples in whole.items()
    }
    return Corpus(cut, tags, own.data, (*own.notes, *notes, *_cut_notes(whole, options.max_length)), files)


def _find(options: TagOptions, source: DataSource) -> Own:
    return find_own(options.data, ("generated",), TAGGED, source)


def _tags(train: TaggedFile, options: TagOptions) -> tuple[str, ...]:
    """The tags of the training file, "O" first. UserError for one alone or too many."""
    found = sorted({tag for sentence in train.sentences for tag in sentence.tags}, key=lambda tag: (tag != "O", tag))
    if len(found) == 1:
        raise UserError(f"{train.path}: every word has the tag {found[0]!r}; there is nothing to tell apart.")
    if len(found) > MOST_TAGS:
        raise UserError(
            f"{train.path} has {len(found):,} different tags in column {options.tags}, such as {found[0][:40]!r}; at "
            f"most {MOST_TAGS:,} are. Name the column of the tags by tags=NUMBER."
        )
    return tuple(found)


def _check_tags(part: str, file: TaggedFile, tags: Sequence[str]) -> None:
    """UserError for a tag that the training file does not have."""
    known = frozenset(tags)
    for sentence in file.sentences:
        for tag, line in zip(sentence.tags, sentence.lines, strict=True):
            if tag not in known:
                raise UserError(
                    f"{file.path}:{line}: the tag {tag[:40]!r} of the {part} part does not occur in train."
                    f"{nearest(tag, tags[:20])}"
                )


def pieces(example: Example, limit: int) -> Iterator[Example]:
    """A sentence in pieces of at most `limit` words."""
    for begin in range(0, len(example.input), limit):
        end = begin + limit
        yield Example(example.input[begin:end], example.target[begin:end], example.slices)


def _cut_notes(parts: Mapping[str, Sequence[Example]], limit: int) -> tuple[str, ...]:
    counts = {part: sum(len(example.input) > limit for example in examples) for part, examples in parts.items()}
    return tuple(
        f"{part}: {count:,} of {len(parts[part]):,} sentences are longer than {limit:,} words; cut into pieces"
        for part, count in counts.items()
        if count
    )


def repeat_notes(parts: Mapping[str, Sequence[Example]]) -> tuple[str, ...]:
    """How many training sentences occur more than once, and how many of other parts were trained on."""
    train = parts["train"]
    seen = {tuple(example.input) for example in train}
    notes = []
    if repeated := len(train) - len(seen):
        notes.append(f"train: {repeated:,} of {len(train):,} sentences repeat an earlier one; kept")
    for part in (name for name in parts if name != "train"):
        known = sum(tuple(example.input) in seen for example in parts[part])
        if known:
            notes.append(f"{part}: {known:,} of {len(parts[part]):,} sentences also occur in train")
    return tuple(notes)
