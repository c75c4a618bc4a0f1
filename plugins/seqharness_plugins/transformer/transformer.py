"""The Transformer (Vaswani et al. 2017, "Attention is all you need"), in the natural shape for each interface:

    sequence to sequence          encoder-decoder, as in the paper
    classify, tag, masked LM      encoder-only (the shape of BERT, Devlin et al. 2019)
    causal LM, causal tag         decoder-only (the shape of GPT, Radford et al. 2018)

Each shape is a model of its own too, which serves what is less natural to it: see the files of their names.
"""

from __future__ import annotations

from seqharness.contracts import Architecture
from seqharness.interfaces import CausalLM, Interface, SequenceToSequence, Tag
from seqharness.modules.adapters import from_parts

from . import decoder_only, encoder_decoder, encoder_only
from .config import RECIPE, TransformerConfig
from .decoder import Decoder
from .encoder import Encoder

__all__ = ["ARCHITECTURE", "Decoder", "Encoder", "TransformerConfig"]


def describe(config: TransformerConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    if isinstance(interface, SequenceToSequence):
        return encoder_decoder.describe(config, interface)
    if isinstance(interface, CausalLM) or (isinstance(interface, Tag) and interface.causal):
        return decoder_only.describe(config, interface)
    return encoder_only.describe(config, interface)


ARCHITECTURE = Architecture(
    config=TransformerConfig,
    serves=from_parts(Encoder, Decoder),
    recipe=RECIPE,
    describe=describe,
)
