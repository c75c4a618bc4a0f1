"""What a model says of itself, before a network is built."""

from __future__ import annotations

import json
from typing import Any

from ...contracts import Architecture, BaselineArchitecture, Config
from ...errors import NotApplicable, UserError
from ...specs import NAME, check_options
from ..options import choices_of
from ..subjects import Model


def check_card(model: Model) -> None:
    """The card names the model, says in a line what it is, and lists exactly the interfaces that are served.

    Listing and planning read the card alone; where it promises what the file does not hold, a comparison fails late.
    """
    card, architecture = model.card, model.architecture
    kinds = Architecture | BaselineArchitecture
    assert isinstance(architecture, kinds), f"load() gives a {type(architecture).__name__}, not an Architecture"
    assert NAME.fullmatch(card.name), f"{card.name!r} is no name: a letter, then letters, digits and _.-"
    assert card.summary.strip(), "the card has no summary: one line that says what the model is"
    assert len(card.summary.splitlines()) == 1, "the card's summary has more than one line"
    said, served = ({kind.name for kind in kinds} for kinds in (card.interfaces, architecture.serves))
    assert said == served, f"the card names {_listed(said)}, but what it loads serves {_listed(served)}"
    if isinstance(architecture, Architecture):
        assert issubclass(architecture.config, Config), (
            "the options of a network must extend seqharness.contracts.Config, which has what every network has"
        )
        assert not card.baseline, "the card calls it a baseline, but it loads an Architecture"
    else:
        assert card.baseline, "it loads a BaselineArchitecture, but its card does not say baseline=True"


def check_every_interface_is_served(model: Model) -> None:
    """Each interface on the card is served by the options as they are, in one of its kinds at least.

    A model may refuse a kind (a task that forbids to look ahead, say) or an option there, by NotApplicable with a
    reason. One that refuses an interface altogether must not list it.
    """
    refused: dict[str, str] = {}
    served = set()
    for subject in model.subjects():
        refusal = subject.refusal
        if isinstance(refusal, NotApplicable):
            assert str(refusal).strip(), f"{subject.problem} is refused by NotApplicable without a reason"
            refused[subject.interface.name] = str(refusal)
        else:
            served.add(subject.interface.name)
    for name, reason in refused.items():
        assert name in served, f"the card lists {name}, but every kind of it is refused: {reason}"


def check_options_round_trip(model: Model) -> None:
    """Options survive JSON, and every choice can be written after the model's name as text.

    Records keep options as JSON and the shell gives text. What breaks it: a Literal of numbers (text is never one of
    them: use an int with bounds), or a type that JSON does not have.
    """
    kind, config = model.architecture.config, model.config()
    again = kind.model_validate(json.loads(config.model_dump_json()))
    assert again == config, f"the options read back from JSON are {again}, not {config}"
    for name, value in choices_of(kind):
        text = _as_text(value)
        if text is None:
            continue
        try:
            read = getattr(check_options(kind, {name: text}, "the model"), name)
        except UserError as error:
            raise AssertionError(f"{name}={text} cannot be written after the model's name: {error}") from error
        assert read == value, f"{name}={text} is read as {read!r}, not as {value!r}"


def check_options_are_explained(model: Model) -> None:
    """Every option has a description, which says what it does and why its default is what it is.

    It is what `harness show model NAME` prints; a default without a reason cannot be judged.
    """
    without = [name for name, field in model.architecture.config.model_fields.items() if not field.description]
    assert not without, f"there is no description of {', '.join(without)}"


def check_loading_changes_no_global_setting(model: Model) -> None:
    """Importing the model's file leaves threads, default dtype, environment and working directory as they are.

    All models of a comparison share a process or its settings: what one sets, the others are measured under. Seen by
    whoever imports the file first in a process.
    """
    assert not model.changed_by_loading, f"importing the model's file changes {model.changed_by_loading}"


def _as_text(value: Any) -> str | None:
    """As it is written in a shell; None for None, which is written by leaving the option out."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return None if value is None else str(value)


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
