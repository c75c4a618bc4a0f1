"""Two mixers for the tests, as a plugin file would have them: `average` keeps a state, `mean` is not causal."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from seqharness.contracts import ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.modules.mixer import mixer_model


class MovingAverage(nn.Module):
    """A causal mixer with a state of its own: h_t = a h_{t-1} + (1 - a) x_t for each feature."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.decay = nn.Parameter(torch.linspace(-1, 1, width))

    def forward(self, x: Tensor, lengths: Tensor | None, state: Tensor | None) -> tuple[Tensor, Tensor]:
        decay = self.decay.sigmoid()
        hidden = torch.zeros_like(x[:, 0]) if state is None else state
        outputs = []
        for t in range(x.size(1)):
            following = decay * hidden + (1 - decay) * x[:, t]
            real = torch.ones_like(x[:, 0, :1], dtype=torch.bool) if lengths is None else (lengths > t).unsqueeze(1)
            hidden = torch.where(real, following, hidden)
            outputs.append(hidden)
        return torch.stack(outputs, 1), hidden


class WholeMean(nn.Module):
    """A mixer that is not causal: the mean of the row, through a linear layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width)

    def forward(self, x: Tensor, lengths: Tensor | None, state: None) -> tuple[Tensor, None]:
        if lengths is None:
            return self.linear(x.mean(1, keepdim=True)).expand_as(x), None
        real = torch.arange(x.size(1), device=x.device) < lengths.unsqueeze(1)
        mean = (x * real.unsqueeze(2)).sum(1, keepdim=True) / lengths.reshape(-1, 1, 1)
        return self.linear(mean).expand_as(x), None


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    summary = "a mixer for tests"
    register(mixer_model(name="average", summary=summary, mixer=lambda width, config: MovingAverage(width)))
    register(mixer_model(name="mean", summary=summary, mixer=lambda width, config: WholeMean(width), causal=False))
