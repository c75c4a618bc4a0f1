"""Rows of different lengths as one flat array with offsets: mapped from disk, gathered at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Rows:
    """N rows. values: all rows one after the other (token ids, or reals [total, features]); offsets [N + 1]."""

    values: npt.NDArray[Any]
    offsets: npt.NDArray[np.int64]

    @classmethod
    def of(cls, rows: Iterable[Sequence[Any]], dtype: type[np.generic] = np.int32) -> Rows:
        """From any sequences; integers by default."""
        parts = [np.asarray(row, dtype=dtype) for row in rows]
        lengths = np.array([len(part) for part in parts], dtype=np.int64)
        values = np.concatenate(parts) if parts else np.zeros(0, dtype=dtype)
        return cls(values, np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[npt.NDArray[Any]]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> npt.NDArray[Any]:
        return self.values[self.offsets[index] : self.offsets[index + 1]]

    def take(self, indices: npt.NDArray[np.int64]) -> Rows:
        """The rows at `indices`, in that order, in memory."""
        lengths = self.lengths[indices]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        places = np.repeat(self.offsets[indices], lengths) + np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        return Rows(self.values[places], offsets)

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """[N]."""
        return np.diff(self.offsets)

    def padded(
        self, indices: npt.NDArray[np.int64], pad: int, before: int | None = None, after: int | None = None
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
        """The rows at `indices` as one right-padded array [B, longest(, features)] and their lengths [B].

        before, after: a value put at each row's begin and end (BOS, EOS), counted in the lengths.
        """
        starts, lengths = self.offsets[indices], self.offsets[indices + 1] - self.offsets[indices]
        shift = 0 if before is None else 1
        total = lengths + shift + (0 if after is None else 1)
        width = int(total.max(initial=0))
        out = np.full((len(indices), width, *self.values.shape[1:]), pad, dtype=self.values.dtype)
        position = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        row = np.repeat(np.arange(len(indices)), lengths)
        out[row, position + shift] = self.values[np.repeat(starts, lengths) + position]
        if before is not None:
            out[:, 0] = before
        if after is not None:
            out[np.arange(len(indices)), total - 1] = after
        return out, total

    def save(self, path: Path) -> None:
        """Write `path`.values.npy and `path`.offsets.npy."""
        np.save(path.with_name(path.name + ".values.npy"), self.values)
        np.save(path.with_name(path.name + ".offsets.npy"), self.offsets)

    @classmethod
    def open(cls, path: Path) -> Rows:
        """Map from disk what `save` wrote."""
        values, offsets = (
            np.load(path.with_name(f"{path.name}.{part}.npy"), mmap_mode="r", allow_pickle=False)
            for part in ("values", "offsets")
        )
        return cls(values, offsets)
