"""Chance: torch's default generator under the engine's seed, in building and training only."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..assertions import assert_rows_equal
from ..subjects import Subject
from ..surroundings import changes, foreign_generators, seed_foreign_generators, settings
from .gradients import loss_of


@torch.no_grad()
def check_eval_draws_nothing(subject: Subject) -> None:
    """In eval mode nothing is drawn from any generator, and the seed has no effect.

    Validation would else disturb training, and a score would change from one evaluation to the next. What breaks it:
    functional dropout without `self.training`, noise, random features.
    """
    network, inputs = subject.build(dropout=0.2), subject.inputs()
    results = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        seed_foreign_generators(seed)
        drawn, foreign = torch.get_rng_state(), foreign_generators()
        results.append(subject.call(network, inputs).features)
        assert torch.equal(drawn, torch.get_rng_state()), "a call in eval mode draws from torch's generator"
        assert foreign == foreign_generators(), "a call in eval mode draws from Python's or NumPy's generator"
    assert_rows_equal(results[1], results[0], inputs.lengths, "under two seeds, in eval mode")


def check_only_torchs_generator_is_drawn_from(subject: Subject) -> None:
    """Building and training draw from torch's default generator alone: the same seed of it gives the same weights,
    features and gradients whatever state Python's and NumPy's global generators are in, and these stay untouched.

    The engine seeds torch's generator and keeps its state in checkpoints; a run that draws elsewhere is neither
    repeatable nor resumable. What breaks it: numpy.random in an initialisation, random.random in a layer drop, a
    generator of the model's own.
    """
    results = []
    for seed in (1, 2):
        seed_foreign_generators(seed)
        foreign = foreign_generators()
        results.append(_trained(subject))
        assert foreign == foreign_generators(), "building or training draws from Python's or NumPy's global generator"
    names = results[0].keys()
    different = [name for name in names if not torch.equal(results[0][name], results[1][name])]
    assert not different, (
        f"under one seed of torch's generator, {different[0]} comes out differently: chance has another source"
    )


def check_dropout_is_the_options(subject: Subject) -> None:
    """`dropout` is followed: in training mode a high rate gives other features at each call, and eval mode ignores it.

    A comparison and its tuning set dropout for all models; one that has it built in, or forgets it, is treated
    otherwise than the rest.
    """
    network, inputs = subject.build(dropout=0.5), subject.inputs()
    with torch.no_grad():
        expected = subject.call(subject.build(dropout=0.0), inputs).features
        assert_rows_equal(
            subject.call(network, inputs).features, expected, inputs.lengths, "with dropout, in eval mode"
        )
        network.train()
        torch.manual_seed(3)
        one, other = (subject.call(network, inputs).features for _ in range(2))
    assert not torch.equal(one, other), "with dropout=0.5 two calls in training mode give the same features"


def check_global_settings_stay(subject: Subject) -> None:
    """Building, training and evaluating leave threads, default dtype, gradient mode, environment and working directory
    as they are.

    All models run under the settings of the comparison; a model that changes them changes what others are measured
    under. What breaks it: torch.set_default_dtype, torch.set_num_threads, os.environ in a constructor.
    """
    before = settings()
    network = subject.build(dropout=0.2)
    assert not (found := changes(before, settings())), f"building changes {found}"
    loss_of(subject, network.train(), subject.inputs()).backward()  # type: ignore[no-untyped-call]
    assert not (found := changes(before, settings())), f"a training step changes {found}"
    with torch.no_grad():
        subject.call(network.eval(), subject.inputs())
    assert not (found := changes(before, settings())), f"a call in eval mode changes {found}"


def _trained(subject: Subject) -> dict[str, Tensor]:
    """Weights as built, features and gradients of one training step, and the generator's state after it."""
    network: Any = subject.build(seed=1, dropout=0.2).train()
    found = {f"the weight {name}": tensor.clone() for name, tensor in network.state_dict().items()}
    torch.manual_seed(2)
    inputs = subject.inputs()
    loss = loss_of(subject, network, inputs)
    loss.backward()  # type: ignore[no-untyped-call]
    found["the training loss"] = loss.detach()
    for name, parameter in network.named_parameters():
        if parameter.grad is not None:
            found[f"the gradient of {name}"] = parameter.grad
    return found
