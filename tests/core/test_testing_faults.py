"""Each check of what networks compute catches the fault that it is there for, and says which."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seqharness.contracts import Config
from seqharness.interfaces import Interface
from seqharness.modules.memory import last_of_rows, mean_of_rows, reverse_rows

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


# ----------------------------------------------------------------------------------------------------------- building


@fault("check_builds_from_defaults", "classify", "not finite")
class DividesByZero(sound.Classifier):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return super().forward(tokens, lengths) / 0


@fault("check_builds_at_every_width_step", "tag", r"width_step\(\) is 1, but there is no network of width 1")
class NeedsFourHeads(sound.Tagger):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features = super().forward(tokens, lengths)
        return features.unflatten(-1, (-1, 4)).flatten(-2)


@fault("check_embedding_and_output", "causal-lm", "network.output is a Linear")
class OwnOutput(sound.Language):
    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__(config, interface)
        self.output = nn.Linear(config.width, interface.vocabulary)


@fault("check_embedding_and_output", "causal-lm", "no embedding from interface.embedding")
class OwnEmbedding(sound.Language):
    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__(config, interface)
        self.embedding = nn.Embedding(interface.vocabulary, config.width)


@fault("check_embedding_and_output", "causal-lm", "second is an nn.Embedding of the vocabulary")
class SecondEmbedding(sound.Language):
    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__(config, interface)
        self.second = nn.Embedding(interface.vocabulary, config.width)


@fault("check_embedding_and_output", "tag", "network.output has 2 outputs, not 5")
class TooFewOutputs(sound.Tagger):
    def __init__(self, config: Config, interface: Interface) -> None:
        from seqharness.modules.shared import Output

        super().__init__(config, interface)
        self.output = Output(config.width, 2)


@fault("check_shapes_and_dtypes", "classify", r"shape \(5, 6, 16\), not \(5,\)")
class ClassifiesEveryPosition(sound.Tagger):
    pass


@fault("check_shapes_and_dtypes", "tag", "features of a torch.float64 network are torch.float32")
class AlwaysSingle(sound.Tagger):
    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__(config, interface)
        self.output = _Cast(self.output)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return super().forward(tokens, lengths).float()


class _Cast(nn.Module):
    def __init__(self, output: nn.Module) -> None:
        super().__init__()
        self.inside = output

    def forward(self, features: Tensor) -> Tensor:
        return self.inside(features.to(self.inside.weight.dtype))


@fault("check_same_seed_same_weights", "tag", "differ in project.weight")
class DrawsFromTheSystem(sound.Tagger):
    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__(config, interface)
        generator = torch.Generator().manual_seed(int.from_bytes(os.urandom(4), "little"))
        nn.init.normal_(self.project.weight, generator=generator)


@fault("check_same_seed_same_weights", "tag", "another seed gives the same weights")
class SeedsItself(sound.Tagger):
    def __init__(self, config: Config, interface: Interface) -> None:
        torch.manual_seed(42)
        super().__init__(config, interface)


@fault("check_state_dict_round_trip", "tag", "after its weights were stored and loaded, row 0: features differ")
class KeepsAPlainTensor(sound.Tagger):
    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__(config, interface)
        self.shift = torch.randn(config.width)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return super().forward(tokens, lengths) + self.shift.to(self.project.weight)


# --------------------------------------------------------------------------------------------------------------- rows


@fault("check_padding_changes_nothing", "classify", "in a padded batch and alone")
class AveragesPadding(sound.Tagger):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return super().forward(tokens, lengths).mean(1)


@fault("check_padding_changes_nothing", "classify", "in a padded batch and alone")
class LastOfTheTensor(sound.Classifier):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        before, after = self.both(tokens, lengths)
        return self.project(torch.cat([before[:, -1], after[:, 0]], -1))


@fault("check_padding_changes_nothing", "tag", "in a padded batch and alone")
class ReversesPadding(sound.Tagger):
    def both(self, tokens: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        return super().both(tokens, None)


@fault("check_padding_changes_nothing", "tag", "points to a cast to float32")
class SingleInside(sound.Tagger):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features = super().forward(tokens, lengths)
        scale = mean_of_rows(features.float(), lengths).mean(1) * (1 + 1e-7 * features.size(1))
        return features * scale.to(features)[:, None, None]


class _Normalised(sound.Tagger):
    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__(config, interface)
        self.norm = nn.BatchNorm1d(config.width)


@fault("check_padding_changes_nothing_in_training", "tag", "in training mode with more padding")
class NormCountsPadding(_Normalised):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        return self.norm(super().forward(tokens, lengths).transpose(1, 2)).transpose(1, 2)


@fault("check_lengths_may_be_left_out", "tag", "without lengths and with those of full rows")
class NoneIsZero(sound.Tagger):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features = super().forward(tokens, lengths)
        return features if lengths is not None else features * 0.5


@fault("check_meta_device", "tag", "on a meta|meta tensor|Meta")
class ReadsANumber(sound.Tagger):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features = super().forward(tokens, lengths)
        return features / max(1.0, features.abs().max().item() / 1e9)


@fault("check_meta_device", "causal-lm", "the state has 192 bytes on the meta device, but really 96")
class MoreStateOnMeta(sound.Language):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None, state: Any = None) -> tuple[Tensor, Any]:
        features, state = super().forward(tokens, lengths, state)
        return features, torch.cat([state, state], 1) if state.is_meta else state


@fault("check_longest_rows", "tag", "size of tensor|match")
class OnePositionShort(sound.Tagger):
    def __init__(self, config: Config, interface: Interface) -> None:
        super().__init__(config, interface)
        self.positions = nn.Parameter(torch.randn(interface.max_length - 1, config.width))

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features = super().forward(tokens, lengths)
        return features + self.positions[: features.size(1)]


@fault("check_calls_leave_nothing_behind", "tag", "changes its input `tokens` in place")
class ClearsItsInput(sound.Tagger):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        tokens.clamp_(max=20)
        return super().forward(tokens, lengths)


@fault("check_calls_leave_nothing_behind", "tag", "a call in eval mode changes norm.running_mean")
class AlwaysUpdatesStatistics(_Normalised):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        features = super().forward(tokens, lengths)
        self.norm.train()(features.detach().transpose(1, 2))
        return features


@fault("check_calls_leave_nothing_behind", "causal-lm", "the same call after another one")
class RemembersOnItself(sound.Language):
    kept: ClassVar[dict[int, Tensor]] = {}

    def forward(self, tokens: Tensor, lengths: Tensor | None = None, state: Any = None) -> tuple[Tensor, Any]:
        features, state = super().forward(tokens, lengths, state or self.kept.get(id(self)))
        self.kept[id(self)] = state.detach()
        return features, state


# --------------------------------------------------------------------------------------------------- who sees what


@fault("check_inputs_are_seen", "classify", "the token at position 0 has no effect")
class SkipsTheFirst(sound.Classifier):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        tokens = torch.cat([torch.full_like(tokens[:, :1], 6), tokens[:, 1:]], 1)
        return super().forward(tokens, lengths)


@fault("check_inputs_are_seen", "causal-lm", "do not depend on the token before it")
class SeesItselfOnly(sound.Language):
    def recur(self, x: Tensor, lengths: Tensor | None, state: Tensor | None) -> tuple[Tensor, Tensor]:
        hidden = torch.cat([super(SeesItselfOnly, self).recur(part, None, None)[0] for part in x.split(1, 1)], 1)
        return hidden, last_of_rows(hidden, lengths).unsqueeze(1)


@fault("check_inputs_are_seen", "causal-lm", "no effect on its own features")
class OneLate(sound.Language):
    def recur(self, x: Tensor, lengths: Tensor | None, state: Tensor | None) -> tuple[Tensor, Tensor]:
        hidden, state = super().recur(x, lengths, state)
        return F.pad(hidden, (0, 0, 1, -1)), state


@fault("check_inputs_are_seen", "sequence-to-sequence", "the source's position 0 has no effect")
class NeverReadsTheSource(sound.Pair):
    def encode(self, source: Tensor, lengths: Tensor | None = None) -> Any:
        return {"summary": super().encode(source, lengths)["summary"] * 0}


@fault("check_future_is_not_seen", "causal-lm", "in eval mode the features before position 1 change")
class ReadsBackwards(sound.Language):
    def recur(self, x: Tensor, lengths: Tensor | None, state: Tensor | None) -> tuple[Tensor, Tensor]:
        hidden, state = super().recur(x, lengths, state)
        return hidden + hidden.flip(1), state


@fault("check_future_is_not_seen", "tag-causal", "in training mode the features before position 1 change")
class NormalisesOverPositions(_Normalised, sound.CausalTagger):
    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        hidden, _ = self.recur(self.embed(tokens), lengths, None)
        return self.norm(F.pad(hidden, (0, 4)).transpose(1, 2)).transpose(1, 2)


@fault("check_future_is_not_seen", "causal-lm", "the first 1 positions alone and in the whole row")
class DividesByTheLength(sound.Language):
    def recur(self, x: Tensor, lengths: Tensor | None, state: Tensor | None) -> tuple[Tensor, Tensor]:
        hidden, state = super().recur(x, lengths, state)
        return hidden / hidden.size(1), state


@fault("check_both_sides_are_seen", "masked-lm", "position 0 does not see the one after it; a masked token")
class MaskedFromTheLeft(sound.CausalTagger):
    pass


@fault("check_both_sides_are_seen", "tag", "though as a masked language model the same model does")
class TagsFromTheLeft(sound.CausalTagger):
    pass


@fault("check_both_sides_are_seen", "tag", "position 0 does not see the one after it, though others see theirs")
class DoesNotTurnBack(sound.Tagger):
    def both(self, tokens: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        before, after = super().both(tokens, lengths)
        return before, reverse_rows(after, lengths)


# -------------------------------------------------------------------------------------------------------------- state


@fault("check_steps_equal_the_whole", "causal-lm", "in chunks of 1, 1, 1, 1, 1, 1 and as a whole")
class ForgetsItsState(sound.Language):
    def recur(self, x: Tensor, lengths: Tensor | None, state: Tensor | None) -> tuple[Tensor, Tensor]:
        return super().recur(x, lengths, None)


@fault("check_padded_chunks_equal_the_whole", "causal-lm", "more after its state")
class RunsOverPadding(sound.Language):
    def recur(self, x: Tensor, lengths: Tensor | None, state: Tensor | None) -> tuple[Tensor, Tensor]:
        return super().recur(x, None, state)


@fault("check_batch_comes_first", "causal-lm", r"the state of 5 rows holds a tensor of shape \(1, 5, 12\)")
class LayersFirst(sound.Language):
    def recur(self, x: Tensor, lengths: Tensor | None, state: Tensor | None) -> tuple[Tensor, Tensor]:
        hidden, state = super().recur(x, lengths, None if state is None else state.transpose(0, 1))
        return hidden, state.transpose(0, 1)


@dataclass
class Box:
    hidden: Tensor


@fault("check_rows_may_be_moved", "causal-lm", "step 2 of what was row 3, after rows were moved")
@fault("check_batch_comes_first", "causal-lm", "the state holds a Box, of which the engine cannot move the rows")
class StateInABox(sound.Language):
    def recur(self, x: Tensor, lengths: Tensor | None, state: Any) -> tuple[Tensor, Any]:
        hidden, state = super().recur(x, lengths, None if state is None else state.hidden)
        return hidden, Box(state)


@fault("check_a_step_leaves_its_state", "causal-lm", "in place")
class WritesIntoItsState(sound.Language):
    def recur(self, x: Tensor, lengths: Tensor | None, state: Tensor | None) -> tuple[Tensor, Tensor]:
        hidden, after = super().recur(x, lengths, state)
        return hidden, after if state is None else state.copy_(after)


# --------------------------------------------------------------------------------------------------------------- tests


@pytest.mark.parametrize(("check", "problem", "network", "message"), fault.cases)
def test_a_planted_fault_is_caught(check: str, problem: str, network: type[nn.Module], message: str) -> None:
    sound.assert_caught(check, problem, network, message)


def test_every_rule_has_a_planted_fault() -> None:
    assert fault.without_one("building", "rows", "causality", "state") == set()
