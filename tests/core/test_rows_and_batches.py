"""Rows of different lengths, and which of them stand in which batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqharness.data.batches import epoch_batches, sorted_batches
from seqharness.data.rows import Rows
from seqharness.records import LEAST_ROWS, SELECTION_EXAMPLES, SELECTION_TOKENS
from seqharness.run.selection import selection_indices

ROWS = st.lists(st.lists(st.integers(6, 99), max_size=12), min_size=1, max_size=40)
LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=300)


@given(ROWS, st.sampled_from([None, 1]), st.sampled_from([None, 2]))
def test_padded_rows_hold_each_row_between_its_marks_and_padding_behind(
    lists: list[list[int]], before: int | None, after: int | None
) -> None:
    rows = Rows.of(lists)
    indices = np.arange(len(lists))[::-1].copy()
    padded, lengths = rows.padded(indices, 0, before, after)
    for place, index in enumerate(indices):
        wanted = [*([] if before is None else [before]), *lists[index], *([] if after is None else [after])]
        assert lengths[place] == len(wanted)
        assert padded[place, : len(wanted)].tolist() == wanted
        assert not padded[place, len(wanted) :].any()


@given(ROWS)
def test_rows_survive_the_disk(lists: list[list[int]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        rows = Rows.of(lists)
        rows.save(Path(folder) / "train.source")
        opened = Rows.open(Path(folder) / "train.source")
        assert [row.tolist() for row in opened] == lists


def test_rows_of_reals_keep_their_features() -> None:
    rows = Rows.of([[[0.5, 1.0], [2.0, 0.0]], [[1.5, 1.0]]], dtype=np.float32)
    padded, lengths = rows.padded(np.array([0, 1]), 0)
    assert padded.shape == (2, 2, 2)
    assert lengths.tolist() == [2, 1]
    assert padded[1].tolist() == [[1.5, 1.0], [0.0, 0.0]]


@given(LENGTHS, st.integers(1, 200), st.integers(0, 5), st.integers(0, 3))
def test_an_epoch_holds_every_example_once_within_the_token_budget(
    lengths: list[int], budget: int, seed: int, epoch: int
) -> None:
    tokens = np.array(lengths)
    batches = epoch_batches(tokens, tokens, budget, seed, epoch, LEAST_ROWS)
    assert sorted(index for batch in batches for index in batch.tolist()) == list(range(len(lengths)))
    for batch in batches:
        few = len(batch) <= LEAST_ROWS and tokens[batch].sum() <= 2 * budget
        assert tokens[batch].sum() <= budget or few or len(batch) == 1


def test_long_rows_make_batches_of_six_but_never_of_more_than_twice_the_tokens() -> None:
    for length, rows in ((60, 6), (64, 6), (65, 6), (120, 6), (128, 6), (129, 5), (250, 3), (400, 1), (1000, 1)):
        tokens = np.full(60, length)
        sizes = {len(batch) for batch in epoch_batches(tokens, tokens, 384, 1, 0, LEAST_ROWS)}
        assert max(sizes) == rows, length
    for length in (129, 250):
        tokens = np.full(6, length)
        assert len(sorted_batches(tokens, tokens, 384)[0]) == 384 // length
        assert len(epoch_batches(tokens, tokens, 384, 1, 0)[0]) == 384 // length


def test_a_checkpoint_is_chosen_on_few_long_examples_or_many_short_ones() -> None:
    assert len(selection_indices(np.full(3_000, 10))) == SELECTION_EXAMPLES
    assert len(selection_indices(np.full(3_000, 120))) == SELECTION_TOKENS // 120
    assert len(selection_indices(np.full(40, 10**6))) == 1
    assert selection_indices(np.full(30, 10)) == list(range(30))


def test_the_order_of_batches_depends_on_seed_and_epoch_alone() -> None:
    tokens = np.random.default_rng(0).integers(3, 40, 2000)
    plans = [
        [batch.tolist() for batch in epoch_batches(tokens, tokens, 256, seed, epoch)]
        for seed, epoch in ((1, 0), (1, 0), (1, 1), (2, 0))
    ]
    assert plans[0] == plans[1]
    assert plans[0] != plans[2]
    assert plans[0] != plans[3]


def test_buckets_leave_a_small_part_of_the_padding_of_random_batches() -> None:
    tokens = np.random.default_rng(0).integers(3, 60, 20_000)
    bucketed = epoch_batches(tokens, tokens, 512, 1, 0)
    random = epoch_batches(tokens, np.zeros_like(tokens), 512, 1, 0)
    excess = [
        sum(int(tokens[batch].max()) * len(batch) for batch in batches) / int(tokens.sum()) - 1
        for batches in (bucketed, random)
    ]
    assert excess[0] < 0.1 * excess[1]


@given(LENGTHS, st.integers(1, 200))
def test_evaluation_batches_hold_every_example_once_longest_first(lengths: list[int], budget: int) -> None:
    tokens = np.array(lengths)
    batches = sorted_batches(tokens, tokens, budget)
    order = [index for batch in batches for index in batch.tolist()]
    assert sorted(order) == list(range(len(lengths)))
    assert tokens[order].tolist() == sorted(lengths, reverse=True)
