"""Recurrent models with attention. Cards only: torch is imported when a model is used."""

from collections.abc import Callable

from seqharness.contracts import Architecture, ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import Classify, SequenceToSequence


def _bahdanau() -> Architecture:
    from .bahdanau import ARCHITECTURE

    return ARCHITECTURE


def _luong() -> Architecture:
    from .luong import ARCHITECTURE

    return ARCHITECTURE


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    register(
        ModelSpec(
            name="bahdanau",
            summary="recurrent encoder-decoder with additive attention; labels by attention pooling",
            paper="Bahdanau et al. 2015",
            interfaces=(Classify, SequenceToSequence),
            load=_bahdanau,
        )
    )
    register(
        ModelSpec(
            name="luong",
            summary="recurrent encoder-decoder with dot, general or concat attention and input feeding",
            paper="Luong et al. 2015",
            interfaces=(Classify, SequenceToSequence),
            load=_luong,
        )
    )
