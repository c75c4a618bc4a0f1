"""The language of SCAN (Lake & Baroni 2018, https://arxiv.org/abs/1711.00350, figures 6 and 7 of the supplement).

    C -> S and S | S after S | S
    S -> V twice | V thrice | V
    V -> D[1] opposite D[2] | D[1] around D[2] | D | U
    D -> U left | U right | turn left | turn right          D[1], D[2]: its first and its second word
    U -> walk | look | run | jump

It has 20,910 commands, each of which means one row of actions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

PRIMITIVES = {"walk": "I_WALK", "look": "I_LOOK", "run": "I_RUN", "jump": "I_JUMP"}
TURNS = {"left": "I_TURN_LEFT", "right": "I_TURN_RIGHT"}
TIMES = {"twice": 2, "thrice": 3}
MANNERS = ("opposite", "around")
CONJUNCTIONS = ("and", "after")

WORDS = (*PRIMITIVES, "turn", *TURNS, *MANNERS, *TIMES, *CONJUNCTIONS)
ACTIONS = (*PRIMITIVES.values(), *TURNS.values())


def commands() -> Iterator[str]:
    """All 20,910, always in the same order."""
    sentences = [f"{verb}{times}" for verb in _verbs() for times in ("", *(f" {word}" for word in TIMES))]
    yield from sentences
    for conjunction in CONJUNCTIONS:
        for first in sentences:
            for second in sentences:
                yield f"{first} {conjunction} {second}"


def _verbs() -> Iterator[str]:
    yield from PRIMITIVES
    for verb in (*PRIMITIVES, "turn"):
        for direction in TURNS:
            yield f"{verb} {direction}"
            for manner in MANNERS:
                yield f"{verb} {manner} {direction}"


def actions(command: str) -> str:
    """What a command means. ValueError for what is no command."""
    try:
        return " ".join(_meaning(command.split()))
    except (KeyError, IndexError, ValueError):
        raise ValueError(f"{command!r} is no command of SCAN") from None


def _meaning(words: Sequence[str]) -> list[str]:
    for conjunction in CONJUNCTIONS:
        if conjunction in words:
            place = words.index(conjunction)
            first, second = _sentence(words[:place]), _sentence(words[place + 1 :])
            return first + second if conjunction == "and" else second + first
    return _sentence(words)


def _sentence(words: Sequence[str]) -> list[str]:
    if words[-1] in TIMES:
        return _verb(words[:-1]) * TIMES[words[-1]]
    return _verb(words)


def _verb(words: Sequence[str]) -> list[str]:
    if len(words) == 1:
        return [PRIMITIVES[words[0]]]
    verb, *manner, direction = words
    act = [] if verb == "turn" else [PRIMITIVES[verb]]
    turn = TURNS[direction]
    if not manner:
        return [turn, *act]
    return {"opposite": [turn, turn, *act], "around": [turn, *act] * 4}[" ".join(manner)]
