"""The Transformer (Vaswani et al. 2017, "Attention is all you need"), in the natural shape for each interface:

    sequence to sequence          encoder-decoder, as in the paper
    classify, tag, masked LM      encoder-only (the shape of BERT, Devlin et al. 2019)
    causal LM, causal tag         decoder-only (the shape of GPT, Radford et al. 2018)

From the bottom up: feed-forward layer, residual connections, layer, encoder, decoder. Attention is in `attention.py`,
positions are in `positions.py`. B rows, T target or input positions, S source positions, H width.
"""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn

from seqharness.contracts import GRID_PROTOCOL, Architecture, Config, Recipe
from seqharness.interfaces import CausalLM, Interface, SequenceToSequence, Tag
from seqharness.modules.adapters import from_parts
from seqharness.modules.dropout import Dropout
from seqharness.modules.memory import Memory, mean_of_rows, valid_positions

from .attention import CrossAttention, KeysValues, SelfAttention, linear
from .positions import POSITIONS


class TransformerConfig(Config):
    """Options. The sizes are those of the base model of the paper, scaled down by 4 with the heads by 2."""

    heads: int = Field(default=4, ge=1, description="attention heads; 4 leave each 32 numbers at the default width")
    position: Literal["sinusoidal", "learned", "none"] = Field(
        default="sinusoidal",
        description="how order is told; sinusoids as in the paper, which found learned ones no better",
    )
    norm_position: Literal["pre", "post"] = Field(
        default="pre",
        description="LayerNorm before each part (trains steadily, Xiong et al. 2020) or after it (the paper)",
    )
    activation: Literal["relu", "gelu"] = Field(
        default="gelu", description="in the feed-forward layer; gelu as in BERT and GPT, relu as in the paper"
    )

    inner_ratio: ClassVar[float] = 4.0  # 2048 / 512 in the paper

    def width_step(self) -> int:
        return self.heads


class FeedForward(nn.Module):
    """The same two linear layers at every position: x [B, T, H] -> [B, T, inner] -> [B, T, H]."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.into = linear(config.width, config.inner)
        self.out = linear(config.inner, config.width)
        self.activation = nn.ReLU() if config.activation == "relu" else nn.GELU()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.out(self.activation(self.into(x)))
        return y


class PreNorm(nn.Module):
    """Residual connection with the norm before the part f: x + dropout(f(norm(x)))."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.dropout = Dropout(config.dropout)

    def enter(self, x: Tensor) -> Tensor:
        """x -> what f is given."""
        y: Tensor = self.norm(x)
        return y

    def leave(self, x: Tensor, y: Tensor) -> Tensor:
        """x and y = f(enter(x)) -> the sum that goes on."""
        z: Tensor = x + self.dropout(y)
        return z


class PostNorm(PreNorm):
    """Residual connection with the norm after the part f: norm(x + dropout(f(x)))."""

    def enter(self, x: Tensor) -> Tensor:
        return x

    def leave(self, x: Tensor, y: Tensor) -> Tensor:
        z: Tensor = self.norm(x + self.dropout(y))
        return z


RESIDUAL = {"pre": PreNorm, "post": PostNorm}


class Layer(nn.Module):
    """Self-attention, then (in a decoder that reads a memory) cross-attention, then the feed-forward layer."""

    def __init__(self, config: TransformerConfig, reads_memory: bool = False) -> None:
        super().__init__()
        residual = RESIDUAL[config.norm_position]
        self.self_attention = SelfAttention(config.width, config.heads)
        self.self_residual = residual(config)
        if reads_memory:
            self.cross_attention = CrossAttention(config.width, config.heads)
            self.cross_residual = residual(config)
        self.feed_forward = FeedForward(config)
        self.inner_residual = residual(config)

    def forward(
        self,
        x: Tensor,  # [B, T, H]
        mask: Tensor | None = None,  # broadcast to [B, heads, T, T so far]
        causal: bool = False,
        past: KeysValues | None = None,
        source: KeysValues | None = None,
        source_mask: Tensor | None = None,  # [B, 1, 1, S]
    ) -> tuple[Tensor, KeysValues]:
        y, present = self.self_attention(self.self_residual.enter(x), mask, causal, past)
        x = self.self_residual.leave(x, y)
        if source is not None:
            y = self.cross_attention(self.cross_residual.enter(x), source, source_mask)
            x = self.cross_residual.leave(x, y)
        y = self.feed_forward(self.inner_residual.enter(x))
        return self.inner_residual.leave(x, y), present


class Encoder(nn.Module):
    """Tokens [B, S] -> Memory: features [B, S, H], of which each has seen the whole row, and their mean."""

    def __init__(self, config: TransformerConfig, embedding: nn.Module, interface: Interface) -> None:
        super().__init__()
        self.embedding = embedding
        self.positions = POSITIONS[config.position](config.width, interface.max_length)
        self.dropout = Dropout(config.dropout)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = final_norm(config)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Memory:
        x = self.dropout(self.positions(self.embedding(tokens)))  # [B, S, H]
        mask = key_mask(lengths, x.size(1))
        for layer in self.layers:
            x, _ = layer(x, mask)
        x = self.norm(x)
        return Memory(x, lengths, mean_of_rows(x, lengths))


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
        self.embedding = embedding
        self.positions = POSITIONS[config.position](config.width, interface.max_length)
        self.dropout = Dropout(config.dropout)
        self.layers = nn.ModuleList(Layer(config, reads_memory) for _ in range(config.layers))
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
            )
            past.append(present)
        return self.norm(x), DecoderState(tuple(past), state.source, filled)

    def begin(self, memory: Memory | None) -> DecoderState:
        """The state before the first position."""
        if memory is None:
            return DecoderState((), (), None)
        attentions = (part for part in self.modules() if isinstance(part, CrossAttention))  # one a layer, in order
        return DecoderState((), tuple(part.keys_values(memory.features) for part in attentions), None)


def final_norm(config: TransformerConfig) -> nn.Module:
    """With the norm before each part, the sum that leaves the last layer needs one more."""
    return nn.LayerNorm(config.width) if config.norm_position == "pre" else nn.Identity()


def key_mask(lengths: Tensor | None, size: int) -> Tensor | None:
    """[B, 1, 1, size], true where a position is real (at least one, or a softmax would be empty); None: all are."""
    return None if lengths is None else valid_positions(lengths.clamp(min=1), size)[:, None, None]


def fill(filled: Tensor | None, lengths: Tensor | None, before: int, x: Tensor) -> Tensor | None:
    """`filled` [B, before] with the new positions of x [B, T, H] added, of which `lengths` are real."""
    if filled is None and lengths is None:
        return None
    rows, new = x.size(0), x.size(1)
    if filled is None:
        filled = torch.ones(rows, before, dtype=torch.bool, device=x.device)
    if lengths is None:
        return torch.cat([filled, torch.ones(rows, new, dtype=torch.bool, device=x.device)], 1)
    return torch.cat([filled, valid_positions(lengths, new)], 1)


def past_mask(filled: Tensor | None, before: int, x: Tensor) -> Tensor | None:
    """Broadcast to [B, 1, T, before + T]: real positions of the past, and of x those up to each position itself."""
    new = x.size(1)
    mask = None
    if new > 1:
        mask = torch.ones(new, before + new, dtype=torch.bool, device=x.device).tril(before)
    if filled is not None:
        real = filled[:, None, None]  # [B, 1, 1, before + T]
        mask = real if mask is None else real & mask
    return mask


def describe(config: TransformerConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    shape, layers = "encoder-only", f"{config.layers}"
    if isinstance(interface, SequenceToSequence):
        shape, layers = "encoder-decoder", f"{config.layers} + {config.layers}"
    elif isinstance(interface, CausalLM) or (isinstance(interface, Tag) and interface.causal):
        shape = "decoder-only"
    position = "no positions" if config.position == "none" else f"{config.position} positions"
    return (
        f"{shape}, {layers} layers, width {config.width}, {config.heads} heads, inner {config.inner}, "
        f"{position}, {config.norm_position}-norm, {config.activation}"
    )


ARCHITECTURE = Architecture(
    config=TransformerConfig,
    serves=from_parts(Encoder, Decoder),
    recipe=Recipe(learning_rate=2.5e-3, reference_width=128, protocol=GRID_PROTOCOL),
    describe=describe,
)
