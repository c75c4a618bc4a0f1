"""The Transformer of the paper (Vaswani et al. 2017, "Attention is all you need"): an encoder that sees the whole
source, and a decoder that sees the target so far and attends to the encoder's memory.

    sequence to sequence as in the paper
    classify             the decoder generates the label, in one step (as T5 does, Raffel et al. 2020)
    tag                  the decoder reads the row again, with its memory (as BART does, Lewis et al. 2020)
    causal LM            the encoder reads the context, and the decoder scores the rest
"""

from __future__ import annotations

from seqharness.contracts import Architecture
from seqharness.interfaces import CausalLM, Classify, Interface, SequenceToSequence, Tag
from seqharness.modules.adapters import by_label, context_and_rest, pair, tag_by_pair

from .config import RECIPE, TransformerConfig
from .config import describe as describe_shape
from .decoder import Decoder
from .encoder import Encoder

USES: dict[type[Interface], str] = {
    Classify: "generates the label",
    Tag: "decoder reads the row again",
    CausalLM: "context to the encoder, rest scored by the decoder",
}


def describe(config: TransformerConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    layers = f"{config.layers} + {config.layers}"
    return describe_shape("encoder-decoder", layers, config, USES.get(type(interface), ""))


ARCHITECTURE = Architecture(
    config=TransformerConfig,
    serves={
        SequenceToSequence: pair(Encoder, Decoder),
        Classify: by_label(Encoder, Decoder),
        Tag: tag_by_pair(Encoder, Decoder),
        CausalLM: context_and_rest(Encoder, Decoder),
    },
    recipe=RECIPE,
    describe=describe,
)
