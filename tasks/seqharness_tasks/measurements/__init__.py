"""What can be looked at besides the score. Cards only: torch is imported when a measurement is made."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from seqharness.contracts import MeasurementSpec, TaskSpec
from seqharness.hookspecs import hookimpl

if TYPE_CHECKING:
    from seqharness.comparison import Findings

CARDS = (
    ("gradients", "norm of the gradient over the distance it travels, at initialisation and after training", True),
    ("context", "how far back a language model looks, and within which distance the order of words matters", True),
    ("attention", "alignment of a few outputs with their sources, by the decoder's attention", False),
    ("samples", "texts drawn from a language model", False),
    (
        "carried-state",
        "perplexity with the state carried through the whole text, for models whose state is fixed",
        True,
    ),
)


def _measure(name: str) -> Callable[[], Callable[[Any, Any], Findings]]:
    def load() -> Callable[[Any, Any], Findings]:
        measure: Callable[[Any, Any], Findings] = import_module(f"{__name__}.{name.replace('-', '_')}").measure
        return measure

    return load


@hookimpl
def register_tasks(register: Callable[[TaskSpec | MeasurementSpec], None]) -> None:
    """Offers `gradients`, `context`, `attention`, `samples` and `carried-state`."""
    for name, summary, every_seed in CARDS:
        register(MeasurementSpec(name=name, summary=summary, load=_measure(name), every_seed=every_seed))
