"""Which tokens of a row masked language modelling hides in evaluation: one rule, for networks and for baselines.

A share of 0.15 of the tokens, as in BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805), at least one a row.
They are drawn from the row's own tokens, so that neither the batch nor the order of rows nor a seed changes them.

This file imports no torch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

SHARE = 0.15
"""Share of tokens to predict."""


def masked_positions(tokens: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Token ids [T] of a row, without padding -> [T], true where a token is hidden and to be predicted."""
    draws = np.random.Generator(np.random.PCG64(tokens.tolist())).random(len(tokens))
    return np.asarray((draws < SHARE) | (draws == draws.min(initial=1.0)))
