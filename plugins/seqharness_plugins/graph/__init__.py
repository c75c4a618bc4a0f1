"""Graph models. Cards only: torch is imported when a model is used."""

from collections.abc import Callable

from seqharness.contracts import Architecture, ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import Classify, Tag


def _gnn() -> Architecture:
    from .gnn import ARCHITECTURE

    return ARCHITECTURE


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    register(
        ModelSpec(
            name="gnn",
            summary="gated messages between the tokens within a window of each other",
            paper="Li et al. 2016",
            interfaces=(Classify, Tag),
            load=_gnn,
        )
    )
