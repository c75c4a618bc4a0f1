"""The splits of SCAN, by their rules and from the files of its authors.

The files are those of one revision of https://github.com/brendenlake/SCAN (BSD licence), one example a line:
`IN: jump twice OUT: I_JUMP I_JUMP`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from seqharness.data.files import read_lines
from seqharness.data.sources import DataSource, RemoteFile
from seqharness.errors import UserError

from .grammar import actions, commands

REVISION = "c4b756cbc010d75c912f16c42c8f15dc6b7e6c8f"

LONGEST = 22
"""Actions of the longest command trained on in the split `length`."""

HELD_BACK = 4_182
"""Test commands of the split `iid`: as many as in the authors' `simple`, a fifth."""

REPEATED = 9
"""A primitive that is seen alone makes one training example in ten: one copy for this many others."""

PRIMITIVE: Mapping[str, str] = {"jump": "jump", "turn-left": "turn left"}
"""What is seen alone only."""

_LINE = re.compile(r"IN: (.+) OUT: (.+)")


class Pair(NamedTuple):
    """A command and its actions."""

    command: str
    actions: str


Parts = dict[str, list[Pair]]
"""'train' and 'test'."""


def generated(split: str) -> Parts:
    """The split `iid`, `length`, `jump` or `turn-left`, in the order of the commands' sha256."""
    ordered = sorted(commands(), key=lambda command: hashlib.sha256(command.encode()).digest())
    every = [Pair(command, actions(command)) for command in ordered]
    if split == "iid":
        return {"train": every[HELD_BACK:], "test": every[:HELD_BACK]}
    held_back = RULES[split]
    parts = {"train": [pair for pair in every if not held_back(pair)], "test": list(filter(held_back, every))}
    if split in PRIMITIVE:
        primitive = PRIMITIVE[split]
        parts["test"] = [pair for pair in parts["test"] if pair.command != primitive]
        copies = round(len(parts["train"]) / REPEATED)
        parts["train"] += [Pair(primitive, actions(primitive))] * copies
    return parts


RULES: Mapping[str, Callable[[Pair], bool]] = {
    "length": lambda pair: len(pair.actions.split()) > LONGEST,
    "jump": lambda pair: "jump" in pair.command,
    "turn-left": lambda pair: "turn left" in pair.command,
}
"""Which commands are held back; of `jump` and `turn left` all but the primitive itself."""


def upstream(split: str, source: DataSource) -> Parts:
    """The split `simple`, `length`, `jump` or `turn-left` from the files. UserError for a line of another form."""
    return {part: _read(source, file) for part, file in FILES[split].items()}


def _read(source: DataSource, file: RemoteFile) -> list[Pair]:
    path = source.fetch(file)
    found = []
    for number, line in enumerate(read_lines(path), 1):
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise UserError(f"{path}:{number}: a line of SCAN is `IN: command OUT: actions`, not {line[:60]!r}.")
        found.append(Pair(*match.groups()))
    return found


def _file(name: str, size: int, sha256: str) -> RemoteFile:
    return RemoteFile(
        path=f"scan/{name}",
        url=f"https://raw.githubusercontent.com/brendenlake/SCAN/{REVISION}/{name}",
        sha256=sha256,
        bytes=size,
    )


FILES: Mapping[str, Mapping[str, RemoteFile]] = {
    "simple": {
        "train": _file(
            "simple_split/tasks_train_simple.txt",
            3267938,
            "941bb8a088c5f53ceff12fde902dc008933cf0c4203cc672c47b5f79d73262dd",
        ),
        "test": _file(
            "simple_split/tasks_test_simple.txt",
            812450,
            "1fe1c8f5a19d0dc40e41bab94278f45f66f3dc415a978bd29855a23440610fc6",
        ),
    },
    "length": {
        "train": _file(
            "length_split/tasks_train_length.txt",
            2723418,
            "b034212dc7cf87ce62f3a067dd6ad49c4d5cd18d51d615d13825516bcb1ebbc2",
        ),
        "test": _file(
            "length_split/tasks_test_length.txt",
            1356970,
            "0760752ed34a75116ae11dcc1ee17526b7500060da1366540730fa24894d7db3",
        ),
    },
    "jump": {
        "train": _file(
            "add_prim_split/tasks_train_addprim_jump.txt",
            2579619,
            "e3c78485692e028eed4205e1b8b3fd0e785ef2c12d45b5b89204dadf5b239e23",
        ),
        "test": _file(
            "add_prim_split/tasks_test_addprim_jump.txt",
            1531555,
            "8147ae2651422c701162e174d9d66158daa57858a26b30317ac61797118ac7a5",
        ),
    },
    "turn-left": {
        "train": _file(
            "add_prim_split/tasks_train_addprim_turn_left.txt",
            3974537,
            "1b3fed86055dd7689d217f1b90cc8960aeb1cf200f4f209dc47935761b05304c",
        ),
        "test": _file(
            "add_prim_split/tasks_test_addprim_turn_left.txt",
            173679,
            "15a82c2d25ac7c3c1fff7e18051fb085974ef3617de895c520d02144396a10e2",
        ),
    },
}
"""The authors' files of each split."""
