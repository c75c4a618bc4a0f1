"""`harness compare --dry-run`: the plan, with sizes and an estimate of the time."""

from __future__ import annotations

import time
from typing import Any

from ..compare import jobs_of
from ..plan import Plan
from .console import count_text, print_table, say, time_text

EFFICIENCY = 0.5
"""Share of this machine's matrix-product rate that training reaches, roughly."""

BESIDE_TRAINING = 1.15
"""Time of a run over the time of its training: validation and testing."""


def estimate_seconds(plan: Plan) -> float | None:
    """Wall-clock time of what is missing, from FLOPs and a matrix product timed here; None where FLOPs are unknown."""
    missing = [*plan.missing_trials(), *plan.missing()]
    if plan.device != "cpu" or any(not run.flops for run in missing if run.settings):
        return None
    import torch

    torch.set_num_threads(plan.spec.threads)
    left, right = torch.rand(512, 256), torch.rand(256, 512)
    left @ right
    started, products = time.perf_counter(), 0
    while time.perf_counter() - started < 0.2:
        left @ right
        products += 1
    rate = products * 2 * 512 * 256 * 512 / (time.perf_counter() - started)
    each = [run.flops / (rate * EFFICIENCY) * BESIDE_TRAINING for run in missing]
    return max([sum(each) / jobs_of(plan), *each]) if each else 0.0


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as plain data."""
    return {
        "schema_version": 1,
        "budget": plan.budget.name,
        "models": [
            {
                "task": planned.task,
                "model": str(planned.model.name),
                "resolved": planned.resolved,
                "not_applicable": planned.not_applicable,
                "config": dict(planned.config),
                "recipe": planned.recipe.model_dump(mode="json") if planned.recipe else None,
                "pretrained_share": planned.pretrained_share,
                "sizing": planned.sizing.model_dump(mode="json") if planned.sizing else None,
            }
            for planned in plan.models
        ],
        "runs": [
            {
                "task": run.task,
                "model": run.model,
                "seed": run.seed,
                "role": run.role,
                "tokens": run.tokens,
                "training_key": run.training_key,
                "evaluation_key": run.evaluation_key,
            }
            for run in plan.runs
        ],
        "trials": len(plan.trials),
        "missing": len(plan.missing()) + len(plan.missing_trials()),
        "estimated_seconds": estimate_seconds(plan),
        "notes": plan.notes,
    }


def print_plan(plan: Plan) -> None:
    """The plan as a table on stdout."""
    rows = []
    for planned in plan.models:
        sizing = planned.sizing
        what = f"not applicable: {planned.not_applicable}" if planned.not_applicable else planned.resolved
        if planned.pretrained_share is not None:
            what += f"; {planned.pretrained_share:.0%} of the parameters pretrained by {plan.spec.pretrain}"
        rows.append(
            [
                planned.task,
                str(planned.model.name),
                f"{sizing.parameters:,}" if sizing else "",
                f"{sizing.deviation:+.2%}" if sizing and sizing.target else "",
                ("measured" if sizing.flops_measured else count_text(sizing.flops_per_token)) if sizing else "",
                str(sum(run.task == planned.task and run.model == str(planned.model.name) for run in plan.runs)),
                what,
            ]
        )
    numbers = ("parameters", "off target", "FLOPs/token", "runs")
    print_table(["task", "model", *numbers, "what it is"], rows, right=numbers)
    missing, seconds = len(plan.missing()) + len(plan.missing_trials()), estimate_seconds(plan)
    total = len(plan.runs) + len(plan.trials)
    compared = {run.tokens for run in plan.runs if run.role == "compared"}
    budget = " and ".join(f"{tokens:,}" for tokens in sorted(compared))
    say(f"Budget {plan.budget.name}: {budget} training tokens a run, on {plan.device}, {jobs_of(plan)} runs at a time.")
    about = "time not estimated" if seconds is None else f"about {time_text(seconds)}"
    trials = f", {len(plan.trials)} of them trials of the tuning" if plan.trials else ""
    say(f"{total} runs{trials}; {total - missing} stored already, {missing} to do, {about}.")
    for note in plan.notes:
        say(f"Note: {note}")
