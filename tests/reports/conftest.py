"""Comparisons as the harness makes them, of the shapes that a report must bear."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pytest

from seqharness import comparison as parts
from seqharness.comparison import Comparison

HOSTILE: list[str] = json.loads(Path(__file__).with_name("hostile.json").read_text(encoding="utf-8"))
"""Strings that mean something to some format."""

HERE = Path(__file__).parent
BASE = json.loads(Path(__file__).with_name("translate.json").read_text(encoding="utf-8"))
METRICS = [parts.MetricInfo.model_validate(metric) for metric in BASE["task"]["metrics"]]
LEVELS = {
    "transformer": {"bleu": 76.6, "chrf": 88.9, "ter": 15.2, "exact": 41.3, "perplexity": 1.482, "bits_per_byte": 0.21},
    "lstm": {"bleu": 43.1, "chrf": 63.4, "ter": 42.0, "exact": 9.8, "perplexity": 3.914, "bits_per_byte": 0.74},
    "word-table": {"bleu": 24.0, "chrf": 51.7, "ter": 61.3, "exact": 0.4},
}
SPREAD = {"bleu": 1.4, "chrf": 0.8, "ter": 1.1, "exact": 1.6, "perplexity": 0.03, "bits_per_byte": 0.01}
LENGTHS = ["3–5", "6–10", "11–15", "16–20", "21–30", "31–40"]
PHENOMENA = [
    "adjective order",
    "negation",
    "object pronoun",
    "relative clause",
    "numbers",
    "name",
    "context",
    "agreement",
]


def make(
    models: tuple[str, ...] = ("lstm", "transformer"),
    baselines: tuple[str, ...] = ("word-table",),
    seeds: tuple[int, ...] = (0, 1, 2),
    tasks: tuple[str, ...] = ("translate",),
    failed: Mapping[tuple[str, int], str] | None = None,
    checked: bool = True,
) -> Comparison:
    """A comparison; failed: (model, seed) -> status of runs that did not end."""
    made = [_Part(task, models, baselines, seeds, dict(failed or {}), checked) for task in tasks]
    pairs = [pair for part in made for pair in part.pairs()]
    verdicts = [pair.verdict for pair in pairs] or ["One model only: nothing to compare."]
    return Comparison(
        name="lstm-transformer-translate",
        created="2025-11-20T22:40:00+00:00",
        command=f"harness compare --models {','.join(models)} --task {' --task '.join(tasks)} --seeds {len(seeds)}",
        headline=verdicts[0],
        verdicts=verdicts,
        warnings=["lstm is not converged at this budget: a gap here is not a gap in final quality."] if checked else [],
        budget=parts.Budget(name="quick", tokens=1_000_000, parameters=1_100_000, note="at this budget"),
        seeds=list(seeds),
        tasks=[part.info() for part in made],
        models=[model for part in made for model in part.cards()],
        scores=[score for part in made for score in part.scores()],
        pairs=pairs,
        runs=[run for part in made for run in part.runs()],
        curves=[curve for part in made for curve in part.curves()],
        slices=[piece for part in made for piece in part.slices()],
        examples=[row for part in made for row in part.examples()],
        equal=[parts.EqualRow.model_validate(row) for row in BASE["equal"]],
        environment={"seqharness": "0.1.0", "python": "3.12.4", "torch": "2.13.0+cpu", "precision": "float32",
                     "threads": "1", "platform": "Linux-6.8-x86_64"},
    )  # fmt: skip


@dataclass
class _Part:
    """One task of a comparison."""

    task: str
    models: tuple[str, ...]
    baselines: tuple[str, ...]
    seeds: tuple[int, ...]
    failed: dict[tuple[str, int], str]
    checked: bool

    def __post_init__(self) -> None:
        self.random = random.Random(self.task)

    def level(self, model: str, metric: str) -> float | None:
        known = LEVELS.get(model, LEVELS["lstm"])
        return known[metric] + (len(model) % 7 if model not in LEVELS else 0) if metric in known else None

    def ended(self, model: str) -> list[int]:
        return [seed for seed in self.seeds if (model, seed) not in self.failed]

    def info(self) -> parts.TaskInfo:
        return parts.TaskInfo.model_validate({**BASE["task"], "task": self.task})

    def cards(self) -> list[parts.ModelInfo]:
        cards = [self._network(model, place) for place, model in enumerate(self.models)]
        cards += [
            parts.ModelInfo(task=self.task, model=model, baseline=True, resolved="IBM Model 1", parameters=8_112,
                      origin="seqharness 0.1.0", decoding_sentences_per_second=41_234.0, limit_share=None)
            for model in self.baselines
        ]  # fmt: skip
        return [
            *cards,
            parts.ModelInfo(task=self.task, model="majority", baseline=True, not_applicable="it only labels"),
        ]

    def _network(self, model: str, place: int) -> parts.ModelInfo:
        return parts.ModelInfo(
            task=self.task, model=model, resolved="encoder-decoder, 2 + 2 layers", origin="seqharness 0.1.0",
            paper="Vaswani et al. 2017" if model == "transformer" else "Sutskever et al. 2014",
            config={"width": 128 + 16 * place, "inner": 512, "layers": 2, "dropout": 0.1, "tied": True},
            recipe={"optimizer": "adamw", "learning_rate": 0.002 / (place + 1), "betas": [0.9, 0.98], "warmup": 0.08,
                    "protocol": "grid of 6 learning rates on validation, 1M tokens each"},
            parameters=1_098_240 + 731 * place, nonembedding_parameters=944_640, target_parameters=1_100_000,
            flops_per_token=None if place % 2 else 6_300_512.0, state_bytes=2048 * (1 + 600 * place),
            training_tokens=1_000_192.0, training_tokens_per_second=16_234.7 + 3000 * place,
            decoding_sentences_per_second=212.4 + 50 * place, training_seconds=61.2, peak_memory_bytes=412 * 2**20,
            limit_share=0.0004 + 0.011 * place, converged=(place > 0) if self.checked else None,
            half_budget_gain=(6.2 if not place else 0.3) if self.checked else None,
        )  # fmt: skip

    def scores(self) -> list[parts.Score]:
        return [self._score(model, metric) for model in (*self.models, *self.baselines) for metric in METRICS]

    def _score(self, model: str, metric: parts.MetricInfo) -> parts.Score:
        level = self.level(model, metric.name)
        seeds = [0] if model in self.baselines else self.ended(model)
        values = [] if level is None else [level + self.random.gauss(0, SPREAD[metric.name]) for _ in seeds]
        mean = sum(values) / len(values) if values else None
        half = 2.2 * SPREAD[metric.name]
        return parts.Score(
            task=self.task, model=model, metric=metric.name, mean=mean, low=None if mean is None else mean - half,
            high=None if mean is None else mean + half, seeds=len(values), higher_is_better=metric.higher_is_better,
            values=values, seeds_used=seeds if values else [],
            interval="seeds and examples" if len(values) > 1 else "examples only" if values else "",
        )  # fmt: skip

    def pairs(self) -> list[parts.Pair]:
        return [self._pair(a, b) for place, b in enumerate(self.models) for a in self.models[place + 1 :]]

    def _pair(self, a: str, b: str) -> parts.Pair:
        seeds = len(set(self.ended(a)) & set(self.ended(b)))
        one, two = self.level(a, "bleu"), self.level(b, "bleu")
        if not seeds or one is None or two is None:
            verdict = f"No verdict on {a} and {b}: no run of one of them ended."
            nothing = {"difference": None, "low": None, "high": None, "p": None}
            return parts.Pair(task=self.task, metric="bleu", a=a, b=b, verdict=verdict, **nothing)
        difference, gap = one - two, abs(one - two)
        decided = seeds > 1 and gap > 3.1
        verdict = f"{a} against {b}: not decisive; a difference under 4.0 BLEU could not have been seen"
        if seeds == 1:
            verdict = f"One seed: no verdict on {a} and {b}."
        elif decided:
            first, second = (a, b) if difference > 0 else (b, a)
            interval = f"[{gap - 3.1:.1f}, {gap + 3.1:.1f}]"
            verdict = f"{first} is ahead of {second} by {gap:.1f} BLEU {interval}, p < 0.001, {seeds} seeds"
        tests = {"p": 0.0002 if decided else 0.31, "p_holm": 0.0004, "minimum_detectable": 4.0}
        tests = tests if seeds > 1 else dict.fromkeys(tests)
        low, high = difference - 3.1, difference + 3.1
        return parts.Pair(task=self.task, metric="bleu", a=a, b=b, difference=difference, low=low, high=high,
                          verdict=verdict, seeds=seeds, decided=decided, **tests)  # fmt: skip

    def runs(self) -> list[parts.Run]:
        runs = [self._run(model, seed) for model in self.models for seed in self.seeds]
        runs += [parts.Run(task=self.task, model=model, seed=0, status="done", parameters=8_112, role="baseline",
                     metrics=dict(LEVELS.get(model, {}))) for model in self.baselines]  # fmt: skip
        if self.checked:
            runs += [self._run(model, 0, "convergence") for model in self.models]
        return runs

    def _run(self, model: str, seed: int, role: str = "compared") -> parts.Run:
        status = self.failed.get((model, seed), "done") if role == "compared" else "done"
        metrics = {metric.name: self.level(model, metric.name) if status == "done" else None for metric in METRICS}
        return parts.Run.model_validate({
            "task": self.task, "model": model, "seed": seed, "status": status, "parameters": 1_098_240, "role": role,
            "metrics": metrics, "reason": "" if status == "done" else "the loss was not finite at step 311",
            "training_key": f"{seed:02x}" * 32,
            "evaluation_key": f"{seed + 16:02x}" * 32, "training_tokens": 1_000_192, "training_seconds": 61.7,
            "chosen_at": 1.0 if seed else 0.9, "validation": metrics["bleu"],
        })  # fmt: skip

    def curves(self) -> list[parts.Curve]:
        return [curve for model in self.models for seed in self.seeds for curve in self._curves(model, seed)]

    def _curves(self, model: str, seed: int) -> list[parts.Curve]:
        noise = random.Random(f"{model}{seed}")
        goal = self.level(model, "bleu") or 0.0
        end = 1.0 if (model, seed) not in self.failed else 0.35
        steps = [round(1_000_192 * end * step / 20) for step in range(1, 21)]
        fine = [round(1_000_192 * end * step / 120) for step in range(1, 121)]
        bleu = [goal * (1 - math.exp(-4 * x / 1e6)) + noise.gauss(0, 1) for x in steps]
        floor = 1.4 if model == "transformer" else 2.6
        loss = [floor + 6 * math.exp(-7 * x / 1e6) + noise.gauss(0, 0.05) for x in fine]
        here = {"task": self.task, "model": model, "seed": seed}
        return [
            parts.Curve(**here, quantity="validation:bleu", label="validation BLEU", x=steps, y=bleu),
            parts.Curve(**here, quantity="loss", label="training loss (nats per token)", x=fine, y=loss),
        ]

    def slices(self) -> list[parts.SliceScore]:
        found = []
        for model in (*self.models, *self.baselines):
            level = self.level(model, "bleu")
            if level is None or not (self.ended(model) or model in self.baselines):
                continue
            for place, value in enumerate(LENGTHS):
                found.append(self._slice(model, "length", value, place, level + 8 - 5 * place, 300 - 40 * place))
            for place, value in enumerate(PHENOMENA):
                mean = level + self.random.uniform(-12, 12)
                found.append(self._slice(model, "phenomenon", value, place, mean, 120 + 37 * place))
        return found

    def _slice(self, model: str, axis: str, value: str, order: float, mean: float, n: int) -> parts.SliceScore:
        return parts.SliceScore(task=self.task, model=model, axis=axis, value=value, order=order, n=n, metric="bleu",
                          mean=mean, low=mean - 2.5, high=mean + 2.5)  # fmt: skip

    def examples(self) -> list[parts.ExampleRow]:
        rows = []
        for index in range(10):
            source, reference = BASE["sentences"][index % len(BASE["sentences"])]
            words = reference.split()
            known = {"transformer": reference, "lstm": " ".join([*words[:3], *words[4:]])}
            outputs = {model: known.get(model, "") for model in (*self.models, *self.baselines)}
            rows.append(
                parts.ExampleRow(task=self.task, index=37 * index, input=source, reference=reference, outputs=outputs)
            )
        return rows


def poisoned(comparison: Comparison) -> Comparison:
    """The comparison with hostile text in every place that data, models and plugins can reach; a name is the same
    everywhere."""
    texts = cycle(HOSTILE)
    bad: dict[str, str] = {}
    fixed = {"status", "role", "schema_version"}
    named_by_key = {"outputs", "axes", "metrics", "config"}
    meant = {"test", "gradient_norm", ""}

    def spoil(text: str) -> str:
        if text not in meant and text not in bad:
            bad[text] = f"{next(texts)} {text}"
        return bad.get(text, text)

    def change(value: object, key: str = "") -> object:
        if isinstance(value, dict):
            return {spoil(name) if key in named_by_key else name: change(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [change(part) if isinstance(part, dict) else change(part, key) for part in value]
        return spoil(value) if isinstance(value, str) and key not in fixed else value

    changed = Comparison.model_validate(change(comparison.model_dump(mode="json")))
    return changed.model_copy(update={"name": HOSTILE[8]})


def bare(comparison: Comparison) -> Comparison:
    """A comparison in which nothing ran."""
    nothing: dict[str, object] = {part: [] for part in ("models", "scores", "pairs", "runs", "curves", "slices")}
    budget = parts.Budget(name="full", tokens=None, parameters=None)
    return comparison.model_copy(update={**nothing, "verdicts": [], "examples": [], "equal": [], "budget": budget})


def read(name: str) -> Comparison:
    """A file that `make_fixtures.py` wrote."""
    return Comparison.model_validate_json((HERE / f"{name}.json").read_text(encoding="utf-8"))


def labelled(comparison: Comparison, labels: tuple[str, ...] = ("odd", "even")) -> Comparison:
    """The comparison with a confusion matrix for each of its models."""
    size = len(labels)
    confusions = [
        parts.Confusion(task=model.task, model=model.model, labels=list(labels),
                        counts=[[90.0 - place if i == j else 5.0 * (i + j) for j in range(size)] for i in range(size)])
        for place, model in enumerate(comparison.models)
    ]  # fmt: skip
    return comparison.model_copy(update={"confusions": confusions})


SHAPES: dict[str, Callable[[], Comparison]] = {
    "usual": make,
    "one model": lambda: make(models=("transformer",)),
    "one seed": lambda: make(seeds=(0,), checked=False),
    "no baselines": lambda: make(baselines=()),
    "several tasks": lambda: make(tasks=("translate", "translate:data=multi30k:pair=en-de")),
    "one diverged": lambda: make(failed={("lstm", 1): "diverged"}),
    "all failed": lambda: make(failed={("lstm", seed): "failed" for seed in range(3)}),
    "three models": lambda: make(models=("lstm", "transformer", "mixer")),
    "ten models": lambda: make(models=("lstm", "transformer", *(f"mixer-{place}:heads=4" for place in range(8)))),
    "hostile": lambda: poisoned(make()),
    "bare": lambda: bare(make()),
    "probe": lambda: read("probe"),
    "translation": lambda: read("translation"),
    "tasks": lambda: read("tasks"),
    "ranked": lambda: read("ranked"),
    "many": lambda: read("many"),
    "tuned": lambda: read("tuned"),
    "sizes": lambda: read("sizes"),
    "ablation": lambda: read("ablation"),
    "labels": lambda: labelled(read("probe")),
    "hostile probe": lambda: poisoned(labelled(read("probe"))),
    "hostile translation": lambda: poisoned(read("translation")),
    "hostile many": lambda: poisoned(read("many")),
    "hostile ranked": lambda: poisoned(read("ranked")),
    "hostile tuned": lambda: poisoned(read("tuned")),
    "hostile sizes": lambda: poisoned(read("sizes")),
    "hostile ablation": lambda: poisoned(read("ablation")),
}


@pytest.fixture(scope="session")
def shapes() -> dict[str, Comparison]:
    """Comparisons by the name of their shape."""
    return {name: build() for name, build in SHAPES.items()}


@pytest.fixture(scope="session")
def usual(shapes: dict[str, Comparison]) -> Comparison:
    """Two models, a baseline, three seeds, one task."""
    return shapes["usual"]


@pytest.fixture(scope="session")
def hostile_strings() -> list[str]:
    """Strings that mean something to some format."""
    return HOSTILE
