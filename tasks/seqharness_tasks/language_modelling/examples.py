"""From texts to examples: a row a text, or the rows that a long text is cut into.

An example's `input` is the text where the row is the whole of it, and token ids where it is a piece of a longer one: a
piece of a text need not be encoded as it is within the text. `scored` names the positions that count, where not all do.
Its `target` is None for a whole text trained on, `text` alone for a piece trained on, and otherwise:

    text      the raw text of the scored tokens; those of a text's rows, joined, are the text
    context   the raw text of the tokens before them
    words     words that begin in `text`
    bytes     bytes of `text`; None where bits per byte would not compare
    repeated  which scored tokens end a bigram that stood in the row before
    log2      of a generated sentence: log2 of its true probability
    verb      of a generated sentence whose tokens are words: the place of a verb, and the id of its wrong form
    answers   masked language modelling: the ids hidden in evaluation
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from seqharness.contracts import Example
from seqharness.data.tokenizers import Tokenizer
from seqharness.interfaces import UNK
from seqharness.metrics.likelihood import masked_answers

from .loading import Text
from .tokens import Ids, TextWords, Tokens, align, encode
from .windows import Window, repeated

Cut = Callable[[int], Iterable[Window]]
"""From a number of tokens to the rows that a text of so many is cut into."""


def training_examples(tokenizer: Tokenizer, texts: Sequence[Text], cut: Cut) -> list[Example]:
    """A row for each window of each text."""
    rows = _rows(tokenizer, texts, cut)
    return [row.example(None if row.window.whole else {"text": row.scored_text}) for row in rows]


def test_examples(
    tokenizer: Tokenizer, texts: Sequence[Text], cut: Cut, masked: bool = False
) -> tuple[list[Example], int]:
    """The same with all that the metrics need, and how many tokens of the texts are unknown."""
    rows = _rows(tokenizer, texts, cut)
    unknown = sum(int((row.ids[row.window.first - row.window.start :] == UNK).sum()) for row in rows)
    if masked:
        return [row.example(_hidden(row), row.text.slices) for row in rows], unknown
    exact = not unknown and recoverable(tokenizer, [text.content for text in texts])
    return [row.example(_facts(row, tokenizer, exact), row.text.slices) for row in rows], unknown


def texts_of(examples: Iterable[Example]) -> Iterator[str]:
    """The texts that training examples were made of: the pieces of each, put together."""
    pieces: list[str] = []
    for example in examples:
        if isinstance(example.input, str):
            yield example.input
            continue
        pieces.append(example.target["text"])
        if example.scored and example.scored[-1] == len(example.input):  # the end of the text is scored
            yield "".join(pieces)
            pieces = []


def recoverable(tokenizer: Tokenizer, texts: Iterable[str]) -> bool:
    """Whether the tokens say the texts exactly: words do only where one rule gives all white space, since its bytes are
    counted. One space between words, and the same before and behind every line."""
    if not isinstance(tokenizer, TextWords):
        return True
    margins, blank = set(), set()
    for line in (line for text in texts for line in text.split("\n")):
        core = line.strip()
        if core != " ".join(core.split()):
            return False
        if core:
            margins.add((line[: line.index(core)], line[line.index(core) + len(core) :]))
        else:
            blank.add(line)
    return len(margins) <= 1 and len(blank - {""}) <= 1


@dataclass(frozen=True)
class _Row:
    """A row of a text."""

    text: Text
    tokens: Tokens
    window: Window

    @property
    def ids(self) -> Ids:
        """The token ids of the row."""
        return self.tokens.ids[self.window.start : self.window.stop]

    @property
    def scored_text(self) -> str:
        """The characters of the scored tokens; up to the end of the text in its last row."""
        end = None if self.window.last else self._begin(self.window.stop)
        return self.text.content[self._begin(self.window.first) : end]

    @property
    def context(self) -> str:
        """The characters of the tokens before."""
        return self.text.content[self._begin(self.window.start) : self._begin(self.window.first)]

    @property
    def words(self) -> int:
        """Words that begin in the scored text."""
        piece, first = self.scored_text, self._begin(self.window.first)
        before = self.text.content[max(first - 1, 0) : first]
        inside = piece[:1].strip() and before.strip()  # the first word began before
        return len(piece.split()) - bool(inside)

    def example(self, target: dict[str, Any] | None, slices: Mapping[str, float] | None = None) -> Example:
        """The row with what is known of it."""
        if self.window.whole:
            return Example(self.text.content, target, slices or {}, None, self._document)
        return Example(self.ids.tolist(), target, slices or {}, self.window.scored, self._document)

    def _begin(self, token: int) -> int:
        """The place of a token's first character."""
        return int(self.tokens.ends[token - 1]) if token else 0

    @property
    def _document(self) -> str | None:
        """The document that the first scored token belongs to; None where the text has no documents."""
        if not self.text.documents:
            return None
        place = self._begin(self.window.first)
        return self.text.documents[bisect_right(self.text.documents, place, key=itemgetter(0)) - 1][1]


def _rows(tokenizer: Tokenizer, texts: Sequence[Text], cut: Cut) -> list[_Row]:
    aligned = align(tokenizer, [text.content for text in texts])
    return [
        _Row(text, tokens, window)
        for text, tokens in zip(texts, aligned, strict=True)
        for window in cut(len(tokens.ids))
    ]


def _facts(row: _Row, tokenizer: Tokenizer, exact: bool) -> dict[str, Any]:
    return {
        "context": row.context,
        "text": row.scored_text,
        "words": row.words,
        "bytes": len(row.scored_text.encode("utf-8", "surrogatepass")) if exact else None,
        "repeated": repeated(row.ids, row.window.scored),
        "log2": row.text.log2,
        "verb": _verb(row.text, tokenizer),
    }


def _hidden(row: _Row) -> dict[str, Any]:
    return {"text": row.scored_text, "answers": masked_answers(row.ids)}


def _verb(text: Text, tokenizer: Tokenizer) -> list[int] | None:
    if text.verb is None or not isinstance(tokenizer, TextWords):
        return None
    place, wrong = text.verb
    return [place, int(encode(tokenizer, [wrong])[0][0])]
