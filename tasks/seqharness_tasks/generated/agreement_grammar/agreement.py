"""How far a verb is from its subject, and what stands between them, read off a derivation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from .pcfg import Node
from .rules import Symbol
from .words import CLAUSAL, COPULA, INTRANSITIVE, NUMBERS, REFLEXIVE, SPEAKING, TRANSITIVE, Number, forms


@dataclass(frozen=True, slots=True)
class Agreement:
    """A verb and its subject. subject, verb: places of the words, from 0; the subject's is that of its noun or name.

    attractors: nouns and names of the other number between the two.
    """

    subject: int
    verb: int
    number: Number
    attractors: int

    @property
    def distance(self) -> int:
        """1 for a verb right behind its subject."""
        return self.verb - self.subject


def agreements(derivation: Node) -> list[Agreement]:
    """Every finite verb of a sentence with its subject, in the order of the verbs; the verbs inside "both ... and ..."
    have one subject."""
    reader = _Reader()
    reader.read(derivation, None)
    return reader.found


def farthest(derivation: Node) -> Agreement:
    """The verb that is farthest from its subject; the first of equals."""
    return max(agreements(derivation), key=lambda pair: pair.distance)


@cache
def verb_forms() -> Mapping[str, str]:
    """Each finite verb -> the same verb in the other number."""
    lists = [*INTRANSITIVE.values(), *TRANSITIVE.values(), REFLEXIVE, CLAUSAL, SPEAKING, "/".join(COPULA.values())]
    singular, plural = ([form for pairs in lists for form in forms(pairs, number)] for number in NUMBERS)
    return {**dict(zip(singular, plural, strict=True)), **dict(zip(plural, singular, strict=True))}


class _Head(NamedTuple):
    """The place of a noun or name, and its number."""

    place: int
    number: Number


class _Reader:
    """Walks a derivation from the left, and knows the last head at every node."""

    def __init__(self) -> None:
        self.place = 0
        self.nouns: list[_Head] = []
        self.found: list[Agreement] = []

    def read(self, node: Node, subject: _Head | None) -> _Head | None:
        """Read a node whose verbs belong to `subject`, unless a noun phrase in it comes before them; the head of a noun
        phrase, None of all else."""
        symbol = node.symbol
        assert isinstance(symbol, Symbol)
        head = None
        for child in node.children:
            if isinstance(child, Node):
                head = self.read(child, head or subject) or head
                continue
            if symbol.kind in ("noun", "name") and symbol.number:
                head = _Head(self.place, symbol.number)
                self.nouns.append(head)
            elif symbol.kind == "verb" or child in COPULA.values():
                self._agree(head or subject)
            self.place += 1
        return head if symbol.kind in ("noun", "name", "NP") else None

    def _agree(self, subject: _Head | None) -> None:
        assert subject is not None
        between = [noun for noun in self.nouns if subject.place < noun.place and noun.number != subject.number]
        self.found.append(Agreement(subject.place, self.place, subject.number, len(between)))
