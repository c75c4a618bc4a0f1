"""Gated causal convolution, a sequence mixer after Dauphin et al. 2017.

Each feature is mixed over the last few positions by weights of its own, and a gate that looks at the position itself
says how much of the result goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import Field

from seqharness.contracts import ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.modules.mixer import MixerConfig, mixer_model

if TYPE_CHECKING:
    from torch import nn


class ConvolutionConfig(MixerConfig):
    """One option more than every mixer has."""

    kernel: int = Field(
        default=5, ge=1, description="positions each convolution sees; 2 layers of 5 reach back 8 tokens"
    )


def gated_convolution(width: int, config: ConvolutionConfig) -> nn.Module:
    """The mixer: x [B, T, H] -> y [B, T, H]."""
    import torch
    from torch import Tensor, nn

    class GatedConvolution(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution = nn.Conv1d(width, width, config.kernel, groups=width)
            self.gate = nn.Linear(width, width)
            self.out = nn.Linear(width, width)

        def forward(self, x: Tensor) -> Tensor:
            past = nn.functional.pad(x.transpose(1, 2), (config.kernel - 1, 0))  # [B, H, kernel - 1 + T]
            mixed = self.convolution(past).transpose(1, 2)  # [B, T, H]: of each position and those before it
            y: Tensor = self.out(torch.sigmoid(self.gate(x)) * mixed)
            return y

    return GatedConvolution()


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    register(
        mixer_model(
            name="gated-convolution",
            summary="causal depthwise convolution with a gate",
            paper="Dauphin et al. 2017",
            mixer=gated_convolution,
            config=ConvolutionConfig,
        )
    )
