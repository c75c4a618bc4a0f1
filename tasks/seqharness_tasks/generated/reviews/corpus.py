"""The corpus of reviews."""

from __future__ import annotations

import random
from collections.abc import Mapping
from types import MappingProxyType

from ..english_french.draw import Draw
from .review import Review, sample

DEFAULT_SEED = 2026
"""No decision about the generator was taken on the data of this seed."""
DEFAULT_SIZES: Mapping[str, int] = MappingProxyType({"train": 24_000, "validation": 1_000, "test": 2_000})


def corpus(sizes: Mapping[str, int] = DEFAULT_SIZES, seed: int = DEFAULT_SEED) -> dict[str, list[Review]]:
    """Splits of the given sizes, in the order of `sizes`; labels alternate; no text occurs twice in all of them.

    Raises:
        ValueError: a size is negative.
    """
    if any(size < 0 for size in sizes.values()):
        raise ValueError(f"sizes must not be negative: {dict(sizes)}")
    draw = Draw(random.Random(seed))
    seen: set[str] = set()
    splits: dict[str, list[Review]] = {}
    for split, size in sizes.items():
        reviews: list[Review] = []
        while len(reviews) < size:
            review = sample(draw, positive=len(reviews) % 2 == 1)
            if review.text not in seen:
                seen.add(review.text)
                reviews.append(review)
        splits[split] = reviews
    return splits
