"""The checks of baselines: a sound one passes, and each fault is caught and told."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from typing import Any, Literal

import numpy as np
import pytest
from pydantic import Field

from seqharness.contracts import BaselineArchitecture, ModelSpec, Options, Prediction, Split
from seqharness.errors import NotApplicable
from seqharness.interfaces import CausalLM, Classify, MaskedLM, SequenceToSequence, Tag
from seqharness.testing import Model, check_model, check_named, run_check
from seqharness.testing.data import splits
from seqharness.testing.problems import PROBLEMS
from seqharness.testing.select import BASELINE_CHECKS


class SoundOptions(Options):
    """An option of each kind."""

    mode: Literal["counted", "uniform", "refused"] = Field(default="counted", description="for tests")
    more: int = Field(default=1, ge=0, description="for tests")


class Frequencies:
    """Label frequencies, smoothed."""

    def __init__(self, options: SoundOptions, interface: Any) -> None:
        if options.mode == "refused" or interface.features:
            raise NotApplicable("there is nothing to count")
        self.options, self.interface, self.parameters = options, interface, interface.outputs
        self.probabilities = np.full(interface.outputs, 1 / interface.outputs)

    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        counts = Counter(train.rows["label"].values.tolist())
        if self.options.mode == "counted":
            seen = np.array([counts[label] + self.options.more + 0.1 for label in range(self.interface.outputs)])
            self.probabilities = seen / seen.sum()

    def predict(self, split: Split) -> list[Prediction]:
        return [self.one(int(split.rows["label"][number][0])) for number in range(len(split))]

    def one(self, label: int) -> Prediction:
        chosen = tuple(self.probabilities.tolist())
        return Prediction([int(np.argmax(chosen))], (-float(np.log(chosen[label])),), probabilities=chosen)


def card(kind: type[Frequencies] = Frequencies, random: bool = False) -> ModelSpec:
    architecture = BaselineArchitecture(config=SoundOptions, serves={Classify: kind}, random=random)
    return ModelSpec(name="probe", summary="x", interfaces=(Classify,), load=lambda: architecture, baseline=True)


FAULTS: list[Any] = []


def fault(check: str, message: str) -> Any:
    """The baseline below breaks the rule, and is told so."""

    def keep(kind: type[Frequencies]) -> type[Frequencies]:
        FAULTS.append(pytest.param(f"check_baseline_{check}", kind, message, id=f"{check}-{kind.__name__}"))
        return kind

    return keep


@fault("predicts", "there are 11 predictions for 12 examples")
class LosesOne(Frequencies):
    def predict(self, split: Split) -> list[Prediction]:
        return super().predict(split)[1:]


@fault("predicts", "the probabilities of the prediction for example 0 sum to 2")
class SumsToTwo(Frequencies):
    def one(self, label: int) -> Prediction:
        self.probabilities = 2 * self.probabilities / self.probabilities.sum()
        return super().one(label)


@fault("predicts", "has a loss of inf")
class InfinitelySurprised(Frequencies):
    def one(self, label: int) -> Prediction:
        return Prediction([0], (float("inf"),))


@fault("predicts", "has 2 losses for 1 positions")
class TwoLosses(Frequencies):
    def one(self, label: int) -> Prediction:
        return Prediction([0], (1.0, 1.0))


@fault("predicts", "loss 0.5, but its probabilities say")
class LossOfAnother(Frequencies):
    def one(self, label: int) -> Prediction:
        return Prediction([0], (0.5,), probabilities=super().one(label).probabilities)


@fault("predicts", "the prediction for example 0 has no output")
class SaysNothing(Frequencies):
    def one(self, label: int) -> Prediction:
        return Prediction(None, (1.0,))


@fault("predicts", "parameters is 'many'")
class ManyParameters(Frequencies):
    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        self.parameters = "many"


@fault("every_option_value", "mode=uniform: ZeroDivisionError: division by zero; more=0: AssertionError")
class BreaksByOptions(Frequencies):
    def predict(self, split: Split) -> list[Prediction]:
        if self.options.mode == "uniform":
            return [1 / 0]
        return super().predict(split)[: None if self.options.more else 1]


@fault("does_not_look_at_targets", "with another target, example 0 is answered otherwise")
class Cheats(Frequencies):
    def one(self, label: int) -> Prediction:
        return Prediction([label], (0.0,))


@fault("draws_from_the_given_generator", "draws from Python's or NumPy's global generator")
class DrawsGlobally(Frequencies):
    def one(self, label: int) -> Prediction:
        return Prediction([random.randrange(3)])


@fault("draws_from_the_given_generator", "the same generator gives other predictions")
class DrawsFromTheSystem(Frequencies):
    def one(self, label: int) -> Prediction:
        return Prediction([int.from_bytes(os.urandom(4), "little")])


@fault("draws_from_the_given_generator", "but the architecture says random=False")
class DoesNotSayThatItDraws(Frequencies):
    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        self.probabilities = rng.dirichlet(np.ones(self.interface.outputs))


@fault("draws_from_the_given_generator", r"fitting or predicting changes the environment \(PROBE\)")
class SetsTheEnvironment(Frequencies):
    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        os.environ["PROBE"] = "1"


@fault("leaves_its_data", "the rows of 'tokens' of the train split are changed in place")
class SortsInPlace(Frequencies):
    def fit(self, train: Split, validation: Split, rng: np.random.Generator) -> None:
        train.rows["tokens"].values.sort()


@fault("leaves_its_data", "predicting the same split again gives other predictions")
class GetsTired(Frequencies):
    calls = 0

    def predict(self, split: Split) -> list[Prediction]:
        self.calls += 1
        return [Prediction([self.calls])] * len(split)


@pytest.mark.parametrize(("check", "kind", "message"), FAULTS)
def test_a_planted_fault_is_caught(check: str, kind: type[Frequencies], message: str) -> None:
    broken, whole = (next(iter(Model(card(one)).subjects())) for one in (kind, Frequencies))
    with pytest.raises(AssertionError, match=re.compile(message, re.DOTALL)):
        run_check(check_named(check), broken)
    run_check(check_named(check), whole)


def test_every_check_of_a_baseline_has_a_planted_fault() -> None:
    assert {check.name for check in BASELINE_CHECKS} == {case.values[0] for case in FAULTS}


def test_a_sound_baseline_passes_and_what_it_refuses_is_not_applicable() -> None:
    results = list(check_model(card()))
    assert {result.status for result in results if result.problem != "classify-reals"} == {"passed"}
    refused = [result for result in results if result.problem == "classify-reals"]
    assert [(result.status, result.why) for result in refused] == [("not applicable", "there is nothing to count")]


def test_a_baseline_that_says_that_it_draws_may() -> None:
    subject = next(iter(Model(card(DoesNotSayThatItDraws, random=True)).subjects()))
    run_check(check_named("check_baseline_draws_from_the_given_generator"), subject)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_data_has_the_fields_of_its_interface_and_other_targets_for_the_same_inputs(problem: str) -> None:
    interface = PROBLEMS[problem]
    fields = {
        Classify: ("tokens", "label"),
        Tag: ("tokens", "tags"),
        CausalLM: ("tokens",),
        MaskedLM: ("tokens",),
        SequenceToSequence: ("source", "target"),
    }[type(interface)]
    data, other = splits(interface)["test"], splits(interface, shift=1)["test"]
    assert tuple(data.rows) == fields
    assert all(len(rows) == len(data) == 12 for rows in data.rows.values())
    assert np.array_equal(data.rows[fields[0]].values, other.rows[fields[0]].values)
    assert [one.input for one in data.examples] == [one.input for one in other.examples]
    for field in fields[1:]:
        assert not np.array_equal(data.rows[field].values, other.rows[field].values)
        assert all(one.target != another.target for one, another in zip(data.examples, other.examples, strict=True))
    if interface.vocabulary:
        train = {word for row in splits(interface)["train"].rows[fields[0]].values.tolist() for word in [row]}
        assert set(data.rows[fields[0]].values.tolist()) <= train  # no word is new
