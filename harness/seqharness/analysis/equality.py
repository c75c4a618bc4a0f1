"""What was held equal in a comparison, and where it was not: the table that a reader checks first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..comparison import EqualRow
from ..records import LEAST_ROWS

if TYPE_CHECKING:
    from ..plan import Plan
    from ..records import TrainingRecord
    from .results import TaskResults


def equal_rows(plan: Plan, results: Sequence[TaskResults]) -> list[EqualRow]:
    """One row a rule; `equal` is False where the models differ in it."""
    networks = [
        system for result in results for system in result.systems if system.planned.sizing and not system.baseline
    ]
    hashes = {name: prepared.data_hash[:12] for name, prepared in plan.prepared.items()}
    return [
        EqualRow(
            what="data",
            rule="same examples, same split, same tokenizer and vocabulary, same order of batches for a seed",
            value=", ".join(f"{name}: {value}" for name, value in hashes.items()) + _parts(plan),
        ),
        _size(plan, networks),
        *_training(plan, networks),
        *_pretraining(plan, networks),
        *_recipe(networks),
        _tuning(plan, networks),
        EqualRow(
            what="choice",
            rule="the best checkpoint on validation by the primary metric; the test split is looked at once, after it",
            value=f"{plan.spec.validations} checkpoints a run, at equal shares of the budget",
        ),
        EqualRow(
            what="likelihood",
            rule="teacher-forced, one definition for all; end of sequence counted, padding never",
            value="nats per token",
        ),
        EqualRow(
            what="decoding", rule="one decoder, same beam, same length limit", value=plan.spec.decoding.describe()
        ),
        EqualRow(
            what="numbers",
            rule="same precision, threads and device",
            value=f"{_precision(plan)}, {plan.spec.threads} thread a run, {plan.device}",
        ),
    ]


def _name(system: Any, networks: Sequence[Any]) -> str:
    """The model; in a comparison of several tasks with the task."""
    several = any(other.planned.task != system.planned.task for other in networks)
    return f"{system.model} on {system.planned.task}" if several else str(system.model)


def _by_task(networks: Sequence[Any]) -> dict[str, list[Any]]:
    """The models of each task: what is compared with each other, and so must be equal."""
    found: dict[str, list[Any]] = {}
    for system in networks:
        found.setdefault(system.planned.task, []).append(system)
    return found


def _parts(plan: Plan) -> str:
    sizes = ", ".join(f"{size:,}" for size in sorted(plan.spec.train_sizes))
    return (
        f"; of the training split {sizes} examples, each part within the next, one tokenizer for all" if sizes else ""
    )


def _size(plan: Plan, networks: Sequence[Any]) -> EqualRow:
    sizes = [system.planned.sizing for system in networks]
    match = plan.spec.match_size
    if match == "none":
        value = ", ".join(f"{_name(one, networks)}: {one.planned.sizing.parameters:,}" for one in networks)
        alone = all(len(systems) < 2 for systems in _by_task(networks).values())
        return EqualRow(what="size", rule="not matched (--match-size none)", value=value, equal=alone)
    worst = max((abs(sizing.deviation) for sizing in sizes), default=0.0)
    what = {
        "params": "total parameters",
        "nonembedding": "parameters outside the embeddings",
        "flops": "training FLOPs per token",
    }[match]
    target = plan.spec.parameters or plan.budget.parameters
    of = f"{target:,} asked for" if match != "flops" else f"those of the first model at {target:,} parameters"
    return EqualRow(
        what="size",
        rule=f"{what} within 1 % (--match-size {match}); width and inner size are solved for",
        value=f"{of}; largest deviation {worst:.2%}",
        equal=worst <= 0.01,
    )


def _batch_text(tokens: int) -> str:
    """How large training batches are, in words."""
    return f"{tokens:,} tokens a batch, or up to {LEAST_ROWS} long rows with at most {2 * tokens:,}"


def _training(plan: Plan, networks: Sequence[Any]) -> list[EqualRow]:
    match = plan.spec.match_training
    batch = _batch_text(plan.spec.batch_tokens or plan.budget.batch_tokens)
    used = {_name(system, networks): _trainings(system) for system in networks}
    tokens = [training.tokens for trainings in used.values() for training in trainings]
    if not tokens:
        return [EqualRow(what="training", rule="tokens seen", value="nothing trained")]
    spread = _widest(networks, lambda training: training.tokens)
    each = ", ".join(f"{model}: {_range([t.tokens for t in trainings])}" for model, trainings in used.items())
    rows = {
        "tokens": EqualRow(
            what="training",
            rule="tokens seen (source and target, no padding), in batches of the same number of tokens",
            value=f"{max(tokens):,} tokens at most, spread {spread:.2%}; {batch}",
            equal=spread <= 0.01 or plan.spec.patience is not None,
        ),
        "flops": EqualRow(
            what="training",
            rule="training FLOPs of the first model (--match-training flops), in batches of the same number of tokens",
            value=f"tokens seen: {each}; {batch}",
        ),
        "time": _time(networks, used, each, batch),
        "none": EqualRow(
            what="training",
            rule="not matched (--match-training none): each until its score on validation does not rise any more",
            value=f"tokens seen: {each}; {batch}",
            equal=all(len(systems) < 2 for systems in _by_task(networks).values()),
        ),
    }
    wait = next((run.settings.patience for run in plan.runs if run.settings), None)
    stopping = EqualRow(
        what="early stopping",
        rule="the same for all: after as many validations without a better score",
        value=f"{wait} of {plan.spec.validations}; share of the budget used: {_shares(networks)}",
    )
    return [rows[match], *([stopping] if wait is not None else [])]


TIME_SPREAD = 0.05
"""Times of the training loop count as equal up to this difference."""


def _time(networks: Sequence[Any], used: Mapping[str, Sequence[Any]], each: str, batch: str) -> EqualRow:
    """The time that was to be equal, and the one achieved in the training loop alone."""
    achieved = ", ".join(f"{model}: {_seconds([one.seconds for one in ones])} s" for model, ones in used.items())
    spread = _widest(networks, lambda training: training.seconds)
    return EqualRow(
        what="training",
        rule="time of the first model's training (--match-training time), by speeds measured side by side before the "
        "runs; the time of the training loop alone is given",
        value=f"{achieved}, spread {spread:.1%}; tokens seen: {each}; {batch}",
        equal=spread <= TIME_SPREAD,
    )


def _trainings(system: Any) -> list[TrainingRecord]:
    return [run.training for run in system.runs if run.training]


def _widest(networks: Sequence[Any], amount: Callable[[TrainingRecord], float]) -> float:
    """The largest difference between two trainings on the same task, as a share of the larger."""
    tasks = [[amount(one) for system in task for one in _trainings(system)] for task in _by_task(networks).values()]
    return max(((max(found) - min(found)) / max(found) for found in tasks if any(found)), default=0.0)


def _range(values: Sequence[int]) -> str:
    low, high = min(values, default=0), max(values, default=0)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _seconds(values: Sequence[float]) -> str:
    """From the least to the most, below 10 s to a tenth."""
    low, high = (
        f"{one:.1f}" if one < 10 else f"{one:,.0f}" for one in (min(values, default=0), max(values, default=0))
    )
    return low if low == high else f"{low} to {high}"


def _shares(networks: Sequence[Any]) -> str:
    return ", ".join(
        f"{_name(one, networks)}: "
        f"{_percents([run.training.tokens / run.spec.tokens for run in one.runs if run.training])}"
        for one in networks
    )


def _percents(shares: Sequence[float]) -> str:
    low, high = (f"{min(1.0, share):.0%}" for share in (min(shares, default=0.0), max(shares, default=0.0)))
    return low if low == high else f"{low} to {high}"


def _tuning(plan: Plan, networks: Sequence[Any]) -> EqualRow:
    if not plan.spec.tune:
        return EqualRow(
            what="tuning",
            rule="no tuning was done: each model's built-in recipe was used",
            value="0 trials a model",
        )
    rates = ", ".join(
        f"{_name(system, networks)}: {system.planned.recipe.learning_rate:g}"
        for system in networks
        if system.planned.recipe
    )
    return EqualRow(
        what="tuning",
        rule="the same trials for every model (--tune), chosen on validation, with a seed that no run has",
        value=f"{plan.spec.tune} trials a model; learning rates chosen: {rates}",
    )


def _pretraining(plan: Plan, networks: Sequence[Any]) -> list[EqualRow]:
    kind = plan.spec.pretrain
    if kind == "none":
        return []
    shares = ", ".join(f"{_name(system, networks)}: {system.planned.pretrained_share:.0%}" for system in networks)
    return [
        EqualRow(
            what="pretraining",
            rule=f"{'masked' if kind == 'mlm' else 'autoregressive'} language modelling on the task's own text "
            f"for {plan.spec.pretrain_share:.0%} of the budget, the task itself for the rest",
            value=f"share of the parameters that start from it: {shares}",
        )
    ]


def _recipe(networks: Sequence[Any]) -> list[EqualRow]:
    """The fields of the recipes that agree in one row, each that differs in one of its own."""
    fields = [system.planned.recipe.model_dump(exclude={"protocol", "reference_width"}) for system in networks]
    if not fields:
        return []
    same = {key: value for key, value in fields[0].items() if all(one[key] == value for one in fields)}
    said = ", ".join(f"{key} {_text(value)}" for key, value in same.items())
    rows = [EqualRow(what="recipe", rule="the same for all", value=said)]
    for key in fields[0]:
        if key not in same:
            scaled = key == "learning_rate" and _one_rate_scaled(networks)
            own = "the same at one width, scaled by 1 / width" if scaled else "each model's own"
            rows.append(_setting(f"recipe: {key}", own, networks, [one[key] for one in fields], equal=scaled))
    dropout = [system.planned.config.get("dropout") for system in networks]
    if len(set(dropout)) > 1:
        rows.append(_setting("dropout", "each model's own option", networks, dropout))
    return rows


def _setting(what: str, rule: str, networks: Sequence[Any], values: Sequence[Any], *, equal: bool = False) -> EqualRow:
    """A setting that is not the same everywhere, but may be among the models of each task. rule, equal: if not."""
    of_task = {
        task: [value for system, value in zip(networks, values, strict=True) if system.planned.task == task]
        for task in _by_task(networks)
    }
    if all(value == found[0] for found in of_task.values() for value in found):
        told = ", ".join(f"{task}: {_text(found[0])}" for task, found in of_task.items())
        return EqualRow(what=what, rule="the same for all models of a task", value=told)
    told = ", ".join(f"{_name(one, networks)}: {_text(value)}" for one, value in zip(networks, values, strict=True))
    return EqualRow(what=what, rule=rule, value=told, equal=equal)


def _one_rate_scaled(networks: Sequence[Any]) -> bool:
    """Whether the rates differ only because each is scaled to its network's width from one and the same."""
    recipes = [system.planned.model.architecture.recipe for system in networks]
    rates = {(recipe.learning_rate, recipe.reference_width) for recipe in recipes}
    expected = [
        recipe.at_width(system.planned.config["width"]) for recipe, system in zip(recipes, networks, strict=True)
    ]
    found = [system.planned.recipe.learning_rate for system in networks]
    return len(rates) == 1 and [recipe.learning_rate for recipe in expected] == found


def _text(value: Any) -> str:
    if isinstance(value, tuple | list):
        return " / ".join(_text(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _precision(plan: Plan) -> str:
    return next((run.settings.precision for run in plan.runs if run.settings is not None), "float32")
