"""Where in its row a token stands: added to the embedding, because attention itself does not see order.

Each module is called as `positions(x, before, start)`: x [B, T, H] are new positions, of which `before` have gone by
in every row; where rows differ (padding lies between), `start` [B] counts the real positions of each row instead.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class Positions(nn.Module):
    """x [B, T, H] plus row t of a table for the token at position t."""

    def table(self, size: int) -> Tensor:
        """[size, H]"""
        raise NotImplementedError

    def forward(self, x: Tensor, before: int = 0, start: Tensor | None = None) -> Tensor:
        size = before + x.size(1)
        table = self.table(size)
        if start is None:
            return x + table[before:]
        index = start.unsqueeze(1) + torch.arange(x.size(1), device=x.device)  # [B, T]
        return x + table[index]


class Sinusoidal(Positions):
    """Waves of wavelengths from 2 pi to 10000 * 2 pi (Vaswani et al. 2017, section 3.5). Nothing is learned."""

    fixed: Tensor

    def __init__(self, width: int, max_length: int) -> None:
        super().__init__()
        self.width = width
        self.register_buffer("fixed", sinusoids(max_length, width), persistent=False)

    def table(self, size: int) -> Tensor:
        if size <= self.fixed.size(0):
            return self.fixed[:size]
        return sinusoids(size, self.width).to(self.fixed)


def sinusoids(size: int, width: int) -> Tensor:
    """[size, width]: sin(t / 10000**(i / width)) at even features i, the cosine of the same at the next, odd one."""
    steps = torch.arange(size, dtype=torch.float32).unsqueeze(1)  # [T, 1]
    frequencies = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))  # [ceil(H / 2)]
    waves = torch.stack([torch.sin(steps * frequencies), torch.cos(steps * frequencies)], -1)
    return waves.flatten(1)[:, :width]


class Learned(Positions):
    """A vector learned for each position up to `max_length` (Gehring et al. 2017), begun and scaled as tokens are."""

    def __init__(self, width: int, max_length: int) -> None:
        super().__init__()
        self.scale = width**0.5
        self.weight = nn.Parameter(torch.empty(max_length, width))
        nn.init.normal_(self.weight, std=width**-0.5)

    def table(self, size: int) -> Tensor:
        if size > self.weight.size(0):
            raise ValueError(f"A row of {size} tokens is longer than the {self.weight.size(0)} positions learned.")
        table: Tensor = self.weight[:size] * self.scale
        return table


class NoPositions(nn.Module):
    """x as it is. A decoder can still tell the order, because it sees the past only; an encoder cannot."""

    def __init__(self, width: int, max_length: int) -> None:
        super().__init__()

    def forward(self, x: Tensor, before: int = 0, start: Tensor | None = None) -> Tensor:
        return x


POSITIONS: dict[str, type[Sinusoidal] | type[Learned] | type[NoPositions]] = {
    "sinusoidal": Sinusoidal,
    "learned": Learned,
    "rope": NoPositions,  # told in attention: relative_positions.py
    "alibi": NoPositions,
    "relative": NoPositions,
    "none": NoPositions,
}
