"""Convolutional sequence to sequence learning (Gehring et al. 2017), and its two halves on their own.

    e      = (embedding + position) sqrt(1/2) / 10                   of the source; g likewise of the target
    x^0    = W e + b                                                 from width to inner size; W' leads back
    y^l    = GLU(conv(x^{l-1})),   GLU([a, b]) = a * sigmoid(b)      over windows of k positions
    x^l    = (y^l + x^{l-1}) sqrt(1/2)

A window is centred in the encoder and ends at its position in the decoder. The memory is z + e, with z = W' x^L + b',
and in the decoder every layer asks it anew (multi-step attention):

    m_j    = (z_j + e_j) sqrt(1/2)
    d_i    = (W_d y_i^l + b_d + g_i) sqrt(1/2)                       the query
    a_ij   = softmax_j(d_i . K m_j)
    c_i    = sqrt(S) sum_j a_ij m_j                                  S positions: even weights keep the variance
    y_i^l <- (y_i^l + W_c c_i + b_c) sqrt(1/2)

Without a memory the decoder is a gated convolutional language model (Dauphin et al. 2017). The square roots and the
initialisation keep the variance of activations from layer to layer (sections 3.4 and 3.5). They count on small ones,
at which gates stand half open and attention is even: embeddings begin with a standard deviation of 0.1 in the paper,
and so they do here, where those of the harness have 1. Features, of the memory too, leave with 1 again.

What differs from the paper: it compares d_i with z_j and reads z_j + e_j, but one vector a source position is all that
passes from any encoder to any decoder here, so the key is a learned K m_j. Weights begin as for no dropout (the paper
scales their variance by the share that is kept), so that dropout changes nothing but training. The scale of the
encoder's gradient and the normalisation of weights go with its optimiser, Nesterov's; all models share one here.
B rows, T target or input positions, S source positions, H width, I inner size, k kernel.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from pydantic import Field, field_validator
from torch import Tensor, nn

from seqharness.contracts import GRID_PROTOCOL, Architecture, Config, Recipe
from seqharness.interfaces import CausalLM, Interface, SequenceToSequence, Tag
from seqharness.modules.adapters import from_parts
from seqharness.modules.dropout import Dropout
from seqharness.modules.memory import Memory, mean_of_rows, part_of_rows, valid_positions

HALVE = math.sqrt(0.5)
"""Halves the variance of a sum of two."""

SCALE = 0.1
"""Standard deviation of embeddings in the paper, and so of all activations at the start."""


class ConvS2SConfig(Config):
    """Options. Depth and kernel are those of the smallest model that the authors published (for IWSLT)."""

    inner: int = Field(
        default=128, ge=1, description="channels of the convolutions; the width in the paper; solved for"
    )
    layers: int = Field(
        default=4, ge=1, description="layers of each part; each lets a position see `kernel` - 1 more positions"
    )
    kernel: int = Field(default=3, ge=3, description="positions in a window, an odd number; 3 in the paper")

    inner_ratio: ClassVar[float] = 1.0

    @field_validator("kernel")
    @classmethod
    def _odd(cls, kernel: int) -> int:
        if kernel % 2 == 0:
            raise ValueError("a window with a middle has an odd number of positions")
        return kernel

    @property
    def sees(self) -> int:
        """Positions that one position of the last layer depends on."""
        return 1 + self.layers * (self.kernel - 1)


class Positions(nn.Module):
    """x [B, T, H] plus a vector learned for each position up to `max_length`, begun and scaled as tokens are; brought
    from variance 1 each to the scale of the paper."""

    def __init__(self, width: int, max_length: int) -> None:
        super().__init__()
        self.scale = width**0.5
        self.weight = nn.Parameter(torch.empty(max_length, width))
        nn.init.normal_(self.weight, std=width**-0.5)

    def forward(self, x: Tensor, read: Tensor | None = None, longest: int = 0) -> Tensor:
        """read [B]: positions of each row that have gone by, `longest` at most."""
        size = longest + x.size(1)
        if size > self.weight.size(0):
            raise ValueError(f"A row of {size} tokens is longer than the {self.weight.size(0)} positions learned.")
        if read is None:
            return self._add(x, self.weight[:size])
        index = read.unsqueeze(1) + torch.arange(x.size(1), device=x.device)  # [B, T]
        return self._add(x, F.embedding(index, self.weight))

    def _add(self, x: Tensor, position: Tensor) -> Tensor:
        y: Tensor = (x + position * self.scale) * (HALVE * SCALE)
        return y


class GatedConvolution(nn.Module):
    """Windows over x [B, T + k - 1, I] -> [B, T, I], through a gated linear unit, which quarters the variance of small
    inputs: the weights make up for it."""

    def __init__(self, config: ConvS2SConfig) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(config.inner, 2 * config.inner, config.kernel)
        nn.init.normal_(self.convolution.weight, std=math.sqrt(4 / (config.kernel * config.inner)))
        nn.init.zeros_(self.convolution.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = F.glu(self.convolution(x.transpose(1, 2)), 1).transpose(1, 2)
        return y


def linear(inputs: int, outputs: int, bias: bool = True) -> nn.Linear:
    """A layer that keeps the variance of its inputs."""
    layer = nn.Linear(inputs, outputs, bias)
    nn.init.normal_(layer.weight, std=inputs**-0.5)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


class Encoder(nn.Module):
    """Tokens [B, S] -> Memory. The summary is the mean over real positions."""

    def __init__(self, config: ConvS2SConfig, embedding: nn.Module, interface: Interface) -> None:
        super().__init__()
        self.embedding = embedding
        self.positions = Positions(config.width, interface.max_length)
        self.dropout = Dropout(config.dropout)
        self.into = linear(config.width, config.inner)
        self.layers = nn.ModuleList(GatedConvolution(config) for _ in range(config.layers))
        self.out = linear(config.inner, config.width)
        self.reach = config.kernel // 2

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Memory:
        embedded = self.dropout(self.positions(self.embedding(tokens)))  # [B, S, H]
        padding = None if lengths is None else ~valid_positions(lengths, tokens.size(1)).unsqueeze(2)  # [B, S, 1]
        x = self.into(embedded)  # [B, S, I]
        for layer in self.layers:
            y = self.dropout(x)
            if padding is not None:
                y = y.masked_fill(padding, 0)
            x = (layer(F.pad(y, (0, 0, self.reach, self.reach))) + x) * HALVE
        features = (self.out(x) + embedded) * (HALVE / SCALE)  # [B, S, H]
        return Memory(features, lengths, mean_of_rows(features, lengths))


class Attention(nn.Module):
    """One step of attention: y [B, T, I] and what the source has to say to it -> [B, T, I]."""

    def __init__(self, config: ConvS2SConfig) -> None:
        super().__init__()
        self.query = linear(config.inner, config.width)
        self.out = linear(config.width, config.inner)

    def forward(self, y: Tensor, embedded: Tensor, memory: Memory, keys: Tensor) -> Tensor:
        """embedded [B, T, H]: tokens and positions of the target. keys [B, S, H]."""
        mask, size = None, torch.full((1,), keys.size(1), device=keys.device)
        if memory.lengths is not None:
            size = memory.lengths.clamp(min=1)  # [B]
            mask = valid_positions(size, keys.size(1))[:, None, None]  # [B, 1, 1, S]
        query = (self.query(y) + embedded) * HALVE  # [B, T, H]
        query, keys, values = query.unsqueeze(1), keys.unsqueeze(1), memory.features.unsqueeze(1)  # one head
        read = F.scaled_dot_product_attention(query, keys, values, attn_mask=mask, scale=1.0).squeeze(1)  # [B, T, H]
        attended: Tensor = self.out(read * (SCALE * size.to(read.dtype).sqrt().view(-1, 1, 1)))
        return (y + attended) * HALVE


class State(NamedTuple):
    """What a decoder keeps between calls.

    windows: for each layer its inputs at each row's last k - 1 real positions [B, k - 1, I], zeros before the first.
    keys [B, S, H]: what the source is found by, computed once; None in a language model.
    read [B]: real positions so far of each row, `longest` at most.
    """

    windows: tuple[Tensor, ...]
    keys: Tensor | None
    read: Tensor
    longest: int


class DecoderLayer(nn.Module):
    """A gated convolution over the past, then (in a decoder that reads a memory) a step of attention."""

    def __init__(self, config: ConvS2SConfig, reads_memory: bool) -> None:
        super().__init__()
        self.dropout = Dropout(config.dropout)
        self.convolution = GatedConvolution(config)
        self.attention = Attention(config) if reads_memory else None

    def forward(
        self,
        x: Tensor,  # [B, T, I]
        window: Tensor,  # [B, k - 1, I]: the inputs before x
        lengths: Tensor | None,
        embedded: Tensor,  # [B, T, H]
        memory: Memory | None,
        keys: Tensor | None,  # [B, S, H]
    ) -> tuple[Tensor, Tensor]:
        inputs = torch.cat([window, self.dropout(x)], 1)  # [B, k - 1 + T, I]; padding lies ahead of real positions
        y = self.convolution(inputs)  # [B, T, I]
        if self.attention is not None and memory is not None and keys is not None:
            y = self.attention(y, embedded, memory, keys)
        return (y + x) * HALVE, part_of_rows(inputs, lengths, window.size(1))


class Decoder(nn.Module):
    """Target [B, T] -> features [B, T, H], which have seen the last positions and the memory, if there is one."""

    def __init__(self, config: ConvS2SConfig, embedding: nn.Module, interface: Interface, reads_memory: bool) -> None:
        super().__init__()
        self.embedding = embedding
        self.positions = Positions(config.width, interface.max_length)
        self.dropout = Dropout(config.dropout)
        self.into = linear(config.width, config.inner)
        self.layers = nn.ModuleList(DecoderLayer(config, reads_memory) for _ in range(config.layers))
        self.out = linear(config.inner, config.width)
        self.key = linear(config.width, config.width, bias=False) if reads_memory else None
        self.window = (config.kernel - 1, config.inner)

    def forward(
        self,
        target: Tensor,
        memory: Memory | None = None,
        state: State | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor, State]:
        state = state if state is not None else self.begin(target, memory)
        embedded = self.dropout(self.positions(self.embedding(target), state.read, state.longest))  # [B, T, H]
        x = self.into(embedded)  # [B, T, I]
        windows = []
        for layer, window in zip(self.layers, state.windows, strict=True):
            x, after = layer(x, window, lengths, embedded, memory, state.keys)
            windows.append(after)
        read = state.read + (target.size(1) if lengths is None else lengths)
        state = State(tuple(windows), state.keys, read, state.longest + target.size(1))
        return self.dropout(self.out(x) / SCALE), state

    def begin(self, target: Tensor, memory: Memory | None) -> State:
        """The state before the first position."""
        empty = self.into.weight.new_zeros(target.size(0), *self.window)  # [B, k - 1, I]
        keys = self.key(memory.features * SCALE) if self.key is not None and memory is not None else None
        read = torch.zeros(target.size(0), dtype=torch.long, device=target.device)
        return State((empty,) * len(self.layers), keys, read, 0)


def describe(config: ConvS2SConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    size = f"width {config.width}, inner {config.inner}, learned positions"
    windows = f"gated convolutions of kernel {config.kernel}"
    if isinstance(interface, SequenceToSequence):
        layers = f"{config.layers} + {config.layers} {windows}, attention in every decoder layer"
        return f"encoder-decoder, {layers}, {size}"
    if isinstance(interface, CausalLM) or (isinstance(interface, Tag) and interface.causal):
        return f"decoder, {config.layers} {windows}, which see the last {config.sees} positions, {size}"
    return f"encoder, {config.layers} {windows}, which see {config.sees} positions, {size}"


ARCHITECTURE = Architecture(
    config=ConvS2SConfig,
    serves=from_parts(Encoder, Decoder),
    recipe=Recipe(learning_rate=3.9e-3, reference_width=128, protocol=GRID_PROTOCOL),
    describe=describe,
)
