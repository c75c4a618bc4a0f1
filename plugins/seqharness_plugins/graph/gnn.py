"""Gated graph neural network (Li et al. 2016, "Gated graph sequence neural networks") over a window graph of the row.

Every token is a node. An edge leads to it from each token at most `window` positions away, and the type of the edge is
the offset between the two. All nodes exchange messages at once, in rounds with the same weights:

    a_v = sum_u A_{u-v} h_u + b                       what v is told by its neighbours u
    z_v = sigmoid(W_z a_v + U_z h_v)                  update gate
    r_v = sigmoid(W_r a_v + U_r h_v)                  reset gate
    n_v = tanh(W_n a_v + U_n (r_v * h_v))             candidate
    h_v = (1 - z_v) * h_v + z_v * n_v

A label is read off all nodes by gates (the paper's section 3.2), a tag off its own node, x_v being its embedding:

    label   tanh(mean_v sigmoid(i[h_v, x_v]) * tanh(j[h_v, x_v]))
    tag     g[h_v, x_v]

Two things differ from the paper. States begin as a linear layer of x_v, which the paper pads with zeros, so that width
and inner size are free of each other. And the mean stands where the paper has a sum, which saturates on long rows.
B rows, T positions, H width, I inner size (of a node's state), W window.
"""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from seqharness.contracts import LABELS_GRID_PROTOCOL, Architecture, Config, Recipe
from seqharness.errors import NotApplicable
from seqharness.interfaces import Classify, Interface, Tag
from seqharness.modules.dropout import Dropout
from seqharness.modules.memory import mean_of_rows, valid_positions


class GNNConfig(Config):
    """Options. A token hears of those up to layers x steps x window positions away."""

    inner: int = Field(default=128, ge=1, description="size of a node's state; solved for when a size is asked for")
    layers: int = Field(
        default=1, ge=1, description="sets of weights; 1 as in the paper, where all rounds share theirs"
    )
    steps: int = Field(default=4, ge=1, description="rounds of messages in each layer, with the same weights")
    window: int = Field(default=2, ge=1, description="tokens to each side that a token has an edge from")

    inner_ratio: ClassVar[float] = 1.0


class GatedGraphLayer(nn.Module):
    """States of the nodes [B, T, I] -> their states after some rounds of messages."""

    def __init__(self, config: GNNConfig) -> None:
        super().__init__()
        size = config.inner
        self.steps, self.window = config.steps, config.window
        self.edges = nn.Linear(2 * config.window * size, size)  # A of every offset, side by side, and b
        self.told = nn.Linear(size, 3 * size, bias=False)  # W_z, W_r, W_n
        self.gates = nn.Linear(size, 2 * size, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(size, size, bias=False)  # U_n
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """As in recurrent networks, which the update is one of: weights of messages Xavier uniform, of states
        orthogonal (Saxe et al. 2014), matrix by matrix; the bias zero."""
        nn.init.xavier_uniform_(self.edges.weight)
        nn.init.zeros_(self.edges.bias)
        for matrix in self.told.weight.chunk(3):
            nn.init.xavier_uniform_(matrix)
        for matrix in (*self.gates.weight.chunk(2), self.candidate.weight):
            nn.init.orthogonal_(matrix)

    def forward(self, h: Tensor, real: Tensor | None) -> Tensor:
        """real [B, T, 1], or None where all are: padding sends no messages, because its state is zero."""
        for _ in range(self.steps):
            sent = h if real is None else h.masked_fill(~real, 0)
            told_z, told_r, told_n = self.told(self.edges(neighbours(sent, self.window))).chunk(3, -1)
            kept_z, kept_r = self.gates(h).chunk(2, -1)
            update = torch.sigmoid(told_z + kept_z)
            reset = torch.sigmoid(told_r + kept_r)
            h = torch.lerp(h, torch.tanh(told_n + self.candidate(reset * h)), update)
        return h


def neighbours(h: Tensor, window: int) -> Tensor:
    """h [B, T, I] -> [B, T, 2 W I]: the states at offsets -W, ..., -1, 1, ..., W, zeros past the ends of a row."""
    size = h.size(1)
    padded = F.pad(h, (0, 0, window, window))  # [B, T + 2 W, I]
    starts = [start for start in range(2 * window + 1) if start != window]
    return torch.cat([padded[:, start : start + size] for start in starts], -1)


class Nodes(nn.Module):
    """Tokens [B, T] -> [h_v, x_v] of each node [B, T, I + H]."""

    def __init__(self, config: GNNConfig, embedding: nn.Module) -> None:
        super().__init__()
        self.embedding = embedding
        self.dropout = Dropout(config.dropout)
        self.into = nn.Linear(config.width, config.inner)
        self.layers = nn.ModuleList(GatedGraphLayer(config) for _ in range(config.layers))

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        x = self.dropout(self.embedding(tokens))  # [B, T, H]
        real = None if lengths is None else valid_positions(lengths, x.size(1)).unsqueeze(2)  # [B, T, 1]
        h = torch.tanh(self.into(x))  # [B, T, I]: within 1, as it stays
        for layer in self.layers:
            h = layer(h, real)
        return torch.cat([self.dropout(h), x], -1)


class Tagger(nn.Module):
    """Tokens [B, T] -> features [B, T, H]."""

    def __init__(self, config: GNNConfig, interface: Tag) -> None:
        super().__init__()
        if interface.causal:
            raise NotApplicable("messages come from both sides of a token, and this task forbids to look ahead")
        self.encoder = Nodes(config, interface.embedding(config.width))
        self.project = nn.Linear(config.inner + config.width, config.width)
        self.output = interface.output(config.width)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features: Tensor = self.project(self.encoder(tokens, lengths))
        return features


class Classifier(nn.Module):
    """Tokens [B, T] -> features [B, H]."""

    def __init__(self, config: GNNConfig, interface: Classify) -> None:
        super().__init__()
        self.encoder = Nodes(config, interface.embedding(config.width))
        self.readout = nn.Linear(config.inner + config.width, 2 * config.width)  # i and j
        self.output = interface.output(config.width)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        gate, value = self.readout(self.encoder(tokens, lengths)).chunk(2, -1)  # [B, T, H]
        return torch.tanh(mean_of_rows(torch.sigmoid(gate) * torch.tanh(value), lengths))


def describe(config: GNNConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    layers = f"{config.layers} layer(s) of {config.steps} rounds, window {config.window} to each side"
    readout = "gated mean of the nodes" if isinstance(interface, Classify) else "a tag from each node"
    return f"gated graph network, {layers}, {readout}, width {config.width}, inner {config.inner}"


ARCHITECTURE = Architecture(
    config=GNNConfig,
    serves={Classify: Classifier, Tag: Tagger},
    recipe=Recipe(learning_rate=1.2e-3, reference_width=128, protocol=LABELS_GRID_PROTOCOL),
    describe=describe,
)
