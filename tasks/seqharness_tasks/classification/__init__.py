"""`classify`: one label for a text. This file is the card; what it names is loaded when used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqharness.contracts import Options, Task, TaskSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import Classify

if TYPE_CHECKING:
    from seqharness.data.sources import RemoteFile


def _options() -> type[Options]:
    from .options import ClassifyOptions

    return ClassifyOptions


def _load() -> Callable[[Any], Task]:
    from .task import Classification

    return Classification


def _datasets() -> Mapping[str, Sequence[RemoteFile]]:
    from .published import PUBLISHED

    return {name: [file for file, _ in data.files.values()] for name, data in PUBLISHED.items()}


@hookimpl
def register_tasks(register: Callable[[TaskSpec], None]) -> None:
    """Offers `classify`."""
    register(
        TaskSpec(
            name="classify",
            summary="classification: generated reviews, SST-2, AG News, Reuters R8, or own files",
            interface=Classify,
            options=_options,
            load=_load,
            datasets=_datasets,
        )
    )
