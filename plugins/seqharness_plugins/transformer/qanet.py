"""QANet (Yu et al. 2018, "QANet: Combining Local Convolution with Global Self-Attention for Reading Comprehension").

Convolutions see what stands near, self-attention sees all of a row. A block of the encoder, section 2.2 of the paper:

    x = x + sinusoids of the positions                                             at the begin of every block
    x = x + f(LayerNorm(x)),   f in turn   each convolution, self-attention, the feed-forward layer
    convolution(x) = relu(pointwise(depthwise(x)))                                 depthwise separable (Chollet 2017)

The paper reads and does not write; so a decoder is made of the same block with everything in it causal, and with
cross-attention (Vaswani et al. 2017) behind self-attention where there is a source. Its layer dropout is left
out. The features pass one more norm at the end, because the output layer wants them at variance 1.
B rows, T target or input positions, S positions of the source, H width, K kernel.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from pydantic import Field, field_validator
from torch import Tensor, nn

from seqharness.contracts import GRID_PROTOCOL, Architecture, Config, Recipe
from seqharness.interfaces import CausalLM, Interface, SequenceToSequence, Tag
from seqharness.modules.adapters import from_parts
from seqharness.modules.dropout import Dropout
from seqharness.modules.memory import Memory, mean_of_rows, part_of_rows

from .attention import CrossAttention, KeysValues, SelfAttention, linear
from .layers import PreNorm
from .masks import fill, key_mask, past_mask
from .positions import Sinusoidal


class QANetConfig(Config):
    """Options. The sizes are those of the paper, with fewer blocks and half the heads."""

    inner: int = Field(default=128, ge=1, description="inner size of the feed-forward layer; the width in the paper")
    kernel: int = Field(
        default=5,
        ge=1,
        description="positions that a convolution sees, an odd number; 5 and, near the words, 7 in the paper",
    )
    convolutions: int = Field(
        default=2, ge=1, description="convolutions a block; 2 in the paper where blocks are many, 4 where there is one"
    )
    heads: int = Field(default=4, ge=1, description="attention heads; 8 in the paper, at a width of 128")

    inner_ratio: ClassVar[float] = 1.0

    @field_validator("kernel")
    @classmethod
    def _same_on_both_sides(cls, kernel: int) -> int:
        if kernel % 2 == 0:
            raise ValueError("an even kernel sees more on one side than on the other; write an odd number")
        return kernel

    def width_step(self) -> int:
        return self.heads


class SeparableConvolution(nn.Module):
    """A convolution in two factors: over the positions, one kernel a feature, and then over the features.

    K H + H^2 weights instead of K H^2. Weights are normal, with the variance that keeps that of the features: 1 / K,
    and 2 / H before the rectifier (He et al. 2015). The bias is zero.
    """

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.depthwise = nn.Parameter(torch.empty(width, kernel))
        self.pointwise = nn.Linear(width, width)
        nn.init.normal_(self.depthwise, std=kernel**-0.5)
        nn.init.kaiming_normal_(self.pointwise.weight, nonlinearity="relu")
        nn.init.zeros_(self.pointwise.bias)

    def forward(self, x: Tensor) -> Tensor:
        """x [B, T + K - 1, H] -> [B, T, H], of which position t has seen positions t to t + K - 1 of x."""
        image = x.transpose(1, 2).unsqueeze(2)  # [B, H, 1, T + K - 1], which in two dimensions is a fast layout
        weight = self.depthwise[:, None, None]  # [H, 1, 1, K]
        mixed = F.conv2d(image, weight, groups=weight.size(0)).squeeze(2).transpose(1, 2)  # [B, T, H]
        return F.relu(self.pointwise(mixed))


class FeedForward(nn.Module):
    """The same two linear layers at every position: x [B, T, H] -> [B, T, inner] -> [B, T, H]."""

    def __init__(self, config: QANetConfig) -> None:
        super().__init__()
        self.into = linear(config.width, config.inner)
        self.out = linear(config.inner, config.width)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.out(F.relu(self.into(x)))
        return y


class ConvolutionPart(nn.Module):
    """A separable convolution in its residual connection. `others`: positions that it sees beside its own."""

    def __init__(self, config: QANetConfig) -> None:
        super().__init__()
        self.residual = PreNorm(config)
        self.convolution = SeparableConvolution(config.width, config.kernel)
        self.others = config.kernel - 1


class Convolution(ConvolutionPart):
    """It sees both sides alike."""

    def forward(self, x: Tensor, padding: Tensor | None) -> Tensor:
        """x [B, S, H] -> [B, S, H]. padding [B, S, 1]: true past the end of a row; None: all positions are real."""
        y = self.residual.enter(x)
        if padding is not None:
            y = y.masked_fill(padding, 0)  # a row is followed by zeros, whatever stands beside it
        side = self.others // 2
        return self.residual.leave(x, self.convolution(F.pad(y, (0, 0, side, side))))


class CausalConvolution(ConvolutionPart):
    """It sees a position and the K - 1 before it."""

    def forward(self, x: Tensor, last: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        """x [B, T, H] and the last K - 1 inputs before it -> [B, T, H] and the last of each row's real ones."""
        inputs = torch.cat([last, self.residual.enter(x)], 1)  # [B, K - 1 + T, H]
        end = inputs[:, x.size(1) :] if lengths is None else part_of_rows(inputs, lengths, self.others)
        return self.residual.leave(x, self.convolution(inputs)), end


class EncoderBlock(nn.Module):
    """Convolutions, self-attention and the feed-forward layer; every position sees both sides."""

    def __init__(self, config: QANetConfig) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(Convolution(config) for _ in range(config.convolutions))
        self.self_attention = SelfAttention(config.width, config.heads)
        self.self_residual = PreNorm(config)
        self.feed_forward = FeedForward(config)
        self.inner_residual = PreNorm(config)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """x [B, S, H], positions added -> [B, S, H]. mask [B, 1, 1, S]: true at real positions; None: all are."""
        padding = None if mask is None else ~mask[:, 0, 0, :, None]  # [B, S, 1]
        for convolution in self.convolutions:
            x = convolution(x, padding)
        y, _ = self.self_attention(self.self_residual.enter(x), mask)
        x = self.self_residual.leave(x, y)
        y = self.feed_forward(self.inner_residual.enter(x))
        return self.inner_residual.leave(x, y)


class BlockState(NamedTuple):
    """What a block of a decoder keeps. inputs: by convolution the last K - 1 of each row's real ones, [B, K - 1, H],
    zeros before the first. past: keys and values [B, heads, T so far, D]; None before the first."""

    inputs: tuple[Tensor, ...]
    past: KeysValues | None


class DecoderBlock(nn.Module):
    """Convolutions, self-attention, cross-attention where there is a memory, and the feed-forward layer; a position
    sees the past only."""

    def __init__(self, config: QANetConfig, reads_memory: bool) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(CausalConvolution(config) for _ in range(config.convolutions))
        self.self_attention = SelfAttention(config.width, config.heads)
        self.self_residual = PreNorm(config)
        if reads_memory:
            self.cross_attention = CrossAttention(config.width, config.heads)
            self.cross_residual = PreNorm(config)
        self.feed_forward = FeedForward(config)
        self.inner_residual = PreNorm(config)

    def forward(
        self,
        x: Tensor,  # [B, T, H], positions added
        state: BlockState,
        lengths: Tensor | None = None,
        mask: Tensor | None = None,  # bool, broadcast to [B, heads, T, T so far]
        source: KeysValues | None = None,
        source_mask: Tensor | None = None,  # [B, 1, 1, S]
    ) -> tuple[Tensor, BlockState]:
        inputs = []
        for convolution, last in zip(self.convolutions, state.inputs, strict=True):
            x, end = convolution(x, last, lengths)
            inputs.append(end)
        causal = state.past is None  # right padding then lies ahead of every real position
        y, past = self.self_attention(self.self_residual.enter(x), mask, causal, state.past)
        x = self.self_residual.leave(x, y)
        if source is not None:
            y = self.cross_attention(self.cross_residual.enter(x), source, source_mask)
            x = self.cross_residual.leave(x, y)
        y = self.feed_forward(self.inner_residual.enter(x))
        return self.inner_residual.leave(x, y), BlockState(tuple(inputs), past)


class Encoder(nn.Module):
    """Tokens [B, S] -> Memory: features [B, S, H], of which each has seen the whole row, and their mean."""

    def __init__(self, config: QANetConfig, embedding: nn.Module, interface: Interface) -> None:
        super().__init__()
        self.embedding = embedding
        self.dropout = Dropout(config.dropout)
        self.positions = Sinusoidal(config.width, interface.max_length)
        self.blocks = nn.ModuleList(EncoderBlock(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Memory:
        x = self.dropout(self.embedding(tokens))  # [B, S, H]
        mask = key_mask(lengths, x.size(1))
        for block in self.blocks:
            x = block(self.positions(x), mask)
        x = self.norm(x)
        return Memory(x, lengths, mean_of_rows(x, lengths))


class DecoderState(NamedTuple):
    """What a decoder keeps between calls.

    blocks: of each block, its own. source: keys and values of the memory by block, computed once; empty in a language
    model. filled: [B, T so far], true at real positions; None as long as no row had padding.
    """

    blocks: tuple[BlockState, ...]
    source: tuple[KeysValues, ...]
    filled: Tensor | None


class Decoder(nn.Module):
    """Target [B, T] -> features [B, T, H], of which each has seen the past and the memory, if there is one."""

    def __init__(self, config: QANetConfig, embedding: nn.Module, interface: Interface, reads_memory: bool) -> None:
        super().__init__()
        self.embedding = embedding
        self.dropout = Dropout(config.dropout)
        self.positions = Sinusoidal(config.width, interface.max_length)
        self.blocks = nn.ModuleList(DecoderBlock(config, reads_memory) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.kept = (config.convolutions, config.kernel - 1)

    def forward(
        self,
        target: Tensor,
        memory: Memory | None = None,
        state: DecoderState | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor, DecoderState]:
        x = self.dropout(self.embedding(target))  # [B, T, H]
        state = state if state is not None else self.begin(x, memory)
        past = state.blocks[0].past
        before = past.keys.size(2) if past is not None else 0
        start = None if state.filled is None else state.filled.sum(1)  # [B]
        filled = fill(state.filled, lengths, before, x)
        mask = past_mask(filled, before, x) if before else None
        source_mask = key_mask(memory.lengths, memory.features.size(1)) if memory is not None else None
        blocks = []
        for number, block in enumerate(self.blocks):
            source = state.source[number] if state.source else None
            x = self.positions(x, before, start)
            x, after = block(x, state.blocks[number], lengths, mask, source, source_mask)
            blocks.append(after)
        return self.norm(x), DecoderState(tuple(blocks), state.source, filled)

    def begin(self, x: Tensor, memory: Memory | None) -> DecoderState:
        """The state before the first position of x [B, T, H]."""
        convolutions, size = self.kept
        nothing = BlockState((x.new_zeros(x.size(0), size, x.size(2)),) * convolutions, None)
        source: tuple[KeysValues, ...] = ()
        if memory is not None:
            attentions = (part for part in self.modules() if isinstance(part, CrossAttention))  # one a block, in order
            source = tuple(part.keys_values(memory.features) for part in attentions)
        return DecoderState((nothing,) * len(self.blocks), source, None)


def describe(config: QANetConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    shape, blocks = "encoder", f"{config.layers}"
    if isinstance(interface, SequenceToSequence):
        shape, blocks = "encoder-decoder", f"{config.layers} + {config.layers}"
    elif isinstance(interface, CausalLM) or (isinstance(interface, Tag) and interface.causal):
        shape = "decoder"
    return (
        f"{shape}, {blocks} blocks of {config.convolutions} separable convolutions (kernel {config.kernel}), "
        f"self-attention ({config.heads} heads) and feed-forward (inner {config.inner}), width {config.width}, "
        f"sinusoidal positions, pre-norm"
    )


ARCHITECTURE = Architecture(
    config=QANetConfig,
    serves=from_parts(Encoder, Decoder),
    recipe=Recipe(learning_rate=2.8e-3, reference_width=128, protocol=GRID_PROTOCOL),
    describe=describe,
)
