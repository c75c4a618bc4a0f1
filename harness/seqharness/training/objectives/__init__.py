"""What it means to train and evaluate a network on an interface: one file each."""

from __future__ import annotations

from ...errors import HarnessError
from ...interfaces import CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag
from .base import Batch, Objective, Scored, Stopwatch, mean_loss
from .causal_lm import CausalLMObjective
from .classify import ClassifyObjective
from .masked_lm import MaskedLMObjective
from .sequence_to_sequence import SequenceToSequenceObjective
from .tag import TagObjective

OBJECTIVES: dict[type[Interface], type[Objective]] = {
    Classify: ClassifyObjective,
    Tag: TagObjective,
    CausalLM: CausalLMObjective,
    MaskedLM: MaskedLMObjective,
    SequenceToSequence: SequenceToSequenceObjective,
}


def objective_for(interface: Interface) -> Objective:
    """The objective of an interface."""
    try:
        return OBJECTIVES[type(interface)](interface)
    except KeyError:
        raise HarnessError(f"no objective for the interface {interface.name!r}") from None


__all__ = ["OBJECTIVES", "Batch", "Objective", "Scored", "Stopwatch", "mean_loss", "objective_for"]
