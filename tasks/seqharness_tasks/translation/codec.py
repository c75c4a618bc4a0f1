"""Between sentence pairs and token ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from seqharness.contracts import Example
from seqharness.data.rows import Rows
from seqharness.data.tokenizers import BytePairTokenizer
from seqharness.interfaces import SequenceToSequence


class TranslationCodec:
    """Byte-pair encodings of the two sides; one and the same where they are joint. Fields: 'source' and 'target'."""

    def __init__(self, source: BytePairTokenizer, target: BytePairTokenizer) -> None:
        self.source = source
        self.target = target

    @classmethod
    def learn(cls, train: Sequence[Example], types: int, joint: bool) -> TranslationCodec:
        """Learned from the training pairs: `types` types together, or for each side."""
        sources = [str(example.input) for example in train]
        targets = [str(example.target) for example in train]
        if joint:
            shared = BytePairTokenizer.learn(sources + targets, types)
            return cls(shared, shared)
        return cls(BytePairTokenizer.learn(sources, types), BytePairTokenizer.learn(targets, types))

    @classmethod
    def load(cls, folder: Path) -> TranslationCodec:
        """What `save` wrote."""
        if (folder / "joint.json").is_file():
            shared = BytePairTokenizer.load(folder / "joint.json")
            return cls(shared, shared)
        return cls(BytePairTokenizer.load(folder / "source.json"), BytePairTokenizer.load(folder / "target.json"))

    @property
    def joint(self) -> bool:
        """Whether both sides have one vocabulary."""
        return self.source is self.target

    def save(self, folder: Path) -> None:
        """joint.json, or source.json and target.json, in the folder."""
        if self.joint:
            self.source.save(folder / "joint.json")
        else:
            self.source.save(folder / "source.json")
            self.target.save(folder / "target.json")

    def encode(self, examples: Sequence[Example]) -> dict[str, Rows]:
        """Rows of ids 'source' and 'target', without PAD, BOS or EOS."""
        return {
            "source": self.source.encode([str(example.input) for example in examples]),
            "target": self.target.encode([str(example.target) for example in examples]),
        }

    def decode(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """Rows of target ids -> texts, detokenised."""
        return self.target.decode(ids)

    def pieces(self, field: str, ids: Sequence[int]) -> list[str]:
        """The text of each id of a field alone, for the ends of an alignment."""
        tokenizer = self.source if field == "source" else self.target
        return [text.strip() or "␣" for text in tokenizer.decode([[number] for number in ids])]

    def interface(self, longest: Mapping[str, int]) -> SequenceToSequence:
        """What a model sees. max_length: the longest row of both sides, and one more for the BOS or EOS it gets."""
        return SequenceToSequence(
            vocabulary=self.source.types,
            targets=self.target.types,
            shared=self.joint,
            max_length=max(longest.values(), default=0) + 1,
        )

    def describe(self) -> str:
        """'joint byte-level BPE, 6,000 types'."""
        if self.joint:
            return f"joint byte-level BPE, {self.source.types:,} types"
        return f"separate byte-level BPE, {self.source.types:,} source and {self.target.types:,} target types"
