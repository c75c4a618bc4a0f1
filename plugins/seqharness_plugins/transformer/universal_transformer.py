"""Universal Transformer (Dehghani et al. 2019, https://arxiv.org/abs/1807.03819): one layer, applied again and again.

    x^n = Layer(x^{n-1} + positions + step n),   n = 1 ... M      the same weights at every step

Positions and steps are told anew at every step, both by sinusoids (section 2.1). The layer is that of the Transformer,
so that the two differ in what the paper changed: by default the norm stands before each part (`norm_position=post` is
the paper's) and the activation is gelu; the transition is the feed-forward layer, not the convolution that the paper
also tries.

With `halting=adaptive` every position stops by itself (`universal_halting.py`). What the paper writes and what its code
does differ here. This is the text: a position that has halted is copied on, and what it gives is the weighted mean of
its states (Graves 2016). A pass ends when all of its positions have halted.
B rows, T target or input positions, S positions of the source, H width, M steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from pydantic import BeforeValidator, Field
from torch import Tensor, nn

from seqharness.contracts import GRID_PROTOCOL, Architecture, Builder, Recipe
from seqharness.errors import NotApplicable
from seqharness.interfaces import PAD, CausalLM, Interface, SequenceToSequence, Tag
from seqharness.modules.adapters import from_parts
from seqharness.modules.dropout import Dropout
from seqharness.modules.memory import Memory, mean_of_rows, valid_positions

from .attention import KeysValues, split_heads
from .config import TransformerConfig
from .config import describe as describe_shape
from .layers import Layer, final_norm
from .masks import fill, key_mask, past_mask, places
from .positions import POSITIONS, sinusoids
from .relative_positions import SCHEMES, Order, rotate
from .universal_halting import Halting


def _off(value: Any) -> Any:
    """On the command line 'off' is a word for no."""
    return "off" if value is False else value


class UniversalConfig(TransformerConfig):
    """Options: those of the Transformer, of which `position` is told at every step, and halting."""

    layers: int = Field(
        default=2,
        ge=1,
        description="steps of the one layer of each part (with halting, the most of them), which cost time and no "
        "parameters; as many as others have layers: in one short trial (translate, 150k tokens, 200k parameters) 4 "
        "learned more slowly; the paper takes 6 and more",
    )
    norm: Literal["layer", "rms", "none"] = Field(
        default="layer", description="as in the Transformer; no batch norm, whose statistics differ from step to step"
    )
    halting: Annotated[Literal["off", "adaptive"], BeforeValidator(_off)] = Field(
        default="off", description="every position takes all steps, or as many as it wants (Graves 2016)"
    )
    halting_threshold: float = Field(
        default=0.99,
        gt=0,
        le=1,
        description="halting=adaptive: the probability at which a position stops; 0.99 by the paper",
    )
    ponder_weight: float = Field(
        default=0.01, ge=0, description="halting=adaptive: price of a step in nats; 0.01 in the code of the paper"
    )


class Part(nn.Module):
    """What encoder and decoder have in common: the layer, what is told at every step, and when to stop."""

    steps: Tensor

    def __init__(
        self,
        config: UniversalConfig,
        embedding: nn.Module,
        interface: Interface,
        causal: bool = False,
        reads_memory: bool = False,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.dropout = Dropout(config.dropout)
        self.positions = POSITIONS[config.position](config.width, interface.max_length)
        self.scheme = SCHEMES[config.position](config, interface.max_length, causal)
        self.register_buffer("steps", sinusoids(config.layers + 1, config.width)[1:], persistent=False)  # [M, H]
        self.layer = Layer(config, reads_memory, self.scheme.distances)
        self.norm = final_norm(config)
        self.halting = None
        if config.halting == "adaptive":
            self.halting = Halting(config.width, config.layers, config.halting_threshold, config.ponder_weight)

    def tell(self, x: Tensor, step: int, before: int = 0, start: Tensor | None = None) -> Tensor:
        """x [B, T, H] with its positions and the step, a number from 0, added."""
        y: Tensor = self.positions(x, before, start) + self.steps[step]
        return y

    def repeat(
        self, x: Tensor, step: Callable[[Tensor, int], Tensor], tokens: Tensor, lengths: Tensor | None
    ) -> tuple[Tensor, Tensor, int]:
        """x [B, T, H] -> features, the states after the last step, both [B, T, H], and how many steps were made."""
        made = self.steps.size(0)
        if self.halting is None:
            for number in range(made):
                x = step(x, number)
            return self.norm(x), x, made
        real = None if lengths is None else valid_positions(lengths, x.size(1))
        y, x, made = self.halting(x, step, real, real if real is not None else not_padding(tokens))
        return self.norm(y), x, made


def not_padding(tokens: Tensor) -> Tensor | None:
    """[B, T], true at tokens other than PAD: without lengths, too, padding is not to be paid for. None for reals."""
    return None if tokens.is_floating_point() else tokens != PAD


class Encoder(Part):
    """Tokens [B, S] -> Memory: features [B, S, H], of which each has seen the whole row, and their mean."""

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Memory:
        x = self.dropout(self.embedding(tokens))  # [B, S, H]
        mask, order = key_mask(lengths, x.size(1)), self.scheme(*places(None, 0, x))

        def step(x: Tensor, number: int) -> Tensor:
            y: Tensor = self.layer(self.tell(x, number), mask, order=order)[0]
            return y

        features, _, _ = self.repeat(x, step, tokens, lengths)
        return Memory(features, lengths, mean_of_rows(features, lengths))


class DecoderState(NamedTuple):
    """What a decoder keeps between calls.

    past: keys and values of the target so far, by step, [B, heads, T so far, D]; those of a position that has halted
    are of its last state. source: those of the memory, the same at every step; None in a language model.
    filled: [B, T so far], true at real positions; None as long as no row had padding.
    """

    past: tuple[KeysValues, ...]
    source: KeysValues | None
    filled: Tensor | None


class Decoder(Part):
    """Target [B, T] -> features [B, T, H], of which each has seen the past and the memory, if there is one."""

    def __init__(self, config: UniversalConfig, embedding: nn.Module, interface: Interface, reads_memory: bool) -> None:
        super().__init__(config, embedding, interface, True, reads_memory)

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
        x = self.dropout(self.embedding(target))  # [B, T, H]
        filled = fill(state.filled, lengths, before, x)
        mask, order = past_mask(filled, before, x) if before else None, self.scheme(*places(filled, before, x))
        source_mask = key_mask(memory.lengths, memory.features.size(1)) if memory is not None else None
        present: list[KeysValues] = []

        def step(x: Tensor, number: int) -> Tensor:
            x = self.tell(x, number, before, start)
            past = state.past[number] if state.past else None
            # Without a past, right padding lies ahead of every real position.
            x, keys_values = self.layer(x, mask, before == 0, past, state.source, source_mask, order)
            present.append(keys_values)
            return x

        features, x, made = self.repeat(x, step, target, lengths)
        for number in range(made, self.steps.size(0)):  # later positions may take more steps than these
            past = state.past[number] if state.past else None
            present.append(look_up(self.layer, self.tell(x, number, before, start), past, order))
        return features, DecoderState(tuple(present), state.source, filled)

    def begin(self, memory: Memory | None) -> DecoderState:
        """The state before the first position."""
        source = None if memory is None else self.layer.cross_attention.keys_values(memory.features)
        return DecoderState((), source, None)


def look_up(layer: Layer, x: Tensor, past: KeysValues | None, order: Order) -> KeysValues:
    """Keys and values of x [B, T, H] behind those of the past: what the layer returns, without what it computes."""
    attention = layer.self_attention
    projection, width = attention.query_key_value, x.size(2)
    bias = projection.bias[width:]
    both = F.linear(layer.self_residual.enter(x), projection.weight[width:], bias)  # [B, T, 2 H]
    keys, values = (split_heads(part, attention.heads) for part in both.chunk(2, -1))
    if order.rotation is not None:
        keys = rotate(keys, order.rotation)
    if past is None:
        return KeysValues(keys, values)
    return KeysValues(torch.cat([past.keys, keys], 2), torch.cat([past.values, values], 2))


# ----------------------------------------------------------------------------------------------------------- networks


def build(plain: Builder, config: UniversalConfig, interface: Interface) -> nn.Module:
    """The network that `plain` builds, refused where there is nothing to choose."""
    if config.halting == "adaptive" and config.layers == 1:
        raise NotApplicable("halting=adaptive chooses among steps, and layers=1 allows but one")
    return plain(config, interface)


SERVES: Mapping[type[Interface], Builder] = {
    interface: partial(build, plain) for interface, plain in from_parts(Encoder, Decoder).items()
}


def describe(config: UniversalConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    shape, layers = "encoder-only", f"{config.layers} shared"
    if isinstance(interface, SequenceToSequence):
        shape, layers = "encoder-decoder", f"{config.layers} + {config.layers} shared"
    elif isinstance(interface, CausalLM) or (isinstance(interface, Tag) and interface.causal):
        shape = "decoder-only"
    halting = ""
    if config.halting == "adaptive":
        halting = f"halting at {config.halting_threshold:g} and {config.ponder_weight:g} nats a step"
    return describe_shape(shape, layers, config, halting)


ARCHITECTURE = Architecture(
    config=UniversalConfig,
    serves=SERVES,
    recipe=Recipe(learning_rate=3.3e-3, reference_width=128, protocol=GRID_PROTOCOL),
    describe=describe,
)
