"""The public parts of models: the shared layers, dropout, and the arithmetic of rows."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn

from seqharness.interfaces import CausalLM, SequenceToSequence
from seqharness.modules.dropout import Dropout
from seqharness.modules.memory import append_rows, last_of_rows, mean_of_rows, part_of_rows, reverse_rows
from seqharness.modules.rows import count_bytes, repeat_rows, take_rows
from seqharness.modules.shared import Output, Projection, TokenEmbedding

torch.set_num_threads(1)
LENGTHS = torch.tensor([3, 1, 4])


class Pair(NamedTuple):
    left: Tensor
    right: Tensor | None


def test_output_is_tied_where_shapes_agree() -> None:
    interface = CausalLM(vocabulary=30, max_length=9)
    embedding = interface.embedding(8)
    assert interface.output(8, embedding).weight is embedding.weight
    assert interface.output(8).weight is not embedding.weight
    other = SequenceToSequence(vocabulary=30, max_length=9, targets=20, shared=False)
    assert other.output(8, embedding).weight.shape == (20, 8)
    assert other.target_embedding(8, embedding) is not embedding
    with torch.device("meta"):
        embedding = interface.embedding(8)
        assert interface.output(8, embedding).weight is embedding.weight


@pytest.mark.parametrize("copied", [False, True])
def test_padding_row_stays_zero_though_the_output_shares_it(copied: bool) -> None:
    embedding = TokenEmbedding(30, 8)
    output = Output(8, 30, embedding)
    if copied:
        embedding, output = copy.deepcopy((embedding, output))
    assert output.weight is embedding.weight
    optimizer = torch.optim.AdamW([*embedding.parameters(), output.bias], lr=0.1)
    before = embedding.weight.detach().clone()
    for _ in range(3):
        optimizer.zero_grad()
        features = embedding(torch.tensor([5, 7, 0])) + 1
        loss = nn.functional.cross_entropy(output(features), torch.tensor([7, 9, 3]))
        loss.backward()
        optimizer.step()
    assert not bool(embedding.weight[0].any())
    assert bool((embedding.weight[1:] != before[1:]).any(1).all())


def test_features_and_logits_begin_with_variance_one() -> None:
    torch.manual_seed(0)
    embedding = TokenEmbedding(2000, 64)
    x = embedding(torch.arange(1, 2000))
    assert x.std().item() == pytest.approx(1, abs=0.02)
    logits = Output(64, 2000, embedding)(torch.randn(100, 64))
    assert logits.std().item() == pytest.approx(1, abs=0.05)
    assert Projection(5, 64)(torch.randn(1000, 5)).std().item() == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_dropout(p: float) -> None:
    torch.manual_seed(0)
    layer, x = Dropout(p), torch.full((1001, 999), 2.0, requires_grad=True)
    y = layer(x)
    kept = y != 0
    assert kept.float().mean().item() == pytest.approx(1 - p, abs=0.002)
    assert y[kept].min().item() == y[kept].max().item() == pytest.approx(2 / (1 - p), rel=1e-4)
    for part in (kept[:, ::2], kept[::3], kept.flatten()[3::4]):
        assert part.float().mean().item() == pytest.approx(1 - p, abs=0.003)
    neighbours = (kept[:, 1:] & kept[:, :-1]).float().mean().item()
    assert neighbours == pytest.approx((1 - p) ** 2, abs=0.003)
    y.sum().backward()
    assert x.grad is not None and torch.equal(x.grad != 0, kept)
    assert layer(x.bfloat16()).dtype == torch.bfloat16
    assert layer.eval()(x) is x


def test_rows_are_taken_repeated_and_counted() -> None:
    state: Any = {"a": torch.arange(6.0).view(3, 2), "b": [Pair(torch.arange(3), None), (torch.ones(3, 1, 4),)], "n": 7}
    taken = take_rows(state, torch.tensor([2, 0, 0, 1]))
    assert taken["a"].tolist() == [[4, 5], [0, 1], [0, 1], [2, 3]]
    assert isinstance(taken["b"][0], Pair) and taken["b"][0].right is None and taken["n"] == 7
    assert taken["b"][1][0].shape == (4, 1, 4)
    assert repeat_rows(state, 2)["b"][0].left.tolist() == [0, 0, 1, 1, 2, 2]
    assert count_bytes(state) == 6 * 4 + 3 * 8 + 12 * 4
    assert state["a"].tolist() == [[0, 1], [2, 3], [4, 5]]


def test_reversal_leaves_padding_in_its_place() -> None:
    x = torch.tensor([[1, 2, 3, 0], [4, 0, 0, 0], [5, 6, 7, 8]])
    reversed_ = [[3, 2, 1, 0], [4, 0, 0, 0], [8, 7, 6, 5]]
    assert reverse_rows(x, LENGTHS).tolist() == reversed_
    assert reverse_rows(x.unsqueeze(2).expand(-1, -1, 5), LENGTHS)[:, :, 3].tolist() == reversed_
    assert reverse_rows(x, None).tolist() == x.flip(1).tolist()
    assert torch.equal(reverse_rows(reverse_rows(x, LENGTHS), LENGTHS), x)


def test_ends_and_means_of_rows() -> None:
    x = torch.tensor([[1.0, 2, 3, 99], [4, 99, 99, 99], [5, 6, 7, 8]]).unsqueeze(2)
    assert last_of_rows(x, LENGTHS).flatten().tolist() == [3, 4, 8]
    assert last_of_rows(x, None).flatten().tolist() == [99, 99, 8]
    assert mean_of_rows(x, LENGTHS).flatten().tolist() == [2, 4, 6.5]
    assert mean_of_rows(x[2:], None).flatten().tolist() == [6.5]
    x[0, 3] = float("nan")
    assert mean_of_rows(x, LENGTHS).flatten().tolist() == [2, 4, 6.5]


def test_new_positions_follow_the_last_real_ones() -> None:
    x = torch.tensor([[1, 2, 3, 0], [4, 0, 0, 0], [5, 6, 7, 8]]).unsqueeze(2)
    new = torch.tensor([[10, 11], [20, 21], [30, 31]]).unsqueeze(2)
    joined = append_rows(x, LENGTHS, new)
    assert joined.squeeze(2).tolist() == [[1, 2, 3, 10, 11, 0], [4, 20, 21, 0, 0, 0], [5, 6, 7, 8, 30, 31]]
    assert torch.equal(part_of_rows(joined, LENGTHS, 2), new)
    assert torch.equal(part_of_rows(append_rows(x, None, new), None, 2), new)


def test_cards_import_no_torch() -> None:
    code = "import sys, seqharness.modules.mixer, seqharness_plugins.recurrent, seqharness_plugins.transformer; "
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_plan_says_where_a_mixer_has_no_state_of_its_own() -> None:
    from seqharness.modules.mixer import MixerConfig, mixer_model

    class WithState(nn.Module):
        def forward(self, x: Tensor, lengths: Tensor | None, state: Tensor | None) -> tuple[Tensor, Tensor]:
            return x, x[:, -1]

    class Without(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x

    told = []
    for kind in (WithState, Without):
        card = mixer_model(name="mine", summary="", mixer=lambda width, config, kind=kind: kind())
        describe = card.load().describe  # type: ignore[union-attr]
        assert describe is not None
        told.append(describe(MixerConfig(), CausalLM(vocabulary=9, max_length=9)))
    assert "quadratic" not in told[0]
    assert "quadratic" in told[1]
