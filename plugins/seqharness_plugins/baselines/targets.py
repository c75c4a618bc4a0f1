"""What is scored on each interface, as the networks' objectives have it, so that a figure of a baseline stands beside
theirs: the same positions in the same order, the end of a text included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from seqharness.interfaces import BOS, EOS, MASK, PAD, SEP, UNSCORED, CausalLM, Classify, Interface, MaskedLM, Tag
from seqharness.modules.masking import masked_positions

if TYPE_CHECKING:
    from seqharness.data.rows import Rows

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Targets(NamedTuple):
    """Ids of all scored positions, one example after the other, and how many each example has [N]."""

    ids: Ids
    counts: Ids

    def split(self, values: npt.NDArray[Any]) -> list[tuple[Any, ...]]:
        """A value for each scored position -> those of each example."""
        flat, ends = values.tolist(), np.cumsum(self.counts).tolist()
        return [tuple(flat[end - count : end]) for end, count in zip(ends, self.counts.tolist(), strict=True)]


def scored_targets(interface: Interface, rows: Mapping[str, Rows]) -> Targets:
    """The ids that a model is scored on. Not for real numbers: see `labels`."""
    if isinstance(interface, Classify):
        ids = labels(rows).astype(np.int64)
        return Targets(ids, np.ones(len(ids), dtype=np.int64))
    if isinstance(interface, Tag):
        tags = np.asarray(rows["tags"].values, dtype=np.int64)
        return chosen(tags, tags != UNSCORED, rows["tags"].offsets)
    if isinstance(interface, CausalLM):
        text = Text.of(rows)
        return chosen(text.tokens, text.scored, text.starts)
    if isinstance(interface, MaskedLM):
        tokens = rows["tokens"]
        flags = [masked_positions(row) for row in tokens]
        return chosen(
            np.asarray(tokens.values, dtype=np.int64), np.concatenate([np.zeros(0, bool), *flags]), tokens.offsets
        )
    raise TypeError(f"no scored positions are defined for {interface.name}")


def chosen(ids: Ids, flags: Flags, offsets: Ids) -> Targets:
    """The ids where a flag is set, counted by row; rows begin at `offsets` [N + 1]."""
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(flags)])
    return Targets(ids[flags], np.diff(before[offsets]))


def labels(rows: Mapping[str, Rows]) -> npt.NDArray[np.generic]:
    """[N]: the label id, or the real number, of each row."""
    field = rows["label"]
    return np.asarray(field.values[field.offsets[:-1]])


class Text(NamedTuple):
    """Rows of tokens one after the other as a causal language model reads them: BOS, the tokens, EOS.

    tokens, scored [total]: ids, and whether a position counts (BOS never does). starts [N + 1]: where the rows begin.
    """

    tokens: Ids
    scored: Flags
    starts: Ids

    @classmethod
    def of(cls, rows: Mapping[str, Rows], indices: Sequence[int] | Ids | None = None) -> Text:
        """From the fields 'tokens' and, where there is one, 'scored'; of all rows, or of those at `indices`."""
        field = rows["tokens"]
        chosen_rows = np.arange(len(field)) if indices is None else np.asarray(indices, dtype=np.int64)
        lengths = field.lengths[chosen_rows]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths + 2)])
        tokens = np.full(int(starts[-1]), EOS, dtype=np.int64)
        scored = np.ones(int(starts[-1]), dtype=bool)
        tokens[starts[:-1]], scored[starts[:-1]] = BOS, False
        tokens[_places(starts[:-1] + 1, lengths)] = field.values[_places(field.offsets[chosen_rows], lengths)]
        if "scored" in rows:
            flags = rows["scored"]
            given = _places(flags.offsets[chosen_rows], lengths + 1)
            scored[_places(starts[:-1] + 1, lengths + 1)] = flags.values[given] != 0
        return cls(tokens, scored, starts)


def _places(starts: Ids, lengths: Ids) -> Ids:
    """start, start + 1, ... for each start, as many as its length, one after the other."""
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths))


def predictable(interface: Interface, rows: Mapping[str, Rows]) -> Flags:
    """[outputs]: which ids can ever be a target of a language model.

    Never PAD and BOS; MASK and SEP only where the training rows have them; EOS in a causal language model only. UNK
    can, since a later text may hold what training did not. For labels and tags: all.
    """
    flags = np.ones(interface.outputs_per_position, dtype=bool)
    if isinstance(interface, CausalLM | MaskedLM):
        tokens = np.asarray(rows["tokens"].values)
        flags[[PAD, BOS]] = False
        flags[EOS] = isinstance(interface, CausalLM)
        for reserved in (MASK, SEP):
            flags[reserved] = bool((tokens == reserved).any())
    return flags
