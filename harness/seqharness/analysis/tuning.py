"""What a tuning tried, chose and cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..comparison import Tuning, TuningTrial

if TYPE_CHECKING:
    from ..plan import Plan, PlannedModel, PlannedTrial
    from ..store import Store


def tunings(plan: Plan, store: Store) -> Iterator[Tuning]:
    """One for each tuned model, task and training size."""
    for planned in plan.every:
        if planned.trials:
            yield _tuning(planned, plan, store)


def _tuning(planned: PlannedModel, plan: Plan, store: Store) -> Tuning:
    metric = plan.task(planned.task).task.metrics[0]
    records = [store.training(trial.run.training_key) for trial in planned.trials]
    scores = [record.score if record else None for record in records]
    return Tuning(
        task=planned.task,
        model=planned.name,
        metric=metric.name,
        train_examples=planned.train_examples,
        trials=[
            TuningTrial(
                learning_rate=trial.values.learning_rate,
                dropout=dropout_tried(trial),
                warmup=trial.values.warmup,
                status=record.status if record else "failed",
                validation=score,
            )
            for trial, record, score in zip(planned.trials, records, scores, strict=True)
        ],
        chosen=planned.chosen,
        expected=expected_best(scores, metric.higher_is_better),
        at_edge=_at_edge(planned),
        tokens=sum(record.tokens for record in records if record),
        seconds=sum(record.seconds for record in records if record),
    )


def dropout_tried(trial: PlannedTrial) -> float | None:
    """None where the run has another one than the trial names: that of the user or the model, which stays."""
    return trial.values.dropout if trial.run.config.get("dropout") == trial.values.dropout else None


def expected_best(scores: Sequence[float | None], higher_is_better: bool) -> list[float | None]:
    """The score to be expected of the best of n = 1 ... N trials drawn with replacement from those made: Dodge et al.
    2019, equation 8 (https://arxiv.org/abs/1909.03004). A trial without a score counts as the worst of the others.
    """
    found = [score for score in scores if score is not None]
    if not found:
        return [None] * len(scores)
    worst = min(found) if higher_is_better else max(found)
    ranked = sorted((worst if score is None else score for score in scores), reverse=not higher_is_better)
    count = len(ranked)
    return [
        sum(score * ((rank / count) ** n - ((rank - 1) / count) ** n) for rank, score in enumerate(ranked, 1))
        for n in range(1, count + 1)
    ]


def _at_edge(planned: PlannedModel) -> bool:
    """Whether the chosen learning rate is the lowest or highest tried: a better one may lie beyond."""
    rates = [trial.values.learning_rate for trial in planned.trials]
    return planned.chosen is not None and len(rates) > 1 and rates[planned.chosen] in (min(rates), max(rates))
