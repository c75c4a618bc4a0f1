"""The kinds of data behind `lm` and `mlm`, brought to one form: texts by part, and what a reader must know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from seqharness.data.files import names_in, read_lines, sha256_of
from seqharness.data.hub_forms import text_of
from seqharness.data.own import Own, find_own
from seqharness.data.pairs import PARTS
from seqharness.data.sources import DataSource
from seqharness.data.splits import split_note, split_off
from seqharness.errors import UserError

from . import published
from .options import LEVEL, TextOptions, Unit

TAIL = 0.05
"""Share of a text that is split off for each of validation and test where they are not there: its last parts."""

LONG_LINE = 8
"""Words from which on a line that stands in two parts is taken for a repeat, not for a phrase that is said again."""


@dataclass(frozen=True)
class Text:
    """What is modelled from its beginning to its end. documents: (place of the first character, name) of each document
    in it, where it is made of several.

    Of a generated sentence: its slices; log2 of its true probability; the place of a verb and its wrong form.
    """

    content: str
    documents: tuple[tuple[int, str], ...] = ()
    slices: Mapping[str, float] = field(default_factory=dict)
    log2: float | None = None
    verb: tuple[int, str] | None = None


Parts = dict[str, list[Text]]


@dataclass(frozen=True)
class Corpus:
    """Texts by part ('train', 'validation', 'test')."""

    parts: Parts
    source: str
    notes: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def load_corpus(options: TextOptions, source: DataSource) -> Corpus:
    """The data that the options name. UserError for what cannot be found, read or split."""
    if options.data == "generated":
        return _generated()
    if options.named:
        return _published(options.data, source)
    return _own(_find(options, source), options.rows)


def fingerprint_of(options: TextOptions, source: DataSource) -> dict[str, str]:
    """What decides the content: the version of the grammar, or sha256 of every file that would be read."""
    if options.data == "generated":
        from seqharness_tasks.generated.agreement_grammar import VERSION

        return {"generator": f"agreement grammar {VERSION}"}
    if options.named:
        return {file.path: file.sha256 for file in published.TEXTS[options.data].values()}
    own = _find(options, source)
    return own.named({str(file): sha256_of(file) for file in _files(own.path).values()})


# ----------------------------------------------------------------------------------------------------------- generated


def _generated() -> Corpus:
    from seqharness_tasks.generated.agreement_grammar import agreement_grammar, corpus, log2_probability

    parts: Parts = {}
    for part, sentences in corpus().items():
        parts[part] = [
            Text(sentence.text)
            if part == "train"
            else Text(
                sentence.text,
                slices={"distance": sentence.distance, "attractors": sentence.attractors},
                log2=log2_probability(sentence.text),
                verb=(sentence.verb, sentence.wrong),
            )
            for sentence in sentences
        ]
    grammar = agreement_grammar()
    bits = sum(-(text.log2 or 0.0) for text in parts["test"]) / len(parts["test"])
    note = (
        f"the grammar's entropy is {grammar.entropy():.2f} bits a sentence of {grammar.mean_length():.1f} words; the "
        f"sentences of the test take {bits:.2f} bits in the mean under the grammar itself"
    )
    return Corpus(parts, "sentences drawn from the probabilistic grammar of this package", (note, *_repeats(parts)))


# ----------------------------------------------------------------------------------------------------------- published


def _published(name: str, source: DataSource) -> Corpus:
    files = published.TEXTS[name]
    parts = {part: [_text(read_lines(source.fetch(file)))] for part, file in files.items()}
    notes: tuple[str, ...] = ()
    if name == "wikitext-2":
        for part, (text,) in parts.items():
            parts[part] = [replace(text, documents=articles(text.content))]
    else:
        parts, notes = _split_text(parts, name)
    sums = {file.path: file.sha256 for file in files.values()}
    return Corpus(parts, published.SOURCES[name], (*notes, *_repeats(parts)), sums)


_HEADING = re.compile(r"(?:\A|\n) ?\n = ([^=\n](?:.*[^=\n])?) = \n(?= ?\n)")


def articles(content: str) -> tuple[tuple[int, str], ...]:
    """Where each article of WikiText begins, and its number and title: at a heading of the first level between blank
    lines; what stands before the first one belongs to it."""
    found = [(match.start(1) - len(" = "), match.group(1)) for match in _HEADING.finditer(content)]
    return tuple((place if number else 0, f"{number + 1}: {title}") for number, (place, title) in enumerate(found))


# ----------------------------------------------------------------------------------------------------------- own files


def _own(own: Own, unit: Unit) -> Corpus:
    files = _files(own.path)
    parts = {part: _texts(path, unit) for part, path in files.items()}
    parts, notes = _split_text(parts, own.data) if unit == "text" else _split_units(parts, own.data)
    sums = own.named({str(path): sha256_of(path) for path in files.values()})
    return Corpus(parts, own.data, (*own.notes, *notes, *_repeats(parts)), sums)


def _find(options: TextOptions, source: DataSource) -> Own:
    return find_own(options.data, LEVEL, text_of(options.text), source)


def _files(path: Path) -> dict[str, Path]:
    """The file of each part: the one given (all of it training), or those of a folder."""
    if not path.is_dir():
        return {"train": path}
    names = names_in(path)
    found: dict[str, Path] = {}
    for part, stems in PARTS.items():
        fitting = [name for name in names if name in {f"{stem}{end}" for stem in stems for end in (".txt", ".txt.gz")}]
        if len(fitting) > 1:
            raise UserError(f"{path} has more than one file for {part}: {', '.join(fitting)}. Keep one.")
        if fitting:
            found[part] = path / fitting[0]
    if "train" not in found:
        raise UserError(f"{path} has no train.txt (nor train.txt.gz): put the text to train on there.")
    return found


def _texts(path: Path, unit: Unit) -> list[Text]:
    """The texts of a file. UserError where it has none."""
    lines = read_lines(path)
    if unit == "text":
        texts = [_text(lines)]
    elif unit == "line":
        texts = [Text(line) for line in lines]
    else:
        texts = [Text(paragraph) for paragraph in _paragraphs(lines)]
    texts = [text for text in texts if text.content.strip()]
    if not texts:
        raise UserError(f"{path} holds white space alone.")
    return texts


def _text(lines: Iterable[str]) -> Text:
    return Text("".join(f"{line}\n" for line in lines))


def _paragraphs(lines: Iterable[str]) -> Iterable[str]:
    """Lines up to a blank one."""
    block: list[str] = []
    for line in lines:
        if line.strip():
            block.append(line)
        elif block:
            yield "\n".join(block)
            block = []
    if block:
        yield "\n".join(block)


# -------------------------------------------------------------------------------------------------------------- splits


def _absent(parts: Mapping[str, object]) -> list[str]:
    return [part for part in ("validation", "test") if part not in parts]


def _ordered(parts: Parts) -> Parts:
    return {part: parts[part] for part in ("train", "validation", "test")}


def _split_units(parts: Parts, name: str) -> tuple[Parts, tuple[str, ...]]:
    """Parts that are not there, split off from training by a hash of each line or paragraph -> with notes."""
    if not (absent := _absent(parts)):
        return _ordered(parts), ()
    train = parts["train"]
    split = split_off([text.content for text in train], absent, name)
    made = {part: [train[place] for place in places] for part, places in split.items()}
    notes = tuple(split_note(part, len(made[part]), len(train), "text") for part in absent)
    return _ordered(parts | made), notes


def _split_text(parts: Parts, name: str) -> tuple[Parts, tuple[str, ...]]:
    """Parts that are not there, cut off from the end of the training text -> with notes. UserError where it is one
    line, or too short."""
    if not (absent := _absent(parts)):
        return _ordered(parts), ()
    content, made, notes = parts["train"][0].content, dict(parts), []
    total = len(content)
    for part in reversed(absent):  # the test is the last
        cut = cut_before(content, len(content) - round(TAIL * total))
        if not cut or not content[:cut].strip() or not content[cut:].strip():
            raise UserError(
                f"{name} is too short to split off {' and '.join(absent)} at the end of a line: give these as files of "
                "their own (train.txt, valid.txt and test.txt in one folder)."
            )
        made[part], content = [Text(content[cut:])], content[:cut]
        share = len(made[part][0].content) / total
        notes.append(f"{part}: {100 * share:.1f} % of the text, cut off from its end")
    made["train"] = [Text(content)]
    return _ordered(made), tuple(reversed(notes))


def cut_before(content: str, place: int) -> int:
    """The last end of a paragraph at or before a place, within a tenth of what is before; else the last end of a line;
    0 where there is none."""
    paragraph = content.rfind("\n\n", 0, place) + 2
    if paragraph > 1 and paragraph >= 0.9 * place:
        return paragraph
    return content.rfind("\n", 0, place) + 1


def _repeats(parts: Mapping[str, Sequence[Text]]) -> tuple[str, ...]:
    """How many lines of other parts also stand in training, counting lines of LONG_LINE words or more."""
    seen = set(_long_lines(parts["train"]))
    notes = []
    for part in ("validation", "test"):
        lines = list(_long_lines(parts[part]))
        if known := sum(line in seen for line in lines):
            notes.append(
                f"{part}: {known:,} of {len(lines):,} lines of {LONG_LINE} words or more also occur in train; kept"
            )
    return tuple(notes)


def _long_lines(texts: Iterable[Text]) -> Iterable[str]:
    for text in texts:
        for line in text.content.split("\n"):
            if len(line.split()) >= LONG_LINE:
                yield line.strip()
