"""`--tune N`: every model gets the same N trials over the same space, on validation only, with a seed of its own.

The first trials vary the learning rate alone, over a grid; what matters most is looked at first. Any further ones draw
rate, dropout and warm-up together: the same values for every model, or, with the tuner `optuna`, each model's own by
what its trials before have shown. No model has more trials than another.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..comparison_spec import ComparisonSpec
from ..contracts import Recipe
from ..errors import UserError
from ..records import Failure, RunSpec, TrainingRecord, Trial
from ..store import Store
from .plan import Plan, PlannedModel, PlannedTrial
from .runs import run
from .sizes import has_own_dropout

RATES = (1e-4, 1e-2)
"""Bounds of the learning rates tried."""

GRID = 7
"""Trials that vary the learning rate alone: thirds of a decade at most."""

DROPOUTS = (0.0, 0.1, 0.2, 0.3)
WARMUPS = (0.02, 0.08, 0.2)

TRIAL_SEED = 1_000_003
"""Of all trials: no seed of the comparison, so that no run was looked at in the tuning."""


def check(spec: ComparisonSpec) -> None:
    """UserError where a tuned setting is fixed by the user, or the tuner is not installed."""
    if spec.tune and spec.tuner == "optuna" and importlib.util.find_spec("optuna") is None:
        raise UserError("--tuner optuna needs a further library: pip install 'seqharness[optuna]'.")
    for field, flag in (("learning_rate", "--lr"), *((("warmup", "--warmup"),) if spec.tune > GRID else ())):
        if spec.tune and field in spec.recipe:
            raise UserError(f"{flag} fixes what --tune {spec.tune} looks for: leave one of them out.")


def space(count: int) -> list[Trial]:
    """The values of `count` trials, the same for every model."""
    low, high = RATES
    on_grid = min(count, GRID)
    rates = np.geomspace(low, high, on_grid) if on_grid > 1 else [math.sqrt(low * high)]
    trials = [Trial(learning_rate=_round(rate)) for rate in rates]
    generator = np.random.Generator(np.random.PCG64(TRIAL_SEED))
    for _ in range(count - on_grid):
        exponent = generator.uniform(math.log(low), math.log(high))
        dropout, warmup = (float(generator.choice(values)) for values in (DROPOUTS, WARMUPS))
        trials.append(Trial(learning_rate=_round(math.exp(exponent)), dropout=dropout, warmup=warmup))
    return trials


def _round(rate: float) -> float:
    return float(f"{rate:.2g}")


def tuned(planned: PlannedModel, plan: Plan, failures: Mapping[str, Failure]) -> PlannedModel:
    """The model with its trials and, once all have ended, with the values of the best in config and recipe.

    failures: trials that left no record, by training key. A model none of whose trials has a score is not applicable.
    """
    if not plan.spec.tune or planned.recipe is None or planned.not_applicable is not None:
        return planned
    if planned.chosen is not None:
        return planned
    higher_is_better = plan.task(planned.task).task.metrics[0].higher_is_better
    values = space(plan.spec.tune if plan.spec.tuner == "grid" else min(plan.spec.tune, GRID))
    trials = [_trial(planned, one, plan) for one in values]
    while True:
        found = [_record(trial.run, plan) for trial in trials]
        missing = [trial for trial, record in zip(trials, found, strict=True) if record is None]
        if any(trial.run.training_key not in failures for trial in missing):
            return replace(planned, trials=tuple(trials))
        if len(trials) == plan.spec.tune:
            break
        scores = [record.score if record else None for record in found]
        trials.append(_trial(planned, suggested([trial.values for trial in trials], scores, higher_is_better), plan))
    best = best_trial(found, higher_is_better)
    if best is None:
        reason = f"none of its {len(trials)} trials ended with a score on validation"
        return replace(planned, trials=tuple(trials), not_applicable=reason)
    return replace(_apply(planned, trials[best].values), trials=tuple(trials), chosen=best)


def suggested(tried: Sequence[Trial], scores: Sequence[float | None], higher_is_better: bool) -> Trial:
    """What the tree-structured Parzen estimator (Bergstra et al. 2011) would try next; the same for the same trials."""
    import optuna
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space: dict[str, Any] = {
        "learning_rate": FloatDistribution(*RATES, log=True),
        "dropout": CategoricalDistribution(DROPOUTS),
        "warmup": CategoricalDistribution(WARMUPS),
    }
    sampler = optuna.samplers.TPESampler(seed=TRIAL_SEED + len(tried), n_startup_trials=GRID)
    study = optuna.create_study(sampler=sampler, direction="maximize" if higher_is_better else "minimize")
    for trial, score in zip(tried, scores, strict=True):
        given = {name: value for name, value in trial.model_dump().items() if value is not None}
        held = {name: space[name] for name in given}
        state = optuna.trial.TrialState.FAIL if score is None else optuna.trial.TrialState.COMPLETE
        study.add_trial(optuna.trial.create_trial(params=given, distributions=held, value=score, state=state))
    next_one = study.ask(space).params
    return Trial(**{**next_one, "learning_rate": _round(next_one["learning_rate"])})


def best_trial(records: list[TrainingRecord | None], higher_is_better: bool) -> int | None:
    """The place of the best score on validation, the first of equals; None without any score."""
    sign = 1 if higher_is_better else -1
    scores = {place: sign * found.score for place, found in enumerate(records) if found and found.score is not None}
    return max(scores, key=lambda place: scores[place]) if scores else None


def _record(run: RunSpec, plan: Plan) -> TrainingRecord | None:
    return Store(Path(plan.spec.store)).training(run.training_key)


def _trial(planned: PlannedModel, values: Trial, plan: Plan) -> PlannedTrial:
    tried = _apply(planned, values)
    return PlannedTrial(values, run(tried, plan, TRIAL_SEED, planned.tokens, "trial"))


def _apply(planned: PlannedModel, values: Trial) -> PlannedModel:
    """The model with the values of a trial; a dropout that the user or the model has chosen stays."""
    update: dict[str, Any] = {"learning_rate": values.learning_rate, "protocol": "tuned in this comparison"}
    if values.warmup is not None:
        update["warmup"] = values.warmup
    config = dict(planned.config)
    if values.dropout is not None and not has_own_dropout(planned.model):
        config["dropout"] = values.dropout
    assert planned.recipe is not None
    recipe: Recipe = planned.recipe.model_copy(update=update)
    return replace(planned, config=config, recipe=recipe)
