"""A layer of the Transformer: attention and a feed-forward layer, each in a residual connection with a norm."""

from __future__ import annotations

from torch import Tensor, nn

from seqharness.contracts import Config
from seqharness.modules.dropout import Dropout

from .attention import CrossAttention, KeysValues, SelfAttention, linear
from .config import TransformerConfig
from .norms import NORMS
from .relative_positions import Order

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "swish": nn.SiLU, "swiglu": nn.SiLU}


class FeedForward(nn.Module):
    """The same two linear layers at every position: x [B, T, H] -> [B, T, inner] -> [B, T, H].

    With swiglu the inner units are gated by others (Shazeer 2020, https://arxiv.org/abs/2002.05202, equation 6):
    out(swish(gate) * value), where gate and value are both linear in x.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.gated = config.activation == "swiglu"
        blocks = 2 if self.gated else 1
        self.into = linear(config.width, blocks * config.inner, blocks)
        self.out = linear(config.inner, config.width)
        self.activation = ACTIVATIONS[config.activation]()

    def forward(self, x: Tensor) -> Tensor:
        inner, *values = self.into(x).chunk(2 if self.gated else 1, -1)
        inner = self.activation(inner)
        y: Tensor = self.out(inner * values[0] if values else inner)
        return y


class PreNorm(nn.Module):
    """Residual connection with the norm before the part f: x + dropout(f(norm(x))). residual=False leaves out the sum.

    real [B, T], true at real positions, or None where all are, is for norms that take statistics over positions.
    """

    def __init__(self, config: Config, norm: str = "layer", residual: bool = True) -> None:
        super().__init__()
        self.norm = NORMS[norm](config.width)
        self.dropout = Dropout(config.dropout)
        self.residual = residual

    def enter(self, x: Tensor, real: Tensor | None = None) -> Tensor:
        """x -> what f is given."""
        y: Tensor = self.norm(x, real)
        return y

    def leave(self, x: Tensor, y: Tensor, real: Tensor | None = None) -> Tensor:
        """x and y = f(enter(x)) -> what goes on."""
        y = self.dropout(y)
        return x + y if self.residual else y


class PostNorm(PreNorm):
    """Residual connection with the norm after the part f: norm(x + dropout(f(x)))."""

    def enter(self, x: Tensor, real: Tensor | None = None) -> Tensor:
        return x

    def leave(self, x: Tensor, y: Tensor, real: Tensor | None = None) -> Tensor:
        z: Tensor = self.norm(super().leave(x, y), real)
        return z


RESIDUAL: dict[str, type[PreNorm]] = {"pre": PreNorm, "post": PostNorm}


class Layer(nn.Module):
    """Self-attention, then (in a decoder that reads a memory) cross-attention, then the feed-forward layer.

    distances: rows of the table of distances that each layer has for position=relative, 0 elsewhere.
    """

    def __init__(self, config: TransformerConfig, reads_memory: bool = False, distances: int = 0) -> None:
        super().__init__()

        def residual() -> PreNorm:
            return RESIDUAL[config.norm_position](config, config.norm, config.residual)

        self.self_attention = SelfAttention(config.width, config.heads, config.scale, distances)
        self.self_residual = residual()
        if reads_memory:
            self.cross_attention = CrossAttention(config.width, config.heads, config.scale)
            self.cross_residual = residual()
        self.feed_forward = FeedForward(config)
        self.inner_residual = residual()
        if config.norm == "batch":
            for part in (self.self_attention, self.feed_forward):
                part.out.register_parameter("bias", None)  # the mean of all positions would take it away again

    def forward(
        self,
        x: Tensor,  # [B, T, H]
        mask: Tensor | None = None,  # bool, broadcast to [B, heads, T, T so far]
        causal: bool = False,
        past: KeysValues | None = None,
        source: KeysValues | None = None,
        source_mask: Tensor | None = None,  # [B, 1, 1, S]
        order: Order | None = None,
        real: Tensor | None = None,  # [B, T]
    ) -> tuple[Tensor, KeysValues]:
        y, present = self.self_attention(self.self_residual.enter(x, real), mask, causal, past, order)
        x = self.self_residual.leave(x, y, real)
        if source is not None:
            y = self.cross_attention(self.cross_residual.enter(x, real), source, source_mask)
            x = self.cross_residual.leave(x, y, real)
        y = self.feed_forward(self.inner_residual.enter(x, real))
        return self.inner_residual.leave(x, y, real), present


def final_norm(config: TransformerConfig) -> nn.Module:
    """With the norm before each part, what leaves the last layer needs one more."""
    return NORMS[config.norm if config.norm_position == "pre" else "none"](config.width)
