"""Convolutional models. Cards only: torch is imported when a model is used."""

from collections.abc import Callable

from seqharness.contracts import Architecture, ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import CausalLM, Classify, MaskedLM, SequenceToSequence, Tag


def _textcnn() -> Architecture:
    from .textcnn import ARCHITECTURE

    return ARCHITECTURE


def _convs2s() -> Architecture:
    from .convs2s import ARCHITECTURE

    return ARCHITECTURE


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    register(
        ModelSpec(
            name="textcnn",
            summary="one layer of convolutions of several widths; labels by their maximum over the row",
            paper="Kim 2014",
            interfaces=(Classify, Tag),
            load=_textcnn,
        )
    )
    register(
        ModelSpec(
            name="convs2s",
            summary="gated convolutions; on sequence to sequence an encoder-decoder with attention in every layer",
            paper="Gehring et al. 2017; Dauphin et al. 2017 (language model)",
            interfaces=(Classify, Tag, MaskedLM, CausalLM, SequenceToSequence),
            load=_convs2s,
        )
    )
