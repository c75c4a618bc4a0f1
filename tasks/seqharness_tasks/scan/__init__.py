"""`scan`: commands into actions. This file is the card; what it names is loaded when used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqharness.contracts import Options, Task, TaskSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import SequenceToSequence

if TYPE_CHECKING:
    from seqharness.data.sources import RemoteFile


def _options() -> type[Options]:
    from .options import ScanOptions

    return ScanOptions


def _load() -> Callable[[Any], Task]:
    from .task import Scan

    return Scan


def _datasets() -> Mapping[str, Sequence[RemoteFile]]:
    from .splits import FILES

    return {"scan": [file for parts in FILES.values() for file in parts.values()]}


@hookimpl
def register_tasks(register: Callable[[TaskSpec], None]) -> None:
    """Offers `scan`."""
    register(
        TaskSpec(
            name="scan",
            summary="SCAN: commands such as `jump around left twice` into actions; splits that ask for composition",
            interface=SequenceToSequence,
            options=_options,
            load=_load,
            datasets=_datasets,
        )
    )
