"""Probes: generated tasks with a length or a distance as their axis. This file has the cards; what they name is loaded
when used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from seqharness.contracts import BaselineArchitecture, ModelSpec, Options, Task, TaskSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import CausalLM, Classify, Interface, SequenceToSequence, Tag

PROBES: dict[str, tuple[type[Interface], str]] = {
    "copy": (SequenceToSequence, "say the source again; without attention all of it goes through one vector"),
    "reverse": (SequenceToSequence, "say the source from its end to its begin"),
    "sort": (SequenceToSequence, "say the numbers of the source in ascending order"),
    "copy-memory": (Tag, "ten symbols, said again after T blanks"),
    "selective-copy": (Tag, "ten symbols at random places among T blanks, said in their order"),
    "adding": (Classify, "the sum of the two marked numbers among T; a regression"),
    "recall": (CausalLM, "pairs of key and value, then each key to be answered by its value (MQAR)"),
    "induction": (CausalLM, "a stretch of a random row again: what came after this symbol before?"),
    "dyck": (CausalLM, "brackets to be closed in the right order, over depth and distance"),
    "counting": (CausalLM, "a^n b^n and then the end"),
    "parity": (Classify, "whether a row of bits has an even number of 1s"),
    "even-pairs": (Classify, "whether ab and ba together occur an even number of times"),
    "modular-arithmetic": (Classify, "the value of an expression modulo 5, without brackets"),
    "listops": (Classify, "the value of a nested list of digits (the Long Range Arena's grammar)"),
    "agreement": (Classify, "the number of a verb, with other nouns between it and its subject"),
    "order": (Classify, "who acts on whom, in sentences that differ in the order of their words alone"),
}
"""Interface and summary of each; the file of `copy-memory` is copy_memory.py, and so on."""


def _card(name: str, interface: type[Interface], summary: str) -> TaskSpec:
    module = f"seqharness_tasks.probes.{name.replace('-', '_')}"

    def options() -> type[Options]:
        kind: type[Options] = import_module(module).OPTIONS
        return kind

    def load() -> Callable[[Any], Task]:
        probe: Callable[[Any], Task] = import_module(module).PROBE
        return probe

    return TaskSpec(name=name, summary=f"probe: {summary}", interface=interface, options=options, load=load)


def _memoryless() -> BaselineArchitecture:
    from .memoryless import ARCHITECTURE

    return ARCHITECTURE


def _random_symbols() -> BaselineArchitecture:
    from .random_symbols import ARCHITECTURE

    return ARCHITECTURE


@hookimpl
def register_tasks(register: Callable[[TaskSpec], None]) -> None:
    """Offers every probe."""
    for name, (interface, summary) in PROBES.items():
        register(_card(name, interface, summary))


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    """Offers what the probes are compared with, and other tasks have no use for."""
    register(
        ModelSpec(
            name="memoryless",
            summary="tags from the last two tokens alone: chance on copy-memory and selective-copy",
            interfaces=(Tag,),
            load=_memoryless,
            paper="Arjovsky et al. 2016, https://arxiv.org/abs/1511.06464",
            baseline=True,
        )
    )
    register(
        ModelSpec(
            name="random-symbols",
            summary="as many random symbols as the source has: chance on copy, reverse and sort",
            interfaces=(SequenceToSequence,),
            load=_random_symbols,
            baseline=True,
        )
    )
