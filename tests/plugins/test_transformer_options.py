"""Every option of the Transformers in every shape: what every network promises, and what each shape is."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from seqharness.contracts import Architecture
from seqharness.errors import NotApplicable, UserError
from seqharness.interfaces import PAD, CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag
from seqharness.modules.rows import take_rows
from seqharness.sizing import solve
from seqharness_plugins.transformer import decoder_only, encoder_decoder, encoder_only, transformer
from seqharness_plugins.transformer.config import TransformerConfig

torch.set_num_threads(1)
SIZE: dict[str, Any] = {"width": 24, "inner": 10, "layers": 2, "heads": 3, "dropout": 0.2}
CLASSIFY = Classify(vocabulary=40, max_length=12, outputs=3)
TAG, CAUSAL_TAG = (Tag(vocabulary=40, max_length=12, outputs=5, causal=causal) for causal in (False, True))
MASKED, CAUSAL = MaskedLM(vocabulary=40, max_length=12), CausalLM(vocabulary=40, max_length=12)
TRANSLATE = SequenceToSequence(vocabulary=40, max_length=12, targets=40, shared=True)
SHAPES: dict[str, tuple[Architecture, list[Interface]]] = {
    "encoder-only": (encoder_only.ARCHITECTURE, [CLASSIFY, TAG, MASKED]),
    "decoder-only": (decoder_only.ARCHITECTURE, [CLASSIFY, TAG, CAUSAL_TAG, CAUSAL, TRANSLATE]),
    "encoder-decoder": (encoder_decoder.ARCHITECTURE, [CLASSIFY, TAG, CAUSAL, TRANSLATE]),
}
OPTIONS: list[dict[str, Any]] = [
    {},
    {"position": "learned"},
    {"position": "rope"},
    {"position": "alibi"},
    {"position": "relative", "clipping_distance": 2},
    {"position": "none"},
    {"norm": "rms"},
    {"norm": "batch"},
    {"norm": "batch", "norm_position": "post"},
    {"norm": "none"},
    {"norm": "rms", "norm_position": "post", "position": "relative"},
    {"residual": False, "position": "alibi"},
    {"scale": False, "position": "relative"},
    {"activation": "relu", "heads": 1, "position": "rope"},
    {"activation": "swish"},
    {"activation": "swiglu", "tied": False},
]
LENGTHS, SOURCE_LENGTHS = torch.tensor([6, 4, 2, 5, 1]), torch.tensor([7, 3, 5, 1, 4])


class Case:
    """A network of one shape, with some options, on one interface."""

    def __init__(self, shape: str, options: dict[str, Any], interface: Interface) -> None:
        self.shape, self.options, self.interface = shape, options, interface

    def build(self, dtype: torch.dtype = torch.float64) -> Any:
        architecture = SHAPES[self.shape][0]
        torch.manual_seed(0)
        network = architecture.serves[type(self.interface)](
            architecture.config.model_validate(SIZE | self.options), self.interface
        )
        with torch.no_grad():
            for name, tensor in network.state_dict().items():
                if name.endswith("running_variance"):
                    tensor.uniform_(0.5, 2)
                elif tensor.dim() == 1 and not tensor.is_meta:
                    tensor.add_(0.1 * torch.randn_like(tensor))
        return network.to(dtype).eval()

    def __str__(self) -> str:
        options = ":".join(f"{key}={value}" for key, value in self.options.items())
        causal = "-causal" if getattr(self.interface, "causal", False) else ""
        return f"{self.shape}:{options}:{self.interface.name}{causal}"


SAME_NETWORK: dict[str, list[Interface]] = {
    "encoder-only": [MASKED],
    "decoder-only": [TAG, CAUSAL_TAG],
    "encoder-decoder": [CAUSAL],
}
"""What differs from another interface of the shape by its output layer alone: held at the defaults only."""

CASES = [
    Case(shape, options, interface)
    for shape, (_, interfaces) in SHAPES.items()
    for options in OPTIONS
    for interface in interfaces
    if options.get("norm") != "batch" or shape == "encoder-only"
    if not options or interface not in SAME_NETWORK[shape]
]
GENERATING = [case for case in CASES if isinstance(case.interface, CausalLM | SequenceToSequence)]
every = pytest.mark.parametrize("case", CASES, ids=str)
generating = pytest.mark.parametrize("case", GENERATING, ids=str)


def rows(lengths: Tensor, seed: int) -> Tensor:
    """Random tokens [B, T], padded on the right."""
    drawn = torch.randint(6, 40, (len(lengths), int(lengths.max())), generator=torch.Generator().manual_seed(seed))
    return drawn.masked_fill(torch.arange(drawn.size(1)) >= lengths.unsqueeze(1), PAD)


def call(network: Any, tokens: Tensor, lengths: Any, source: Tensor, source_lengths: Any) -> tuple[Tensor, Any, Any]:
    """Features, memory and state."""
    if hasattr(network, "encode"):
        memory = network.encode(source, source_lengths)
        features, state = network.decode(tokens, memory, None, lengths)
        return features, memory, state
    found = network(tokens, lengths)
    return (found[0], None, found[1]) if isinstance(found, tuple) else (found, None, None)


def step(network: Any, tokens: Tensor, memory: Any, state: Any) -> tuple[Tensor, Any]:
    found: tuple[Tensor, Any] = (
        network.decode(tokens, memory, state) if hasattr(network, "encode") else network(tokens, None, state)
    )
    return found


def alone(b: int, tokens: Tensor, source: Tensor) -> tuple[Tensor, None, Tensor, None]:
    return tokens[b : b + 1, : LENGTHS[b]], None, source[b : b + 1, : SOURCE_LENGTHS[b]], None


# ----------------------------------------------------------------------------------------------------------- promises


@every
@torch.no_grad()
def test_padding_changes_nothing_and_a_batch_equals_its_rows(case: Case) -> None:
    network, tokens, source = case.build(), rows(LENGTHS, 1), rows(SOURCE_LENGTHS, 2)
    result, _, _ = call(network, tokens, LENGTHS, source, SOURCE_LENGTHS)
    tokens, source = nn.functional.pad(tokens, (0, 3)), nn.functional.pad(source, (0, 2))
    tokens[tokens == PAD], source[source == PAD] = 7, 8  # whatever stands in the padding
    padded, _, _ = call(network, tokens, LENGTHS, source, SOURCE_LENGTHS)
    for b, length in enumerate(LENGTHS.tolist()):
        expected = call(network, *alone(b, tokens, source))[0][0]
        for found in (result[b], padded[b]):
            found = found[:length] if result.dim() == 3 else found
            torch.testing.assert_close(found, expected, atol=1e-10, rtol=0)


@generating
@torch.no_grad()
def test_steps_equal_the_whole_after_unequal_rows_were_reordered_repeated_and_dropped(case: Case) -> None:
    network, tokens, source = case.build(), rows(LENGTHS, 1), rows(SOURCE_LENGTHS, 2)
    more = rows(torch.full((5,), 4), 3)
    _, memory, state = call(network, tokens, LENGTHS, source, SOURCE_LENGTHS)
    origin, done = torch.arange(5), 0
    for chosen, size in ((None, 1), ([3, 0, 0, 4, 2], 2), ([4, 1], 1)):
        if chosen is not None:
            index = torch.tensor(chosen)
            memory, state, origin = take_rows(memory, index), take_rows(state, index), origin[index]
        found, state = step(network, more[origin, done : done + size], memory, state)
        done += size
        for b, first in enumerate(origin.tolist()):
            row, _, its_source, _ = alone(first, tokens, source)
            row = torch.cat([row, more[first : first + 1, :done]], 1)
            whole, _, _ = call(network, row, None, its_source, None)
            torch.testing.assert_close(found[b], whole[0, -size:], atol=1e-10, rtol=0)


@every
@torch.no_grad()
def test_who_sees_what_follows(case: Case) -> None:
    network, source = case.build(), rows(torch.full((5,), 7), 6)
    tokens = rows(torch.full((5,), 6), 5)
    other = tokens.clone()
    other[:, -1] = 6 + (tokens[:, -1] - 5) % 24
    before, after = (call(network, each, None, source, None)[0] for each in (tokens, other))
    changed = (before - after).abs().amax(-1) > 1e-9  # [B, T], or [B] of a label
    assert bool(changed.all() if before.dim() == 2 else changed[:, -1].all())
    if before.dim() == 3:
        sees_right = case.shape != "decoder-only" and not hasattr(network, "encode")
        assert bool((changed[:, :-1] == sees_right).all())


@every
def test_gradients_reach_every_parameter(case: Case) -> None:
    network, tokens = case.build().train(), rows(LENGTHS, 1)
    result, _, _ = call(network, tokens, LENGTHS, rows(SOURCE_LENGTHS, 2), SOURCE_LENGTHS)
    if result.dim() == 3:
        result = result[tokens != PAD]
    targets = torch.arange(len(result)) % case.interface.outputs_per_position
    nn.functional.cross_entropy(network.output(result), targets).backward()
    sizes = {name: float(parameter.grad.abs().max()) for name, parameter in network.named_parameters()}
    assert all(size > 1e-12 * max(sizes.values()) for size in sizes.values()), sizes


@every
@torch.no_grad()
def test_the_meta_device_and_bfloat16_will_do(case: Case) -> None:
    with torch.device("meta"):
        network = case.build(torch.float32)
        result, _, _ = call(network, torch.ones(2, 6).long(), None, torch.ones(2, 7).long(), None)
        logits = network.output(result)
    assert logits.is_meta and logits.shape[-1] == case.interface.outputs_per_position
    network, tokens, source = case.build(torch.float32), rows(LENGTHS, 1), rows(SOURCE_LENGTHS, 2)
    expected, _, _ = call(network, tokens, LENGTHS, source, SOURCE_LENGTHS)
    with torch.autocast("cpu", torch.bfloat16):
        result, memory, state = call(network, tokens, LENGTHS, source, SOURCE_LENGTHS)
        if case in GENERATING:
            assert bool(step(network, tokens[:, :1], memory, state)[0].isfinite().all())
    assert float((result - expected).norm() / expected.norm()) < 0.05


SIZING = [
    Case(shape, options, interfaces[-1])
    for shape, (_, interfaces) in SHAPES.items()
    for options in ({"position": "learned"}, {"position": "rope"}, {"position": "relative"}, {"activation": "swiglu"})
]


@pytest.mark.parametrize("case", SIZING, ids=str)
def test_any_size_can_be_had(case: Case) -> None:
    architecture, given = SHAPES[case.shape][0], {"heads": 3, **case.options}
    solution = solve(architecture, given, architecture.config.model_validate(given), case.interface, 200_000)
    assert abs(solution.sizing.deviation) < 0.01


# ------------------------------------------------------------------------------------------------------------- shapes


def test_what_a_name_resolves_to() -> None:
    def told(module: Any, interface: Interface, **options: Any) -> str:
        return str(module.ARCHITECTURE.describe(TransformerConfig.model_validate(options), interface))

    size = "width 128, 4 heads, inner 512, sinusoidal positions, pre-norm, gelu"
    assert (
        told(transformer, CAUSAL, layers=4) == told(decoder_only, CAUSAL, layers=4) == f"decoder-only, 4 layers, {size}"
    )
    assert told(transformer, CAUSAL_TAG) == f"decoder-only, 2 layers, {size}"
    assert told(transformer, CLASSIFY) == f"encoder-only, 2 layers, {size}, mean of all positions"
    assert told(transformer, MASKED) == told(encoder_only, TAG) == f"encoder-only, 2 layers, {size}"
    assert told(transformer, TRANSLATE) == told(encoder_decoder, TRANSLATE) == f"encoder-decoder, 2 + 2 layers, {size}"
    assert told(encoder_decoder, CLASSIFY).endswith("gelu, generates the label")
    assert told(encoder_decoder, TAG).endswith("decoder reads the row again")
    assert told(encoder_decoder, CAUSAL).endswith("context to the encoder, rest scored by the decoder")
    assert told(decoder_only, CLASSIFY).endswith("last token")
    assert told(decoder_only, TAG).endswith("sees the left side only")
    assert told(decoder_only, TRANSLATE).endswith("prefix LM over source, separator, target")
    odd = told(encoder_only, MASKED, position="relative", norm="rms", norm_position="post", residual=False, scale=False)
    assert odd.endswith(
        "relative positions up to distance 16, post-norm (rms), gelu, no residual connections, scores not scaled"
    )
    assert "no positions, no norm, swiglu" in told(
        decoder_only, CAUSAL, position="none", norm="none", activation="swiglu"
    )


def network_of(module: Any, interface: Interface, **options: Any) -> Any:
    torch.manual_seed(0)
    build = module.ARCHITECTURE.serves[type(interface)]
    return build(TransformerConfig.model_validate(SIZE | options), interface).eval()


@pytest.mark.parametrize("position", ["sinusoidal", "learned", "relative"])
def test_parts_of_one_role_have_the_same_names_and_shapes(position: str) -> None:
    """So that what one network has learned can be copied into another."""

    def shapes(network: nn.Module, role: str) -> dict[str, torch.Size]:
        return {name: tensor.shape for name, tensor in network.state_dict().items() if name.startswith(role)}

    encoders = [
        (encoder_only, MASKED),
        (encoder_only, CLASSIFY),
        (encoder_decoder, TRANSLATE),
        (encoder_decoder, CAUSAL),
    ]
    encoders += [(encoder_decoder, CLASSIFY), (encoder_decoder, TAG), (transformer, TAG)]
    first, *others = (shapes(network_of(*each, position=position), "encoder.") for each in encoders)
    assert first and all(other == first for other in others)
    decoders = [(encoder_decoder, TRANSLATE), (encoder_decoder, CAUSAL), (encoder_decoder, TAG)]
    first, *others = (shapes(network_of(*each, position=position), "decoder.") for each in decoders)
    assert first and all(other == first for other in others)
    alone = shapes(network_of(decoder_only, CAUSAL, position=position), "decoder.")
    assert alone.items() < first.items()
    assert {name for name in first if name not in alone} == {name for name in first if ".cross_" in name}
    assert shapes(network_of(decoder_only, CLASSIFY, position=position), "decoder.") == alone


@pytest.mark.parametrize(
    ("module", "interface"),
    [
        (decoder_only, CAUSAL),
        (decoder_only, CLASSIFY),
        (decoder_only, TRANSLATE),
        (encoder_decoder, TRANSLATE),
        (encoder_decoder, CLASSIFY),
        (encoder_decoder, TAG),
        (encoder_decoder, CAUSAL),
        (transformer, CAUSAL),
        (transformer, CAUSAL_TAG),
        (transformer, TRANSLATE),
    ],
    ids=lambda value: value.name if isinstance(value, Interface) else value.__name__.split(".")[-1],
)
def test_batch_norm_is_refused_wherever_there_is_a_decoder(module: Any, interface: Interface) -> None:
    with pytest.raises(
        NotApplicable, match=r"norm=batch .* decoder would be told of tokens that it has yet to predict"
    ):
        network_of(module, interface, norm="batch")


def test_shapes_refuse_what_they_cannot_do() -> None:
    for module in (encoder_only, encoder_decoder):
        with pytest.raises(NotApplicable, match="look ahead"):
            network_of(module, CAUSAL_TAG)
    separate = SequenceToSequence(vocabulary=40, max_length=12, targets=30, shared=False)
    with pytest.raises(NotApplicable, match="one vocabulary"):
        network_of(decoder_only, separate)
    assert MaskedLM not in decoder_only.ARCHITECTURE.serves and MaskedLM not in encoder_decoder.ARCHITECTURE.serves
    assert CausalLM not in encoder_only.ARCHITECTURE.serves


def test_sizes_that_do_not_fit_the_heads_are_named() -> None:
    with pytest.raises(UserError, match="5 heads cannot share a width of 24: take a width that is a multiple of 5"):
        network_of(encoder_only, TAG, heads=5)
    with pytest.raises(UserError, match=r"width 24 gives each of 8 heads 3 of them.* multiple of 16"):
        network_of(encoder_only, TAG, heads=8, position="rope")


@torch.no_grad()
def test_a_prefix_row_is_as_long_as_source_and_target_together() -> None:
    """With learned positions, of which there must be enough."""
    network = network_of(decoder_only, TRANSLATE, position="learned")
    memory = network.encode(rows(torch.tensor([12, 9]), 1), torch.tensor([12, 9]))
    features, _ = network.decode(rows(torch.tensor([12, 12]), 2), memory)
    assert features.shape == (2, 12, 24)


@torch.no_grad()
def test_a_decoder_that_takes_one_step_has_one_position() -> None:
    network = network_of(encoder_decoder, CLASSIFY, position="learned")
    assert network.decoder.positions.weight.shape == (1, 24)
    network = network_of(encoder_decoder, CLASSIFY, position="relative")
    assert not [name for name, _ in network.decoder.named_parameters() if "distance" in name]
