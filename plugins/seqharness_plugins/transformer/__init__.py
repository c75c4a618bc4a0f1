"""Transformers. Cards only: torch is imported when a model is used."""

from collections.abc import Callable

from seqharness.contracts import Architecture, ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import CausalLM, Classify, MaskedLM, SequenceToSequence, Tag


def _transformer() -> Architecture:
    from .transformer import ARCHITECTURE

    return ARCHITECTURE


def _encoder_only() -> Architecture:
    from .encoder_only import ARCHITECTURE

    return ARCHITECTURE


def _decoder_only() -> Architecture:
    from .decoder_only import ARCHITECTURE

    return ARCHITECTURE


def _encoder_decoder() -> Architecture:
    from .encoder_decoder import ARCHITECTURE

    return ARCHITECTURE


def _universal_transformer() -> Architecture:
    from .universal_transformer import ARCHITECTURE

    return ARCHITECTURE


def _qanet() -> Architecture:
    from .qanet import ARCHITECTURE

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
    register(
        ModelSpec(
            name="encoder-only",
            summary="self-attention over the whole row, the shape of BERT",
            paper="Devlin et al. 2019",
            interfaces=(Classify, Tag, MaskedLM),
            load=_encoder_only,
        )
    )
    register(
        ModelSpec(
            name="decoder-only",
            summary="self-attention to the left, the shape of GPT; translates by going on after the source",
            paper="Radford et al. 2018",
            interfaces=(Classify, Tag, CausalLM, SequenceToSequence),
            load=_decoder_only,
        )
    )
    register(
        ModelSpec(
            name="encoder-decoder",
            summary="self-attention in two parts, the second attends to the first: the shape of T5 and BART",
            paper="Vaswani et al. 2017",
            interfaces=(Classify, Tag, CausalLM, SequenceToSequence),
            load=_encoder_decoder,
        )
    )
    register(
        ModelSpec(
            name="universal-transformer",
            summary="one layer of the transformer applied again and again; every position may stop by itself",
            paper="Dehghani et al. 2019; Graves 2016 (halting)",
            interfaces=(Classify, Tag, MaskedLM, CausalLM, SequenceToSequence),
            load=_universal_transformer,
        )
    )
    register(
        ModelSpec(
            name="qanet",
            summary="blocks of separable convolutions, self-attention and a feed-forward layer; causal where it writes",
            paper="Yu et al. 2018",
            interfaces=(Classify, Tag, MaskedLM, CausalLM, SequenceToSequence),
            load=_qanet,
        )
    )
