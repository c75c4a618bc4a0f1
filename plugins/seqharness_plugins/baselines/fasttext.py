"""fastText (Joulin et al. 2017, "Bag of tricks for efficient text classification",
https://aclanthology.org/E17-2068/): the mean of the embeddings of a row's tokens and n-grams, classified linearly.

N-grams share a table of `inner` vectors by hashing (Weinberger et al. 2009, https://arxiv.org/abs/0902.2206), so two of
them may get the same one. It knows the order within an n-gram and none beyond: what another network gains over it, it
gains by structure. Tokens are embedded by the interface's own layer, as for every network.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from seqharness.contracts import Architecture, Config, Recipe
from seqharness.errors import NotApplicable
from seqharness.interfaces import PAD, Classify, Interface
from seqharness.modules.dropout import Dropout
from seqharness.modules.memory import valid_positions
from seqharness.modules.shared import TokenEmbedding

MULTIPLIER = 116_049_371
"""Of the hash, as in the authors' program."""

PRIME = 2**31 - 1
"""The hash is taken modulo this, so that no product leaves 64 bits."""


class FastTextConfig(Config):
    """Options. Nothing lies between the mean and the classifier unless `layers` asks for it."""

    width: int = Field(default=64, ge=1, description="width H of every vector; solved for when a size is asked for")
    inner: int = Field(
        default=8192, ge=1, description="vectors that the n-grams share by hashing; solved for when a size is asked for"
    )
    ngrams: int = Field(default=2, ge=2, le=8, description="longest n-grams; bigrams as in the paper's tables")
    layers: int = Field(
        default=0, ge=0, description="hidden layers on the mean (Iyyer et al. 2015); the paper has none and needs none"
    )

    inner_ratio: ClassVar[float] = 128.0  # most numbers are in the n-grams' table, as in the paper


class FastText(nn.Module):
    """Tokens [B, T] -> features [B, H]."""

    def __init__(self, config: FastTextConfig, interface: Classify) -> None:
        super().__init__()
        if interface.features:
            raise NotApplicable("it embeds tokens and their n-grams, and the inputs here are real numbers")
        self.ngrams = config.ngrams
        self.embedding = interface.embedding(config.width)
        self.ngram_embedding = TokenEmbedding(config.inner + 1, config.width)  # and PAD, where there is no n-gram
        self.dropout = Dropout(config.dropout)
        self.layers = nn.ModuleList(nn.Linear(config.width, config.width) for _ in range(config.layers))
        self.output = interface.output(config.width)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        if lengths is None:
            lengths = torch.full((tokens.size(0),), tokens.size(1), device=tokens.device)
        tokens = tokens.masked_fill(~valid_positions(lengths, tokens.size(1)), PAD)  # embedded as zero
        total = self.embedding(tokens).sum(1)  # [B, H]
        count = lengths.clone()
        hashes = torch.zeros_like(tokens)
        for size in range(1, min(self.ngrams, tokens.size(1)) + 1):
            hashes = extend(hashes, tokens, size)  # [B, T - size + 1]
            if size == 1:
                continue
            there = (lengths - size + 1).clamp(min=0)  # [B]: n-grams of this size
            buckets = 1 + hashes % (self.ngram_embedding.weight.size(0) - 1)
            buckets = buckets.masked_fill(~valid_positions(there, buckets.size(1)), PAD)
            total = total + self.ngram_embedding(buckets).sum(1)
            count = count + there
        x: Tensor = self.dropout(total / count.clamp(min=1).unsqueeze(1))
        for layer in self.layers:
            x = self.dropout(layer(x).relu())
        return x  # [B, H]


def extend(hashes: Tensor, tokens: Tensor, size: int) -> Tensor:
    """Hashes [B, T - size + 2] of the n-grams that begin at each position, one token longer: [B, T - size + 1]."""
    longer = hashes[:, : tokens.size(1) - size + 1] * MULTIPLIER + tokens[:, size - 1 :]
    following: Tensor = longer % PRIME
    return following


def describe(config: FastTextConfig, interface: Interface) -> str:
    """What the name resolved to, in one line."""
    hidden = f", {config.layers} hidden layers" if config.layers else ""
    return (
        f"mean of token and {'bigram' if config.ngrams == 2 else f'2- to {config.ngrams}-gram'} embeddings, width "
        f"{config.width}, {config.inner} n-gram vectors{hidden}"
    )


ARCHITECTURE = Architecture(
    config=FastTextConfig,
    serves={Classify: FastText},
    recipe=Recipe(
        learning_rate=5e-3,
        reference_width=74,
        protocol="learning rate: the best of 1e-3, 2.5e-3, 5e-3, 1e-2 and 2e-2 by validation accuracy on SST-2 "
        "(sentences, 4 passes, 1M parameters of width 74, one seed)",
    ),
    describe=describe,
)
