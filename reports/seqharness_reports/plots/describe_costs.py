"""What the figure of costs shows, in words."""

from __future__ import annotations

from seqharness.costs import Costs


def lines(costs: Costs) -> tuple[str, str]:
    """Alternative text and caption."""
    grown = [f"{one.model} {costs.conditions.called(one.work)} n^{one.exponent:.2f}" for one in costs.growth]
    shortest, longest = costs.lengths[0], costs.lengths[-1]
    alt = f"Time and memory over row lengths from {shortest} to {longest}; time for a row grows as: {', '.join(grown)}."
    caption = (
        "Both axes are logarithmic. A flat line of time a token is a cost that grows in proportion to the length; "
        "upright bars are interquartile ranges."
    )
    return alt, caption
