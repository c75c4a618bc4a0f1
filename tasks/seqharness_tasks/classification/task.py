"""`classify`: data, tokens, metrics and slices of a classification task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seqharness.contracts import Axis, Data, Example, Metric, Prediction, columns_of
from seqharness.data.sources import DataSource
from seqharness.data.tokenizers import Tokenizer, WordTokenizer, learn_tokenizer, unknown
from seqharness.metrics.classification import (
    ACCURACY_COLUMNS,
    CALIBRATION_COLUMNS,
    LOSS_COLUMNS,
    accuracy,
    accuracy_columns,
    calibration_columns,
    calibration_error,
    class_columns,
    confusion_columns,
    cross_entropy,
    cross_entropy_columns,
    macro_f1,
    matthews,
)

from .codec import ClassificationCodec
from .loading import fingerprint_of, load_corpus, repeat_notes
from .options import VOCABULARY, ClassifyOptions

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

LENGTHS = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0)
"""Steps of the length in words."""

NEGATIONS = (0.0, 1.0, 2.0, 3.0)
"""Steps of the number of negations."""


class Classification:
    """One label for a text. Accuracy is the primary metric.

    Which labels there are is known once `load`, `codec` or `load_codec` was called; before that `metrics` has the same
    metrics in name, without the columns of classes.
    """

    baselines: Sequence[str] = ("chance", "majority", "bow")
    measurements: Sequence[str] = ()

    def __init__(self, options: ClassifyOptions) -> None:
        self.options = options
        self._know(())
        self.axes: Mapping[str, str | Axis] = {
            "length": Axis("words of the text", LENGTHS),
            **(
                {"phenomenon": "phenomenon in the review", "negations": Axis("negations in the review", NEGATIONS)}
                if options.data == "generated"
                else {}
            ),
        }
        self._learned: tuple[Sequence[Example], ClassificationCodec] | None = None

    def fingerprint(self, source: DataSource) -> dict[str, str]:
        """sha256 by name of the files that `load` would read: equal fingerprints and options load equal data."""
        return fingerprint_of(self.options, source)

    def load(self, source: DataSource) -> Data:
        """Examples whose input is a text and whose target is a label; those not trained on carry the slices of `axes`.

        UserError for data that cannot be found, read or learned from.
        """
        corpus = load_corpus(self.options, source)
        self._know(corpus.labels)
        splits = {
            part: examples if part == "train" else [_with_length(example) for example in examples]
            for part, examples in corpus.parts.items()
        }
        return Data(
            splits=splits,
            source=corpus.source,
            notes=(*corpus.notes, *self._cut_notes(splits), *self._unknown_notes(splits), *repeat_notes(splits)),
            files=corpus.files,
        )

    def codec(self, data: Data) -> ClassificationCodec:
        """Learned on the training split only."""
        return self._learn(data.splits["train"])

    def load_codec(self, folder: Path) -> ClassificationCodec:
        """What the codec's `save` wrote."""
        codec = ClassificationCodec.load(folder)
        self._know(codec.labels)
        return codec

    def statistics(
        self, examples: Sequence[Example], predictions: Sequence[Prediction], metrics: Sequence[Metric]
    ) -> Array:
        """[len(examples), len(columns_of(metrics))]; NaN where a prediction lacks what a metric is about."""
        references = [str(example.target) for example in examples]
        outputs = [prediction.output for prediction in predictions]
        parts = {
            ACCURACY_COLUMNS: lambda: accuracy_columns(outputs, references),
            class_columns(self.labels): lambda: confusion_columns(outputs, references, self.labels),
            CALIBRATION_COLUMNS: lambda: calibration_columns(predictions, references),
            LOSS_COLUMNS: lambda: cross_entropy_columns(predictions),
        }
        wanted = dict.fromkeys(metric.columns for metric in metrics)
        found = {name: column for key in wanted for name, column in zip(key, parts[key]().T, strict=True)}
        return np.column_stack([found[name] for name in columns_of(metrics)])

    def show(self, example: Example, prediction: Prediction | None = None) -> dict[str, str]:
        """The text and its label, and the output if there is a prediction."""
        shown = {"input": str(example.input), "reference": str(example.target)}
        if prediction is not None:
            shown["output"] = "" if prediction.output is None else str(prediction.output)
        return shown

    def _know(self, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        self.metrics: Sequence[Metric] = (
            accuracy(),
            macro_f1(self.labels),
            matthews(self.labels),
            calibration_error(),
            cross_entropy(),
        )

    def _learn(self, train: Sequence[Example]) -> ClassificationCodec:
        """The codec of a training split; the last one is kept, since `load` may need it before `codec` does."""
        if self._learned is None or self._learned[0] is not train:
            tokenizer = self._tokenizer([str(example.input) for example in train])
            self._learned = train, ClassificationCodec(tokenizer, self.labels, self.options.max_length)
        return self._learned[1]

    def _tokenizer(self, texts: Sequence[str]) -> Tokenizer:
        """Words and punctuation marks apart. Generated data has a few hundred words and all of them in training; of
        other texts a word that occurs once is unknown, so that a model learns what to do with unknown ones."""
        options = self.options
        if options.level == "word":
            least = 1 if options.data == "generated" else 2
            return WordTokenizer.learn(texts, options.types, least, by="punctuation")
        return learn_tokenizer(options.level, texts, options.types or VOCABULARY)

    def _unknown_notes(self, splits: Mapping[str, Sequence[Example]]) -> tuple[str, ...]:
        """How many tokens are not in the vocabulary, where there is such a thing."""
        if self.options.level not in ("word", "character"):
            return ()
        tokenizer, notes = self._learn(splits["train"]).tokenizer, []
        for part, examples in splits.items():
            rows = tokenizer.encode([str(example.input) for example in examples])
            if count := unknown(rows):
                total = len(rows.values)
                notes.append(
                    f"{part}: {count:,} of {total:,} tokens ({100 * count / total:.1f} %) are not in the vocabulary"
                )
        return tuple(notes)

    def _cut_notes(self, splits: Mapping[str, Sequence[Example]]) -> tuple[str, ...]:
        """How many texts are cut. A token has a byte at least, so that only a text with more bytes can be."""
        limit = self.options.max_length
        notes = []
        for part, examples in splits.items():
            suspects = [example for example in examples if len(str(example.input).encode()) > limit]
            if not suspects:
                continue
            tokens = self._learn(splits["train"]).tokenizer.encode([str(example.input) for example in suspects])
            if count := int((tokens.lengths > limit).sum()):
                notes.append(
                    f"{part}: {count:,} of {len(examples):,} texts are longer than {limit:,} tokens; cut there"
                )
        return tuple(notes)


def _with_length(example: Example) -> Example:
    return replace(example, slices={"length": float(len(str(example.input).split())), **example.slices})
