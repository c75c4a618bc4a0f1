"""Optimiser and learning-rate schedule of a recipe."""

from __future__ import annotations

import math

import torch
from torch import nn

from ..contracts import Recipe


def make_optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimiser. Weight decay acts on matrices only (not on biases, norms)."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": recipe.weight_decay},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=recipe.betas[0], fused=True)
    kind = torch.optim.AdamW if recipe.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=recipe.learning_rate, betas=recipe.betas, eps=1e-9, fused=True)


def rate_factor(recipe: Recipe, progress: float) -> float:
    """Share of the peak learning rate at `progress`, the share of the token budget seen (0 to 1).

    Linear warm-up, then cosine (Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983) or linear decay to zero, or
    a constant rate. Progress is counted in tokens, so that it does not depend on how many steps an epoch has.
    """
    if progress < recipe.warmup:
        return max(progress / recipe.warmup, 1e-3)
    if recipe.schedule == "constant":
        return 1.0
    rest = min(1.0, (progress - recipe.warmup) / max(1e-12, 1 - recipe.warmup))
    return 0.5 * (1 + math.cos(math.pi * rest)) if recipe.schedule == "cosine" else 1 - rest
