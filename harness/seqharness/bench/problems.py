"""A problem of any length for each interface: random tokens, every row as long as the others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..data.rows import Rows
from ..interfaces import RESERVED, CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag

LABELS = 10
"""Classes or tags."""


def problem(kind: type[Interface], vocabulary: int, longest: int) -> Interface:
    """The interface of a problem whose rows have up to `longest` positions."""
    if kind is Classify:
        return Classify(vocabulary=vocabulary, max_length=longest, outputs=LABELS)
    if kind is Tag:
        return Tag(vocabulary=vocabulary, max_length=longest, outputs=LABELS)
    if kind is MaskedLM:
        return MaskedLM(vocabulary=vocabulary, max_length=longest)
    if kind is SequenceToSequence:
        return SequenceToSequence(vocabulary=vocabulary, max_length=longest, targets=vocabulary, shared=True)
    return CausalLM(vocabulary=vocabulary, max_length=longest)


def own_tokens(kind: type[Interface], length: int) -> dict[str, int]:
    """Tokens of each field of a row that takes `length` positions: BOS or EOS take one of a generated text's."""
    if kind is SequenceToSequence:
        return {"source": length - 1, "target": length - 1}
    return {"tokens": length - 1 if kind is CausalLM else length}


def counted(kind: type[Interface], length: int) -> int:
    """Real tokens of a row as a budget counts them."""
    return 2 * length if kind is SequenceToSequence else length


def random_rows(interface: Interface, length: int, count: int) -> Mapping[str, Rows]:
    """`count` rows of `length` positions by field, the same at every call."""
    rng = np.random.Generator(np.random.PCG64([length, count]))

    def rows(size: int, low: int, high: int) -> Rows:
        values = rng.integers(low, high, size=count * size, dtype=np.int32)
        return Rows(values, np.arange(count + 1, dtype=np.int64) * size)

    fields = {
        name: rows(size, len(RESERVED), interface.vocabulary)
        for name, size in own_tokens(type(interface), length).items()
    }
    if isinstance(interface, Classify):
        fields["label"] = rows(1, 0, interface.outputs)
    if isinstance(interface, Tag):
        fields["tags"] = rows(length, 0, interface.outputs)
    return fields
