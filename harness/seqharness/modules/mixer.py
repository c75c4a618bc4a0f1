"""The first depth of plugin: a whole model from one sequence mixer.

A mixer is a module that lets the positions of a row exchange information; x and y are [B, T, H]. Either

    forward(x) -> y                              causal: y at a position depends on x up to there only
    forward(x, lengths, state) -> y, state       the state (None at first) is the one after each row's last real
                                                 position; a mixer that is not causal gets and returns None

The harness adds all else: embeddings, pre-norm residual blocks with a feed-forward layer, cross-attention in decoders,
the second direction in encoders, heads, sizing. For the first form it keeps the inputs and computes them again at each
step of generation: right, but quadratic.

This file imports no torch, so that the card of such a model can be listed at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ..contracts import Architecture, Config, ModelSpec, Recipe
from ..interfaces import CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag

if TYPE_CHECKING:
    from torch import nn

RECIPE = Recipe(learning_rate=2.5e-3, reference_width=128, protocol="that of the transformer, not tuned")
"""That of the pre-norm Transformer, whose blocks these are."""


class MixerConfig(Config):
    """Options of every mixer model; a mixer with options of its own extends this."""

    heads: int = Field(default=4, ge=1, description="heads of the cross-attention in a decoder")

    def width_step(self) -> int:
        return self.heads


def mixer_model(
    *,
    name: str,
    summary: str,
    mixer: Callable[[int, Any], nn.Module],
    causal: bool = True,
    paper: str = "",
    config: type[MixerConfig] = MixerConfig,
    recipe: Recipe = RECIPE,
) -> ModelSpec:
    """The card of a model made from `mixer(width, config)`, which is called once for each block (and each direction).

    causal: whether no position sees a later one. A causal mixer serves every interface; encoders run it from both
    sides and add the two. Any other sees both sides at once and serves what an encoder can: Classify, Tag, MaskedLM.
    """
    interfaces: tuple[type[Interface], ...] = (Classify, Tag, MaskedLM)
    if causal:
        interfaces = (*interfaces, CausalLM, SequenceToSequence)

    def load() -> Architecture:
        from .mixer_blocks import serve

        return Architecture(config=config, serves=serve(mixer, causal), recipe=recipe, describe=describe)

    def describe(config: MixerConfig, interface: Interface) -> str:
        from .mixer_blocks import keeps_inputs

        told = _describe(name, causal, config, interface)
        generates = isinstance(interface, CausalLM | SequenceToSequence)
        if not generates or not keeps_inputs(mixer, config):
            return told
        return f"{told}, no state of its own: every step computes all before it again (quadratic)"

    return ModelSpec(name=name, summary=summary, interfaces=interfaces, load=load, paper=paper)


def _describe(name: str, causal: bool, config: MixerConfig, interface: Interface) -> str:
    size = f"width {config.width}, inner {config.inner}, pre-norm"
    if isinstance(interface, SequenceToSequence):
        layers = f"encoder-decoder, {config.layers} + {config.layers} blocks of {name}, encoder from both sides"
        return f"{layers}, {config.heads} heads of cross-attention, {size}"
    if isinstance(interface, CausalLM) or (isinstance(interface, Tag) and interface.causal):
        return f"decoder, {config.layers} blocks of {name}, {size}"
    return f"encoder, {config.layers} blocks of {name}{', from both sides' if causal else ''}, {size}"
