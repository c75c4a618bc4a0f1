"""Every encoder with every decoder: the memory is all that passes between them."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from seqharness.errors import UserError
from seqharness.interfaces import SequenceToSequence
from seqharness.modules.rows import take_rows
from seqharness.sizing import TOLERANCE, solve
from seqharness.specs import check_options
from seqharness_plugins.seq2seq.seq2seq import ARCHITECTURE, DECODERS, ENCODERS, Seq2SeqConfig

torch.set_num_threads(1)
INTERFACE = SequenceToSequence(vocabulary=20, max_length=12, targets=20, shared=True)
MIXES = [(encoder, decoder, attention) for encoder in ENCODERS for decoder, attention in DECODERS]


@pytest.mark.parametrize(("encoder", "decoder", "attention"), MIXES)
@torch.no_grad()
def test_every_mix_decodes_step_by_step_as_it_is_taught(encoder: Any, decoder: Any, attention: Any) -> None:
    config = Seq2SeqConfig(encoder=encoder, decoder=decoder, attention=attention, width=16, inner=24, dropout=0.2)
    torch.manual_seed(0)
    network: Any = ARCHITECTURE.serves[SequenceToSequence](config, INTERFACE).double().eval()
    source = torch.tensor([[6, 7, 8, 9], [10, 11, 0, 0]])
    target = torch.tensor([[1, 12, 13], [1, 14, 15]])
    memory = network.encode(source, torch.tensor([4, 2]))
    whole, _ = network.decode(target, memory)
    state, steps = None, []
    for position in range(3):
        features, state = network.decode(target[:, position : position + 1], memory, state)
        steps.append(features)
    torch.testing.assert_close(torch.cat(steps, 1), whole, atol=1e-10, rtol=0)
    alone, _ = network.decode(target[1:], network.encode(source[1:, :2]))
    torch.testing.assert_close(whole[1:], alone, atol=1e-10, rtol=0)
    other, _ = network.decode(target.flip(0), take_rows(memory, torch.tensor([1, 0])))
    torch.testing.assert_close(other.flip(0), whole, atol=1e-10, rtol=0)


@pytest.mark.parametrize("mix", [("convs2s", "lstm", "luong"), ("transformer", "gru", None), ("rnn", "qanet", None)])
@pytest.mark.parametrize("target", [100_000, 10_000_000])
def test_the_size_asked_for_is_reached(mix: tuple[Any, Any, Any], target: int) -> None:
    config = Seq2SeqConfig(encoder=mix[0], decoder=mix[1], attention=mix[2])
    interface = SequenceToSequence(vocabulary=256, max_length=40, targets=256, shared=True)
    assert abs(solve(ARCHITECTURE, {}, config, interface, target).sizing.deviation) <= TOLERANCE


def test_attention_for_a_decoder_that_has_its_own_is_refused() -> None:
    with pytest.raises(UserError, match=r"attention=luong is for the decoders rnn, gru, lstm; decoder=transformer"):
        check_options(Seq2SeqConfig, {"decoder": "transformer", "attention": "luong"}, "model seq2seq")
    with pytest.raises(UserError, match="Did you mean 'lstm'"):
        check_options(Seq2SeqConfig, {"encoder": "lst"}, "model seq2seq")


def test_what_was_mixed_is_told() -> None:
    config = Seq2SeqConfig(encoder="convs2s", decoder="lstm", attention="luong")
    assert ARCHITECTURE.describe is not None
    told = ARCHITECTURE.describe(config, INTERFACE)
    assert told.startswith("encoder of convs2s, decoder of lstm with the attention of luong, 1 + 1 layer(s), width 128")
    plain = ARCHITECTURE.describe(Seq2SeqConfig(), INTERFACE)
    assert plain.startswith("encoder of gru, decoder of gru without attention")
