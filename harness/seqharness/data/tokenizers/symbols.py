"""Words or characters as the types of a vocabulary: what is not in it is UNK, and is counted.

A model cannot learn what UNK stands for if training has none, so `least` leaves out of the vocabulary what occurs less
often in training. Figures per token compare only between models that share a vocabulary, and bits per byte do not
compare at all where something maps to UNK.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from ...errors import UserError
from ...interfaces import RESERVED, UNK
from ..rows import Rows


def most_frequent(symbols: Iterable[str], types: int | None, least: int) -> list[str]:
    """The symbols that a vocabulary of `types` ids has room for (None: all), of those that occur `least` times or more.

    Equally frequent ones come in the order of their code points. UserError where there is no room for any.
    """
    if types is not None and types <= len(RESERVED):
        raise UserError(f"A vocabulary of {types} has no room: {len(RESERVED)} ids are reserved.")
    frequent = sorted((-count, symbol) for symbol, count in Counter(symbols).items() if count >= least)
    return [symbol for _, symbol in frequent[: None if types is None else types - len(RESERVED)]]


class SymbolTokenizer(ABC):
    """A list of symbols, each a type. Ids 0 to 5 are those of `RESERVED`: of these only UNK comes from a text, for a
    symbol that is not in the list, and never for a text that spells "<unk>"."""

    level: ClassVar[str]
    plural: ClassVar[str]

    def __init__(self, symbols: Sequence[str]) -> None:
        self.symbols = tuple(symbols)
        self._ids = {symbol: place for place, symbol in enumerate(self.symbols, start=len(RESERVED))}

    @classmethod
    def learn(cls, texts: Iterable[str], types: int | None = None, least: int = 1) -> Self:
        """The most frequent symbols of `texts`, equally frequent ones in the order of their code points.

        types: ids in all, the reserved ones included, or None for no limit. least: how often a symbol must occur.
        """
        return cls(most_frequent(chain.from_iterable(map(cls(()).cut, texts)), types, least))

    @abstractmethod
    def cut(self, text: str) -> Sequence[str]:
        """The symbols of a text."""

    @abstractmethod
    def join(self, symbols: Iterable[str]) -> str:
        """The text of symbols."""

    @property
    def types(self) -> int:
        """Number of ids, the reserved ones included."""
        return len(RESERVED) + len(self.symbols)

    def describe(self) -> str:
        """'words, 812 types'."""
        return f"{self.plural}, {self.types:,} types"

    def encode(self, texts: Sequence[str]) -> Rows:
        """One row of ids for each text; UNK (`unknown` counts it) for what is not in the vocabulary."""
        return self.encode_symbols([self.cut(text) for text in texts])

    def encode_symbols(self, rows: Iterable[Sequence[str]]) -> Rows:
        """The same for texts that are cut already."""
        return Rows.of([self._ids.get(symbol, UNK) for symbol in row] for row in rows)

    def decode(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """The texts. UNK is written "<unk>"; the other reserved ids are left out."""
        names = {UNK: RESERVED[UNK], **dict(enumerate(self.symbols, start=len(RESERVED)))}
        return [self.join(names[index] for index in row if index in names) for row in ids]

    def save(self, path: Path) -> None:
        """One JSON file."""
        content = {"level": self.level, **self._settings(), "symbols": self.symbols}
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """What `save` wrote. UserError where the file is no tokenizer of this kind."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["level"] != cls.level:
                raise ValueError(f"its level is {content['level']!r}, not {cls.level!r}")
            return cls._restore(content)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} holds no tokenizer: {error}.") from error

    def _settings(self) -> dict[str, Any]:
        return {}

    @classmethod
    def _restore(cls, content: Mapping[str, Any]) -> Self:
        return cls(content["symbols"])


Cut = Literal["space", "punctuation"]

_MARKS = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")

CUTS: Mapping[Cut, Callable[[str], list[str]]] = {"space": str.split, "punctuation": _MARKS.findall}
"""space: what stands between white space. punctuation: words (an apostrophe within is part of one) and single marks."""


class WordTokenizer(SymbolTokenizer):
    """Words as types; `by` says what a word is (see CUTS). Texts come back with one space between words, so that only
    a text written that way comes back exactly."""

    level = "word"
    plural = "words"

    def __init__(self, symbols: Sequence[str], by: Cut = "space") -> None:
        super().__init__(symbols)
        self.by: Cut = by

    @classmethod
    def learn(cls, texts: Iterable[str], types: int | None = None, least: int = 1, by: Cut = "space") -> Self:
        """As for every list of symbols; by: what a word is."""
        words = chain.from_iterable(map(CUTS[by], texts))
        return cls(most_frequent(words, types, least), by)

    def cut(self, text: str) -> Sequence[str]:
        return CUTS[self.by](text)

    def join(self, symbols: Iterable[str]) -> str:
        return " ".join(symbols)

    def _settings(self) -> dict[str, Any]:
        return {"by": self.by}

    @classmethod
    def _restore(cls, content: Mapping[str, Any]) -> Self:
        if content["by"] not in CUTS:
            raise ValueError(f"words cut by {content['by']!r}")
        return cls(content["symbols"], content["by"])


class CharacterTokenizer(SymbolTokenizer):
    """Unicode code points as types. Texts come back exactly, but for characters that are not in the vocabulary."""

    level = "character"
    plural = "characters"

    def cut(self, text: str) -> Sequence[str]:
        return text

    def join(self, symbols: Iterable[str]) -> str:
        return "".join(symbols)
