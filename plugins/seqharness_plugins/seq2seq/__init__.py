"""Encoders and decoders of all families, mixed. The card only: torch is imported when the model is used."""

from collections.abc import Callable

from seqharness.contracts import Architecture, ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import SequenceToSequence


def _seq2seq() -> Architecture:
    from .seq2seq import ARCHITECTURE

    return ARCHITECTURE


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    register(
        ModelSpec(
            name="seq2seq",
            summary="any encoder with any decoder and attention: seq2seq:encoder=convs2s:decoder=lstm:attention=luong",
            paper="Cho et al. 2014; Sutskever et al. 2014; and those of the parts",
            interfaces=(SequenceToSequence,),
            load=_seq2seq,
        )
    )
