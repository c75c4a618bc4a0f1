"""Word-by-word lookup with a dictionary learned by IBM Model 1.

Brown et al. 1993, "The Mathematics of Statistical Machine Translation", https://aclanthology.org/J93-2003/, section
4.1: each target word f is produced by one source word e (or by none, the empty word), p(f | e) by expectation
maximisation from uniform. Translating takes each source word's most probable target word, in the order of the source:
no context, no order, no agreement. What a network is worth shows against this.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydantic import Field

from seqharness.contracts import BaselineArchitecture, Options, Prediction, Split
from seqharness.interfaces import SequenceToSequence

_WORD = re.compile(r"\w+(?:['’-]\w+)*['’]?|[^\w\s]")
_BEFORE_SIGN = re.compile(r"\s+([.,;:!?)\]])")
_AFTER_SIGN = re.compile(r"(?<=['’(\[])\s+")

Ids = npt.NDArray[np.int64]


class Ibm1Options(Options):
    """Options of IBM Model 1."""

    iterations: int = Field(
        default=5, ge=1, le=100, description="of expectation maximisation; Model 1 has one optimum (sec. 4.1)"
    )


class Ibm1:
    """The dictionary."""

    def __init__(self, options: Ibm1Options) -> None:
        self.options = options
        self.best: dict[str, str] = {}
        self.parameters = 0

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        """Expectation maximisation over all pairs of words of all training pairs."""
        sources = [["", *words(example.input)] for example in train.examples]  # "" is the empty word
        targets = [words(example.target) for example in train.examples]
        source_ids, source_types = _numbered(sources)
        target_ids, target_types = _numbered(targets)
        cells, occurrence = _cells(source_ids, target_ids, len(target_types))
        pairs, entry = np.unique(cells, return_inverse=True)
        source_of = pairs // len(target_types)
        probability = np.ones(len(pairs))
        for _ in range(self.options.iterations):
            weight = probability[entry]
            share = weight / np.bincount(occurrence, weight)[occurrence]  # expected alignments of each target word
            count = np.bincount(entry, share, minlength=len(pairs))
            probability = count / np.bincount(source_of, count)[source_of]  # p(f | e)
        self.parameters = len(pairs)
        order = np.lexsort((-probability, source_of))
        _, first = np.unique(source_of[order], return_index=True)
        chosen = pairs[order[first]]
        self.best = {
            source_types[pair // len(target_types)]: target_types[pair % len(target_types)] for pair in chosen.tolist()
        }

    def predict(self, split: Split) -> list[Prediction]:
        """Each source word's best target word; an unknown word as it is."""
        return [Prediction(output=self._translate(example.input)) for example in split.examples]

    def _translate(self, source: str | Sequence[str]) -> str | list[str]:
        found = [self.best.get(word, word) for word in words(source)]
        if not isinstance(source, str):
            return found
        return _AFTER_SIGN.sub("", _BEFORE_SIGN.sub(r"\1", " ".join(found)))


def words(text: str | Sequence[str]) -> list[str]:
    """Words and signs of a text, elided words ("l'") on their own where letters follow; tokens as they are."""
    if not isinstance(text, str):
        return [str(token) for token in text]
    return [part for word in _WORD.findall(text) for part in re.split(r"(?<=['’])(?=\w)", word)]


def _numbered(sentences: Sequence[Sequence[str]]) -> tuple[list[Ids], list[str]]:
    """Sentences as numbers, and the words in the order of their numbers."""
    number: dict[str, int] = {}
    rows = [
        np.array([number.setdefault(word, len(number)) for word in sentence], dtype=np.int64) for sentence in sentences
    ]
    return rows, list(number)


def _cells(sources: Sequence[Ids], targets: Sequence[Ids], types: int) -> tuple[Ids, Ids]:
    """For every (source word, target word) of every pair: its number e * types + f, and which target word it is."""
    cells, occurrence, start = [], [], 0
    for source, target in zip(sources, targets, strict=True):
        cells.append((source[None, :] * types + target[:, None]).ravel())
        occurrence.append(np.repeat(np.arange(start, start + len(target)), len(source)))
        start += len(target)
    return np.concatenate(cells), np.concatenate(occurrence)


ARCHITECTURE = BaselineArchitecture(
    config=Ibm1Options, serves={SequenceToSequence: lambda config, interface: Ibm1(config)}
)
