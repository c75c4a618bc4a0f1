"""The values of options that a model is tried with: every choice, and numbers at their minimum."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

SIZES = ("width", "inner")
"""Solved for by sizing. At their minimum a norm over one feature or a single unit may say nothing."""


def choices_of(kind: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """(option, value) for every value of every Literal, both values of every bool, and None where it is allowed."""
    for name, field in kind.model_fields.items():
        for value in _choices(field.annotation):
            yield name, value


def minima_of(kind: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """(option, value) for every number that has a smallest value."""
    for name, field in kind.model_fields.items():
        smallest = _minimum(field)
        if smallest is not None:
            yield name, smallest


def _choices(annotation: Any) -> Iterator[Any]:
    if annotation is bool:
        yield from (False, True)
    elif annotation is type(None):
        yield None
    elif get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif get_origin(annotation) in (Union, types.UnionType):
        parts = get_args(annotation)
        for part in parts:
            yield from _choices(part)


def _minimum(field: FieldInfo) -> int | float | None:
    whole = field.annotation is int or int in get_args(field.annotation)
    for bound in field.metadata:
        least, above = getattr(bound, "ge", None), getattr(bound, "gt", None)
        if isinstance(least, int | float):
            return least
        if whole and isinstance(above, int):
            return above + 1
    return None
