"""An opinion: a clause that praises or blames something, directly or by denying the contrary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..english_french.draw import Draw
from .words import ADJECTIVES, EXTREME, MILD, STRONG, WEAK, Adjectives, Aspect, Domain


class Form(NamedTuple):
    """A way to say that `a` is `j`. flips: how many negations have the adjective in their scope. personal: whether the
    writer speaks of "I". degree: whether the adjective may have one."""

    pattern: str
    flips: int
    personal: bool = False
    degree: bool = True


FORMS = (
    Form("{a} {was} {j}", 0),
    Form("{a} {was}, {aside}, {j}", 0),
    Form("{a}, {aside}, {was} {j}", 0),
    Form("{a} turned out to be {j}", 0),
    Form("there was something about {a} that was {j}", 0),
    Form("anybody would call {a} {j}", 0),
    Form("both {a} and {b} were {j}", 0),
    Form("{a} {was} nothing but {j}", 0, degree=False),
    Form("{a} {was} nothing short of {j}", 0, degree=False),
    Form("{a} {was} not only {j} but also {k}", 0, degree=False),
    Form("I found {a} {j}", 0, personal=True),
    Form("I would call {a} {j}", 0, personal=True),
    Form("{a} struck me as {j}", 0, personal=True),
    Form("{a} {was} not {j}", 1, degree=False),
    Form("{a} {was} not, {aside}, {j}", 1, degree=False),
    Form("{a}, {aside}, {was} not {j}", 1, degree=False),
    Form("{a} did not turn out to be {j}", 1, degree=False),
    Form("there was nothing about {a} that was {j}", 1, degree=False),
    Form("nobody would call {a} {j}", 1, degree=False),
    Form("neither {a} nor {b} was {j}", 1, degree=False),
    Form("{a} {was} anything but {j}", 1, degree=False),
    Form("{a} {was} far from {j}", 1, degree=False),
    Form("I did not find {a} {j}", 1, personal=True, degree=False),
    Form("I would not call {a} {j}", 1, personal=True, degree=False),
    Form("{a} never struck me as {j}", 1, personal=True, degree=False),
    Form("nobody would call {a} anything but {j}", 2, degree=False),
    Form("there was nothing about {a} that was not {j}", 2, degree=False),
    Form("I did not find {a} anything but {j}", 2, personal=True, degree=False),
)


class Frame(NamedTuple):
    """What a whole clause is put into."""

    text: str
    flips: int
    personal: bool = False


FRAMES = (
    Frame("it is true that", 0),
    Frame("it was clear that", 0),
    Frame("there is no doubt that", 0),
    Frame("I must say that", 0, personal=True),
    Frame("I am sure that", 0, personal=True),
    Frame("it is not true that", 1),
    Frame("nobody could claim that", 1),
    Frame("I cannot say that", 1, personal=True),
    Frame("I would not say that", 1, personal=True),
    Frame("I do not think that", 1, personal=True),
    Frame("nobody could deny that", 2),
    Frame("I cannot deny that", 2, personal=True),
)

FRAMED = 0.12
"""Share of the clauses that are put into a frame."""

FLIPS = {0: 0.64, 1: 0.29, 2: 0.07}
"""How many negations have the adjective in their scope, frame and form together."""

DEGREES = {"": 0.6, "weak": 0.2, "strong": 0.2}
"""Of an adjective that may have one, where no comparison of degrees asks for it."""

ASIDES = ("by the way", "once again", "all in all", "to my surprise", "for some reason", "on that day", "as always")
DENYING_ASIDES = (
    "not for the first time",
    "no matter the price",
    "without a doubt",
    "for no clear reason",
    "never mind the hour",
    "no joke",
)
"""Hold a negation that reaches nothing outside of them."""

NEGATIONS = frozenset(("not", "cannot", "no", "nobody", "nothing", "never", "neither", "without"))
"""What is counted as a negation, whatever it reaches. "nor" belongs to "neither"."""


@dataclass(frozen=True)
class Opinion:
    """text: without capital and full stop. positive: what it comes to. flips: negations that reach the adjective.
    aspects: what is judged."""

    text: str
    positive: bool
    flips: int
    aspects: tuple[Aspect, ...]


def opinion(
    draw: Draw,
    domain: Domain,
    *,
    positive: bool,
    personal: bool = True,
    degree: str | None = None,
    apart: tuple[Aspect, ...] = (),
) -> Opinion:
    """An opinion that comes to praise or blame.

    personal: whether it may speak of "I". degree: "weak" or "strong" for an adjective that has it and no negation;
    otherwise both are drawn. apart: aspects that are not to be judged again.
    """
    flips = draw.weighted(FLIPS) if degree is None else 0
    frame = _frame(draw, flips, personal) if degree is None and draw.chance(FRAMED) else None
    form = _form(draw, flips - (frame.flips if frame else 0), personal and frame is None, degree is not None)
    kind = degree if degree is not None else draw.weighted(DEGREES) if form.degree else ""
    aspects = _aspects(draw, [aspect for aspect in domain.aspects if aspect not in apart], form)
    text = _clause(draw, form, aspects, positive == (flips % 2 == 0), kind)
    return Opinion(f"{frame.text} {text}" if frame else text, positive, flips, aspects)


def _frame(draw: Draw, flips: int, personal: bool) -> Frame:
    """A frame that leaves no fewer than 0 of the flips to the clause inside."""
    return draw.uniform([frame for frame in FRAMES if frame.flips <= flips and frame.personal <= personal])


def _form(draw: Draw, flips: int, personal: bool, degree: bool) -> Form:
    """A form with so many flips; degree: whether the adjective must be able to have one."""
    return draw.uniform(
        [form for form in FORMS if form.flips == flips and form.personal <= personal and degree <= form.degree]
    )


def _aspects(draw: Draw, present: list[Aspect], form: Form) -> tuple[Aspect, ...]:
    """What a form judges: one aspect, or two that the same adjectives suit."""
    if "{b}" not in form.pattern:
        return (draw.uniform(present),)
    kinds = [aspect.kind for aspect in present]
    first = draw.uniform([aspect for aspect in present if kinds.count(aspect.kind) > 1])
    return first, draw.uniform([aspect for aspect in present if aspect.kind == first.kind and aspect != first])


def _clause(draw: Draw, form: Form, aspects: tuple[Aspect, ...], praise: bool, degree: str) -> str:
    """The form with its blanks filled; praise: whether the adjectives are words of praise."""
    first, second = _two_adjectives(draw, aspects[0], praise, degree != "weak")
    words = {"weak": WEAK, "strong": STRONG}.get(degree)
    return form.pattern.format(
        a=aspects[0].phrase,
        b=aspects[-1].phrase,
        was="were" if aspects[0].plural else "was",
        j=f"{draw.uniform(words)} {first}" if words else first,
        k=second,
        aside=draw.uniform(DENYING_ASIDES if draw.chance(0.5) else ASIDES),
    )


def _two_adjectives(draw: Draw, aspect: Aspect, praise: bool, extreme: bool) -> tuple[str, str]:
    sets: list[Adjectives] = [MILD, ADJECTIVES[aspect.kind], *([EXTREME] if extreme else [])]
    words = [word for group in sets for word in (group.positive if praise else group.negative)]
    first = draw.uniform(words)
    return first, draw.uniform([word for word in words if word != first])
