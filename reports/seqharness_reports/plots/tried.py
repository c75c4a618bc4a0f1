"""Which tunings are drawn, and whether there is anything to see."""

from __future__ import annotations

from collections.abc import Sequence

from seqharness.comparison import Tuning

from ..quantities import known
from ..view import TaskView


def drawn(task: TaskView) -> Sequence[Tuning]:
    """Those with a score at the largest training size; none where no model was tried more than once."""
    sizes = {one.train_examples for one in task.tunings}
    largest = None if None in sizes else max((size for size in sizes if size is not None), default=None)
    found = [one for one in task.tunings if one.train_examples == largest and _best(one) is not None]
    return found if any(len(one.trials) > 1 for one in found) else []


def several_sizes(task: TaskView) -> bool:
    """Whether models were tuned at more than one training size."""
    return len({one.train_examples for one in task.tunings}) > 1


def _best(one: Tuning) -> float | None:
    return None if one.chosen is None else known(one.trials[one.chosen].validation)
