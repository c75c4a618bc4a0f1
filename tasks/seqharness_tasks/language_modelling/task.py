"""`lm` and `mlm`: data, rows, tokens, metrics and slices of language modelling."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seqharness.contracts import Axis, Data, Example, Metric, Prediction, columns_of
from seqharness.data.sources import DataSource
from seqharness.data.tokenizers import Tokenizer
from seqharness.metrics import likelihood
from seqharness.metrics.likelihood import (
    EXCESS_COLUMNS,
    LIKELIHOOD_COLUMNS,
    MASKED_COLUMNS,
    RECALL_COLUMNS,
    WORDS,
)

from . import tokens
from .codec import MaskedCodec, TextCodec
from .examples import Cut, recoverable, test_examples, texts_of, training_examples
from .loading import Corpus, Text, fingerprint_of, load_corpus
from .options import CausalOptions, MaskedOptions, TextOptions
from .windows import end_to_end, sliding

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

LENGTH_EDGES = (5, 10, 15, 20, 30)
DISTANCE_EDGES = (1, 3, 5, 8, 12)
ATTRACTOR_EDGES = (0, 1, 2)


class _LanguageModelling:
    """What both tasks do alike."""

    codec_class: ClassVar[type[TextCodec]]
    masked: ClassVar[bool]
    metrics: Sequence[Metric]
    baselines: Sequence[str]
    measurements: Sequence[str] = ()

    def __init__(self, options: TextOptions) -> None:
        self.options = options
        self.axes: Mapping[str, str | Axis] = {}
        if options.rows != "text":
            self.axes = {"length": Axis("words", LENGTH_EDGES)}
        if options.data == "generated":
            self.axes = {
                **self.axes,
                "distance": Axis("words from subject to verb, of the farthest pair", DISTANCE_EDGES),
                "attractors": Axis("nouns of the other number between these two", ATTRACTOR_EDGES),
            }

    def fingerprint(self, source: DataSource) -> dict[str, str]:
        """What decides the content of the data: equal fingerprints and options load equal data."""
        return fingerprint_of(self.options, source)

    def load(self, source: DataSource) -> Data:
        """Examples as `examples` has them. UserError for data that cannot be found, read or split."""
        corpus = load_corpus(self.options, source)
        tokenizer = self._learn([text.content for text in corpus.parts["train"]])
        splits: dict[str, Sequence[Example]] = {}
        notes = [*corpus.notes]
        for part, texts in corpus.parts.items():
            if part == "train":
                splits[part] = training_examples(tokenizer, texts, self._training_rows)
                continue
            examples, unknown = test_examples(tokenizer, self._measured(texts), self._test_rows, self.masked)
            splits[part] = examples
            notes += _unknown_note(part, unknown, texts, tokenizer)
        notes += self._row_notes(corpus, splits)
        return Data(splits=splits, source=corpus.source, notes=tuple(notes), files=corpus.files)

    def codec(self, data: Data) -> TextCodec:
        """Learned on the training split only."""
        return self.codec_class(self._learn(list(texts_of(data.splits["train"]))), _cut(data.splits))

    def load_codec(self, folder: Path) -> TextCodec:
        """What the codec's `save` wrote."""
        return self.codec_class.load(folder)

    @property
    def _training_rows(self) -> Cut:
        return partial(end_to_end, window=self.options.longest)

    @property
    def _test_rows(self) -> Cut:
        raise NotImplementedError

    def _learn(self, texts: Sequence[str]) -> Tokenizer:
        return tokens.learn(self.options.tokens, texts, self.options.types, self.options.least)

    def _measured(self, texts: Sequence[Text]) -> list[Text]:
        """The texts with the slice 'length', where a row is a line or a paragraph."""
        if "length" not in self.axes:
            return list(texts)
        return [replace(text, slices={"length": len(text.content.split()), **text.slices}) for text in texts]

    def _row_notes(self, corpus: Corpus, splits: Mapping[str, Sequence[Example]]) -> list[str]:
        """How texts were cut into rows, where any was."""
        raise NotImplementedError


class LanguageModelling(_LanguageModelling):
    """The next token, from the left. Perplexity per token is the primary metric; the unit of statistics is the document
    where documents are known, else the row, and never a token."""

    codec_class = TextCodec
    masked = False

    def __init__(self, options: CausalOptions) -> None:
        super().__init__(options)
        self.step = options.step
        metrics = [
            likelihood.perplexity(),
            likelihood.word_perplexity(),
            likelihood.bits_per_byte(),
            likelihood.loss(),
            likelihood.recall_perplexity(),
            likelihood.other_perplexity(),
        ]
        self.baselines: Sequence[str] = ("chance", "majority", "ngram")
        if options.data == "generated":
            metrics.insert(1, likelihood.excess_bits())
            self.baselines = (*self.baselines, "true-grammar")
            self.measurements = ("agreement", "samples") if options.tokens == "word" else ("samples",)
        else:
            self.measurements = ("carried-state", "samples") if options.rows == "text" else ("samples",)
            rows = f"|rows of {options.longest}, {self.step} scored"
            metrics = [replace(metric, signature=metric.signature + rows) for metric in metrics]
        self.metrics: Sequence[Metric] = tuple(metrics)

    def statistics(
        self, examples: Sequence[Example], predictions: Sequence[Prediction], metrics: Sequence[Metric]
    ) -> Array:
        """[len(examples), len(columns_of(metrics))]; NaN where a prediction has no losses, and for bytes that do not
        compare."""
        facts: list[Mapping[str, Any]] = [example.target for example in examples]
        table = likelihood.likelihood_columns(predictions, [fact["text"] for fact in facts])
        found = dict(zip(LIKELIHOOD_COLUMNS, table.T, strict=True))
        found[likelihood.BYTES] = np.array([_number(fact["bytes"]) for fact in facts])
        found[WORDS] = np.array([float(fact["words"]) for fact in facts])
        recall = likelihood.recall_columns(predictions, [fact["repeated"] for fact in facts])
        found |= dict(zip(RECALL_COLUMNS, recall.T, strict=True))
        excess = likelihood.excess_columns(predictions, [fact["log2"] for fact in facts])
        excess[np.isnan(found[likelihood.BYTES])] = np.nan  # something is unknown: the sentence itself is not scored
        found |= dict(zip(EXCESS_COLUMNS, excess.T, strict=True))
        return np.column_stack([found[name] for name in columns_of(metrics)])

    def show(self, example: Example, prediction: Prediction | None = None) -> dict[str, str]:
        """The context and the text that is scored."""
        context, text = _texts(example)
        return {"input": context, "reference": text, **({} if prediction is None else {"output": ""})}

    @property
    def _test_rows(self) -> Cut:
        return partial(sliding, window=self.options.longest, stride=self.step)

    def _row_notes(self, corpus: Corpus, splits: Mapping[str, Sequence[Example]]) -> list[str]:
        if not _cut(splits):
            return []
        window, step = self.options.longest, self.step
        return [
            f"texts are cut into rows of {window:,} tokens; in testing a row scores its last {step:,}, so that each "
            f"token is scored once, behind {window - step:,} tokens or more but at the beginning of a text"
        ]


class MaskedLanguageModelling(_LanguageModelling):
    """Hidden tokens, from both sides. Pseudo-perplexity is the primary metric; it is no perplexity and stands in no
    table with one."""

    codec_class = MaskedCodec
    masked = True
    baselines: Sequence[str] = ("chance", "majority")

    def __init__(self, options: MaskedOptions) -> None:
        super().__init__(options)
        self.metrics: Sequence[Metric] = (likelihood.pseudo_perplexity(), likelihood.masked_accuracy())

    def statistics(
        self, examples: Sequence[Example], predictions: Sequence[Prediction], metrics: Sequence[Metric]
    ) -> Array:
        """[len(examples), len(columns_of(metrics))]; NaN where a prediction has no losses or no guesses."""
        guesses = [None if prediction.output is None else _ids(prediction.output) for prediction in predictions]
        table = likelihood.masked_columns(predictions, guesses, [example.target["answers"] for example in examples])
        found = dict(zip(MASKED_COLUMNS, table.T, strict=True))
        return np.column_stack([found[name] for name in columns_of(metrics)])

    def show(self, example: Example, prediction: Prediction | None = None) -> dict[str, str]:
        """The text, and what was said for its hidden tokens."""
        shown = {"input": _texts(example)[1], "reference": f"{len((example.target or {}).get('answers', ()))} hidden"}
        if prediction is not None:
            shown["output"] = "" if prediction.output is None else " ".join(prediction.output["tokens"])
        return shown

    @property
    def _test_rows(self) -> Cut:
        return self._training_rows

    def _row_notes(self, corpus: Corpus, splits: Mapping[str, Sequence[Example]]) -> list[str]:
        if not _cut(splits):
            return []
        return [f"texts are cut into rows of {self.options.longest:,} tokens, end to end"]


def _cut(splits: Mapping[str, Sequence[Example]]) -> bool:
    """Whether any row is a piece of a longer text."""
    return any(example.scored is not None for examples in splits.values() for example in examples)


def _unknown_note(part: str, unknown: int, texts: Sequence[Text], tokenizer: Tokenizer) -> list[str]:
    if unknown:
        return [
            f"{part}: {unknown:,} tokens are not in the vocabulary; each counts as the unknown token, and bits per "
            "byte do not compare"
        ]
    if not recoverable(tokenizer, [text.content for text in texts]):
        return [f"{part}: its white space does not follow from its words, so that bits per byte do not compare"]
    return []


def _number(value: int | None) -> float:
    return math.nan if value is None else float(value)


def _ids(output: Any) -> list[int]:
    ids: list[int] = output["ids"]
    return ids


def _texts(example: Example) -> tuple[str, str]:
    """What stands before the scored tokens, and their text."""
    if example.target is None:
        return "", str(example.input)
    return example.target.get("context", ""), example.target["text"]
