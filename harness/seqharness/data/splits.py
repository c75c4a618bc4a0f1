"""Parts split off from the training examples by a hash of their content: the same on every machine, in any order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..contracts import Example
from ..errors import UserError


@dataclass(frozen=True)
class Share:
    """How much is split off: a share of the distinct keys, at least one of them and at most `limit`."""

    share: float
    limit: int

    def of(self, distinct: int) -> int:
        """The number of distinct keys that go to the part."""
        return min(max(round(self.share * distinct), 1), self.limit)


SHARES: Mapping[str, Share] = {"test": Share(0.10, 2_000), "validation": Share(0.05, 2_000)}
"""What is split off where a data set lacks the part. 2,000 bounds the time of decoding, not the precision."""


def split_off(keys: Sequence[str], parts: Sequence[str], name: str = "") -> dict[str, list[int]]:
    """Which examples go to each of the parts (of SHARES), by index, and which stay: 'train'. Each in the given order.

    The distinct keys are ordered by their sha256, and the first ones taken. Equal keys stay together, so that with the
    input as the key no input of a part is left in training. UserError, beginning with the name of the data, where
    nothing would be left.
    """
    ranked = sorted(set(keys), key=lambda key: hashlib.sha256(key.encode("utf-8")).digest())
    owner: dict[str, str] = {}
    for part in (name for name in SHARES if name in parts):
        count = SHARES[part].of(len(ranked))
        start = len(owner)
        owner.update(dict.fromkeys(ranked[start : start + count], part))
    if len(owner) >= len(ranked):
        raise UserError(
            f"{name}{': ' if name else ''}{len(ranked)} distinct examples are too few to split off "
            f"{' and '.join(parts)}: give these as own files."
        )
    split: dict[str, list[int]] = {"train": [], **{part: [] for part in parts}}
    for index, key in enumerate(keys):
        split[owner.get(key, "train")].append(index)
    return split


def split_note(part: str, count: int, total: int, key: str) -> str:
    """How a part came about, for the report."""
    return (
        f"{part}: {count:,} of {total:,} training examples ({100 * count / total:.1f} %), split off by a hash of the "
        f"{key}; examples with the same {key} stay together"
    )


def split_missing(
    parts: Mapping[str, list[Example]], key: Callable[[Example], str], what: str, name: str = ""
) -> tuple[dict[str, list[Example]], tuple[str, ...]]:
    """'train', 'validation' and 'test', with the last two split off from the first where they are not there -> and
    notes on it. key: the text of an example that is hashed; what: it is called in the notes. name: of the data,
    for a message."""
    absent = [part for part in ("validation", "test") if part not in parts]
    if not absent:
        return dict(parts), ()
    train = parts["train"]
    indices = split_off([key(example) for example in train], absent, name)
    made = {part: [train[index] for index in rows] for part, rows in indices.items()}
    notes = tuple(split_note(part, len(made[part]), len(train), what) for part in absent)
    return {part: made.get(part, parts.get(part, [])) for part in ("train", "validation", "test")}, notes
