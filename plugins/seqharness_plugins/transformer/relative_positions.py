"""Order told in self-attention, by how far apart two positions stand, instead of being added to the embedding.

`rope`      queries and keys are turned by their positions (Su et al. 2021)
`alibi`     scores fall with the distance (Press et al. 2022)
`relative`  a learned key for each distance (Shaw et al. 2018)

Each scheme is a module called once for all layers: `scheme(queries, keys) -> Order`, with the positions of the queries
[T] or [B, T] and of the keys [S] or [B, S] in their rows. T new positions, S positions so far, D size of a head.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from seqharness.errors import UserError

from .config import TransformerConfig


class Rotation(NamedTuple):
    """Cosine and sine of the angles of new positions, [T, D] or [B, 1, T, D]."""

    cosine: Tensor
    sine: Tensor


class Order(NamedTuple):
    """What self-attention is told: a bias on the scores [heads, T, S] or [B, heads, T, S], a rotation of new queries
    and keys, or the row of the table of distances for each pair, [1 or B, 1, T, S]."""

    bias: Tensor | None = None
    rotation: Rotation | None = None
    distances: Tensor | None = None


class NoScheme(nn.Module):
    """Order is not told in attention. `distances`: how many rows a table of distances has."""

    distances = 0

    def __init__(self, config: TransformerConfig, max_length: int, causal: bool) -> None:
        super().__init__()

    def forward(self, queries: Tensor, keys: Tensor) -> Order:
        return Order()


class Rotary(NoScheme):
    """The score of two turned vectors depends on their distance alone: features i and i + D / 2 of a head are a point
    in the plane, turned by position / 10000**(2 i / D) (https://arxiv.org/abs/2104.09864, equations 14, 15 and 34).

    The paper takes neighbours as points; which features meet is a matter of the projections before, which are learned.
    Keys are kept as turned: their positions do not change.
    """

    frequencies: Tensor

    def __init__(self, config: TransformerConfig, max_length: int, causal: bool) -> None:
        super().__init__(config, max_length, causal)
        size = config.width // config.heads
        if size % 2:
            raise UserError(
                f"position=rope turns pairs of features, and width {config.width} gives each of {config.heads} heads "
                f"{size} of them: take a width that is a multiple of {2 * config.heads}."
            )
        frequencies = torch.exp(torch.arange(0, size, 2) * (-math.log(10000.0) / size))  # [D / 2]
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, queries: Tensor, keys: Tensor) -> Order:
        angles = queries.unsqueeze(-1) * self.frequencies  # [.., T, D / 2]
        angles = torch.cat([angles, angles], -1)
        if angles.dim() == 3:
            angles = angles.unsqueeze(1)  # [B, 1, T, D]
        return Order(rotation=Rotation(angles.cos(), angles.sin()))


def rotate(x: Tensor, rotation: Rotation) -> Tensor:
    """x [B, heads, T, D] with each pair (x_i, x_{i + D / 2}) turned by its angle."""
    left, right = x.chunk(2, -1)
    turned = x * rotation.cosine + torch.cat([-right, left], -1) * rotation.sine
    return turned.to(x.dtype)


class LinearBiases(NoScheme):
    """ALiBi: a head takes its slope times the distance from the score (https://arxiv.org/abs/2108.12409, section 3).

    The paper is about decoders, which look back only. In an encoder the distance counts the same to both sides: it
    tells how far away a token stands, but not whether before or after, and a row read backwards looks the same.
    """

    slopes: Tensor

    def __init__(self, config: TransformerConfig, max_length: int, causal: bool) -> None:
        super().__init__(config, max_length, causal)
        self.register_buffer("slopes", torch.tensor(slopes(config.heads)), persistent=False)

    def forward(self, queries: Tensor, keys: Tensor) -> Order:
        distances = (queries.unsqueeze(-1) - keys.unsqueeze(-2)).abs()  # [.., T, S]
        return Order(bias=-self.slopes[:, None, None] * distances.unsqueeze(-3))


def slopes(heads: int) -> list[float]:
    """2**(-8 / n), 2**(-16 / n), ... for n heads; where n is no power of two, those of the power below it, then every
    second one of the power above, as in the code of the paper."""
    power = 1 << (heads.bit_length() - 1)
    found = [2 ** (-8 * number / power) for number in range(1, power + 1)]
    return found + [2 ** (-4 * number / power) for number in range(1, 2 * power, 2)][: heads - power]


class ClippedDistances(NoScheme):
    """A learned vector for each distance is added to the keys (https://arxiv.org/abs/1803.02155, equations 5 and 6).

    Distances are clipped, so that long rows need no more vectors; each layer and head has its own. The paper also adds
    vectors to the values and finds that the keys alone do as well (its table 3): they alone leave attention a function
    of scores. A decoder looks back only and has no vectors for what is ahead.
    """

    def __init__(self, config: TransformerConfig, max_length: int, causal: bool) -> None:
        super().__init__(config, max_length, causal)
        self.reach = min(config.clipping_distance, max_length - 1)
        self.ahead = 0 if causal else self.reach
        self.distances = self.reach + 1 + self.ahead if self.reach else 0  # one position has no distance to tell

    def forward(self, queries: Tensor, keys: Tensor) -> Order:
        if not self.distances:
            return Order()
        distances = keys.unsqueeze(-2) - queries.unsqueeze(-1)  # [.., T, S]
        rows = distances.clamp(-self.reach, self.ahead) + self.reach
        return Order(distances=rows.view(-1, 1, *rows.shape[-2:]))


SCHEMES: dict[str, type[NoScheme]] = {
    "sinusoidal": NoScheme,
    "learned": NoScheme,
    "none": NoScheme,
    "rope": Rotary,
    "alibi": LinearBiases,
    "relative": ClippedDistances,
}
