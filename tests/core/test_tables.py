"""Tables of per-example columns: what is saved is what is loaded, and sums, parts and units add up."""

from __future__ import annotations

import numpy as np
import pytest

from seqharness.analysis.table import Table, stack
from seqharness.contracts import Example
from seqharness.metrics.likelihood import LIKELIHOOD_COLUMNS, bits_per_byte, perplexity
from seqharness.metrics.text import bleu

EXAMPLES = [
    Example("a", "b", {"length": 3, "phenomenon": ("negation", "clitic"), "kind": "é|\ud800"}, group="d1"),
    Example("a", "b", {"length": 12.5, "phenomenon": (), "kind": "x"}, group="d2"),
    Example("a", "b", {"length": np.int64(3), "kind": "x"}),
    Example("a", "b", {"phenomenon": ("negation",), "kind": "x"}, group="d1"),
    Example("a", "b", {"length": 4}),
]
VALUES = np.array([[1.5, 2, 3], [np.nan, 1, 1], [4, 2, 2], [5, 3, 0.1], [np.inf, 1, 1]])


def table() -> Table:
    return Table.of(LIKELIHOOD_COLUMNS, VALUES, EXAMPLES)


def test_round_trip_to_equal_bytes(tmp_path):
    table().save(tmp_path / "a.npz")
    loaded = Table.load(tmp_path / "a.npz")
    assert loaded.columns == LIKELIHOOD_COLUMNS
    np.testing.assert_array_equal(loaded.values, VALUES)
    assert loaded.slices == table().slices
    assert loaded.groups == ("d1", "d2", None, "d1", None)
    loaded.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert sorted(file) == ["about", "values"]


def test_empty_table_and_name_without_suffix(tmp_path):
    Table(("x",), np.zeros((0, 1))).save(tmp_path / "test")
    assert len(Table.load(tmp_path / "test")) == 0
    assert Table.of(("x",), np.zeros((1, 1)), [Example("a", "b")]).groups is None


def test_select_and_score():
    values = table().select(bits_per_byte())
    np.testing.assert_array_equal(values, VALUES[:, [0, 2]])
    assert table().where(lambda row: row == 0).score(perplexity()) == pytest.approx(np.exp(0.75))
    with pytest.raises(ValueError, match=r"bleu\.output_words.*there is: likelihood\.nll"):
        table().select(bleu())


def test_parts_hold_every_label_once():
    parts = table().parts("length")
    assert list(parts) == [3, 4, 12.5]
    assert [len(part) for part in parts.values()] == [2, 1, 1]
    phenomena = table().parts("phenomenon")
    assert {name: len(part) for name, part in phenomena.items()} == {"clitic": 1, "negation": 2}
    np.testing.assert_array_equal(phenomena["negation"].values, VALUES[[0, 3]])
    assert phenomena["negation"].slices["length"] == (3, None)
    assert phenomena["negation"].groups == ("d1", "d1")
    with pytest.raises(KeyError):
        table().parts("size")


def test_units_sum_their_examples_in_order_of_appearance():
    units = table().by_unit()
    np.testing.assert_array_equal(units.values, [[6.5, 5, 3.1], [np.nan, 1, 1], [4, 2, 2], [np.inf, 1, 1]])
    plain = Table(("x",), np.ones((3, 1)))
    assert plain.by_unit() is plain


def test_stack_wants_the_same_examples():
    assert stack([table(), table()], perplexity()).shape == (2, 4, 2)
    with pytest.raises(ValueError, match="different examples"):
        stack([table(), table().where(lambda row: row < 3)], perplexity())
    with pytest.raises(ValueError, match="no tables"):
        stack([], perplexity())


@pytest.mark.parametrize(
    "wrong",
    [
        {"columns": ("x",), "values": np.zeros((2, 2))},
        {"columns": ("x", "x"), "values": np.zeros((2, 2))},
        {"columns": ("x",), "values": np.zeros((2, 1)), "slices": {"length": (1,)}},
        {"columns": ("x",), "values": np.zeros((2, 1)), "groups": ("a",)},
    ],
)
def test_parts_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValueError):
        Table(**wrong)


def test_slices_of_other_types_are_refused():
    with pytest.raises(ValueError, match="dict"):
        Table.of(("x",), np.zeros((1, 1)), [Example("a", "b", {"length": {}})])
