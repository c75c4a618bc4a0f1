"""What is checked: a model with its options, and the networks it builds for one small problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ..contracts import Architecture, BaselineArchitecture, ModelSpec
from ..errors import HarnessError
from ..interfaces import CausalLM, Interface, MaskedLM, SequenceToSequence, Tag
from ..sizing import build_meta
from ..specs import check_options
from .inputs import LENGTHS, SOURCE_LENGTHS, Inputs, begin, random_rows
from .problems import PROBLEMS
from .surroundings import changes, kept, settings

WIDTH, INNER = 16, 12
"""Sizes of the networks that are checked: rules do not depend on size, and small ones are quick."""


@dataclass(frozen=True, eq=False)
class Model:
    """A model's card with options, as written after its name or as Python values.

    changed: global settings that importing the card changed, in words, where its importer looked.
    """

    card: ModelSpec
    options: Mapping[str, Any] = field(default_factory=dict)
    changed: str = ""

    def __str__(self) -> str:
        return ":".join([self.card.name, *(f"{name}={value}" for name, value in self.options.items())])

    @cached_property
    def _loaded(self) -> tuple[Architecture | BaselineArchitecture, str]:
        with kept():
            before = settings()
            architecture = self.card.load()
            return architecture, changes(before, settings())

    @property
    def architecture(self) -> Any:
        """What the card loads: an Architecture, or a BaselineArchitecture."""
        return self._loaded[0]

    @cached_property
    def loads(self) -> bool:
        """Whether the card's file can be imported and gives an architecture."""
        try:
            return isinstance(self.architecture, Architecture | BaselineArchitecture)
        except (Exception, SystemExit):
            return False

    @property
    def changed_by_loading(self) -> str:
        """Global settings that importing the card and then the model's file changed, in words. Seen by whoever imports
        the latter first."""
        return ", ".join(filter(None, (self.changed, self._loaded[1])))

    @property
    def is_baseline(self) -> bool:
        return isinstance(self.architecture, BaselineArchitecture)

    def config(self, **values: Any) -> Any:
        """The options, with those given to the model, and `values` over them. UserError where one is not allowed."""
        return check_options(self.architecture.config, {**self.options, **values}, f"model {self.card.name}")

    def subjects(self) -> Iterator[Subject]:
        """The model on every problem whose interface its card names."""
        for problem, interface in PROBLEMS.items():
            if type(interface) in self.card.interfaces:
                yield Subject(self, problem, interface)


class Outcome(NamedTuple):
    """What a network answers. features [B, T, H], or [B, H] for Classify; memory and state where it has them."""

    features: Tensor
    memory: Any
    state: Any


@dataclass(frozen=True, eq=False)
class Subject:
    """A model on one problem."""

    model: Model
    problem: str
    interface: Interface

    def __str__(self) -> str:
        return f"{self.model}-{self.problem}"

    # ------------------------------------------------------------------------------------------------ what it must do

    @property
    def generates(self) -> bool:
        """Whether its network writes token after token and keeps a state between."""
        return isinstance(self.interface, CausalLM | SequenceToSequence)

    @property
    def sees_the_past_only(self) -> bool:
        """Whether no position may see a later one."""
        return self.generates or (isinstance(self.interface, Tag) and self.interface.causal)

    @property
    def looks_both_ways(self) -> bool:
        """Whether every position answers for itself and may see the whole row."""
        return isinstance(self.interface, MaskedLM | Tag) and not self.sees_the_past_only

    @property
    def vocabulary(self) -> int:
        """Ids that may stand in `tokens`: those of the target where there is one."""
        return self.interface.targets if isinstance(self.interface, SequenceToSequence) else self.interface.vocabulary

    # --------------------------------------------------------------------------------------------------- its networks

    def with_options(self, **options: Any) -> Subject:
        """The same with further options."""
        return replace(self, model=replace(self.model, options={**self.model.options, **options}))

    def config(self, **values: Any) -> Any:
        """A small configuration without dropout; the model's options and `values` are set over it."""
        step = self.model.config().width_step()
        sizes = {"width": -(-WIDTH // step) * step, "inner": INNER, "dropout": 0.0}
        return self.model.config(**{**sizes, **self.model.options, **values})

    def build(self, seed: int = 0, dtype: torch.dtype = torch.float64, **values: Any) -> Any:
        """A network in eval mode, from `config(**values)` and this seed. NotApplicable where the model refuses."""
        torch.manual_seed(seed)
        network: nn.Module = self.model.architecture.serves[type(self.interface)](self.config(**values), self.interface)
        return network.to(dtype).eval()

    def baseline(self) -> Any:
        """A baseline that has not been fitted yet, where the model is one. NotApplicable where it refuses."""
        return self.model.architecture.serves[type(self.interface)](self.model.config(), self.interface)

    @cached_property
    def refusal(self) -> Exception | None:
        """Why nothing can be built: NotApplicable where the model refuses, any other error where it is broken."""
        try:
            with kept():
                self.baseline() if self.model.is_baseline else self.build()
        except (Exception, SystemExit) as error:
            return error if isinstance(error, Exception) else HarnessError(f"it calls sys.exit({error.code})")
        return None

    @cached_property
    def encodes(self) -> bool:
        """Whether the network has an encoder, which is given a source (or the context of a text)."""
        with kept():
            return hasattr(build_meta(self.model.architecture, self.config(), self.interface), "encode")

    # ---------------------------------------------------------------------------------------------------- calling them

    def inputs(
        self,
        lengths: Sequence[int] = LENGTHS,
        source_lengths: Sequence[int] = SOURCE_LENGTHS,
        seed: int = 1,
        dtype: torch.dtype = torch.float64,
    ) -> Inputs:
        """Random rows of these lengths, padded. Where all are equally long, they are full and have no lengths."""

        def told(lengths: Sequence[int]) -> Tensor | None:
            return None if min(lengths) == max(lengths) else torch.tensor(lengths)

        tokens = random_rows(lengths, self.vocabulary, self.interface.features, seed)
        tokens = begin(tokens) if self.generates else tokens.to(dtype) if self.interface.features else tokens
        if not self.encodes:
            return Inputs(tokens, told(lengths))
        source = random_rows(source_lengths, self.interface.vocabulary, seed=seed + 100)
        return Inputs(tokens, told(lengths), source, told(source_lengths))

    def full_inputs(self, size: int = 6, source_size: int = 7, rows: int = 5, seed: int = 1) -> Inputs:
        """Random full rows, without lengths."""
        return self.inputs([size] * rows, [source_size] * rows, seed)

    def call(self, network: Any, inputs: Inputs) -> Outcome:
        """The whole of the inputs, teacher-forced, as the engine calls the network."""
        if self.encodes:
            memory = network.encode(inputs.source, inputs.source_lengths)
            features, state = network.decode(inputs.tokens, memory, None, inputs.lengths)
            return Outcome(features, memory, state)
        if self.generates:
            features, state = network(inputs.tokens, inputs.lengths)
            return Outcome(features, None, state)
        return Outcome(network(inputs.tokens, inputs.lengths), None, None)

    def step(self, network: Any, tokens: Tensor, memory: Any, state: Any, lengths: Tensor | None = None) -> Outcome:
        """More tokens [B, N] after a state (None: from the beginning)."""
        if self.encodes:
            features, state = network.decode(tokens, memory, state, lengths)
        else:
            features, state = network(tokens, lengths, state)
        return Outcome(features, memory, state)
