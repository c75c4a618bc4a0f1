"""Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000).

    i, f, o = sigmoid(W x_t + U h_{t-1} + b), of their own weights each        input, forget and output gate
    g       = tanh(W x_t + U h_{t-1} + b)                                      candidate
    c_t     = f * c_{t-1} + i * g                                              cell
    h_t     = o * tanh(c_t)                                                    hidden

The cell is a sum, through which gradients flow back unchanged as long as the forget gate stays open. Encoder and
decoder around it are in `parts.py`.
"""

from __future__ import annotations

from torch import nn

from seqharness.contracts import GRID_PROTOCOL, Architecture, Recipe

from .parts import Cell, EncoderConfig, RecurrentConfig, between_layers, describe, initialise, serve


def stack(config: EncoderConfig, inputs: int, layers: int) -> nn.LSTM:
    """Layers of cells. Biases are zero, but 1 at the forget gate, so that the cell remembers until it learns to forget
    (Jozefowicz et al. 2015)."""
    size = config.inner
    module = nn.LSTM(inputs, size, layers, batch_first=True, dropout=between_layers(config, layers))
    initialise(module, gates=4)
    for layer in range(layers):
        nn.init.ones_(getattr(module, f"bias_ih_l{layer}")[size : 2 * size])  # the gates stand in the order i, f, g, o
    return module


CELL = Cell(stack, vectors=2)

ARCHITECTURE = Architecture(
    config=RecurrentConfig,
    serves=serve(CELL),
    recipe=Recipe(learning_rate=2.5e-3, reference_width=128, protocol=GRID_PROTOCOL),
    describe=describe,
)
