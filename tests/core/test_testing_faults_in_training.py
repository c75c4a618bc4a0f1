"""Each check of how networks learn, draw and are sized catches the fault that it is there for, and says which."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from seqharness.contracts import Config
from seqharness.errors import NotApplicable
from seqharness.interfaces import Interface
from seqharness.modules.memory import last_of_rows, valid_positions

torch.set_num_threads(1)


def load(name: str) -> Any:
    """A module beside this file."""
    specification = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


sound = load("sound_models")
fault = sound.Faults()


# ---------------------------------------------------------------------------------------------------------- gradients


@fault("check_gradients_are_finite", "classify", "is not finite, though the loss is")
class RootOfZero(sound.Classifier):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features = super().forward(tokens, lengths)
        return features + (features - features).square().sum(-1, keepdim=True).sqrt()


@fault("check_gradients_are_finite", "classify", "the loss is nan")
class AttendsToNothing(sound.Tagger):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features = super().forward(tokens, lengths)
        scores = features[..., :1]
        if lengths is not None:  # one position too many is masked
            scores = scores.masked_fill(~valid_positions(lengths - 1, features.size(1)).unsqueeze(2), -float("inf"))
        return (scores.softmax(1) * features).sum(1)


@fault("check_gradients_reach_every_parameter", "tag", "no gradient reaches unused.weight, unused.bias")
class HasALayerTooMany(sound.Tagger):
    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__(config, interface)
        self.unused = nn.Linear(config.width, config.width)


@fault("check_gradients_reach_every_parameter", "classify", "no gradient reaches leftward.weight_hh_l0")
class SummaryAtTheLastPosition(sound.Classifier):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return self.project(last_of_rows(torch.cat(self.both(tokens, lengths), -1), lengths))


@fault("check_gradients_reach_every_parameter", "tag", "project.bias is declared to be without a gradient")
class DeclaresTooMuch(sound.Tagger):
    without_gradient: ClassVar = {"project.bias": "it was so once"}


# ------------------------------------------------------------------------------------------------- chance and settings


@fault("check_eval_draws_nothing", "tag", "a call in eval mode draws from torch's generator")
class AlwaysDrops(sound.Tagger):
    def embed(self, tokens: Tensor) -> Tensor:
        return F.dropout(self.embedding(tokens), 0.1, training=True)


@fault("check_eval_draws_nothing", "tag", "draws from Python's or NumPy's generator")
class DrawsFromNumPyInEval(sound.Tagger):
    def embed(self, tokens: Tensor) -> Tensor:
        return self.embedding(tokens) * (1 + np.random.random())


@fault("check_only_torchs_generator_is_drawn_from", "tag", "draws from Python's or NumPy's global generator")
class InitialisesByNumPy(sound.Tagger):
    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__(config, interface)
        self.project.bias = nn.Parameter(torch.from_numpy(np.random.standard_normal(config.width)))


@fault("check_only_torchs_generator_is_drawn_from", "tag", "the training loss comes out differently")
class DropsByItsOwnGenerator(sound.Tagger):
    generator = np.random.Generator(np.random.PCG64(0))

    def embed(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens)
        return x * torch.from_numpy(self.generator.random(x.shape[:2])).unsqueeze(2).to(x) if self.training else x


@fault("check_dropout_is_the_options", "tag", "give the same features")
class ForgetsDropout(sound.Tagger):
    def embed(self, tokens: Tensor) -> Tensor:
        return self.embedding(tokens)


@fault("check_dropout_is_the_options", "tag", "with dropout, in eval mode")
class ScalesInEval(sound.Tagger):
    def embed(self, tokens: Tensor) -> Tensor:
        return super().embed(tokens) * (1 - self.dropout.p)


@fault("check_global_settings_stay", "tag", "building changes torch's default dtype")
class SetsTheDefaultDtype(sound.Tagger):
    def __init__(self, config: Config, interface: Interface) -> None:
        torch.set_default_dtype(torch.float64)
        super().__init__(config, interface)


@fault("check_global_settings_stay", "tag", r"a training step changes the environment \(PROBE\)")
class SetsTheEnvironment(sound.Tagger):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        os.environ["PROBE"] = "1"
        return super().forward(tokens, lengths)


# ------------------------------------------------------------------------------------ learning, numerics, size, options


@fault("check_eight_examples_are_learned", "classify", "a network that is blind to one bit of three has 0.69")
class TooFaint(sound.Classifier):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return super().forward(tokens, lengths) * 1e-6


@fault("check_eight_examples_are_learned", "masked-lm", "a network that is blind to one bit of three has 0.69")
class LearnsFromTheLeft(sound.CausalTagger):
    pass


@fault("check_bfloat16", "classify", "dtype")
class ScattersIntoSingle(sound.Classifier):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features = super().forward(tokens, lengths)
        everywhere = torch.arange(features.size(1)).expand_as(features)
        return torch.zeros(features.shape, dtype=self.project.weight.dtype).scatter(1, everywhere, features)


@fault("check_bfloat16", "classify", "to bfloat16")
class LosesSmallTerms(sound.Classifier):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return ((super().forward(tokens, lengths) + 1000) - 1000) * 3


@fault("check_compiles", "classify", "compiled and not")
class OtherwiseWhenCompiled(sound.Classifier):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features = super().forward(tokens, lengths)
        return features * 2 if torch.compiler.is_compiling() else features


@fault("check_costs_are_counted", "tag", "Dimension|dim")
class SqueezesTheBatch(sound.Tagger):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return super().forward(tokens, lengths).squeeze().transpose(1, 2).transpose(1, 2)


class HeadsConfig(Config):
    """Wide steps."""

    def width_step(self) -> int:
        return 32


@fault("check_size_is_met", "tag", "asked for 100,000 parameters, the nearest network has")
class InnerSizeUnused(sound.Tagger):
    options = HeadsConfig

    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__(config.model_copy(update={"inner": config.width}), interface)


@fault("check_size_is_met", "tag", "100,000 parameters cannot be had: .* the smallest network has 2")
class LargeFromTheStart(sound.Tagger):
    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__(config, interface)
        self.table = nn.Parameter(torch.zeros(200_000))


class OptionConfig(Config):
    """An option of each kind."""

    direction: Literal["both", "left", "broken", "refused"] = Field(default="both", description="for tests")
    window: int = Field(default=3, ge=0, description="for tests")


@fault("check_every_option_value", "tag", r"direction=broken cannot be built: ZeroDivisionError: .*; window=0")
class BreaksByOptions(sound.Tagger):
    options = OptionConfig

    def __init__(self, config: OptionConfig, interface: Interface) -> None:
        if config.direction == "broken":
            raise ZeroDivisionError("there is nothing to divide by")
        if config.direction == "refused":
            raise NotApplicable("it cannot be")
        super().__init__(config, interface)
        self.config = config

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return super().forward(tokens, lengths if self.config.window else None)


@fault("check_every_option_value", "masked-lm", r"direction=left \(check_both_sides_are_seen\)")
class LeftByOption(sound.Tagger):
    options = OptionConfig

    def __init__(self, config: OptionConfig, interface: Interface) -> None:
        super().__init__(config, interface)
        self.left = config.direction == "left"

    def both(self, tokens: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        before, after = super().both(tokens, lengths)
        return before, after * 0 if self.left else after


# --------------------------------------------------------------------------------------------------------------- tests


@pytest.mark.parametrize(("check", "problem", "network", "message"), fault.cases)
def test_a_planted_fault_is_caught(check: str, problem: str, network: type[nn.Module], message: str) -> None:
    sound.assert_caught(check, problem, network, message)


def test_every_rule_has_a_planted_fault() -> None:
    assert fault.without_one("gradients", "chance", "learning", "numerics", "sizes", "choices") == set()
