"""The models at the size asked for, and the lengths that each can take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..budget import default_dropout
from ..contracts import Architecture, Config, Recipe
from ..costs import ModelCosts
from ..errors import NotApplicable
from ..interfaces import Interface, SequenceToSequence
from ..plan.sizes import has_own_dropout
from ..records import Matched
from ..resolve import ResolvedModel
from ..sizing import Solution, build_meta, measured, solve, state_bytes
from .problems import own_tokens, problem
from .spec import BenchSpec

MATCHED: Mapping[str, Matched] = {"params": "parameters", "nonembedding": "nonembedding_parameters"}


@dataclass(frozen=True)
class Candidate:
    """A model to measure: the same network at every length, made for the longest that it takes.

    refused: lengths that it does not take, with the reason. states: bytes carried in generation, by length.
    """

    name: str
    interface: Interface
    config: Config
    recipe: Recipe
    costs: ModelCosts
    refused: Mapping[int, str] = field(default_factory=dict)
    states: Mapping[int, int] = field(default_factory=dict)


def candidate(model: ResolvedModel, spec: BenchSpec) -> Candidate:
    """The model at its size. NotApplicable where it takes no length; UserError where the size is too small."""
    architecture = model.architecture
    if not isinstance(architecture, Architecture):
        raise NotApplicable("it is not trained by gradient descent")
    if spec.kind not in architecture.serves:
        raise NotApplicable(f"it does not serve {spec.interface}")
    refused: dict[int, str] = {}
    for longest in reversed(spec.lengths):
        interface = problem(spec.kind, spec.vocabulary, longest)
        try:
            solution = _solved(model, architecture, interface, spec)
        except NotApplicable as error:
            refused[longest] = str(error)
            continue
        return _candidate(model, architecture, interface, solution, refused, spec)
    raise NotApplicable(refused[spec.lengths[0]])


def _solved(model: ResolvedModel, architecture: Architecture, interface: Interface, spec: BenchSpec) -> Solution:
    if spec.match_size == "none":
        return measured(architecture, model.config, interface, None)
    matched = MATCHED[spec.match_size]
    return solve(architecture, model.given, model.config, interface, spec.parameters, matched)


def _candidate(
    model: ResolvedModel,
    architecture: Architecture,
    interface: Interface,
    solution: Solution,
    refused: Mapping[int, str],
    spec: BenchSpec,
) -> Candidate:
    config = solution.config
    if not has_own_dropout(model):
        config = config.model_copy(update={"dropout": default_dropout(passes=1)})
    recipe = architecture.recipe.at_width(config.width)
    if not isinstance(interface, SequenceToSequence):
        recipe = recipe.model_copy(update={"label_smoothing": 0.0})
    network = build_meta(architecture, config, interface).eval()
    states = {}
    for length in (length for length in spec.lengths if length not in refused):
        fields = own_tokens(spec.kind, length) if spec.kind is SequenceToSequence else {"tokens": length}
        if (state := state_bytes(network, interface, fields)) is not None:
            states[length] = state.total
    costs = ModelCosts(
        model=str(model.name),
        resolved=architecture.describe(config, interface) if architecture.describe else "",
        parameters=solution.sizing.parameters,
        deviation=solution.sizing.deviation,
    )
    return Candidate(str(model.name), interface, config, recipe, costs, refused, states)
