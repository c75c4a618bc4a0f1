"""Encoder and decoder around a stack of recurrent layers: what `rnn`, `gru` and `lstm` have in common.

Sequence to sequence is an encoder-decoder without attention (Sutskever et al. 2014; Cho et al. 2014): the whole source
crosses in one vector, the summary, which starts the decoder's state and, by default, is given to it at every step.
Each model brings its `Cell` and nothing else.
B rows, T positions, S positions of the source, H width, I inner size (hidden units of a direction), L layers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Literal, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seqharness.contracts import Builder, Config
from seqharness.errors import NotApplicable
from seqharness.interfaces import CausalLM, Interface, MaskedLM, SequenceToSequence, Tag
from seqharness.modules.adapters import from_parts
from seqharness.modules.dropout import Dropout
from seqharness.modules.memory import Memory, last_of_rows, reverse_rows


class Cell(NamedTuple):
    """A kind of cell. stack: (config, inputs, layers) -> its layers, with `batch_first`. vectors: what is carried from
    step to step, 1 for a hidden state alone and 2 with a cell."""

    stack: Callable[[Any, int, int], nn.RNNBase]
    vectors: int = 1


class EncoderConfig(Config):
    """Options of a recurrent encoder. The width is that of embeddings and features, the inner size is that of a cell.

    The defaults did best in one trial on the generated translations at 1.13M parameters: two layers, one direction or
    the summary as the initial state only all learned more slowly.
    """

    inner: int = Field(
        default=192, ge=1, description="hidden units of each direction; solved for when a size is asked for"
    )
    layers: int = Field(
        default=1, ge=1, description="layers of each part; at a small size one wide layer learns faster than two"
    )
    bidirectional: bool | None = Field(
        default=None, description="read a source from both sides; unset: wherever the task allows to look ahead"
    )
    inner_ratio: ClassVar[float] = 1.5


class RecurrentConfig(EncoderConfig):
    """And of a decoder without attention."""

    context: Literal["every-step", "initial"] = Field(
        default="every-step",
        description="where the decoder gets the summary: at every step, so that it need not be carried along "
        "(Cho et al. 2014), or as its initial state only (Sutskever et al. 2014)",
    )


class Encoder(nn.Module):
    """Tokens [B, S] -> Memory. The summary is made of the final state of each direction: after the last real position
    from the left, and after the first from the right."""

    def __init__(self, cell: Cell, config: EncoderConfig, embedding: nn.Module, interface: Interface) -> None:
        super().__init__()
        both = config.bidirectional is not False
        if isinstance(interface, MaskedLM) and not both:
            raise NotApplicable("bidirectional=false reads from the left only, and a masked token has two sides")
        self.embedding = embedding
        self.dropout = Dropout(config.dropout)
        hidden = 2 * config.inner if both else config.inner
        inputs = [config.width] + [hidden] * (config.layers - 1)
        self.layers = nn.ModuleList(EncoderLayer(cell, config, size, both) for size in inputs)
        self.project = nn.Linear(hidden, config.width)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Memory:
        x = self.embedding(tokens)  # [B, S, H]
        for layer in self.layers:
            x, final = layer(self.dropout(x), lengths)  # [B, S, I or 2 I], [B, I or 2 I]
        return Memory(self.project(x), lengths, self.project(final))


class EncoderLayer(nn.Module):
    """x [B, S, inputs] -> hidden [B, S, I or 2 I] of each position, and the final ones [B, I or 2 I]."""

    def __init__(self, cell: Cell, config: EncoderConfig, inputs: int, both: bool) -> None:
        super().__init__()
        self.rightward = cell.stack(config, inputs, 1)
        self.leftward = cell.stack(config, inputs, 1) if both else None

    def forward(self, x: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        before, _ = self.rightward(x)  # [B, S, I]; padding lies ahead of every real position
        final = last_of_rows(before, lengths)  # [B, I]
        if self.leftward is None:
            return before, final
        after, _ = self.leftward(reverse_rows(x, lengths))
        final = torch.cat([final, last_of_rows(after, lengths)], -1)  # [B, 2 I]
        return torch.cat([before, reverse_rows(after, lengths)], -1), final  # [B, S, 2 I]


class State(NamedTuple):
    """After each row's last real position: hidden and, where there is one, cell [B, L, I]."""

    hidden: Tensor
    cell: Tensor | None = None


class Decoder(nn.Module):
    """Target [B, T] -> features [B, T, H]. Of a memory it reads the summary and nothing else; without one it is a
    language model that starts from zeros."""

    def __init__(
        self, cell: Cell, config: RecurrentConfig, embedding: nn.Module, interface: Interface, reads_memory: bool
    ) -> None:
        super().__init__()
        if config.bidirectional and not reads_memory:
            raise NotApplicable("bidirectional=true reads from both sides, and this task forbids to look ahead")
        self.embedding = embedding
        self.dropout = Dropout(config.dropout)
        self.every_step = reads_memory and config.context == "every-step"
        self.shape = (cell.vectors, config.layers, config.inner)
        self.begin = nn.Linear(config.width, math.prod(self.shape)) if reads_memory else None
        self.recurrent = cell.stack(config, config.width * (2 if self.every_step else 1), config.layers)
        self.project = nn.Linear(config.inner, config.width)

    def forward(
        self,
        target: Tensor,
        memory: Memory | None = None,
        state: State | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor, State]:
        x = self.dropout(self.embedding(target))  # [B, T, H]
        state = state if state is not None else self.first_state(x, memory)
        if self.every_step and memory is not None:
            x = torch.cat([x, memory.summary.unsqueeze(1).expand(-1, x.size(1), -1)], -1)  # [B, T, 2 H]
        hidden, state = run(self.recurrent, x, state, lengths)  # [B, T, I]
        return self.project(self.dropout(hidden)), state

    def first_state(self, x: Tensor, memory: Memory | None) -> State:
        """From the summary, or zeros."""
        if self.begin is None or memory is None:
            return State(*x.new_zeros(self.shape[0], x.size(0), *self.shape[1:]))
        hidden, *cell = self.begin(memory.summary).unflatten(-1, self.shape).unbind(1)
        return State(torch.tanh(hidden), *cell)  # [B, L, I]


def run(module: nn.RNNBase, x: Tensor, state: State, lengths: Tensor | None) -> tuple[Tensor, State]:
    """x [B, T, inputs] -> hidden [B, T, I] of the last layer, and the state after each row's last real position."""
    vectors = [vector.transpose(0, 1).contiguous() for vector in state if vector is not None]  # [L, B, I]
    first = vectors[0] if len(vectors) == 1 else tuple(vectors)
    if lengths is None or x.size(1) == 1:
        output, last = module(x, first)
    else:  # packed, so that padding changes no state
        packed = pack_padded_sequence(x, lengths.cpu().clamp(min=1), batch_first=True, enforce_sorted=False)
        output, last = module(packed, first)
        output, _ = pad_packed_sequence(output, batch_first=True, total_length=x.size(1))
    return output, State(*(vector.transpose(0, 1) for vector in (last if isinstance(last, tuple) else (last,))))


def initialise(module: nn.RNNBase, gates: int) -> None:
    """Input weights Xavier uniform and recurrent ones orthogonal (Saxe et al. 2014), gate by gate, so that signals
    neither fade nor grow at the start; biases zero."""
    for name, parameter in module.named_parameters():
        if name.startswith("bias"):
            nn.init.zeros_(parameter)
            continue
        for gate in parameter.chunk(gates):
            (nn.init.orthogonal_ if name.startswith("weight_hh") else nn.init.xavier_uniform_)(gate)


def between_layers(config: EncoderConfig, layers: int) -> float:
    """Dropout between the layers of a stack."""
    return config.dropout if layers > 1 else 0.0


def serve(cell: Cell) -> Mapping[type[Interface], Builder]:
    """Builders of all five interfaces for one kind of cell."""
    return from_parts(partial(Encoder, cell), partial(Decoder, cell))


def describe(config: RecurrentConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    size = f"width {config.width}, inner {config.inner}"
    if isinstance(interface, CausalLM) or (isinstance(interface, Tag) and interface.causal):
        return f"one direction, {config.layers} layer(s), {size}"
    directions = "one direction" if config.bidirectional is False else "both directions"
    if not isinstance(interface, SequenceToSequence):
        return f"{directions}, {config.layers} layer(s), {size}"
    given = "at every step" if config.context == "every-step" else "as the initial state"
    layers = f"{config.layers} + {config.layers} layer(s)"
    return f"encoder-decoder without attention, {layers}, encoder {directions}, {size}, summary given {given}"
