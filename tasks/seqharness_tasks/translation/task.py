"""`translate`: data, tokens, metrics and slices of a translation task."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seqharness.contracts import Axis, Data, Example, Metric, Prediction, columns_of
from seqharness.data.sources import DataSource
from seqharness.errors import UserError
from seqharness.metrics.likelihood import LIKELIHOOD_COLUMNS, bits_per_byte, likelihood_columns, perplexity
from seqharness.metrics.text import (
    bleu,
    bleu_columns,
    chrf,
    chrf_columns,
    exact_match,
    exact_match_columns,
    ter,
    ter_columns,
)

from .codec import TranslationCodec
from .loading import fingerprint_of, load_corpus, repeat_notes
from .options import TranslateOptions
from .slices import LENGTHS, frequencies, with_slices

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]


_UNSPACED = frozenset(("zh", "ja", "th", "lo", "km", "my"))
"""Languages written without spaces between words."""


TEXT_COLUMNS: Mapping[str, Callable[[Sequence[str], Sequence[str]], Array]] = {
    "bleu": bleu_columns,
    "chrf": chrf_columns,
    "ter": ter_columns,
    "exact_match": exact_match_columns,
}
"""What each metric on text counts, by its name."""


class Translate:
    """Translation of sentences, scored on detokenised, cased text. BLEU is the primary metric."""

    baselines: Sequence[str] = ("ibm1",)

    def __init__(self, options: TranslateOptions) -> None:
        self.options = options
        self.metrics: Sequence[Metric] = (bleu(), chrf(), ter(), exact_match(), perplexity(), bits_per_byte())
        self.measurements: Sequence[str] = ("attention",)
        self.axes: Mapping[str, str | Axis] = {
            "length": Axis("words of the source", LENGTHS),
            **({"phenomenon": "phenomenon in the sentence"} if options.data == "generated" else {}),
            "rare": "occurrences in training of the source's rarest word",
        }

    def fingerprint(self, source: DataSource) -> dict[str, str]:
        """sha256 by name of the files that `load` would read: equal fingerprints and options load equal data."""
        return fingerprint_of(self.options, source)

    def load(self, source: DataSource) -> Data:
        """Examples whose input and target are texts; those not trained on carry the slices of `axes`.

        UserError for data that cannot be found, read or used.
        """
        corpus = load_corpus(self.options, source)
        parts, length_notes = self._bounded(corpus.parts)
        counts = frequencies(example.input for example in parts["train"])
        splits = {
            part: examples if part == "train" else with_slices(examples, counts) for part, examples in parts.items()
        }
        return Data(
            splits=splits,
            source=corpus.source,
            notes=(*corpus.notes, *length_notes, *repeat_notes(parts), *_metric_notes(self.options.languages[1])),
            files=corpus.files,
            languages=self.options.languages,
        )

    def codec(self, data: Data) -> TranslationCodec:
        """Learned on the training split only."""
        return self._learn(data.splits["train"])

    def load_codec(self, folder: Path) -> TranslationCodec:
        """What the codec's `save` wrote."""
        return TranslationCodec.load(folder)

    def statistics(
        self, examples: Sequence[Example], predictions: Sequence[Prediction], metrics: Sequence[Metric]
    ) -> Array:
        """[len(examples), len(columns_of(metrics))]; NaN where a prediction has no output or no losses."""
        references = [str(example.target) for example in examples]
        outputs = ["" if prediction.output is None else str(prediction.output) for prediction in predictions]
        silent = [prediction.output is None for prediction in predictions]
        found: dict[str, Array] = {}
        for metric in metrics:
            if metric.name in TEXT_COLUMNS:
                values = TEXT_COLUMNS[metric.name](outputs, references)
                values[silent] = np.nan
                found |= dict(zip(metric.columns, values.T, strict=True))
        likelihood = likelihood_columns(predictions, references)
        found |= dict(zip(LIKELIHOOD_COLUMNS, likelihood.T, strict=True))
        return np.column_stack([found[name] for name in columns_of(metrics)])

    def show(self, example: Example, prediction: Prediction | None = None) -> dict[str, str]:
        """The two sentences, and the output if there is a prediction."""
        shown = {"input": str(example.input), "reference": str(example.target)}
        if prediction is not None:
            shown["output"] = "" if prediction.output is None else str(prediction.output)
        return shown

    def _learn(self, train: Sequence[Example]) -> TranslationCodec:
        return TranslationCodec.learn(train, self.options.types, self.options.tokenizer == "joint")

    def _bounded(self, parts: Mapping[str, list[Example]]) -> tuple[dict[str, list[Example]], tuple[str, ...]]:
        """The parts without the training pairs over `max_length` tokens, and notes.

        Tokens are counted with an encoding learned on all training pairs, and only where a text has more bytes than
        `max_length`, since a token has at least one. Validation and test stay whole.
        """
        limit, bounded = self.options.max_length, dict(parts)
        suspects = {part: [_bytes(example) >= limit for example in examples] for part, examples in parts.items()}
        if not any(any(flags) for flags in suspects.values()):
            return bounded, ()
        codec, notes = self._learn(parts["train"]), []
        for part, flags in suspects.items():
            long = _over(limit, codec, parts[part], flags)
            if part == "train":
                bounded[part] = [example for example, over in zip(parts[part], long, strict=True) if not over]
            if count := sum(long):
                done = "left out" if part == "train" else "kept"
                notes.append(f"{part}: {count:,} of {len(long):,} pairs are longer than {limit:,} tokens; {done}")
        if not bounded["train"]:
            raise UserError(f"Every training pair is longer than max_length={limit} tokens: raise it.")
        return bounded, tuple(notes)


def _metric_notes(target: str) -> tuple[str, ...]:
    if re.split("[_.]", target.lower())[0] not in _UNSPACED:
        return ()
    return (f"BLEU and TER count words between spaces, which {target} does not write: read chrF instead",)


def _bytes(example: Example) -> int:
    return max(len(str(text).encode()) for text in (example.input, example.target))


def _over(limit: int, codec: TranslationCodec, examples: Sequence[Example], suspects: Sequence[bool]) -> list[bool]:
    """Which examples have a side of more than `limit` tokens; only suspects can."""
    rows = codec.encode([example for example, suspect in zip(examples, suspects, strict=True) if suspect])
    long = iter(np.maximum(rows["source"].lengths, rows["target"].lengths) > limit)
    return [suspect and bool(next(long)) for suspect in suspects]
