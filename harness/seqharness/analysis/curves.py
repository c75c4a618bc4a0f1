"""Learning curves: what was noted while a run was trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..comparison import Curve

if TYPE_CHECKING:
    from ..contracts import Metric
    from .results import TaskResults


def curves_of(result: TaskResults, primary: Metric) -> Iterator[Curve]:
    """The primary metric and the loss on validation, training loss and gradient norm of each run over the tokens."""
    quantities: list[tuple[str, str, Callable[[Mapping[str, Any]], Any]]] = [
        (
            f"validation_{primary.name}",
            f"validation {primary.label}",
            lambda p: p.get("validation", {}).get(primary.name),
        ),
        ("validation_loss", "validation loss, nats per token", lambda p: p.get("validation", {}).get("loss")),
        ("train_loss", "training loss, nats per token", lambda p: p.get("train_loss")),
        ("gradient_norm", "norm of the gradient before clipping", lambda p: p.get("gradient_norm")),
    ]
    for system in result.systems:
        for run in system.runs:
            for quantity, label, pick in quantities if run.training else ():
                points = [(p["tokens"], pick(p)) for p in run.training.history if pick(p) is not None]  # type: ignore[union-attr]
                if points:
                    x, y = zip(*points, strict=True)
                    yield Curve(
                        task=result.task,
                        model=system.model,
                        seed=run.spec.seed,
                        quantity=quantity,
                        label=label,
                        x=list(x),
                        y=list(y),
                    )
