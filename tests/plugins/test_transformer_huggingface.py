"""The Transformers against Hugging Face `transformers`, with random weights of theirs copied into ours.

What they have and ours do not is taken out of theirs, and each test says what. Ours multiplies embeddings and learned
positions by sqrt(width): where theirs does not, the copies are divided by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
import transformers as hf
from torch import Tensor, nn

from seqharness.interfaces import CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag
from seqharness_plugins.transformer import decoder_only, encoder_decoder, encoder_only
from seqharness_plugins.transformer.layers import Layer

torch.set_num_threads(1)
WIDTH, INNER, LAYERS, HEADS, TYPES, LONGEST = 48, 40, 3, 6, 50, 20
SIZES = {"width": WIDTH, "inner": INNER, "layers": LAYERS, "heads": HEADS, "dropout": 0.3, "tied": False}
COMMON: dict[str, Any] = {"vocab_size": TYPES, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
LM = CausalLM(vocabulary=TYPES, max_length=LONGEST)
TRANSLATE = SequenceToSequence(vocabulary=TYPES, max_length=LONGEST, targets=TYPES, shared=True)
LENGTHS, SOURCE_LENGTHS = torch.tensor([3, 11, 5, 1]), torch.tensor([9, 4, 1, 7])


def randomised(model: Any, std: float = 0.15) -> Any:
    """Every number of theirs random: norms around one, all else around zero."""
    torch.manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            nn.init.normal_(parameter, mean=float("norm" in name.lower() and "weight" in name), std=std)
    return model.eval()


def ours(module: Any, interface: Interface, **options: Any) -> Any:
    config = module.ARCHITECTURE.config.model_validate(SIZES | options)
    return module.ARCHITECTURE.serves[type(interface)](config, interface).eval()


def tokens(lengths: Tensor, seed: int = 1) -> Tensor:
    drawn = torch.randint(6, TYPES, (4, int(lengths.max())), generator=torch.Generator().manual_seed(seed))
    return drawn.masked_fill(mask(lengths) == 0, 0)


def mask(lengths: Tensor) -> Tensor:
    return (torch.arange(int(lengths.max())) < lengths.unsqueeze(1)).long()


def assert_rows_equal(found: Tensor, expected: Tensor, lengths: Tensor) -> None:
    for b, length in enumerate(lengths.tolist()):
        torch.testing.assert_close(found[b, :length], expected[b, :length], atol=1e-5, rtol=0)


class Copying:
    """Copies parameters of theirs into a network of ours; `unused` are those of ours that nothing was copied into."""

    def __init__(self, network: nn.Module) -> None:
        self.unused = {id(parameter): name for name, parameter in network.named_parameters()}

    def tensor(self, parameter: Any, *values: Any) -> None:
        self.unused.pop(id(parameter))
        parameter.data.copy_(torch.cat([value.detach() for value in values]))

    def linear(self, layer: Any, *parts: Any, transposed: bool = False) -> None:
        """parts: theirs, stacked in ours; without biases ours is zero."""
        self.tensor(layer.weight, *(part.weight.T if transposed else part.weight for part in parts))
        self.tensor(layer.bias, *(self.bias(part, transposed) for part in parts))

    @staticmethod
    def bias(part: Any, transposed: bool) -> Tensor:
        if getattr(part, "bias", None) is not None:
            return part.bias  # type: ignore[no-any-return]
        return torch.zeros(part.weight.size(1 if transposed else 0))

    def norms(self, layer: Layer, *theirs: Any) -> None:
        residuals = [getattr(layer, name, None) for name in ("self_residual", "cross_residual", "inner_residual")]
        for residual, norm in zip([each for each in residuals if each is not None], theirs, strict=True):
            self.norm(residual.norm, norm)

    def norm(self, layer: Any, norm: Any) -> None:
        self.tensor(layer.weight, norm.weight)
        if hasattr(layer, "bias"):
            self.tensor(layer.bias, norm.bias)

    def output(self, output: Any, theirs: Any) -> None:
        self.tensor(output.weight, theirs.weight)
        self.tensor(output.bias, torch.zeros(TYPES))


def layers(part: Any, theirs: Any) -> Iterator[tuple[Any, Any]]:
    return zip(part.layers, theirs, strict=True)


# ------------------------------------------------------------------------------------------------------- decoder-only


def gpt2(scaled: bool) -> tuple[Any, Any]:
    """Its gelu is set to the exact one; by default it is an approximation."""
    config = hf.GPT2Config(
        **COMMON,
        n_embd=WIDTH,
        n_inner=INNER,
        n_layer=LAYERS,
        n_head=HEADS,
        n_positions=LONGEST,
        activation_function="gelu",
        scale_attn_weights=scaled,
        tie_word_embeddings=False,
    )
    theirs = randomised(hf.GPT2LMHeadModel(config))
    network = ours(decoder_only, LM, position="learned", scale=scaled)
    copy, decoder, body = Copying(network), network.decoder, theirs.transformer
    copy.tensor(decoder.embedding.weight, body.wte.weight / WIDTH**0.5)
    copy.tensor(decoder.positions.weight, body.wpe.weight / WIDTH**0.5)
    for mine, other in layers(decoder, body.h):
        copy.linear(mine.self_attention.query_key_value, other.attn.c_attn, transposed=True)
        copy.linear(mine.self_attention.out, other.attn.c_proj, transposed=True)
        copy.linear(mine.feed_forward.into, other.mlp.c_fc, transposed=True)
        copy.linear(mine.feed_forward.out, other.mlp.c_proj, transposed=True)
        copy.norms(mine, other.ln_1, other.ln_2)
    copy.norm(decoder.norm, body.ln_f)
    copy.output(network.output, theirs.lm_head)
    assert not copy.unused
    return network, theirs


def llama() -> tuple[Any, Any]:
    """Rotary positions, RMSNorm and SwiGLU; no biases, and ours are zero."""
    config = hf.LlamaConfig(
        **COMMON,
        hidden_size=WIDTH,
        intermediate_size=INNER,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=LONGEST,
        rms_norm_eps=1e-5,
        tie_word_embeddings=False,
    )
    theirs = randomised(hf.LlamaForCausalLM(config))
    network = ours(decoder_only, LM, position="rope", norm="rms", activation="swiglu")
    copy, decoder, body = Copying(network), network.decoder, theirs.model
    copy.tensor(decoder.embedding.weight, body.embed_tokens.weight / WIDTH**0.5)
    for mine, other in layers(decoder, body.layers):
        attention = other.self_attn
        copy.linear(mine.self_attention.query_key_value, attention.q_proj, attention.k_proj, attention.v_proj)
        copy.linear(mine.self_attention.out, attention.o_proj)
        copy.linear(mine.feed_forward.into, other.mlp.gate_proj, other.mlp.up_proj)
        copy.linear(mine.feed_forward.out, other.mlp.down_proj)
        copy.norms(mine, other.input_layernorm, other.post_attention_layernorm)
    copy.norm(decoder.norm, body.norm)
    copy.output(network.output, theirs.lm_head)
    assert not copy.unused
    return network, theirs


def bloom() -> tuple[Any, Any]:
    """ALiBi with heads that are no power of two. The norm behind its embeddings is taken out, and its gelu, which is
    an approximation, is replaced by the exact one; its inner size is four times the width."""
    config = hf.BloomConfig(
        **COMMON, hidden_size=WIDTH, n_layer=LAYERS, n_head=HEADS, layer_norm_epsilon=1e-5, tie_word_embeddings=False
    )
    theirs = randomised(hf.BloomForCausalLM(config))
    network = ours(decoder_only, LM, position="alibi", inner=4 * WIDTH)
    copy, decoder, body = Copying(network), network.decoder, theirs.transformer
    body.word_embeddings_layernorm = nn.Identity()
    copy.tensor(decoder.embedding.weight, body.word_embeddings.weight / WIDTH**0.5)
    for mine, other in layers(decoder, body.h):
        other.mlp.gelu_impl = nn.GELU()
        fused = other.self_attention.query_key_value  # by head, then query, key and value
        mixed = mine.self_attention.query_key_value
        copy.tensor(mixed.weight, fused.weight.view(HEADS, 3, -1, WIDTH).transpose(0, 1).reshape(-1, WIDTH))
        copy.tensor(mixed.bias, fused.bias.view(HEADS, 3, -1).transpose(0, 1).flatten())
        copy.linear(mine.self_attention.out, other.self_attention.dense)
        copy.linear(mine.feed_forward.into, other.mlp.dense_h_to_4h)
        copy.linear(mine.feed_forward.out, other.mlp.dense_4h_to_h)
        copy.norms(mine, other.input_layernorm, other.post_attention_layernorm)
    copy.norm(decoder.norm, body.ln_f)
    copy.output(network.output, theirs.lm_head)
    assert not copy.unused
    return network, theirs


@pytest.mark.parametrize(
    "build",
    [lambda: gpt2(True), lambda: gpt2(False), llama, bloom],
    ids=["gpt2", "gpt2 without the scale", "llama: rope, rms, swiglu", "bloom: alibi"],
)
@torch.no_grad()
def test_decoder_only_is_theirs(build: Any) -> None:
    network, theirs = build()
    given = tokens(LENGTHS)
    expected = theirs(given, attention_mask=mask(LENGTHS)).logits
    features, state = network(given, LENGTHS)
    assert_rows_equal(network.output(features), expected, LENGTHS)

    more = tokens(torch.full((4,), 4), seed=2)  # four tokens more for rows of unequal length, one by one
    for t in range(4):
        features, state = network(more[:, t : t + 1], None, state)
        for b, length in enumerate(LENGTHS.tolist()):
            whole = torch.cat([given[b, :length], more[b, : t + 1]]).unsqueeze(0)
            expected = theirs(whole).logits[:, -1]
            torch.testing.assert_close(network.output(features)[b], expected, atol=1e-5, rtol=0)


# ------------------------------------------------------------------------------------------------------- encoder-only


@torch.no_grad()
def test_encoder_only_is_bert() -> None:
    """Without the norm behind its embeddings and the embeddings of its segments, which ours does not have."""
    config = hf.BertConfig(
        **COMMON,
        hidden_size=WIDTH,
        intermediate_size=INNER,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=LONGEST,
        layer_norm_eps=1e-5,
    )
    theirs = randomised(hf.BertModel(config, add_pooling_layer=False))
    theirs.embeddings.LayerNorm = nn.Identity()
    theirs.embeddings.token_type_embeddings.weight.zero_()
    options = {"position": "learned", "norm_position": "post"}
    network = ours(encoder_only, MaskedLM(vocabulary=TYPES, max_length=LONGEST), **options)
    copy, encoder = Copying(network), network.encoder
    copy.tensor(encoder.embedding.weight, theirs.embeddings.word_embeddings.weight / WIDTH**0.5)
    copy.tensor(encoder.positions.weight, theirs.embeddings.position_embeddings.weight / WIDTH**0.5)
    for mine, other in layers(encoder, theirs.encoder.layer):
        attention = other.attention.self
        copy.linear(mine.self_attention.query_key_value, attention.query, attention.key, attention.value)
        copy.linear(mine.self_attention.out, other.attention.output.dense)
        copy.linear(mine.feed_forward.into, other.intermediate.dense)
        copy.linear(mine.feed_forward.out, other.output.dense)
        copy.norms(mine, other.attention.output.LayerNorm, other.output.LayerNorm)
    assert set(copy.unused.values()) == {"output.weight", "output.bias"}

    given = tokens(LENGTHS)
    expected = theirs(given, attention_mask=mask(LENGTHS)).last_hidden_state
    assert_rows_equal(network(given, LENGTHS), expected, LENGTHS)

    classifier = ours(encoder_only, Classify(vocabulary=TYPES, max_length=LONGEST, outputs=3), **options)
    classifier.encoder.load_state_dict(encoder.state_dict())  # the parts are called the same
    means = torch.stack([expected[b, :length].mean(0) for b, length in enumerate(LENGTHS.tolist())])
    torch.testing.assert_close(classifier(given, LENGTHS), means, atol=1e-5, rtol=0)


# ---------------------------------------------------------------------------------------------------- encoder-decoder


def copy_cross_attention(copy: Copying, mine: Any, query: Any, key: Any, value: Any, out: Any) -> None:
    copy.linear(mine.cross_attention.query, query)
    copy.linear(mine.cross_attention.key_value, key, value)
    copy.linear(mine.cross_attention.out, out)


def copy_stack(copy: Copying, part: Any, theirs: Any) -> None:
    """All layers of an encoder or decoder of Marian or BART, which are of one make."""
    for mine, layer in layers(part, theirs.layers):
        own = layer.self_attn
        copy.linear(mine.self_attention.query_key_value, own.q_proj, own.k_proj, own.v_proj)
        copy.linear(mine.self_attention.out, own.out_proj)
        norms = [layer.self_attn_layer_norm, layer.final_layer_norm]
        if hasattr(layer, "encoder_attn"):
            cross = layer.encoder_attn
            copy_cross_attention(copy, mine, cross.q_proj, cross.k_proj, cross.v_proj, cross.out_proj)
            norms.insert(1, layer.encoder_attn_layer_norm)
        copy.linear(mine.feed_forward.into, layer.fc1)
        copy.linear(mine.feed_forward.out, layer.fc2)
        copy.norms(mine, *norms)


BART_SIZES: dict[str, Any] = {
    "d_model": WIDTH,
    "encoder_layers": LAYERS,
    "decoder_layers": LAYERS,
    "encoder_attention_heads": HEADS,
    "decoder_attention_heads": HEADS,
    "encoder_ffn_dim": INNER,
    "decoder_ffn_dim": INNER,
    "max_position_embeddings": LONGEST,
    "scale_embedding": True,
    "decoder_start_token_id": 1,
}


def marian(activation: str) -> tuple[Any, Any]:
    """Its sinusoids are those of the paper with all sines before all cosines: it is given ours, interleaved."""
    config = hf.MarianConfig(**COMMON, **BART_SIZES, activation_function=activation)
    theirs = randomised(hf.MarianMTModel(config))
    network = ours(encoder_decoder, TRANSLATE, norm_position="post", activation=activation, tied=True)
    copy = Copying(network)
    copy.tensor(network.encoder.embedding.weight, theirs.model.shared.weight)  # in the decoder and the output as well
    copy.tensor(network.output.bias, theirs.final_logits_bias[0])
    for part, other in ((network.encoder, theirs.model.encoder), (network.decoder, theirs.model.decoder)):
        table = part.positions.table(LONGEST)
        sines_first = torch.cat([table[:, ::2], table[:, 1::2]], 1)
        other.embed_positions.weight.data.copy_(table)
        fresh = type(other.embed_positions)(LONGEST, WIDTH)
        torch.testing.assert_close(fresh.create_weight(), sines_first, atol=1e-5, rtol=0)
        copy_stack(copy, part, other)
    assert not copy.unused
    return network, theirs


def t5() -> tuple[Any, Any]:
    """RMSNorm, scores that are not scaled, and no biases. Its positions, of a kind that ours does not have, are set to
    zero and so taken out."""
    config = hf.T5Config(
        **COMMON,
        d_model=WIDTH,
        d_kv=WIDTH // HEADS,
        d_ff=INNER,
        num_layers=LAYERS,
        num_heads=HEADS,
        layer_norm_epsilon=1e-5,
        feed_forward_proj="relu",
        tie_word_embeddings=False,
        decoder_start_token_id=1,
    )
    theirs = randomised(hf.T5ForConditionalGeneration(config))
    options = {"position": "none", "norm": "rms", "scale": False, "activation": "relu"}
    network = ours(encoder_decoder, TRANSLATE, **options)
    copy = Copying(network)
    copy.tensor(network.encoder.embedding.weight, theirs.shared.weight / WIDTH**0.5)  # that of the decoder as well
    for part, other in ((network.encoder, theirs.encoder), (network.decoder, theirs.decoder)):
        other.block[0].layer[0].SelfAttention.relative_attention_bias.weight.data.zero_()
        for mine, block in layers(part, other.block):
            own, *cross, inner = block.layer
            attention = own.SelfAttention
            copy.linear(mine.self_attention.query_key_value, attention.q, attention.k, attention.v)
            copy.linear(mine.self_attention.out, attention.o)
            for each in cross:
                attention = each.EncDecAttention
                copy_cross_attention(copy, mine, attention.q, attention.k, attention.v, attention.o)
            copy.linear(mine.feed_forward.into, inner.DenseReluDense.wi)
            copy.linear(mine.feed_forward.out, inner.DenseReluDense.wo)
            copy.norms(mine, *(sublayer.layer_norm for sublayer in block.layer))
        copy.norm(part.norm, other.final_layer_norm)
    copy.output(network.output, theirs.lm_head)
    assert not copy.unused
    return network, theirs


@pytest.mark.parametrize(
    "build",
    [lambda: marian("relu"), lambda: marian("swish"), t5],
    ids=["marian", "marian with swish", "t5: rms, not scaled"],
)
@torch.no_grad()
def test_encoder_decoder_is_theirs(build: Any) -> None:
    network, theirs = build()
    source, target = tokens(SOURCE_LENGTHS, seed=3), tokens(LENGTHS)
    memory = network.encode(source, SOURCE_LENGTHS)
    features, state = network.decode(target, memory, None, LENGTHS)
    masks = {"attention_mask": mask(SOURCE_LENGTHS), "decoder_attention_mask": mask(LENGTHS)}
    expected = theirs(source, decoder_input_ids=target, **masks)
    assert_rows_equal(memory.features, expected.encoder_last_hidden_state, SOURCE_LENGTHS)
    assert_rows_equal(network.output(features), expected.logits, LENGTHS)

    more = tokens(torch.full((4,), 3), seed=2)
    for t in range(3):
        features, state = network.decode(more[:, t : t + 1], memory, state)
        for b, length in enumerate(LENGTHS.tolist()):
            whole = torch.cat([target[b, :length], more[b, : t + 1]]).unsqueeze(0)
            alone = source[b : b + 1, : SOURCE_LENGTHS[b]]
            expected = theirs(alone, decoder_input_ids=whole).logits[:, -1]
            torch.testing.assert_close(network.output(features)[b], expected, atol=1e-5, rtol=0)


@torch.no_grad()
def test_tags_are_read_off_bart_as_its_paper_says() -> None:
    """Encoder and decoder read the same row; learned positions, post-norm. The norms behind its embeddings are taken
    out, and so are the first two rows of its positions, which no position has."""
    config = hf.BartConfig(**COMMON, **BART_SIZES, activation_function="gelu")
    theirs = randomised(hf.BartModel(config))
    tag = Tag(vocabulary=TYPES, max_length=LONGEST, outputs=5)
    network = ours(encoder_decoder, tag, norm_position="post", position="learned")
    copy = Copying(network)
    copy.tensor(network.encoder.embedding.weight, theirs.shared.weight)
    for part, other in ((network.encoder, theirs.encoder), (network.decoder, theirs.decoder)):
        other.layernorm_embedding = nn.Identity()
        copy.tensor(part.positions.weight, other.embed_positions.weight[2:] / WIDTH**0.5)
        copy_stack(copy, part, other)
    assert set(copy.unused.values()) == {"output.weight", "output.bias"}

    given, real = tokens(LENGTHS), mask(LENGTHS)
    expected = theirs(given, attention_mask=real, decoder_input_ids=given, decoder_attention_mask=real)
    assert_rows_equal(network(given, LENGTHS), expected.last_hidden_state, LENGTHS)
