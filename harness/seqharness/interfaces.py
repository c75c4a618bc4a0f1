"""The five shapes of a problem that a model can be asked to solve.

An interface is what a model sees of a task: vocabularies, the longest row, and the two layers that every model shares
with every other (embedding and output), so that no architecture gains by its own initialisation of them.
Torch is imported only when a layer is asked for, so that listing stays instant.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from torch import nn

PAD, BOS, EOS, UNK, MASK, SEP = range(6)
"""Token ids that are reserved in every vocabulary."""

RESERVED = ("<pad>", "<bos>", "<eos>", "<unk>", "<mask>", "<sep>")
"""Their names, in the order of their ids."""

UNSCORED = -1
"""Tag of a position that does not count."""


@dataclass(frozen=True, kw_only=True)
class Interface:
    """What every interface has.

    vocabulary: number of token ids, the reserved ones included. 0 where the inputs are real numbers.
    max_length: the longest row of any split in tokens, the generation limit included.
    features: numbers per position where the inputs are real (0 for tokens).
    """

    name: ClassVar[str] = "interface"

    vocabulary: int
    max_length: int
    features: int = 0

    @property
    def outputs_per_position(self) -> int:
        """Size of the output layer: classes, tags, tokens, or 1 for a regression."""
        raise NotImplementedError

    def embedding(self, width: int) -> nn.Module:
        """Layer from tokens [B, T] (or reals [B, T, features]) to [B, T, width]; initialised by the harness."""
        from .modules.shared import Projection, TokenEmbedding

        return Projection(self.features, width) if self.features else TokenEmbedding(self.vocabulary, width)

    def output(self, width: int, tied: nn.Module | None = None) -> nn.Module:
        """Layer from features [..., width] to [..., outputs]; shares the weight of `tied` where the shapes agree."""
        from .modules.shared import Output

        return Output(width, self.outputs_per_position, tied)

    def describe(self) -> dict[str, Any]:
        """Plain data, for keys and records."""
        return {"interface": self.name, **asdict(self)}


@dataclass(frozen=True, kw_only=True)
class Classify(Interface):
    """One label (or, with `loss="squared"`, one real number) for a whole row."""

    name: ClassVar[str] = "classify"

    outputs: int
    loss: Literal["cross-entropy", "squared"] = "cross-entropy"

    @property
    def outputs_per_position(self) -> int:
        return self.outputs


@dataclass(frozen=True, kw_only=True)
class Tag(Interface):
    """One label for every position; `causal` forbids a model to look ahead."""

    name: ClassVar[str] = "tag"

    outputs: int
    causal: bool = False

    @property
    def outputs_per_position(self) -> int:
        return self.outputs


@dataclass(frozen=True, kw_only=True)
class CausalLM(Interface):
    """The next token at every position, from the left.

    answers: whether the most probable token at each scored position is wanted as an output, not its loss alone.
    """

    name: ClassVar[str] = "causal-lm"

    answers: bool = False

    @property
    def outputs_per_position(self) -> int:
        return self.vocabulary


@dataclass(frozen=True, kw_only=True)
class MaskedLM(Interface):
    """The tokens hidden behind a mask, from both sides."""

    name: ClassVar[str] = "masked-lm"

    @property
    def outputs_per_position(self) -> int:
        return self.vocabulary


@dataclass(frozen=True, kw_only=True)
class SequenceToSequence(Interface):
    """A target sequence for a source sequence. targets: target vocabulary; shared: one vocabulary for both sides.

    limit: the longest output in tokens, its end included, where the task knows it; else decoding sets one by a source.
    """

    name: ClassVar[str] = "sequence-to-sequence"

    targets: int
    shared: bool
    limit: int | None = None

    @property
    def outputs_per_position(self) -> int:
        return self.targets

    def target_embedding(self, width: int, source: nn.Module | None = None) -> nn.Module:
        """Layer from target tokens [B, T] to [B, T, width]: the source's own where the vocabulary is shared."""
        from .modules.shared import TokenEmbedding

        if self.shared and source is not None:
            return source
        return TokenEmbedding(self.targets, width)


INTERFACES: dict[str, type[Interface]] = {
    kind.name: kind for kind in (Classify, Tag, CausalLM, MaskedLM, SequenceToSequence)
}
