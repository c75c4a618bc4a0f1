"""The baseline of training.py: the four families in plain torch, and the plain loop around them.

Random batches, padded to their longest row and made beforehand, so that their cost is not held against the loop;
forward, cross-entropy that ignores padding, backward, fused AdamW, all in float32; no dropout, smoothing or clipping.
"""

from __future__ import annotations

import itertools
import math
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from families import VOCABULARY, Family
from flops import counted
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seqharness.data.rows import Rows
from seqharness.interfaces import BOS, EOS, PAD

BATCHES = 200
"""Made beforehand."""

warnings.filterwarnings("ignore", message="enable_nested_tensor", category=UserWarning)


class RecurrentLM(nn.Module):
    """An LSTM language model with tied embeddings."""

    def __init__(self, width: int, inner: int, layers: int) -> None:
        super().__init__()
        self.embedding = embedding(width)
        self.recurrent = nn.LSTM(width, inner, layers, batch_first=True)
        self.output = tied_output(self.embedding)

    def forward(self, tokens: Tensor) -> Tensor:
        hidden, _ = self.recurrent(self.embedding(tokens))
        return self.output(hidden)  # [B, T, V]


class DecoderOnly(nn.Module):
    """torch's Transformer layers behind a causal mask."""

    def __init__(self, width: int, inner: int, heads: int, layers: int) -> None:
        super().__init__()
        self.embedding = embedding(width)
        layer = nn.TransformerEncoderLayer(width, heads, inner, 0.0, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, nn.LayerNorm(width), enable_nested_tensor=False)
        self.output = tied_output(self.embedding)
        self.register_buffer("positions", sinusoids(width))

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens) * math.sqrt(self.embedding.embedding_dim) + self.positions[: tokens.size(1)]
        mask = nn.Transformer.generate_square_subsequent_mask(tokens.size(1))
        return self.output(self.layers(x, mask, is_causal=True))  # [B, T, V]


class EncoderDecoder(nn.Module):
    """torch's nn.Transformer; one matrix for both embeddings and the output."""

    def __init__(self, width: int, inner: int, heads: int, layers: int) -> None:
        super().__init__()
        self.embedding = embedding(width)
        self.transformer = nn.Transformer(
            width, heads, layers, layers, inner, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.output = tied_output(self.embedding)
        self.register_buffer("positions", sinusoids(width))

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        padding = source == PAD
        features = self.transformer(
            self.embed(source),
            self.embed(target),
            tgt_mask=nn.Transformer.generate_square_subsequent_mask(target.size(1)),
            src_key_padding_mask=padding,
            memory_key_padding_mask=padding,
            tgt_is_causal=True,
        )
        return self.output(features)  # [B, T, V]

    def embed(self, tokens: Tensor) -> Tensor:
        return self.embedding(tokens) * math.sqrt(self.embedding.embedding_dim) + self.positions[: tokens.size(1)]


class Bahdanau(nn.Module):
    """A GRU that reads from both sides, and one that attends to it (Bahdanau et al. 2015) step by step."""

    def __init__(self, width: int, inner: int, layers: int) -> None:
        super().__init__()
        self.embedding = embedding(width)
        self.encoder = nn.GRU(width, inner, layers, batch_first=True, bidirectional=True)
        self.project = nn.Linear(2 * inner, width)
        self.begin = nn.Linear(width, inner)
        self.query = nn.Linear(inner, width, bias=False)
        self.key = nn.Linear(width, width)
        self.energy = nn.Linear(width, 1, bias=False)
        self.cell = nn.GRUCell(2 * width, inner)
        self.combine = nn.Linear(inner + 2 * width, width)
        self.output = tied_output(self.embedding)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        lengths = (source != PAD).sum(1)
        packed = pack_padded_sequence(self.embedding(source), lengths.cpu(), batch_first=True, enforce_sorted=False)
        hidden, final = self.encoder(packed)
        memory = self.project(pad_packed_sequence(hidden, batch_first=True)[0])  # [B, S, H]
        state = torch.tanh(self.begin(self.project(torch.cat([final[-2], final[-1]], 1))))  # [B, I]
        keys, padding = self.key(memory), (source == PAD)
        features = []
        for x in self.embedding(target).unbind(1):  # [B, H]
            scores = self.energy(torch.tanh(self.query(state).unsqueeze(1) + keys)).squeeze(2)  # [B, S]
            weights = scores.masked_fill(padding, -torch.inf).softmax(1)
            context = (weights.unsqueeze(1) @ memory).squeeze(1)
            state = self.cell(torch.cat([x, context], 1), state)
            features.append(torch.tanh(self.combine(torch.cat([state, context, x], 1))))
        return self.output(torch.stack(features, 1))  # [B, T, V]


MODELS: dict[str, Callable[..., nn.Module]] = {
    "lstm": RecurrentLM,
    "decoder-only": DecoderOnly,
    "encoder-decoder": EncoderDecoder,
    "bahdanau": Bahdanau,
}


def embedding(width: int) -> nn.Embedding:
    """Rows of variance 1 / width, so that the tied output begins with logits of variance 1."""
    layer = nn.Embedding(VOCABULARY, width, padding_idx=PAD)
    nn.init.normal_(layer.weight, std=width**-0.5)
    return layer


def tied_output(layer: nn.Embedding) -> nn.Linear:
    """The output layer that shares the embedding's matrix."""
    output = nn.Linear(layer.embedding_dim, layer.num_embeddings)
    output.weight = layer.weight
    return output


def sinusoids(width: int, positions: int = 256) -> Tensor:
    """[positions, width] as in Vaswani et al. 2017."""
    angles = torch.arange(positions)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(10_000) / width))
    return torch.stack([angles.sin(), angles.cos()], 2).flatten(1)


class BareLoop:
    """A network of a family and its endless padded random batches."""

    def __init__(self, family: Family, rows: dict[str, Rows]) -> None:
        torch.manual_seed(0)
        self.network = MODELS[family.name](**family.sizes)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=1e-4, fused=True)
        self.batches: Iterator[tuple[list[Tensor], Tensor, int]] = itertools.cycle(padded_batches(family, rows))
        self.family, self.rows = family, rows

    @property
    def parameters(self) -> int:
        """Of the network; shared ones count once."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    def measure(self, seconds: float) -> dict[str, float]:
        """Train for some seconds. tokens: real ones, as `padded_batches` counts them."""
        tokens, begin = 0, time.perf_counter()
        while time.perf_counter() - begin < seconds:
            inputs, targets, real = next(self.batches)
            loss = F.cross_entropy(self.network(*inputs).flatten(0, 1), targets.flatten(), ignore_index=PAD)
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            tokens += real
        return {"tokens": tokens, "seconds": time.perf_counter() - begin}

    def flops_per_token(self) -> float:
        """Training FLOPs (forward x 3) of a real token in the row nearest to the mean length, without padding."""
        tokens = sum(one.lengths for one in self.rows.values())
        inputs, _, real = padded_batch(self.rows, abs(tokens - tokens.mean()).argmin().reshape(1))
        return 3 * counted(lambda: self.network(*inputs)) / real


def padded_batches(family: Family, rows: dict[str, Rows]) -> list[tuple[list[Tensor], Tensor, int]]:
    """Random batches."""
    rng = np.random.default_rng(0)
    size = min(len(one) for one in rows.values())
    return [padded_batch(rows, rng.integers(0, size, family.rows)) for _ in range(BATCHES)]


def padded_batch(rows: dict[str, Rows], chosen: np.ndarray) -> tuple[list[Tensor], Tensor, int]:
    """(inputs, targets, real tokens). Real tokens are what the project's engine counts: those of the source and the EOS
    behind them, those of the target and the EOS behind them."""
    target = rows["target" if "target" in rows else "tokens"]
    values, lengths = target.padded(chosen, PAD, before=BOS)
    inputs, real = [as_tensor(values)], int(lengths.sum())
    if "source" in rows:
        values, lengths = rows["source"].padded(chosen, PAD, after=EOS)
        inputs, real = [as_tensor(values), *inputs], real + int(lengths.sum())
    return inputs, as_tensor(target.padded(chosen, PAD, after=EOS)[0]), real


def as_tensor(values: np.ndarray) -> Tensor:
    """Token ids [B, T] as int64."""
    return torch.from_numpy(values).long()
