"""`lm` and `mlm`: language modelling from the left, and of hidden tokens from both sides. This file has the cards; what
they name is loaded when it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from seqharness.contracts import BaselineArchitecture, MeasurementSpec, ModelSpec, Options, Task, TaskSpec, Trained
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import CausalLM, MaskedLM

if TYPE_CHECKING:
    import numpy as np

    from seqharness.comparison import Findings


def _causal_options() -> type[Options]:
    from .options import CausalOptions

    return CausalOptions


def _masked_options() -> type[Options]:
    from .options import MaskedOptions

    return MaskedOptions


def _causal() -> Callable[[Any], Task]:
    from .task import LanguageModelling

    return LanguageModelling


def _masked() -> Callable[[Any], Task]:
    from .task import MaskedLanguageModelling

    return MaskedLanguageModelling


def _true_grammar() -> BaselineArchitecture:
    from .true_grammar import ARCHITECTURE

    return ARCHITECTURE


def _agreement() -> Callable[[Trained, np.random.Generator], Findings]:
    from .agreement import measure

    return measure


def _minimal_pairs() -> Callable[[Trained, np.random.Generator], Findings]:
    from .minimal_pairs import measure

    return measure


@hookimpl
def register_tasks(register: Callable[[TaskSpec | MeasurementSpec], None]) -> None:
    """Offers `lm` and `mlm`, and measurements of language models."""
    data = "sentences of a grammar of known entropy, WikiText-2, Tiny Shakespeare, or own files"
    register(
        TaskSpec(
            name="lm",
            summary=f"language modelling, left to right: {data}",
            interface=CausalLM,
            options=_causal_options,
            load=_causal,
        )
    )
    register(
        TaskSpec(
            name="mlm",
            summary=f"masked language modelling: {data}",
            interface=MaskedLM,
            options=_masked_options,
            load=_masked,
        )
    )
    register(
        MeasurementSpec(
            name="agreement",
            summary="whether a verb is expected in the number of its subject, by attractors and distance",
            load=_agreement,
        )
    )
    register(
        MeasurementSpec(
            name="minimal-pairs",
            summary="BLiMP: in how many pairs the sentence that agrees is the more probable one",
            load=_minimal_pairs,
        )
    )


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    """Offers what the generated sentences of `lm` are measured against."""
    register(
        ModelSpec(
            name="true-grammar",
            summary="the grammar that made the sentences of lm: the best possible figure on them",
            interfaces=(CausalLM,),
            load=_true_grammar,
            baseline=True,
        )
    )
