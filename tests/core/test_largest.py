"""The largest values of long rows against `topk`."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from seqharness.decoding.largest import BLOCK, largest


@given(
    rows=st.integers(1, 5),
    size=st.integers(1, 12 * BLOCK),
    count=st.integers(1, 12),
    levels=st.sampled_from([3, 1_000_000]),
    seed=st.integers(0, 10_000),
)
def test_the_largest_are_those_of_topk(rows: int, size: int, count: int, levels: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(levels, (rows, size), generator=generator).float()
    values[values == 1] = -torch.inf
    count = min(count, size)
    top, places = largest(values, count)
    assert torch.equal(top, values.topk(count, dim=1).values)
    assert torch.equal(values.gather(1, places), top)
    assert all(len(set(row)) == count for row in places.tolist())
