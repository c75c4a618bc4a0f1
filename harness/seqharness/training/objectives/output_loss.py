"""Cross-entropy of an output layer in slices of positions, so that [positions, vocabulary] never is whole in memory.

The logits of a slice, their softmax and their gradient are one buffer, and the gradients of features, weight and bias
are summed up at once, in the forward pass (as Wijmans et al. 2024, https://arxiv.org/abs/2411.09009, and others do on
GPUs). Value and gradient are those of `cross_entropy(features @ weight.T + bias)`, up to the order of sums.
"""

from __future__ import annotations

from typing import Any, TypeGuard

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ...modules.shared import Output
from ...precision.bf16 import GRID, is_rounding, rounded

SLICE = 1 << 22
"""Logits of a slice, 16 MiB in float32: smaller ones were slower, for products of few rows are."""

LEAST_ROWS = 2 * GRID
"""Positions of a slice, however large the vocabulary."""

LEAST_LOGITS = 1 << 16
"""With fewer, nothing is gained."""


def slice_rows(outputs: int) -> int:
    """Positions of a slice where each has so many logits."""
    return max(LEAST_ROWS, SLICE // outputs // GRID * GRID)


def has_output_loss(output: object, features: Tensor) -> TypeGuard[Output]:
    """Whether `OutputLoss` serves: the output is the interface's own layer, in float32 on a CPU, and large enough."""
    return (
        type(output) is Output
        and output.weight.size(0) * features.size(0) >= LEAST_LOGITS
        and output.weight.dtype == torch.float32
        and features.device.type == "cpu"
        and torch.is_grad_enabled()
    )


def output_loss(output: Output, features: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    """Mean loss of the M positions; its products are in bfloat16 where those of linear layers are."""
    arguments = features, output.weight, output.bias, targets, smoothing, is_rounding()
    loss: Tensor = OutputLoss.apply(*arguments)  # type: ignore[no-untyped-call]
    return loss


class OutputLoss(torch.autograd.Function):
    """(features [M, H], weight [V, H], bias [V], targets [M], label smoothing) -> mean loss, a scalar in nats.

    With smoothing e a position's loss is (1 - e) * -log p(target) + e * mean over v of -log p(v) (Szegedy et al. 2016).
    rounds: the products are in bfloat16; softmax and gradients are float32.
    """

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, smoothing: float, rounds: bool
    ) -> Tensor:
        outputs, positions = weight.size(0), features.size(0)
        matrix = weight.bfloat16() if rounds else weight
        grads = torch.empty_like(features, dtype=torch.float32), torch.zeros_like(weight), torch.zeros_like(bias)
        total = torch.zeros((), dtype=torch.float64)
        for start in range(0, positions, slice_rows(outputs)):
            part = slice(start, start + slice_rows(outputs))
            target = targets[part].unsqueeze(1)
            inputs = rounded(features[part]) if rounds else features[part]
            logits = (
                (inputs @ matrix.t())[: len(target)].float().add_(bias)
                if rounds
                else torch.addmm(bias, inputs, matrix.t())
            )
            chosen = logits.gather(1, target)
            spread = logits.mean(1, keepdim=True) if smoothing else 0.0
            largest = logits.amax(1, keepdim=True)
            scaled = logits.sub_(largest).exp_()
            sums = scaled.sum(1, keepdim=True)
            losses = sums.log() + largest - (1 - smoothing) * chosen - smoothing * spread
            total += losses.sum(dtype=torch.float64)
            slope = scaled.div_(sums * positions)  # from here on the gradient with respect to the logits
            if smoothing:
                slope.sub_(smoothing / (outputs * positions))
            slope.scatter_add_(1, target, slope.new_full((1, 1), -(1 - smoothing) / positions).expand_as(target))
            grads[2].add_(slope.sum(0))
            if rounds:
                small = rounded(slope)
                grads[0][part] = (small @ matrix)[: len(slope)]
                grads[1].add_(small.t() @ inputs)
            else:
                torch.mm(slope, matrix, out=grads[0][part])
                grads[1].addmm_(slope.t(), inputs)
        ctx.save_for_backward(grads[0].to(features.dtype), *grads[1:])
        return (total / positions).to(torch.float32)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        scale = float(slopes[0])
        found = ctx.saved_tensors
        return (*(one if scale == 1 else one * scale for one in found), None, None, None)
