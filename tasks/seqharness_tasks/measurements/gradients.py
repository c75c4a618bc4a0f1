"""Vanishing and exploding gradients (Bengio et al. 1994; Pascanu et al. 2013, https://arxiv.org/abs/1211.5063).

The norm of the gradient of the loss at the last scored step with respect to the embedded input d positions before it,
for d >= 1, relative to d = 1 (relative to d = 0 every residual model seems to vanish, because the input of a step
reaches its own loss directly). At initialisation and after training; the slope of the log norm per step is the number.

Only along a direction of reading is there such a distance. For sequence to sequence it runs back along the decoder
and, where the encoder reads in one direction only, on through the source; models that read from both sides are not
applicable on the other interfaces.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from seqharness.comparison import Figure, Findings, Line, Number
from seqharness.contracts import Trained
from seqharness.errors import NotApplicable
from seqharness.interfaces import CausalLM, MaskedLM, SequenceToSequence
from seqharness.modules.shared import Projection, TokenEmbedding

Array = npt.NDArray[np.float64]

EXAMPLES = 64
"""The longest of the test split."""

LEAST_ROWS = 8
"""Rows that must have a distance for it to be drawn."""


def measure(trained: Trained, rng: np.random.Generator) -> Findings:
    """The curves of the network as it began and as it is, and the slope of each."""
    if isinstance(trained.interface, MaskedLM):
        raise NotApplicable("a masked language model reads from both sides: there is no distance to travel")
    rows = trained.rows(trained.splits[0])
    field = "target" if isinstance(trained.interface, SequenceToSequence) else "tokens"
    lengths = rows[field].lengths
    indices = np.argsort(-lengths, kind="stable")[:EXAMPLES].tolist()
    batch = trained.batch(rows, indices)
    lines, numbers = [], []
    for label, network in (("at initialisation", trained.initial()), ("after training", trained.network)):
        curve = relative_norms(norms_of(trained, network, batch))
        if len(curve) < 2:
            raise NotApplicable("no gradient of the last step reaches an input more than one step before it")
        lines.append(Line(label=label, x=[float(d) for d in range(1, len(curve) + 1)], y=curve.tolist()))
        numbers.append(
            Number(
                name=f"slope {label}",
                label=f"log gradient norm per step, {label}",
                value=slope(curve),
                description="below 0: gradients vanish with distance; above 0: they explode",
            )
        )
    figure = Figure(
        name="gradients",
        title="Gradient of the last loss over the distance to the input, relative to distance 1",
        x_label="distance d in steps",
        y_label="relative norm",
        log_y=True,
        lines=lines,
    )
    return Findings(numbers=numbers, figures=[figure])


def norms_of(trained: Trained, network: nn.Module, batch: Any) -> list[Array]:
    """For each row, the norms of the gradient from the last position (distance 0) back to the first."""
    with _embedded(network) as found, _without_cudnn():
        scored = trained.scored(network, batch)
        losses = trained.position_losses(network, scored)
        last = torch.cat([scored.rows[1:] != scored.rows[:-1], scored.rows.new_ones(1, dtype=torch.bool)])
        gradients = torch.autograd.grad(losses[last].sum(), found, allow_unused=True)
    parts = [
        torch.zeros(x.shape[:2]) if gradient is None else gradient.detach().norm(dim=-1).cpu()
        for x, gradient in zip(found, gradients, strict=True)
    ]  # [B, T] each, in the order they were read
    ends = _last_positions(trained, batch, scored)
    if isinstance(trained.interface, SequenceToSequence):
        source, target = parts[0], parts[-1]
        chains = [target[b, : end + 1].flip(0) for b, end in enumerate(ends)]
        if _reads_one_way(network, batch["source"]):
            source_lengths = batch["every_source"].tolist()
            chains = [
                torch.cat([c, source[b, :n].flip(0)])
                for b, (c, n) in enumerate(zip(chains, source_lengths, strict=True))
            ]
    else:
        if not _causal(trained, network, batch):
            raise NotApplicable("it reads from both sides: there is no distance that a gradient must travel")
        chains = [parts[0][b, : end + 1].flip(0) for b, end in enumerate(ends)]
    return [chain.double().numpy() for chain in chains]


def relative_norms(norms: list[Array]) -> Array:
    """Norms of each row from distance 0 on -> [D]: the geometric mean over rows of the norm at d = 1 ... D, relative to
    that at d = 1, as far as LEAST_ROWS rows (or all, if there are fewer) reach and have a gradient."""
    usable = [row[1:] / row[1] for row in norms if len(row) > 2 and row[1] > 0]
    curve = []
    for distance in range(max((len(row) for row in usable), default=0)):
        values = [row[distance] for row in usable if len(row) > distance]
        positive = [value for value in values if value > 0 and np.isfinite(value)]
        if len(values) < min(LEAST_ROWS, len(usable)) or len(positive) < len(values) / 2:
            break
        curve.append(float(np.exp(np.mean(np.log(positive)))))
    return np.array(curve)


def slope(curve: Array) -> float:
    """Of a least-squares line through log(curve) over the distance."""
    return float(np.polyfit(np.arange(len(curve)), np.log(curve), 1)[0])


@contextlib.contextmanager
def _embedded(network: nn.Module) -> Iterator[list[Tensor]]:
    """What the embeddings give, in the order of the calls, each a tensor that gradients can be taken of."""
    found: list[Tensor] = []

    def keep(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        kept = output.detach().requires_grad_()
        found.append(kept)
        return kept

    embeddings = [module for module in network.modules() if isinstance(module, TokenEmbedding | Projection)]
    handles = [module.register_forward_hook(keep) for module in embeddings]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def _last_positions(trained: Trained, batch: Any, scored: Any) -> list[int]:
    """The input position at which each row's last loss arises."""
    if isinstance(trained.interface, SequenceToSequence):
        return [int(real.sum()) - 1 for real in batch["real"]]
    if isinstance(trained.interface, CausalLM):
        counts: Tensor = batch["counts"]
        return [int(row.nonzero()[-1]) for row in counts]
    lengths = batch.lengths("tokens")
    size = batch["tokens"].size(1)
    ends = [size - 1] * len(batch["tokens"]) if lengths is None else [int(n) - 1 for n in lengths]
    if "tags" not in batch.tensors:
        return ends
    return [
        int((row >= 0).nonzero()[-1]) if bool((row >= 0).any()) else end
        for row, end in zip(batch["tags"], ends, strict=True)
    ]


def _causal(trained: Trained, network: nn.Module, batch: Any) -> bool:
    """Whether no position of the network's encoder sees a later one; networks without an encoder read from the left."""
    if isinstance(trained.interface, CausalLM):
        return not hasattr(network, "encode")
    return not hasattr(network, "encoder") or _reads_one_way(network, batch["tokens"])


@torch.no_grad()
def _reads_one_way(network: nn.Module, tokens: Tensor) -> bool:
    """Whether the features that the encoder gives the first position stay as they are when the last token changes."""
    encoder = getattr(network, "encoder", None)
    if encoder is None or tokens.size(1) < 2:
        return False
    whole = tokens[:1]
    changed = whole.clone()
    changed[:, -1] = whole[:, 0] if bool((whole[:, 0] != whole[:, -1]).any()) else whole[:, 0] + 1
    first, second = (encoder(rows).features[:, 0] for rows in (whole, changed))
    return torch.equal(first, second)


@contextlib.contextmanager
def _without_cudnn() -> Iterator[None]:
    """cuDNN's recurrent layers have no gradient in evaluation mode."""
    with torch.backends.cudnn.flags(enabled=False):
        yield
