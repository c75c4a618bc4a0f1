"""The best continuations against a sort of everything."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from seqharness.decoding.continuations import BLOCK, FORBIDDEN, block_maxima, continuations, largest


@given(
    alive=st.integers(1, 4),
    width=st.integers(1, 5),
    size=st.integers(7, 12 * BLOCK),
    dead=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_the_continuations_are_the_best_of_all(alive: int, width: int, size: int, dead: bool, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = 5 * torch.randn(alive * width, size, generator=generator)
    scores = -10 * torch.rand(alive, width, generator=generator)
    if dead and width > 1:
        scores[0, -1] = -torch.inf
    every = logits.double() if width == 1 else logits.double().log_softmax(1)
    every[:, FORBIDDEN] = -torch.inf
    scores = scores if width > 1 else torch.zeros_like(scores)
    every = (scores.double()[:, :, None] + every.view(alive, width, size)).flatten(1)
    count = 2 * width if width > 1 else 1
    expected = every.topk(count, dim=1)
    best, parents, tokens = continuations(logits.clone(), scores)
    assert best.shape == parents.shape == tokens.shape == (alive, count)
    torch.testing.assert_close(best, expected.values.float(), rtol=1e-5, atol=1e-4)
    real = best.isfinite()
    assert torch.equal((parents * size + tokens)[real], expected.indices[real])
    assert not torch.isin(tokens[real], FORBIDDEN).any()


@given(
    size=st.integers(1, 6 * BLOCK),
    width=st.integers(1, 3),
    count=st.integers(1, 12),
    levels=st.sampled_from([3, 1_000_000]),
    seed=st.integers(0, 10_000),
)
def test_the_largest_are_those_of_topk_with_ties_too(size: int, width: int, count: int, levels: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(levels, (2 * width, size), generator=generator).float()
    values[values == 1] = -torch.inf
    count = min(count, size * width)
    offsets = torch.arange(2.0 * width).view(2, width)
    shaped = values.view(2, width, size)
    top, places = largest(shaped, block_maxima(values).view(2, width, -1), offsets, count)
    every = (shaped + offsets[:, :, None]).flatten(1)
    assert torch.equal(top, every.topk(count, dim=1).values)
    assert torch.equal(every.gather(1, places)[top.isfinite()], top[top.isfinite()])
    for row, real in zip(places, top.isfinite(), strict=True):
        assert len(set(row[real].tolist())) == int(real.sum())


def test_a_logit_of_minus_infinity_is_no_continuation_and_adds_nothing() -> None:
    logits = torch.zeros(2, 10)
    logits[:, 7:] = -torch.inf
    best, parents, tokens = continuations(logits, torch.tensor([[0.0, -1.0]]))
    torch.testing.assert_close(best - torch.tensor(7.0).log().neg(), torch.tensor([[0.0, 0.0, -1.0, -1.0]]))
    assert parents.tolist() == [[0, 0, 1, 1]]
    assert set(tokens[0].tolist()) == {2, 6}
