"""The networks around a sequence mixer: pre-norm residual blocks (Xiong et al. 2020), after the scheme of the
Transformer (Vaswani et al. 2017) with the mixer in the place of self-attention."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..contracts import Builder
from ..interfaces import Interface
from .adapters import from_parts
from .dropout import Dropout
from .memory import Memory, append_rows, mean_of_rows, part_of_rows, reverse_rows, valid_positions
from .mixer import MixerConfig

MakeMixer = Callable[[int, Any], nn.Module]


def serve(mixer: MakeMixer, causal: bool) -> Mapping[type[Interface], Builder]:
    """Builders for every interface that a mixer can serve."""

    def encoder(config: MixerConfig, embedding: nn.Module, interface: Interface) -> nn.Module:
        return MixerEncoder(config, embedding, mixer, causal)

    def decoder(config: MixerConfig, embedding: nn.Module, interface: Interface, reads_memory: bool) -> nn.Module:
        return MixerDecoder(config, embedding, mixer, reads_memory)

    return from_parts(encoder, decoder if causal else None)


class MixerEncoder(nn.Module):
    """Tokens [B, S] -> Memory. A causal mixer runs from both sides. The summary is the mean over real positions."""

    def __init__(self, config: MixerConfig, embedding: nn.Module, mixer: MakeMixer, causal: bool) -> None:
        super().__init__()

        def block() -> nn.Module:
            if not causal:
                return with_state(mixer(config.width, config))
            return BothDirections(mixer(config.width, config), mixer(config.width, config))

        self.embedding = embedding
        self.dropout = Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config, block(), cross=None) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Memory:
        x = self.dropout(self.embedding(tokens))  # [B, S, H]
        for block in self.blocks:
            x, _ = block(x, lengths, None, None)
        x = self.norm(x)
        return Memory(x, lengths, mean_of_rows(x, lengths))


class MixerDecoder(nn.Module):
    """Target [B, T] -> features [B, T, H] and the state of each block's mixer. With a memory, every block attends
    to it; without one, this is a language model."""

    def __init__(self, config: MixerConfig, embedding: nn.Module, mixer: MakeMixer, reads_memory: bool) -> None:
        super().__init__()

        def block() -> nn.Module:
            cross = CrossAttention(config.width, config.heads) if reads_memory else None
            return Block(config, with_state(mixer(config.width, config)), cross)

        self.embedding = embedding
        self.dropout = Dropout(config.dropout)
        self.blocks = nn.ModuleList(block() for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)

    def forward(
        self, target: Tensor, memory: Memory | None, state: Any = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Any]:
        x = self.dropout(self.embedding(target))  # [B, T, H]
        states = []
        for number, block in enumerate(self.blocks):
            x, after = block(x, lengths, None if state is None else state[number], memory)
            states.append(after)
        return self.norm(x), tuple(states)


class Block(nn.Module):
    """x + mixer(norm(x)), then x + attention(norm(x), memory) where there is one, then x + feed_forward(norm(x))."""

    def __init__(self, config: MixerConfig, mixer: nn.Module, cross: CrossAttention | None) -> None:
        super().__init__()
        self.mixer_norm = nn.LayerNorm(config.width)
        self.mixer = mixer
        self.cross_norm = nn.LayerNorm(config.width) if cross else None
        self.cross = cross
        self.inner_norm = nn.LayerNorm(config.width)
        self.feed_forward = nn.Sequential(
            nn.Linear(config.width, config.inner), nn.GELU(), nn.Linear(config.inner, config.width)
        )
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, lengths: Tensor | None, state: Any, memory: Memory | None) -> tuple[Tensor, Any]:
        y, state = self.mixer(self.mixer_norm(x), lengths, state)
        x = x + self.dropout(y)  # [B, T, H]
        if self.cross is not None and self.cross_norm is not None and memory is not None:
            x = x + self.dropout(self.cross(self.cross_norm(x), memory))
        x = x + self.dropout(self.feed_forward(self.inner_norm(x)))
        return x, state


class CrossAttention(nn.Module):
    """Attention of x [B, T, H] over the features of a memory (Vaswani et al. 2017), H = heads x D."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        query = self._split(self.query(x))  # [B, heads, T, D]
        key, value = (self._split(part) for part in self.key_value(memory.features).chunk(2, -1))  # [B, heads, S, D]
        mask = None
        if memory.lengths is not None:
            mask = valid_positions(memory.lengths.clamp(min=1), key.size(2))[:, None, None]  # [B, 1, 1, S]
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)  # [B, heads, T, D]
        y: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return y  # [B, T, H]

    def _split(self, x: Tensor) -> Tensor:
        return x.reshape(x.size(0), x.size(1), self.heads, -1).transpose(1, 2)  # [B, heads, T, D]


class BothDirections(nn.Module):
    """A causal mixer over each row and another over its reverse, added: every position sees the whole row."""

    def __init__(self, rightward: nn.Module, leftward: nn.Module) -> None:
        super().__init__()
        self.rightward, self.leftward = with_state(rightward), with_state(leftward)

    def forward(self, x: Tensor, lengths: Tensor | None, state: None) -> tuple[Tensor, None]:
        before, _ = self.rightward(x, lengths, None)  # [B, T, H]: of each position and those before it
        after, _ = self.leftward(reverse_rows(x, lengths), lengths, None)
        return before + reverse_rows(after, lengths), None


def with_state(mixer: nn.Module) -> nn.Module:
    """The mixer itself if it takes (x, lengths, state), else one that keeps the inputs for it."""
    return mixer if has_state(mixer) else Recompute(mixer)


def has_state(mixer: nn.Module) -> bool:
    """Whether `forward` takes (x, lengths, state) and not x alone."""
    return len(inspect.signature(mixer.forward).parameters) >= 3


def keeps_inputs(mixer: Callable[[int, Any], nn.Module], config: MixerConfig) -> bool:
    """Whether the harness must keep the inputs of this mixer and compute all again at every step."""
    with torch.device("meta"):
        return not has_state(mixer(config.width, config))


class Inputs(NamedTuple):
    """What a mixer without a state has been given so far: x [B, T, H] and the real positions of each row, or None."""

    x: Tensor
    lengths: Tensor | None


class Recompute(nn.Module):
    """A mixer without a state, with the inputs as its state: all is computed again at every call."""

    def __init__(self, mixer: nn.Module) -> None:
        super().__init__()
        self.mixer = mixer

    def forward(self, x: Tensor, lengths: Tensor | None, state: Inputs | None) -> tuple[Tensor, Inputs]:
        if state is None:
            y: Tensor = self.mixer(x)  # [B, T, H]
            return y, Inputs(x, lengths)
        inputs = append_rows(state.x, state.lengths, x)  # [B, before + T, H]
        y = part_of_rows(self.mixer(inputs), state.lengths, x.size(1))  # [B, T, H]
        return y, Inputs(inputs, _total(state, x, lengths))


def _total(state: Inputs, x: Tensor, lengths: Tensor | None) -> Tensor | None:
    """Real positions of each row after `x`, of which `lengths` are real."""
    if state.lengths is None and lengths is None:
        return None
    rows = torch.full((x.size(0),), x.size(1), device=x.device)
    before = torch.full_like(rows, state.x.size(1)) if state.lengths is None else state.lengths
    return before + (rows if lengths is None else lengths)
