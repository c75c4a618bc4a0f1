"""What a network can be trained on before its task, and which of its parts can start from that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from ..data.rows import Rows
from ..errors import NotApplicable
from ..interfaces import CausalLM, Interface, MaskedLM, SequenceToSequence

Kind = Literal["mlm", "lm"]

LEAST_SHARE = 0.2
"""Of its parameters that a network must be able to take over, or it would hardly have been pretrained."""


def pretraining_interface(kind: Kind, interface: Interface) -> Interface:
    """The language modelling problem on the text of a task: its inputs, or for sequence to sequence all of its text
    where both sides have one vocabulary, else the side that is read by the part trained (source for masked, target for
    autoregressive LM). NotApplicable where the inputs are numbers, or are a language modelling problem already."""
    if not interface.vocabulary:
        raise NotApplicable("the inputs of this task are numbers, and there is no text to pretrain on")
    if isinstance(interface, CausalLM | MaskedLM):
        raise NotApplicable("this task is language modelling itself; --pretrain is for other tasks")
    vocabulary = interface.vocabulary
    if isinstance(interface, SequenceToSequence) and kind == "lm":
        vocabulary = interface.targets
    language = MaskedLM if kind == "mlm" else CausalLM
    return language(vocabulary=vocabulary, max_length=interface.max_length)


def pretraining_rows(kind: Kind, interface: Interface, rows: Mapping[str, Rows]) -> dict[str, Rows]:
    """The text of a split, as rows of 'tokens'; empty rows are left out."""
    if not isinstance(interface, SequenceToSequence):
        chosen = [rows["tokens"]]
    elif interface.shared:
        chosen = [rows["source"], rows["target"]]
    else:
        chosen = [rows["source" if kind == "mlm" else "target"]]
    return {"tokens": Rows.of([row.tolist() for field in chosen for row in field if len(row)])}


def adoptable(network: nn.Module, language: nn.Module, interface: Interface) -> Iterator[tuple[Tensor, Tensor]]:
    """(tensor of the network, tensor of the language model) for all parts of equal role, name and shape, each once.

    The output layer plays the same role where the task generates text from the same vocabulary, and only there."""
    theirs = language.state_dict(keep_vars=True)
    seen: set[int] = set()
    for name, tensor in network.state_dict(keep_vars=True).items():
        other = theirs.get(name)
        if other is None or other.shape != tensor.shape or id(tensor) in seen:
            continue
        if name.startswith("output.") and not isinstance(interface, SequenceToSequence):
            continue
        seen.add(id(tensor))
        yield tensor, other


def adoptable_share(network: nn.Module, language: nn.Module, interface: Interface) -> float:
    """Share of the network's parameters that a pretraining as `language` can give it."""
    every = sum(parameter.numel() for parameter in network.parameters())
    parameters = {id(parameter) for parameter in network.parameters()}
    pairs = adoptable(network, language, interface)
    return sum(mine.numel() for mine, _ in pairs if id(mine) in parameters) / max(1, every)


def adopt(network: nn.Module, language: nn.Module, interface: Interface) -> float:
    """Copy what was learned; returns the share of the network's parameters that was copied."""
    with torch.no_grad():
        for mine, other in adoptable(network, language, interface):
            mine.copy_(other)
    return adoptable_share(network, language, interface)
