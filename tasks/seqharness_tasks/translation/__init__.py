"""`translate`: sentences of one language into another. This file is the card; what it names is loaded when used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqharness.contracts import Options, Task, TaskSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import SequenceToSequence

if TYPE_CHECKING:
    from seqharness.data.sources import RemoteFile


def _options() -> type[Options]:
    from .options import TranslateOptions

    return TranslateOptions


def _load() -> Callable[[Any], Task]:
    from .task import Translate

    return Translate


def _datasets() -> Mapping[str, Sequence[RemoteFile]]:
    from . import multi30k

    return {"multi30k": list(multi30k.FILES.values())}


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
            datasets=_datasets,
        )
    )
