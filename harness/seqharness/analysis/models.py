"""A model as a report describes it: what was built, how large it is, and what its runs cost."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..comparison import ModelInfo

if TYPE_CHECKING:
    from ..plan import Plan
    from ..records import Sizing
    from .results import SystemResults, TaskResults


def model_info(system: SystemResults, result: TaskResults, plan: Plan) -> ModelInfo:
    """Of a model of a plan, and its runs."""
    planned, split = system.planned, result.main_split
    trainings = [run.training for run in system.runs if run.training is not None and run.training.status == "done"]
    evaluations = [run.evaluation for run in system.done if run.evaluation is not None]
    sizing = planned.sizing
    learned = [training.baseline_parameters for training in trainings if training.baseline_parameters is not None]
    network = sizing is not None
    gain, converged = _convergence(system, result, plan)
    limits = [found.splits[split].limit_share for found in evaluations]
    shares = [share for share in limits if share is not None]
    costs = [found.splits[split].decoding_cost for found in evaluations]
    compared = [cost for cost in costs if cost is not None]
    return ModelInfo(
        task=system.planned.task,
        model=system.model,
        resolved=planned.resolved,
        origin=planned.model.entry.origin,
        paper=planned.model.entry.card.paper,
        chosen="; ".join(dict.fromkeys(training.baseline_choice for training in trainings if training.baseline_choice)),
        baseline=system.baseline,
        not_applicable=planned.not_applicable,
        config=dict(planned.config),
        recipe=planned.recipe.model_dump(mode="json") if planned.recipe else {},
        parameters=sizing.parameters if sizing else (learned[0] if learned else None),
        **size_fields(sizing),
        planned_tokens=planned.tokens if sizing else None,
        flops_per_token=_flops(sizing.flops_per_token, trainings) if sizing else None,
        training_tokens=_median(training.tokens for training in trainings) if network else None,
        training_tokens_per_second=_median(t.tokens / t.seconds for t in trainings if t.seconds) if network else None,
        decoding_sentences_per_second=_median(
            found.splits[split].examples / found.splits[split].seconds
            for found in evaluations
            if found.splits[split].seconds
        ),
        training_seconds=_median(training.seconds for training in trainings),
        peak_memory_bytes=_peak(trainings, evaluations),
        limit_share=sum(shares) / len(shares) if shares and network else None,
        decoding_cost=statistics.fmean(cost.score - cost.at_float32 for cost in compared) if compared else None,
        decoding_cost_examples=compared[0].examples if compared else None,
        converged=converged,
        half_budget_gain=gain,
    )


def size_fields(sizing: Sizing | None) -> dict[str, Any]:
    """Those fields of a `ModelInfo` that say how large a network was asked to be and came out."""
    if sizing is None:
        return {}
    state = sizing.state
    return {
        "nonembedding_parameters": sizing.nonembedding_parameters,
        "target_parameters": sizing.target if sizing.matched == "parameters" else None,
        "size_deviation": sizing.deviation if sizing.target else None,
        "matched": sizing.matched,
        "state_bytes": state.total if state else None,
        "state_bytes_fixed": state.fixed if state else None,
        "state_bytes_per_token": state.per_context_token if state else None,
        "state_bytes_per_source_token": state.per_source_token if state else None,
    }


def _median(values: Iterator[float] | Sequence[float] | Any) -> float | None:
    found = list(values)
    return statistics.median(found) if found else None


def _flops(planned: float | None, trainings: Sequence[Any]) -> float | None:
    """As planned, or as measured in the runs where only data can tell."""
    measured = [training.flops_per_token for training in trainings if training.flops_per_token is not None]
    return _median(measured) if measured else planned


def _peak(trainings: Sequence[Any], evaluations: Sequence[Any]) -> int | None:
    peaks = [record.peak_memory_bytes for record in (*trainings, *evaluations)]
    return max(peaks) if peaks else None


def _convergence(system: SystemResults, result: TaskResults, plan: Plan) -> tuple[float | None, bool | None]:
    """How much the primary metric rose from half to full budget at the same seed, and whether that is within margin."""
    metric = next(task for task in plan.tasks if str(task.name) == result.task).task.metrics[0]
    for half in system.convergence:
        full = next((run for run in system.done if run.spec.seed == half.spec.seed), None)
        if full is None or half.evaluation is None or full.evaluation is None:
            continue
        scores = [
            run.evaluation.splits[result.main_split].metrics[metric.name] for run in (full, half) if run.evaluation
        ]
        if scores[0] is None or scores[1] is None:
            continue
        gain = (scores[0] - scores[1]) * (1 if metric.higher_is_better else -1)
        return gain, gain <= metric.margin
    return None, None
