"""Makes probe, translation, tasks, ranked, many, tuned, sizes and ablation.json: what `harness compare` and `harness
ablate` write, from outcomes that are drawn.

Which examples a run gets right is drawn at a rate for its model, seed and example; scores, slices, trends, reaches,
pairs and the headline are then computed from these by the analysis itself, so that they agree with each other.
Run it anew where the schema or the analysis changes: python tests/reports/make_fixtures.py
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from seqharness import comparison as parts
from seqharness.analysis.data_sizes import crossings, size_scores
from seqharness.analysis.ranking import ranking_of
from seqharness.analysis.reaches import reaches_of
from seqharness.analysis.results import RunResult, SystemResults, TaskResults
from seqharness.analysis.scores import score_of
from seqharness.analysis.slices import axis_of, slices_of
from seqharness.analysis.table import Table
from seqharness.analysis.trends import trends_of
from seqharness.analysis.tuning import expected_best
from seqharness.analysis.verdicts import finite, headline_of, pairs_of
from seqharness.contracts import Axis, Metric

HERE = Path(__file__).parent
NOTE = "at this budget"
Rate = Callable[[int, Mapping[str, Any], str], float]
"""(seed, slices of an example, split) -> probability that it is right."""


def percent(sums: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[..., 1] > 0, 100 * sums[..., 0] / sums[..., 1], np.nan)


def wrong(sums: Any) -> Any:
    return 1 - percent(sums) / 100


def share(label: str, unit: str = "%", solved: float | None = None) -> Metric:
    """A share of right answers under any name."""
    name = label.lower().replace(" ", "_")
    return Metric(name=name, label=label, columns=(f"{name}.hits", f"{name}.count"), value=percent,
                  higher_is_better=True, decimals=1, unit=unit, solved=solved, margin=1.0)  # fmt: skip


def error(label: str, solved: float) -> Metric:
    """A share of wrong ones, of which less is better."""
    columns = (f"{label}.hits", f"{label}.count")
    return Metric(name=label.lower(), label=label, columns=columns, value=wrong, higher_is_better=False, decimals=4,
                  solved=solved)  # fmt: skip


@dataclass
class Drawn:
    """One task: its examples by split, and how often each model is right."""

    task: str
    interface: str
    metrics: Sequence[Metric]
    axes: Mapping[str, str | Axis]
    splits: Mapping[str, Sequence[Mapping[str, Any]]]
    models: Mapping[str, Rate]
    baselines: Mapping[str, Rate] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    seeds: Sequence[int] = (0, 1, 2)
    summary: str = ""
    source: str = "generated"
    train_examples: int = 20_000
    protocol: str = "grid of 5 rates"
    lost: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """(model, seed) -> status of a run without a score."""

    def results(self) -> TaskResults:
        systems = [self._system(name, rate, False) for name, rate in self.models.items()]
        systems += [self._system(name, rate, True) for name, rate in self.baselines.items()]
        return TaskResults(self.task, systems, next(iter(self.splits)), self.train_examples)

    def _system(self, name: str, rate: Rate, baseline: bool) -> SystemResults:
        planned: Any = SimpleNamespace(
            model=SimpleNamespace(name=name, role="baseline" if baseline else "compared"), task=self.task
        )
        runs = []
        for seed in (0,) if baseline else self.seeds:
            tables = {split: self._table(name, rate, seed, split) for split in self.splits}
            spec: Any = SimpleNamespace(seed=seed)
            evaluation: Any = None if (name, seed) in self.lost else SimpleNamespace()
            runs.append(RunResult(spec, None, evaluation, tables))
        return SystemResults(planned, runs, [], deterministic=baseline)

    def _table(self, name: str, rate: Rate, seed: int, split: str) -> Table:
        rng = np.random.default_rng([seed, *map(ord, name + split + self.task)])
        examples = self.splits[split]
        columns, values = [], []
        for place, metric in enumerate(self.metrics):
            rates = np.array([rate(seed, example, split) for example in examples]) ** (1 + 0.6 * place)
            values += [rng.random(len(examples)) < rates, np.ones(len(examples))]
            columns += metric.columns
        slices = {axis: tuple(example[axis] for example in examples) for axis in self.axes}
        return Table(tuple(columns), np.column_stack(values).astype(float), slices)

    def info(self) -> parts.TaskInfo:
        metrics = [
            parts.MetricInfo(name=one.name, label=one.label, higher_is_better=one.higher_is_better, unit=one.unit,
                             decimals=one.decimals, solved=one.solved, margin=one.margin,
                             lowest=finite(one.bounds[0]), highest=finite(one.bounds[1])) for one in self.metrics
        ]  # fmt: skip
        sizes = [parts.SplitInfo(name="train", examples=self.train_examples, tokens=412_000)]
        sizes += [parts.SplitInfo(name=name, examples=len(rows), tokens=21 * len(rows))
                  for name, rows in self.splits.items()]  # fmt: skip
        return parts.TaskInfo(
            task=self.task, summary=self.summary, interface=self.interface, metrics=metrics, source=self.source,
            tokenizer="symbols", data_hash="9f3a51c7e0b2d448", splits=sizes,
            axes={name: axis_of(axis).title for name, axis in self.axes.items()},
            selection=f"the best of 8 checkpoints by {metrics[0].label} on validation",
        )  # fmt: skip

    def cards(self) -> list[parts.ModelInfo]:
        cards = [
            parts.ModelInfo(
                task=self.task, model=model, resolved="2 layers", origin="seqharness 0.1.0",
                config={"width": 96 + 32 * place, "layers": 2, "dropout": 0.0},
                recipe={"optimizer": "adamw", "learning_rate": 0.003, "clip": 1.0, "protocol": self.protocol},
                parameters=199_410 + 301 * place, nonembedding_parameters=197_000, target_parameters=200_000,
                flops_per_token=1_190_000.0 + 5e4 * place, state_bytes=1024 << place, training_tokens=2_000_128.0,
                training_tokens_per_second=61_000.0 * 0.8**place, training_seconds=33.1 + 6 * place,
                peak_memory_bytes=(390 + 20 * place) << 20,
            )
            for place, model in enumerate(self.models)
        ]  # fmt: skip
        cards += [parts.ModelInfo(task=self.task, model=model, baseline=True, origin="seqharness 0.1.0")
                  for model in self.baselines]  # fmt: skip
        return cards + [parts.ModelInfo(task=self.task, model=model, not_applicable=reason)
                        for model, reason in self.absent.items()]  # fmt: skip

    def runs(self, scores: Sequence[parts.Score]) -> list[parts.Run]:
        main = next(iter(self.splits))
        values = {
            (score.model, score.metric, seed): value
            for score in scores
            if score.split == main
            for seed, value in zip(score.seeds_used, score.values, strict=True)
        }
        return [
            parts.Run(task=self.task, model=model, seed=seed, status=self.lost.get((model, seed), "done"),
                      parameters=200_000,
                      metrics={one.name: values.get((model, one.name, seed)) for one in self.metrics},
                      reason="the loss was not finite at step 311" if (model, seed) in self.lost else "",
                      role="baseline" if model in self.baselines else "compared", training_tokens=2_000_128,
                      training_seconds=33.1, chosen_at=1.0,
                      validation=values.get((model, self.metrics[0].name, seed)))
            for model in (*self.models, *self.baselines)
            for seed in ((0,) if model in self.baselines else self.seeds)
        ]  # fmt: skip


def compared(name: str, drawn: Sequence[Drawn], reference: str | None = None, **more: Any) -> parts.Comparison:
    """The comparison of some tasks. reference: the base of an ablation."""
    results = [one.results() for one in drawn]
    primary = [(result, one.metrics[0]) for result, one in zip(results, drawn, strict=True)]
    pairs = pairs_of(primary, NOTE, reference)
    cards: list[Any] = [SimpleNamespace(metrics=one.metrics, axes=one.axes) for one in drawn]
    both = list(zip(results, cards, drawn, strict=True))
    scores = [
        score_of(system, metric, result.task, split).model_copy(update={"solved": _solved(system, metric, split)})
        for result, _, one in both for system in result.systems if system.done for split in one.splits
        for metric in one.metrics
    ]  # fmt: skip
    models = list(dict.fromkeys(model for one in drawn for model in one.models))
    tried = "the same trials for every model (--tune), chosen on validation" if "tunings" in more else ""
    command = f"harness compare --models {','.join(models)} --task {','.join(one.task for one in drawn)}"
    return parts.Comparison(
        name=name, created="2025-11-20T22:40:00+00:00", command=f"{command} --seeds {len(drawn[0].seeds)}",
        headline=headline_of(primary, pairs, NOTE, reference), verdicts=[pair.verdict for pair in pairs],
        budget=parts.Budget(name="quick", tokens=2_000_000, parameters=200_000, note=NOTE),
        seeds=list(drawn[0].seeds), tasks=[one.info() for one in drawn],
        models=[card for one in drawn for card in one.cards()], scores=scores, pairs=pairs,
        ranking=ranking_of(primary),
        runs=[run for one in drawn for run in one.runs([score for score in scores if score.task == one.task])],
        slices=[part for result, card, _ in both for part in slices_of(result, card)],
        trends=[trend for result, card, _ in both for trend in trends_of(result, card)],
        reaches=[reach for result, card, _ in both for reach in reaches_of(result, card)],
        reference=reference,
        equal=[parts.EqualRow(what="training", rule="tokens seen", value="2,000,128 tokens at most, spread 0.00%"),
               parts.EqualRow(what="tuning", rule=tried or "no tuning was done",
                              value=f"{10 if tried else 0} trials a model")],
        environment={"seqharness": "0.1.0", "python": "3.12.4", "torch": "2.13.0+cpu"}, **more,
    )  # fmt: skip


def _solved(system: SystemResults, metric: Metric, split: str) -> float | None:
    if metric.solved is None:
        return None
    scores = [run.tables[split].score(metric) for run in system.done]
    sign = 1 if metric.higher_is_better else -1
    return sum(sign * score >= sign * metric.solved for score in scores) / len(scores)


# -------------------------------------------------------------------------------------------------------------- probe


def lengths(values: Sequence[int], each: int) -> list[dict[str, Any]]:
    return [{"length": value} for value in values for _ in range(each)]


def parity() -> parts.Comparison:
    """Two of three recurrent runs solve it at every length; the Transformer does inside the lengths trained on."""

    def lstm(seed: int, example: Mapping[str, Any], split: str) -> float:
        return 0.5 if seed == 1 else 1.0 if example["length"] < 120 else 1 - (example["length"] - 120) / 400

    def transformer(seed: int, example: Mapping[str, Any], split: str) -> float:
        return 0.55 if split == "beyond" else 1 - max(0, example["length"] - 30 + 4 * seed) / 120

    task = Drawn(
        task="parity", interface="classify", metrics=[share("accuracy", solved=99.0), share("exact match")],
        axes={"length": Axis("symbols of the row")},
        splits={"test": lengths(range(1, 41), 30), "beyond": lengths(range(60, 201, 20), 30)},
        models={"lstm": lstm, "transformer": transformer}, baselines={"majority": lambda *_: 0.5},
        summary="whether a row of bits has an even number of 1s", source="generated: parity, seed 0",
    )  # fmt: skip
    curves = [curve for model in task.models for seed in task.seeds for curve in learning(task.task, model, seed)]
    findings = [slopes(task.task, "lstm", seed, -0.11, -0.004) for seed in task.seeds]
    findings += [
        parts.Finding(task=task.task, model="transformer", seed=seed, measurement="gradients", summary=GRADIENTS,
                      not_applicable="it reads from both sides: there is no distance that a gradient must travel")
        for seed in task.seeds
    ]  # fmt: skip
    return compared("lstm-transformer-parity", [task], curves=curves, findings=findings, examples=bits(task.task))


def bits(task: str) -> list[parts.ExampleRow]:
    rng = np.random.default_rng(3)
    rows = []
    for index, length in enumerate((3, 7, 11, 18, 26, 33, 38, 40, 40, 40)):
        row = rng.integers(2, size=length)
        answer = ("even", "odd")[row.sum() % 2]
        said = {"lstm": answer, "transformer": answer if length < 36 else "even", "majority": "even"}
        rows.append(parts.ExampleRow(task=task, index=index, input=" ".join(map(str, row)), reference=answer,
                                     outputs=said))  # fmt: skip
    return rows


GRADIENTS = "norm of the gradient over the distance it travels, at initialisation and after training"


def learning(task: str, model: str, seed: int) -> list[parts.Curve]:
    """Loss, validation and the norm of the gradient."""
    rng = np.random.default_rng([seed, *map(ord, model)])
    tokens = [float(x) for x in range(100_000, 2_000_001, 100_000)]
    end = 0.69 if (model, seed) == ("lstm", 1) else 0.02
    loss = [end + (0.7 - end) * math.exp(-x / 4e5) + 0.004 * rng.random() for x in tokens]
    norm = [0.3 + 2 * math.exp(-x / 6e5) * rng.lognormal(0, 0.5) + (40.0 if rng.random() < 0.04 else 0) for x in tokens]
    score = [100 - 72 * y for y in loss]
    named = (("validation_accuracy", "validation accuracy", score), ("train_loss", "training loss, nats", loss),
             ("gradient_norm", "norm of the gradient before clipping", norm))  # fmt: skip
    return [
        parts.Curve(task=task, model=model, seed=seed, quantity=name, label=label, x=tokens, y=short(y))
        for name, label, y in named
    ]


def slopes(task: str, model: str, seed: int, first: float, then: float) -> parts.Finding:
    """Gradients that fall by some log norm a step."""
    d = [float(x) for x in range(1, 40)]
    curves = {"at initialisation": first * (1 + 0.1 * seed), "after training": then * (1 + 0.2 * seed)}
    lines = [parts.Line(label=label, x=d, y=short([math.exp(slope * (x - 1)) for x in d]))
             for label, slope in curves.items()]  # fmt: skip
    numbers = [
        parts.Number(name=f"slope {label}", label=f"log gradient norm per step, {label}", value=round(slope, 5),
                     description="below 0: gradients vanish with distance; above 0: they explode")
        for label, slope in curves.items()
    ]  # fmt: skip
    figure = parts.Figure(name="gradients", log_y=True, x_label="distance d in steps", y_label="relative norm",
                          title="Gradient of the last loss over the distance to the input, relative to distance 1",
                          lines=lines)  # fmt: skip
    return parts.Finding(task=task, model=model, seed=seed, measurement="gradients", summary=GRADIENTS,
                         findings=parts.Findings(numbers=numbers, figures=[figure]))  # fmt: skip


def short(values: Sequence[float]) -> list[float]:
    return [float(f"{value:.4g}") for value in values]


# -------------------------------------------------------------------------------------------------------- translation

SENTENCES = [
    ("the letter which the old sailor wrote is not long .", "la lettre que le vieux marin a écrite n'est pas longue ."),
    ("Claire gives twenty-one apples to the neigh bours .", "Claire donne vingt et une pommes aux vois ins ."),
    ("we do not see her because she is behind the church .", "nous ne la voyons pas car elle est derrière l'église ."),
]  # fmt: skip
PHENOMENA = ("adjective order", "negation", "object pronoun", "relative clause", "numbers", "agreement")


def translation() -> parts.Comparison:
    """Attention is ahead, and the more so the longer the sentence."""
    rng = np.random.default_rng(1)
    examples = [
        {
            "length": int(rng.integers(3, 41)),
            "rare": float(rng.integers(0, 4)),
            "phenomenon": str(rng.choice(PHENOMENA)),
        }
        for _ in range(900)
    ]

    def falling(start: float, slope: float) -> Rate:
        hard = {"relative clause": 0.12, "agreement": 0.05}

        def rate(seed: int, example: Mapping[str, Any], split: str) -> float:
            missed = slope * example["length"] + hard.get(example["phenomenon"], 0.0) + 0.03 * example["rare"]
            return max(0.02, start - missed + 0.01 * (seed - 1))

        return rate

    task = Drawn(
        task="translate", interface="sequence-to-sequence", metrics=[share("BLEU", ""), share("exact match")],
        axes={"length": Axis("words of the source", (5, 10, 15, 20, 30)), "rare": Axis("rare words of the source"),
              "phenomenon": "phenomenon"},
        splits={"test": examples},
        models={"bahdanau": falling(0.95, 0.004), "transformer": falling(0.97, 0.003), "lstm": falling(0.9, 0.016)},
        baselines={"word-table": falling(0.3, 0.001)},
        summary="English to French, generated from a grammar",
    )  # fmt: skip
    findings = [slopes(task.task, model, seed, one, two) for model, one, two in
                (("bahdanau", -0.09, -0.03), ("lstm", -0.1, -0.05)) for seed in task.seeds]  # fmt: skip
    findings += [attention(task.task, model, sharp) for model, sharp in (("bahdanau", 1.3), ("transformer", 0.6))]
    reason = "no maps: it has no attention over the source, or hides it"
    findings.append(parts.Finding(task=task.task, model="lstm", seed=0, measurement="attention", summary=ATTENTION,
                                  not_applicable=reason))  # fmt: skip
    rows = [
        parts.ExampleRow(task=task.task, index=17 * place, input=source, reference=target,
                         outputs={"bahdanau": target, "transformer": target, "lstm": target.replace("e", "a"),
                                  "word-table": "le la ."}) for place, (source, target) in enumerate(SENTENCES)
    ]  # fmt: skip
    return compared("attention-translate", [task], findings=findings, examples=rows)


ATTENTION = "alignment of a few outputs with their sources, by the decoder's attention"


def attention(task: str, model: str, sharp: float) -> parts.Finding:
    """Maps near the diagonal."""
    maps = []
    for source, target in SENTENCES:
        columns, rows = [*source.split(), "<eos>"], [*target.split(), "<eos>"]
        if model == "transformer":
            rows = [row for row in rows if row != "pas"]
        at = np.linspace(0, len(columns) - 1, len(rows))[:, None]
        weights = np.exp(-sharp * np.abs(at - np.arange(len(columns))))
        weights /= weights.sum(axis=1, keepdims=True)
        maps.append(parts.Map(title=" ".join(rows[:-1]), rows=rows, columns=columns,
                              values=[short(row) for row in weights.tolist()]))  # fmt: skip
    number = parts.Number(name="sharpness", label="largest weight of a step, mean", value=round(0.3 + sharp / 3, 3),
                          description="1: every step looks at one source position alone")  # fmt: skip
    return parts.Finding(task=task, model=model, seed=0, measurement="attention", summary=ATTENTION,
                         findings=parts.Findings(numbers=[number], maps=maps))  # fmt: skip


# ------------------------------------------------------------------------------------------------------ several tasks


def tasks() -> parts.Comparison:
    """Five tasks and three models, of which one cannot do one of them."""

    def at(rate: float) -> Rate:
        return lambda seed, example, split: min(1.0, rate + 0.01 * seed)

    rates = {
        "classify": ("classify", 0.91, 0.93, 0.925),
        "tag": ("tag", 0.95, 0.97, 0.955),
        "mlm": ("masked-lm", 0.41, 0.52, None),
        "copy": ("sequence-to-sequence", 0.6, 1.0, 0.98),
        "order": ("classify", 1.0, 0.98, 0.97),
    }
    drawn = []
    for place, (name, (interface, *levels)) in enumerate(rates.items()):
        named = dict(zip(("lstm", "transformer", "decoder-only:position=rope"), levels, strict=True))
        models: dict[str, Rate] = {model: at(level) for model, level in named.items() if level is not None}
        absent = {
            model: "a causal decoder does not see what comes after a mask"
            for model, level in named.items()
            if level is None
        }
        metric = share("accuracy", solved=99.0 if name in ("copy", "order") else None)
        drawn.append(
            Drawn(task=name, interface=interface, metrics=[metric], axes={"length": Axis("length", (10, 20, 30))},
                  splits={"test": [{"length": 5 + (7 * n) % 34} for n in range(400)]}, models=models, absent=absent,
                  baselines={"majority": at(0.1 + 0.1 * place)}, summary=f"the task {name}")
        )  # fmt: skip
    return compared("three-models-five-tasks", drawn)


def ranked() -> parts.Comparison:
    """Four models on six tasks; the order is nearly the same everywhere."""

    def at(rate: float) -> Rate:
        return lambda seed, example, split: rate

    rng = np.random.default_rng(5)
    drawn = []
    for name in ("one", "two", "three", "four", "five", "six"):
        rates = {"lstm": 0.62, "gru": 0.57, "transformer": 0.9, "transformer:position=rope": 0.8}
        models = {model: at(rate + rng.normal(0, 0.04)) for model, rate in rates.items()}
        drawn.append(
            Drawn(task=name, interface="classify", metrics=[share("accuracy")], axes={}, splits={"test": [{}] * 200},
                  models=models, seeds=(0, 1), summary=f"the task {name}")
        )  # fmt: skip
    return compared("four-models-six-tasks", drawn)


# -------------------------------------------------------------------------------------------------------- many models


def many() -> parts.Comparison:
    """Eight models, hence 28 pairs, on a probe whose metric is better when it is lower; steps that double."""

    def at(place: int) -> Rate:
        def rate(seed: int, example: Mapping[str, Any], split: str) -> float:
            return 1 - min(0.5, 0.0005 * (place + 1) * example["length"] ** (0.6 + 0.12 * place) * (1 + seed / 5))

        return rate

    models = ("rnn", "gru", "lstm", "transformer", "decoder-only:position=rope", "tcn", "textcnn", "gnn:heads=2")
    task = Drawn(
        task="adding", interface="classify", metrics=[error("MSE", 0.02)], seeds=(0, 1, 2, 3, 4, 5),
        axes={"length": Axis("numbers in the row")},
        splits={"test": lengths((10, 20, 40, 80, 160), 150), "beyond": lengths((320, 640), 150)},
        models={name: at(place) for place, name in enumerate(models)}, baselines={"mean": lambda *_: 0.83},
        summary="the sum of two marked numbers", source="generated: adding, seed 0",
    )  # fmt: skip
    findings = [use_of_context(task.task, model, seed, 3.0 + place)
                for place, model in enumerate(models) for seed in (0, 1)]  # fmt: skip
    findings += [
        parts.Finding(task=task.task, model=model, seed=0, measurement="samples", summary="texts drawn from a model",
                      findings=parts.Findings(texts=[f"{model} said: " + "the old sailor does not see her . " * (n + 3)
                                                     for n in range(3)])) for model in models[:2]
    ]  # fmt: skip
    return compared("eight-models-adding", [task], findings=findings)


def use_of_context(task: str, model: str, seed: int, reach: float) -> parts.Finding:
    """A loss that falls with what is left of the context."""
    k = [0.0, *(float(2**power) for power in range(9))]
    loss = {"replaced": [3 + 2 * math.exp(-x / reach) + 0.02 * seed for x in k],
            "shuffled": [3 + math.exp(-x / reach) + 0.02 * seed for x in k]}  # fmt: skip
    lines = [parts.Line(label=f"context beyond k {how}", x=k, y=short(y)) for how, y in loss.items()]
    lines.append(parts.Line(label="whole context", x=[k[0], k[-1]], y=[3.0 + 0.02 * seed] * 2))
    figure = parts.Figure(name="context", title="Loss of the last tokens over how much context is left", lines=lines,
                          x_label="tokens of context left as they are (k)", y_label="nats per token")  # fmt: skip
    used = None if reach > 9 and seed else 4 * reach
    numbers = [
        parts.Number(name="reach", label="tokens of context it uses", value=used, unit="tokens", decimals=0,
                     description="the k from which on the loss is that of the whole context"),
        parts.Number(name="order", label="tokens within which order matters", value=2 * reach, unit="tokens",
                     decimals=0, description="the same for shuffled context"),
    ]  # fmt: skip
    return parts.Finding(task=task, model=model, seed=seed, measurement="context", summary="how far back it looks",
                         findings=parts.Findings(numbers=numbers, figures=[figure]))  # fmt: skip


# ------------------------------------------------------------------------------------- tuning, data sizes, ablation

RATES = (1e-4, 2.2e-4, 4.6e-4, 1e-3, 2.2e-3, 4.6e-3, 1e-2)
FURTHER = ((7e-4, 0.1, 0.08), (1.6e-3, 0.0, 0.2), (6e-3, 0.3, 0.02))
"""Learning rate, dropout and warm-up of the trials after the grid."""


def always(rate: float) -> Rate:
    return lambda *_: rate


def tuned() -> parts.Comparison:
    """Ten trials each: one model's best within the grid, another's at its edge with a trial that diverged, a third
    without any score."""
    task = Drawn(
        task="classify", interface="classify", metrics=[share("accuracy")], axes={}, splits={"test": [{}] * 400},
        models={"transformer": always(0.9), "lstm": always(0.84)}, baselines={"majority": always(0.5)},
        absent={"rnn": "none of its 10 trials ended with a score on validation"}, summary="the tone of a review",
        protocol="tuned in this comparison",
    )  # fmt: skip
    found = [
        tuning(task, "transformer", lambda rate: 91 - 14 * abs(math.log10(rate / 1.6e-3)) ** 2),
        tuning(task, "lstm", lambda rate: 85 - 9 * math.log10(1e-2 / rate), lost=1),
        tuning(task, "rnn", lambda rate: 0.0, lost=10),
    ]
    return compared("tuned-classify", [task], tunings=found)


def tuning(task: Drawn, model: str, score: Callable[[float], float], lost: int = 0) -> parts.Tuning:
    """lost: trials without a score, from the second on, or all of them."""
    values = [(rate, None, None) for rate in RATES] + list(FURTHER)
    scores = [
        None if lost == len(values) or 1 <= place <= lost else round(score(rate) - 8 * (dropout or 0.0), 2)
        for place, (rate, dropout, _) in enumerate(values)
    ]
    trials = [
        parts.TuningTrial(learning_rate=rate, dropout=dropout, warmup=warmup, validation=found,
                          status="diverged" if found is None else "done")
        for (rate, dropout, warmup), found in zip(values, scores, strict=True)
    ]  # fmt: skip
    ended = [place for place, found in enumerate(scores) if found is not None]
    best = max(ended, key=lambda place: scores[place] or 0.0, default=None)
    return parts.Tuning(
        task=task.task, model=model, metric=task.metrics[0].name, trials=trials, chosen=best,
        expected=expected_best(scores, higher_is_better=True), tokens=20_001_280, seconds=331.4,
        at_edge=best is not None and values[best][0] in (RATES[0], RATES[-1]),
    )  # fmt: skip


DATA_SIZES = (250, 1000, 4000, 16000)


def sizes() -> parts.Comparison:
    """Little data is better for the LSTM, much for the Transformer; the GRU never leaves the LSTM, and loses a run."""
    rates = {
        "transformer": dict(zip(DATA_SIZES, (0.52, 0.66, 0.86, 0.94), strict=True)),
        "lstm": dict(zip(DATA_SIZES, (0.66, 0.75, 0.79, 0.81), strict=True)),
        "gru": dict(zip(DATA_SIZES, (0.66, 0.76, 0.79, 0.8), strict=True)),
    }
    lost: dict[int, dict[tuple[str, int], str]] = {1000: {("gru", 1): "diverged"}}
    lost[250] = {("gru", seed): "failed" for seed in range(3)}
    drawn = [
        Drawn(task="classify", interface="classify", metrics=[share("accuracy")], axes={}, train_examples=examples,
              splits={"test": [{}] * 500}, models={model: always(of[examples]) for model, of in rates.items()},
              baselines={"majority": always(0.5)}, summary="the tone of a review", lost=lost.get(examples, {}))
        for examples in DATA_SIZES
    ]  # fmt: skip
    results, metric = [one.results() for one in drawn], drawn[0].metrics[0]
    scores = [[score_of(system, metric, one.task, "test") for system in one.systems if system.done] for one in results]
    smaller = [
        run.model_copy(update={"train_examples": one.train_examples})
        for one, found in zip(drawn[:-1], scores, strict=False) for run in one.runs(found)
    ]  # fmt: skip
    return compared("sizes-classify", [drawn[-1]], sizes=list(size_scores(results, metric)),
                    crossings=list(crossings(results, metric)), size_runs=smaller)  # fmt: skip


def ablation() -> parts.Comparison:
    """One change is for the better, two are for the worse, one makes no difference and one has no score."""
    rates = {"": 0.8, ":heads=1": 0.72, ":heads=8": 0.8, ":position=none": 0.55, ":position=rope": 0.86, ":width=8": 0}
    base = "transformer:layers=2"
    task = Drawn(
        task="classify", interface="classify", metrics=[share("accuracy")], axes={}, splits={"test": [{}] * 900},
        models={f"{base}{change}": always(rate) for change, rate in rates.items()},
        baselines={"majority": always(0.5)}, summary="the tone of a review",
        lost={(f"{base}:width=8", seed): "diverged" for seed in range(3)},
    )  # fmt: skip
    return compared("ablation-classify", [task], base)


FIXTURES = {
    "probe": parity, "translation": translation, "tasks": tasks, "ranked": ranked, "many": many, "tuned": tuned,
    "sizes": sizes, "ablation": ablation,
}  # fmt: skip


def main() -> None:
    """Write all of them beside this file."""
    for name, make in FIXTURES.items():
        text = make().model_dump_json(exclude_defaults=True)
        (HERE / f"{name}.json").write_text(_rounded(text) + "\n", encoding="utf-8")


def _rounded(text: str) -> str:
    """One record a line and six digits, so that a change can be read."""
    import json

    content = json.loads(text, parse_float=lambda number: float(f"{float(number):.6g}"))
    lines = []
    for key, value in content.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            inner = ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in value)
            lines.append(f'"{key}": [\n  {inner}\n ]')
        else:
            lines.append(f'"{key}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n " + ",\n ".join(lines) + "\n}"


if __name__ == "__main__":
    main()
