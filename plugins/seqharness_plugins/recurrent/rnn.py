"""Simple recurrent network (Elman 1990, "Finding structure in time").

    h_t = f(W x_t + U h_{t-1} + b)        f = tanh, or relu

Nothing but U stands between one hidden state and the next, so that a gradient over n steps is a product of n factors:
it vanishes or explodes (Bengio et al. 1994). Encoder and decoder around it are in `parts.py`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from torch import nn

from seqharness.contracts import GRID_PROTOCOL, Architecture, Recipe

from .parts import Cell, EncoderConfig, RecurrentConfig, between_layers, describe, initialise, serve


class RNNConfig(RecurrentConfig):
    """One option more than every recurrent model has."""

    inner: int = Field(
        default=384, ge=1, description="hidden units of each direction; solved for when a size is asked for"
    )
    activation: Literal["tanh", "relu"] = Field(
        default="tanh", description="tanh keeps hidden states within 1; relu does not fade but may explode"
    )


def stack(config: EncoderConfig, inputs: int, layers: int) -> nn.RNN:
    """Layers of cells; tanh where the config has no other activation."""
    module = nn.RNN(
        inputs,
        config.inner,
        layers,
        nonlinearity=config.activation if isinstance(config, RNNConfig) else "tanh",
        batch_first=True,
        dropout=between_layers(config, layers),
    )
    initialise(module, gates=1)
    return module


CELL = Cell(stack)

ARCHITECTURE = Architecture(
    config=RNNConfig,
    serves=serve(CELL),
    recipe=Recipe(learning_rate=2.2e-3, reference_width=128, protocol=GRID_PROTOCOL),
    describe=describe,
)
