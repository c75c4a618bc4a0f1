"""Baselines: models outside the training engine, fitted and asked on a tiny data set."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ...contracts import Baseline, Prediction, Split
from ...errors import NotApplicable
from ...interfaces import CausalLM, Classify, MaskedLM, SequenceToSequence, Tag
from ...modules.masking import masked_positions
from ..data import splits
from ..options import choices_of, minima_of
from ..subjects import Subject
from ..surroundings import changes, foreign_generators, kept, seed_foreign_generators, settings

ROUNDING = 1e-6
"""How far a sum of probabilities may be from 1, and a loss from what they say."""


def check_baseline_predicts(subject: Subject) -> None:
    """Fitted on 60 examples, the baseline gives one prediction for each of 12 others, in order and of the right form.

    An output is there where one is asked for (one tag a position); losses are numbers, one for each scored position;
    probabilities are of every label and sum to one, and the loss is what they say of the label. Where it fails, no
    other check is run on this interface.
    """
    data = splits(subject.interface)
    baseline = _fitted(subject, data)
    test = data["test"]
    predictions = baseline.predict(test)
    assert len(predictions) == len(test), f"there are {len(predictions)} predictions for {len(test)} examples"
    parameters = baseline.parameters
    assert isinstance(parameters, int), f"parameters is {parameters!r}, not a whole number"
    assert parameters >= 0, f"parameters is {parameters}"
    for number, prediction in enumerate(predictions):
        _check_form(subject, test, number, prediction)


def check_baseline_every_option_value(subject: Subject) -> None:
    """The baseline is fitted and predicts with every choice of every option, one at a time, and with every number at
    its minimum; or it refuses by NotApplicable with a reason."""
    config = subject.model.config()
    values = dict.fromkeys([*choices_of(type(config)), *minima_of(type(config))])
    faults = []
    for name, value in values:
        if name in subject.model.options or value == getattr(config, name):
            continue
        try:
            with kept():
                check_baseline_predicts(subject.with_options(**{name: value}))
        except NotApplicable as error:
            faults += [] if str(error).strip() else [f"{name}={value}: NotApplicable without a reason"]
        except Exception as error:
            faults.append(f"{name}={value}: {type(error).__name__}: {error}")
    assert not faults, "; ".join(faults)


def check_baseline_does_not_look_at_targets(subject: Subject) -> None:
    """What is said to an example does not depend on its target: only the loss does.

    What breaks it: scoring and answering in one pass over the targets.
    """
    data = splits(subject.interface)
    wrong = splits(subject.interface, shift=1)["test"]
    baseline = _fitted(subject, data)
    expected = [(one.output, one.probabilities) for one in baseline.predict(data["test"])]
    found = [(one.output, one.probabilities) for one in baseline.predict(wrong)]
    changed = [number for number, pair in enumerate(zip(expected, found, strict=True)) if pair[0] != pair[1]]
    assert not changed, f"with another target, example {changed[0]} is answered otherwise: the target is looked at"


def check_baseline_draws_from_the_given_generator(subject: Subject) -> None:
    """The generator given to `fit` is the only source of chance: the same one gives the same predictions, whatever
    state the global generators are in, and these and all global settings stay as they are. Unless the architecture
    says `random=True`, another seed gives the same predictions too.

    A baseline that is not random is run once for all seeds of a comparison.
    """
    results = []
    for seed, foreign in ((0, 1), (0, 2), (1, 3)):
        seed_foreign_generators(foreign)
        drawn, before = foreign_generators(), settings()
        data = splits(subject.interface)
        results.append(_fitted(subject, data, seed).predict(data["test"]))
        assert drawn == foreign_generators(), "fitting or predicting draws from Python's or NumPy's global generator"
        assert not (found := changes(before, settings())), f"fitting or predicting changes {found}"
    assert results[0] == results[1], "the same generator gives other predictions: chance has another source"
    if not subject.model.architecture.random:
        assert results[0] == results[2], "another seed gives other predictions, but the architecture says random=False"


def check_baseline_leaves_its_data(subject: Subject) -> None:
    """Fitting and predicting leave rows and examples as they are, and predicting twice gives the same.

    All models of a comparison read the same data.
    """
    data = splits(subject.interface)
    baseline = _fitted(subject, data)
    first = baseline.predict(data["test"])
    assert baseline.predict(data["test"]) == first, "predicting the same split again gives other predictions"
    for name, untouched in splits(subject.interface).items():
        for field, rows in data[name].rows.items():
            same = np.array_equal(rows.values, untouched.rows[field].values)
            assert same, f"the rows of {field!r} of the {name} split are changed in place"
        assert list(data[name].examples) == list(untouched.examples), f"examples of the {name} split are changed"


def _fitted(subject: Subject, data: Mapping[str, Split], seed: int = 0) -> Baseline:
    baseline: Baseline = subject.baseline()
    assert isinstance(baseline, Baseline), f"a {type(baseline).__name__} has no fit, predict and parameters"
    baseline.fit(data["train"], data["validation"], np.random.Generator(np.random.PCG64(seed)))
    return baseline


def _check_form(subject: Subject, test: Split, number: int, prediction: Prediction) -> None:
    interface, which = subject.interface, f"the prediction for example {number}"
    assert isinstance(prediction, Prediction), f"{which} is a {type(prediction).__name__}"
    if not isinstance(interface, CausalLM) or interface.answers:
        assert prediction.output is not None, f"{which} has no output"
    if isinstance(interface, Tag):
        positions = int(test.rows["tokens"].lengths[number])
        assert len(prediction.output) == positions, f"{which} has {len(prediction.output)} tags for {positions} tokens"
    if prediction.losses is not None:
        scored = _scored(subject, test, number)
        assert len(prediction.losses) == scored, f"{which} has {len(prediction.losses)} losses for {scored} positions"
        wrong = [loss for loss in prediction.losses if not math.isfinite(loss) or loss < 0]
        assert not wrong, f"{which} has a loss of {wrong[0]}"
    if prediction.probabilities is not None:
        _check_probabilities(interface, int(test.rows["label"][number][0]), prediction, which)


def _check_probabilities(interface: Any, label: int, prediction: Prediction, which: str) -> None:
    assert isinstance(interface, Classify), f"{which} has probabilities, which are for labels"
    probabilities: npt.NDArray[np.float64] = np.array(prediction.probabilities)
    assert len(probabilities) == interface.outputs, f"{which} has probabilities of {len(probabilities)} labels"
    assert bool((probabilities >= 0).all()), f"{which} has a negative probability"
    total = float(probabilities.sum())
    assert abs(total - 1) <= ROUNDING, f"the probabilities of {which} sum to {total}"
    if prediction.losses is not None:
        loss, said = prediction.losses[0], -math.log(max(float(probabilities[label]), 1e-300))
        assert abs(loss - said) <= ROUNDING * max(1.0, said), f"{which}: loss {loss}, but its probabilities say {said}"


def _scored(subject: Subject, test: Split, number: int) -> int:
    """Positions at which a loss is asked for."""
    interface = subject.interface
    if isinstance(interface, Tag):
        return int(test.rows["tags"].lengths[number])
    if isinstance(interface, CausalLM | SequenceToSequence):
        field = "tokens" if isinstance(interface, CausalLM) else "target"
        return int(test.rows[field].lengths[number]) + 1  # and the end
    if isinstance(interface, MaskedLM):
        return int(masked_positions(test.rows["tokens"][number]).sum())
    return 1
