"""Built-in recipes come from grids of as many trials for every model, and say from which."""

from __future__ import annotations

import re

import pytest

from seqharness.contracts import GRID_PROTOCOL
from seqharness.interfaces import SequenceToSequence
from seqharness.registry import PluginSettings, load_catalogue

CARDS = {
    name: entry.card
    for name, entry in load_catalogue(PluginSettings.of(variable="")).models.items()
    if not entry.card.baseline and entry.origin.startswith("seqharness ")
}
TRIALS = 5


@pytest.mark.parametrize("name", CARDS)
def test_every_recipe_names_as_many_rates_and_the_validation_score_that_chose(name: str) -> None:
    recipe = CARDS[name].load().recipe
    rates = re.findall(r"\b\d(?:\.\d)?e-\d\b", recipe.protocol)
    assert len(set(rates)) == len(rates) == TRIALS
    assert "the best of" in recipe.protocol
    assert "by validation" in recipe.protocol


@pytest.mark.parametrize("name", [name for name, card in CARDS.items() if SequenceToSequence in card.interfaces])
def test_every_model_that_translates_was_tried_at_the_same_rates(name: str) -> None:
    recipe = CARDS[name].load().recipe
    assert recipe.protocol.endswith(GRID_PROTOCOL)
    assert recipe.reference_width == 128
