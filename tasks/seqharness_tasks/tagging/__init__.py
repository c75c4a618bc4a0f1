"""`tag`: one tag for every word. This file is the card; what it names is loaded when used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seqharness.contracts import Options, Task, TaskSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import Tag


def _options() -> type[Options]:
    from .options import TagOptions

    return TagOptions


def _load() -> Callable[[Any], Task]:
    from .task import Tagging

    return Tagging


@hookimpl
def register_tasks(register: Callable[[TaskSpec], None]) -> None:
    """Offers `tag`."""
    register(
        TaskSpec(
            name="tag",
            summary="tagging: generated sentences with agreement over a distance, or own files in CoNLL columns",
            interface=Tag,
            options=_options,
            load=_load,
        )
    )
