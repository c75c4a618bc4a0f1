"""The small problems on which a model is checked: one for each interface, and its kinds that networks may differ in."""

from __future__ import annotations

from collections.abc import Mapping

from ..interfaces import CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag

VOCABULARY, TARGETS, LONGEST = 40, 30, 12

PROBLEMS: Mapping[str, Interface] = {
    "classify": Classify(vocabulary=VOCABULARY, max_length=LONGEST, outputs=8),
    "classify-reals": Classify(vocabulary=0, features=2, max_length=LONGEST, outputs=1, loss="squared"),
    "tag": Tag(vocabulary=VOCABULARY, max_length=LONGEST, outputs=5),
    "tag-causal": Tag(vocabulary=VOCABULARY, max_length=LONGEST, outputs=5, causal=True),
    "masked-lm": MaskedLM(vocabulary=VOCABULARY, max_length=LONGEST),
    "causal-lm": CausalLM(vocabulary=VOCABULARY, max_length=LONGEST),
    "sequence-to-sequence": SequenceToSequence(
        vocabulary=VOCABULARY, max_length=LONGEST, targets=VOCABULARY, shared=True
    ),
    "sequence-to-sequence-separate": SequenceToSequence(
        vocabulary=VOCABULARY, max_length=LONGEST, targets=TARGETS, shared=False
    ),
}
"""By the name that stands in the report."""
