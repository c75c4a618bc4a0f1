"""Inputs for any interface: random rows of different lengths, and what checks do to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..interfaces import BOS, PAD, RESERVED
from ..modules.memory import valid_positions

LENGTHS, SOURCE_LENGTHS = (6, 4, 2, 5, 1), (7, 3, 5, 1, 4)
"""Real positions of the B = 5 rows: a full one, a row of one token, and no size that is another's too."""


@dataclass(frozen=True)
class Inputs:
    """What a network is called with.

    tokens [B, T] (or reals [B, T, features]), lengths [B] or None where every row is full; source [B, S] and its
    lengths for a network that encodes one.
    """

    tokens: Tensor
    lengths: Tensor | None
    source: Tensor | None = None
    source_lengths: Tensor | None = None

    def row(self, b: int, size: int | None = None) -> Inputs:
        """Row b alone, without its padding and without lengths; with `size`, its first positions."""
        size = size if size is not None else _length(self.tokens, self.lengths, b)
        source = self.source
        if source is not None:
            source = source[b : b + 1, : _length(source, self.source_lengths, b)]
        return Inputs(self.tokens[b : b + 1, :size], None, source, None)

    def full(self) -> Inputs:
        """The same rows with lengths that say that all are full."""
        lengths = torch.full((len(self.tokens),), self.tokens.size(1))
        source = None if self.source is None else torch.full((len(self.source),), self.source.size(1))
        return replace(self, lengths=lengths, source_lengths=source)

    def wider(self, more: int, filler: int) -> Inputs:
        """With `more` positions of padding behind every row, and `filler` in all padding."""
        tokens = _refill(self.tokens, self.lengths, more, filler)
        source = None if self.source is None else _refill(self.source, self.source_lengths, more + 1, filler + 1)
        return replace(self, tokens=tokens, source=source)

    def with_tokens(self, tokens: Tensor) -> Inputs:
        """Other tokens, all else the same."""
        return replace(self, tokens=tokens)

    def to(self, place: torch.device | torch.dtype | str) -> Inputs:
        """On another device, or with real inputs of another dtype."""

        def move(tensor: Tensor | None) -> Tensor | None:
            if tensor is None or (isinstance(place, torch.dtype) and not tensor.is_floating_point()):
                return tensor
            return tensor.to(place)

        tokens = move(self.tokens)
        assert tokens is not None
        return Inputs(tokens, move(self.lengths), move(self.source), move(self.source_lengths))


def random_rows(lengths: Sequence[int], vocabulary: int, features: int = 0, seed: int = 1) -> Tensor:
    """Rows [B, T] of tokens that are no reserved ids, or of normal reals [B, T, features]; PAD or 0 past their end."""
    generator = torch.Generator().manual_seed(seed)
    size = (len(lengths), max(lengths))
    real = valid_positions(torch.tensor(lengths), max(lengths))
    if features:
        reals = torch.randn(*size, features, generator=generator, dtype=torch.float64)
        return reals.masked_fill(~real.unsqueeze(2), 0.0)
    return torch.randint(len(RESERVED), vocabulary, size, generator=generator).masked_fill(~real, PAD)


def begin(tokens: Tensor) -> Tensor:
    """The same rows with BOS as their first token, as a decoder is given them."""
    tokens = tokens.clone()
    tokens[:, 0] = BOS
    return tokens


def replaced(tokens: Tensor, positions: slice, vocabulary: int, shift: int = 1) -> Tensor:
    """The rows with another token (or other reals) at every one of these positions; another shift, another token."""
    tokens = tokens.clone()
    part = tokens[:, positions]
    if tokens.is_floating_point():
        tokens[:, positions] = part + 0.5 * shift
        return tokens
    ordinary = vocabulary - len(RESERVED)
    tokens[:, positions] = len(RESERVED) + (part - len(RESERVED) + shift) % ordinary
    return tokens


def _length(rows: Tensor, lengths: Tensor | None, b: int) -> int:
    return rows.size(1) if lengths is None else int(lengths[b])


def _refill(rows: Tensor, lengths: Tensor | None, more: int, filler: int) -> Tensor:
    assert lengths is not None, "full rows have no padding to fill"
    wide = rows.new_full((rows.size(0), rows.size(1) + more, *rows.shape[2:]), filler)
    wide[:, : rows.size(1)] = rows
    padding = ~valid_positions(lengths, wide.size(1))
    wide[padding] = filler
    return wide
