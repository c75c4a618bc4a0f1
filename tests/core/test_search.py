"""Greedy and beam search, against searches that are too simple to be wrong."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from seqharness.decoding.continuations import FORBIDDEN
from seqharness.decoding.search import Hypothesis, search
from seqharness.decoding.settings import Decoding
from seqharness.interfaces import BOS, EOS

VOCABULARY = 9


class Chain(nn.Module):
    """Next-token logits from the last token, the number of steps and the source: a network with nothing to learn.

    Its state is the sum of what it has read, so that a row handed the state of another goes wrong.
    """

    def __init__(self, seed: int, sharpness: float = 2.0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.table = torch.randn(VOCABULARY, 7, VOCABULARY, generator=generator, dtype=torch.float64) * sharpness
        self.rows_seen: list[int] = []

    def encode(self, source: Tensor, lengths: Tensor | None = None) -> dict[str, Tensor]:
        sizes = lengths if lengths is not None else torch.full((len(source),), source.shape[1])
        real = torch.arange(source.shape[1])[None] < sizes[:, None]
        return {"sum": (source * real).sum(1)}

    def decode(
        self, target: Tensor, memory: dict[str, Tensor], state: Any = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Any]:
        self.rows_seen.append(len(target))
        total = state["total"] if state is not None else memory["sum"]
        totals = total[:, None] + target.cumsum(1)
        return self.table[target, totals % 7], {"total": totals[:, -1]}

    def output(self, features: Tensor) -> Tensor:
        return features


def log_probabilities(network: Chain, source: Tensor, prefix: list[int]) -> Tensor:
    features, _ = network.decode(torch.tensor([[BOS, *prefix]]), network.encode(source[None]))
    found = features[0, -1].float().log_softmax(-1)
    found[FORBIDDEN] = -torch.inf
    return found


def naive_greedy(network: Chain, source: Tensor, limit: int) -> tuple[list[int], bool]:
    prefix: list[int] = []
    while len(prefix) < limit:
        token = int(log_probabilities(network, source, prefix).argmax())
        if token == EOS:
            return prefix, True
        prefix.append(token)
    return prefix, False


def best_of_all(network: Chain, source: Tensor, limit: int, penalty: float) -> Hypothesis:
    """Every sequence that ends within the limit."""
    words = [token for token in range(VOCABULARY) if token not in FORBIDDEN and token != EOS]
    best = Hypothesis((), -float("inf"), True)
    for length in range(limit):
        for tokens in itertools.product(words, repeat=length):
            total = sum(
                float(log_probabilities(network, source, list(tokens[:place]))[token])
                for place, token in enumerate([*tokens, EOS])
            )
            if total / (length + 1) ** penalty > best.score:
                best = Hypothesis(tokens, total / (length + 1) ** penalty, True)
    return best


def sources(count: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(7)
    lengths = torch.randint(1, 6, (count,), generator=generator)
    rows = torch.randint(6, VOCABULARY, (count, 5), generator=generator)
    return rows, lengths


@pytest.mark.parametrize("seed", range(5))
def test_greedy_search_takes_the_most_probable_token_of_every_row(seed: int) -> None:
    network = Chain(seed)
    rows, lengths = sources(20)
    limits = 2 * lengths + 3
    found = search(network, rows, lengths, limits, Decoding())
    for row, length, limit, hypothesis in zip(rows, lengths, limits, found, strict=True):
        tokens, finished = naive_greedy(network, row[:length], int(limit))
        assert (list(hypothesis.tokens), hypothesis.finished) == (tokens, finished)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_a_beam_as_wide_as_the_search_space_finds_the_best_of_all_sequences(seed: int, penalty: float) -> None:
    network = Chain(seed, sharpness=1.0)
    rows, lengths = sources(3)
    limits = torch.full((3,), 4)
    found = search(network, rows, lengths, limits, Decoding(beam=60, length_penalty=penalty))
    for row, length, hypothesis in zip(rows, lengths, found, strict=True):
        best = best_of_all(network, row[:length], 4, penalty)
        assert hypothesis.tokens == best.tokens
        assert hypothesis.score == pytest.approx(best.score, abs=1e-5)


def test_a_row_is_searched_alike_alone_and_in_a_batch() -> None:
    network = Chain(3)
    rows, lengths = sources(16)
    limits = lengths + 4
    together = search(network, rows, lengths, limits, Decoding(beam=3))
    for place in range(16):
        one = slice(place, place + 1)
        alone = search(network, rows[one, : lengths[place]], None, limits[one], Decoding(beam=3))
        assert alone[0].tokens == together[place].tokens
        assert alone[0].finished == together[place].finished


def test_sentences_that_are_done_leave_the_batch() -> None:
    network = Chain(1)
    rows, lengths = sources(30)
    search(network, rows, lengths, torch.full((30,), 12), Decoding(beam=2))
    assert network.rows_seen[0] == 60
    assert network.rows_seen[-1] < 60
    assert network.rows_seen == sorted(network.rows_seen, reverse=True)


def test_an_output_that_meets_its_limit_says_that_it_is_not_finished() -> None:
    network = Chain(0)
    network.table[..., EOS] = -100.0
    rows, lengths = sources(4)
    found = search(network, rows, lengths, torch.tensor([3, 4, 5, 6]), Decoding(beam=2))
    assert [len(hypothesis.tokens) for hypothesis in found] == [3, 4, 5, 6]
    assert not any(hypothesis.finished for hypothesis in found)


def test_reserved_tokens_are_never_generated() -> None:
    network = Chain(0)
    network.table[..., FORBIDDEN] = 50.0
    rows, lengths = sources(10)
    found = search(network, rows, lengths, lengths + 4, Decoding(beam=3))
    assert not any(token in FORBIDDEN for hypothesis in found for token in hypothesis.tokens)


class Remembering(Chain):
    """A chain whose logits also depend on the source, kept as it is from the first step on, and on the first token of
    the row, kept from the second step on, when the rows of a sentence differ already."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.kept: list[tuple[int, int]] = []

    def decode(
        self, target: Tensor, memory: dict[str, Tensor], state: Any = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Any]:
        if state is None:
            state = {"steps": 0, "total": torch.zeros(len(target)).long(), "source": memory["sum"]}
        state = dict(state)
        totals = state["total"][:, None] + target.cumsum(1)
        first = torch.zeros_like(target)
        if state["steps"] == 1:
            state["first"] = target[:, 0].clone()
        if state["steps"] > 0:
            first += state["first"][:, None]
            self.kept.append((id(state["source"]), len(target)))
        elif target.size(1) > 1:
            first[:, 1:] = target[:, 1:2]
        state["steps"] += 1
        state["total"] = totals[:, -1]
        return self.table[target, (totals + 3 * first + state["source"][:, None]) % 7], state


@pytest.mark.parametrize("seed", range(6))
def test_what_steps_leave_as_it_is_belongs_to_the_right_hypothesis(seed: int) -> None:
    network = Remembering(seed)
    rows, lengths = sources(4)
    found = search(network, rows, lengths, torch.full((4,), 4), Decoding(beam=64))
    for row, length, hypothesis in zip(rows, lengths.tolist(), found, strict=True):
        best = best_of_all(network, row[:length], 4, 1.0)
        assert hypothesis.tokens == best.tokens
        assert hypothesis.score == pytest.approx(best.score, rel=1e-5)


def test_what_no_step_has_changed_is_not_copied() -> None:
    network = Remembering(0)
    search(network, *sources(3), torch.full((3,), 6), Decoding(beam=2))
    by_rows = {rows: {name for name, count in network.kept if count == rows} for _, rows in network.kept}
    assert by_rows and all(len(names) == 1 for names in by_rows.values()), "one tensor as long as no sentence leaves"
