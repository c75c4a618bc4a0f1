"""Names of models cut to the room there is, and still different: variants of one model differ at their ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from .view import unique

MARK = "…"


def short_names(models: Iterable[str], cut: Callable[[str], str]) -> dict[str, str]:
    """Model -> what `cut` leaves of its name.

    A name that is too long loses first the options that every variant of its model has: of
    'transformer:layers=2:position=rope' 'transformer…:position=rope' is left. Names that would still look the same lose
    their middle, and where that does not help either they are numbered.
    """
    names = unique(models)
    found = {name: cut(name) for name in names}
    for name in names:
        if found[name].endswith(MARK) and not name.endswith(MARK):
            found[name] = cut(_own_options(name, names))
    for name in _alike(found):
        found[name] = _without_middle(name, len(found[name]), cut)
    for place, name in enumerate(_alike(found), start=1):
        found[name] = cut(f"{place}{MARK}{name}")
    return found


def _alike(found: dict[str, str]) -> list[str]:
    """Names that are not the only one to look as they do."""
    times = Counter(found.values())
    return [name for name, short in found.items() if times[short] > 1]


def _own_options(name: str, names: Sequence[str]) -> str:
    """The name without the options that all variants of the same model have, if it has others."""
    base, *options = name.split(":")
    variants = [set(other.split(":")[1:]) for other in names if other.split(":")[0] == base]
    shared = set.intersection(*variants)
    own = [option for option in options if option not in shared]
    return ":".join([base + MARK, *own]) if own and len(own) < len(options) else name


def _without_middle(name: str, length: int, cut: Callable[[str], str]) -> str:
    """Beginning and end of a name."""
    half = max(1, length // 2 - 1)
    return cut(f"{name[:half]}{MARK}{name[-half:]}")
