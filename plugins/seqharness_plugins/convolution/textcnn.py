"""Convolutions over a sentence (Kim 2014, "Convolutional neural networks for sentence classification").

    c_t = relu(w . [x_t, ..., x_{t+k-1}] + b)      a feature map: one filter over every window of k tokens
    z   = [max_t c_t of every filter]              the penultimate layer, to which dropout is applied

Filters come in several window sizes k, `inner` of each. As in the paper's own code, windows reach past both ends of a
row, where they find zeros; here each position has one, in the middle of it (left of it for an even k), so that a row
may be shorter than a window. For a tag the features are those of its position, before the maximum.

Two things differ from the paper. A linear layer brings the penultimate layer to the width of the harness's output
layer, which changes nothing that the two can compute together as long as there are no more labels than that width. And
the norm of the output's rows is not bounded, since that layer is the same for every model.
B rows, T positions, H width, I inner size, K window sizes.
"""

from __future__ import annotations

import re
from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field, field_validator
from torch import Tensor, nn

from seqharness.contracts import LABELS_GRID_PROTOCOL, Architecture, Config, Recipe
from seqharness.errors import NotApplicable
from seqharness.interfaces import Classify, Interface, Tag
from seqharness.modules.dropout import Dropout
from seqharness.modules.memory import valid_positions

KERNELS = re.compile(r"[1-9]\d*(-[1-9]\d*)*")


class TextCNNConfig(Config):
    """Options. The defaults are the sizes of the paper (its CNN-rand: embeddings begin at random)."""

    width: int = Field(default=300, ge=1, description="width of the embeddings, 300 as in the paper; solved for")
    inner: int = Field(
        default=100, ge=1, description="feature maps of each window size, 100 as in the paper; solved for as well"
    )
    layers: int = Field(default=1, ge=1, description="1: the model is a single layer of convolutions")
    kernels: str = Field(
        default="3-4-5", description="window sizes in tokens with hyphens between, since commas separate models"
    )

    inner_ratio: ClassVar[float] = 1 / 3

    @field_validator("layers")
    @classmethod
    def _one_layer(cls, layers: int) -> int:
        if layers != 1:
            raise ValueError("textcnn has a single layer of convolutions; convs2s stacks them")
        return layers

    @field_validator("kernels")
    @classmethod
    def _sizes(cls, kernels: str) -> str:
        if not KERNELS.fullmatch(kernels):
            raise ValueError("write window sizes of 1 or more with hyphens between, such as 3-4-5")
        return kernels

    @property
    def sizes(self) -> tuple[int, ...]:
        """The window sizes as numbers."""
        return tuple(int(size) for size in self.kernels.split("-"))


class FeatureMaps(nn.Module):
    """Tokens [B, T] -> feature maps [B, T, K I], one of each filter at every position."""

    def __init__(self, config: TextCNNConfig, embedding: nn.Module) -> None:
        super().__init__()
        self.embedding = embedding
        self.convolutions = nn.ModuleList(convolution(config, size) for size in config.sizes)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        x = self.embedding(tokens)  # [B, T, H]
        if lengths is not None:
            x = x.masked_fill(~valid_positions(lengths, x.size(1)).unsqueeze(2), 0)
        x = x.transpose(1, 2)  # [B, H, T]
        return torch.relu(torch.cat([self._slide(filters, x) for filters in self.convolutions], 1)).transpose(1, 2)

    def _slide(self, filters: nn.Module, x: Tensor) -> Tensor:
        """x [B, H, T] -> [B, I, T]"""
        (size,) = filters.kernel_size  # type: ignore[misc]
        maps: Tensor = filters(F.pad(x, ((size - 1) // 2, size // 2)))
        return maps


def convolution(config: TextCNNConfig, size: int) -> nn.Conv1d:
    """Filters of one window size: weights by He et al. 2015, so that a rectified sum keeps its variance; bias zero."""
    layer = nn.Conv1d(config.width, config.inner, size)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layer


class Tagger(nn.Module):
    """Tokens [B, T] -> features [B, T, H]."""

    def __init__(self, config: TextCNNConfig, interface: Interface) -> None:
        super().__init__()
        if isinstance(interface, Tag) and interface.causal:
            raise NotApplicable("its windows look at both sides of a position, and this task forbids to look ahead")
        self.encoder = FeatureMaps(config, interface.embedding(config.width))
        self.dropout = Dropout(config.dropout)
        self.project = nn.Linear(len(config.sizes) * config.inner, config.width)
        self.output = interface.output(config.width)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features: Tensor = self.project(self.dropout(self.encoder(tokens, lengths)))
        return features


class Classifier(Tagger):
    """Tokens [B, T] -> features [B, H], from the maximum of each map over the real positions."""

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        maps = self.encoder(tokens, lengths)  # [B, T, K I]
        if lengths is not None:  # no map is negative
            maps = maps.masked_fill(~valid_positions(lengths, maps.size(1)).unsqueeze(2), 0)
        features: Tensor = self.project(self.dropout(maps.amax(1)))
        return features


def describe(config: TextCNNConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    pooled = ", maximum over the row" if isinstance(interface, Classify) else ""
    sizes = ", ".join(map(str, config.sizes))
    return f"1 layer of convolutions over {sizes} tokens{pooled}, width {config.width}, inner {config.inner}"


ARCHITECTURE = Architecture(
    config=TextCNNConfig,
    serves={Classify: Classifier, Tag: Tagger},
    recipe=Recipe(learning_rate=3.2e-3, reference_width=128, protocol=LABELS_GRID_PROTOCOL),
    describe=describe,
)
