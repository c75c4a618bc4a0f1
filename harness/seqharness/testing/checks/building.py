"""A network is built from its options, its interface and the seed, and from nothing else."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from ...modules.shared import Output, Projection, TokenEmbedding
from ...training.weights import load_tensors, own_tensors
from ..assertions import assert_finite, assert_rows_equal
from ..inputs import Inputs
from ..subjects import Subject

STEPS = (1, 2, 3, 5)
"""Widths tried, in steps of `width_step()`."""


def check_builds_from_defaults(subject: Subject) -> None:
    """The network is built with its defaults, in float32, answers, and can be described in one line.

    Whoever writes the bare name of the model gets this. Where it fails, no other check is run on this interface.
    """
    architecture = subject.model.architecture
    config = subject.model.config()
    torch.manual_seed(0)
    network = architecture.serves[type(subject.interface)](config, subject.interface).eval()
    with torch.no_grad():
        outcome = subject.call(network, subject.inputs(dtype=torch.float32))
    assert_finite(outcome.features[0], "the first row of features at the default size")
    if architecture.describe is not None:
        told = architecture.describe(config, subject.interface)
        assert isinstance(told, str), f"describe() gives a {type(told).__name__}, not a line of text"
        assert told.strip(), "describe() says nothing"
        assert len(told.splitlines()) == 1, "describe() gives more than one line"


def check_builds_at_every_width_step(subject: Subject) -> None:
    """Every multiple of `width_step()` is a width at which the network can be built and run.

    Sizing tries widths in these steps, the smallest included. What breaks it: heads that must divide the width, where
    `width_step` does not return their number.
    """
    step = subject.model.config().width_step()
    inputs = subject.inputs(dtype=torch.float32)
    for width in (step * steps for steps in STEPS):
        try:
            network = subject.build(dtype=torch.float32, width=width)
            with torch.no_grad():
                subject.call(network, inputs)
        except Exception as error:
            raise AssertionError(
                f"width_step() is {step}, but there is no network of width {width}: {type(error).__name__}: {error}"
            ) from error


def check_embedding_and_output(subject: Subject) -> None:
    """Embedding and output are the layers that the interface gives; `output` is the attribute that holds the latter.

    They are the same layers with the same initialisation for every model, so that none gains by its own; the engine
    reads the output's weight and bias to compute the loss in chunks. What breaks it: nn.Embedding or nn.Linear in
    their place.
    """
    network = subject.build()
    output = getattr(network, "output", None)
    assert isinstance(output, Output), (
        f"network.output is {'missing' if output is None else f'a {type(output).__name__}'}: "
        "it must be what interface.output(width) gives"
    )
    classes = subject.interface.outputs_per_position
    assert output.weight.size(0) == classes, f"network.output has {output.weight.size(0)} outputs, not {classes}"
    kind = Projection if subject.interface.features else TokenEmbedding
    assert any(isinstance(part, kind) for part in network.modules()), (
        "the network holds no embedding from interface.embedding(width)"
    )
    if not subject.interface.features:
        own = [name for name, part in network.named_modules() if _embeds_tokens(part, subject)]
        assert not own, f"{own[0]} is an nn.Embedding of the vocabulary: take interface.embedding(width)"


def check_shapes_and_dtypes(subject: Subject) -> None:
    """Features are [B, H] for Classify and [B, T, H] elsewhere, logits have one number for each output, and both have
    the dtype of the weights; every id of the vocabulary may come in, the reserved ones too."""
    for dtype in (torch.float32, torch.float64):
        network = subject.build(dtype=dtype)
        inputs = _every_id(subject, subject.inputs(dtype=dtype))
        with torch.no_grad():
            features = subject.call(network, inputs).features
            logits = network.output(features)
        places = inputs.tokens.shape[:1] if subject.interface.name == "classify" else inputs.tokens.shape[:2]
        assert features.shape[:-1] == places, (
            f"features have the shape {tuple(features.shape)}, not {tuple(places)} and the width"
        )
        expected = (*places, subject.interface.outputs_per_position)
        assert tuple(logits.shape) == expected, f"logits have the shape {tuple(logits.shape)}, not {expected}"
        assert features.dtype == dtype, f"features of a {dtype} network are {features.dtype}"


def check_same_seed_same_weights(subject: Subject) -> None:
    """The same seed gives the same weights to the last bit; another seed gives others.

    A run can be repeated only so. What breaks it: a generator of the model's own, the order of a set, the clock; or a
    seed set inside the model, which makes all seeds one.
    """
    one, same, other = (subject.build(seed).state_dict() for seed in (1, 1, 2))
    assert list(one) == list(same), "two networks from one seed have tensors of different names"
    different = [name for name, value in one.items() if not torch.equal(value, same[name])]
    assert not different, f"two networks from one seed differ in {', '.join(different)}"
    learned = [name for name, _ in subject.build(1).named_parameters()]
    assert any(not torch.equal(one[name], other[name]) for name in learned), "another seed gives the same weights"


def check_state_dict_round_trip(subject: Subject) -> None:
    """A network with the stored weights of another answers as that one does.

    Checkpoints and the chosen weights go this way. What breaks it: a tensor that decides something but is neither a
    parameter nor a persistent buffer (a table drawn at random and kept as a plain attribute or persistent=False).
    """
    one, other, inputs = subject.build(seed=1), subject.build(seed=2), subject.inputs()
    load_tensors(other, own_tensors(one))
    with torch.no_grad():
        expected, found = (subject.call(network, inputs).features for network in (one, other))
    assert_rows_equal(found, expected, inputs.lengths, "after its weights were stored and loaded")


def _every_id(subject: Subject, inputs: Inputs) -> Inputs:
    """The inputs with ids from the whole of the vocabulary in full rows, the reserved ones first."""
    if inputs.tokens.is_floating_point():
        return inputs
    rows, size = inputs.tokens.shape
    ids = torch.arange(rows * size).reshape(rows, size) % (subject.vocabulary - 1) + 1
    ids[0, -1] = subject.vocabulary - 1
    return Inputs(ids, None, inputs.source, inputs.source_lengths)


def _embeds_tokens(part: Any, subject: Subject) -> bool:
    sizes = {subject.interface.vocabulary, subject.vocabulary}
    return isinstance(part, nn.Embedding) and part.num_embeddings in sizes
