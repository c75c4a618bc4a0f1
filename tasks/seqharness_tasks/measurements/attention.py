"""Which source positions a decoder looks at while it writes (Bahdanau et al. 2015, figure 3).

No model has a flag for it: calls of `scaled_dot_product_attention` are intercepted, and the core's softmax module for
written-out attention has a hook. Weights are the mean over heads; of several layers the last is shown.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from seqharness.comparison import Findings, Map, Number
from seqharness.contracts import Trained
from seqharness.errors import NotApplicable
from seqharness.interfaces import BOS, EOS, SequenceToSequence
from seqharness.modules.attention import AttentionWeights

MAPS = 3
LONGEST, SHORTEST = 20, 5
"""Source tokens of the sentences shown."""


def measure(trained: Trained, rng: np.random.Generator) -> Findings:
    """Maps of a few test sentences, and how sharp the alignment is."""
    if not isinstance(trained.interface, SequenceToSequence):
        raise NotApplicable("it is for sequence to sequence")
    rows = trained.rows(trained.splits[0])
    lengths = rows["source"].lengths
    candidates = rng.permutation(np.flatnonzero((lengths >= SHORTEST) & (lengths <= LONGEST))).tolist()
    maps = []
    for index in candidates[: 10 * MAPS]:
        found = _map(trained, index, rows["source"][index].tolist())
        if found is not None:
            maps.append(found)
        if len(maps) == MAPS:
            break
    if not maps:
        raise NotApplicable("no maps: it has no attention over the source, or hides it")
    sharpness = [max(row) for one in maps for row in one.values]
    number = Number(
        name="sharpness",
        label="largest weight of a step, mean",
        value=float(np.mean(sharpness)),
        description="1: every step looks at one source position alone",
    )
    return Findings(numbers=[number], maps=maps)


def _map(trained: Trained, index: int, source: list[int]) -> Map | None:
    """The map of one sentence; None where there is none, or where source and output have one length, so that attention
    over the source cannot be told from attention over the output."""
    network: Any = trained.network
    (output,) = trained.generate(trained.rows(trained.splits[0]), [index])
    target = torch.tensor([[BOS, *output]], device=trained.device)
    given = torch.tensor([[*source, EOS]], device=trained.device)
    if target.size(1) == given.size(1) or not output:
        return None
    with torch.no_grad():
        memory = network.encode(given)
        with captured(network) as weights:
            network.decode(target, memory)
    found = over_source(weights, target.size(1), given.size(1))
    if found is None:
        return None
    names = [*trained.pieces("source", source), "<eos>"]
    written = [*trained.pieces("target", output), "<eos>"]
    (text,) = trained.text([output])
    return Map(title=str(text), rows=written, columns=names, values=found.tolist())


def over_source(weights: list[Tensor], target: int, source: int) -> Tensor | None:
    """Weights as they were computed -> [T, S] of the last layer, or None.

    Each is [1, heads, T, S] or [1, 1, S] of one step, whose steps follow each other.
    """
    whole = [w for w in weights if w.dim() == 4 and w.shape[-2:] == (target, source)]
    if whole:
        return whole[-1][0].mean(0)
    steps = [w.reshape(-1, source) for w in weights if w.size(-1) == source and w.numel() == source]
    if len(steps) == target:
        return torch.cat(steps)
    several = [w.reshape(target, source) for w in weights if w.shape[-2:] == (target, source) and w.dim() == 3]
    return several[-1] if several else None


@contextlib.contextmanager
def captured(network: nn.Module) -> Iterator[list[Tensor]]:
    """All attention weights computed inside, in order."""
    found: list[Tensor] = []

    def keep(module: nn.Module, inputs: Any, output: Tensor) -> None:
        found.append(output.detach())

    handles = [m.register_forward_hook(keep) for m in network.modules() if isinstance(m, AttentionWeights)]
    try:
        with _Intercepted(found):
            yield found
    finally:
        for handle in handles:
            handle.remove()


class _Intercepted(TorchFunctionMode):
    """Computes the weights of every `scaled_dot_product_attention` beside its result."""

    def __init__(self, found: list[Tensor]) -> None:
        super().__init__()
        self.found = found

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if function is F.scaled_dot_product_attention:
            self.found.append(weights_of(*args, **kwargs))
        return function(*args, **kwargs)


def weights_of(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query key^T scale + mask): [..., T, S], as `scaled_dot_product_attention` defines it."""
    scores = query @ key.transpose(-2, -1) * (query.size(-1) ** -0.5 if scale is None else scale)
    if is_causal:
        ahead = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(ahead, -torch.inf)
    if attn_mask is not None:
        scores = scores.masked_fill(~attn_mask, -torch.inf) if attn_mask.dtype == torch.bool else scores + attn_mask
    return scores.softmax(-1)
