"""What is looked at besides the score: a trained network handed to the measurements, and what they find stored."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from ..comparison import Finding, Findings
from ..contracts import Example
from ..data.rows import Rows
from ..errors import HarnessError, NotApplicable
from ..interfaces import SequenceToSequence
from ..training.evaluation import EVALUATION_TOKENS, batches_of
from ..training.loop import preserved_rng
from ..training.objectives import Batch, Objective, Scored, Stopwatch

if TYPE_CHECKING:
    from .execution import Run


class TrainedNetwork:
    """What `contracts.Trained` promises, over a run."""

    def __init__(self, run: Run, network: nn.Module, objective: Objective, build: Callable[[], nn.Module]) -> None:
        self.network, self.interface, self.device = network, run.prepared.interface, run.device
        self._run, self._objective, self._build = run, objective, build

    def initial(self) -> nn.Module:
        """The same network with the weights it began with."""
        with preserved_rng(self.device):
            torch.manual_seed(self._run.spec.seed)
            return self._build().to(self.device).eval()

    @property
    def splits(self) -> Sequence[str]:
        """Names of the test splits, the main one first."""
        return self._run.prepared.test_splits

    def examples(self, split: str) -> Sequence[Example]:
        """The examples of a split."""
        return self._run.prepared.examples(split)

    def rows(self, split: str) -> Mapping[str, Rows]:
        """Token ids by field."""
        return self._run.prepared.rows(split)

    def encode(self, examples: Sequence[Example]) -> Mapping[str, Rows]:
        """Token ids by field of examples that are in no split."""
        return self._run.codec.encode(examples)

    def batch(self, rows: Mapping[str, Rows], indices: Sequence[int]) -> Batch:
        """Padded tensors."""
        return self._objective.batch(rows, np.asarray(indices, dtype=np.int64), self.device)

    def scored(self, network: nn.Module, batch: Batch) -> Scored:
        """The positions that count."""
        return self._objective.scored(network, batch)

    def position_losses(self, network: nn.Module, scored: Scored) -> Tensor:
        """[M]: the loss of each."""
        return self._objective.position_losses(network, scored)

    @torch.no_grad()
    def losses(self, rows: Mapping[str, Rows]) -> list[tuple[float, ...]]:
        """Losses in nats of the scored positions of every row."""
        found: list[tuple[float, ...]] = [()] * len(self._objective.tokens(rows))
        for places, batch in batches_of(self._objective, rows, self.device, EVALUATION_TOKENS):
            losses = self._objective.row_losses(self.network, batch)
            for place, loss in zip(places.tolist(), losses, strict=True):
                found[place] = loss
        return found

    def generate(self, rows: Mapping[str, Rows], indices: Sequence[int]) -> list[list[int]]:
        """Ids generated for some sources."""
        if not isinstance(self.interface, SequenceToSequence):
            raise HarnessError(f"{self.interface.name} generates no target")
        batch = self.batch(rows, indices)
        found = self._objective.predict(self.network, batch, self._run.spec.decoding, Stopwatch())
        return [list(prediction.output) for prediction in found]

    def text(self, ids: Sequence[Sequence[int]]) -> list[Any]:
        """Ids as the task compares them."""
        return self._run.codec.decode(ids)

    def pieces(self, field: str, ids: Sequence[int]) -> list[str]:
        """A name for each id of a field."""
        named = getattr(self._run.codec, "pieces", None)
        return list(named(field, ids)) if named is not None else [str(number) for number in ids]


def measure(trained: TrainedNetwork, run: Run, folder: Path) -> None:
    """Make the measurements that the run is asked for; one JSON file each in the folder."""
    for name in run.spec.measurements:
        run.emit({"event": "measuring", "measurement": name})
        card = run.catalogue.measurement(name).card
        network = copy.deepcopy(trained.network)  # whatever a measurement leaves behind, hooks or gradients
        given = TrainedNetwork(run, network, trained._objective, trained._build)
        try:
            with preserved_rng(run.device):
                found = card.load()(given, np.random.Generator(np.random.PCG64(0)))
            reason = None
        except NotApplicable as error:
            found, reason = Findings(), str(error)
        finding = Finding(
            task=run.spec.task,
            model=run.spec.model,
            seed=run.spec.seed,
            measurement=name,
            summary=card.summary,
            not_applicable=reason,
            findings=found,
        )
        (folder / f"{name}.measurement.json").write_text(finding.model_dump_json(), encoding="utf-8")
