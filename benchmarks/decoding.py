"""Greedy and beam decoding of a Transformer, against Hugging Face `generate` and CTranslate2.

    python benchmarks/decoding.py [--beams 1,5] [--repeats 5] [--seconds 3] [--batch 64] [--threads 1]

An encoder-decoder of 3 + 3 layers, width 256, 4 heads, inner size 1024 and 10,000 types with random weights; sources
have the lengths of Multi30k, longest first; every output is forced to 30 tokens. The project decodes as an evaluation
does, at float32, bf16 and int8; Hugging Face has a Marian model of the same shape, which its own converter gives to
CTranslate2 at float32 and int8. Each is a process of its own, and they take turns; ratios are taken turn by turn.

Left out with a sentence where it is not installed: pip install transformers, pip install ctranslate2.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from families import FAMILIES, VOCABULARY, synthetic
from turns import Contestant, Figures, ratios, serve, spread, take_turns

from seqharness.data.rows import Rows
from seqharness.interfaces import EOS, PAD

if TYPE_CHECKING:
    from transformers import MarianMTModel

SENTENCES, TOKENS = 512, 30
"""How many sentences there are, and how long every output is."""
OURS = ("float32", "bf16", "int8")
HUGGING_FACE, CTRANSLATE2 = "Hugging Face float32", "CTranslate2 float32"
WANTED = ((CTRANSLATE2, 1.0, "the best of the project"), (HUGGING_FACE, 1.5, "the project at float32"))
MARIAN_EOS, MARIAN_PAD = 0, VOCABULARY
"""Marian's end of sentence is its first type; what a decoder begins with stands behind the last."""

Decode = Callable[[Rows], Any]
"""Sources without EOS -> outputs."""


def main() -> None:
    """Print the table. Exit code 1 where decoding is slower than wanted."""
    parser = argparse.ArgumentParser(description="Sentences a second in decoding, against other software.")
    parser.add_argument("--beams", default="1,5", help="comma list; 1 is greedy")
    parser.add_argument("--repeats", type=int, default=5, help="turns that count")
    parser.add_argument("--seconds", type=float, default=3.0, help="of a turn, at least one batch")
    parser.add_argument("--batch", type=int, default=64, help="sentences a batch")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        with contextlib.ExitStack() as kept:
            serve(lambda: prepare(asked, kept))
        return
    with tempfile.TemporaryDirectory() as folder:
        names = [*(f"seqharness {precision}" for precision in OURS), *peers(Path(folder))]
        peers_of = [
            f"{name} {version(name)}" for name in ("transformers", "ctranslate2") if find_spec(name) is not None
        ]
        print(", ".join(["torch " + version("torch"), *peers_of]))
        print(f"every output {TOKENS} tokens; batches of {asked.batch}; threads: {asked.threads}")
        print(f"{'':<34} {'sentences/s':>24} {'times Hugging Face':>22} {'times CTranslate2':>22}")
        missed = [row for beam in asked.beams.split(",") for row in compare(names, beam, folder, asked)]
    print("\n".join(missed) or "all as fast as wanted, of what could be measured")
    raise SystemExit(bool(missed))


def peers(folder: Path) -> list[str]:
    """The other contestants that are installed; their models are written into the folder."""
    if find_spec("transformers") is None:
        print("Hugging Face and CTranslate2 are left out: transformers is not installed.")
        return []
    model = marian()
    model.save_pretrained(folder / "marian")
    if find_spec("ctranslate2") is None:
        print("CTranslate2 is left out: ctranslate2 is not installed.")
        return [HUGGING_FACE]
    convert(model, folder / "ctranslate2")
    return [HUGGING_FACE, CTRANSLATE2, "CTranslate2 int8"]


def compare(names: Sequence[str], beam: str, folder: str, asked: argparse.Namespace) -> list[str]:
    """Measure at a beam and print the rows; returns what is slower than wanted."""
    common = ["--folder", folder, "--beams", beam, "--batch", str(asked.batch), "--threads", str(asked.threads)]
    contestants = {name: Contestant(__file__, name, *common) for name in names}
    found = take_turns(contestants, asked.repeats, asked.seconds)
    for contestant in contestants.values():
        contestant.end()
    rates = {name: [turn["sentences"] / turn["seconds"] for turn in turns] for name, turns in found.items()}
    how = "greedy" if beam == "1" else f"beam {beam}"
    for name, values in rates.items():
        cells = [spread(ratios(values, rates[peer])) if peer in rates else "" for peer in (HUGGING_FACE, CTRANSLATE2)]
        print(f"{how:<8} {name:<25} {spread(values, 1):>24} {cells[0]:>22} {cells[1]:>22}", flush=True)
    best = max((f"seqharness {precision}" for precision in OURS), key=lambda name: statistics.median(rates[name]))
    missed = []
    for (peer, wanted, who), name in zip(WANTED, (best, "seqharness float32"), strict=True):
        ratio = statistics.median(ratios(rates[name], rates[peer])) if peer in rates else wanted
        if ratio < wanted:
            missed.append(f"{how}: {who} is {ratio:.2f} times {peer}, {wanted:g} wanted")
    return missed


# ------------------------------------------------------------------------------------------------------ contestants


def prepare(asked: argparse.Namespace, kept: contextlib.ExitStack) -> tuple[Figures, Callable[[float], Figures]]:
    """A contestant, with the same batches as every other. kept: what lasts from batch to batch."""
    decoder, _, precision = asked.worker.partition(" ")
    build = {"seqharness": project, "Hugging": hugging_face, "CTranslate2": ctranslate2}[decoder]
    if decoder == "seqharness":
        from seqharness.precision.linear import weights_kept

        kept.enter_context(weights_kept())  # as over the batches of an evaluation
    decode = build(precision, int(asked.beams), asked.threads, Path(asked.folder))
    sources = synthetic(np.random.default_rng(0), SENTENCES)["source"]
    order = np.argsort(-sources.lengths, kind="stable")
    places = [order[start : start + asked.batch] for start in range(0, SENTENCES, asked.batch)]
    # Every contestant meets long and short sentences alike in a turn that does not reach all of them.
    batches = itertools.cycle(np.random.default_rng(0).permutation(len(places)).tolist())

    def measure(seconds: float) -> Figures:
        sentences, begin = 0, time.perf_counter()
        while time.perf_counter() - begin < seconds:
            chosen = places[next(batches)]
            decode(sources.take(chosen))
            sentences += len(chosen)
        return {"sentences": sentences, "seconds": time.perf_counter() - begin}

    return {}, measure


def project(precision: str, beam: int, threads: int, folder: Path) -> Decode:
    """The project's search over its own Transformer, whose bias forbids EOS, as an evaluation calls it."""
    import torch

    import seqharness.executors.preload  # noqa: F401 - first: tells the allocator to keep big blocks
    from seqharness.decoding.search import search
    from seqharness.decoding.settings import Decoding
    from seqharness.precision.contexts import decoding_at
    from seqharness.registry import load_catalogue
    from seqharness.resolve import resolve_model

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    family, device = FAMILIES["encoder-decoder"], torch.device("cpu")
    model = resolve_model(family.spec, load_catalogue())
    network = model.architecture.serves[type(family.interface)](model.config, family.interface).eval()
    with torch.no_grad():
        network.get_submodule("output").bias[EOS] = -1e9

    def decode(sources: Rows) -> Any:
        values, lengths = sources.padded(np.arange(len(sources)), PAD, after=EOS)
        real = torch.from_numpy(lengths)
        with decoding_at(precision, device):
            found = search(
                network,
                torch.from_numpy(values).long(),
                None if bool((real == real[0]).all()) else real,
                torch.full_like(real, TOKENS),
                Decoding(beam=beam),
            )
        assert all(len(row.tokens) == TOKENS for row in found)
        return found

    return decode


def hugging_face(precision: str, beam: int, threads: int, folder: Path) -> Decode:
    """`generate` with its cache, as it comes."""
    import torch
    from transformers import MarianMTModel
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    torch.set_num_threads(threads)
    model = MarianMTModel.from_pretrained(folder / "marian").eval()

    def decode(sources: Rows) -> Any:
        values, lengths = sources.padded(np.arange(len(sources)), MARIAN_PAD, after=MARIAN_EOS)
        tokens = torch.from_numpy(values).long()
        mask = torch.arange(tokens.size(1)) < torch.from_numpy(lengths)[:, None]
        with torch.no_grad():
            found = model.generate(
                tokens,
                attention_mask=mask.long(),
                num_beams=beam,
                do_sample=False,
                min_new_tokens=TOKENS,
                max_new_tokens=TOKENS,
            )
        assert found.shape[1] == TOKENS + 1  # with what the decoder begins with
        return found

    return decode


def ctranslate2(precision: str, beam: int, threads: int, folder: Path) -> Decode:
    """The converted model."""
    import ctranslate2

    translator = ctranslate2.Translator(
        str(folder / "ctranslate2"), device="cpu", compute_type=precision, inter_threads=1, intra_threads=threads
    )

    def decode(sources: Rows) -> Any:
        texts = [[*(str(token) for token in row), "</s>"] for row in sources]
        found = translator.translate_batch(
            texts, beam_size=beam, min_decoding_length=TOKENS, max_decoding_length=TOKENS, max_batch_size=len(texts)
        )
        assert all(len(result.hypotheses[0]) == TOKENS for result in found)
        return found

    return decode


def marian() -> MarianMTModel:
    """A Marian model of the same shape with random weights, one matrix for embeddings and output."""
    import torch
    from transformers import MarianConfig, MarianMTModel
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    torch.manual_seed(0)
    sizes = FAMILIES["encoder-decoder"].sizes
    sides: dict[str, int] = {}
    for side in ("encoder", "decoder"):
        sides |= {f"{side}_layers": sizes["layers"], f"{side}_attention_heads": sizes["heads"]}
        sides |= {f"{side}_ffn_dim": sizes["inner"]}
    return MarianMTModel(
        MarianConfig(
            vocab_size=VOCABULARY + 1,
            d_model=sizes["width"],
            max_position_embeddings=256,
            activation_function="gelu",
            scale_embedding=True,
            eos_token_id=MARIAN_EOS,
            pad_token_id=MARIAN_PAD,
            decoder_start_token_id=MARIAN_PAD,
            forced_eos_token_id=None,
            **sides,
        )
    )


def convert(model: MarianMTModel, folder: Path) -> None:
    """CTranslate2's own conversion of a Marian model. It wants the tokenizer's files, and random weights have none: its
    loader is given the types by hand."""
    from ctranslate2.converters.transformers import MarianMTLoader

    loader = MarianMTLoader()
    spec = loader.get_model_spec(model)
    types = ["</s>", *(str(token) for token in range(1, VOCABULARY - 1)), "<unk>"]
    loader.set_vocabulary(spec, types)
    spec.config.eos_token, spec.config.unk_token, spec.config.decoder_start_token = "</s>", "<unk>", "</s>"
    spec.validate()
    spec.optimize(quantization="float32")
    folder.mkdir()
    spec.save(str(folder))


if __name__ == "__main__":
    main()
