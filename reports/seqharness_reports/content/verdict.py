"""The top of a report: who is ahead, under which conditions, and what to beware of."""

from __future__ import annotations

from collections.abc import Sequence

from seqharness.comparison import Budget, Comparison

from ..document import Block, Bullets, Heading, Line, Paragraph, Strong
from ..quantities import scaled
from ..view import TaskView, unique


def verdict(comparison: Comparison, tasks: Sequence[TaskView]) -> list[Block]:
    """Title, verdict in one sentence, further verdicts, conditions, warnings, models that do not apply."""
    blocks: list[Block] = [
        Heading(1, comparison.name),
        Paragraph(Strong(noted(comparison.headline, comparison.budget))),
    ]
    told = comparison.headline.rstrip(".")
    further = [sentence for sentence in comparison.verdicts if sentence.rstrip(".") != told]
    if further:
        blocks.append(Bullets([noted(sentence, comparison.budget) for sentence in further]))
    blocks.append(Paragraph(_conditions(comparison, tasks)))
    if comparison.warnings:
        blocks += [Paragraph(Strong("Warnings")), Bullets(comparison.warnings)]
    absent: list[Line] = [
        (model.model, *_on(task, tasks), ": ", model.not_applicable or "")
        for task in tasks
        for model in task.inapplicable
    ]
    if absent:
        blocks += [Paragraph(Strong("Not applicable")), Bullets(absent)]
    return blocks


def noted(sentence: str, budget: Budget) -> str:
    """The sentence with the budget's note, where it does not say so itself."""
    if not budget.note or budget.note.casefold() in sentence.casefold():
        return sentence
    body = sentence.rstrip()
    end = "." if body.endswith(".") else ""
    return f"{body.removesuffix('.')} ({budget.note}){end}"


def _on(task: TaskView, tasks: Sequence[TaskView]) -> tuple[str, ...]:
    return (" on ", task.info.task) if len(tasks) > 1 else ()


def _conditions(comparison: Comparison, tasks: Sequence[TaskView]) -> Line:
    """2 models and 1 baseline on translate, 3 seeds; budget quick: 1.00 M training tokens, 1.05 M parameters."""
    shown = [model for task in tasks for model in task.models]
    baselines = unique(model.model for model in shown if model.baseline)
    compared = unique(model.model for model in shown if not model.baseline)
    what = plural(len(compared), "model") + (f" and {plural(len(baselines), 'baseline')}" if baselines else "")
    where = tasks[0].info.task if len(tasks) == 1 else plural(len(tasks), "task")
    budget = comparison.budget
    amounts = [f"{scaled(budget.tokens)} training tokens"] if budget.tokens is not None else []
    if budget.parameters is not None:
        amounts.append(f"{scaled(budget.parameters)} parameters asked for")
    size = f"{budget.name}: {', '.join(amounts)}" if amounts else budget.name
    source = f" Data: {tasks[0].info.source.rstrip('.')}." if len(tasks) == 1 and tasks[0].info.source else ""
    return f"{what} on {where}, {plural(len(comparison.seeds), 'seed')}; budget {size}.{source}"


def plural(number: int, noun: str) -> str:
    """1 seed; 3 seeds; no seeds."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
