"""From an encoder and a decoder to a network for every interface.

An encoder is a module `(tokens [B, S], lengths) -> Memory`; a decoder is a module
`(target [B, T], memory or None, state, lengths) -> features [B, T, H], state`, which without a memory is a language
model. Each function here takes one of them or both, and gives a builder for an interface:

    pooled(encoder)                     Classify             the encoder's summary of the row
    last_position(decoder)              Classify             the decoder's features after the last token
    by_label(encoder, decoder)          Classify             the decoder generates the label
    from_both_sides(encoder)            Tag, MaskedLM        the encoder's features
    from_the_left(decoder)              Tag, causal or not   the decoder's features
    tag_by_pair(encoder, decoder)       Tag                  the decoder's features, with the row as memory
    language(decoder)                   CausalLM             the decoder alone
    context_and_rest(encoder, decoder)  CausalLM             the context in the encoder, the rest by the decoder
    pair(encoder, decoder)              SequenceToSequence   the source in the encoder, the target by the decoder
    as_prefix(decoder)                  SequenceToSequence   one row of source, SEP and target

`from_parts` puts parts together for all interfaces in the most usual way. In every network the parts are called
`encoder` and `decoder`, so that what was learned in one can be copied into another by its names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from torch import nn

from ..contracts import Builder, Config
from ..errors import NotApplicable
from ..interfaces import CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag
from .networks import (
    CausalPerPosition,
    EncoderDecoder,
    GeneratedLabel,
    LanguageModel,
    LastPosition,
    PairPerPosition,
    PerPosition,
    Pooled,
    Prefix,
    StartVector,
)


class EncoderBuilder(Protocol):
    """Makes an encoder. May raise NotApplicable."""

    def __call__(self, config: Any, embedding: nn.Module, interface: Interface) -> nn.Module: ...


class DecoderBuilder(Protocol):
    """Makes a decoder; `reads_memory` says whether it gets an encoder's memory. May raise NotApplicable."""

    def __call__(self, config: Any, embedding: nn.Module, interface: Interface, reads_memory: bool) -> nn.Module: ...


def from_parts(
    encoder: EncoderBuilder | None = None, decoder: DecoderBuilder | None = None
) -> Mapping[type[Interface], Builder]:
    """Builders for every interface that the parts can serve: an encoder Classify, Tag and MaskedLM, a decoder CausalLM,
    both of them SequenceToSequence. A causal Tag takes the decoder, and is refused where there is none."""
    serves: dict[type[Interface], Builder] = {}
    if encoder is not None:
        serves[Classify] = pooled(encoder)
        serves[Tag] = _tag_by_either(encoder, decoder)
        serves[MaskedLM] = from_both_sides(encoder)
    if decoder is not None:
        serves[CausalLM] = language(decoder)
    if encoder is not None and decoder is not None:
        serves[SequenceToSequence] = pair(encoder, decoder)
    return serves


def _tag_by_either(encoder: EncoderBuilder, decoder: DecoderBuilder | None) -> Builder:
    def build(config: Config, interface: Tag) -> nn.Module:
        by = from_the_left(decoder) if interface.causal and decoder is not None else from_both_sides(encoder)
        return by(config, interface)

    return build


# ----------------------------------------------------------------------------------------------------- an encoder alone


def pooled(encoder: EncoderBuilder) -> Builder:
    """Builder for Classify: the summary [B, H] of each row, which the encoder defines."""

    def build(config: Config, interface: Classify) -> Pooled:
        part = encoder(config, interface.embedding(config.width), interface)
        return Pooled(part, interface.output(config.width))

    return build


def from_both_sides(encoder: EncoderBuilder) -> Builder:
    """Builder for Tag and MaskedLM: features [B, T, H] that have seen the whole row. It refuses a causal Tag."""

    def build(config: Config, interface: Tag | MaskedLM) -> PerPosition:
        _refuse_causal(interface)
        embedding = interface.embedding(config.width)
        tied = embedding if config.tied and isinstance(interface, MaskedLM) else None
        return PerPosition(encoder(config, embedding, interface), interface.output(config.width, tied))

    return build


# ------------------------------------------------------------------------------------------------------ a decoder alone


def last_position(decoder: DecoderBuilder) -> Builder:
    """Builder for Classify: the features [B, H] after each row's last real token (Radford et al. 2018)."""

    def build(config: Config, interface: Classify) -> LastPosition:
        part = decoder(config, interface.embedding(config.width), interface, reads_memory=False)
        return LastPosition(part, interface.output(config.width))

    return build


def from_the_left(decoder: DecoderBuilder) -> Builder:
    """Builder for Tag: features [B, T, H], each of which has seen the past alone, whether or not it may see more."""

    def build(config: Config, interface: Tag) -> CausalPerPosition:
        part = decoder(config, interface.embedding(config.width), interface, reads_memory=False)
        return CausalPerPosition(part, interface.output(config.width))

    return build


def language(decoder: DecoderBuilder) -> Builder:
    """Builder for CausalLM: the decoder without a memory."""

    def build(config: Config, interface: CausalLM) -> LanguageModel:
        return LanguageModel(*_generator(decoder, config, interface, interface.max_length))

    return build


def as_prefix(decoder: DecoderBuilder) -> Builder:
    """Builder for SequenceToSequence from a decoder alone: a language model over source, SEP and target, which make
    one row. It refuses two vocabularies."""

    def build(config: Config, interface: SequenceToSequence) -> Prefix:
        if not interface.shared:
            raise NotApplicable("it reads source and target as one row and needs one vocabulary for both")
        return Prefix(*_generator(decoder, config, interface, 2 * interface.max_length + 1))

    return build


# ------------------------------------------------------------------------------------------------ encoder and decoder


def by_label(encoder: EncoderBuilder, decoder: DecoderBuilder) -> Builder:
    """Builder for Classify: the encoder reads the row and the decoder generates the label, in one step that begins
    from a learned vector; features [B, H]. The decoder is built for rows of that one step."""

    def build(config: Config, interface: Classify) -> GeneratedLabel:
        reader = encoder(config, interface.embedding(config.width), interface)
        step = replace(interface, max_length=1)
        writer = decoder(config, StartVector(config.width), step, reads_memory=True)
        return GeneratedLabel(reader, writer, interface.output(config.width))

    return build


def tag_by_pair(encoder: EncoderBuilder, decoder: DecoderBuilder) -> Builder:
    """Builder for Tag: encoder and decoder read the same row by the same embedding, and the decoder's features
    [B, T, H] are tagged, as in BART (Lewis et al. 2020). It refuses a causal Tag."""

    def build(config: Config, interface: Tag) -> PairPerPosition:
        _refuse_causal(interface)
        embedding = interface.embedding(config.width)
        reader = encoder(config, embedding, interface)
        writer = decoder(config, embedding, interface, reads_memory=True)
        return PairPerPosition(reader, writer, interface.output(config.width))

    return build


def context_and_rest(encoder: EncoderBuilder, decoder: DecoderBuilder) -> Builder:
    """Builder for CausalLM: a network with `encode` and `decode`, as for SequenceToSequence, and one embedding. Who
    calls it cuts a text in two: the context goes to the encoder, and the decoder predicts the rest (Raffel et al. 2020,
    https://arxiv.org/abs/1910.10683, section 3.2.1)."""

    def build(config: Config, interface: CausalLM) -> EncoderDecoder:
        embedding = interface.embedding(config.width)
        return _encoder_decoder(encoder, decoder, config, interface, (embedding, embedding))

    return build


def pair(encoder: EncoderBuilder, decoder: DecoderBuilder) -> Builder:
    """Builder for SequenceToSequence: the source goes to the encoder, and the decoder predicts the target. They share
    the embedding where they share the vocabulary."""

    def build(config: Config, interface: SequenceToSequence) -> EncoderDecoder:
        source = interface.embedding(config.width)
        target = interface.target_embedding(config.width, source)
        return _encoder_decoder(encoder, decoder, config, interface, (source, target))

    return build


# -------------------------------------------------------------------------------------------------------------- shared


def _encoder_decoder(
    encoder: EncoderBuilder,
    decoder: DecoderBuilder,
    config: Config,
    interface: Interface,
    embeddings: tuple[nn.Module, nn.Module],
) -> EncoderDecoder:
    """embeddings: of the source and of the target, to which the output is tied where that is asked for."""
    source, target = embeddings
    reader = encoder(config, source, interface)
    writer = decoder(config, target, interface, reads_memory=True)
    return EncoderDecoder(reader, writer, interface.output(config.width, target if config.tied else None))


def _generator(
    decoder: DecoderBuilder, config: Config, interface: Interface, max_length: int
) -> tuple[nn.Module, nn.Module]:
    """A decoder without a memory for rows up to `max_length`, and its output, tied where that is asked for."""
    embedding = interface.embedding(config.width)
    part = decoder(config, embedding, replace(interface, max_length=max_length), reads_memory=False)
    return part, interface.output(config.width, embedding if config.tied else None)


def _refuse_causal(interface: Interface) -> None:
    if isinstance(interface, Tag) and interface.causal:
        raise NotApplicable("it looks at both sides of a position, and this task forbids to look ahead")
