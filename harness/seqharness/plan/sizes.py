"""How large every model is, and with which dropout and recipe it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from ..budget import default_dropout
from ..contracts import Architecture, Config, Recipe
from ..data.prepare import Prepared
from ..errors import NotApplicable, UserError
from ..interfaces import Interface, SequenceToSequence
from ..records import Matched
from ..resolve import ResolvedModel
from ..specs import check_options
from .plan import Plan, PlannedModel

UNITS: dict[Matched, str] = {
    "parameters": "parameters",
    "nonembedding_parameters": "parameters outside the embeddings",
    "flops_per_token": "FLOPs per token",
}


def sized(
    model: ResolvedModel, architecture: Architecture, task: str, before: Sequence[PlannedModel], plan: Plan
) -> PlannedModel:
    """The model at the size that is asked for. NotApplicable where it refuses or cannot be sized."""
    from .. import sizing

    prepared, spec = plan.prepared[task], plan.spec
    interface, lengths = prepared.interface, mean_lengths(prepared)
    target, matched = _target(before, plan)
    if target is None:
        solution = sizing.measured(architecture, model.config, interface, None)
    else:
        solution = sizing.solve(architecture, model.given, model.config, interface, target, matched, lengths)
    share = _pretrained_share(architecture, solution.config, interface, spec.pretrain)
    solution = sizing.with_costs(solution, architecture, interface, lengths)
    if spec.match_size == "flops" and solution.sizing.flops_per_token is None:
        raise NotApplicable("its FLOPs are not counted before it is trained, so --match-size flops cannot size it")
    if target is not None and abs(solution.sizing.deviation) > sizing.TOLERANCE:
        plan.notes.append(
            f"{model.name} is {solution.sizing.deviation:+.1%} from the {target:,.0f} {UNITS[matched]} asked for: the "
            "sizes compared are not equal."
        )
    recipe = _recipe(architecture, solution.config, interface, plan)
    described = architecture.describe(solution.config, interface) if architecture.describe else ""
    config = solution.config.model_dump(mode="json")
    return PlannedModel(model, task, described, config, recipe, solution.sizing, pretrained_share=share)


def _target(before: Sequence[PlannedModel], plan: Plan) -> tuple[float | None, Matched]:
    """The size to solve for, and in what: of FLOPs, those of the task's first model, which has the parameters."""
    spec = plan.spec
    parameters = spec.parameters or plan.budget.parameters
    if spec.match_size == "none":
        return None, "parameters"
    if spec.match_size == "nonembedding":
        return parameters, "nonembedding_parameters"
    first = first_network(before)
    if spec.match_size == "params" or first is None or first.sizing is None:
        return parameters, "parameters"
    return first.sizing.flops_per_token, "flops_per_token"


def first_network(planned: Sequence[PlannedModel]) -> PlannedModel | None:
    """The first model that is trained by gradient descent: what others are matched with where no number is given."""
    return next((one for one in planned if one.sizing is not None and one.not_applicable is None), None)


def with_dropout(planned: PlannedModel, plan: Plan) -> PlannedModel:
    """The model with the dropout of this budget, unless the user or the model itself has chosen one."""
    if planned.sizing is None or has_own_dropout(planned.model):
        return planned
    epoch = training_epoch_tokens(plan.data(planned))
    rate = default_dropout(plan.budget.resolve(epoch) / epoch)
    return replace(planned, config={**planned.config, "dropout": rate})


def has_own_dropout(model: ResolvedModel) -> bool:
    """Whether the user or the model itself has chosen one."""
    common = Config.model_fields["dropout"].default
    return "dropout" in model.given or type(model.config).model_fields["dropout"].default != common


def _pretrained_share(
    architecture: Architecture, config: Config, interface: Interface, kind: Literal["none", "mlm", "lm"]
) -> float | None:
    """Share of the parameters that a pretraining can give. NotApplicable where it cannot, or too few."""
    if kind == "none":
        return None
    from .. import sizing
    from ..training import pretraining

    language = pretraining.pretraining_interface(kind, interface)
    if type(language) not in architecture.serves:
        raise NotApplicable(f"it does not serve {language.name}, which --pretrain {kind} trains first")
    network, first = (sizing.build_meta(architecture, config, problem) for problem in (interface, language))
    share = pretraining.adoptable_share(network, first, interface)
    if share < pretraining.LEAST_SHARE:
        raise NotApplicable(
            f"only {share:.0%} of its parameters can start from --pretrain {kind} "
            f"(parts of equal role, name and shape; at least {pretraining.LEAST_SHARE:.0%} must)"
        )
    return share


def _recipe(architecture: Architecture, config: Config, interface: Interface, plan: Plan) -> Recipe:
    """The model's recipe at its width with what the user sets. Labels are smoothed in sequence to sequence alone unless
    asked for: it helps BLEU and worsens likelihood (Vaswani et al. 2017, section 5.4), which other tasks are scored by.
    """
    spec = plan.spec
    overrides = check_options(Recipe, spec.recipe, "The recipe").model_dump(include=set(spec.recipe))
    recipe = architecture.recipe.at_width(config.width)
    if not isinstance(interface, SequenceToSequence):
        recipe = recipe.model_copy(update={"label_smoothing": 0.0})
    return recipe.model_copy(update=overrides)


def training_epoch_tokens(prepared: Prepared) -> int:
    """Real tokens of one pass over the training split, as the budget counts them. UserError where there are none."""
    from ..training.objectives import objective_for

    tokens = int(objective_for(prepared.interface).tokens(prepared.rows("train")).sum())
    if not tokens:
        raise UserError("The training split has no tokens.")
    return tokens


def mean_lengths(prepared: Prepared) -> dict[str, float]:
    """Mean length of the training rows by field."""
    rows = prepared.rows("train")
    return {name: float(field.lengths.mean()) if len(field) else 0.0 for name, field in rows.items()}
