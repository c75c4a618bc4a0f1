"""Adaptive computation time (Graves 2016, https://arxiv.org/abs/1603.08983), a clock of its own at every position.

With s^n the state of a position after step n, of at most M:

    h^n = sigmoid(w . s^n + b)                                     halting probability
    N   = the first n with h^1 + ... + h^n >= threshold, or M      steps taken (threshold = 1 - epsilon in the paper)
    R   = 1 - (h^1 + ... + h^{N - 1})                              remainder
    p^n = h^n for n < N, R for n = N                               which sum to 1
    y   = p^1 s^1 + ... + p^N s^N                                  what goes on
    ponder cost = N + R                                            its gradient is that of R, N being a whole number

These are of section 2 of the paper. A position that has halted keeps its state s^N for as long as others, which may
still look at it, go on (Dehghani et al. 2019, section 2.2). B rows, T positions, H width.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn


class Halting(nn.Module):
    """When each position stops, and what is paid for its steps.

    threshold: sum of halting probabilities at which a position stops. weight: what one step costs a position, in nats.
    """

    flops_depend_on_data: ClassVar[bool] = True
    """On the meta device every position takes all steps: what is counted there is the most that it can cost."""

    def __init__(self, width: int, steps: int, threshold: float, weight: float) -> None:
        super().__init__()
        self.steps, self.threshold, self.weight = steps, threshold, weight
        self.unit = nn.Linear(width, 1)
        nn.init.normal_(self.unit.weight, std=width**-0.5)
        nn.init.ones_(self.unit.bias)  # as in the code of Dehghani et al.: two steps or so to begin with
        self._cost: Tensor | None = None

    def forward(
        self, x: Tensor, step: Callable[[Tensor, int], Tensor], real: Tensor | None, counted: Tensor | None
    ) -> tuple[Tensor, Tensor, int]:
        """x [B, T, H] -> y [B, T, H], the last states s^N [B, T, H], and how many steps were made until all had halted.

        step: (states [B, T, H], number from 0) -> states after it. real [B, T]: true at positions that must be right;
        None: all. counted [B, T]: those whose cost counts; None: all.
        """
        running = x.new_ones(x.shape[:2], dtype=torch.bool) if real is None else real  # [B, T]
        total, remainder, taken = (x.new_zeros(x.shape[:2]) for _ in range(3))
        y, made = torch.zeros_like(x), 0
        while made < self.steps and (made == 0 or x.is_meta or bool(running.any())):  # no numbers on the meta device
            x = torch.where(running.unsqueeze(2), step(x, made), x)
            made += 1
            probability = torch.sigmoid(self.unit(x).squeeze(2).to(x.dtype))  # [B, T]
            halts = total + probability >= self.threshold if made < self.steps else torch.ones_like(running)
            share = torch.where(halts, 1 - total, probability) * running
            y = y + share.unsqueeze(2) * x
            remainder = remainder + share * halts
            taken = taken + running
            total = total + share
            running = running & ~halts
        self._keep(taken + remainder, counted)
        return y, x, made

    def _keep(self, cost: Tensor, counted: Tensor | None) -> None:
        """The mean of the cost [B, T] over the positions that count, for `penalty`."""
        if not self.training:
            return
        shares = torch.ones_like(cost) if counted is None else counted.to(cost.dtype)
        self._cost = (cost * shares).sum() / shares.sum().clamp(min=1)

    def penalty(self) -> Tensor:
        """weight x the mean ponder cost of the last pass in training, which it takes away; 0 where there was none."""
        cost, self._cost = self._cost, None
        return self.unit.bias.new_zeros(()) if cost is None else self.weight * cost
