"""The softmax of attentions that are written out: one module, so that a hook on it sees every map.

(Attention by `scaled_dot_product_attention` is seen by intercepting that function; no model needs a flag for it.)
"""

from __future__ import annotations

from torch import Tensor, nn

from .memory import valid_positions


class AttentionWeights(nn.Module):
    """scores [..., S] -> weights [..., S] that are positive, sum to 1, and are 0 past the end of a source."""

    def forward(self, scores: Tensor, lengths: Tensor | None = None) -> Tensor:
        """lengths [B] of the sources, or None where all are full; B is the first dimension of the scores."""
        if lengths is not None:
            real = valid_positions(lengths.clamp(min=1), scores.size(-1))  # [B, S]
            scores = scores.masked_fill(~real.view(real.size(0), *[1] * (scores.dim() - 2), -1), -float("inf"))
        return scores.softmax(-1)
