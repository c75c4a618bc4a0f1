"""From an encoder and a decoder to a network for every interface, with parts whose every number can be followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from seqharness.contracts import Config
from seqharness.errors import NotApplicable
from seqharness.interfaces import BOS, PAD, SEP, CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag
from seqharness.modules import adapters
from seqharness.modules.memory import Memory, valid_positions

CONFIG = Config(width=4, dropout=0)
CLASSIFY = Classify(vocabulary=20, max_length=9, outputs=3)
TAG, CAUSAL_TAG = (Tag(vocabulary=20, max_length=9, outputs=3, causal=causal) for causal in (False, True))
MASKED, CAUSAL = MaskedLM(vocabulary=20, max_length=9), CausalLM(vocabulary=20, max_length=9)
TRANSLATE = SequenceToSequence(vocabulary=20, max_length=9, targets=20, shared=True)
SEPARATE = SequenceToSequence(vocabulary=20, max_length=9, targets=15, shared=False)
TOKENS, LENGTHS = torch.tensor([[6, 7, 8], [9, PAD, PAD]]), torch.tensor([3, 1])


class Part(nn.Module):
    """What a part was built with."""

    def __init__(self, embedding: nn.Module, interface: Interface) -> None:
        super().__init__()
        self.embedding, self.interface = embedding, interface


class Encoder(Part):
    """The features of each position are those of its token; the summary is their sum over real positions."""

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Memory:
        x = self.embedding(tokens)
        real = valid_positions(torch.full((len(x),), x.size(1)) if lengths is None else lengths, x.size(1))
        return Memory(x, lengths, (x * real.unsqueeze(2)).sum(1))


class Decoder(Part):
    """The features of each position are the sum of its token, those before it, and the memory's summary. The state is
    that sum after the last real position."""

    def __init__(self, embedding: nn.Module, interface: Interface, reads_memory: bool) -> None:
        super().__init__(embedding, interface)
        self.reads_memory = reads_memory

    def forward(
        self, target: Tensor, memory: Memory | None = None, state: Any = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        assert self.reads_memory == (memory is not None)
        x = self.embedding(target).cumsum(1)  # [B, T, H]
        if state is not None:
            x = x + state.unsqueeze(1)
        elif memory is not None:
            x = x + memory.summary.unsqueeze(1)
        last = torch.full((len(x),), x.size(1)) if lengths is None else lengths
        return x, x[torch.arange(len(x)), last - 1]


def encoder(config: Config, embedding: nn.Module, interface: Interface) -> Encoder:
    return Encoder(embedding, interface)


def decoder(config: Config, embedding: nn.Module, interface: Interface, reads_memory: bool) -> Decoder:
    return Decoder(embedding, interface, reads_memory)


def vectors(network: Any, *tokens: int, part: str = "decoder") -> Tensor:
    """The embeddings of some tokens, summed."""
    found: Tensor = getattr(network, part).embedding(torch.tensor(tokens)).sum(0)
    return found


def close(found: Tensor, *expected: Tensor) -> None:
    torch.testing.assert_close(found, torch.stack(expected))


def test_an_encoder_s_summary_is_labelled_and_its_features_tagged() -> None:
    network: Any = adapters.pooled(encoder)(CONFIG, CLASSIFY)
    close(network(TOKENS, LENGTHS), vectors(network, 6, 7, 8, part="encoder"), vectors(network, 9, part="encoder"))
    for interface in (TAG, MASKED):
        network = adapters.from_both_sides(encoder)(CONFIG, interface)
        close(network(TOKENS, LENGTHS)[0], *(vectors(network, token, part="encoder") for token in (6, 7, 8)))
    assert network.output.weight is network.encoder.embedding.weight
    untied: Any = adapters.from_both_sides(encoder)(Config(width=4, tied=False), MASKED)
    assert untied.output.weight is not untied.encoder.embedding.weight


def test_a_decoder_labels_by_its_last_real_position_and_tags_from_the_left() -> None:
    network: Any = adapters.last_position(decoder)(CONFIG, CLASSIFY)
    close(network(TOKENS, LENGTHS), vectors(network, 6, 7, 8), vectors(network, 9))
    close(network(TOKENS[:1]), vectors(network, 6, 7, 8))
    for interface in (TAG, CAUSAL_TAG):
        network = adapters.from_the_left(decoder)(CONFIG, interface)
        close(network(TOKENS, LENGTHS)[0], vectors(network, 6), vectors(network, 6, 7), vectors(network, 6, 7, 8))


def test_a_language_model_goes_on_from_its_state() -> None:
    network: Any = adapters.language(decoder)(CONFIG, CAUSAL)
    features, state = network(TOKENS, LENGTHS)
    close(features[0], vectors(network, 6), vectors(network, 6, 7), vectors(network, 6, 7, 8))
    features, _ = network(torch.tensor([[10], [11]]), None, state)
    close(features[:, 0], vectors(network, 6, 7, 8, 10), vectors(network, 9, 11))
    assert network.output.weight is network.decoder.embedding.weight


@pytest.mark.parametrize("lengths", [LENGTHS, None])
def test_a_prefix_is_source_separator_and_target_in_one_row(lengths: Tensor | None) -> None:
    network: Any = adapters.as_prefix(decoder)(CONFIG, TRANSLATE)
    memory = network.encode(TOKENS, lengths)
    target = torch.tensor([[BOS, 12], [BOS, 13]])
    features, _ = network.decode(target, memory)
    second = (9,) if lengths is not None else (9, PAD, PAD)
    close(features[0], vectors(network, 6, 7, 8, SEP, BOS), vectors(network, 6, 7, 8, SEP, BOS, 12))
    close(features[1], vectors(network, *second, SEP, BOS), vectors(network, *second, SEP, BOS, 13))
    first, state = network.decode(target[:, :1], memory)
    then, _ = network.decode(target[:, 1:], memory, state)
    torch.testing.assert_close(torch.cat([first, then], 1), features)
    assert network.decoder.interface.max_length == 9 + 1 + 9
    assert network.output.weight is network.decoder.embedding.weight


def test_a_label_is_generated_in_one_step_from_a_learned_vector() -> None:
    torch.manual_seed(0)
    network: Any = adapters.by_label(encoder, decoder)(CONFIG, CLASSIFY)
    start = network.decoder.embedding(torch.zeros(1, dtype=torch.long))[0]
    read = (vectors(network, 6, 7, 8, part="encoder"), vectors(network, 9, part="encoder"))
    close(network(TOKENS, LENGTHS), *(each + start for each in read))
    assert network.decoder.interface.max_length == 1 and network.encoder.interface.max_length == 9
    network(TOKENS).sum().backward()
    assert bool(network.decoder.embedding.weight.grad.all())
    many: Any = adapters.by_label(encoder, decoder)(Config(width=4096), CLASSIFY)
    assert many.decoder.embedding(TOKENS).std().item() == pytest.approx(1, abs=0.05)  # as the vectors of tokens


def test_a_pair_tags_a_row_that_both_parts_read() -> None:
    network: Any = adapters.tag_by_pair(encoder, decoder)(CONFIG, TAG)
    whole = vectors(network, 6, 7, 8)
    expected = (whole + vectors(network, *tokens) for tokens in ((6,), (6, 7), (6, 7, 8)))
    close(network(TOKENS, LENGTHS)[0], *expected)
    close(network(TOKENS, LENGTHS)[1, :1], vectors(network, 9) + vectors(network, 9))
    assert network.encoder.embedding is network.decoder.embedding


@pytest.mark.parametrize(
    ("build", "interface"),
    [(adapters.pair, TRANSLATE), (adapters.pair, SEPARATE), (adapters.context_and_rest, CAUSAL)],
    ids=["shared", "separate", "context and rest"],
)
def test_the_memory_is_all_that_passes_between_the_parts(build: Callable[..., Any], interface: Interface) -> None:
    network: Any = build(encoder, decoder)(CONFIG, interface)
    memory = network.encode(TOKENS, LENGTHS)
    target = torch.tensor([[BOS, 12], [BOS, 13]])
    features, _ = network.decode(target, memory)
    read = vectors(network, 6, 7, 8, part="encoder")
    close(features[0], read + vectors(network, BOS), read + vectors(network, BOS, 12))
    first, state = network.decode(target[:, :1], memory)
    then, _ = network.decode(target[:, 1:], memory, state)
    torch.testing.assert_close(torch.cat([first, then], 1), features)
    assert (network.encoder.embedding is network.decoder.embedding) == (interface is not SEPARATE)
    assert network.output.weight is network.decoder.embedding.weight
    assert network.output(features).shape == (2, 2, interface.outputs_per_position)


def test_parts_together_serve_what_they_can() -> None:
    both, only_encoder, only_decoder = (
        adapters.from_parts(encoder, decoder),
        adapters.from_parts(encoder),
        adapters.from_parts(decoder=decoder),
    )
    assert set(both) == {Classify, Tag, MaskedLM, CausalLM, SequenceToSequence}
    assert set(only_encoder) == {Classify, Tag, MaskedLM} and set(only_decoder) == {CausalLM}
    assert [name for name, _ in both[Tag](CONFIG, CAUSAL_TAG).named_children()] == ["decoder", "output"]
    assert [name for name, _ in both[Tag](CONFIG, TAG).named_children()] == ["encoder", "output"]


def test_what_a_part_cannot_do_is_refused_with_a_reason() -> None:
    for build in (adapters.from_parts(encoder)[Tag], adapters.tag_by_pair(encoder, decoder)):
        with pytest.raises(NotApplicable, match="looks at both sides of a position, and this task forbids"):
            build(CONFIG, CAUSAL_TAG)
    with pytest.raises(NotApplicable, match="one vocabulary for both"):
        adapters.as_prefix(decoder)(CONFIG, SEPARATE)


def test_parts_have_the_same_names_in_every_network() -> None:
    builders = [
        (adapters.pooled(encoder), CLASSIFY),
        (adapters.from_both_sides(encoder), MASKED),
        (adapters.last_position(decoder), CLASSIFY),
        (adapters.language(decoder), CAUSAL),
        (adapters.as_prefix(decoder), TRANSLATE),
        (adapters.by_label(encoder, decoder), CLASSIFY),
        (adapters.tag_by_pair(encoder, decoder), TAG),
        (adapters.context_and_rest(encoder, decoder), CAUSAL),
        (adapters.pair(encoder, decoder), TRANSLATE),
    ]
    allowed = {"encoder.embedding.weight", "decoder.embedding.weight", "output.weight", "output.bias"}
    for build, interface in builders:
        assert set(build(CONFIG, interface).state_dict()) <= allowed
