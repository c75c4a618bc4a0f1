"""Texts drawn from a language model, token by token, at temperature 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from seqharness.comparison import Findings
from seqharness.contracts import Trained
from seqharness.errors import NotApplicable
from seqharness.interfaces import BOS, EOS, RESERVED, CausalLM

TEXTS = 5
LONGEST = 60


def measure(trained: Trained, rng: np.random.Generator) -> Findings:
    """A few texts; one that met the limit ends in ' ...'."""
    network: Any = trained.network
    if not isinstance(trained.interface, CausalLM):
        raise NotApplicable("it is for causal language models")
    limit = min(LONGEST, trained.interface.max_length - 1)
    texts = []
    for _ in range(TEXTS):
        ids, ended = _draw(network, limit, rng, trained.device)
        (text,) = trained.text([ids])
        texts.append(str(text) if ended else f"{text} ...")
    return Findings(texts=texts)


@torch.no_grad()
def _draw(network: Any, limit: int, rng: np.random.Generator, device: Any) -> tuple[list[int], bool]:
    """Ids up to EOS, and whether it came before the limit."""
    memory = network.encode(torch.tensor([[BOS]], device=device)) if hasattr(network, "encode") else None
    token, state = BOS, None
    ids: list[int] = []
    while len(ids) < limit:
        given = torch.tensor([[token]], device=device)
        features, state = network(given, None, state) if memory is None else network.decode(given, memory, state)
        logits = network.output(features[:, -1])[0].double()
        logits[[other for other in range(len(RESERVED)) if other != EOS]] = -torch.inf
        probabilities = logits.softmax(-1).cpu().numpy()
        token = int(rng.choice(len(probabilities), p=probabilities / probabilities.sum()))
        if token == EOS:
            return ids, True
        ids.append(token)
    return ids, False
