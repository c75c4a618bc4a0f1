"""The options that every Transformer has, and how they are told in one line."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from seqharness.contracts import GRID_PROTOCOL, Config, Recipe

RECIPE = Recipe(learning_rate=2.5e-3, reference_width=128, protocol=GRID_PROTOCOL)
"""Found for the encoder-decoder."""


class TransformerConfig(Config):
    """Options. The sizes are those of the base model of Vaswani et al. 2017, scaled down by 4 with the heads by 2."""

    heads: int = Field(default=4, ge=1, description="attention heads; 4 leave each 32 numbers at the default width")
    position: Literal["sinusoidal", "learned", "rope", "alibi", "relative", "none"] = Field(
        default="sinusoidal",
        description="how order is told: added to the embedding (sinusoidal as in Vaswani et al. 2017, who found "
        "learned no better), or in self-attention by distance (rope: Su et al. 2021; alibi: Press et al. 2022, which "
        "in an encoder tells how far, not on which side; relative: Shaw et al. 2018, keys)",
    )
    clipping_distance: int = Field(
        default=16,
        ge=1,
        description="position=relative: what is farther apart counts as this far; 16 as in Shaw et al. 2018, "
        "who saw no difference from 2 upwards",
    )
    norm: Literal["layer", "rms", "batch", "none"] = Field(
        default="layer",
        description="layer as in the paper; rms without the mean (Zhang & Sennrich 2019); batch over all real "
        "positions of a batch (Ioffe & Szegedy 2015), in encoders only",
    )
    norm_position: Literal["pre", "post"] = Field(
        default="pre",
        description="norm before each part (trains steadily, Xiong et al. 2020) or after it (the paper)",
    )
    residual: bool = Field(default=True, description="add what each part reads to what it gives, as in the paper")
    scale: bool = Field(
        default=True, description="divide attention scores by the square root of a head's size, as in the paper"
    )
    activation: Literal["relu", "gelu", "swish", "swiglu"] = Field(
        default="gelu",
        description="in the feed-forward layer; gelu as in BERT and GPT, relu as in the paper, swish (Ramachandran "
        "et al. 2017), swiglu: gated, by a third matrix (Shazeer 2020)",
    )

    inner_ratio: ClassVar[float] = 4.0  # 2048 / 512 in the paper

    def width_step(self) -> int:
        """Heads of equal size; rotary positions turn pairs of features."""
        return self.heads * (2 if self.position == "rope" else 1)


def describe(shape: str, layers: str, config: TransformerConfig, use: str = "") -> str:
    """What the name resolved to: 'decoder-only, 4 layers, width 128, 4 heads, inner 512, ...'.

    shape: the kind of network, layers: how many in each part ('4', '4 + 4'). use: how that kind serves the task, where
    another way could be thought of.
    """
    norms = {"layer": f"{config.norm_position}-norm", "none": "no norm"}
    told = [
        f"{shape}, {layers} layers, width {config.width}, {config.heads} heads, inner {config.inner}",
        "no positions" if config.position == "none" else f"{config.position} positions",
        norms.get(config.norm, f"{config.norm_position}-norm ({config.norm})"),
        config.activation,
    ]
    if config.position == "relative":
        told[1] += f" up to distance {config.clipping_distance}"
    if not config.residual:
        told.append("no residual connections")
    if not config.scale:
        told.append("scores not scaled")
    if use:
        told.append(use)
    return ", ".join(told)
