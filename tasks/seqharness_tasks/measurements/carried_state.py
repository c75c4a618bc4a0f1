"""Perplexity of a text read as one stream, with the state carried on from window to window.

For models whose state does not grow: a recurrent network then has the whole text as its context. It is another number
than the table's, whose windows are the same for every model, and never stands in one column with it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from seqharness.comparison import Findings, Number
from seqharness.contracts import Trained
from seqharness.errors import NotApplicable
from seqharness.interfaces import BOS, CausalLM
from seqharness.modules.rows import count_bytes

LONGEST = 100_000
"""Tokens of the stream that are scored."""


def measure(trained: Trained, rng: np.random.Generator) -> Findings:
    """One number, with how many tokens it is over."""
    network: Any = trained.network
    if not isinstance(trained.interface, CausalLM) or hasattr(network, "encode"):
        raise NotApplicable("it is for causal language models with a state")
    if "scored" not in trained.rows(trained.splits[0]):
        raise NotApplicable("the test split is separate texts, not one that goes on from row to row")
    if not has_fixed_state(network, trained.device):
        raise NotApplicable("its state grows with the text, so that it cannot be carried without end")
    stream = _stream(trained)
    losses = stream_losses(network, stream, trained.interface.max_length, trained.device)
    number = Number(
        name="carried perplexity",
        label="perplexity per token, state carried",
        value=math.exp(float(losses.mean())),
        decimals=2,
        description=f"over the first {len(losses):,} tokens of the test split, read as one stream",
    )
    return Findings(numbers=[number])


@torch.no_grad()
def has_fixed_state(network: Any, device: Any) -> bool:
    """Whether the state after two tokens is as large as after one."""
    token = torch.tensor([[BOS]], device=device)
    _, once = network(token)
    _, twice = network(token, None, once)
    return count_bytes(once) == count_bytes(twice)


@torch.no_grad()
def stream_losses(network: Any, stream: list[int], window: int, device: Any) -> torch.Tensor:
    """[len(stream)]: the loss in nats of each token after all before it (BOS first), read in windows."""
    inputs = torch.tensor([[BOS, *stream[:-1]]], device=device)
    targets = torch.tensor(stream, device=device)
    state, found = None, []
    for start in range(0, len(stream), window):
        features, state = network(inputs[:, start : start + window], None, state)
        logits = network.output(features[0]).float()
        found.append(F.cross_entropy(logits, targets[start : start + window], reduction="none"))
    return torch.cat(found)


def _stream(trained: Trained) -> list[int]:
    """The scored tokens of the test rows, one after the other."""
    rows = trained.rows(trained.splits[0])
    tokens, stream = rows["tokens"], []
    for index in range(len(tokens)):
        row = tokens[index].tolist()
        if "scored" in rows:
            row = [token for token, counts in zip(row, rows["scored"][index].tolist(), strict=False) if counts]
        stream += row
        if len(stream) >= LONGEST:
            break
    if len(stream) < 2:
        raise NotApplicable("the test split has no text")
    return stream[:LONGEST]
