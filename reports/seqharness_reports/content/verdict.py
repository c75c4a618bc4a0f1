"""The top of a report: who is ahead, under which conditions, and what to beware of."""

from __future__ import annotations

from collections.abc import Sequence

from seqharness.comparison import Budget, Comparison

from ..document import Block, Bullets, Heading, Line, Paragraph, Strong
from ..quantities import scaled
from ..view import TaskView, unique

MOST_VERDICTS = 6
"""Verdicts on pairs at the top; more of them are in the table of differences."""


def verdict(comparison: Comparison, tasks: Sequence[TaskView]) -> list[Block]:
    """Title, verdict, further verdicts, conditions, warnings, models that do not apply."""
    blocks: list[Block] = [Heading(1, comparison.name), *_headline(comparison, tasks)]
    if len(tasks) == 1:
        blocks += further(comparison, comparison.verdicts)
    blocks.append(Paragraph(_conditions(comparison, tasks)))
    if comparison.warnings:
        blocks += [Paragraph(Strong("Warnings")), Bullets(comparison.warnings)]
    absent: list[Line] = [
        (model.model, ": ", model.not_applicable or "") for task in tasks for model in task.inapplicable
    ]
    if absent and len(tasks) == 1:  # of several tasks, the table of all tasks says so
        blocks += [Paragraph(Strong("Not applicable")), Bullets(absent)]
    return blocks


def _headline(comparison: Comparison, tasks: Sequence[TaskView]) -> list[Block]:
    """The headline; that of several tasks with a line for each."""
    text = comparison.headline
    starts = [text.find(f"On {task.info.task}: ") for task in tasks]
    if len(tasks) < 2 or starts[0] != 0 or starts != sorted(set(starts)):
        return [Paragraph(Strong(noted(text, comparison.budget)))]
    lines: list[Line] = []
    for task, start, end in zip(tasks, starts, [*starts[1:], len(text)], strict=True):
        said = text[start + len(f"On {task.info.task}: ") : end].strip()
        lines.append((Strong(task.info.task), f": {noted(said, comparison.budget)}"))
    return [Bullets(lines)]


def further(comparison: Comparison, verdicts: Sequence[str]) -> list[Block]:
    """Verdicts that the headline does not hold."""
    told = comparison.headline.rstrip(".") + "."
    left = [sentence for sentence in verdicts if f"{sentence.rstrip('.')}." not in told]
    if len(left) > MOST_VERDICTS:
        return [Paragraph(f"The verdicts on all {len(verdicts)} pairs are in the table of differences.")]
    return [Bullets([noted(sentence, comparison.budget) for sentence in left])] if left else []


def noted(sentence: str, budget: Budget) -> str:
    """The sentence with the budget's note, where it does not say so itself."""
    if not budget.note or budget.note.casefold() in sentence.casefold():
        return sentence
    body = sentence.rstrip()
    end = "." if body.endswith(".") else ""
    return f"{body.removesuffix('.')} ({budget.note}){end}"


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
