"""A run as a report lists it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..comparison import Run

if TYPE_CHECKING:
    from .results import RunResult


def run_of(run: RunResult) -> Run:
    """What is known of a run; also of one that failed or was not made."""
    training, evaluation = run.training, run.evaluation
    status = run.failure.status if run.failure else training.status if training else "interrupted"
    metrics: dict[str, float | None] = {}
    if evaluation is not None:
        metrics = evaluation.splits[next(iter(evaluation.splits))].metrics
    sizing = run.spec.sizing
    return Run(
        task=run.spec.task,
        model=run.spec.model,
        seed=run.spec.seed,
        status=status,
        parameters=sizing.parameters if sizing else (training.baseline_parameters if training else None),
        metrics=metrics,
        reason=run.failure.reason if run.failure else training.reason if training else "it was not run",
        role=run.spec.role,
        training_key=run.spec.training_key,
        evaluation_key=run.spec.evaluation_key,
        budget_tokens=run.spec.tokens,
        train_examples=run.spec.train_examples,
        training_tokens=training.tokens if training else None,
        training_seconds=training.seconds if training else None,
        chosen_at=training.chosen_tokens / run.spec.tokens if training and sizing else None,
        validation=training.validation if training else None,
        attempts=run.failure.attempts if run.failure else training.attempts if training else 0,
    )
