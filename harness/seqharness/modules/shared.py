"""The two layers that the interface gives to every model: the same layer, the same initialisation, whoever asks.

Initialisation: the rows of an embedding, and of an output layer of its own, are normal with standard deviation
width**-0.5, and the embedding multiplies what it looks up by width**0.5 (Vaswani et al. 2017, section 3.4). So every
model gets inputs of variance 1 a feature, which suits gates and residual streams alike and stands beside sinusoids
of amplitude 1; and the same matrix, tied to the output (Press & Wolf 2017), turns features of variance 1 into logits
of variance 1, so that every model starts at a loss near log(vocabulary).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..interfaces import PAD


class TokenEmbedding(nn.Module):
    """Tokens [B, T] -> [B, T, width]. The row of PAD is zero and stays zero, even where an output layer shares it.

    The gradient of that row is set to zero as soon as it has been accumulated, because with tied weights the output
    layer would otherwise move it. PAD's logit is then its bias alone.
    """

    def __init__(self, vocabulary: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(vocabulary, width))
        self.scale = width**0.5
        nn.init.normal_(self.weight, std=width**-0.5)
        with torch.no_grad():
            self.weight[PAD].zero_()
        self._keep_padding()

    def _keep_padding(self) -> None:
        self.weight.register_post_accumulate_grad_hook(_clear_padding)  # type: ignore[no-untyped-call]

    def forward(self, tokens: Tensor) -> Tensor:
        x: Tensor = F.embedding(tokens, self.weight, padding_idx=PAD) * self.scale
        return x  # [B, T, H]

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        self._keep_padding()  # a copy of a parameter has lost its hooks

    def extra_repr(self) -> str:
        return f"vocabulary={self.weight.size(0)}, width={self.weight.size(1)}"


def _clear_padding(weight: Tensor) -> None:
    if weight.grad is not None:
        weight.grad[PAD].zero_()


class Projection(nn.Linear):
    """Real inputs [B, T, features] -> [B, T, width]: what stands in for an embedding where inputs are numbers.

    Weights are normal with standard deviation features**-0.5, so that inputs of variance 1 keep it; biases are zero.
    """

    def __init__(self, features: int, width: int) -> None:
        super().__init__(features, width)

    def reset_parameters(self) -> None:
        nn.init.normal_(self.weight, std=self.in_features**-0.5)
        nn.init.zeros_(self.bias)


class Output(nn.Module):
    """Features [..., width] -> [..., outputs]: `features @ weight.T + bias`.

    weight [outputs, width] is the very parameter of `tied` where that has this shape, else one of its own.
    bias [outputs] starts at zero. The engine reads both to compute the loss in chunks.
    """

    weight: nn.Parameter

    def __init__(self, width: int, outputs: int, tied: nn.Module | None = None) -> None:
        super().__init__()
        shared = getattr(tied, "weight", None)
        if isinstance(shared, nn.Parameter) and shared.shape == (outputs, width):
            self.weight = shared
        else:
            self.weight = nn.Parameter(torch.empty(outputs, width))
            nn.init.normal_(self.weight, std=width**-0.5)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, features: Tensor) -> Tensor:
        return F.linear(features, self.weight, self.bias)  # [..., outputs]

    def extra_repr(self) -> str:
        return f"width={self.weight.size(1)}, outputs={self.weight.size(0)}"
