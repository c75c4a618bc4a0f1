"""Minimal pairs on agreement by likelihood: in how many is the acceptable sentence the more probable one?

The whole sentences are compared, with their ends (Warstadt et al. 2020, doi:10.1162/tacl_a_00321). Guessing has 50 %.
A pair whose sentences are the same tokens, because what tells them apart is not in the vocabulary, and one with a
sentence longer than the rows trained on, says nothing of the model: such pairs are left out and counted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from seqharness.comparison import Findings, Number
from seqharness.contracts import Example, Trained
from seqharness.data.rows import Rows
from seqharness.data.sources import DataSource
from seqharness.errors import NotApplicable, UserError
from seqharness.interfaces import UNK, CausalLM

from .blimp import FILES, Pair, read_pairs


def measure(trained: Trained, rng: np.random.Generator) -> Findings:
    """The percentage of each set of BLiMP's agreement pairs and their mean. NotApplicable where sentences have no
    likelihood, or the pairs cannot be had."""
    if not isinstance(trained.interface, CausalLM):
        raise NotApplicable("it gives no sentence a probability")
    source = DataSource.from_environment()
    try:
        sets = {name: read_pairs(source.fetch(file)) for name, file in FILES.items()}
    except UserError as error:
        raise NotApplicable(str(error)) from error
    if spaced(_text(example) for example in trained.examples(trained.splits[0])):
        sets = {name: [Pair(*map(with_spaces, pair)) for pair in pairs] for name, pairs in sets.items()}
    results = {name: judge(trained, pairs) for name, pairs in sets.items()}
    return _findings(results, sum(map(len, sets.values())))


class Judged(NamedTuple):
    """What a model makes of some pairs. hits: pairs judged right, half a one for a draw, of `pairs` that can be told
    apart; unknown: tokens outside the vocabulary, of all `tokens`."""

    hits: float
    pairs: int
    unknown: int
    tokens: int

    @property
    def percent(self) -> float | None:
        """None without a pair."""
        return 100 * self.hits / self.pairs if self.pairs else None


def judge(trained: Trained, pairs: Sequence[Pair]) -> Judged:
    """The pairs that can be told apart, judged by the probability of their sentences."""
    good, bad = _encoded(trained, pairs)
    room = trained.interface.max_length - 1  # for BOS
    told = [
        pair
        for pair, first, second in zip(pairs, good["tokens"], bad["tokens"], strict=True)
        if max(len(first), len(second)) <= room and first.tolist() != second.tolist()
    ]
    right, wrong = ([math.fsum(row) for row in trained.losses(rows)] for rows in _encoded(trained, told))
    hits = sum(0.5 * (1 + np.sign(second - first)) for first, second in zip(right, wrong, strict=True))
    ids = np.concatenate([good["tokens"].values, bad["tokens"].values])
    return Judged(float(hits), len(told), int((ids == UNK).sum()), len(ids))


def _encoded(trained: Trained, pairs: Sequence[Pair]) -> tuple[Mapping[str, Rows], Mapping[str, Rows]]:
    """The acceptable sentences, and the others."""
    good, bad = (trained.encode([Example(pair[side], None) for pair in pairs]) for side in (0, 1))
    return good, bad


def spaced(texts: Iterable[str]) -> bool:
    """Whether punctuation stands between spaces in these texts, as in WikiText."""
    apart = close = 0
    for text in texts:
        apart += len(re.findall(r"\w [.,](?=\s|$)", text))
        close += len(re.findall(r"\w[.,](?=\s|$)", text))
    return apart > close


def with_spaces(sentence: str) -> str:
    """A sentence as WikiText writes it: "It doesn't end." as "It doesn 't end ."."""
    sentence = re.sub(r"(?<=\w)-(?=\w)", " @-@ ", sentence)
    return re.sub(r"(?<=\w)(?=['’]\w)|(?<=\w)(?=[.,?!;:]+(?:\s|$))", " ", sentence)


def _findings(results: dict[str, Judged], offered: int) -> Findings:
    percents = [judged.percent for judged in results.values() if judged.percent is not None]
    judged_pairs = sum(judged.pairs for judged in results.values())
    share = sum(judged.unknown for judged in results.values()) / max(1, sum(j.tokens for j in results.values()))
    described = f"the mean of the sets; {judged_pairs:,} of {offered:,} pairs can be judged"
    mean = float(np.mean(percents)) if percents else None
    return Findings(
        numbers=[
            Number(name="blimp", label="BLiMP, agreement", value=mean, unit="%", decimals=1, description=described),
            Number(
                name="blimp_unknown",
                label="tokens of these pairs that are unknown",
                value=100 * share,
                unit="%",
                decimals=1,
            ),
            *(
                Number(name=f"blimp_{name}", label=name.replace("_", " "), value=judged.percent, unit="%", decimals=1)
                for name, judged in results.items()
            ),
        ]
    )


def _text(example: Example) -> str:
    return str(example.target["text"])
