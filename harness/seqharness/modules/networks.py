"""Networks for the interfaces, put together from an encoder and a decoder; `adapters` builds them.

An encoder is called as `(tokens [B, S], lengths) -> Memory`, a decoder as `(target [B, T], memory or None, state,
lengths) -> features [B, T, H], state`. B rows, T target or input positions, S positions of the source, H width.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..interfaces import PAD, SEP
from .memory import Memory, last_of_rows


class Pooled(nn.Module):
    """Encoder -> Classify: the summary [B, H] of each row."""

    def __init__(self, encoder: nn.Module, output: nn.Module) -> None:
        super().__init__()
        self.encoder, self.output = encoder, output

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        memory: Memory = self.encoder(tokens, lengths)
        return memory.summary  # [B, H]


class PerPosition(nn.Module):
    """Encoder -> Tag or MaskedLM: the features [B, T, H] of each position, which has seen both sides."""

    def __init__(self, encoder: nn.Module, output: nn.Module) -> None:
        super().__init__()
        self.encoder, self.output = encoder, output

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        memory: Memory = self.encoder(tokens, lengths)
        return memory.features  # [B, T, H]


class CausalPerPosition(nn.Module):
    """Decoder -> Tag: the features [B, T, H] of each position, which has seen the past only."""

    def __init__(self, decoder: nn.Module, output: nn.Module) -> None:
        super().__init__()
        self.decoder, self.output = decoder, output

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features: Tensor = self.decoder(tokens, None, None, lengths)[0]
        return features  # [B, T, H]


class LastPosition(CausalPerPosition):
    """Decoder -> Classify: the features [B, H] of each row's last real position, which alone has seen all of it."""

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return last_of_rows(super().forward(tokens, lengths), lengths)


class LanguageModel(nn.Module):
    """Decoder -> CausalLM."""

    def __init__(self, decoder: nn.Module, output: nn.Module) -> None:
        super().__init__()
        self.decoder, self.output = decoder, output

    def forward(self, tokens: Tensor, lengths: Tensor | None = None, state: Any = None) -> tuple[Tensor, Any]:
        features, state = self.decoder(tokens, None, state, lengths)
        return features, state  # [B, T, H]


class EncoderDecoder(nn.Module):
    """Encoder and decoder -> SequenceToSequence, or CausalLM with the context in the encoder: the memory is all that
    passes between them."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, output: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder, self.output = encoder, decoder, output

    def encode(self, source: Tensor, lengths: Tensor | None = None) -> Memory:
        memory: Memory = self.encoder(source, lengths)
        return memory

    def decode(
        self, target: Tensor, memory: Memory, state: Any = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Any]:
        features, state = self.decoder(target, memory, state, lengths)
        return features, state  # [B, T, H]


class GeneratedLabel(nn.Module):
    """Encoder and decoder -> Classify: the encoder reads the row, and the features [B, H] are those of the decoder's
    first step, which begins from a learned vector (`StartVector` is its embedding)."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, output: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder, self.output = encoder, decoder, output

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        memory: Memory = self.encoder(tokens, lengths)
        start = torch.zeros(tokens.size(0), 1, dtype=torch.long, device=tokens.device)
        features: Tensor = self.decoder(start, memory)[0]  # [B, 1, H]
        return features[:, 0]


class StartVector(nn.Module):
    """Any tokens [B, T] -> one learned vector [B, T, width], begun and scaled as those of tokens are."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = width**0.5
        self.weight = nn.Parameter(torch.empty(1, width))
        nn.init.normal_(self.weight, std=width**-0.5)

    def forward(self, tokens: Tensor) -> Tensor:
        x: Tensor = self.weight * self.scale
        return x.expand(*tokens.shape, -1)


class PairPerPosition(nn.Module):
    """Encoder and decoder -> Tag: both read the same row, and the features [B, T, H] are the decoder's, which sees
    both sides through the memory (Lewis et al. 2020, https://arxiv.org/abs/1910.13461, section 3.2)."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, output: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder, self.output = encoder, decoder, output

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        memory: Memory = self.encoder(tokens, lengths)
        features: Tensor = self.decoder(tokens, memory, None, lengths)[0]
        return features  # [B, T, H]


class Prefix(nn.Module):
    """Decoder -> SequenceToSequence: one language model over source, SEP, target. The memory is its state after SEP,
    which it keeps for each row's own length, so that padding of the source reaches nothing."""

    def __init__(self, decoder: nn.Module, output: nn.Module) -> None:
        super().__init__()
        self.decoder, self.output = decoder, output

    def encode(self, source: Tensor, lengths: Tensor | None = None) -> Any:
        tokens = nn.functional.pad(source, (0, 1), value=SEP if lengths is None else PAD)  # [B, S + 1]
        if lengths is not None:
            tokens = tokens.scatter(1, lengths.unsqueeze(1), SEP)
            lengths = lengths + 1
        return self.decoder(tokens, None, None, lengths)[1]

    def decode(
        self, target: Tensor, memory: Any, state: Any = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Any]:
        features, state = self.decoder(target, None, memory if state is None else state, lengths)
        return features, state  # [B, T, H]
