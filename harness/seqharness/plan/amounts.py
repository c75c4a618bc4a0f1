"""How much every model is trained: on how many examples, and for how many tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import UserError
from .plan import Plan, PlannedModel
from .runs import run
from .sizes import first_network, training_epoch_tokens
from .speeds import speed_ratios


def train_sizes(plan: Plan, task: str) -> list[int | None]:
    """Numbers of training examples, the largest first; [None] where all are used. UserError where there are fewer."""
    asked = sorted(plan.spec.train_sizes, reverse=True)
    there = plan.prepared[task].examples_in("train")
    if asked and asked[0] > there:
        raise UserError(
            f"--train-sizes: {asked[0]:,} examples are asked for, and the training split of {task} has {there:,}."
        )
    return [None if size == there else size for size in asked] or [None]


def matched_tokens(planned: Sequence[PlannedModel], plan: Plan) -> list[PlannedModel]:
    """The models of a task with the tokens each is trained for.

    The first network gets the budget. With --match-training flops or time the others get what costs as many FLOPs or,
    at the speed measured here, as long; else all get the same.
    """
    first = first_network(planned)
    if first is None:
        return [_with(one, plan.data(one).epoch_tokens()) for one in planned]
    budget = plan.budget.resolve(training_epoch_tokens(plan.data(first)))
    given = [_with(one, budget) for one in planned]
    networks = [one for one in given if one.sizing is not None and one.not_applicable is None]
    if plan.spec.match_training == "flops":
        ratios = {one.name: _flops_ratio(networks[0], one) for one in networks}
    elif plan.spec.match_training == "time":
        ratios = {**speed_ratios([run(one, plan, 0, one.tokens, "compared") for one in networks])}
    else:
        return given
    return [_scaled(one, ratios.get(one.name, 1.0)) for one in given]


def _with(planned: PlannedModel, tokens: int) -> PlannedModel:
    return planned if planned.not_applicable is not None else replace(planned, tokens=tokens)


def _flops_ratio(first: PlannedModel, other: PlannedModel) -> float | None:
    """How many tokens of `other` cost as many FLOPs as one of `first`."""
    flops = [one.sizing.flops_per_token if one.sizing else None for one in (first, other)]
    return flops[0] / flops[1] if flops[0] and flops[1] else None


def _scaled(planned: PlannedModel, ratio: float | None) -> PlannedModel:
    if ratio is None:
        reason = "its FLOPs are not counted before it is trained, so --match-training flops cannot match it"
        return replace(planned, not_applicable=reason)
    return replace(planned, tokens=max(1, round(planned.tokens * ratio)))
