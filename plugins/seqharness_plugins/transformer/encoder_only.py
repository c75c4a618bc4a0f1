"""The Transformer's encoder alone, the shape of BERT (Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional
Transformers for Language Understanding"): every position sees the whole row.

    classify             the mean of the features of all positions
    tag, masked LM       the features of each position; a causal tag is refused

BERT labels a row by what stands at an extra token in front of it; rows here have no such token, and the mean does
without one. Its embeddings of segments and the norm behind the embeddings are left out.
"""

from __future__ import annotations

from seqharness.contracts import LABELS_GRID_PROTOCOL, Architecture, Recipe
from seqharness.interfaces import Classify, Interface, MaskedLM, Tag
from seqharness.modules.adapters import from_both_sides, pooled

from .config import TransformerConfig
from .config import describe as describe_shape
from .encoder import Encoder


def describe(config: TransformerConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    use = "mean of all positions" if isinstance(interface, Classify) else ""
    return describe_shape("encoder-only", f"{config.layers}", config, use)


ARCHITECTURE = Architecture(
    config=TransformerConfig,
    serves={Classify: pooled(Encoder), Tag: from_both_sides(Encoder), MaskedLM: from_both_sides(Encoder)},
    recipe=Recipe(learning_rate=2.5e-3, reference_width=128, protocol=LABELS_GRID_PROTOCOL),
    describe=describe,
)
