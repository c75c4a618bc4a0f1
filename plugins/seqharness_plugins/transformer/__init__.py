"""Transformers. Cards only: torch is imported when a model is used."""

from collections.abc import Callable

from seqharness.contracts import Architecture, ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import CausalLM, Classify, MaskedLM, SequenceToSequence, Tag


def _transformer() -> Architecture:
    from .transformer import ARCHITECTURE

    return ARCHITECTURE


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    register(
        ModelSpec(
            name="transformer",
            summary="self-attention in the natural shape for the task: encoder-decoder, encoder-only or decoder-only",
            paper="Vaswani et al. 2017; Devlin et al. 2019 (encoder-only); Radford et al. 2018 (decoder-only)",
            interfaces=(Classify, Tag, MaskedLM, CausalLM, SequenceToSequence),
            load=_transformer,
        )
    )
