"""Additive attention (Bahdanau et al. 2015, "Neural machine translation by jointly learning to align and translate").

    e_tj = v . tanh(W s_{t-1} + U h_j)         how well source position j fits the state before step t
    a_tj = softmax_j(e_tj)                     the alignment
    c_t  = sum_j a_tj h_j                      what step t reads of the source
    s_t  = f(s_{t-1}, [y_{t-1}, c_t])          f: a recurrent cell

The encoder reads the source from both sides; its features are the h_j. The word is predicted from s_t, c_t and y_{t-1}
(the paper's maxout layer is a tanh here, as in most later work). What all attention models share is in `parts.py`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqharness.contracts import GRID_PROTOCOL, Architecture, Recipe
from seqharness.interfaces import Classify, Interface
from seqharness.modules.memory import Memory

from .parts import AdditiveScores, AttentionConfig, Decoder, Encoder, State, describe_parts, serve


class BahdanauDecoder(Decoder):
    """Asks before it steps: the query is the state before."""

    def __init__(self, config: AttentionConfig, embedding: nn.Module, interface: Interface, reads_memory: bool) -> None:
        super().__init__(config, embedding, interface, reads_memory)
        self.scores = AdditiveScores(config.inner, config.width)
        self.combine = nn.Linear(config.inner + 2 * config.width, config.width)

    def keys(self, features: Tensor) -> Tensor:
        return self.scores.keys(features)

    def step(self, x: Tensor, state: State, memory: Memory) -> tuple[Tensor, State]:
        query = state.hidden[:, -1:]  # [B, 1, I]: of the last layer
        weights = self.weights(self.scores(query, state.keys), memory.lengths)  # [B, 1, S]
        context = (weights @ memory.features).squeeze(1)  # [B, H]
        hidden, state = self.advance(torch.cat([x, context], -1), state)  # [B, I]
        features = torch.tanh(self.combine(torch.cat([self.dropout(hidden), context, x], -1)))
        return features, state._replace(attended=context)


def describe(config: AttentionConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    told = describe_parts(config, interface)
    return told if isinstance(interface, Classify) else f"{told}, additive attention"


ARCHITECTURE = Architecture(
    config=AttentionConfig,
    serves=serve(Encoder, BahdanauDecoder),
    recipe=Recipe(learning_rate=2.7e-3, reference_width=128, protocol=GRID_PROTOCOL),
    describe=describe,
)
