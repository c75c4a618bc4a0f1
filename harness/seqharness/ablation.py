"""The models of an ablation: a base, and the base with one option changed at a time."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import UserError
from .registry import Catalogue
from .resolve import resolve_model
from .specs import parse_name


def variants(base: str, over: Sequence[str], catalogue: Catalogue) -> list[str]:
    """The base's name first, then one for each value of each of `over` ('heads=1,4,8') that differs from the base.

    UserError where an option or value is not the model's, or nothing is changed.
    """
    name = parse_name(base)
    given = resolve_model(base, catalogue).config
    found = [str(name)]
    for text in over:
        option, equals, values = text.partition("=")
        listed = [value.strip() for value in values.split(",") if value.strip()]
        if not equals or not listed:
            raise UserError(f"--over {text!r} names no values: write OPTION=VALUE,VALUE, for instance heads=1,4,8.")
        option = option.strip().replace("-", "_")
        rest = [(key, value) for key, value in name.options if key != option]
        for value in listed:
            variant = ":".join([name.name, *(f"{key}={chosen}" for key, chosen in [*rest, (option, value)])])
            if resolve_model(variant, catalogue).config != given and variant not in found:
                found.append(variant)
    if len(found) < 2:
        raise UserError(f"Nothing is changed: every value of --over is what {base} has already.")
    return found
