"""Greedy and beam search over any sequence-to-sequence network.

The search keeps K hypotheses a sentence in rows next to each other. Each step feeds the last token of every row with
the state of the step before, and then reorders the rows of the state by the hypotheses they continue. A sentence leaves
the batch as soon as it has K finished hypotheses or has met its limit. The network sees none of this.

What no step has changed since the first one, as the keys of the source, is the same in all rows of a sentence, and is
not reordered.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ..interfaces import BOS, EOS
from ..modules.rows import map_tensors, repeat_rows, take_rows, tensors
from .continuations import continuations
from .settings import Decoding


class Hypothesis(NamedTuple):
    """tokens: ids without BOS and EOS. score: log-probability / length ** penalty, 0 of a greedy search, which ranks
    nothing. finished: ended by EOS."""

    tokens: tuple[int, ...]
    score: float
    finished: bool


class _Beam(NamedTuple):
    """The sentences still searched, A of them with K hypotheses each.

    sentences [A], limits [A], tokens [A, K, t] (BOS first), scores [A, K], and memory and state of A * K rows.
    still: tensors of the state that are those of the first step.
    """

    sentences: Tensor
    limits: Tensor
    tokens: Tensor
    scores: Tensor
    memory: Any
    state: Any
    still: tuple[Tensor, ...]


@torch.no_grad()
def search(
    network: nn.Module, source: Tensor, lengths: Tensor | None, limits: Tensor, decoding: Decoding
) -> list[Hypothesis]:
    """The best hypothesis for each of B sources. source [B, S], lengths [B] or None, limits [B] (EOS included).

    Where no hypothesis ended before its limit, the best unfinished one is returned and says so.
    """
    size, width = len(source), decoding.beam
    found: list[list[Hypothesis]] = [[] for _ in range(size)]
    memory = network.encode(source, lengths)  # type: ignore[operator]
    scores = torch.full((size, width), -torch.inf, device=source.device)
    scores[:, 0] = 0.0
    beam = _Beam(
        torch.arange(size, device=source.device),
        limits,
        torch.full((size, width, 1), BOS, dtype=torch.long, device=source.device),
        scores,
        repeat_rows(memory, width) if width > 1 else memory,
        None,
        (),
    )
    while len(beam.sentences):
        beam = _leave(_step(network, beam, found, decoding), found, decoding)
    return [max(hypotheses, key=lambda hypothesis: hypothesis[2:] + hypothesis[1:2]) for hypotheses in found]


def _step(network: nn.Module, beam: _Beam, found: list[list[Hypothesis]], decoding: Decoding) -> _Beam:
    """Continue every hypothesis by one token; those that end by EOS among the best K move to `found`."""
    alive, width, _ = beam.tokens.shape
    features, state = network.decode(  # type: ignore[operator]
        beam.tokens[:, :, -1].reshape(-1, 1), beam.memory, beam.state
    )
    best, parents, tokens = continuations(network.output(features[:, -1]).float(), beam.scores)  # type: ignore[operator]
    ends = tokens == EOS
    _collect(beam, found, best, parents, ends, decoding)
    rank = torch.where(ends, torch.inf, torch.arange(best.shape[1], device=best.device, dtype=torch.float32))
    going = rank.topk(width, dim=1, largest=False, sorted=True).indices  # [A, K]: the best that did not end
    parents, tokens = parents.gather(1, going), tokens.gather(1, going)
    scores = best.gather(1, going).masked_fill(ends.gather(1, going), -torch.inf)
    history = beam.tokens.gather(1, parents[:, :, None].expand(-1, -1, beam.tokens.shape[2]))
    rows = (torch.arange(alive, device=best.device)[:, None] * width + parents).view(-1)
    if beam.state is None:
        still = tuple(tensors(state))  # all rows of a sentence were given the same
    else:
        still = tuple(leaf for leaf in tensors(state) if any(leaf is other for other in beam.still))
    if width > 1:
        state = map_tensors(
            lambda leaf: leaf if any(leaf is other for other in still) else leaf.index_select(0, rows), state
        )
    return beam._replace(
        tokens=torch.cat([history, tokens[:, :, None]], dim=2), scores=scores, state=state, still=still
    )


def _collect(
    beam: _Beam, found: list[list[Hypothesis]], best: Tensor, parents: Tensor, ends: Tensor, decoding: Decoding
) -> None:
    """Keep the hypotheses that ended: only those ranked among the first K, as they push nothing better out."""
    width = beam.tokens.shape[1]
    length = beam.tokens.shape[2]  # tokens after BOS, with this EOS
    ended = (ends[:, :width] & best[:, :width].isfinite()).nonzero().tolist()
    if not ended:
        return
    sentences = beam.sentences.tolist()
    for row, rank in ended:
        if len(found[sentences[row]]) < width:
            tokens = tuple(beam.tokens[row, int(parents[row, rank]), 1:].tolist())
            found[sentences[row]].append(Hypothesis(tokens, _ranked(best[row, rank], length, decoding), True))


def _leave(beam: _Beam, found: list[list[Hypothesis]], decoding: Decoding) -> _Beam:
    """Drop the sentences that are done; one at its limit without any finished hypothesis leaves its best as it is."""
    width, length = beam.tokens.shape[1], beam.tokens.shape[2] - 1
    sentences = beam.sentences.tolist()
    dead = ~beam.scores[:, 0].isfinite()
    limited = ((beam.limits <= length) | dead).tolist()
    keep = []
    for row, sentence in enumerate(sentences):
        if limited[row] and not found[sentence]:
            score = _ranked(beam.scores[row, 0], max(1, length), decoding)
            found[sentence].append(Hypothesis(tuple(beam.tokens[row, 0, 1:].tolist()), score, False))
        elif not limited[row] and len(found[sentence]) < width:
            keep.append(row)
    if len(keep) == len(sentences):
        return beam
    kept = torch.tensor(keep, dtype=torch.long, device=beam.tokens.device)
    rows = (kept[:, None] * width + torch.arange(width, device=kept.device)).view(-1)
    taken = {id(leaf): leaf.index_select(0, rows) for leaf in tensors(beam.state)}
    return _Beam(
        beam.sentences[kept],
        beam.limits[kept],
        beam.tokens[kept],
        beam.scores[kept],
        take_rows(beam.memory, rows),
        map_tensors(lambda leaf: taken[id(leaf)], beam.state),
        tuple(taken[id(leaf)] for leaf in beam.still),
    )


def _ranked(score: Tensor, length: int, decoding: Decoding) -> float:
    return float(score) / length**decoding.length_penalty if decoding.beam > 1 else 0.0
