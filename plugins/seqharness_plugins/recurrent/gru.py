"""Gated recurrent unit (Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder").

    r, z = sigmoid(W x_t + U h_{t-1} + b), of their own weights each           reset and update gate
    n    = tanh(W x_t + b + r * (U h_{t-1} + b'))                              candidate
    h_t  = (1 - z) * n + z * h_{t-1}                                           hidden

As PyTorch and cuDNN compute it, the reset gate acts after the recurrent product (in the paper before it). Encoder and
decoder around it are in `parts.py`.
"""

from __future__ import annotations

from torch import nn

from seqharness.contracts import GRID_PROTOCOL, Architecture, Recipe

from .parts import Cell, EncoderConfig, RecurrentConfig, between_layers, describe, initialise, serve


def stack(config: EncoderConfig, inputs: int, layers: int) -> nn.GRU:
    """Layers of cells."""
    module = nn.GRU(inputs, config.inner, layers, batch_first=True, dropout=between_layers(config, layers))
    initialise(module, gates=3)
    return module


CELL = Cell(stack)

ARCHITECTURE = Architecture(
    config=RecurrentConfig,
    serves=serve(CELL),
    recipe=Recipe(learning_rate=2.8e-3, reference_width=128, protocol=GRID_PROTOCOL),
    describe=describe,
)
