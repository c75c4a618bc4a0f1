"""The Transformer's decoder alone, the shape of GPT (Radford et al. 2018, "Improving Language Understanding by
Generative Pre-Training"; GPT-2, 2019, with the norm before each part): every position sees those before it.

    causal LM            the features of each position
    tag                  the same, also where a task would let it look ahead
    classify             the features of the last token, which has seen the whole row
    sequence to sequence a language model over one row of source, separator and target
"""

from __future__ import annotations

from seqharness.contracts import GRID_PROTOCOL, Architecture, Recipe
from seqharness.interfaces import CausalLM, Classify, Interface, SequenceToSequence, Tag
from seqharness.modules.adapters import as_prefix, from_the_left, language, last_position

from .config import TransformerConfig
from .config import describe as describe_shape
from .decoder import Decoder

USES: dict[type[Interface], str] = {
    Classify: "last token",
    SequenceToSequence: "prefix LM over source, separator, target",
}


def describe(config: TransformerConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    use = USES.get(type(interface), "")
    if isinstance(interface, Tag) and not interface.causal:
        use = "sees the left side only"
    return describe_shape("decoder-only", f"{config.layers}", config, use)


ARCHITECTURE = Architecture(
    config=TransformerConfig,
    serves={
        CausalLM: language(Decoder),
        Tag: from_the_left(Decoder),
        Classify: last_position(Decoder),
        SequenceToSequence: as_prefix(Decoder),
    },
    recipe=Recipe(learning_rate=3.5e-3, reference_width=128, protocol=GRID_PROTOCOL),
    describe=describe,
)
