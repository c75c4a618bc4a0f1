"""What kind of sentence a test example is: its length, and how rare its rarest word is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from seqharness.contracts import Example

LENGTHS = (5.0, 10.0, 15.0, 20.0, 30.0)
"""Steps of the length in words."""

FREQUENCIES = ((0, "0"), (9, "1-9"), (99, "10-99"))
MOST_FREQUENT = "100+"

_WORD = re.compile(r"\w+")


def length_of(source: str) -> float:
    """The number of words between white space."""
    return float(len(source.split()))


def frequencies(sources: Iterable[str]) -> Counter[str]:
    """How often each word (letters and digits, case folded) occurs."""
    return Counter(word for source in sources for word in _words(source))


def rare_label(source: str, counts: Counter[str]) -> str:
    """How often the rarest word of the source occurs in `counts`, in steps; "0" is a word never seen."""
    rarest = min((counts[word] for word in _words(source)), default=0)
    return next((label for limit, label in FREQUENCIES if rarest <= limit), MOST_FREQUENT)


def with_slices(examples: Sequence[Example], counts: Counter[str]) -> list[Example]:
    """The examples with the slices 'length' and 'rare' added to those they have."""
    return [
        replace(
            example,
            slices={
                "length": length_of(example.input),
                "rare": rare_label(example.input, counts),
                **example.slices,
            },
        )
        for example in examples
    ]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
