"""The three kinds of data behind `translate`, brought to one form: examples by part, and what a reader must know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seqharness.contracts import Example
from seqharness.data.hub_forms import OBJECTS
from seqharness.data.own import Own, find_own
from seqharness.data.pairs import PairSet, fingerprint, read_aligned, read_pairs
from seqharness.data.sources import DataSource
from seqharness.data.splits import split_missing

from . import multi30k
from .options import PAIRS, TranslateOptions

Parts = dict[str, list[Example]]


@dataclass(frozen=True)
class Corpus:
    """Sentence pairs: `input` and `target` are texts; generated ones carry the slice 'phenomenon'."""

    parts: Parts
    source: str
    notes: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def load_corpus(options: TranslateOptions, source: DataSource) -> Corpus:
    """The data that the options name. UserError for what cannot be found or read."""
    if options.data == "generated":
        return _generated(options)
    if options.data == "multi30k":
        return _multi30k(options, source)
    return _own(options, _find(options, source))


def fingerprint_of(options: TranslateOptions, source: DataSource) -> dict[str, str]:
    """sha256 of every file that `load_corpus` would read, without reading them as text; generated: none."""
    if options.data == "generated":
        return {}
    if options.data == "multi30k":
        return {file.path: file.sha256 for pair in multi30k.files(*options.languages).values() for file in pair}
    own = _find(options, source)
    return own.named(fingerprint(own.path, options.names))


def _generated(options: TranslateOptions) -> Corpus:
    from seqharness_tasks.generated.english_french import corpus

    forward = options.pair == "en-fr"
    parts = {
        part: [
            Example(
                pair.source if forward else pair.target,
                pair.target if forward else pair.source,
                {"phenomenon": tuple(pair.phenomena)},
            )
            for pair in pairs
        ]
        for part, pairs in corpus().items()
    }
    return Corpus(parts, "generated English-French corpus of this package")


def _multi30k(options: TranslateOptions, source: DataSource) -> Corpus:
    sets, files = {}, {}
    for part, pair in multi30k.files(*options.languages).items():
        sets[part] = read_aligned(*(source.fetch(file) for file in pair))
        files.update({file.path: file.sha256 for file in pair})
    return Corpus(_examples(sets), multi30k.SOURCE, _blanks(sets), files)


def _own(options: TranslateOptions, own: Own) -> Corpus:
    sets = read_pairs(own.path, options.names)
    parts, notes = split_missing(_examples(sets), lambda example: str(example.input), "source sentence", own.data)
    files = own.named({name: digest for pairs in sets.values() for name, digest in pairs.files.items()})
    return Corpus(parts, own.data, (*own.notes, *_blanks(sets), *notes), files)


def _find(options: TranslateOptions, source: DataSource) -> Own:
    return find_own(options.data, PAIRS, OBJECTS, source)


def _examples(sets: Mapping[str, PairSet]) -> Parts:
    return {part: [Example(pair.source, pair.target) for pair in pairs.pairs] for part, pairs in sets.items()}


def _blanks(sets: Mapping[str, PairSet]) -> tuple[str, ...]:
    counts = {part: pairs.blank for part, pairs in sets.items() if pairs.blank}
    return tuple(f"{part}: pairs left out for an empty side: {count:,}" for part, count in counts.items())


def repeat_notes(parts: Mapping[str, Sequence[Example]]) -> tuple[str, ...]:
    """How many training pairs occur more than once, and how many examples of other parts have a source trained on."""
    train = parts["train"]
    repeated = len(train) - len({(example.input, example.target) for example in train})
    notes = [f"train: {repeated:,} of {len(train):,} pairs repeat an earlier one; kept"] if repeated else []
    seen = {example.input for example in train}
    for part in (name for name in parts if name != "train"):
        known = sum(example.input in seen for example in parts[part])
        if known:
            notes.append(f"{part}: the source of {known:,} of {len(parts[part]):,} examples also occurs in train")
    return tuple(notes)
