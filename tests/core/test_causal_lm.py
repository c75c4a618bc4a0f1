"""Rows of context and scored tokens, and how a network with an encoder is given them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seqharness.data.rows import Rows
from seqharness.decoding.settings import Decoding
from seqharness.interfaces import BOS, EOS, PAD, CausalLM
from seqharness.training.objectives import Stopwatch, objective_for

CPU = torch.device("cpu")
ROWS = {"tokens": Rows.of([[6, 7, 8, 9], [10, 11], [12]]), "scored": Rows.of([[0, 0, 1, 0, 1], [0, 1, 1], [1, 1]])}


class Recorder(nn.Module):
    """An encoder-decoder that keeps what it is given; its features are the decoder's inputs."""

    def encode(self, source: Tensor, lengths: Tensor | None = None) -> Any:
        self.source, self.lengths = source, lengths
        return {"source": source}

    def decode(self, target: Tensor, memory: Any, state: Any = None, lengths: Any = None) -> tuple[Tensor, Any]:
        self.target = target
        return target.unsqueeze(2).float(), None

    def output(self, features: Tensor) -> Tensor:
        return torch.zeros(len(features), 16)


def test_in_evaluation_the_context_is_encoded_and_the_rest_scored() -> None:
    network, objective = Recorder().eval(), objective_for(CausalLM(vocabulary=16, max_length=6))
    scored = objective.scored(network, objective.batch(ROWS, np.arange(3), CPU))
    assert network.source.tolist() == [[BOS, 6, 7], [BOS, 10, PAD], [BOS, PAD, PAD]]
    assert network.lengths is not None and network.lengths.tolist() == [3, 2, 1]
    assert network.target.tolist() == [[BOS, 8, 9], [BOS, 11, PAD], [BOS, 12, PAD]]
    assert scored.targets.tolist() == [8, EOS, 11, EOS, 12, EOS]
    assert scored.rows.tolist() == [0, 0, 1, 1, 2, 2]
    assert scored.features[:, 0].tolist() == [BOS, 9, BOS, 11, BOS, 12]


def test_in_training_the_cut_is_drawn_and_what_stands_before_it_is_not_scored() -> None:
    network, objective = Recorder().train(), objective_for(CausalLM(vocabulary=16, max_length=6))
    rows = {"tokens": Rows.of([[6, 7, 8, 9]] * 400)}
    torch.manual_seed(0)
    scored = objective.scored(network, objective.batch(rows, np.arange(400), CPU))
    assert network.lengths is not None
    cuts = network.lengths - 1
    counts = torch.bincount(cuts, minlength=5)
    assert bool((counts > 50).all()) and len(counts) == 5
    assert torch.bincount(scored.rows).tolist() == (5 - cuts).tolist()
    for row in range(20):
        whole = network.source[row, 1 : network.lengths[row]].tolist() + scored.targets[scored.rows == row].tolist()
        assert whole == [6, 7, 8, 9, EOS]


def test_answers_are_the_most_probable_tokens_at_the_scored_positions() -> None:
    class Echo(nn.Module):
        """Says that each token follows itself."""

        def forward(self, tokens: Tensor, lengths: Any = None, state: Any = None) -> tuple[Tensor, Any]:
            return nn.functional.one_hot(tokens, 16).float(), None

        def output(self, features: Tensor) -> Tensor:
            return features

    objective = objective_for(CausalLM(vocabulary=16, max_length=6, answers=True))
    found = objective.predict(Echo(), objective.batch(ROWS, np.arange(3), CPU), Decoding(), Stopwatch())
    assert [prediction.output for prediction in found] == [[7, 9], [10, 11], [BOS, 12]]
    assert [len(prediction.losses or ()) for prediction in found] == [2, 2, 2]
