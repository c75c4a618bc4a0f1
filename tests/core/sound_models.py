"""Minimal networks that keep every rule, one for each interface, and a model made of them: tests break one thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from seqharness.contracts import Architecture, Config, ModelSpec
from seqharness.interfaces import INTERFACES, CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag
from seqharness.modules.memory import last_of_rows, reverse_rows
from seqharness.testing import Model, Subject, check_named, run_check
from seqharness.testing.select import NETWORK_CHECKS
from seqharness.testing.surroundings import changes, settings

Network = Callable[[Any, Any], nn.Module]


class Base(nn.Module):
    """Embedding, dropout, a GRU from the left, a projection back to the width, and the output."""

    inputs = 1
    """Vectors of the width that the recurrence gets at each position."""

    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__()
        self.embedding = interface.embedding(config.width)
        self.dropout = nn.Dropout(config.dropout)
        self.rightward = nn.GRU(self.inputs * config.width, config.inner, batch_first=True)
        self.project = nn.Linear(config.inner, config.width)
        self.output = interface.output(config.width, self.embedding if config.tied else None)

    def embed(self, tokens: Tensor) -> Tensor:
        return self.dropout(self.embedding(tokens))  # [B, T, H]

    def recur(self, x: Tensor, lengths: Tensor | None, state: Tensor | None) -> tuple[Tensor, Tensor]:
        """Hidden [B, T, I], and the state [B, 1, I] after each row's last real position."""
        hidden, _ = self.rightward(x, None if state is None else state.transpose(0, 1).contiguous())
        return hidden, last_of_rows(hidden, lengths).unsqueeze(1)


class Language(Base):
    """Causal language model."""

    def forward(self, tokens: Tensor, lengths: Tensor | None = None, state: Any = None) -> tuple[Tensor, Any]:
        hidden, state = self.recur(self.embed(tokens), lengths, state)
        return self.project(hidden), state


class CausalTagger(Language):
    """Tags from the left."""

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:  # type: ignore[override]
        return super().forward(tokens, lengths)[0]


class Tagger(Base):
    """Features [B, T, H] from both sides."""

    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__(config, interface)
        self.leftward = nn.GRU(config.width, config.inner, batch_first=True)
        self.project = nn.Linear(2 * config.inner, config.width)

    def both(self, tokens: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        """Hidden [B, T, I] of each direction, where it reads that position."""
        x = self.embed(tokens)
        after, _ = self.leftward(reverse_rows(x, lengths))
        return self.rightward(x)[0], reverse_rows(after, lengths)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return self.project(torch.cat(self.both(tokens, lengths), -1))


class Classifier(Tagger):
    """The final state of each direction: the last of one, the first of the other."""

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        before, after = self.both(tokens, lengths)
        return self.project(torch.cat([last_of_rows(before, lengths), after[:, 0]], -1))


class Pair(Base):
    """Encoder-decoder: the memory is the summary of the source, which the decoder gets at every step."""

    inputs = 2

    def __init__(self, config: Config, interface: SequenceToSequence) -> None:
        super().__init__(config, interface)
        self.reader = nn.GRU(config.width, config.inner, batch_first=True)
        self.summarise = nn.Linear(config.inner, config.width)
        self.written = interface.target_embedding(config.width, self.embedding)
        self.output = interface.output(config.width, self.written if config.tied else None)

    def encode(self, source: Tensor, lengths: Tensor | None = None) -> Any:
        hidden, _ = self.reader(self.embed(source))
        return {"summary": self.summarise(last_of_rows(hidden, lengths))}

    def decode(
        self, target: Tensor, memory: Any, state: Any = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Any]:
        x = self.dropout(self.written(target))
        summary = memory["summary"].unsqueeze(1).expand(-1, x.size(1), -1)
        hidden, state = self.recur(torch.cat([x, summary], -1), lengths, state)
        return self.project(hidden), state


def tagger(config: Config, interface: Tag) -> nn.Module:
    return (CausalTagger if interface.causal else Tagger)(config, interface)


SOUND: Mapping[type[Interface], Network] = {
    Classify: Classifier,
    Tag: tagger,
    MaskedLM: Tagger,
    CausalLM: Language,
    SequenceToSequence: Pair,
}


def card(serves: Mapping[type[Interface], Network] = SOUND, config: type[Config] = Config, **fields: Any) -> ModelSpec:
    """The card of a model that serves these interfaces; fields: those of the card that are to be otherwise."""
    usual: dict[str, Any] = {
        "name": "probe",
        "summary": "a model for tests",
        "interfaces": tuple(serves),
        "load": lambda: Architecture(config=config, serves=serves),
    }
    return ModelSpec(**{**usual, **fields})


# ------------------------------------------------------------------------------------------------------ planted faults


def subject(problem: str, network: Network | None = None, config: type[Config] = Config) -> Subject:
    """The sound model on a problem, or one whose network there is this one."""
    kind = next(kind for kind in INTERFACES.values() if problem.startswith(kind.name))
    serves = SOUND if network is None else {**SOUND, kind: network}
    return next(one for one in Model(card(serves, config)).subjects() if one.problem == problem)


class Faults:
    """Networks that break a rule each: `@fault(check, problem, message)` keeps the class below it as a case.

    Attribute `options` of such a class: the configuration that it is built with.
    """

    def __init__(self) -> None:
        self.cases: list[Any] = []

    def __call__(self, check: str, problem: str, message: str) -> Callable[[type[nn.Module]], type[nn.Module]]:
        def keep(network: type[nn.Module]) -> type[nn.Module]:
            self.cases.append(pytest.param(check, problem, network, message, id=f"{check}-{network.__name__}"))
            return network

        return keep

    def without_one(self, *modules: str) -> set[str]:
        """Checks in these modules of `seqharness.testing.checks` without a fault here, and those of other modules."""
        checks = {check.name for check in NETWORK_CHECKS if check.function.__module__.rpartition(".")[2] in modules}
        return checks ^ {case.values[0] for case in self.cases}


def assert_caught(check: str, problem: str, network: type[nn.Module], message: str) -> None:
    """The check fails on this network with this message, passes on the sound one, and leaves no trace."""
    before = settings()
    with pytest.raises(Exception, match=re.compile(message, re.DOTALL)):
        run_check(check_named(check), subject(problem, network, getattr(network, "options", Config)))
    assert not changes(before, settings()), "a check did not put back what a fault changed"
    run_check(check_named(check), subject(problem))
