"""Which executor a name means."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import UserError, nearest
from . import Executor
from .local import LOCAL

if TYPE_CHECKING:
    from ..registry import Catalogue


def executor_named(name: str, catalogue: Catalogue) -> Callable[[int], Executor]:
    """What is called with the number of jobs at a time. UserError for a name that is not known."""
    if name == LOCAL.name:
        return LOCAL.load()
    known = {LOCAL.name, *catalogue.executors}
    if name not in catalogue.executors:
        raise UserError(f"Unknown executor {name!r}.{nearest(name, known)}")
    entry = catalogue.executors[name]
    found: Callable[[int], Executor] = entry.load(entry.card.load)
    return found
