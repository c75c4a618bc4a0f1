"""Two small comparisons that several traps share: labels of sentences, and a translation word by word."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seqharness.compare import run_comparison
from seqharness.comparison import Comparison
from seqharness.comparison_spec import ComparisonSpec
from seqharness.records import TrainingRecord
from seqharness.registry import PluginSettings

PLUGIN = '''
"""A model whose arithmetic no counter sees, and one that never ends a sentence."""

import torch
from torch import nn

from seqharness.contracts import Architecture, Config, ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import EOS, Classify, SequenceToSequence
from seqharness.modules.memory import mean_of_rows
from seqharness_plugins.transformer.transformer import ARCHITECTURE


class Product(nn.Module):
    """A product of matrices written as sums of products."""

    def __init__(self, size, out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(size, out) / size**0.5)

    def forward(self, x):
        return (x.unsqueeze(-1) * self.weight).sum(-2)


class Uncounted(nn.Module):
    def __init__(self, config, interface):
        super().__init__()
        self.embedding = interface.embedding(config.width)
        self.layer = Product(config.width, config.inner)
        self.output = Product(config.inner, interface.outputs)

    def forward(self, tokens, lengths=None):
        return self.layer(mean_of_rows(self.embedding(tokens), lengths)).tanh()


def without_end(module, inputs, logits):
    return logits.masked_fill(torch.arange(logits.size(-1), device=logits.device) == EOS, -30.0)


def endless(config, interface):
    network = ARCHITECTURE.serves[SequenceToSequence](config, interface)
    network.output.register_forward_hook(without_end)
    return network


@hookimpl
def register_models(register):
    served = {Classify: Uncounted}
    register(ModelSpec(name="uncounted", summary="sums of products", interfaces=(Classify,),
        load=lambda: Architecture(config=Config, serves=served)))
    register(ModelSpec(name="endless", summary="never ends", interfaces=(SequenceToSequence,),
        load=lambda: Architecture(config=ARCHITECTURE.config, serves={SequenceToSequence: endless})))
'''

WORDS = {"cat": "chat", "dog": "chien", "house": "maison", "red": "rouge", "sees": "voit", "the": "le", "and": "et"}


@dataclass(frozen=True)
class Finished:
    """A comparison that was run. data: the user's folder or file; folder: store and reports."""

    data: Path
    folder: Path
    options: dict[str, Any]
    comparison: Comparison

    @property
    def report(self) -> str:
        return (self.folder / "reports/report/report.md").read_text(encoding="utf-8")

    @property
    def records(self) -> list[TrainingRecord]:
        paths = sorted((self.folder / "runs/runs").glob("*/record.json"))
        return [TrainingRecord.model_validate_json(path.read_bytes()) for path in paths]


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> PluginSettings:
    path = tmp_path_factory.mktemp("plugin") / "plugin_of_traps.py"
    path.write_text(PLUGIN, encoding="utf-8")
    return PluginSettings(files=(str(path),))


Compared = Callable[..., Finished]


@pytest.fixture(scope="session")
def compared(plugin: PluginSettings) -> Compared:
    """Run a comparison of few steps: compared(data, folder, models=..., tasks=..., ...)."""

    def run(data: Path, folder: Path, **given: Any) -> Finished:
        options = {
            "budget": "4000",
            "parameters": 30_000,
            "validations": 4,
            "batch_tokens": 128,
            "reporters": ("markdown", "json"),
            "store": str(folder / "runs"),
            "output": str(folder / "reports"),
            "name": "report",
            "jobs": 2,
            "plugins": plugin,
            **given,
        }
        return Finished(data, folder, options, run_comparison(ComparisonSpec(**options)).comparison)

    return run


def sentences(folder: Path, swapped: bool = False) -> Path:
    """Sentences that are positive where they hold more of 'good' than of 'bad', one label in five being wrong; with a
    validation and a test part. swapped: the other label for every test sentence."""
    generator = random.Random(0)
    for part, count in (("train", 300), ("validation", 60), ("test", 200)):
        lines = ["text,label"]
        for _ in range(count):
            words = generator.choices(["good", "bad", *WORDS], [3, 3, *[1] * len(WORDS)], k=generator.randint(3, 15))
            positive = (words.count("good") > words.count("bad")) != (generator.random() < 0.2)
            positive ^= swapped and part == "test"
            lines.append(f"{' '.join(words)},{'positive' if positive else 'negative'}")
        (folder / f"{part}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def labels_compared(compared: Compared, data: Path, folder: Path) -> Finished:
    return compared(
        data,
        folder,
        models=("lstm", "transformer", "uncounted"),
        tasks=(f"classify:data={data}:tokens=word",),
        seeds=1,
        tune=2,
    )


@pytest.fixture(scope="session")
def labels(compared: Compared, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return labels_compared(compared, sentences(tmp_path_factory.mktemp("sentences")), tmp_path_factory.mktemp("labels"))


@pytest.fixture(scope="session")
def swapped(compared: Compared, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """`labels` with the other label for every test sentence."""
    data = sentences(tmp_path_factory.mktemp("swapped"), swapped=True)
    return labels_compared(compared, data, tmp_path_factory.mktemp("labels"))


@pytest.fixture(scope="session")
def translation(compared: Compared, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Pairs of 3 to 8 words, those of the test part of up to 24: longer than any that is trained on."""
    generator = random.Random(0)
    data = tmp_path_factory.mktemp("pairs")
    for part, count, longest in (("train", 300, 8), ("validation", 30, 8), ("test", 24, 24)):
        rows = [generator.choices(list(WORDS), k=generator.randint(3, longest)) for _ in range(count)]
        lines = [f"{' '.join(row)}\t{' '.join(WORDS[word] for word in row)}\n" for row in rows]
        (data / f"{part}.tsv").write_text("".join(lines), encoding="utf-8")
    return compared(
        data,
        tmp_path_factory.mktemp("translation"),
        models=("lstm", "endless"),
        tasks=(f"translate:data={data}:vocabulary=280:max_length=40",),
        seeds=1,
    )
