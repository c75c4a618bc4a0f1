"""Objects of JSON lines, checked: every refusal begins with the file and the line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import UserError, nearest


def json_object(line: str, where: str, example: str) -> dict[str, Any]:
    """The JSON object on a line. UserError, beginning with `where`, for anything else. example: what one looks like."""
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise UserError(f"{where}: not JSON: {error.msg} at column {error.colno}.") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where}: not JSON that can be read: {error}.") from None
    if not isinstance(value, dict):
        raise UserError(f"{where}: a JSON object is expected, such as {example}.")
    return value


def member(value: Mapping[str, Any], key: str, where: str) -> Any:
    """What an object has under a key. UserError where it has no such key, or a text with characters that are none."""
    if key not in value:
        raise UserError(f"{where}: the object has no {key!r}.{nearest(key, value)}")
    found = value[key]
    if isinstance(found, str):
        if "\0" in found:
            raise UserError(f"{where}: the value of {key!r} holds a NUL character.")
        if any("\ud800" <= character <= "\udfff" for character in found):
            raise UserError(f"{where}: the value of {key!r} holds half of a surrogate pair, which is no character.")
    return found


def text_member(value: Mapping[str, Any], key: str, where: str) -> str:
    """A text that an object has under a key. UserError as in `member`, and for what is no text."""
    text = member(value, key, where)
    if not isinstance(text, str):
        raise UserError(f"{where}: the value of {key!r} is {json.dumps(text)[:40]}, which is not a text.")
    return text
