"""A third party's package, installed beside seqharness, takes part without any other line."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "harness-plugin-example"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip installed the example into."""
    folder = tmp_path_factory.mktemp("example")
    source = shutil.copytree(EXAMPLE, folder / "source")
    target = folder / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-build-isolation", "--no-index", "--target", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def harness(installed: Path, folder: Path, *arguments: str) -> str:
    """stdout of a command that ends well, with the example on the path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HARNESS_")}
    environment |= {"PYTHONPATH": str(installed), "XDG_CONFIG_HOME": str(folder)}
    command = [sys.executable, "-m", "seqharness", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_listed_with_its_origin(installed: Path, tmp_path: Path) -> None:
    models = {row["model"]: row for row in json.loads(harness(installed, tmp_path, "list", "models", "--json"))}
    assert models["gated-convolution"]["origin"] == "harness-plugin-example 0.1.0"
    assert models["lstm"]["origin"].startswith("seqharness ")


def test_it_is_compared_with_a_transformer_at_one_size(installed: Path, tmp_path: Path) -> None:
    generator = random.Random(1)
    words = [f"{first}{last}" for first in "bdfgklmn" for last in ("a", "e", "i", "o")]
    sources = sorted({" ".join(generator.sample(words, 5)) for _ in range(60)})
    lines = [f"{source}\t{' '.join(word[::-1] for word in source.split())}\n" for source in sources]
    (tmp_path / "pairs.tsv").write_text("".join(lines), encoding="utf-8")
    out = harness(
        installed,
        tmp_path,
        *("compare", "--models", "gated-convolution,transformer", "--task", "translate:data=pairs.tsv"),
        *("--seeds", "1", "--budget", "3k", "--params", "60k", "--validations", "1", "--json"),
    )
    comparison = json.loads(out)
    done = {run["model"] for run in comparison["runs"] if run["status"] == "done"}
    assert done >= {"gated-convolution", "transformer"}
    sizes = {model["model"]: model["parameters"] for model in comparison["models"]}
    for name in ("gated-convolution", "transformer"):
        assert abs(sizes[name] - 60_000) <= 600
    assert [pair for pair in comparison["pairs"] if {pair["a"], pair["b"]} == {"gated-convolution", "transformer"}]
