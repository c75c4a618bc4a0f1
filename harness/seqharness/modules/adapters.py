"""From an encoder and a decoder to a network for every interface.

An encoder is a module `(tokens [B, S], lengths) -> Memory`; a decoder is a module
`(target [B, T], memory or None, state, lengths) -> features [B, T, H], state`, which without a memory is a language
model. `from_parts` puts them together for all interfaces that they can serve; the networks below are what it builds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from torch import Tensor, nn

from ..contracts import Builder, Config
from ..errors import NotApplicable
from ..interfaces import PAD, SEP, CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag
from .memory import Memory


class EncoderBuilder(Protocol):
    """Makes an encoder. May raise NotApplicable."""

    def __call__(self, config: Any, embedding: nn.Module, interface: Interface) -> nn.Module: ...


class DecoderBuilder(Protocol):
    """Makes a decoder; `reads_memory` says whether it gets an encoder's memory. May raise NotApplicable."""

    def __call__(self, config: Any, embedding: nn.Module, interface: Interface, reads_memory: bool) -> nn.Module: ...


# ----------------------------------------------------------------------------------------------------------- networks


class Pooled(nn.Module):
    """Encoder -> Classify: the summary [B, H] of each row."""

    def __init__(self, encoder: nn.Module, output: nn.Module) -> None:
        super().__init__()
        self.encoder, self.output = encoder, output

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        memory: Memory = self.encoder(tokens, lengths)
        return memory.summary  # [B, H]


class PerPosition(nn.Module):
    """Encoder -> Tag or MaskedLM: the features [B, T, H] of each position, which has seen both sides."""

    def __init__(self, encoder: nn.Module, output: nn.Module) -> None:
        super().__init__()
        self.encoder, self.output = encoder, output

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        memory: Memory = self.encoder(tokens, lengths)
        return memory.features  # [B, T, H]


class CausalPerPosition(nn.Module):
    """Decoder -> causal Tag: the features [B, T, H] of each position, which has seen the past only."""

    def __init__(self, decoder: nn.Module, output: nn.Module) -> None:
        super().__init__()
        self.decoder, self.output = decoder, output

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features: Tensor = self.decoder(tokens, None, None, lengths)[0]
        return features  # [B, T, H]


class LanguageModel(nn.Module):
    """Decoder -> CausalLM."""

    def __init__(self, decoder: nn.Module, output: nn.Module) -> None:
        super().__init__()
        self.decoder, self.output = decoder, output

    def forward(self, tokens: Tensor, lengths: Tensor | None = None, state: Any = None) -> tuple[Tensor, Any]:
        features, state = self.decoder(tokens, None, state, lengths)
        return features, state  # [B, T, H]


class EncoderDecoder(nn.Module):
    """Encoder and decoder -> SequenceToSequence: the memory is all that passes between them."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, output: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder, self.output = encoder, decoder, output

    def encode(self, source: Tensor, lengths: Tensor | None = None) -> Memory:
        memory: Memory = self.encoder(source, lengths)
        return memory

    def decode(
        self, target: Tensor, memory: Memory, state: Any = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Any]:
        features, state = self.decoder(target, memory, state, lengths)
        return features, state  # [B, T, H]


class Prefix(nn.Module):
    """Language -> SequenceToSequence: one language model over source, SEP, target. The memory is its state after SEP,
    which it keeps for each row's own length, so that padding of the source reaches nothing."""

    def __init__(self, language: nn.Module) -> None:
        super().__init__()
        self.language = language

    @property
    def output(self) -> nn.Module:
        layer: nn.Module = self.language.get_submodule("output")
        return layer

    def encode(self, source: Tensor, lengths: Tensor | None = None) -> Any:
        tokens = nn.functional.pad(source, (0, 1), value=SEP if lengths is None else PAD)  # [B, S + 1]
        if lengths is not None:
            tokens = tokens.scatter(1, lengths.unsqueeze(1), SEP)
            lengths = lengths + 1
        return self.language(tokens, lengths)[1]

    def decode(
        self, target: Tensor, memory: Any, state: Any = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Any]:
        features, state = self.language(target, lengths, memory if state is None else state)
        return features, state  # [B, T, H]


# ----------------------------------------------------------------------------------------------------------- building


def from_parts(
    encoder: EncoderBuilder | None = None, decoder: DecoderBuilder | None = None
) -> Mapping[type[Interface], Builder]:
    """Builders for every interface that the parts can serve: an encoder Classify, Tag and MaskedLM, a decoder CausalLM,
    both of them SequenceToSequence. A causal Tag takes the decoder, and is refused where there is none."""
    serves: dict[type[Interface], Builder] = {}
    if encoder is not None:
        serves[Classify] = partial(_classifier, encoder)
        serves[Tag] = partial(_tagger, encoder, decoder)
        serves[MaskedLM] = partial(_masked, encoder)
    if decoder is not None:
        serves[CausalLM] = partial(_language, decoder)
    if encoder is not None and decoder is not None:
        serves[SequenceToSequence] = partial(_pair, encoder, decoder)
    return serves


def as_prefix(decoder: DecoderBuilder) -> Builder:
    """Builder for SequenceToSequence from a decoder alone: a language model over source, SEP and target."""
    return partial(_prefix, decoder)


def _classifier(encoder: EncoderBuilder, config: Config, interface: Classify) -> Pooled:
    part = encoder(config, interface.embedding(config.width), interface)
    return Pooled(part, interface.output(config.width))


def _tagger(encoder: EncoderBuilder, decoder: DecoderBuilder | None, config: Config, interface: Tag) -> nn.Module:
    embedding = interface.embedding(config.width)
    if not interface.causal:
        return PerPosition(encoder(config, embedding, interface), interface.output(config.width))
    if decoder is None:
        raise NotApplicable("it looks at both sides of a position, and this task forbids to look ahead")
    part = decoder(config, embedding, interface, reads_memory=False)
    return CausalPerPosition(part, interface.output(config.width))


def _masked(encoder: EncoderBuilder, config: Config, interface: MaskedLM) -> PerPosition:
    embedding = interface.embedding(config.width)
    part = encoder(config, embedding, interface)
    return PerPosition(part, interface.output(config.width, embedding if config.tied else None))


def _language(decoder: DecoderBuilder, config: Config, interface: Interface) -> LanguageModel:
    embedding = interface.embedding(config.width)
    part = decoder(config, embedding, interface, reads_memory=False)
    return LanguageModel(part, interface.output(config.width, embedding if config.tied else None))


def _prefix(decoder: DecoderBuilder, config: Config, interface: SequenceToSequence) -> Prefix:
    if not interface.shared:
        raise NotApplicable("it reads source and target as one row and needs one vocabulary for both")
    return Prefix(_language(decoder, config, interface))


def _pair(
    encoder: EncoderBuilder, decoder: DecoderBuilder, config: Config, interface: SequenceToSequence
) -> EncoderDecoder:
    source = interface.embedding(config.width)
    target = interface.target_embedding(config.width, source)
    reader = encoder(config, source, interface)
    writer = decoder(config, target, interface, reads_memory=True)
    return EncoderDecoder(reader, writer, interface.output(config.width, target if config.tied else None))
