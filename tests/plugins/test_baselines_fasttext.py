"""fastText against its definition in NumPy. What every network promises is checked by the conformance kit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqharness import sizing
from seqharness.interfaces import PAD, Classify
from seqharness_plugins.baselines.fasttext import ARCHITECTURE, FastTextConfig, extend

torch.set_num_threads(1)

ROWS = [[7, 9, 8, 7], [11, 6], [10], [7, 9, 7, 9, 7]]


def build(**options: Any) -> Any:
    torch.manual_seed(0)
    config = FastTextConfig(**{"width": 6, "inner": 11, "dropout": 0.0, **options})
    interface = Classify(vocabulary=20, max_length=9, outputs=3)
    return ARCHITECTURE.serves[Classify](config, interface).double().eval()


def padded(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    longest = max(map(len, rows))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows]), torch.tensor(list(map(len, rows)))


def by_hand(network: Any, row: list[int], ngrams: int, buckets: int) -> np.ndarray[Any, Any]:
    """The mean over tokens and n-grams, hashed with Python's whole numbers."""
    tokens = network.embedding.weight.detach().numpy() * network.embedding.scale
    table = network.ngram_embedding.weight.detach().numpy() * network.ngram_embedding.scale
    found = [tokens[token] for token in row]
    for n in range(2, ngrams + 1):
        for at in range(len(row) - n + 1):
            value = 0
            for token in row[at : at + n]:
                value = (value * 116049371 + token) % (2**31 - 1)
            found.append(table[1 + value % buckets])
    return np.mean(found, axis=0)


@pytest.mark.parametrize(("ngrams", "buckets"), [(2, 11), (3, 5), (5, 1000), (2, 1)])
@torch.no_grad()
def test_features_are_the_mean_over_tokens_and_hashed_ngrams(ngrams: int, buckets: int) -> None:
    network = build(ngrams=ngrams, inner=buckets)
    features = network(*padded(ROWS))
    for row, found in zip(ROWS, features, strict=True):
        np.testing.assert_allclose(found.numpy(), by_hand(network, row, ngrams, buckets), atol=1e-12)
    np.testing.assert_allclose(network(torch.tensor([[10]])).numpy()[0], by_hand(network, [10], ngrams, buckets))


@torch.no_grad()
def test_hidden_layers_stand_on_the_mean() -> None:
    network = build(layers=2)
    x = by_hand(network, ROWS[0], 2, 11)
    for layer in network.layers:
        x = np.maximum(0, layer.weight.numpy() @ x + layer.bias.numpy())
    np.testing.assert_allclose(network(*padded(ROWS))[0].numpy(), x, atol=1e-12)


@torch.no_grad()
def test_order_shows_within_an_ngram_and_nowhere_else() -> None:
    network = build(inner=5000)
    one, other = torch.tensor([[6, 7, 8, 9]]), torch.tensor([[6, 8, 7, 9]])
    assert not torch.allclose(network(one), network(other))
    swapped = torch.tensor([[6, 7, 6, 8, 6]]), torch.tensor([[6, 8, 6, 7, 6]])  # the same bigrams
    torch.testing.assert_close(network(swapped[0]), network(swapped[1]))


def test_bigrams_share_vectors_no_more_often_than_by_chance() -> None:
    ids = np.minimum(np.random.default_rng(0).zipf(1.3, size=(40_000, 2)) + 5, 4000)  # frequent tokens have small ids
    pairs = torch.from_numpy(np.unique(ids, axis=0))
    hashes = extend(extend(torch.zeros_like(pairs), pairs, 1), pairs, 2)[:, 0]
    assert len(hashes.unique()) > 0.999 * len(pairs)
    for buckets in (1000, 4096, 9973):
        used = len((hashes % buckets).unique())
        assert used > 0.97 * buckets * (1 - (1 - 1 / buckets) ** len(pairs)), buckets  # expected of random numbers


def test_sizes_are_met_and_most_of_a_network_is_in_its_ngrams() -> None:
    interface = Classify(vocabulary=4000, max_length=50, outputs=4)
    for target in (300_000, 1_000_000, 10_000_000):
        found = sizing.solve(ARCHITECTURE, {}, FastTextConfig(), interface, target)
        assert abs(found.sizing.deviation) < sizing.TOLERANCE
        assert found.config.inner > 60 * found.config.width
        assert found.sizing.nonembedding_parameters == 0  # both tables are embeddings, the rest is the output layer


def test_it_learns_what_bigrams_tell_and_words_do_not() -> None:
    network = build(width=16, inner=500).float().train()
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(8, 20, (64, 6), generator=generator)
    labels = torch.arange(64) % 2
    place = torch.randint(0, 5, (64, 1), generator=generator)
    tokens.scatter_(1, place, (6 + labels).unsqueeze(1)).scatter_(1, place + 1, (7 - labels).unsqueeze(1))  # 6 7 or 7 6
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(150):
        loss = nn.functional.cross_entropy(network.output(network(tokens)), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert float(loss.detach()) < 0.02
    assert not bool(network.embedding.weight[PAD].any()) and not bool(network.ngram_embedding.weight[PAD].any())
