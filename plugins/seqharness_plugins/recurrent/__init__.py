"""Recurrent models. Cards only: torch is imported when a model is used."""

from collections.abc import Callable

from seqharness.contracts import Architecture, ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import CausalLM, Classify, MaskedLM, SequenceToSequence, Tag


def _lstm() -> Architecture:
    from .lstm import ARCHITECTURE

    return ARCHITECTURE


def _gru() -> Architecture:
    from .gru import ARCHITECTURE

    return ARCHITECTURE


def _rnn() -> Architecture:
    from .rnn import ARCHITECTURE

    return ARCHITECTURE


EVERY = (Classify, Tag, MaskedLM, CausalLM, SequenceToSequence)


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    register(
        ModelSpec(
            name="lstm",
            summary="long short-term memory; on sequence to sequence an encoder-decoder without attention",
            paper="Hochreiter & Schmidhuber 1997; Sutskever et al. 2014; Cho et al. 2014",
            interfaces=EVERY,
            load=_lstm,
        )
    )
    register(
        ModelSpec(
            name="gru",
            summary="gated recurrent unit; on sequence to sequence an encoder-decoder without attention",
            paper="Cho et al. 2014",
            interfaces=EVERY,
            load=_gru,
        )
    )
    register(
        ModelSpec(
            name="rnn",
            summary="simple recurrent network, tanh or relu; on sequence to sequence without attention",
            paper="Elman 1990",
            interfaces=EVERY,
            load=_rnn,
        )
    )
