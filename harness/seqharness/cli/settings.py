"""Settings from files: the user's `config.toml`, and over it the project's `seqharness.toml`.

    [compare]
    seeds = 5
    models = ["lstm", "transformer"]

Tables are commands, keys their options without the dashes in front. Every value is checked when the file is read.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import UserError, nearest
from .mistakes import UsageError

PROJECT_FILE = "seqharness.toml"


def user_file() -> Path:
    """`$XDG_CONFIG_HOME/seqharness/config.toml`, else under `~/.config`."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "seqharness" / "config.toml"


def defaults(command: Any) -> dict[str, Any]:
    """Defaults by command and parameter. UserError, naming the file: no TOML, an unknown key, a wrong value."""
    merged: dict[str, Any] = {}
    for path in (user_file(), Path(PROJECT_FILE)):
        if not path.is_file():
            continue
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise UserError(f"{path} cannot be read as TOML: {error}.") from error
        for section, values in content.items():
            known = command.get_command(None, section)
            if known is None or not isinstance(values, dict):
                raise UserError(f"{path}: [{section}] is no command.{nearest(section, command.list_commands(None))}")
            merged.setdefault(section, {}).update(_section(known, values, f"{path}: [{section}]"))
    return merged


def _section(command: Any, values: Mapping[str, Any], where: str) -> dict[str, Any]:
    parameters = {_key(option): one for one in command.params for option in one.opts if one.name != "help"}
    found = {}
    for key, value in values.items():
        parameter = parameters.get(_key(key))
        if parameter is None:
            raise UserError(f"{where} has no setting {key!r}.{nearest(key, parameters)}")
        found[parameter.name] = _checked(command, parameter, value, f"{where} {key} = {value!r}")
    return found


def _key(option: str) -> str:
    return option.lstrip("-").replace("-", "_")


def _checked(command: Any, parameter: Any, value: Any, where: str) -> Any:
    """The value as the command line would write it: a list for a comma list is joined."""
    if parameter.multiple:
        value = value if isinstance(value, list) else [value]
    elif isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        value = ",".join(value)
    if isinstance(value, list | dict) and not parameter.multiple:
        raise UserError(f"{where}: a single value is expected.")
    if isinstance(value, bool) is not bool(getattr(parameter, "is_flag", False)):
        raise UserError(f"{where}: {'true or false is' if not isinstance(value, bool) else 'a value is'} expected.")
    try:
        parameter.process_value(command.context_class(command), value)
    except UsageError as error:
        raise UserError(f"{where}: {error.message}.") from None
    return value
