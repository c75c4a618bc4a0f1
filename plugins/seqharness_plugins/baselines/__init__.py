"""Baselines: trivial models that stand in every table, so that a figure is never read alone."""

from __future__ import annotations

from collections.abc import Callable

from seqharness.contracts import BaselineArchitecture, ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import SequenceToSequence


def _copy() -> BaselineArchitecture:
    from .copy import ARCHITECTURE

    return ARCHITECTURE


def _ibm1() -> BaselineArchitecture:
    from .ibm1 import ARCHITECTURE

    return ARCHITECTURE


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    """The cards of this family."""
    register(
        ModelSpec(
            name="copy",
            summary="says the source again, as it is",
            interfaces=(SequenceToSequence,),
            load=_copy,
            baseline=True,
        )
    )
    register(
        ModelSpec(
            name="ibm1",
            summary="word-by-word lookup: each source word's most probable translation under IBM Model 1",
            interfaces=(SequenceToSequence,),
            load=_ibm1,
            paper="Brown et al. 1993, https://aclanthology.org/J93-2003/",
            baseline=True,
        )
    )
