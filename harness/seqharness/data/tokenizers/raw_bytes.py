"""The bytes of UTF-8 as types: nothing to learn, nothing unknown, and the longest rows of all levels."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from ...errors import UserError
from ...interfaces import RESERVED
from ..rows import Rows


class ByteTokenizer:
    """Byte b is id 6 + b. Ids 0 to 5 are those of `RESERVED` and never come from a text. Every text comes back exactly.

    All 256 bytes have an id, also the 13 that never stand in UTF-8: so an id says its byte.
    """

    level: ClassVar[str] = "byte"

    @classmethod
    def learn(cls, texts: Iterable[str] = (), types: int | None = None) -> Self:
        """Nothing is learned, and `types` is always 262: the arguments are those of the other levels."""
        return cls()

    @classmethod
    def load(cls, path: Path) -> Self:
        """What `save` wrote. UserError where the file is no tokenizer of this kind."""
        try:
            level = json.loads(path.read_text(encoding="utf-8"))["level"]
            if level != cls.level:
                raise ValueError(f"its level is {level!r}, not {cls.level!r}")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} holds no tokenizer: {error}.") from error
        return cls()

    def save(self, path: Path) -> None:
        """One JSON file that names the level."""
        path.write_text(json.dumps({"level": self.level}), encoding="utf-8")

    @property
    def types(self) -> int:
        """Number of ids, the reserved ones included."""
        return len(RESERVED) + 256

    def describe(self) -> str:
        """'bytes, 262 types'."""
        return f"bytes, {self.types} types"

    def encode(self, texts: Sequence[str]) -> Rows:
        """One row of ids for each text, without reserved ids."""
        encoded = [text.encode("utf-8") for text in texts]
        values = np.frombuffer(b"".join(encoded), dtype=np.uint8).astype(np.int32) + np.int32(len(RESERVED))
        return Rows(values, np.cumsum([0, *map(len, encoded)], dtype=np.int64))

    def decode(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """The texts. Reserved ids are left out; bytes that form no character become U+FFFD."""
        shift = len(RESERVED)
        return [bytes(index - shift for index in row if index >= shift).decode("utf-8", "replace") for row in ids]
