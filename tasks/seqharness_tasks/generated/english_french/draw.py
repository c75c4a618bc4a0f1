"""Random choice from `random.Random.random` alone, whose sequence is the same in every version of Python.

The arithmetic is the same bits everywhere too: only operations that IEEE 754 rounds correctly (so a square root, but
no power), and no `sum` of floats, which Python 3.12 made compensated.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Draw:
    """Choices made with one generator."""

    def __init__(self, rng: random.Random) -> None:
        self._random = rng.random

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self._random() < probability

    def uniform(self, items: Sequence[Item]) -> Item:
        """One of the items, all equally likely."""
        return items[int(self._random() * len(items))]

    def skewed(self, items: Sequence[Item]) -> Item:
        """One of the items, the first tenth drawn 16 % of the time and the last tenth 8 % (position ** 1.25)."""
        position = self._random()
        return items[int(position * math.sqrt(math.sqrt(position)) * len(items))]

    def weighted(self, choices: dict[Item, float]) -> Item:
        """One of the keys, in proportion to its weight."""
        total = 0.0
        for weight in choices.values():
            total += weight
        point = self._random() * total
        for item, weight in choices.items():
            point -= weight
            if point < 0:
                return item
        return item
