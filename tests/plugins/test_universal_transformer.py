"""The Universal Transformer against its equations by hand, and its halting against those of Graves in NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from seqharness.contracts import ModelSpec
from seqharness.errors import NotApplicable, UserError
from seqharness.interfaces import (
    PAD,
    CausalLM,
    Classify,
    Interface,
    MaskedLM,
    SequenceToSequence,
    Tag,
)
from seqharness.modules.memory import valid_positions
from seqharness.sizing import build_meta, count_parameters, flops_depend_on_data, solve
from seqharness.specs import check_options
from seqharness.testing import Model, parametrize_with_checks
from seqharness.training.objectives.base import Batch, mean_loss, penalty_of
from seqharness.training.objectives.sequence_to_sequence import SequenceToSequenceObjective
from seqharness_plugins import transformer
from seqharness_plugins.transformer.universal_halting import Halting
from seqharness_plugins.transformer.universal_transformer import ARCHITECTURE, UniversalConfig

torch.set_num_threads(1)
WIDTH, HEADS, STEPS = 12, 2, 5
PAIR = SequenceToSequence(vocabulary=40, max_length=12, targets=40, shared=True)
SOURCE_LENGTHS, LENGTHS = torch.tensor([7, 3, 5, 1]), torch.tensor([4, 6, 1, 5])


def card() -> ModelSpec:
    found: list[ModelSpec] = []
    transformer.register_models(register=found.append)
    return next(each for each in found if each.name == "universal-transformer")


def config(**options: Any) -> Any:
    given = {"width": WIDTH, "inner": 10, "heads": HEADS, "layers": STEPS, "dropout": 0.0} | options
    return UniversalConfig.model_validate(given)


def build(interface: Interface = PAIR, **options: Any) -> Any:
    """A network in float64 whose every number, biases and norms too, is random."""
    torch.manual_seed(0)
    network = ARCHITECTURE.serves[type(interface)](config(**options), interface).double().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return network


def tokens(lengths: Tensor, seed: int) -> Tensor:
    drawn = torch.randint(6, 40, (len(lengths), int(lengths.max())), generator=torch.Generator().manual_seed(seed))
    return drawn.masked_fill(~valid_positions(lengths, drawn.size(1)), PAD)


# ---------------------------------------------------------------------------------------------------- equations by hand


def attend(x: Tensor, seen: Tensor, weights: list[Tensor], biases: list[Tensor], causal: bool) -> Tensor:
    """Multi-head attention of one row: x [T, H] looks at seen [S, H]."""
    query, key, value = (
        F.linear(each, weight, bias) for each, weight, bias in zip((x, seen, seen), weights, biases, strict=False)
    )
    size, mixed = WIDTH // HEADS, []
    for head in range(HEADS):
        part = slice(head * size, (head + 1) * size)
        scores = query[:, part] @ key[:, part].T / size**0.5
        if causal:
            scores = scores.masked_fill(torch.ones_like(scores).triu(1).bool(), -math.inf)
        mixed.append(F.softmax(scores, -1) @ value[:, part])
    return F.linear(torch.cat(mixed, -1), weights[3], biases[3])


def layer(part: Any, x: Tensor, memory: Tensor | None, pre: bool) -> Tensor:
    """One layer of `part` (encoder or decoder) applied to one row [T, H]."""
    own = part.layer

    def around(residual: Any, x: Tensor, f: Any) -> Tensor:
        def normed(x: Tensor) -> Tensor:
            return F.layer_norm(x, (WIDTH,), residual.norm.weight, residual.norm.bias)

        return x + f(normed(x)) if pre else normed(x + f(x))

    attention = own.self_attention
    weights = [*attention.query_key_value.weight.chunk(3), attention.out.weight]
    biases = [*attention.query_key_value.bias.chunk(3), attention.out.bias]
    causal = hasattr(own, "cross_attention")
    x = around(own.self_residual, x, lambda y: attend(y, y, weights, biases, causal))
    if memory is not None:
        cross = own.cross_attention
        over = [cross.query.weight, *cross.key_value.weight.chunk(2), cross.out.weight]
        shifts = [cross.query.bias, *cross.key_value.bias.chunk(2), cross.out.bias]
        x = around(own.cross_residual, x, lambda y: attend(y, memory, over, shifts, False))
    into, out = own.feed_forward.into, own.feed_forward.out
    return around(
        own.inner_residual, x, lambda y: F.linear(F.gelu(F.linear(y, into.weight, into.bias)), out.weight, out.bias)
    )


def wave(index: int) -> Tensor:
    """[H]: sinusoids of one number."""
    values = [(math.sin if i % 2 == 0 else math.cos)(index / 10000 ** ((i - i % 2) / WIDTH)) for i in range(WIDTH)]
    return torch.tensor(values, dtype=torch.float64)


def told(x: Tensor, step: int) -> Tensor:
    """x [T, H] with the positions, from 0, and the step, from 1, added."""
    return x + torch.stack([wave(t) + wave(step) for t in range(len(x))])


def final(part: Any, x: Tensor, pre: bool) -> Tensor:
    return F.layer_norm(x, (WIDTH,), part.norm.weight, part.norm.bias) if pre else x


def by_hand(part: Any, row: Tensor, memory: Tensor | None, pre: bool) -> Tensor:
    """Tokens [T] -> features [T, H] without halting."""
    x = part.embedding(row)
    for step in range(1, STEPS + 1):
        x = layer(part, told(x, step), memory, pre)
    return final(part, x, pre)


@pytest.mark.parametrize("norm_position", ["pre", "post"])
@torch.no_grad()
def test_without_halting_it_is_one_layer_in_a_loop(norm_position: str) -> None:
    network, pre = build(norm_position=norm_position), norm_position == "pre"
    source, target = tokens(SOURCE_LENGTHS, 1), tokens(LENGTHS, 2)
    memory = network.encode(source, SOURCE_LENGTHS)
    features, _ = network.decode(target, memory, None, LENGTHS)
    for b, (s, t) in enumerate(zip(SOURCE_LENGTHS, LENGTHS, strict=True)):
        expected_memory = by_hand(network.encoder, source[b, :s], None, pre)
        expected = by_hand(network.decoder, target[b, :t], expected_memory, pre)
        torch.testing.assert_close(memory.features[b, :s], expected_memory, atol=1e-6, rtol=0)
        torch.testing.assert_close(memory.summary[b], expected_memory.mean(0), atol=1e-6, rtol=0)
        torch.testing.assert_close(features[b, :t], expected, atol=1e-6, rtol=0)


# -------------------------------------------------------------------------------------------------------------- halting


def halt(part: Any, row: Tensor, memory: Tensor | None, threshold: float) -> tuple[Tensor, npt.NDArray[Any]]:
    """Tokens [T] -> features [T, H] and ponder costs [T], position by position, as Graves 2016 writes it."""
    weight, bias = part.halting.unit.weight.numpy()[0], part.halting.unit.bias.numpy()[0]
    states = part.embedding(row).numpy()
    count = len(states)
    y, sums, costs = np.zeros_like(states), np.zeros(count), np.zeros(count)
    steps, halted = np.zeros(count, dtype=int), np.zeros(count, dtype=bool)
    for step in range(1, STEPS + 1):
        after = layer(part, told(torch.from_numpy(states), step), memory, pre=True).numpy()
        for t in range(count):
            if halted[t]:
                continue  # the state is copied on
            states[t] = after[t]
            steps[t] = step
            h = 1 / (1 + math.exp(-(weight @ states[t] + bias)))
            if sums[t] + h >= threshold or step == STEPS:
                remainder = 1 - sums[t]
                y[t] += remainder * states[t]
                costs[t] = step + remainder
                halted[t] = True
            else:
                y[t] += h * states[t]
                sums[t] += h
    return final(part, torch.from_numpy(y), pre=True), np.stack([costs, steps])


def halting_by_hand(
    network: Any, source: Tensor, target: Tensor, threshold: float
) -> tuple[list[Tensor], list[Tensor], float, set[int]]:
    """Memory and features of each row, the mean cost of encoder and decoder together, and the steps that were taken."""
    memories, features, encoding, decoding = [], [], [], []
    for b, (s, t) in enumerate(zip(SOURCE_LENGTHS, LENGTHS, strict=True)):
        memory, costs = halt(network.encoder, source[b, :s], None, threshold)
        feature, more = halt(network.decoder, target[b, :t], memory, threshold)
        memories, features = [*memories, memory], [*features, feature]
        encoding, decoding = [*encoding, costs], [*decoding, more]
    both = [np.concatenate(parts, 1) for parts in (encoding, decoding)]
    price = sum(float(part[0].mean()) for part in both)
    return memories, features, price, {int(step) for part in both for step in part[1]}


@pytest.mark.parametrize("threshold", [0.6, 0.99])
@torch.no_grad()
def test_halting_is_that_of_graves(threshold: float) -> None:
    network = build(halting="adaptive", halting_threshold=threshold, ponder_weight=0.5)
    source, target = tokens(SOURCE_LENGTHS, 1), tokens(LENGTHS, 2)
    memories, expected, price, steps = halting_by_hand(network, source, target, threshold)
    assert len(steps) >= 3  # else nothing is tested

    network.train()
    memory = network.encode(source, SOURCE_LENGTHS)
    features, _ = network.decode(target, memory, None, LENGTHS)
    for b, (s, t) in enumerate(zip(SOURCE_LENGTHS, LENGTHS, strict=True)):
        torch.testing.assert_close(memory.features[b, :s], memories[b], atol=1e-6, rtol=0)
        torch.testing.assert_close(features[b, :t], expected[b], atol=1e-6, rtol=0)
    assert float(penalty_of(network)) == pytest.approx(0.5 * price, abs=1e-6)
    assert float(penalty_of(network)) == 0  # taken
    network.eval()
    network.encode(source, SOURCE_LENGTHS)
    assert float(penalty_of(network)) == 0  # paid for in training only


def test_gradients_of_features_and_of_the_price_are_those_of_finite_differences() -> None:
    torch.manual_seed(0)
    halting = Halting(width=3, steps=4, threshold=0.9, weight=0.7).double()
    matrix = torch.randn(3, 3, dtype=torch.float64)

    def features_and_price(x: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        unit = {"unit.weight": weight, "unit.bias": bias}
        step = lambda x, number: torch.tanh(x @ matrix + number)  # noqa: E731
        y, _, _ = torch.func.functional_call(halting, unit, (x, step, None, None))
        return y, halting.penalty()

    x = torch.randn(2, 3, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(1, 3, dtype=torch.float64, requires_grad=True)
    bias = torch.full((1,), 0.2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(features_and_price, (x, weight, bias))
    (price,) = torch.autograd.grad(features_and_price(x, weight, bias)[1], bias)
    assert abs(float(price)) > 1e-3


def test_the_engine_pays_for_steps_and_not_for_padding() -> None:
    network = build(halting="adaptive", ponder_weight=0.5).train()
    source, target = tokens(SOURCE_LENGTHS, 1), tokens(LENGTHS, 2)
    objective = SequenceToSequenceObjective(PAIR)
    losses = {}
    for width in (6, 9):
        inputs = F.pad(target, (0, width - 6))
        tensors = {
            "source": source,
            "source_lengths": SOURCE_LENGTHS,
            "inputs": inputs,
            "targets": inputs.clamp(min=1),
            "real": valid_positions(LENGTHS, width),
        }
        losses[width] = mean_loss(objective, network, Batch(tensors, 0), label_smoothing=0.0)
    torch.testing.assert_close(losses[6], losses[9], atol=1e-6, rtol=0)
    _, _, price, _ = halting_by_hand_without_gradient(network, source, target)
    free = build(halting="adaptive", ponder_weight=0.0).train()
    scored = mean_loss(objective, free, Batch(tensors, 0), label_smoothing=0.0)
    assert float((losses[9] - scored).detach()) == pytest.approx(0.5 * price, abs=1e-5)
    losses[9].backward()  # type: ignore[no-untyped-call]
    assert all(part.halting.unit.weight.grad.abs().sum() > 0 for part in (network.encoder, network.decoder))


@torch.no_grad()
def halting_by_hand_without_gradient(network: Any, source: Tensor, target: Tensor) -> Any:
    return halting_by_hand(network, source, target, 0.99)


@pytest.mark.parametrize("position", ["sinusoidal", "rope", "relative"])
@torch.no_grad()
def test_a_position_may_take_more_steps_than_any_before_it(position: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One token at a time, so that a pass ends as soon as this token has halted."""
    network = build(CausalLM(vocabulary=40, max_length=12), halting="adaptive", position=position, layers=6)
    network.decoder.halting.unit.weight.mul_(4)  # so that positions differ in their steps
    depths: list[int] = []
    plain = Halting.forward

    def watched(self: Halting, *given: Any) -> Any:
        result = plain(self, *given)
        depths.append(result[2])
        return result

    monkeypatch.setattr(Halting, "forward", watched)
    later_and_longer = 0
    for seed in range(10):
        row = tokens(torch.tensor([12]), seed)
        whole, _ = network(row)
        state, parts, begun = None, [], len(depths)
        for token in row.split(1, 1):
            features, state = network(token, None, state)
            parts.append(features)
        torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-10, rtol=0)
        steps = depths[begun:]
        assert max(steps) == depths[begun - 1]  # a whole row goes on until its slowest position has halted
        later_and_longer += sum(steps[t] > max(steps[:t]) for t in range(1, 12))
    assert later_and_longer


# ---------------------------------------------------------------------------------------------------------------- costs


def flops(network: Any, interface: Interface) -> int:
    counter = FlopCounterMode(display=False)
    with counter, torch.device("meta"), torch.no_grad():
        network(torch.zeros(1, 9, dtype=torch.long))
    return counter.get_total_flops()


def test_what_is_counted_ahead_is_the_most_that_halting_can_cost() -> None:
    interface = CausalLM(vocabulary=40, max_length=12)
    networks = [
        build_meta(ARCHITECTURE, config(halting=halting, layers=steps), interface)
        for halting, steps in (("off", 2), ("off", 4), ("adaptive", 4))
    ]
    two, four, adaptive = (flops(network, interface) for network in networks)
    assert four == 2 * two
    assert adaptive == four + 4 * 2 * 9 * WIDTH  # the halting units
    assert [flops_depend_on_data(network) for network in networks] == [False, False, True]


def test_steps_cost_no_parameters() -> None:
    sizes = {count_parameters(build_meta(ARCHITECTURE, config(layers=steps), PAIR)) for steps in (1, 2, 8)}
    assert len(sizes) == 1
    adaptive = count_parameters(build_meta(ARCHITECTURE, config(halting="adaptive"), PAIR))
    assert adaptive == sizes.pop() + 2 * (WIDTH + 1)


@pytest.mark.parametrize("target", [100_000, 1_000_000, 10_000_000])
@pytest.mark.parametrize("kind", [SequenceToSequence, CausalLM, Classify, MaskedLM])
def test_the_size_asked_for_is_met_within_one_per_cent(kind: Any, target: int) -> None:
    more = {SequenceToSequence: {"targets": 256, "shared": True}, Classify: {"outputs": 4}}.get(kind, {})
    interface = kind(vocabulary=256, max_length=128, **more)
    given = {"halting": "adaptive"}
    solution = solve(ARCHITECTURE, given, ARCHITECTURE.config.model_validate(given), interface, target)
    assert abs(solution.sizing.deviation) <= 0.01


# -------------------------------------------------------------------------------------------------------------- options


def test_off_and_adaptive_are_written_in_a_shell() -> None:
    assert check_options(UniversalConfig, {"halting": "off"}, "model").halting == "off"
    assert check_options(UniversalConfig, {"halting": "adaptive"}, "model").halting == "adaptive"
    with pytest.raises(UserError, match="'off' or 'adaptive'"):
        check_options(UniversalConfig, {"halting": "on"}, "model")
    with pytest.raises(UserError, match="'layer', 'rms' or 'none'"):
        check_options(UniversalConfig, {"norm": "batch"}, "model")


def test_nothing_to_halt_is_refused_with_a_reason() -> None:
    for kind, builder in ARCHITECTURE.serves.items():
        with pytest.raises(NotApplicable, match="layers=1 allows but one"):
            builder(config(halting="adaptive", layers=1), PAIR)
        assert kind in card().interfaces


def test_description() -> None:
    describe = ARCHITECTURE.describe
    assert describe is not None
    assert describe(UniversalConfig(), PAIR) == (
        "encoder-decoder, 2 + 2 shared layers, width 128, 4 heads, inner 512, sinusoidal positions, pre-norm, gelu"
    )
    told = describe(config(halting="adaptive"), Tag(vocabulary=40, max_length=12, outputs=5, causal=True))
    assert told.startswith("decoder-only, 5 shared layers, width 12,")
    assert told.endswith(", halting at 0.99 and 0.01 nats a step")


@parametrize_with_checks(
    [Model(card(), {"halting": "adaptive", "layers": 4, "position": "rope", "norm_position": "post"})], quick=True
)
def test_conformance(examined: Any, check: Any) -> None:
    check(examined)
