"""Huffman's tree over a vocabulary (Huffman 1952), by which hierarchical softmax says a word in few decisions."""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

from .targets import Ids


class Paths(NamedTuple):
    """The way from the root to each word: inner nodes, and the turn taken at each.

    nodes, turns [total]: of all words, one after the other; a turn is 0 to the child that was joined first, which is
    the rarer one, else 1. offsets [V + 1]: where each word's way begins.
    """

    nodes: Ids
    turns: Ids
    offsets: Ids

    @property
    def lengths(self) -> Ids:
        """[V]: decisions for each word."""
        return np.diff(self.offsets)


def huffman(counts: Ids) -> Paths:
    """The tree with the fewest decisions a word of the text, for words with these counts [V].

    The two rarest nodes are joined until one is left, the root, which is inner node V - 2 (a single word has none). Of
    equally rare nodes the one that came first goes first: words in their order, then inner nodes.
    """
    size = len(counts)
    heap = [(int(count), word) for word, count in enumerate(counts)]
    heapq.heapify(heap)
    parent, turn = np.zeros(2 * size, dtype=np.int64), np.zeros(2 * size, dtype=np.int64)
    for joined in range(size, 2 * size - 1):
        (rarest, first), (rarer, second) = heapq.heappop(heap), heapq.heappop(heap)
        parent[[first, second]], turn[second] = joined, 1
        heapq.heappush(heap, (rarest + rarer, joined))
    nodes: list[int] = []
    turns: list[int] = []
    offsets = [0]
    for word in range(size):
        way, node = [], word
        while node != 2 * size - 2:
            way.append((int(parent[node]) - size, int(turn[node])))
            node = int(parent[node])
        nodes += [above for above, _ in reversed(way)]
        turns += [taken for _, taken in reversed(way)]
        offsets.append(len(nodes))
    return Paths(*(np.array(values, dtype=np.int64) for values in (nodes, turns, offsets)))
