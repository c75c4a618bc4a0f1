"""The five objectives and the training loop."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from seqharness.contracts import Codec, Recipe
from seqharness.data.rows import Rows
from seqharness.decoding.search import search
from seqharness.decoding.settings import Decoding, DecodingPrecision
from seqharness.interfaces import EOS, CausalLM, Classify, Interface, MaskedLM, SequenceToSequence, Tag
from seqharness.records import TrainingSettings
from seqharness.registry import load_catalogue
from seqharness.training.checkpoint import load_checkpoint, save_checkpoint
from seqharness.training.evaluation import predict
from seqharness.training.loop import Diverged, Interrupted, Training
from seqharness.training.objectives import mean_loss, objective_for
from seqharness.training.optimization import rate_factor
from seqharness.training.weights import own_tensors, read_tensors, save_tensors

CPU = torch.device("cpu")
COUNT = 64
VOCABULARY = 16


def problem(kind: type[Interface]) -> tuple[Interface, dict[str, Rows]]:
    """A small problem of an interface that can be learned: copy, or what follows from the tokens alone."""
    generator = np.random.default_rng(0)
    rows = [generator.integers(6, VOCABULARY, generator.integers(2, 9)).tolist() for _ in range(COUNT)]
    if kind is SequenceToSequence:
        interface: Interface = SequenceToSequence(vocabulary=VOCABULARY, max_length=40, targets=VOCABULARY, shared=True)
        return interface, {"source": Rows.of(rows), "target": Rows.of(rows)}
    if kind is Classify:
        labels = [[row[0] % 3] for row in rows]
        return Classify(vocabulary=VOCABULARY, max_length=40, outputs=3), {
            "tokens": Rows.of(rows),
            "label": Rows.of(labels),
        }
    if kind is Tag:
        tags = [[token % 4 if place else -1 for place, token in enumerate(row)] for row in rows]
        return Tag(vocabulary=VOCABULARY, max_length=40, outputs=4), {"tokens": Rows.of(rows), "tags": Rows.of(tags)}
    lengths = generator.integers(4, 9, COUNT)
    rows = [[6 + (start + step) % 10 for step in range(size)] for start, size in enumerate(lengths.tolist())]
    return kind(vocabulary=VOCABULARY, max_length=40), {"tokens": Rows.of(rows)}


KINDS = [Classify, Tag, CausalLM, MaskedLM, SequenceToSequence]


def network_for(interface: Interface, name: str = "transformer", dropout: float = 0.0) -> nn.Module:
    architecture: Any = load_catalogue().model(name).card.load()
    config = architecture.config(width=16, inner=24, layers=1, dropout=dropout)
    torch.manual_seed(0)
    network: nn.Module = architecture.serves[type(interface)](config, interface)
    return network


class Plain:
    """A codec that leaves ids as they are."""

    def decode(self, ids: Any) -> list[Any]:
        return [tuple(row) for row in ids]


PLAIN: Codec = Plain()  # type: ignore[assignment]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("name", ["lstm", "transformer"])
def test_every_interface_can_be_learned(kind: type[Interface], name: str) -> None:
    interface, rows = problem(kind)
    objective, network = objective_for(interface), network_for(interface, name)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2)
    batch = objective.batch(rows, np.arange(COUNT), CPU)
    before = float(mean_loss(objective, network, batch, 0.0).detach())
    for _ in range(150):
        optimizer.zero_grad()
        loss = mean_loss(objective, network, batch, 0.0)
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.5 * before


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_losses_and_outputs_do_not_depend_on_the_evaluation_batch(kind: type[Interface]) -> None:
    interface, rows = problem(kind)
    objective, network = objective_for(interface), network_for(interface)
    found = [predict(network, objective, rows, PLAIN, Decoding(), CPU, batch_tokens=size) for size in (1, 40, 10_000)]
    for one, some, every in zip(*found, strict=True):
        assert one.losses == pytest.approx(some.losses, abs=1e-5)
        assert one.losses == pytest.approx(every.losses, abs=1e-5)
        assert one.output == some.output == every.output


@pytest.mark.parametrize("beam", [1, 3])
def test_outputs_in_float32_are_those_of_a_search_over_the_plain_layers(beam: int) -> None:
    interface, rows = problem(SequenceToSequence)
    network, decoding = network_for(interface).eval(), Decoding(beam=beam)
    found = predict(network, objective_for(interface), rows, PLAIN, decoding, CPU)
    for source, prediction in zip(rows["source"], found, strict=True):
        tokens = torch.tensor([[*(int(token) for token in source), EOS]])
        limits = decoding.limit(torch.tensor([tokens.size(1)])).clamp(max=interface.max_length)
        (plain,) = search(network, tokens, None, limits, decoding)
        assert tuple(prediction.output) == plain.tokens


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_losses_and_figures_without_a_search_do_not_depend_on_the_precision_of_decoding(
    kind: type[Interface], precision: DecodingPrecision
) -> None:
    interface, rows = problem(kind)
    objective, network = objective_for(interface), network_for(interface)
    exact, found = (
        predict(network, objective, rows, PLAIN, Decoding(precision=one), CPU) for one in ("float32", precision)
    )
    for one, other in zip(found, exact, strict=True):
        assert one.losses == other.losses
        assert kind is SequenceToSequence or one == other


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_padding_is_never_scored(kind: type[Interface]) -> None:
    interface, rows = problem(kind)
    objective, network = objective_for(interface), network_for(interface).eval()
    losses = objective.row_losses(network, objective.batch(rows, np.arange(COUNT), CPU))
    counts = [len(loss) for loss in losses]
    if kind is Classify:
        assert counts == [1] * COUNT
    elif kind is Tag:
        assert counts == [len(row) - 1 for row in rows["tags"]]
    elif kind is MaskedLM:
        assert all(1 <= count <= len(row) for count, row in zip(counts, rows["tokens"], strict=True))
    else:
        field = "target" if kind is SequenceToSequence else "tokens"
        assert counts == [len(row) + 1 for row in rows[field]]  # the end of the sequence counts


def test_the_likelihood_is_that_of_a_plain_loop_over_prefixes() -> None:
    interface, rows = problem(SequenceToSequence)
    objective, network = objective_for(interface), network_for(interface).eval()
    losses = objective.row_losses(network, objective.batch(rows, np.arange(COUNT), CPU))
    with torch.no_grad():
        for index in range(5):
            source = torch.tensor([[*rows["source"][index].tolist(), 2]])
            target = [*rows["target"][index].tolist(), 2]
            memory = network.encode(source)  # type: ignore[operator]
            for place, token in enumerate(target):
                prefix = torch.tensor([[1, *target[:place]]])
                features, _ = network.decode(prefix, memory)  # type: ignore[operator]
                logits = network.output(features[0, -1])  # type: ignore[operator]
                assert -float(logits.log_softmax(-1)[token]) == pytest.approx(losses[index][place], abs=1e-5)


def test_a_regression_is_scored_by_squared_error() -> None:
    rows = {
        "tokens": Rows.of([[[0.1, 1.0], [0.4, 0.0]], [[0.3, 1.0]]], dtype=np.float32),
        "label": Rows.of([[0.5], [0.25]], dtype=np.float32),
    }
    interface = Classify(vocabulary=0, features=2, max_length=8, outputs=1, loss="squared")
    objective, network = objective_for(interface), network_for(interface).eval()
    found = predict(network, objective, rows, PLAIN, Decoding(), CPU)
    for prediction, target in zip(found, (0.5, 0.25), strict=True):
        assert prediction.losses == pytest.approx(((prediction.output - target) ** 2,), abs=1e-6)


# ------------------------------------------------------------------------------------------------------------ the loop


def training_of(
    tokens: int = 6_000, dropout: float = 0.1, recipe: Recipe | None = None, name: str = "transformer"
) -> Training:
    interface, rows = problem(SequenceToSequence)
    objective = objective_for(interface)
    settings = TrainingSettings(
        recipe=recipe or Recipe(learning_rate=3e-3), tokens=tokens, batch_tokens=64, seed=5, validations=4
    )
    network = network_for(interface, name, dropout)
    torch.manual_seed(settings.seed)

    def validate(validated: nn.Module) -> Mapping[str, float]:
        torch.rand(3)  # a validation that draws must not change the training
        losses = objective.row_losses(validated, objective.batch(rows, np.arange(16), CPU))
        return {"loss": sum(map(sum, losses))}

    return Training(network, objective, rows, settings, CPU, validate, higher_is_better=False)


def weights(training: Training) -> dict[str, list[float]]:
    return {name: tensor.flatten().tolist() for name, tensor in own_tensors(training.network).items()}


def test_the_same_seed_gives_the_same_bits() -> None:
    first = training_of()
    first.run(lambda training: None)
    second = training_of()
    second.run(lambda training: None)
    assert weights(first) == weights(second)
    assert first.state.history == second.state.history


@pytest.mark.parametrize("name", ["lstm", "transformer"])
@pytest.mark.parametrize("stops", [[1], [17, 40], [74]])
def test_a_training_that_was_cut_off_goes_on_to_the_same_bits(tmp_path: Path, name: str, stops: list[int]) -> None:
    whole = training_of(name=name)
    whole.run(lambda training: None)
    pending = list(stops)

    def tick(training: Training) -> None:
        if pending and training.state.step == pending[0]:
            pending.pop(0)
            save_checkpoint(training, tmp_path)
            raise Interrupted("stop")

    for _ in range(len(stops) + 1):
        training = training_of(name=name)
        checkpoint = load_checkpoint(tmp_path)
        if checkpoint is not None:
            training.restore(*checkpoint)
        try:
            training.run(tick)
        except Interrupted:
            continue
    assert not pending
    assert training.state.step == whole.state.step
    assert weights(training) == weights(whole)
    assert training.state.history == whole.state.history
    assert len(list(tmp_path.glob("checkpoint-*"))) == 2


def test_a_checkpoint_at_the_very_end_trains_no_further_step(tmp_path: Path) -> None:
    whole = training_of(tokens=500)
    whole.run(lambda training: save_checkpoint(training, tmp_path))
    again = training_of(tokens=500)
    checkpoint = load_checkpoint(tmp_path)
    assert checkpoint is not None
    again.restore(*checkpoint)
    again.run(lambda training: None)
    assert again.state.step == whole.state.step
    assert weights(again) == weights(whole)


def test_the_weights_left_are_those_with_the_best_validation() -> None:
    training = training_of()
    scores = iter([3.0, 1.0, 2.0, 5.0])
    seen: list[dict[str, list[float]]] = []

    def validate(network: nn.Module) -> Mapping[str, float]:
        seen.append(weights(training))
        return {"loss": next(scores)}

    training.validate = validate
    training.run(lambda training: None)
    assert training.state.best == 1.0
    assert weights(training) == seen[1]
    assert weights(training) != seen[3]


def test_the_budget_is_met_within_one_batch_and_validated_as_often_as_asked() -> None:
    training = training_of(tokens=5_000)
    training.run(lambda training: None)
    assert 5_000 <= training.state.tokens < 5_000 + 2 * 64
    assert len([point for point in training.state.history if point.validation]) == 4


def test_a_loss_that_is_not_finite_stops_the_run() -> None:
    training = training_of(recipe=Recipe(learning_rate=1e30, clip=0, warmup=0, optimizer="sgd"))
    with pytest.raises(Diverged, match="step"):
        training.run(lambda training: None)


def test_gradients_are_clipped_to_the_norm_asked_for() -> None:
    training = training_of(
        recipe=Recipe(clip=1e-3, optimizer="sgd", learning_rate=1.0, warmup=0, betas=(0.0, 0.9), weight_decay=0)
    )
    before = torch.cat([tensor.flatten().clone() for tensor in own_tensors(training.network).values()])
    for batch in training._batches():
        training._learn(batch)
        break
    after = torch.cat([tensor.flatten() for tensor in own_tensors(training.network).values()])
    assert float((after - before).norm()) == pytest.approx(1e-3, rel=0.1)
    assert training.state.norms[0] > 1e-2


@pytest.mark.parametrize("schedule", ["cosine", "linear", "constant"])
def test_the_rate_rises_over_the_warm_up_and_then_follows_its_schedule(schedule: Any) -> None:
    recipe = Recipe(warmup=0.1, schedule=schedule)
    assert rate_factor(recipe, 0.05) == pytest.approx(0.5)
    assert rate_factor(recipe, 0.1) == pytest.approx(1.0)
    assert rate_factor(recipe, 0.55) == pytest.approx(1.0 if schedule == "constant" else 0.5)
    assert rate_factor(recipe, 1.0) == pytest.approx(1.0 if schedule == "constant" else 0.0)


def test_label_smoothing_never_enters_a_reported_loss() -> None:
    interface, rows = problem(SequenceToSequence)
    objective, network = objective_for(interface), network_for(interface).eval()
    batch = objective.batch(rows, np.arange(COUNT), CPU)
    losses = [loss for row in objective.row_losses(network, batch) for loss in row]
    plain = float(mean_loss(objective, network, batch, 0.0).detach())
    assert sum(losses) / len(losses) == pytest.approx(plain, rel=1e-5)
    assert not math.isclose(float(mean_loss(objective, network, batch, 0.1).detach()), plain, rel_tol=1e-3)


def test_a_flipped_bit_in_stored_weights_is_noticed(tmp_path: Path) -> None:
    from seqharness.errors import HarnessError

    path = tmp_path / "weights.safetensors"
    sha256 = save_tensors({"a": torch.arange(10.0)}, path)
    assert read_tensors(path, sha256)["a"].tolist() == list(range(10))
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(HarnessError, match="damaged"):
        read_tensors(path, sha256)
