"""From stored results to a `Comparison`: pure data, all that reports say. No torch, nothing trained."""

from __future__ import annotations

import datetime
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..comparison import (
    Budget,
    Comparison,
    Confusion,
    Curve,
    ExampleRow,
    MetricInfo,
    ModelInfo,
    Run,
    Score,
    SplitInfo,
    TaskInfo,
    Tuning,
)
from ..contracts import Prediction
from ..metrics.classification import confusion_of
from ..records import SELECTION_EXAMPLES
from .data_sizes import crossings, size_scores
from .equality import equal_rows
from .ranking import ranking_of
from .reaches import reaches_of
from .results import RunResult, SystemResults, TaskResults, gather
from .slices import axis_of, slices_of
from .statistics import interval_of, within
from .trends import trends_of
from .tuning import tunings
from .verdicts import finite, headline_of, pairs_of

if TYPE_CHECKING:
    from ..contracts import Metric
    from ..plan import Plan
    from ..records import Failure
    from ..resolve import ResolvedTask
    from ..store import Store

EXAMPLES = 10
"""Examples shown side by side: drawn once, at random, from the test split."""


def analyse(plan: Plan, store: Store, failures: Mapping[str, Failure], name: str) -> Comparison:
    """Everything that the records of a plan's runs say."""
    results, smaller = gather(plan, store, failures)
    tasks = {str(task.name): task for task in plan.tasks}
    primary = [(result, tasks[result.task].task.metrics[0]) for result in results]
    note = plan.budget.note
    pairs = pairs_of(primary, note, plan.spec.reference)
    tried = list(tunings(plan, store))
    models = [_model(system, result, plan) for result in results for system in result.systems]
    return Comparison(
        name=name,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        command=plan.spec.command,
        headline=headline_of(primary, pairs, note, plan.spec.reference),
        verdicts=[pair.verdict for pair in pairs],
        warnings=[*plan.notes, *_warnings(results, models), *_tuning_warnings(tried)],
        budget=_budget(plan),
        seeds=sorted({run.seed for run in plan.runs if run.role == "compared"}),
        tasks=[_task(task, plan) for task in plan.tasks],
        models=models,
        scores=[score for result in results for score in _scores(result, tasks[result.task].task.metrics)],
        pairs=pairs,
        ranking=ranking_of(primary),
        runs=[_run(run) for result in results for system in result.systems for run in system.runs + system.convergence],
        curves=[curve for result in results for curve in _curves(result, tasks[result.task])],
        slices=[part for result in results for part in slices_of(result, tasks[result.task].task)],
        trends=[trend for result in results for trend in trends_of(result, tasks[result.task].task)],
        reaches=[reach for result in results for reach in reaches_of(result, tasks[result.task].task)],
        findings=[
            found for result in results for system in result.systems for run in system.done for found in run.findings
        ],
        tunings=tried,
        sizes=[score for sized, metric in _sized(results, smaller, tasks) for score in size_scores(sized, metric)],
        crossings=[found for sized, metric in _sized(results, smaller, tasks) for found in crossings(sized, metric)],
        size_runs=[_run(run) for result in smaller for system in result.systems for run in system.runs],
        reference=plan.spec.reference,
        confusions=[found for result in results for found in _confusions(result)],
        examples=[row for result in results for row in _examples(result, tasks[result.task], plan, store)],
        equal=equal_rows(plan, results),
        environment=_environment(results, plan),
    )


def _sized(
    results: Sequence[TaskResults], smaller: Sequence[TaskResults], tasks: Mapping[str, ResolvedTask]
) -> Iterator[tuple[list[TaskResults], Metric]]:
    """The results of each task at all its training sizes, where there is more than one."""
    for main in results:
        less = [result for result in smaller if result.task == main.task]
        if less:
            yield [*less, main], tasks[main.task].task.metrics[0]


def _budget(plan: Plan) -> Budget:
    tokens = {run.tokens for run in plan.runs if run.role == "compared"}
    size = (plan.spec.parameters or plan.budget.parameters) if plan.spec.match_size == "params" else None
    return Budget(
        name=plan.budget.name, tokens=tokens.pop() if len(tokens) == 1 else None, parameters=size, note=plan.budget.note
    )


def _task(task: ResolvedTask, plan: Plan) -> TaskInfo:
    meta = plan.prepared[str(task.name)].meta
    metrics = task.task.metrics
    return TaskInfo(
        task=str(task.name),
        summary=task.entry.card.summary,
        interface=task.entry.card.interface.name,
        metrics=[
            MetricInfo(
                name=metric.name,
                label=metric.label,
                higher_is_better=metric.higher_is_better,
                signature=metric.signature,
                decimals=metric.decimals,
                unit=metric.unit,
                margin=metric.margin,
                solved=metric.solved,
                lowest=finite(metric.bounds[0]),
                highest=finite(metric.bounds[1]),
            )
            for metric in metrics
        ],
        source=meta["source"],
        tokenizer=meta["tokenizer"],
        data_hash=meta["data_hash"],
        splits=[SplitInfo(name=name, **sizes) for name, sizes in meta["splits"].items()],
        overlap=meta["overlap"],
        notes=meta["notes"],
        axes={name: axis_of(axis).title for name, axis in task.task.axes.items()},
        selection=(
            f"the best of {plan.spec.validations} checkpoints by {metrics[0].label} on validation (greedy, at most "
            f"{SELECTION_EXAMPLES} examples, the same for every run)"
        ),
        decoding=plan.spec.decoding.describe() if task.entry.card.interface.name == "sequence-to-sequence" else "",
    )


# -------------------------------------------------------------------------------------------------------------- models


def _model(system: SystemResults, result: TaskResults, plan: Plan) -> ModelInfo:
    planned, split = system.planned, result.main_split
    trainings = [run.training for run in system.runs if run.training is not None and run.training.status == "done"]
    evaluations = [run.evaluation for run in system.done if run.evaluation is not None]
    sizing = planned.sizing
    learned = [training.baseline_parameters for training in trainings if training.baseline_parameters is not None]
    network = sizing is not None
    gain, converged = _convergence(system, result, plan)
    limits = [found.splits[split].limit_share for found in evaluations]
    shares = [share for share in limits if share is not None]
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
        nonembedding_parameters=sizing.nonembedding_parameters if sizing else None,
        target_parameters=sizing.target if sizing and sizing.matched == "parameters" else None,
        planned_tokens=planned.tokens if sizing else None,
        flops_per_token=_flops(sizing.flops_per_token, trainings) if sizing else None,
        size_deviation=sizing.deviation if sizing and sizing.target else None,
        matched=sizing.matched if sizing else None,
        state_bytes=sizing.state.total if sizing and sizing.state else None,
        state_bytes_fixed=sizing.state.fixed if sizing and sizing.state else None,
        state_bytes_per_token=sizing.state.per_context_token if sizing and sizing.state else None,
        state_bytes_per_source_token=sizing.state.per_source_token if sizing and sizing.state else None,
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
        converged=converged,
        half_budget_gain=gain,
    )


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


def _warnings(results: Sequence[TaskResults], models: Sequence[ModelInfo]) -> list[str]:
    found = []
    for result in results:
        for system in result.systems:
            lost = [run for run in system.runs if run.evaluation is None]
            if lost:
                reasons = "; ".join(dict.fromkeys(_run(run).reason or _run(run).status for run in lost))
                found.append(
                    f"{system.model} on {result.task}: {len(lost)} of {len(system.runs)} runs have no score and are in "
                    f"no mean ({reasons})."
                )
    for model in models:
        if model.limit_share is not None and model.limit_share > 0.02:
            found.append(
                f"{model.model} on {model.task}: {model.limit_share:.1%} of its outputs met the length limit; read its "
                "scores with that in mind."
            )
        if model.converged is False:
            found.append(
                f"{model.model} on {model.task} is not converged: its score still rose by {model.half_budget_gain:.2f} "
                "from half the budget to the whole, which is more than the margin."
            )
    return found


def _tuning_warnings(tried: Sequence[Tuning]) -> list[str]:
    return [
        f"{one.model} on {one.task}: the best learning rate, {one.trials[one.chosen].learning_rate:g}, is at the edge "
        "of those tried; a better one may lie beyond."
        for one in tried
        if one.at_edge and one.chosen is not None
    ]


# -------------------------------------------------------------------------------------------------------------- scores


def _scores(result: TaskResults, metrics: Sequence[Metric]) -> Iterator[Score]:
    splits = [result.main_split]
    for system in result.systems:
        if not system.done:
            continue
        every = [*splits, *(split for split in system.done[0].tables if split not in splits)]
        for split in every:
            for metric in metrics:
                yield _score(system, metric, result.task, split)


def _score(system: SystemResults, metric: Metric, task: str, split: str) -> Score:
    resampled = system.resampled(metric, split)
    assert resampled is not None
    interval = interval_of(resampled)
    low, high = within(interval.low, interval.high, metric.bounds)
    values = [finite(value) for value in resampled.scores.tolist()]
    return Score(
        task=task,
        model=system.model,
        metric=metric.name,
        mean=finite(interval.mean),
        low=finite(low),
        high=finite(high),
        seeds=len(system.done),
        higher_is_better=metric.higher_is_better,
        values=[value for value in values if value is not None],
        median=_median(value for value in values if value is not None),
        best=_best(values, metric.higher_is_better),
        solved=_solved(system, metric, values),
        seeds_used=[run.spec.seed for run in system.done],
        split=split,
        interval=interval.kind,
        standard_error=finite(interval.standard_error),
        df=finite(interval.df),
    )


def _best(values: Sequence[float | None], higher_is_better: bool) -> float | None:
    found = [value for value in values if value is not None]
    return (max if higher_is_better else min)(found) if found else None


def _solved(system: SystemResults, metric: Metric, values: Sequence[float | None]) -> float | None:
    """Share of all runs, the lost ones included, whose score is at `metric.solved` or better."""
    if metric.solved is None or not system.runs:
        return None
    sign = 1 if metric.higher_is_better else -1
    return sum(value is not None and sign * value >= sign * metric.solved for value in values) / len(system.runs)


def _confusions(result: TaskResults) -> Iterator[Confusion]:
    """For classification with few enough labels; nothing elsewhere."""
    for system in result.systems:
        tables = [run.tables[result.main_split] for run in system.done]
        if not tables:
            continue
        sums = np.mean([table.values.sum(axis=0) for table in tables], axis=0)
        found = confusion_of(tables[0].columns, sums)
        if found is not None and np.isfinite(found[1]).all():
            labels, counts = found
            yield Confusion(task=result.task, model=system.model, labels=list(labels), counts=counts.tolist())


def _run(run: RunResult) -> Run:
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


def _curves(result: TaskResults, task: ResolvedTask) -> Iterator[Curve]:
    primary = task.task.metrics[0]
    quantities: list[tuple[str, str, Callable[[Mapping[str, Any]], Any]]] = [
        (
            f"validation_{primary.name}",
            f"validation {primary.label}",
            lambda p: p.get("validation", {}).get(primary.name),
        ),
        ("validation_loss", "validation loss, nats per token", lambda p: p.get("validation", {}).get("loss")),
        ("train_loss", "training loss, nats per token", lambda p: p.get("train_loss")),
        ("gradient_norm", "norm of the gradient before clipping", lambda p: p.get("gradient_norm")),
    ]
    for system in result.systems:
        for run in system.runs:
            for quantity, label, pick in quantities if run.training else ():
                points = [(p["tokens"], pick(p)) for p in run.training.history if pick(p) is not None]  # type: ignore[union-attr]
                if points:
                    x, y = zip(*points, strict=True)
                    yield Curve(
                        task=result.task,
                        model=system.model,
                        seed=run.spec.seed,
                        quantity=quantity,
                        label=label,
                        x=list(x),
                        y=list(y),
                    )


def _examples(result: TaskResults, task: ResolvedTask, plan: Plan, store: Store) -> Iterator[ExampleRow]:
    examples = plan.prepared[result.task].examples(result.main_split)
    generator = np.random.Generator(np.random.PCG64(0))
    chosen = sorted(generator.permutation(len(examples))[:EXAMPLES].tolist())
    outputs = {
        system.model: store.outputs(
            system.done[0].spec.training_key, system.done[0].spec.evaluation_key, result.main_split
        )
        for system in result.systems
        if system.done
    }
    outputs = {model: rows for model, rows in outputs.items() if any(row["output"] is not None for row in rows)}
    if not outputs:  # likelihoods alone: there is nothing to put side by side
        return
    for index in chosen:
        shown = task.task.show(examples[index])
        said = {
            model: task.task.show(examples[index], Prediction(output=rows[index]["output"])).get("output", "")
            for model, rows in outputs.items()
        }
        yield ExampleRow(
            task=result.task,
            index=index,
            input=shown.get("input", ""),
            reference=shown.get("reference", ""),
            outputs=said,
        )


def _environment(results: Sequence[TaskResults], plan: Plan) -> dict[str, str]:
    """That of the first run that was trained, with what is the same for all runs."""
    records = [run.training for result in results for system in result.systems for run in system.runs if run.training]
    found = dict(records[0].environment) if records else {}
    others = {tuple(sorted(record.environment.items())) for record in records}
    if len(others) > 1:
        found["note"] = "runs of this comparison were made in more than one environment; see the records"
    return {**found, "device": plan.device, "threads of a run": str(plan.spec.threads)}
