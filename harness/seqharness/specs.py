"""Names and options: `transformer:heads=4` -> the card of the model and its checked, typed options.

A colon separates only where `key=` follows, so that `data=hf:name` and `data=C:\\corpus` are whole values.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from .errors import UserError, nearest

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
"""What a model, task or reporter may be called, so that it can be written in a shell and in a comma list."""

_SEPARATOR = re.compile(r":(?=[A-Za-z_][A-Za-z0-9_-]*=)")
_LIST_SEPARATOR = re.compile(r",\s*(?=[A-Za-z_][A-Za-z0-9_.-]*(?::[A-Za-z_][A-Za-z0-9_-]*=|,|$))")

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Name:
    """A name with options as written: values are text still."""

    name: str
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return ":".join([self.name, *(f"{key}={value}" for key, value in self.options)])


def parse_name(text: str) -> Name:
    """'translate:data=multi30k:pair=en-de' -> Name. UserError where it is not of that form."""
    head, *parts = _SEPARATOR.split(text.strip())
    if not NAME.fullmatch(head):
        raise UserError(f"{text!r} is not a name with options: write NAME or NAME:key=value:key=value.")
    options: list[tuple[str, str]] = []
    for part in parts:
        key, _, value = part.partition("=")
        key = key.replace("-", "_")
        if key in dict(options):
            raise UserError(f"{text!r} gives the option {key!r} twice.")
        options.append((key, value))
    return Name(head, tuple(options))


def parse_names(text: str) -> list[Name]:
    """A comma list of names. A comma inside an option's value stays where no name follows it."""
    parts = [part for part in _LIST_SEPARATOR.split(text) if part.strip()]
    if not parts:
        raise UserError("The list of names is empty: write for instance lstm,transformer.")
    return [parse_name(part) for part in parts]


def check_options(kind: type[Model], given: Mapping[str, Any], where: str) -> Model:
    """The options as `kind` has them, converted from text. UserError names option, value and what is allowed."""
    for key in given:
        if key not in kind.model_fields:
            raise UserError(f"{where} has no option {key!r}.{nearest(key, kind.model_fields)}")
    try:
        checked = kind.model_validate({key: _plain(value) for key, value in given.items()})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        what = f"{where}: {place}={first['input']}" if place else where
        raise UserError(f"{what}: {_reason(first)}.{_choice(first)}") from None
    for place, value in _numbers(checked.model_dump()):
        if not math.isfinite(value):
            raise UserError(f"{where}: {place}={value}: input should be a finite number.")
    return checked


def _numbers(value: Any, place: str = "") -> Iterator[tuple[str, float]]:
    """Every float in nested options, with its place."""
    if isinstance(value, float):
        yield place, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _numbers(inner, f"{place}.{number}")


def _plain(value: Any) -> Any:
    """'on' and 'off' are words for a yes and a no; everything else pydantic converts from text."""
    return {"on": True, "off": False}.get(value, value) if isinstance(value, str) else value


def _reason(error: Any) -> str:
    message = str(error["msg"])
    message = message.removeprefix("Value error, ").replace("Extra inputs are not permitted", "there is no such option")
    return (message[:1].lower() + message[1:]).rstrip(".")


def _choice(error: Any) -> str:
    if error["type"] != "literal_error" or not isinstance(error["input"], str):
        return ""
    return nearest(error["input"], re.findall(r"'([^']*)'", str(error["ctx"]["expected"])))


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: the form that is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
