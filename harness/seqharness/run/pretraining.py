"""`--pretrain`: the same network is trained as a language model on the task's own text, then fine-tuned on the task.

Training from random initialisation alone overstates the gaps between architectures (Amos et al. 2024,
https://arxiv.org/abs/2310.02980). The budget of a run is the sum of both phases.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from ..atomic import write_atomically
from ..contracts import Architecture, Config
from ..errors import HarnessError
from ..records import PretrainingRecord
from ..training.checkpoint import load_checkpoint
from ..training.loop import Training
from ..training.objectives import objective_for
from ..training.pretraining import adopt, pretraining_interface, pretraining_rows
from ..training.weights import own_tensors, read_tensors, save_tensors
from .selection import LossSelection
from .ticker import Ticker

if TYPE_CHECKING:
    from .execution import Run

RECORD, WEIGHTS = "pretrained.json", "pretrained.safetensors"


def pretrain(run: Run, architecture: Architecture, config: Config, network: nn.Module) -> PretrainingRecord | None:
    """Give `network` what the pretraining learned: done now, resumed, or read back; None where none is asked for."""
    settings = run.spec.settings
    if settings is None or settings.pretraining is None:
        return None
    interface = pretraining_interface(settings.pretraining.kind, run.prepared.interface)
    torch.manual_seed(settings.seed)
    language = architecture.serves[type(interface)](config, interface).to(run.device)
    folder = run.store.work_folder(run.spec.training_key) / "pretraining"
    record = _stored(folder, language)
    if record is None:
        record = _train(run, language, folder)
    share = adopt(network, language, run.prepared.interface)
    torch.manual_seed(settings.seed)
    return record.model_copy(update={"share": share})


def _train(run: Run, language: nn.Module, folder: Path) -> PretrainingRecord:
    settings = run.spec.settings
    if settings is None or settings.pretraining is None:
        raise HarnessError(f"{run.spec.label}: no pretraining is asked for")
    kind = settings.pretraining.kind
    objective = objective_for(pretraining_interface(kind, run.prepared.interface))
    train, validation = (
        pretraining_rows(kind, run.prepared.interface, run.prepared.rows(name)) for name in ("train", "validation")
    )
    selection = LossSelection(run, objective, validation)
    training = Training(
        language,
        objective,
        train,
        settings.model_copy(update={"tokens": settings.pretraining.tokens}),
        run.device,
        selection.figures,
        higher_is_better=False,
    )
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = load_checkpoint(folder)
    if checkpoint is not None:
        training.restore(*checkpoint)
        run.emit({"event": "resumed", "tokens": training.state.tokens})
    training.run(Ticker(run.emit, run.stop, folder, run.checkpoint_seconds).tick)
    state = training.state
    record = PretrainingRecord(
        kind=kind,
        tokens=state.tokens,
        seconds=state.seconds,
        validation_seconds=selection.seconds,
        chosen_tokens=state.best_tokens,
        validation=state.best,
        history=[point.model_dump(exclude_none=True) for point in state.history],
        weights_sha256=save_tensors(own_tensors(language), folder / WEIGHTS),
    )
    write_atomically(folder / RECORD, record.model_dump_json(indent=1).encode())
    return record


def _stored(folder: Path, language: nn.Module) -> PretrainingRecord | None:
    """What an earlier attempt of this run finished."""
    from ..training.weights import load_tensors

    if not (folder / RECORD).is_file():
        return None
    record = PretrainingRecord.model_validate_json((folder / RECORD).read_bytes())
    load_tensors(language, read_tensors(folder / WEIGHTS, record.weights_sha256))
    return record
