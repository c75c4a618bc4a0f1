"""The decoder: a stack of layers in which every position sees those before it, and the memory where there is one."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from seqharness.errors import NotApplicable
from seqharness.interfaces import Interface
from seqharness.modules.dropout import Dropout
from seqharness.modules.memory import Memory

from .attention import CrossAttention, KeysValues
from .config import TransformerConfig
from .layers import Layer, final_norm
from .masks import fill, key_mask, past_mask, places
from .positions import POSITIONS
from .relative_positions import SCHEMES


class DecoderState(NamedTuple):
    """What a decoder keeps between calls.

    past: keys and values of the target so far, by layer, [B, heads, T so far, D].
    source: those of the memory, computed once; empty in a language model.
    filled: [B, T so far], true at real positions; None as long as no row had padding.
    """

    past: tuple[KeysValues, ...]
    source: tuple[KeysValues, ...]
    filled: Tensor | None


class Decoder(nn.Module):
    """Target [B, T] -> features [B, T, H], of which each has seen the past and the memory, if there is one."""

    def __init__(
        self, config: TransformerConfig, embedding: nn.Module, interface: Interface, reads_memory: bool
    ) -> None:
        super().__init__()
        if config.norm == "batch":
            raise NotApplicable(
                "norm=batch takes its statistics over all positions, so that its decoder would be told of tokens that "
                "it has yet to predict"
            )
        self.embedding = embedding
        self.positions = POSITIONS[config.position](config.width, interface.max_length)
        self.scheme = SCHEMES[config.position](config, interface.max_length, causal=True)
        self.dropout = Dropout(config.dropout)
        self.layers = nn.ModuleList(Layer(config, reads_memory, self.scheme.distances) for _ in range(config.layers))
        self.norm = final_norm(config)

    def forward(
        self,
        target: Tensor,
        memory: Memory | None = None,
        state: DecoderState | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor, DecoderState]:
        state = state if state is not None else self.begin(memory)
        before = state.past[0].keys.size(2) if state.past else 0
        start = None if state.filled is None else state.filled.sum(1)  # [B]
        x = self.dropout(self.positions(self.embedding(target), before, start))  # [B, T, H]
        filled = fill(state.filled, lengths, before, x)
        mask = past_mask(filled, before, x) if before else None
        order = self.scheme(*places(filled, before, x))
        source_mask = key_mask(memory.lengths, memory.features.size(1)) if memory is not None else None
        past = []
        for number, layer in enumerate(self.layers):
            x, present = layer(
                x,
                mask,
                causal=before == 0,  # right padding then lies ahead of every real position
                past=state.past[number] if state.past else None,
                source=state.source[number] if state.source else None,
                source_mask=source_mask,
                order=order,
            )
            past.append(present)
        return self.norm(x), DecoderState(tuple(past), state.source, filled)

    def begin(self, memory: Memory | None) -> DecoderState:
        """The state before the first position."""
        if memory is None:
            return DecoderState((), (), None)
        attentions = (part for part in self.modules() if isinstance(part, CrossAttention))  # one a layer, in order
        return DecoderState((), tuple(part.keys_values(memory.features) for part in attentions), None)
