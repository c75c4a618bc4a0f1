"""The steps of a run, and what each leaves in the store."""

from __future__ import annotations

import platform
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from ..contracts import Architecture, Baseline, BaselineArchitecture, Prediction, Split
from ..data.batches import sorted_batches
from ..data.prepare import open_prepared
from ..environment import describe_environment
from ..errors import HarnessError
from ..interfaces import SequenceToSequence
from ..records import DecodingCost, EvaluationRecord, PretrainingRecord, RunSpec, SplitResult, TrainingRecord
from ..registry import load_catalogue
from ..resolve import resolve_task
from ..sizing import flops_depend_on_data
from ..specs import check_options, parse_name
from ..store import Store, write_outputs
from ..training.checkpoint import load_checkpoint
from ..training.evaluation import EVALUATION_TOKENS, decoded, predict
from ..training.loop import Diverged, Training
from ..training.objectives import Objective, Stopwatch, objective_for
from ..training.weights import load_tensors, own_tensors, read_tensors, save_tensors
from .decoding_cost import decoding_cost
from .measuring import TrainedNetwork, measure
from .pretraining import pretrain
from .scoring import finite, score_table
from .selection import Selection
from .ticker import CHECKPOINT_SECONDS, Emit, Ticker


def run_one(
    spec: RunSpec, emit: Emit, stop: Callable[[], bool] = lambda: False, checkpoint_seconds: float = CHECKPOINT_SECONDS
) -> None:
    """Do what is missing of a run and store it. Raises Interrupted after a checkpoint when `stop()` turns true.

    emit: told of progress as plain data. Another command that holds the same run is waited for.
    """
    store = Store(Path(spec.store))
    with store.lock(spec.training_key):
        tried = spec.role == "trial" and store.training(spec.training_key) is not None
        if tried or store.finished(spec.training_key, spec.evaluation_key):
            return
        Run(spec, store, emit, stop, checkpoint_seconds).execute()
        store.clear_work(spec.training_key)


class Run:
    """The parts of a run that all steps need."""

    def __init__(
        self, spec: RunSpec, store: Store, emit: Emit, stop: Callable[[], bool], checkpoint_seconds: float
    ) -> None:
        self.spec, self.store, self.emit, self.stop = spec, store, emit, stop
        self.checkpoint_seconds = checkpoint_seconds
        self.catalogue = load_catalogue(spec.plugins)
        self.prepared = open_prepared(Path(spec.prepared)).limited(spec.train_examples)
        self.task = resolve_task(spec.task, self.catalogue).task
        self.codec = self.task.load_codec(self.prepared.folder / "codec")
        self.device = torch.device(spec.device)
        torch.set_num_threads(spec.threads)

    def execute(self) -> None:
        """Train or fit, evaluate, store."""
        architecture = self.catalogue.model(parse_name(self.spec.model).name).card.load()
        config = check_options(architecture.config, self.spec.config, f"model {self.spec.model}")
        if isinstance(architecture, BaselineArchitecture):
            self._baseline(architecture, config)
            return
        torch.manual_seed(self.spec.seed)
        network = architecture.serves[type(self.prepared.interface)](config, self.prepared.interface)
        network.to(self.device)
        objective = objective_for(self.prepared.interface)
        record = self.store.training(self.spec.training_key)
        if record is None:
            record = self._train(architecture, config, network, objective)
        else:
            path = self.store.run_folder(self.spec.training_key) / "weights.safetensors"
            load_tensors(network, read_tensors(path, record.weights_sha256))
        if record.status == "done" and self.spec.role != "trial":
            network.eval()
            trained = TrainedNetwork(
                self,
                network,
                objective,
                lambda: architecture.serves[type(self.prepared.interface)](config, self.prepared.interface),
            )
            self._evaluate(
                lambda split, stopwatch: self._predict(network, objective, split, stopwatch),
                lambda folder: measure(trained, self, folder),
                lambda split, predictions: decoding_cost(self, network, objective, split, predictions),
            )

    def environment(self) -> dict[str, str]:
        """Versions and machine, and what plugins have to say of the run."""
        return {**describe_environment(), **self.catalogue.describe_run(self.spec)}

    # ------------------------------------------------------------------------------------------------------ training

    def _train(
        self, architecture: Architecture, config: Any, network: nn.Module, objective: Objective
    ) -> TrainingRecord:
        spec = self.spec
        if spec.settings is None:
            raise HarnessError(f"{spec.label}: a network without training settings")
        try:
            pretraining = pretrain(self, architecture, config, network)
        except Diverged as error:
            return self._store_diverged(f"in pretraining: {error}")
        validation = Selection(self, objective)
        training = Training(
            network,
            objective,
            self.prepared.rows("train"),
            spec.settings,
            self.device,
            validation.figures,
            self.task.metrics[0].higher_is_better,
        )
        work = self.store.work_folder(spec.training_key)
        checkpoint = load_checkpoint(work)
        if checkpoint is not None:
            training.restore(*checkpoint)
            self.emit({"event": "resumed", "tokens": training.state.tokens})
        before = pretraining.tokens if pretraining else 0
        status, reason = "done", ""
        try:
            training.run(Ticker(self.emit, self.stop, work, self.checkpoint_seconds, before).tick)
        except Diverged as error:
            status, reason = "diverged", str(error)
        return self._store_training(training, status, reason, validation.seconds, pretraining)

    def _store_diverged(self, reason: str) -> TrainingRecord:
        record = TrainingRecord(status="diverged", reason=reason, spec=self.spec, environment=self.environment())
        with self.store.new_folder(self.store.run_folder(self.spec.training_key)) as folder:
            (folder / "record.json").write_text(record.model_dump_json(indent=1), encoding="utf-8")
        return record

    def _store_training(
        self,
        training: Training,
        status: str,
        reason: str,
        validation_seconds: float,
        pretraining: PretrainingRecord | None,
    ) -> TrainingRecord:
        state = training.state
        failure = self.store.failure(self.spec.training_key)
        record = TrainingRecord(
            status=status,  # type: ignore[arg-type]
            reason=reason,
            spec=self.spec,
            tokens=state.tokens,
            steps=state.step,
            epochs=state.tokens / int(training.objective.tokens(training.rows).sum()),
            seconds=state.seconds,
            validation_seconds=validation_seconds,
            chosen_tokens=state.best_tokens,
            validation=state.best,
            pretraining=pretraining,
            history=[point.model_dump(exclude_none=True) for point in state.history],
            attempts=(failure.attempts if failure else 0) + 1,
            peak_memory_bytes=peak_memory(self.device),
            flops_per_token=measured_flops(training) if status == "done" else None,
            environment=self.environment(),
        )
        with self.store.new_folder(self.store.run_folder(self.spec.training_key)) as folder:
            if status == "done":
                record.weights_sha256 = save_tensors(own_tensors(training.network), folder / "weights.safetensors")
            (folder / "record.json").write_text(record.model_dump_json(indent=1), encoding="utf-8")
        return record

    # ---------------------------------------------------------------------------------------------------- evaluation

    def _predict(self, network: nn.Module, objective: Objective, split: str, stopwatch: Stopwatch) -> list[Prediction]:
        return predict(
            network,
            objective,
            self.prepared.rows(split),
            self.codec,
            self.spec.decoding,
            self.device,
            stopwatch=stopwatch,
        )

    def _evaluate(
        self,
        predictions_of: Callable[[str, Stopwatch], list[Prediction]],
        measure_into: Callable[[Path], None] = lambda folder: None,
        cost_of: Callable[[str, list[Prediction]], DecodingCost | None] = lambda split, predictions: None,
    ) -> None:
        """Look at every test split once and store tables, outputs and measurements."""
        spec = self.spec
        folder = self.store.evaluation_folder(spec.training_key, spec.evaluation_key)
        splits = {}
        with self.store.new_folder(folder) as new:
            for split in self.prepared.test_splits:
                self.emit({"event": "evaluating", "split": split})
                examples = self.prepared.examples(split)
                stopwatch = Stopwatch()
                predictions = predictions_of(split, stopwatch)
                table = score_table(self.task, examples, predictions, self.task.metrics)
                table.save(new / f"{split}.npz")
                write_outputs(new / f"{split}.outputs.jsonl.gz", [_output(p) for p in predictions])
                splits[split] = SplitResult(
                    examples=len(examples),
                    metrics={metric.name: finite(table.score(metric)) for metric in self.task.metrics},
                    seconds=stopwatch.seconds,
                    limit_share=self._limit_share(predictions),
                    decoding_cost=cost_of(split, predictions),
                )
            measure_into(new)
            record = EvaluationRecord(
                key=spec.evaluation_key,
                training_key=spec.training_key,
                decoding=spec.decoding,
                measurements=spec.measurements,
                splits=splits,
                peak_memory_bytes=peak_memory(self.device),
                environment=self.environment(),
            )
            (new / "record.json").write_text(record.model_dump_json(indent=1), encoding="utf-8")

    def _limit_share(self, predictions: Sequence[Prediction]) -> float | None:
        """Share of outputs that met the length limit; None where nothing is generated."""
        if not isinstance(self.prepared.interface, SequenceToSequence):
            return None
        return sum(not p.finished for p in predictions) / max(1, len(predictions))

    def _baseline(self, architecture: BaselineArchitecture, config: Any) -> None:
        """Fit and evaluate a model without gradient descent."""
        baseline = architecture.serves[type(self.prepared.interface)](config, self.prepared.interface)
        train, validation = (self._split(name) for name in ("train", "validation"))
        started = time.perf_counter()
        baseline.fit(train, validation, np.random.Generator(np.random.PCG64(self.spec.seed)))
        record = TrainingRecord(
            status="done",
            spec=self.spec.model_copy(update={"sizing": None}),
            tokens=self.prepared.epoch_tokens(),
            seconds=time.perf_counter() - started,
            peak_memory_bytes=peak_memory(self.device),
            environment=self.environment(),
            baseline_parameters=baseline.parameters,
            baseline_choice=str(getattr(baseline, "chosen", "")),
        )
        with self.store.new_folder(self.store.run_folder(self.spec.training_key)) as folder:
            (folder / "record.json").write_text(record.model_dump_json(indent=1), encoding="utf-8")
        self._evaluate(lambda split, stopwatch: self._baseline_predictions(baseline, split, stopwatch))

    def _baseline_predictions(self, baseline: Baseline, split: str, stopwatch: Stopwatch) -> list[Prediction]:
        given = self._split(split)
        with stopwatch:
            predictions = baseline.predict(given)
        return decoded(predictions, self.codec)

    def _split(self, name: str) -> Split:
        return Split(self.prepared.examples(name), self.prepared.rows(name))


def measured_flops(training: Training) -> float | None:
    """Training FLOPs per real token (forward x 3) of a network for which only data can tell: of one batch, as trained.

    None for every other network, whose FLOPs the plan knows, and where none are counted. Fused recurrent layers, of
    which the counter would see nothing, are taken apart."""
    if not flops_depend_on_data(training.network):
        return None
    objective, rows = training.objective, training.rows
    places = sorted_batches(objective.tokens(rows), objective.order(rows), EVALUATION_TOKENS)
    batch = objective.batch(rows, places[len(places) // 2], training.device)
    with (
        FlopCounterMode(display=False) as counter,
        sdpa_kernel(SDPBackend.MATH),
        torch.backends.mkldnn.flags(enabled=False, allow_tf32=None),
        torch.backends.cudnn.flags(enabled=False),
        torch.no_grad(),
    ):
        training.network.get_submodule("output")(objective.scored(training.network, batch).features)
    counted = int(counter.get_total_flops())
    return 3.0 * counted / batch.tokens if counted else None


def peak_memory(device: torch.device) -> int:
    """Largest memory of this process (on a GPU: of its tensors), in bytes."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _output(prediction: Prediction) -> dict[str, object]:
    return {"output": prediction.output, "finished": prediction.finished, "tokens": prediction.tokens}
