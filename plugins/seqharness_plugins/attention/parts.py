"""What the attention models have in common: the recurrent encoder, the decoder's state, and the loop over its steps.

The encoder is that of the recurrent family; a decoder reads the features of its memory [B, S, H] (the "annotations")
and takes only its first state from the summary. B rows, T positions, S positions of the source, H width, I inner size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn

from seqharness.contracts import Builder
from seqharness.errors import NotApplicable
from seqharness.interfaces import Classify, Interface, SequenceToSequence
from seqharness.modules.adapters import DecoderBuilder, EncoderBuilder, from_parts
from seqharness.modules.attention import AttentionWeights
from seqharness.modules.dropout import Dropout
from seqharness.modules.memory import Memory
from seqharness_plugins.recurrent import gru, lstm, rnn
from seqharness_plugins.recurrent.parts import Cell, EncoderConfig
from seqharness_plugins.recurrent.parts import Encoder as RecurrentEncoder

CELLS: Mapping[str, Cell] = {"rnn": rnn.CELL, "gru": gru.CELL, "lstm": lstm.CELL}


class AttentionConfig(EncoderConfig):
    """Options of every attention model."""

    cell: Literal["rnn", "gru", "lstm"] = Field(default="gru", description="the recurrent cell of both parts")


class AdditiveScores(nn.Module):
    """v . tanh(W query + U key): queries [B, T, H] and keys U key [B, S, H], computed once -> scores [B, T, S]."""

    def __init__(self, queries: int, width: int) -> None:
        super().__init__()
        self.query = nn.Linear(queries, width, bias=False)
        self.key = nn.Linear(width, width)
        self.energy = nn.Linear(width, 1, bias=False)

    def keys(self, features: Tensor) -> Tensor:
        """What does not depend on the query: [B, S, H]."""
        keys: Tensor = self.key(features)
        return keys

    def forward(self, queries: Tensor, keys: Tensor) -> Tensor:
        mixed = torch.tanh(self.query(queries).unsqueeze(2) + keys.unsqueeze(1))  # [B, T, S, H]
        scores: Tensor = self.energy(mixed).squeeze(-1)
        return scores


class Encoder(RecurrentEncoder):
    """The recurrent encoder. For a label, which has no decoder to ask, a learned query attends over the positions
    (Yang et al. 2016), and what it finds is the summary."""

    def __init__(self, config: AttentionConfig, embedding: nn.Module, interface: Interface) -> None:
        super().__init__(CELLS[config.cell], config, embedding, interface)
        self.pool = AdditiveScores(1, config.width) if isinstance(interface, Classify) else None
        self.weights = AttentionWeights()

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Memory:
        memory: Memory = super().forward(tokens, lengths)
        if self.pool is None:
            return memory
        features = memory.features
        scores = self.pool(features.new_ones(features.size(0), 1, 1), self.pool.keys(features))  # [B, 1, S]
        return memory._replace(summary=(self.weights(scores, lengths) @ features).squeeze(1))


class State(NamedTuple):
    """After each row's last real position.

    hidden, cell: [B, L, I] (cell None where the cell has none). attended [B, H]: what the last step found.
    keys [B, S, H]: the source as it is compared with, computed once.
    """

    hidden: Tensor
    cell: Tensor | None
    attended: Tensor
    keys: Tensor


class Decoder(nn.Module):
    """The loop over target positions; `step` is the model's own."""

    def __init__(self, config: AttentionConfig, embedding: nn.Module, interface: Interface, reads_memory: bool) -> None:
        super().__init__()
        if not reads_memory:
            raise NotApplicable("it attends to a source, and this task has none")
        cell = CELLS[config.cell]
        self.embedding = embedding
        self.dropout = Dropout(config.dropout)
        self.shape = (cell.vectors, config.layers, config.inner)
        self.begin = nn.Linear(config.width, math.prod(self.shape))
        self.recurrent = cell.stack(config, 2 * config.width, config.layers)
        self.weights = AttentionWeights()

    def keys(self, features: Tensor) -> Tensor:
        """What the scores need of the source and the target does not change: [B, S, H]."""
        raise NotImplementedError

    def step(self, x: Tensor, state: State, memory: Memory) -> tuple[Tensor, State]:
        """The embedded token x [B, H] after `state` -> features [B, H], and the state after it."""
        raise NotImplementedError

    def forward(
        self, target: Tensor, memory: Memory, state: State | None = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, State]:
        x = self.dropout(self.embedding(target))  # [B, T, H]
        state = state if state is not None else self.first_state(memory)
        features = []
        for position in range(target.size(1)):
            found, after = self.step(x[:, position], state, memory)
            features.append(found)
            state = after if lengths is None else where_real(position < lengths, after, state)
        return torch.stack(features, 1), state  # [B, T, H]

    def first_state(self, memory: Memory) -> State:
        """From the summary, before anything was attended to."""
        hidden, *cell = self.begin(memory.summary).unflatten(-1, self.shape).unbind(1)  # [B, L, I]
        attended = torch.zeros_like(memory.summary)
        return State(torch.tanh(hidden), cell[0] if cell else None, attended, self.keys(memory.features))

    def advance(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """One step of the recurrent layers on x [B, 2 H] -> hidden [B, I] of the last layer, and the state."""
        vectors = [vector.transpose(0, 1).contiguous() for vector in (state.hidden, state.cell) if vector is not None]
        first = vectors[0] if len(vectors) == 1 else tuple(vectors)
        output, last = self.recurrent(x.unsqueeze(1), first)
        hidden, *cell = (vector.transpose(0, 1) for vector in (last if isinstance(last, tuple) else (last,)))
        return output.squeeze(1), state._replace(hidden=hidden, cell=cell[0] if cell else None)


def where_real(real: Tensor, after: State, before: State) -> State:
    """The state after a step in the rows whose position is real [B], the one before it in the others."""

    def choose(new: Tensor, old: Tensor) -> Tensor:
        return torch.where(real.view(-1, *[1] * (new.dim() - 1)), new, old)

    return after._replace(
        hidden=choose(after.hidden, before.hidden),
        cell=None if after.cell is None or before.cell is None else choose(after.cell, before.cell),
        attended=choose(after.attended, before.attended),
    )


def serve(encoder: EncoderBuilder, decoder: DecoderBuilder) -> Mapping[type[Interface], Builder]:
    """Builders for labels and for sequence to sequence: elsewhere there is no source to attend to."""
    every = from_parts(encoder, decoder)
    return {kind: every[kind] for kind in (Classify, SequenceToSequence)}


def describe_parts(config: AttentionConfig, interface: Interface) -> str:
    """The encoder, and how the two parts are sized."""
    directions = "one direction" if config.bidirectional is False else "both directions"
    size = f"{config.cell}, width {config.width}, inner {config.inner}"
    if isinstance(interface, Classify):
        return f"encoder {directions}, {config.layers} layer(s) of {size}, pooled by attention"
    return f"encoder-decoder, {config.layers} + {config.layers} layer(s) of {size}, encoder {directions}"
