"""From stored results to a `Comparison`: pure data, all that reports say. No torch, nothing trained."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..comparison import Budget, Comparison, Confusion, ExampleRow, ModelInfo, TaskInfo, Tuning
from ..contracts import Prediction
from ..metrics.classification import confusion_of
from .curves import curves_of
from .data_sizes import crossings, size_scores
from .equality import equal_rows
from .models import model_info
from .ranking import ranking_of
from .reaches import reaches_of
from .results import TaskResults, gather
from .runs import run_of
from .scores import scores_of
from .slices import slices_of
from .tasks import selection_text, task_info
from .trends import trends_of
from .tuning import tunings
from .verdicts import headline_of, pairs_of

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
    models = [model_info(system, result, plan) for result in results for system in result.systems]
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
        scores=[
            score
            for result in results
            for system in result.systems
            for score in scores_of(system, tasks[result.task].task.metrics, result.task, result.main_split)
        ],
        pairs=pairs,
        ranking=ranking_of(primary),
        runs=[
            run_of(run) for result in results for system in result.systems for run in system.runs + system.convergence
        ],
        curves=[curve for result in results for curve in curves_of(result, tasks[result.task].task.metrics[0])],
        slices=[part for result in results for part in slices_of(result, tasks[result.task].task)],
        trends=[trend for result in results for trend in trends_of(result, tasks[result.task].task)],
        reaches=[reach for result in results for reach in reaches_of(result, tasks[result.task].task)],
        findings=[
            found for result in results for system in result.systems for run in system.done for found in run.findings
        ],
        tunings=tried,
        sizes=[score for sized, metric in _sized(results, smaller, tasks) for score in size_scores(sized, metric)],
        crossings=[found for sized, metric in _sized(results, smaller, tasks) for found in crossings(sized, metric)],
        size_runs=[run_of(run) for result in smaller for system in result.systems for run in system.runs],
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
    metrics, meta = task.task.metrics, plan.prepared[str(task.name)].meta
    selection = selection_text(plan.spec.validations, metrics[0])
    return task_info(task, meta, metrics, selection, plan.spec.decoding.describe())


def _warnings(results: Sequence[TaskResults], models: Sequence[ModelInfo]) -> list[str]:
    found = []
    for result in results:
        for system in result.systems:
            lost = [run for run in system.runs if run.evaluation is None]
            if lost:
                reasons = "; ".join(dict.fromkeys(run_of(run).reason or run_of(run).status for run in lost))
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
