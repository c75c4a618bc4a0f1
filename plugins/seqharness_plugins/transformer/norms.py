"""Normalisation of features. Each module is called as `norm(x, real)`: x [B, T, H] -> [B, T, H].

real [B, T], true at real positions, or None where all are: only statistics over positions have to know.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

EPSILON = 1e-5


class LayerNorm(nn.LayerNorm):
    """Each position by the mean and variance of its own features (Ba et al. 2016, https://arxiv.org/abs/1607.06450)."""

    def __init__(self, width: int) -> None:
        super().__init__(width, eps=EPSILON)

    def forward(self, x: Tensor, real: Tensor | None = None) -> Tensor:
        return super().forward(x)


class RMSNorm(nn.RMSNorm):
    """Each position by the root mean square of its features, with neither mean nor bias
    (Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467)."""

    def __init__(self, width: int) -> None:
        super().__init__(width, eps=EPSILON)

    def forward(self, x: Tensor, real: Tensor | None = None) -> Tensor:
        return super().forward(x)


class BatchNorm(nn.Module):
    """Each feature by its mean and variance over all real positions of the batch
    (Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167).

    Training takes the statistics of the batch and keeps a running mean of them (of the unbiased variance); evaluation
    takes that, so that a row does not depend on those beside it. A position tells of the others in training: no causal
    model may use it.
    """

    momentum = 0.1
    running_mean: Tensor
    running_variance: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.register_buffer("running_mean", torch.zeros(width))
        self.register_buffer("running_variance", torch.ones(width))

    def forward(self, x: Tensor, real: Tensor | None = None) -> Tensor:
        wide = x.to(torch.promote_types(x.dtype, torch.float32))  # a sum over a batch is too long for 16 bits
        mean, variance = self.statistics(wide, real) if self.training else (self.running_mean, self.running_variance)
        return (wide - mean) * torch.rsqrt(variance + EPSILON) * self.weight + self.bias

    def statistics(self, x: Tensor, real: Tensor | None) -> tuple[Tensor, Tensor]:
        """Mean and biased variance [H] over the real positions; moves the running ones towards them."""
        shares = x.new_ones(x.shape[:2]) if real is None else real.to(x.dtype)  # [B, T]
        count = shares.sum().clamp(min=1)
        shares = (shares / count).unsqueeze(2)  # [B, T, 1], in sum 1
        mean = (x * shares).sum((0, 1))
        variance = ((x - mean).square() * shares).sum((0, 1))
        with torch.no_grad():
            unbiased = variance * count / (count - 1).clamp(min=1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_variance.lerp_(unbiased, self.momentum)
        return mean, variance


class NoNorm(nn.Identity):
    """x as it is."""

    def forward(self, x: Tensor, real: Tensor | None = None) -> Tensor:
        return x


NORMS: dict[str, type[LayerNorm] | type[RMSNorm] | type[BatchNorm] | type[NoNorm]] = {
    "layer": LayerNorm,
    "rms": RMSNorm,
    "batch": BatchNorm,
    "none": NoNorm,
}
