"""`scan`: data, symbols, metrics and slices."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seqharness.contracts import Axis, Data, Example, Metric, Prediction
from seqharness.data.sources import DataSource
from seqharness.data.splits import split_note, split_off
from seqharness.metrics.likelihood import loss
from seqharness.metrics.text import exact_match
from seqharness_tasks.probes.codecs import PairCodec
from seqharness_tasks.probes.metrics import answer_accuracy, solved, symbol_statistics

from .grammar import ACTIONS, CONJUNCTIONS, MANNERS, TIMES, WORDS
from .options import ScanOptions
from .splits import FILES, PRIMITIVE, REVISION, Pair, Parts, generated, upstream

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]


class Scan:
    """Commands of a small language into rows of actions (Lake & Baroni 2018, https://arxiv.org/abs/1711.00350): `jump
    twice and walk left` is I_JUMP I_JUMP I_TURN_LEFT I_WALK. There are 20,910 commands.

    Vocabulary: 13 words and 6 actions, in one vocabulary. A command has 1 to 9 words and 1 to 48 actions.
    Splits, of which a comparison takes one:
    iid: 16,728 commands in training, 4,182 in the test, chosen by a hash; simple: as many, chosen by the authors.
    length: 16,990 commands with at most 22 actions in training, the 3,920 with 24 to 48 in the test.
    jump: `jump` alone 1,467 times and the 13,203 commands without it in training, the 7,706 others with it in the test.
    turn-left: `turn left` alone 2,189 times and 19,701 commands without it in training, the 1,208 others in the test.
    Validation: one in twenty commands of training, chosen by a hash; it is like training, and unlike the tests of the
    last three.
    Scored: whether the generated actions are exactly the right ones. Chance: exact match 0.0 %.
    Repeats: no command of a test is in training.
    """

    axes: Mapping[str, str | Axis] = {
        "actions": Axis("actions of the command", (4, 8, 12, 16, 20, 22, 24, 28, 32, 36, 40)),
        "word": "word in the command",
    }
    baselines: Sequence[str] = ("ibm1",)
    measurements: Sequence[str] = ()
    metrics: Sequence[Metric] = (
        solved(exact_match()),
        answer_accuracy("of each action, by its place"),
        loss(),
    )
    chance: Mapping[str, float] = {"exact_match": 0.0}

    def __init__(self, options: ScanOptions) -> None:
        self.options = options

    @property
    def contract(self) -> str:
        """What is asked, exactly."""
        return inspect.cleandoc(type(self).__doc__ or "")

    def fingerprint(self, source: DataSource) -> dict[str, str]:
        """sha256 by name of the files that `load` would read; generated: none."""
        if not self.options.upstream:
            return {}
        return {file.path: file.sha256 for file in FILES[self.options.split].values()}

    def load(self, source: DataSource) -> Data:
        """The split of the options; those examples that are not trained on carry the slices of `axes`.

        UserError where the authors' files are asked for and cannot be had.
        """
        split = self.options.split
        parts = upstream(split, source) if self.options.upstream else generated(split)
        with_validation, note = self._with_validation(parts)
        splits = {part: [_example(pair, part) for pair in pairs] for part, pairs in with_validation.items()}
        origin = f"revision {REVISION[:7]} of github.com/brendenlake/SCAN" if self.options.upstream else "generated"
        return Data(splits, f"SCAN, split {split}, {origin}", (note,), self.fingerprint(source))

    def _with_validation(self, parts: Parts) -> tuple[Parts, str]:
        """train, validation, test. What is repeated in training, the primitive, stays there."""
        primitive = PRIMITIVE.get(self.options.split)
        rest = [pair for pair in parts["train"] if pair.command != primitive]
        copies = [pair for pair in parts["train"] if pair.command == primitive]
        chosen = split_off([pair.command for pair in rest], ["validation"])
        made = {part: [rest[index] for index in places] for part, places in chosen.items()}
        note = split_note("validation", len(made["validation"]), len(parts["train"]), "command")
        return {"train": made["train"] + copies, "validation": made["validation"], "test": parts["test"]}, note

    def codec(self, data: Data) -> PairCodec:
        """One id a word or action; nothing is learned."""
        return PairCodec((*WORDS, *ACTIONS))

    def load_codec(self, folder: Path) -> PairCodec:
        """What the codec's `save` wrote."""
        return PairCodec.load(folder)

    def statistics(
        self, examples: Sequence[Example], predictions: Sequence[Prediction], metrics: Sequence[Metric]
    ) -> Array:
        """[len(examples), len(columns_of(metrics))]; NaN where a prediction has no output or no losses."""
        outputs = [None if said.output is None else str(said.output).split() for said in predictions]
        references = [str(example.target).split() for example in examples]
        return symbol_statistics(outputs, references, predictions, metrics)

    def show(self, example: Example, prediction: Prediction | None = None) -> dict[str, str]:
        """The command, its actions, and those that were said."""
        shown = {"input": str(example.input), "reference": str(example.target)}
        if prediction is not None:
            shown["output"] = "" if prediction.output is None else str(prediction.output)
        return shown


def _example(pair: Pair, part: str) -> Example:
    if part == "train":
        return Example(pair.command, pair.actions)
    words = pair.command.split()
    kinds = tuple(word for word in (*MANNERS, *TIMES, *CONJUNCTIONS) if word in words)
    return Example(pair.command, pair.actions, {"actions": len(pair.actions.split()), "word": kinds})
