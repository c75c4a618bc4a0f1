"""`tag`: data, tokens, metrics and slices of a tagging task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seqharness.contracts import Axis, Data, Example, Metric, Prediction, columns_of
from seqharness.data.sources import DataSource
from seqharness.data.tokenizers import WordTokenizer, most_frequent, unknown
from seqharness.metrics.classification import LOSS_COLUMNS, cross_entropy, cross_entropy_columns
from seqharness.metrics.tagging import (
    SENTENCE_COLUMNS,
    SPAN_COLUMNS,
    TOKEN_COLUMNS,
    sentence_accuracy,
    sentence_columns,
    span_columns,
    span_f1,
    token_accuracy,
    token_columns,
)

from .codec import TaggingCodec
from .loading import fingerprint_of, load_corpus, repeat_notes
from .options import TagOptions

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

LENGTHS = (10.0, 15.0, 20.0, 30.0, 40.0)
"""Steps of the length in words."""

DISTANCES = (1.0, 5.0, 8.0, 12.0, 18.0, 24.0)
"""Steps of the distance between a subject's noun and its verb."""

ATTRACTORS = (0.0, 1.0, 2.0)
"""Steps of the number of nouns of the other number between them."""


class Tagging:
    """One tag for every word. Accuracy over tags is the primary metric.

    Which tags there are is known once `load` or `load_codec` was called.
    """

    baselines: Sequence[str] = ("chance", "majority")
    measurements: Sequence[str] = ()

    def __init__(self, options: TagOptions) -> None:
        self.options = options
        self.tags: tuple[str, ...] = ()
        self.metrics: Sequence[Metric] = (token_accuracy(), span_f1(), sentence_accuracy(), cross_entropy("tag"))
        self.axes: Mapping[str, str | Axis] = {
            "length": Axis("words of the sentence", LENGTHS),
            **(
                {
                    "distance": Axis("words from a subject's noun to its verb, the most in the sentence", DISTANCES),
                    "attractors": Axis("nouns of the other number between them, the most in the sentence", ATTRACTORS),
                }
                if options.data == "generated"
                else {}
            ),
        }

    def fingerprint(self, source: DataSource) -> dict[str, str]:
        """sha256 by name of the files that `load` would read: equal fingerprints and options load equal data."""
        return fingerprint_of(self.options, source)

    def load(self, source: DataSource) -> Data:
        """Examples whose input is a list of words and whose target is a list of as many tags.

        Those not trained on carry the slices of `axes`.
        UserError for data that cannot be found, read or learned from.
        """
        corpus = load_corpus(self.options, source)
        self.tags = corpus.tags
        splits = {
            part: examples if part == "train" else [_with_length(example) for example in examples]
            for part, examples in corpus.parts.items()
        }
        return Data(
            splits=splits,
            source=corpus.source,
            notes=(*corpus.notes, *self._unknown_notes(splits), *repeat_notes(splits)),
            files=corpus.files,
        )

    def codec(self, data: Data) -> TaggingCodec:
        """Learned on the training split only."""
        return TaggingCodec(self._words(data.splits["train"]), self.tags)

    def load_codec(self, folder: Path) -> TaggingCodec:
        """What the codec's `save` wrote."""
        codec = TaggingCodec.load(folder)
        self.tags = codec.tags
        return codec

    def statistics(
        self, examples: Sequence[Example], predictions: Sequence[Prediction], metrics: Sequence[Metric]
    ) -> Array:
        """[len(examples), len(columns_of(metrics))]; NaN where a prediction lacks what a metric is about."""
        references = [example.target for example in examples]
        outputs = [prediction.output for prediction in predictions]
        parts: Mapping[tuple[str, ...], Callable[[], Array]] = {
            TOKEN_COLUMNS: lambda: token_columns(outputs, references),
            SPAN_COLUMNS: lambda: span_columns(outputs, references),
            SENTENCE_COLUMNS: lambda: sentence_columns(outputs, references),
            LOSS_COLUMNS: lambda: cross_entropy_columns(predictions),
        }
        wanted = dict.fromkeys(metric.columns for metric in metrics)
        found = {name: column for key in wanted for name, column in zip(key, parts[key]().T, strict=True)}
        return np.column_stack([found[name] for name in columns_of(metrics)])

    def show(self, example: Example, prediction: Prediction | None = None) -> dict[str, str]:
        """The words, and with their tags; those of the output if there is a prediction."""
        shown = {"input": " ".join(example.input), "reference": _tagged(example.input, example.target)}
        if prediction is not None:
            shown["output"] = "" if prediction.output is None else _tagged(example.input, prediction.output)
        return shown

    def _words(self, train: Sequence[Example]) -> WordTokenizer:
        """Generated data has a few words and all of them in training; of other texts a word that occurs once is
        unknown, so that a model learns what to do with unknown ones."""
        least = 1 if self.options.data == "generated" else 2
        words = chain.from_iterable(example.input for example in train)
        return WordTokenizer(most_frequent(words, self.options.types, least))

    def _unknown_notes(self, splits: Mapping[str, Sequence[Example]]) -> tuple[str, ...]:
        """How many words are not in the vocabulary."""
        words, notes = self._words(splits["train"]), []
        for part, examples in splits.items():
            rows = words.encode_symbols([example.input for example in examples])
            if count := unknown(rows):
                total = len(rows.values)
                notes.append(
                    f"{part}: {count:,} of {total:,} words ({100 * count / total:.1f} %) are not in the vocabulary"
                )
        return tuple(notes)


def _tagged(words: Sequence[str], tags: Sequence[str]) -> str:
    """'the/B-NP keys/I-NP vanished/O ./O' without what is outside of spans: 'the/B-NP keys/I-NP vanished .'."""
    return " ".join(word if tag == "O" else f"{word}/{tag}" for word, tag in zip(words, tags, strict=True))


def _with_length(example: Example) -> Example:
    return replace(example, slices={"length": float(len(example.input)), **example.slices})
