"""seqharness: compare sequence architectures fairly.

`seqharness.compare(models=["lstm", "transformer"], tasks=["translate"])` does what the command `harness compare` does.
Names are imported when they are used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .compare import compare
    from .comparison import Comparison
    from .contracts import Architecture, Config, ModelSpec, Recipe, TaskSpec
    from .errors import NotApplicable, UserError
    from .hookspecs import hookimpl

_WHERE = {
    "compare": "compare",
    "Comparison": "comparison",
    "Architecture": "contracts",
    "Config": "contracts",
    "ModelSpec": "contracts",
    "Recipe": "contracts",
    "TaskSpec": "contracts",
    "NotApplicable": "errors",
    "UserError": "errors",
    "hookimpl": "hookspecs",
}

__all__ = [
    "Architecture",
    "Comparison",
    "Config",
    "ModelSpec",
    "NotApplicable",
    "Recipe",
    "TaskSpec",
    "UserError",
    "compare",
    "hookimpl",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("seqharness")
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_WHERE[name]}", __name__), name)
    globals()[name] = value
    return value
