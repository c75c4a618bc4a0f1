"""The encoder-decoder framework (Cho et al. 2014, https://arxiv.org/abs/1406.1078): any encoder with any decoder.

The memory is all that passes between the two: features of every source position, their lengths, and a summary. A
recurrent decoder reads the summary alone, or attends to the features as Bahdanau or Luong do; the decoders of the
Transformer and of the convolutional model attend to them in their own way. Each part is built from its own model's
config at this one's width, layers and dropout.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field, model_validator
from torch import nn

from seqharness.contracts import GRID_PROTOCOL, Architecture, Config, Recipe
from seqharness.interfaces import Interface, SequenceToSequence
from seqharness.modules.adapters import DecoderBuilder, EncoderBuilder, from_parts
from seqharness_plugins.attention import bahdanau, luong
from seqharness_plugins.convolution import convs2s
from seqharness_plugins.recurrent import gru, lstm, rnn
from seqharness_plugins.recurrent import parts as recurrent
from seqharness_plugins.transformer import qanet, transformer

RECURRENT = {"rnn": rnn, "gru": gru, "lstm": lstm}
ATTENDING = {"bahdanau": bahdanau, "luong": luong}


class Part(NamedTuple):
    """An encoder or a decoder with the config it is built from; `options` are set in it."""

    config: type[Config]
    build: Any
    options: Mapping[str, Any] = {}

    def configured(self, whole: Config) -> Config:
        """The part's own config at the sizes of the whole; the inner size in its own natural proportion."""
        inner = max(1, round(whole.inner * self.config.inner_ratio / whole.inner_ratio))
        shared = {"width": whole.width, "inner": inner, "layers": whole.layers, "dropout": whole.dropout}
        return self.config.model_validate({**shared, "tied": whole.tied, **self.options})


ENCODERS: Mapping[str, Part] = {
    **{
        name: Part(model.ARCHITECTURE.config, partial(recurrent.Encoder, model.CELL))
        for name, model in RECURRENT.items()
    },
    "transformer": Part(transformer.TransformerConfig, transformer.Encoder),
    "convs2s": Part(convs2s.ConvS2SConfig, convs2s.Encoder),
    "qanet": Part(qanet.QANetConfig, qanet.Encoder),
}

DECODERS: Mapping[tuple[str, str | None], Part] = {
    **{
        (name, None): Part(model.ARCHITECTURE.config, partial(recurrent.Decoder, model.CELL))
        for name, model in RECURRENT.items()
    },
    **{
        (name, "bahdanau"): Part(bahdanau.ARCHITECTURE.config, bahdanau.BahdanauDecoder, {"cell": name})
        for name in RECURRENT
    },
    **{(name, "luong"): Part(luong.LuongConfig, luong.LuongDecoder, {"cell": name}) for name in RECURRENT},
    ("transformer", None): Part(transformer.TransformerConfig, transformer.Decoder),
    ("convs2s", None): Part(convs2s.ConvS2SConfig, convs2s.Decoder),
    ("qanet", None): Part(qanet.QANetConfig, qanet.Decoder),
}
"""By name and attention; None: what the decoder brings by itself, which for a recurrent one is none."""


class Seq2SeqConfig(Config):
    """Which parts. Their own options stay at their defaults."""

    layers: int = Field(default=1, ge=1, description="layers of each part")
    encoder: Literal["rnn", "gru", "lstm", "transformer", "convs2s", "qanet"] = Field(
        default="gru", description="what reads the source; a recurrent one from both sides"
    )
    decoder: Literal["rnn", "gru", "lstm", "transformer", "convs2s", "qanet"] = Field(
        default="gru", description="what writes the target"
    )
    attention: Literal["bahdanau", "luong"] | None = Field(
        default=None,
        description="how a recurrent decoder attends to the source; unset: it reads the summary alone, and the other "
        "decoders attend in their own way",
    )

    inner_ratio: ClassVar[float] = 4.0

    @model_validator(mode="after")
    def _attention_fits(self) -> Seq2SeqConfig:
        if (self.decoder, self.attention) not in DECODERS:
            raise ValueError(
                f"attention={self.attention} is for the decoders {', '.join(RECURRENT)}; decoder={self.decoder} "
                "attends in its own way: leave it out"
            )
        return self

    def parts(self) -> tuple[Part, Part]:
        """(encoder, decoder)."""
        return ENCODERS[self.encoder], DECODERS[self.decoder, self.attention]

    def width_step(self) -> int:
        return math.lcm(*(part.config().width_step() for part in self.parts()))


def encoder(config: Seq2SeqConfig, embedding: nn.Module, interface: Interface) -> nn.Module:
    """The encoder that the config names."""
    part, _ = config.parts()
    build: EncoderBuilder = part.build
    return build(part.configured(config), embedding, interface)


def decoder(config: Seq2SeqConfig, embedding: nn.Module, interface: Interface, reads_memory: bool) -> nn.Module:
    """The decoder that the config names."""
    _, part = config.parts()
    build: DecoderBuilder = part.build
    return build(part.configured(config), embedding, interface, reads_memory)


def describe(config: Seq2SeqConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    attention = f" with the attention of {config.attention}" if config.attention else ""
    if not config.attention and config.decoder in RECURRENT:
        attention = " without attention"
    inner = [part.configured(config).inner for part in config.parts()]
    return (
        f"encoder of {config.encoder}, decoder of {config.decoder}{attention}, {config.layers} + {config.layers} "
        f"layer(s), width {config.width}, inner {inner[0]} and {inner[1]}"
    )


ARCHITECTURE = Architecture(
    config=Seq2SeqConfig,
    serves={SequenceToSequence: from_parts(encoder, decoder)[SequenceToSequence]},
    recipe=Recipe(learning_rate=2.8e-3, reference_width=128, protocol=f"of the default parts; {GRID_PROTOCOL}"),
    describe=describe,
)
