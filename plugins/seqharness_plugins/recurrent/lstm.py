"""Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000).

    i, f, o = sigmoid(W x_t + U h_{t-1} + b), of their own weights each        input, forget and output gate
    g       = tanh(W x_t + U h_{t-1} + b)                                      candidate
    c_t     = f * c_{t-1} + i * g                                              cell
    h_t     = o * tanh(c_t)                                                    hidden

Sequence to sequence is an encoder-decoder without attention (Sutskever et al. 2014; Cho et al. 2014): the whole source
crosses in one vector, the summary, which starts the decoder's state and, by default, is given to it at every step.
B rows, T positions, S positions of the source, H width, I inner size (hidden units of a direction), L layers.
"""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seqharness.contracts import GRID_PROTOCOL, Architecture, Config, Recipe
from seqharness.errors import NotApplicable
from seqharness.interfaces import CausalLM, Interface, SequenceToSequence, Tag
from seqharness.modules.adapters import from_parts
from seqharness.modules.dropout import Dropout
from seqharness.modules.memory import Memory, last_of_rows, reverse_rows


class LSTMConfig(Config):
    """Options. The width is that of embeddings and features, the inner size is that of the cells.

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
    context: Literal["every-step", "initial"] = Field(
        default="every-step",
        description="where the decoder gets the summary: at every step, so that it need not be carried along "
        "(Cho et al. 2014), or as its initial state only (Sutskever et al. 2014)",
    )

    inner_ratio: ClassVar[float] = 1.5


class Encoder(nn.Module):
    """Tokens [B, S] -> Memory. The summary is made of the final state of each direction: after the last real position
    from the left, and after the first from the right."""

    def __init__(self, config: LSTMConfig, embedding: nn.Module, interface: Interface) -> None:
        super().__init__()
        self.embedding = embedding
        self.dropout = Dropout(config.dropout)
        both = config.bidirectional is not False
        hidden = 2 * config.inner if both else config.inner
        inputs = [config.width] + [hidden] * (config.layers - 1)
        self.layers = nn.ModuleList(EncoderLayer(size, config.inner, both) for size in inputs)
        self.project = nn.Linear(hidden, config.width)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Memory:
        x = self.embedding(tokens)  # [B, S, H]
        for layer in self.layers:
            x, final = layer(self.dropout(x), lengths)  # [B, S, I or 2 I], [B, I or 2 I]
        return Memory(self.project(x), lengths, self.project(final))


class EncoderLayer(nn.Module):
    """x [B, S, inputs] -> hidden [B, S, I or 2 I] of each position, and the final ones [B, I or 2 I]."""

    def __init__(self, inputs: int, inner: int, both: bool) -> None:
        super().__init__()
        self.rightward = lstm(inputs, inner)
        self.leftward = lstm(inputs, inner) if both else None

    def forward(self, x: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        before, _ = self.rightward(x)  # [B, S, I]; padding lies ahead of every real position
        final = last_of_rows(before, lengths)  # [B, I]
        if self.leftward is None:
            return before, final
        after, _ = self.leftward(reverse_rows(x, lengths))
        final = torch.cat([final, last_of_rows(after, lengths)], -1)  # [B, 2 I]
        return torch.cat([before, reverse_rows(after, lengths)], -1), final  # [B, S, 2 I]


class LSTMState(NamedTuple):
    """After each row's last real position: hidden and cell [B, L, I]."""

    hidden: Tensor
    cell: Tensor


class Decoder(nn.Module):
    """Target [B, T] -> features [B, T, H]. Of a memory it reads the summary and nothing else; without one it is a
    language model that starts from zeros."""

    def __init__(self, config: LSTMConfig, embedding: nn.Module, interface: Interface, reads_memory: bool) -> None:
        super().__init__()
        if config.bidirectional and not reads_memory:
            raise NotApplicable("bidirectional=true reads from both sides, and this task forbids to look ahead")
        self.embedding = embedding
        self.dropout = Dropout(config.dropout)
        self.layers, self.inner = config.layers, config.inner
        self.every_step = reads_memory and config.context == "every-step"
        self.begin = nn.Linear(config.width, 2 * config.layers * config.inner) if reads_memory else None
        inputs = config.width * (2 if self.every_step else 1)
        self.lstm = lstm(inputs, config.inner, config.layers, config.dropout)
        self.project = nn.Linear(config.inner, config.width)

    def forward(
        self,
        target: Tensor,
        memory: Memory | None = None,
        state: LSTMState | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor, LSTMState]:
        x = self.dropout(self.embedding(target))  # [B, T, H]
        state = state if state is not None else self.first_state(x, memory)
        if self.every_step and memory is not None:
            x = torch.cat([x, memory.summary.unsqueeze(1).expand(-1, x.size(1), -1)], -1)  # [B, T, 2 H]
        hidden, state = run(self.lstm, x, state, lengths)  # [B, T, I]
        return self.project(self.dropout(hidden)), state

    def first_state(self, x: Tensor, memory: Memory | None) -> LSTMState:
        """From the summary, or zeros."""
        if self.begin is None or memory is None:
            zeros = x.new_zeros(x.size(0), self.layers, self.inner)
            return LSTMState(zeros, zeros)
        hidden, cell = self.begin(memory.summary).unflatten(-1, (2, self.layers, self.inner)).unbind(1)
        return LSTMState(torch.tanh(hidden), cell)  # [B, L, I]


def lstm(inputs: int, inner: int, layers: int = 1, dropout: float = 0.0) -> nn.LSTM:
    """A stack of layers. Input weights are Xavier uniform and recurrent ones orthogonal (Saxe et al. 2014), gate by
    gate: signals neither fade nor grow at the start. Biases are zero, but 1 at the forget gate, so that the cell
    remembers until it learns to forget (Jozefowicz et al. 2015)."""
    module = nn.LSTM(inputs, inner, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
    for name, parameter in module.named_parameters():
        if name.startswith("bias"):
            nn.init.zeros_(parameter)
            if name.startswith("bias_ih"):
                nn.init.ones_(parameter[inner : 2 * inner])  # the gates stand in the order i, f, g, o
            continue
        for gate in parameter.chunk(4):
            (nn.init.orthogonal_ if name.startswith("weight_hh") else nn.init.xavier_uniform_)(gate)
    return module


def run(module: nn.LSTM, x: Tensor, state: LSTMState, lengths: Tensor | None) -> tuple[Tensor, LSTMState]:
    """x [B, T, inputs] -> hidden [B, T, I] of the last layer, and the state after each row's last real position."""
    first = (state.hidden.transpose(0, 1).contiguous(), state.cell.transpose(0, 1).contiguous())  # [L, B, I]
    if lengths is None or x.size(1) == 1:
        output, (hidden, cell) = module(x, first)
    else:  # packed, so that padding changes no state
        packed = pack_padded_sequence(x, lengths.cpu().clamp(min=1), batch_first=True, enforce_sorted=False)
        output, (hidden, cell) = module(packed, first)
        output, _ = pad_packed_sequence(output, batch_first=True, total_length=x.size(1))
    return output, LSTMState(hidden.transpose(0, 1), cell.transpose(0, 1))


def describe(config: LSTMConfig, interface: Interface) -> str:
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


ARCHITECTURE = Architecture(
    config=LSTMConfig,
    serves=from_parts(Encoder, Decoder),
    recipe=Recipe(learning_rate=2.5e-3, reference_width=128, protocol=GRID_PROTOCOL),
    describe=describe,
)
