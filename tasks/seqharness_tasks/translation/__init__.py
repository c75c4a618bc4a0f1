"""`translate`: sentences of one language into another. This file is the card; what it names is loaded when used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seqharness.contracts import Options, Task, TaskSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import SequenceToSequence


def _options() -> type[Options]:
    from .options import TranslateOptions

    return TranslateOptions


def _load() -> Callable[[Any], Task]:
    from .task import Translate

    return Translate


@hookimpl
def register_tasks(register: Callable[[TaskSpec], None]) -> None:
    """Offers `translate`."""
    register(
        TaskSpec(
            name="translate",
            summary="translation: a generated English-French corpus, Multi30k (English, German, French), or own files",
            interface=SequenceToSequence,
            options=_options,
            load=_load,
        )
    )
